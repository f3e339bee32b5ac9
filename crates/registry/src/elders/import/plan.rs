//! What a chunk of rows would do: new files, changed files, nothing, or a refusal. Reads only, so that a dry run is the
//! same plan without the write.

use std::{collections::HashMap, sync::Arc};

use kernel::{Failure, Home, PlaceRange, Region, Result, text};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, Query},
};
use store::{
    Db,
    blind::{BlindIndex, Blinder},
    keys::Keys,
    sea_orm,
    seal::DataKey,
};
use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::read::Candidate;
use crate::{
    elders::{
        Elder,
        file::{File, Sealed},
        merge::merge,
        model,
        revise::{Revision, seal_told},
        sheet::{Column, Fault},
    },
    pinyin::{self, Reading},
    places,
};

/// A file to open.
pub(super) struct New {
    pub(super) row: u32,
    pub(super) home: Home,
    pub(super) person: Uuid,
    pub(super) file: Arc<File>,
    pub(super) identity: BlindIndex,
    pub(super) phones: Vec<BlindIndex>,
    pub(super) readings: Vec<Reading>,
    pub(super) sealed: Sealed,
    pub(super) private: Vec<u8>,
}

/// A file to change.
pub(super) struct Change {
    pub(super) row: u32,
    pub(super) revision: Revision,
}

/// What a chunk would do.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) new: Vec<New>,
    pub(super) changed: Vec<Change>,
    pub(super) same: i64,
    pub(super) bad: Vec<(u32, Vec<Fault>)>,
}

/// What planning needs.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) db: Db,
    pub(super) keys: Keys,
    pub(super) blinder: Arc<Blinder>,
    pub(super) range: PlaceRange,
}

/// Where a person's file is.
type Directory = HashMap<BlindIndex, (Uuid, Home)>;

/// Plans a chunk of people, each of whom stands in it once.
pub(super) async fn plan(desk: &Desk, people: &[Candidate]) -> Result<Plan> {
    let mut plan = Plan::default();
    let known = directory(&desk.db, people.iter().map(|person| person.identity)).await?;
    let (old, new): (Vec<_>, Vec<_>) = people.iter().cloned().partition(|person| known.contains_key(&person.identity));
    plan_changes(desk, &known, old, &mut plan).await?;
    plan_new(desk, new, &mut plan).await?;
    Ok(plan)
}

async fn directory(db: &impl ConnectionTrait, identities: impl Iterator<Item = BlindIndex>) -> Result<Directory> {
    let identities: Vec<_> = identities.collect();
    let mut found = Directory::with_capacity(identities.len());
    for chunk in identities.chunks(500) {
        let select = Query::select()
            .columns(["digest", "person", "home"])
            .from("person_certs")
            .and_where(Expr::col("digest").is_in(chunk.iter().map(|index| index.0.to_vec())))
            .to_owned();
        for row in db.query_all(&select).await? {
            let digest: BlindIndex = row.try_get("", "digest")?;
            found.insert(digest, (row.try_get("", "person")?, Home::new(row.try_get("", "home")?)?));
        }
    }
    Ok(found)
}

async fn plan_new(desk: &Desk, people: Vec<Candidate>, plan: &mut Plan) -> Result<()> {
    let now = desk.db.clock().now();
    let identify = |candidate: &Candidate| {
        let home =
            candidate.file.place.home().ok_or_else(|| Failure::internal("a row's place is a county at least"))?;
        Ok((home, desk.db.ids().uuid(now)))
    };
    let ids = people.iter().map(identify).collect::<Result<Vec<_>>>()?;
    let keys = desk.keys.first_keys(&ids).await?;
    let desk = desk.clone();
    // Sealing a chunk takes some 30 ms of a processor, which belong to no thread that answers requests.
    let sealed = spawn_blocking(move || {
        let people = people.into_iter().zip(ids).zip(keys);
        people.map(|((candidate, id), key)| seal_new(&desk, candidate, id, &key)).collect::<Result<Vec<_>>>()
    });
    plan.new = sealed.await??;
    Ok(())
}

fn seal_new(desk: &Desk, candidate: Candidate, (home, person): (Home, Uuid), key: &DataKey) -> Result<New> {
    let (Candidate { row, file, told, identity }, ids) = (candidate, desk.db.ids());
    let sealer = key.sealer();
    let (sealed, private) = (file.seal(&sealer, ids, person)?, seal_told(ids, &sealer, person, &told));
    let (phones, readings) = (file.phones(&desk.blinder), pinyin::readings(&file.name));
    Ok(New { row, home, person, file, identity, phones, readings, sealed, private })
}

async fn plan_changes(desk: &Desk, known: &Directory, old: Vec<Candidate>, plan: &mut Plan) -> Result<()> {
    let people: Vec<(Uuid, Home)> = old.iter().map(|candidate| known[&candidate.identity]).collect();
    let elders = load(&desk.db, &people).await?;
    let keys = desk.keys.find_keys(&people.iter().map(|(person, _)| *person).collect::<Vec<_>>()).await?;
    for (Candidate { row: number, file: row, .. }, (person, home)) in old.into_iter().zip(people) {
        let (Some(elder), Some(key)) = (elders.get(&person), keys.get(&person)) else {
            plan.bad.push((number, vec![erased()]));
            continue;
        };
        if !desk.range.contains(elder.place()?) || row.place.home() != elder.place()?.home() {
            plan.bad.push((number, vec![elsewhere(home)]));
            continue;
        }
        let before = File::open(elder, key)?;
        let after = merge(&before, &row);
        if after == before {
            plan.same += 1;
        } else {
            let revision = Revision { elder: elder.clone(), before, after, ends: Vec::new(), key: key.clone() };
            plan.changed.push(Change { row: number, revision });
        }
    }
    Ok(())
}

async fn load(db: &impl ConnectionTrait, people: &[(Uuid, Home)]) -> Result<HashMap<Uuid, Elder>> {
    let mut found = HashMap::with_capacity(people.len());
    for chunk in people.chunks(500) {
        let mut homes: Vec<_> = chunk.iter().map(|(_, home)| home.number()).collect();
        homes.sort_unstable();
        homes.dedup();
        let select = model::Entity::find()
            .filter(model::Column::Home.is_in(homes))
            .filter(model::Column::Id.is_in(chunk.iter().map(|(person, _)| *person)));
        found.extend(select.all(db).await?.into_iter().map(|elder| (elder.id, elder)));
    }
    Ok(found)
}

fn elsewhere(home: Home) -> Fault {
    let county = i64::from(home.number()) * 1_000_000;
    let name = Region::new(county).ok().and_then(places::full_name).unwrap_or_else(|| home.to_string());
    Fault::new(Column::Place, "", text!("这位老人已在{county}建档", county = name), text!("请先办理迁移，再更新档案"))
}

fn erased() -> Fault {
    Fault::new(Column::CertNumber, "", text!("这位老人的个人信息已按规定删除"), text!("如需重新建档，请联系县区民政局"))
}
