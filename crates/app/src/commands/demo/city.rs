//! Who lives and works in the demo city.

use insight::circle::{Circle, count};
use kernel::{Level, Region, Result};
use registry::{
    elders::{
        file::{Contact, Details, File},
        import,
        model::bits_of,
        synthetic::{self, People, Person},
        vocabulary::CertKind,
    },
    organisations::{self, Kind, Organisation},
    places,
    workers::{self, Worker, skill_bit},
};
use store::Lane;

use super::ground::{self, Ground};
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
    ground: Ground,
}

/// Elders of a whole city, whose facilities are counted in domain facts 1.4.
const WHOLE: usize = 690_000;
/// Of three facilities one opens only after the first count of the circle.
const LATE: u64 = 3;

/// Builds the city.
pub(super) async fn build(platform: &Platform, city: Region, elders: usize, seed: u64) -> Result<Made> {
    for county in places::children(city).into_iter().filter(|place| place.region.level() == Level::County) {
        places::load::county(&platform.db, county.region).await?;
    }
    let ground = ground::lay(platform, city, seed)?;
    let invented = organisations_of(city, elders, seed);
    let organisations = found(platform, &invented, &ground).await?;
    let workers = employ(platform, &synthetic::workers(&invented, seed), (&organisations, &ground)).await?;
    let elders = enrol(platform, (People::new(city, elders, seed), elders), &ground).await?;
    let made = Made { city, elders, organisations, workers, ground };
    count_circle(platform, &made).await?;
    Ok(made)
}

/// Opens the facilities that came later, and counts the circle again: its time line has two days to compare.
pub(super) async fn open_the_rest(platform: &Platform, made: &Made) -> Result<()> {
    let rest = (0..).zip(&made.organisations).filter(|(number, _): &(u64, _)| number.is_multiple_of(LATE));
    platform
        .db
        .write(Lane::Bulk, &operator(), async |tx| {
            for (number, organisation) in rest {
                if let Some(point) = made.ground.door(organisation.seat()?, number) {
                    organisations::locate(&tx, organisation.id, point).await?;
                }
            }
            Ok(())
        })
        .await?;
    count_circle(platform, made).await
}

async fn count_circle(platform: &Platform, made: &Made) -> Result<()> {
    let circle = Circle::new(platform.config.data());
    count::run(&circle, (&platform.db, &platform.keys), made.city, None).await
}

/// As many providers as so many elders have, and the facilities of the whole city: its streets are whole, too, and who
/// walks where depends on how far apart facilities stand.
fn organisations_of(city: Region, elders: usize, seed: u64) -> Vec<synthetic::Organisation> {
    let is_provider = |organisation: &synthetic::Organisation| organisation.kind == Kind::HomeCare;
    let providers = synthetic::organisations(city, elders, seed).into_iter().filter(is_provider).count();
    let whole = synthetic::organisations(city, elders.max(WHOLE), seed);
    let (all_providers, facilities): (Vec<_>, Vec<_>) = whole.into_iter().partition(is_provider);
    all_providers.into_iter().take(providers).chain(facilities).collect()
}

async fn found(
    platform: &Platform,
    invented: &[synthetic::Organisation],
    ground: &Ground,
) -> Result<Vec<Organisation>> {
    let actor = operator();
    platform
        .db
        .write(Lane::Bulk, &actor, async |tx| {
            let mut founded = Vec::with_capacity(invented.len());
            for (number, organisation) in (0..).zip(invented) {
                let new = organisations::New {
                    place: organisation.place,
                    name: organisation.name.clone(),
                    kind: organisation.kind,
                    credit_code: organisation.credit_code.clone(),
                    phone: organisation.phone.clone(),
                    parent: None,
                };
                let mut organisation = organisations::found(&tx, new).await?;
                let point = ground.door(organisation.seat()?, number);
                if let Some(point) = point.filter(|_| !number.is_multiple_of(LATE)) {
                    organisation = organisations::locate(&tx, organisation.id, point).await?;
                }
                founded.push(organisation);
            }
            Ok(founded)
        })
        .await
}

async fn employ(
    platform: &Platform,
    invented: &[synthetic::Worker],
    (organisations, ground): (&[Organisation], &Ground),
) -> Result<Vec<(Worker, Organisation)>> {
    let actor = operator();
    platform
        .db
        .write(Lane::Bulk, &actor, async |tx| {
            let mut employed = Vec::with_capacity(invented.len());
            for (number, worker) in (0..).zip(invented) {
                let organisation = &organisations[worker.organisation];
                let new = workers::New {
                    place: organisation.seat()?,
                    name: worker.name.clone(),
                    sex: worker.sex,
                    phone: worker.phone.clone(),
                    cert_level: worker.cert_level,
                    skills: worker.skills.iter().fold(0, |set, skill| set | skill_bit(i16::from(skill.bit()) + 1)),
                    point: ground.door(organisation.seat()?, number),
                };
                let worker = workers::enter(&tx, new).await?;
                workers::employ(&tx, &worker, organisation.id).await?;
                employed.push((worker, organisation.clone()));
            }
            Ok(employed)
        })
        .await
}

async fn enrol(platform: &Platform, (people, count): (People, usize), ground: &Ground) -> Result<i64> {
    let progress = bar(count as i64, "人");
    let files = progress.wrap_iter(
        people.take(count).zip(0..).map(|(person, number)| file(&person, ground.home(person.place, number))),
    );
    Ok(import::enrol(&platform.db, &platform.keys, &operator(), files).await?.created)
}

fn file(person: &Person, point: Option<(f64, f64)>) -> File {
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
            point,
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
