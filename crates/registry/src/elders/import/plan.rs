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

use super::{
    doubts,
    questions::Why,
    read::{Candidate, label},
};
use crate::{
    elders::{
        Elder,
        file::{File, Sealed},
        merge::merge,
        model,
        revise::{Revision, seal_told},
        sheet::{At, Column, Fault},
    },
    normal,
    pinyin::{self, Reading},
    places,
};

/// A file to open.
pub(super) struct New {
    pub(super) at: At,
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
    pub(super) at: At,
    pub(super) revision: Revision,
}

/// A row that may be a person who has a file, which no rule decides.
pub(super) struct Asked {
    pub(super) at: At,
    pub(super) why: Why,
    /// The file that stands there; none when it comes from an earlier row of a sheet that is only tried.
    pub(super) there: Option<There>,
    pub(super) row: Arc<File>,
    /// The row of this sheet that came first.
    pub(super) twin: Option<At>,
}

/// The file that a row may belong to, and the row sealed with its key.
pub(super) struct There {
    pub(super) elder: Elder,
    pub(super) file: File,
    pub(super) sealed: Vec<u8>,
    pub(super) id: Uuid,
    pub(super) digest: BlindIndex,
    /// Whether the same question stands there already, and is open.
    pub(super) is_open: bool,
}

/// What a chunk would do.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) new: Vec<New>,
    pub(super) changed: Vec<Change>,
    pub(super) asked: Vec<Asked>,
    pub(super) same: i64,
    pub(super) bad: Vec<(At, Vec<Fault>)>,
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

/// People without a number who share name, birth date and village, and are told apart by a count; more are not looked for.
pub(in crate::elders) const NAMESAKES: u32 = 4;

/// Plans a chunk of people, each of whom stands in it once. While earlier rows of the sheet are still to be written
/// (`waits`), a twin of one of them is asked about; behind them, one whose first did not go in is somebody new.
pub(super) async fn plan(desk: &Desk, people: &[Candidate], waits: bool) -> Result<Plan> {
    let mut plan = Plan::default();
    let known = directory(&desk.db, people.iter().map(|person| person.identity)).await?;
    let (old, new): (Vec<_>, Vec<_>) = people.iter().cloned().partition(|person| known.contains_key(&person.identity));
    // Somebody whose number is new may have a file from the days before there was one.
    let unnumbered = |person: &Candidate| person.file.unnumbered(&desk.blinder, 1);
    let before = directory(&desk.db, new.iter().filter(|p| !p.file.cert_number.is_empty()).map(unnumbered)).await?;
    let (maybe, mut new): (Vec<_>, Vec<_>) = new
        .into_iter()
        .partition(|person| before.contains_key(&unnumbered(person)) && !person.file.cert_number.is_empty());
    let maybe = maybe.into_iter().map(|person| (before[&unnumbered(&person)], person));
    let old = old.into_iter().map(|person| (known[&person.identity], person)).chain(maybe).collect();
    new.extend(plan_old(desk, old, &mut plan).await?);
    let (twins, mut new): (Vec<_>, Vec<_>) = new.into_iter().partition(|person| person.twin.is_some());
    for twin in twins {
        if !waits && !new.iter().any(|person: &Candidate| person.identity == twin.identity) {
            new.push(twin);
        } else if waits {
            plan.asked.push(Asked { at: twin.at, why: Why::NoNumber, there: None, row: twin.file, twin: twin.twin });
        } else {
            plan.bad.push((twin.at, vec![unsettled(&twin)]));
        }
    }
    plan_new(desk, new, &mut plan).await?;
    Ok(plan)
}

pub(super) async fn directory(
    db: &impl ConnectionTrait,
    identities: impl Iterator<Item = BlindIndex>,
) -> Result<Directory> {
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

pub(super) async fn plan_new(desk: &Desk, people: Vec<Candidate>, plan: &mut Plan) -> Result<()> {
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
    let (Candidate { at, file, told, identity, .. }, ids) = (candidate, desk.db.ids());
    let sealer = key.sealer();
    let (sealed, private) = (file.seal(&sealer, ids, person)?, seal_told(ids, &sealer, person, &told));
    let (phones, readings) = (file.phones(&desk.blinder), pinyin::readings(&file.name));
    Ok(New { at, home, person, file, identity, phones, readings, sealed, private })
}

/// Plans rows of people who have a file, or may have one; those that turned out to be new.
async fn plan_old(desk: &Desk, old: Vec<((Uuid, Home), Candidate)>, plan: &mut Plan) -> Result<Vec<Candidate>> {
    let people: Vec<(Uuid, Home)> = old.iter().map(|(person, _)| *person).collect();
    let elders = load(&desk.db, &people).await?;
    let keys = desk.keys.find_keys(&people.iter().map(|(person, _)| *person).collect::<Vec<_>>()).await?;
    let mut doubtful = Vec::new();
    for ((person, home), candidate) in old {
        let (Some(elder), Some(key)) = (elders.get(&person), keys.get(&person)) else {
            plan.bad.push((candidate.at, vec![erased()]));
            continue;
        };
        let here = desk.range.contains(elder.place()?) && candidate.file.place.home() == elder.place()?.home();
        let before = File::open(elder, key)?;
        match (here, doubt(&before, &candidate.file)) {
            (false, Some(Why::NewNumber)) => doubtful.push((candidate, None)),
            (false, _) => plan.bad.push((candidate.at, vec![elsewhere(home)])),
            (true, None) => plan_change(elder, key, before, (candidate.at, &candidate.file), plan),
            (true, Some(why)) => doubtful.push((candidate, Some((elder.clone(), key.clone(), before, why)))),
        }
    }
    let (doubtful, new): (Vec<_>, Vec<_>) = doubtful.into_iter().partition(|(_, there)| there.is_some());
    let doubtful = doubtful.into_iter().filter_map(|(candidate, there)| Some((candidate, there?)));
    doubts::settle(desk, doubtful.collect(), plan).await?;
    Ok(new.into_iter().map(|(candidate, _)| candidate).collect())
}

/// Why it is not sure that a row is about the person of a file: sure is the same number and the same name.
fn doubt(before: &File, row: &File) -> Option<Why> {
    match (before.cert_number.is_empty(), row.cert_number.is_empty()) {
        (true, true) => Some(Why::NoNumber),
        (true, false) => Some(Why::NewNumber),
        _ if normal::key(&before.name) != normal::key(&row.name) => Some(Why::OtherName),
        _ => None,
    }
}

fn plan_change(elder: &Elder, key: &DataKey, before: File, (at, row): (At, &File), plan: &mut Plan) {
    let after = merge(&before, row);
    if after == before {
        plan.same += 1;
    } else {
        let revision = Revision { elder: elder.clone(), before, after, ends: Vec::new(), key: key.clone() };
        plan.changed.push(Change { at, revision });
    }
}

pub(super) async fn load(db: &impl ConnectionTrait, people: &[(Uuid, Home)]) -> Result<HashMap<Uuid, Elder>> {
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

fn unsettled(twin: &Candidate) -> Fault {
    let first = twin.twin.map(label).unwrap_or_default();
    let reason = text!("与第 {row} 行可能是同一个人", row = first);
    Fault::new(Column::Name, &twin.file.name, reason, text!("先导入另一行，再导入这一行"))
}

fn erased() -> Fault {
    Fault::new(Column::CertNumber, "", text!("这位老人的个人信息已按规定删除"), text!("如需重新建档，请联系县区民政局"))
}
