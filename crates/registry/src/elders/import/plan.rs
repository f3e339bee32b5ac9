//! What a chunk of rows would do: new files, changed files, nothing, or a refusal. Reads only, so that a dry run is the
//! same plan without the write.

use std::collections::HashMap;

use kernel::{Home, Ids, PlaceRange, Region, Result, text};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, Query},
};
use serde::Serialize;
use store::{
    Db,
    blind::{BlindIndex, Blinder},
    keys::Keys,
    sea_orm,
    seal::{Cell, DataKey},
};
use uuid::Uuid;

use crate::{
    elders::{
        Elder,
        events::FieldChange,
        file::{File, Sealed},
        merge::merge,
        model,
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
    pub(super) file: File,
    pub(super) identity: BlindIndex,
    pub(super) phones: Vec<BlindIndex>,
    pub(super) readings: Vec<Reading>,
    pub(super) sealed: Sealed,
    pub(super) private: Vec<u8>,
}

/// A file to change.
pub(super) struct Change {
    pub(super) row: u32,
    pub(super) elder: Elder,
    pub(super) before: File,
    pub(super) after: File,
    pub(super) changes: Vec<FieldChange>,
    pub(super) key: DataKey,
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
#[derive(Clone, Copy)]
pub(super) struct Desk<'a> {
    pub(super) db: &'a Db,
    pub(super) keys: &'a Keys,
    pub(super) blinder: &'a Blinder,
    pub(super) range: PlaceRange,
}

/// Where a person's file is.
type Directory = HashMap<BlindIndex, (Uuid, Home)>;

/// Plans a chunk. Rows of one person twice: the first decides, a later one with other contents is a change of its own
/// in the next chunk's eyes, so it is refused here with a cure.
pub(super) async fn plan(desk: Desk<'_>, rows: &[(u32, File)]) -> Result<Plan> {
    let mut plan = Plan::default();
    let mut files: Vec<(u32, File, BlindIndex)> = Vec::with_capacity(rows.len());
    let mut seen: HashMap<BlindIndex, usize> = HashMap::new();
    for (number, file) in rows {
        if !desk.range.contains(file.place) {
            plan.bad.push((*number, vec![outside(file.place)]));
            continue;
        }
        let identity = file.identity(desk.blinder);
        match seen.get(&identity) {
            Some(first) if files[*first].1 == *file => plan.same += 1,
            Some(first) => plan.bad.push((*number, vec![twice(file, files[*first].0)])),
            None => {
                seen.insert(identity, files.len());
                files.push((*number, file.clone(), identity));
            }
        }
    }
    let known = directory(desk.db, files.iter().map(|(_, _, identity)| *identity)).await?;
    let (old, new): (Vec<_>, Vec<_>) = files.into_iter().partition(|(_, _, identity)| known.contains_key(identity));
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

async fn plan_new(desk: Desk<'_>, files: Vec<(u32, File, BlindIndex)>, plan: &mut Plan) -> Result<()> {
    let mut by_home: HashMap<Home, Vec<(u32, File, BlindIndex)>> = HashMap::new();
    for file in files {
        let home =
            file.1.place.home().ok_or_else(|| kernel::Failure::internal("a row's place is a county at least"))?;
        by_home.entry(home).or_default().push(file);
    }
    let now = desk.db.clock().now();
    for (home, files) in by_home {
        let people: Vec<Uuid> = files.iter().map(|_| desk.db.ids().uuid(now)).collect();
        let keys = desk.keys.data_keys(home, &people).await?;
        for (((row, file, identity), person), key) in files.into_iter().zip(people).zip(keys) {
            let ids = desk.db.ids();
            let (sealed, private) = (file.seal(&key, ids, person)?, seal_private(ids, &key, person, &file)?);
            let (phones, readings) = (file.phones(desk.blinder), pinyin::readings(&file.name));
            plan.new.push(New { row, home, person, file, identity, phones, readings, sealed, private });
        }
    }
    plan.new.sort_by_key(|new| new.row);
    Ok(())
}

async fn plan_changes(
    desk: Desk<'_>,
    known: &Directory,
    files: Vec<(u32, File, BlindIndex)>,
    plan: &mut Plan,
) -> Result<()> {
    let people: Vec<(Uuid, Home)> = files.iter().map(|(_, _, identity)| known[identity]).collect();
    let elders = load(desk.db, &people).await?;
    let keys = desk.keys.find_keys(&people.iter().map(|(person, _)| *person).collect::<Vec<_>>()).await?;
    for ((number, row, _), (person, home)) in files.into_iter().zip(people) {
        let (Some(elder), Some(key)) = (elders.get(&person), keys.get(&person)) else {
            plan.bad.push((number, vec![erased()]));
            continue;
        };
        if !desk.range.contains(elder.place()?) || row.place.home() != elder.place()?.home() {
            plan.bad.push((number, vec![elsewhere(home)]));
            continue;
        }
        let before = File::open(elder, key)?;
        let (after, changes) = merge(&before, &row);
        if changes.is_empty() {
            plan.same += 1;
        } else {
            let (elder, key) = (elder.clone(), key.clone());
            plan.changed.push(Change { row: number, elder, before, after, changes, key });
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

/// The private part of an event about a person.
pub(super) fn seal_private(ids: &Ids, key: &DataKey, person: Uuid, body: &impl Serialize) -> Result<Vec<u8>> {
    Ok(key.seal(ids, Cell::new("journal", "private", person), &serde_json::to_vec(body)?))
}

fn outside(place: Region) -> Fault {
    Fault::new(
        Column::Place,
        &place.to_string(),
        text!("不在您的数据范围内"),
        text!("请由该地的经办人导入，或检查区划代码"),
    )
}

fn twice(file: &File, first: u32) -> Fault {
    Fault::new(
        Column::CertNumber,
        &file.cert_number,
        text!("与第 {row} 行是同一个人，内容却不同", row = first),
        text!("只保留正确的一行"),
    )
}

fn elsewhere(home: Home) -> Fault {
    let county = i64::from(home.number()) * 1_000_000;
    let name = Region::new(county).ok().and_then(places::full_name).unwrap_or_else(|| home.to_string());
    Fault::new(Column::Place, "", text!("这位老人已在{county}建档", county = name), text!("请先办理迁移，再更新档案"))
}

fn erased() -> Fault {
    Fault::new(Column::CertNumber, "", text!("这位老人的个人信息已按规定删除"), text!("如需重新建档，请联系县区民政局"))
}
