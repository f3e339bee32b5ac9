//! Does the jobs of uploaded sheets: trial or import, with progress, a list of bad rows to download, and the first of
//! them for the page. A killed job begins again from the sheet; what was written is skipped.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::mpsc,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::{Actor, Common, Failure, Instant, Principal, Result, Text};
use serde::{Deserialize, Serialize};
use store::{
    Db, Lane,
    jobs::{Handle, Job, Worker},
};
use tokio::task::{JoinHandle, spawn_blocking};
use uuid::Uuid;
use web::{
    accounts,
    i18n::{Locale, Translate as _},
};

use super::{
    Importer, Request, Tally, Watcher, import,
    sheets::{self, Asked, KIND, Said, Staging, Uploaded},
};
use crate::elders::{
    Refusal,
    sheet::{Fault, FaultSheet},
};

/// Bad rows that the page itself shows.
const SHOWN: usize = 50;
/// How long a staged sheet or a list of bad rows is kept.
const KEPT: Duration = Duration::from_hours(24);

/// Runs uploaded sheets.
#[derive(Clone, Debug)]
pub struct ImportWorker(pub Staging);

/// How far a job is, as its note keeps it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// When this attempt began.
    pub begun_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// How much of the sheet is read, 0 to 1.
    pub progress: f64,
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
    /// Columns that nobody asked for.
    pub unknown_columns: Vec<String>,
    /// Bad rows by the column of their first fault.
    pub by_column: BTreeMap<String, i64>,
}

/// One bad row of the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadRow {
    /// Its number in the sheet.
    pub row: u32,
    /// The column, by its Chinese head.
    pub column: String,
    /// What stands there, masked.
    pub value: String,
    /// Why it cannot stay so.
    pub reason: Said,
    /// What to do.
    pub cure: Said,
}

#[async_trait]
impl Worker for ImportWorker {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, db: &Db, job: &Job, handle: &Handle) -> Result<()> {
        let asked: Asked = serde_json::from_str(&job.body)?;
        let sheet = sheets::get(db, asked.sheet).await?;
        let done = self.work(db, job, handle, (&sheet, asked.dry_run)).await;
        if let Err(Failure::Refused(refused)) = &done {
            let actor = Actor::system(KIND);
            db.write(Lane::Jobs, &actor, async |tx| sheets::refuse(&tx, sheet.id, refused).await).await?;
        }
        done
    }
}

impl ImportWorker {
    async fn work(&self, db: &Db, job: &Job, handle: &Handle, (sheet, dry_run): (&Uploaded, bool)) -> Result<()> {
        let staging = &self.0;
        let folder = staging.folder.clone();
        let oldest = SystemTime::from(db.clock().now()) - KEPT;
        spawn_blocking(move || sweep(&folder, oldest)).await??;
        let path = staging.sheet(sheet.id);
        if !path.exists() {
            return Err(Refusal::SheetGone.into());
        }
        let (keys, program) = (staging.keys.clone(), staging.program.clone());
        let importer = Importer { db: db.clone(), keys, actor: actor(db, sheet).await?, program };
        let request = Request { path: path.clone(), file_name: sheet.file_name.clone(), dry_run };
        let (list, written) = FaultList::begin(staging, job.id, sheet.locale);
        let report = Report { begun_at: db.clock().now(), ..Report::default() };
        let mut watch = Watch { handle, list, report };
        let tally = import(&importer, &request, &mut watch).await?;
        let Watch { list, mut report, .. } = watch;
        drop(list);
        written.await??;
        report.take(&tally);
        (report.progress, report.ended_at) = (1.0, Some(db.clock().now()));
        handle.progress(tally.rows, tally.rows, &serde_json::to_string(&report)?).await?;
        if !dry_run {
            tokio::fs::remove_file(&path).await?;
        }
        Ok(())
    }
}

/// The uploader under the grant of the upload, as long as both still hold.
pub(super) async fn actor(db: &Db, sheet: &Uploaded) -> Result<Actor> {
    let account = accounts::by_id(db, sheet.account).await?.filter(|account| account.disabled_at.is_none());
    let account = account.ok_or(Common::NotAllowed)?;
    let grants = accounts::grants_of(db, account.id, db.clock().now()).await?;
    let grant = grants.into_iter().find(|grant| grant.id == sheet.grant).ok_or(Common::NotAllowed)?;
    let actor = Actor { principal: Principal::Account(account.id), name: account.name, acting: grant.acting()? };
    actor.may(kernel::Action::ImportElders)?;
    Ok(actor)
}

/// Rows between two notes of progress; each is a write.
const TOLD: i64 = 2_000;

/// Follows an import for its job.
struct Watch<'a> {
    handle: &'a Handle,
    list: FaultList,
    report: Report,
}

impl Watcher for Watch<'_> {
    fn bad(&mut self, row: u32, faults: &[Fault]) -> Result<()> {
        if let Some(first) = faults.first() {
            *self.report.by_column.entry(first.place().to_owned()).or_default() += 1;
        }
        faults.iter().try_for_each(|fault| self.list.add(row, fault.clone()))
    }

    async fn progress(&mut self, tally: &Tally) -> Result<()> {
        if tally.rows - self.report.rows < TOLD {
            return Ok(());
        }
        self.report.take(tally);
        let total = if tally.progress > 0.0 { (tally.rows as f64 / tally.progress).round() as i64 } else { 0 };
        self.handle.progress(tally.rows, total.max(tally.rows), &serde_json::to_string(&self.report)?).await
    }
}

impl Report {
    fn take(&mut self, tally: &Tally) {
        self.progress = tally.progress;
        (self.rows, self.created, self.changed) = (tally.rows, tally.created, tally.changed);
        (self.same, self.bad) = (tally.same, tally.bad);
        self.unknown_columns.clone_from(&tally.unknown_columns);
    }

    /// The report in a job's note; none before its first chunk and after a failure.
    #[must_use]
    pub fn of(job: &Job) -> Option<Self> {
        serde_json::from_str(&job.note).ok()
    }

    /// Seconds that are left at the speed so far.
    #[must_use]
    pub fn rest_secs(&self, now: Instant) -> Option<i64> {
        let spent = (now - self.begun_at).num_milliseconds() as f64 / 1_000.0;
        let left = spent * (1.0 - self.progress) / self.progress;
        (self.progress > 0.02 && left.is_finite()).then_some(left.ceil() as i64)
    }
}

/// The list of bad rows, written on a thread of its own while the import runs.
struct FaultList(mpsc::Sender<(u32, Fault)>);

impl FaultList {
    fn begin(staging: &Staging, job: Uuid, locale: Locale) -> (Self, JoinHandle<Result<()>>) {
        let (sender, faults) = mpsc::channel();
        let (sheet, sample, folder) = (staging.faults(job), staging.sample(job), staging.folder.clone());
        (Self(sender), spawn_blocking(move || write_list(&faults, [sheet, sample], &folder, locale)))
    }

    fn add(&self, row: u32, fault: Fault) -> Result<()> {
        self.0.send((row, fault)).map_err(|_| Failure::internal("the list of bad rows cannot be written"))
    }
}

fn write_list(
    faults: &mpsc::Receiver<(u32, Fault)>,
    [sheet, sample]: [PathBuf; 2],
    folder: &Path,
    locale: Locale,
) -> Result<()> {
    let say = |text: &Text| text.in_locale(locale);
    let mut list = FaultSheet::new(&say, folder)?;
    let mut shown = Vec::new();
    for (row, fault) in faults {
        list.add(row, &fault)?;
        if shown.len() < SHOWN {
            let (column, value) = (fault.place().to_owned(), fault.value);
            shown.push(BadRow { row, column, value, reason: (&fault.reason).into(), cure: (&fault.cure).into() });
        }
    }
    if list.written() > 0 {
        list.save(std::fs::File::create(sheet)?)?;
    }
    std::fs::write(sample, serde_json::to_vec(&shown)?)?;
    Ok(())
}

/// Removes what has lain too long: staged sheets hold people's numbers in clear.
fn sweep(folder: &Path, oldest: SystemTime) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        // What vanishes meanwhile was removed by another process.
        let Ok(modified) = entry.metadata().and_then(|data| data.modified()) else { continue };
        if modified < oldest {
            let _gone_already = std::fs::remove_file(entry.path());
        }
    }
    Ok(())
}
