//! Who lives and works in the demo city.

use kernel::{Level, Region, Result};
use registry::{
    elders::{
        file::{Contact, Details, File},
        import,
        model::bits_of,
        synthetic::{self, People, Person},
        vocabulary::CertKind,
    },
    organisations::{self, Organisation},
    places,
    workers::{self, Worker, skill_bit},
};
use store::Lane;

use crate::{
    commands::import::bar,
    platform::{Platform, operator},
};

/// What was made.
pub(super) struct Made {
    pub(super) city: Region,
    pub(super) elders: i64,
    pub(super) organisations: Vec<Organisation>,
    /// Each with the organisation that employs them.
    pub(super) workers: Vec<(Worker, Organisation)>,
}

/// Builds the city.
pub(super) async fn build(platform: &Platform, city: Region, elders: usize, seed: u64) -> Result<Made> {
    for county in places::children(city).into_iter().filter(|place| place.region.level() == Level::County) {
        places::load::county(&platform.db, county.region).await?;
    }
    let invented = synthetic::organisations(city, elders, seed);
    let organisations = found(platform, &invented).await?;
    let workers = employ(platform, &synthetic::workers(&invented, seed), &organisations).await?;
    let elders = enrol(platform, People::new(city, elders, seed), elders).await?;
    Ok(Made { city, elders, organisations, workers })
}

async fn found(platform: &Platform, invented: &[synthetic::Organisation]) -> Result<Vec<Organisation>> {
    let actor = operator();
    platform
        .db
        .write(Lane::Bulk, &actor, async |tx| {
            let mut founded = Vec::with_capacity(invented.len());
            for organisation in invented {
                let new = organisations::New {
                    place: organisation.place,
                    name: organisation.name.clone(),
                    kind: organisation.kind,
                    credit_code: organisation.credit_code.clone(),
                    phone: organisation.phone.clone(),
                    parent: None,
                };
                founded.push(organisations::found(&tx, new).await?);
            }
            Ok(founded)
        })
        .await
}

async fn employ(
    platform: &Platform,
    invented: &[synthetic::Worker],
    organisations: &[Organisation],
) -> Result<Vec<(Worker, Organisation)>> {
    let actor = operator();
    platform
        .db
        .write(Lane::Bulk, &actor, async |tx| {
            let mut employed = Vec::with_capacity(invented.len());
            for worker in invented {
                let organisation = &organisations[worker.organisation];
                let new = workers::New {
                    place: organisation.seat()?,
                    name: worker.name.clone(),
                    sex: worker.sex,
                    phone: worker.phone.clone(),
                    cert_level: worker.cert_level,
                    skills: worker.skills.iter().fold(0, |set, skill| set | skill_bit(i16::from(skill.bit()) + 1)),
                    point: Some((worker.spot.longitude, worker.spot.latitude)),
                };
                let worker = workers::enter(&tx, new).await?;
                workers::employ(&tx, &worker, organisation.id).await?;
                employed.push((worker, organisation.clone()));
            }
            Ok(employed)
        })
        .await
}

async fn enrol(platform: &Platform, people: People, count: usize) -> Result<i64> {
    let progress = bar(count as i64, "人");
    let files = progress.wrap_iter(people.take(count).map(|person| file(&person)));
    Ok(import::enrol(&platform.db, &platform.keys, &operator(), files).await?.created)
}

fn file(person: &Person) -> File {
    File {
        name: person.name.clone(),
        sex: person.sex.code(),
        birth_on: person.birth,
        cert_kind: CertKind::ResidentId.code(),
        cert_number: person.resident_id.reveal().to_owned(),
        mobile: person.mobile.clone(),
        landline: person.landline.clone(),
        place: person.place,
        living: person.living.code(),
        tags: bits_of(&person.tags),
        details: Details {
            address: person.address.clone(),
            hukou_address: Some(person.hukou_address.clone()),
            point: Some((person.spot.longitude, person.spot.latitude)),
            contacts: person
                .contacts
                .iter()
                .map(|relative| Contact {
                    name: relative.name.clone(),
                    phone: Some(relative.phone.clone()),
                    relation: Some(relative.relation.to_owned()),
                })
                .collect(),
            remark: person.remark.map(str::to_owned),
        },
    }
}
