//! Importing a sheet of elders: good rows go in, bad rows are listed, the same sheet twice changes nothing, a killed
//! import goes on where it stopped.
//!
//! ```text
//! sheet ─ check (a thread of its own) ─ chunks ─► plan (reads) ─► write (one transaction, run's progress with it)
//!                    └─ faults ───────────────────────┴─► the list of bad rows
//! ```

mod plan;
mod runs;
pub mod sheets;
mod worker;
mod write;

use std::{collections::HashSet, path::PathBuf};

use kernel::{Actor, Event, Home, Key, PlaceRange, Result};
use sm3::{Digest, Sm3};
use store::{Db, Lane, Tx, keys::Keys};
use tokio::sync::mpsc;

use self::plan::{Desk, Plan};
pub use self::{
    runs::{Run, get, recent},
    worker::{BadRow, ImportWorker, Report},
};
use super::{
    events::Imported,
    file::File,
    refusal::Refusal,
    sheet::{Checked, Fault, Limits, Program, Row, Rules, Sheet, check},
};
use crate::places;

/// Rows planned and written together; the writer is held far less than 150 ms.
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
    /// How much of the sheet is read, 0 to 1.
    pub progress: f64,
    /// Columns that nobody asked for, by their heads.
    pub unknown_columns: Vec<String>,
}

/// Where bad rows and progress go.
pub trait Watcher: Send {
    /// A row that did not go in.
    ///
    /// # Errors
    /// When it cannot be noted; the import stops.
    fn bad(&mut self, row: u32, faults: &[Fault]) -> Result<()>;

    /// Called after each chunk.
    ///
    /// # Errors
    /// When the import must stop.
    fn progress(&mut self, tally: &Tally) -> impl Future<Output = Result<()>> + Send;
}

/// Some rows from the reading thread.
struct Batch {
    rows: Vec<(u32, File)>,
    bad: Vec<(u32, Vec<Fault>)>,
    read: i64,
    progress: f64,
}

/// Imports a sheet.
///
/// # Errors
/// A refusal of the sheet itself ([`super::sheet::Refusal`]), [`Refusal::TakenOver`], or the first internal
/// failure; what was written before it stays and is skipped when the import is called again.
pub async fn import<W: Watcher>(importer: &Importer, request: &Request, watcher: &mut W) -> Result<Tally> {
    let blinder = importer.keys.blinder().await?;
    let range = importer.actor.range().unwrap_or(PlaceRange { lo: 1, hi: 0 });
    let desk = Desk { db: &importer.db, keys: &importer.keys, blinder: &blinder, range };
    let (unknown_columns, mut batches) = read(importer, request).await?;
    let mut tally = Tally { unknown_columns, ..Tally::default() };
    let mut met = HashSet::new();
    let run = if request.dry_run { None } else { Some(begin(importer, request).await?) };
    while let Some(batch) = batches.recv().await {
        let batch = batch?;
        if run.is_some() {
            load_counties(&importer.db, &batch, &mut met).await?;
        }
        // What was written before a kill is planned again, for the list of bad rows, and not written again.
        let writes = run.as_ref().filter(|run| tally.rows + batch.read > run.rows_done);
        let plan = put(importer, desk, writes, &batch, &tally).await?;
        count(&mut tally, &batch, &plan);
        for (row, faults) in batch.bad.iter().chain(&plan.bad) {
            watcher.bad(*row, faults)?;
        }
        watcher.progress(&tally).await?;
    }
    if let Some(run) = run {
        finish(importer, &run, &tally).await?;
    }
    Ok(tally)
}

/// Opens files that come from no sheet, such as those of a demo city, in the same way and once each.
///
/// # Errors
/// The first internal failure.
pub async fn enrol(db: &Db, keys: &Keys, actor: &Actor, files: &[(u32, File)]) -> Result<Tally> {
    let blinder = keys.blinder().await?;
    let range = actor.range().unwrap_or(PlaceRange { lo: 1, hi: 0 });
    let desk = Desk { db, keys, blinder: &blinder, range };
    let mut tally = Tally::default();
    for rows in files.chunks(CHUNK) {
        let plan = plan::plan(desk, rows).await?;
        db.write(Lane::Bulk, actor, async |tx| write::write(&tx, &blinder, None, &plan).await).await?;
        let batch = Batch { rows: Vec::new(), bad: Vec::new(), read: i64::try_from(rows.len())?, progress: 1.0 };
        count(&mut tally, &batch, &plan);
    }
    Ok(tally)
}

fn count(tally: &mut Tally, batch: &Batch, plan: &Plan) {
    let len = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    tally.rows += batch.read;
    tally.created += len(plan.new.len());
    tally.changed += len(plan.changed.len());
    tally.same += plan.same;
    tally.bad += len(batch.bad.len() + plan.bad.len());
    tally.progress = batch.progress;
}

/// Loads towns and villages of each county that the import meets for the first time.
async fn load_counties(db: &Db, batch: &Batch, met: &mut HashSet<Home>) -> Result<()> {
    for (_, file) in &batch.rows {
        if file.place.home().is_some_and(|home| met.insert(home)) {
            places::load::county(db, file.place).await?;
        }
    }
    Ok(())
}

/// Plans a batch and writes it as part of a run; a dry run has none.
async fn put(importer: &Importer, desk: Desk<'_>, run: Option<&Run>, batch: &Batch, tally: &Tally) -> Result<Plan> {
    for _ in 0..TRIES {
        let plan = plan::plan(desk, &batch.rows).await?;
        let Some(run) = run else { return Ok(plan) };
        let mut after = tally.clone();
        count(&mut after, batch, &plan);
        let written = importer
            .db
            .write(Lane::Bulk, &importer.actor, async |tx| {
                write::write(&tx, desk.blinder, Some(run.id), &plan).await?;
                runs::advance(&tx, run, &after).await
            })
            .await;
        match written {
            Ok(()) => return Ok(plan),
            Err(failure) if matches!(failure.code(), Some("elder.changed" | "raced")) => {}
            Err(failure) => return Err(failure),
        }
    }
    Err(Refusal::Changed.into())
}

/// Opens the sheet and reads it on a thread of its own, a few batches ahead.
async fn read(importer: &Importer, request: &Request) -> Result<(Vec<String>, mpsc::Receiver<Result<Batch>>)> {
    let (path, program, today) = (request.path.clone(), importer.program.clone(), importer.db.clock().today());
    let sheet = tokio::task::spawn_blocking(move || Sheet::open(&path, &program, Limits::default())).await??;
    let unknown = sheet.header().unknown().to_vec();
    let (tell, batches) = mpsc::channel(2);
    tokio::task::spawn_blocking(move || read_batches(sheet, today, &tell));
    Ok((unknown, batches))
}

fn read_batches(mut sheet: Sheet, today: chrono::NaiveDate, tell: &mpsc::Sender<Result<Batch>>) {
    let header = sheet.header().clone();
    let exists = |place| places::exists(place);
    let rules = Rules { today, exists: &exists };
    let mut row = Row::default();
    loop {
        let mut batch = Batch { rows: Vec::with_capacity(CHUNK), bad: Vec::new(), read: 0, progress: 0.0 };
        let mut more = true;
        while batch.rows.len() < CHUNK && batch.bad.len() < CHUNK {
            match sheet.read(&mut row) {
                Ok(true) => {}
                Ok(false) => {
                    more = false;
                    break;
                }
                Err(failure) => {
                    let _ = tell.blocking_send(Err(failure));
                    return;
                }
            }
            match check(&row, &header, &rules) {
                Checked::Elder(elder) => batch.rows.push((elder.number, File::from(&*elder))),
                Checked::Bad(faults) => batch.bad.push((row.number(), faults)),
                Checked::Example => continue,
            }
            batch.read += 1;
        }
        batch.progress = sheet.progress();
        // The other side gone means that the import stopped.
        if (batch.read > 0 && tell.blocking_send(Ok(batch)).is_err()) || !more {
            return;
        }
    }
}

/// The SM3 of the sheet, by which an interrupted import of the same file is recognised.
async fn digest(path: PathBuf) -> Result<Vec<u8>> {
    let digest = tokio::task::spawn_blocking(move || -> std::io::Result<Vec<u8>> {
        let mut file = std::fs::File::open(path)?;
        let (mut hasher, mut buffer) = (Sm3::new(), vec![0; 1 << 16]);
        loop {
            let n = std::io::Read::read(&mut file, &mut buffer)?;
            if n == 0 {
                return Ok(hasher.finalize().to_vec());
            }
            hasher.update(&buffer[..n]);
        }
    });
    Ok(digest.await??)
}

async fn begin(importer: &Importer, request: &Request) -> Result<Run> {
    let sheet = digest(request.path.clone()).await?;
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
