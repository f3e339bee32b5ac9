//! Does the jobs of uploaded sheets: trial or import, with progress, a list of bad rows to download, and the first of
//! them for the page. A killed job begins again from the sheet; what was written is skipped.

use std::{
    collections::BTreeMap,
    os::unix::fs::OpenOptionsExt as _,
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
    Begun, Changing, Importer, Request, Tally, Watcher, headings, import,
    read::label,
    sheets::{self, Asked, KIND, Said, Staging, Uploaded},
};
use crate::elders::{
    Refusal,
    sheet::{At, Fault, FaultSheet, Limits, Part, Row, Sheet},
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
    /// Rows that wait for an answer.
    #[serde(default)]
    pub asked: i64,
    /// Rows of which something was not taken.
    #[serde(default)]
    pub noted: i64,
    /// Rows in which nothing stands that is read.
    #[serde(default)]
    pub empty: i64,
    /// Sums, signatures and notes: how many, and the first of them with what they say.
    #[serde(default)]
    pub passed: (i64, Vec<(String, String)>),
    /// The worksheets.
    #[serde(default)]
    pub parts: Vec<PartTold>,
    /// Columns that nobody asked for.
    pub unknown_columns: Vec<String>,
    /// Bad rows by the column of their first fault.
    pub by_column: BTreeMap<String, i64>,
}

/// A worksheet, as the page tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartTold {
    /// Its name; empty of a text.
    pub name: String,
    /// Why it was not read.
    pub skipped: Option<Said>,
    /// Hidden rows that were read all the same.
    pub hidden_rows: u32,
    /// Hidden columns that were read all the same.
    pub hidden_columns: Vec<String>,
}

/// One bad row of the page, or one of which something was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadRow {
    /// The row, as a sentence names it.
    pub row: String,
    /// The column, by its Chinese head.
    pub column: String,
    /// What stands there, masked.
    pub value: String,
    /// Why it cannot stay so.
    pub reason: Said,
    /// What to do.
    pub cure: Said,
}

/// Who changes, or may be whom, as the page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeTold {
    /// The row.
    pub row: String,
    /// The key of the file; empty when there is none yet.
    pub key: String,
    /// Who has the file.
    pub name: String,
    /// What changes, or how the two differ.
    pub what: Vec<Said>,
    /// Why it is asked.
    pub why: Option<Said>,
}

/// What a job found, row by row: the first of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Bad rows.
    pub bad: Vec<BadRow>,
    /// What was not taken of rows that go in.
    pub notes: Vec<BadRow>,
    /// Files that change.
    pub changes: Vec<ChangeTold>,
    /// Rows that wait for an answer.
    pub asked: Vec<ChangeTold>,
}

impl Sample {
    fn take_faults(rows: &mut Vec<BadRow>, at: At, faults: &[Fault]) {
        let room = SHOWN.saturating_sub(rows.len());
        rows.extend(faults.iter().take(room).map(|fault| BadRow {
            row: label(at),
            column: fault.place().to_owned(),
            value: fault.value.clone(),
            reason: (&fault.reason).into(),
            cure: (&fault.cure).into(),
        }));
    }

    fn take_change(&mut self, changing: &Changing) {
        let told = ChangeTold {
            row: changing.label(),
            key: changing.key.clone(),
            name: changing.name.clone(),
            what: changing.what.iter().map(Said::from).collect(),
            why: changing.why.map(|why| (&Text::new(why.word())).into()),
        };
        let rows = if told.why.is_some() { &mut self.asked } else { &mut self.changes };
        if rows.len() < SHOWN {
            rows.push(told);
        }
    }
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
            let (actor, headings) = (Actor::system(KIND), self.headings(sheet.id, refused.code).await);
            db.write(Lane::Jobs, &actor, async |tx| sheets::refuse(&tx, sheet.id, refused, &headings).await).await?;
        }
        done
    }
}

impl ImportWorker {
    /// The headings of a sheet that lacks columns, so that somebody may say what they mean.
    async fn headings(&self, sheet: Uuid, code: &str) -> Vec<String> {
        if !matches!(code, "sheet.missing_columns" | "sheet.no_header" | "sheet.duplicate_columns") {
            return Vec::new();
        }
        let (path, program) = (self.0.sheet(sheet), self.0.program.clone());
        let read = spawn_blocking(move || Sheet::headings(&path, &program, Limits::default())).await;
        read.ok().and_then(kernel::Result::ok).unwrap_or_default()
    }

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
        let actor = actor(db, sheet).await?;
        let mapping = headings::of_place(db, actor.acting.place).await?;
        let importer = Importer { db: db.clone(), keys, actor, program };
        let file_name = sheet.file_name.clone();
        let request = Request { path: path.clone(), file_name, dry_run, place: sheet.place, mapping };
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
    fn begun(&mut self, begun: &Begun) -> Result<()> {
        self.list.tell(Line::Begun(begun.clone()))
    }

    fn bad(&mut self, at: At, row: &Row, faults: &[Fault]) -> Result<()> {
        if let Some(first) = faults.first() {
            *self.report.by_column.entry(first.place().to_owned()).or_default() += 1;
        }
        self.list.tell(Line::Bad(at, row.clone(), faults.to_vec()))
    }

    fn noted(&mut self, at: At, notes: &[Fault]) -> Result<()> {
        self.list.tell(Line::Noted(at, notes.to_vec()))
    }

    fn changing(&mut self, changing: Changing) -> Result<()> {
        self.list.tell(Line::Changing(changing))
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
        (self.asked, self.noted, self.empty) = (tally.asked, tally.noted, tally.passed.empty);
        let shown = tally.passed.shown.iter().map(|(at, said)| (label(*at), said.clone()));
        self.passed = (tally.passed.other, shown.collect());
        self.parts = tally.parts.iter().map(PartTold::from).collect();
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

impl From<&Part> for PartTold {
    fn from(part: &Part) -> Self {
        Self {
            name: part.name.clone().unwrap_or_default(),
            skipped: part.skipped.as_ref().map(Said::from),
            hidden_rows: part.hidden_rows,
            hidden_columns: part.hidden_columns.clone(),
        }
    }
}

/// What the lists of a job are made of.
enum Line {
    Begun(Begun),
    Bad(At, Row, Vec<Fault>),
    Noted(At, Vec<Fault>),
    Changing(Changing),
}

/// The list of bad rows, written on a thread of its own while the import runs.
struct FaultList(mpsc::Sender<Line>);

impl FaultList {
    fn begin(staging: &Staging, job: Uuid, locale: Locale) -> (Self, JoinHandle<Result<()>>) {
        let (sender, lines) = mpsc::channel();
        let (sheet, sample, folder) = (staging.faults(job), staging.sample(job), staging.folder.clone());
        (Self(sender), spawn_blocking(move || write_list(&lines, [sheet, sample], &folder, locale)))
    }

    fn tell(&self, line: Line) -> Result<()> {
        self.0.send(line).map_err(|_| Failure::internal("the list of bad rows cannot be written"))
    }
}

fn write_list(
    lines: &mpsc::Receiver<Line>,
    [sheet, sample]: [PathBuf; 2],
    folder: &Path,
    locale: Locale,
) -> Result<()> {
    let say = |text: &Text| text.in_locale(locale);
    let mut list = FaultSheet::new(&say, folder)?;
    let mut shown = Sample::default();
    for line in lines {
        match line {
            Line::Begun(begun) => list.begin(begun.part, begun.name.as_deref(), &begun.headings),
            Line::Bad(at, row, faults) => {
                list.add(at, &row, &faults)?;
                Sample::take_faults(&mut shown.bad, at, &faults);
            }
            Line::Noted(at, notes) => {
                notes.iter().try_for_each(|note| list.note(&label(at), note))?;
                Sample::take_faults(&mut shown.notes, at, &notes);
            }
            Line::Changing(changing) => shown.take_change(&changing),
        }
    }
    if list.written() > 0 {
        list.save(private(&sheet)?)?;
    }
    serde_json::to_writer(private(&sample)?, &shown)?;
    Ok(())
}

/// A file that nobody but the platform reads: it holds rows as they stood in the sheet.
fn private(path: &Path) -> std::io::Result<std::fs::File> {
    std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
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
