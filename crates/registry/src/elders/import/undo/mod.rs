//! Taking an import back: files that it opened and nobody touched since are withdrawn, fields that it changed and nobody
//! changed since get their old values; every other row stays, with the reason in `import_rows`.
//!
//! Rows are taken back from the last to the first, a chunk and its progress in one transaction, so that a killed undo
//! goes on where it stopped and a second one finds nothing to do.

mod fate;
mod restore;
mod rows;
mod withdraw;
mod worker;

use std::{collections::BTreeMap, fmt};

use kernel::{Action, Actor, Common, Event, Facts, Failure, Home, Key, PlaceRange, Result};
use serde::{Deserialize, Serialize};
use store::{
    Db, Lane, Tx,
    blind::Blinder,
    journal::{self, Entry},
    keys::Keys,
    seal::DataKey,
};
use uuid::Uuid;

use self::rows::Line;
pub use self::{
    fate::Fate,
    rows::{KeptRow, kept},
    worker::{UndoWorker, ask},
};
use super::runs::{self, Run};
use crate::elders::{Elder, model::Status};

/// Rows taken back in one transaction; the writer is held far less than 150 ms.
const CHUNK: u64 = 100;

/// What taking back works with.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// The database.
    pub db: &'a Db,
    /// The key store.
    pub keys: &'a Keys,
    /// Who takes back; people outside this actor's places stay as they are.
    pub actor: &'a Actor,
}

impl fmt::Debug for Desk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Desk")
    }
}

/// How far taking back is, and in the end what it did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undone {
    /// Rows looked at.
    pub rows: i64,
    /// Rows of the run that were not taken back before.
    pub total: i64,
    /// How many rows came to which end, by the stored code of [`Fate`].
    pub fates: BTreeMap<i16, i64>,
}

impl Undone {
    /// Rows with a fate.
    #[must_use]
    pub fn of(&self, fate: Fate) -> i64 {
        self.fates.get(&fate.code()).copied().unwrap_or_default()
    }

    /// Files withdrawn.
    #[must_use]
    pub fn withdrawn(&self) -> i64 {
        self.of(Fate::Withdrawn)
    }

    /// Files whose old values came back, in part at least.
    #[must_use]
    pub fn restored(&self) -> i64 {
        self.of(Fate::Restored) + self.of(Fate::RestoredInPart)
    }

    /// Rows that stay.
    #[must_use]
    pub fn kept(&self) -> i64 {
        Fate::ALL.into_iter().filter(|fate| fate.is_kept()).map(|fate| self.of(fate)).sum()
    }
}

/// Where progress goes.
pub trait Follower: Send {
    /// Called after each chunk.
    ///
    /// # Errors
    /// When taking back must stop.
    fn progress(&mut self, undone: &Undone) -> impl Future<Output = Result<()>> + Send;
}

/// An import was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct RunUndone {
    withdrawn: i64,
    restored: i64,
    kept: i64,
    sheet: String,
}

impl Facts for RunUndone {
    const KIND: &'static str = "import.undone";
}

/// Takes a run back, or tells what that would do. A run that was taken back already has nothing left.
///
/// # Errors
/// [`Common::NotFound`] for no run; [`crate::elders::Refusal::TakenOver`] when another process goes on with it; internal
/// failures: what was taken back before one stays so.
pub async fn undo<F: Follower>(desk: Desk<'_>, run: Uuid, dry_run: bool, follower: &mut F) -> Result<Undone> {
    desk.actor.may(Action::ImportElders)?;
    let blinder = desk.keys.blinder().await?;
    let begin = async |tx: Tx| runs::begin_undo(&tx, run).await;
    let run = if dry_run {
        runs::get(desk.db, run).await?
    } else {
        desk.db.write(Lane::Interactive, desk.actor, begin).await?
    };
    let mut undone = Undone { total: rows::count(desk.db, run.id).await?, ..Undone::default() };
    let mut before = None;
    loop {
        let lines = rows::before(desk.db, run.id, before, CHUNK).await?;
        let Some(last) = lines.last() else { break };
        before = Some(last.position());
        let fates = take_back(desk, &blinder, (&run, dry_run), &lines).await?;
        undone.rows += i64::try_from(lines.len())?;
        for fate in fates {
            *undone.fates.entry(fate.code()).or_default() += 1;
        }
        follower.progress(&undone).await?;
    }
    if !dry_run {
        finish(desk, &run).await?;
    }
    Ok(undone)
}

/// Decides about some rows and, unless it is a trial, does it.
async fn take_back(
    desk: Desk<'_>,
    blinder: &Blinder,
    (run, dry_run): (&Run, bool),
    lines: &[Line],
) -> Result<Vec<Fate>> {
    // Keys are fetched before the write: nothing foreign is awaited inside.
    let people: Vec<Uuid> = lines.iter().map(|line| line.elder).collect();
    let keys = desk.keys.find_keys(&people).await?;
    let mut fates = Vec::new();
    let written = desk
        .db
        .write(Lane::Bulk, desk.actor, async |tx| {
            let read = cases(&tx, lines).await?;
            for (at, (line, case)) in lines.iter().zip(read).enumerate() {
                // A person who stands in the sheet twice was changed a moment ago.
                let again = lines[..at].iter().any(|before| before.elder == line.elder);
                let case = if again { cases(&tx, &[*line]).await?.pop().unwrap_or(case) } else { case };
                let bench = Bench { tx: &tx, blinder, run: run.id, key: keys.get(&line.elder) };
                fates.push(bench.decide(line, &case).await?);
            }
            if dry_run {
                // A trial goes all the way and then takes itself back.
                return Err(Common::Raced.into());
            }
            rows::note(&tx, run.id, lines, &fates).await?;
            runs::hold(&tx, run).await
        })
        .await;
    match written {
        Err(_) if dry_run && fates.len() == lines.len() => Ok(fates),
        Ok(()) => Ok(fates),
        Err(failure) => Err(failure),
    }
}

/// A row's file and what the journal says of the person.
struct Case {
    elder: Option<Elder>,
    entries: Vec<Entry>,
}

/// The files and entries behind some rows, in two reads for each home.
async fn cases(tx: &Tx, lines: &[Line]) -> Result<Vec<Case>> {
    let mut by_home: BTreeMap<i32, Vec<Uuid>> = BTreeMap::new();
    for line in lines {
        by_home.entry(line.home).or_default().push(line.elder);
    }
    let (mut elders, mut entries) = (BTreeMap::new(), BTreeMap::<Uuid, Vec<Entry>>::new());
    for (home, people) in by_home {
        elders.extend(rows::elders(tx, home, &people).await?.into_iter().map(|elder| ((home, elder.id), elder)));
        for entry in journal::of_people(tx, Home::new(home)?, &people).await? {
            entries.entry(entry.person.unwrap_or_default()).or_default().push(entry);
        }
    }
    let case = |line: &Line| Case {
        elder: elders.get(&(line.home, line.elder)).cloned(),
        entries: entries.get(&line.elder).cloned().unwrap_or_default(),
    };
    Ok(lines.iter().map(case).collect())
}

/// One row's work.
struct Bench<'a> {
    tx: &'a Tx,
    blinder: &'a Blinder,
    run: Uuid,
    key: Option<&'a DataKey>,
}

impl Bench<'_> {
    async fn decide(&self, line: &Line, case: &Case) -> Result<Fate> {
        let (Some(elder), Some(key)) = (&case.elder, self.key) else { return Ok(Fate::Gone) };
        let range = self.tx.actor().range().unwrap_or(PlaceRange { lo: 1, hi: 0 });
        if elder.moved_to.is_some() {
            return Ok(Fate::MovedAway);
        }
        if !range.contains(elder.place()?) {
            return Ok(Fate::Elsewhere);
        }
        if elder.name.is_empty() || elder.status() == Some(Status::Withdrawn) {
            return Ok(Fate::Gone);
        }
        if line.is_new() {
            withdraw::withdraw(self, elder, &case.entries).await
        } else {
            restore::restore(self, elder, key, &case.entries).await
        }
    }
}

async fn finish(desk: Desk<'_>, run: &Run) -> Result<()> {
    if run.state == runs::UNDONE {
        return Ok(());
    }
    let counted = rows::counted(desk.db, run.id).await?;
    desk.db
        .write(Lane::Interactive, desk.actor, async |tx| {
            runs::finish_undo(&tx, run, &counted).await?;
            let Some((place, home)) = tx.actor().acting.place.and_then(|place| Some((place, place.home()?))) else {
                return Ok(());
            };
            let sheet = data_encoding::HEXLOWER.encode(&run.sheet);
            let (withdrawn, restored) = (counted.withdrawn(), counted.restored());
            let facts = RunUndone { withdrawn, restored, kept: counted.kept(), sheet };
            tx.journal(Event::new(Key::<Run>::new(home, run.id), place, &facts)?);
            Ok::<(), Failure>(())
        })
        .await
}
