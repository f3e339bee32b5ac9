//! Importing a sheet of elders: good rows go in, bad rows are listed, the same sheet twice changes nothing, a killed
//! import goes on where it stopped.
//!
//! ```text
//! sheet ─► read: check, sieve ─► plan: look up, seal ─► write (one transaction, run's progress with it) ─► settle
//!                   └─ faults ──────────┴──────────────────────► the list of bad rows
//! ```

mod changing;
mod doubts;
mod gazetteer;
pub mod headings;
mod plan;
pub mod questions;
mod read;
mod runs;
pub mod sheets;
pub mod undo;
mod worker;
mod write;

use std::{collections::HashSet, path::PathBuf, sync::Arc};

use kernel::{Actor, Event, Home, Key, PlaceRange, Region, Result};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, Query},
};
use store::{Db, Lane, Tx, bulk, keys::Keys, sea_orm};
use tokio::sync::mpsc::{self, Receiver};

pub use self::{
    changing::Changing,
    read::{Begun, Passed, label},
    runs::{Run, get, of_sheet, recent},
    worker::{BadRow, ChangeTold, ImportWorker, PartTold, Report, Sample},
};
use self::{
    plan::{Desk, Plan},
    read::{Batch, Sieve},
};
use super::{
    directory,
    events::Imported,
    file::File,
    refusal::Refusal,
    sheet::{At, Fault, Mapping, Part, Program, Row},
};
use crate::places;

/// Rows planned and written together while the registry is empty: nobody waits for the writer yet.
const FIRST_CHUNK: usize = 2_000;

/// Rows planned and written together in a living registry: orders wait for the writer less than 100 ms.
const CHUNK: usize = 500;

/// How often a chunk is planned anew when others write the same people meanwhile.
const TRIES: usize = 3;

/// What an import works with.
#[derive(Clone, Debug)]
pub struct Importer {
    /// The database.
    pub db: Db,
    /// The key store.
    pub keys: Keys,
    /// Who imports; rows outside this actor's places are refused one by one.
    pub actor: Actor,
    /// Reads workbooks in a child process.
    pub program: Program,
}

/// What to import.
#[derive(Clone, Debug)]
pub struct Request {
    /// The sheet.
    pub path: PathBuf,
    /// Its name as the user knows it.
    pub file_name: String,
    /// Plan only, write nothing.
    pub dry_run: bool,
    /// Where everybody lives whose row does not say it.
    pub place: Option<Region>,
    /// What the office's own headings mean.
    pub mapping: Mapping,
}

/// How far an import is, and in the end what it did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Rows read.
    pub rows: i64,
    /// New files.
    pub created: i64,
    /// Changed files.
    pub changed: i64,
    /// Rows that said nothing new.
    pub same: i64,
    /// Rows refused.
    pub bad: i64,
    /// Rows that wait for an answer.
    pub asked: i64,
    /// Rows of which something was not taken.
    pub noted: i64,
    /// Rows that are no person's.
    pub passed: Passed,
    /// The worksheets, read and skipped.
    pub parts: Vec<Part>,
    /// How much of the sheet is read, 0 to 1.
    pub progress: f64,
    /// Columns that nobody asked for, by their heads.
    pub unknown_columns: Vec<String>,
}

/// Where bad rows and progress go.
pub trait Watcher: Send {
    /// A worksheet begins.
    ///
    /// # Errors
    /// When it cannot be noted; the import stops.
    fn begun(&mut self, _begun: &Begun) -> Result<()> {
        Ok(())
    }

    /// A row that did not go in, as it stands in the sheet.
    ///
    /// # Errors
    /// As [`Self::begun`].
    fn bad(&mut self, at: At, row: &Row, faults: &[Fault]) -> Result<()>;

    /// What was not taken of a row that went in.
    ///
    /// # Errors
    /// As [`Self::begun`].
    fn noted(&mut self, _at: At, _notes: &[Fault]) -> Result<()> {
        Ok(())
    }

    /// A file that changes, and how; or a row that waits for an answer.
    ///
    /// # Errors
    /// As [`Self::begun`].
    fn changing(&mut self, _changing: Changing) -> Result<()> {
        Ok(())
    }

    /// Called after each chunk.
    ///
    /// # Errors
    /// When the import must stop.
    fn progress(&mut self, tally: &Tally) -> impl Future<Output = Result<()>> + Send;
}

/// Imports a sheet.
///
/// # Errors
/// A refusal of the sheet itself ([`super::sheet::Refusal`]), [`Refusal::TakenOver`], or the first internal
/// failure; what was written before it stays and is skipped when the import is called again.
pub async fn import<W: Watcher>(importer: &Importer, request: &Request, watcher: &mut W) -> Result<Tally> {
    let desk = importer.desk().await?;
    let batches = read::begin(importer, request, desk.sieve().await?).await?;
    let run = if request.dry_run { None } else { Some(begin(importer, request).await?) };
    let tally = Tally::default();
    let planned = plan_ahead(desk.clone(), batches);
    let Some(run) = run else { return put_all(importer, (&desk, None), planned, (tally, watcher)).await };
    bulk::begin_first_load(&importer.db, &write::TABLES).await?;
    let done = put_all(importer, (&desk, Some(&run)), planned, (tally, watcher)).await;
    // Also after a failure: what went in has to be found.
    let settled = settle(&importer.db).await;
    let tally = done?;
    settled?;
    finish(importer, &run, &tally).await?;
    Ok(tally)
}

/// Opens files that come from no sheet, such as those of a demo city, in the same way and once each.
///
/// # Errors
/// The first internal failure.
pub async fn enrol(db: &Db, keys: &Keys, actor: &Actor, files: impl IntoIterator<Item = File>) -> Result<Tally> {
    let desk = Desk::of(db, keys, actor).await?;
    let (mut sieve, mut tally, mut files) = (desk.sieve().await?, Tally::default(), (1..).zip(files));
    bulk::begin_first_load(db, &write::TABLES).await?;
    loop {
        let mut batch = Batch { progress: 1.0, ..Batch::default() };
        for (row, file) in files.by_ref().take(sieve.chunk) {
            sieve.take(&mut batch, At::new(0, row), file);
            batch.read += 1;
        }
        if batch.read == 0 {
            break;
        }
        let plan = plan::plan(&desk, &batch.people, false).await?;
        db.write(Lane::Bulk, actor, async |tx| write::write(&tx, &desk.blinder, None, &plan).await).await?;
        count(&mut tally, &batch, &plan);
    }
    settle(db).await?;
    Ok(tally)
}

/// Does what bulk loads left for their end: phones into the directory, indexes that rest. A load that was killed left it,
/// too, so the service does this when it starts.
///
/// # Errors
/// Internal failures only.
pub async fn settle(db: &Db) -> Result<()> {
    directory::settle(db).await?;
    bulk::end_first_load(db).await
}

fn count(tally: &mut Tally, batch: &Batch, plan: &Plan) {
    let len = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    tally.rows += batch.read;
    tally.created += len(plan.new.len());
    tally.changed += len(plan.changed.len());
    tally.same += batch.same + plan.same;
    tally.bad += len(batch.bad.len() + plan.bad.len());
    tally.asked += len(plan.asked.len());
    tally.noted += len(batch.notes.len());
    tally.passed.add(&batch.passed);
    tally.progress = batch.progress;
    for part in &batch.parts {
        let new = part.unknown.iter().filter(|heading| !heading.is_empty() && !tally.unknown_columns.contains(heading));
        tally.unknown_columns.extend(new.cloned().collect::<Vec<_>>());
    }
    tally.parts.clone_from(&batch.parts);
}

/// Loads towns and villages of each county that the import meets for the first time.
async fn load_counties(db: &Db, batch: &Batch, met: &mut HashSet<Home>) -> Result<()> {
    for person in &batch.people {
        let place = person.file.place;
        if place.home().is_some_and(|home| met.insert(home)) {
            places::load::county(db, place).await?;
        }
    }
    Ok(())
}

/// Plans each batch while the one before it is written.
fn plan_ahead(desk: Desk, mut batches: Receiver<Result<Batch>>) -> Receiver<Result<(Batch, Plan)>> {
    let (tell, planned) = mpsc::channel(1);
    tokio::spawn(async move {
        while let Some(batch) = batches.recv().await {
            let planned = match batch {
                Ok(batch) => plan::plan(&desk, &batch.people, true).await.map(|plan| (batch, plan)),
                Err(failure) => Err(failure),
            };
            let over = planned.is_err();
            if tell.send(planned).await.is_err() || over {
                return;
            }
        }
    });
    planned
}

/// Writes the batches as they are planned; a dry run has no run and only counts.
async fn put_all<W: Watcher>(
    importer: &Importer,
    (desk, run): (&Desk, Option<&Run>),
    mut planned: Receiver<Result<(Batch, Plan)>>,
    (mut tally, watcher): (Tally, &mut W),
) -> Result<Tally> {
    let (mut met, mut owed) = (HashSet::new(), 0);
    while let Some(planned) = planned.recv().await {
        let (batch, mut plan) = planned?;
        // What was written before a kill is planned again, for the list of bad rows, and not written again.
        let again = batch.people.iter().any(|person| person.twin.is_some());
        if let Some(run) = run.filter(|run| again || tally.rows + batch.read > run.rows_done) {
            load_counties(&importer.db, &batch, &mut met).await?;
            plan = put(importer, (desk, run), (&batch, plan), &tally).await?;
            owed += batch.people.len();
        }
        if owed >= directory::TOGETHER {
            directory::settle(&importer.db).await?;
            owed = 0;
        }
        count(&mut tally, &batch, &plan);
        tell(&batch, &plan, watcher)?;
        watcher.progress(&tally).await?;
    }
    Ok(tally)
}

/// Tells what became of a batch, in the order of its rows.
fn tell<W: Watcher>(batch: &Batch, plan: &Plan, watcher: &mut W) -> Result<()> {
    batch.begun.iter().try_for_each(|begun| watcher.begun(begun))?;
    let mut bad: Vec<_> = batch.bad.iter().chain(&plan.bad).collect();
    bad.sort_by_key(|(at, _)| *at);
    let none = Row::default();
    for (at, faults) in bad {
        watcher.bad(*at, batch.lines.get(at).unwrap_or(&none), faults)?;
    }
    for (at, notes) in &batch.notes {
        watcher.noted(*at, notes)?;
    }
    plan.changed.iter().map(Changing::of).try_for_each(|changing| watcher.changing(changing))?;
    plan.asked.iter().map(Changing::asked).try_for_each(|changing| watcher.changing(changing))
}

/// Writes a planned batch as part of a run, planned anew when others wrote the same people meanwhile; the plan that went in.
async fn put(
    importer: &Importer,
    (desk, run): (&Desk, &Run),
    (batch, mut plan): (&Batch, Plan),
    tally: &Tally,
) -> Result<Plan> {
    if batch.people.iter().any(|person| person.twin.is_some()) {
        plan = plan::plan(desk, &batch.people, false).await?;
    }
    for _ in 0..TRIES {
        let mut after = tally.clone();
        count(&mut after, batch, &plan);
        let written = importer
            .db
            .write(Lane::Bulk, &importer.actor, async |tx| {
                write::write(&tx, &desk.blinder, Some(run.id), &plan).await?;
                runs::advance(&tx, run, &after).await
            })
            .await;
        match written {
            Ok(()) => return Ok(plan),
            Err(failure) if matches!(failure.code(), Some("elder.changed" | "raced")) => {}
            Err(failure) => return Err(failure),
        }
        plan = plan::plan(desk, &batch.people, false).await?;
    }
    Err(Refusal::Changed.into())
}

impl Importer {
    async fn desk(&self) -> Result<Desk> {
        Desk::of(&self.db, &self.keys, &self.actor).await
    }
}

impl Desk {
    async fn of(db: &Db, keys: &Keys, actor: &Actor) -> Result<Self> {
        let range = actor.range().unwrap_or(PlaceRange { lo: 1, hi: 0 });
        Ok(Self { db: db.clone(), keys: keys.clone(), blinder: Arc::new(keys.blinder().await?), range })
    }

    async fn sieve(&self) -> Result<Sieve> {
        let any = Query::select().expr(Expr::val(1)).from("elders").limit(1).to_owned();
        let chunk = if self.db.query_one(&any).await?.is_some() { CHUNK } else { FIRST_CHUNK };
        Ok(Sieve::new(self.blinder.clone(), self.range, chunk))
    }
}

async fn begin(importer: &Importer, request: &Request) -> Result<Run> {
    let sheet = read::digest(request.path.clone()).await?;
    let name = request.file_name.clone();
    importer.db.write(Lane::Interactive, &importer.actor, async |tx| runs::begin(&tx, &sheet, &name).await).await
}

async fn finish(importer: &Importer, run: &Run, tally: &Tally) -> Result<()> {
    importer
        .db
        .write(Lane::Interactive, &importer.actor, async |tx| {
            runs::finish(&tx, run).await?;
            journal_finish(&tx, run, tally)
        })
        .await
}

/// Journals the end of a run in the chain of the actor's place; the command line has none and its run names the rows.
fn journal_finish(tx: &Tx, run: &Run, tally: &Tally) -> Result<()> {
    let Some((place, home)) = tx.actor().acting.place.and_then(|place| Some((place, place.home()?))) else {
        return Ok(());
    };
    let facts = Imported {
        rows: tally.rows,
        created: tally.created,
        changed: tally.changed,
        same: tally.same,
        bad: tally.bad,
        sheet: data_encoding::HEXLOWER.encode(&run.sheet),
    };
    tx.journal(Event::new(Key::<Run>::new(home, run.id), place, &facts)?);
    Ok(())
}
