//! `/elders/import/{sheet}`: how far a trial or import is, what it did, which rows are wrong and how to mend them.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse as _, Redirect, Response},
};
use kernel::{Instant, Result, Text, text};
use store::{Lane, jobs};
use uuid::Uuid;
use web::{
    filters,
    form::FormGuard,
    head::{Head, Label},
    page::{ErrorPage, Page, PageResult, Samples, View},
    session::Session,
    state::AppState,
};

use super::{NO_STORE, columns, kept, steps};
use crate::elders::import::{
    BadRow, ChangeTold, PartTold, Report, Sample,
    sheets::{self, Said, Staging, Uploaded},
};

/// What the page shows of the run that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Trying,
    Tried,
    Importing,
    Imported,
    Failed,
}

/// The page of a sheet.
#[derive(Debug, Template)]
#[template(path = "elders/import_run.html")]
pub struct Run {
    id: Uuid,
    file_name: String,
    bytes: i64,
    phase: Phase,
    total: i64,
    report: Report,
    /// What stands below: this run's figures, or the trial's while the import runs.
    result: Report,
    rest_secs: Option<i64>,
    refusal: Option<Said>,
    /// Headings that nobody knows, to be told apart.
    headings: Vec<String>,
    /// What a heading can mean.
    choices: Vec<Text>,
    sample: Sample,
    guard: FormGuard,
}

impl View for Run {
    fn head(&self) -> Head {
        let size = match self.bytes {
            bytes if bytes >= 1 << 20 => format!("{:.1} MB", bytes as f64 / 1_048_576.0),
            bytes => format!("{} KB", (bytes / 1024).max(1)),
        };
        Head::new(text!("导入老人档案"))
            .menu("elders")
            .soft(Label::data(format!("{} · {size}", self.file_name)))
            .crumb(text!("老人档案"), "/elders")
            .crumb(text!("导入"), "/elders/import")
            .here(Label::data(&self.file_name))
            .ghost(text!("下载模板"), "download", "/elders/import/template")
            .ghost(text!("往次导入"), "history", "/elders/import")
            .with_persons()
    }
}

impl Run {
    async fn of(state: &AppState, session: &Session, sheet: Uploaded) -> Result<Self> {
        let staging = state.room::<Staging>()?;
        let job = jobs::get(&state.db, sheet.job.unwrap_or(sheet.trial)).await?;
        let phase = phase(sheet.job.is_some(), &job.state);
        // The first bad rows are written when a run is over; the trial's stand until then.
        let of = if phase == Phase::Importing { sheet.trial } else { job.id };
        let sample: Sample = match tokio::fs::read(staging.sample(of)).await {
            Ok(json) => serde_json::from_slice(&json)?,
            Err(_) => Sample::default(),
        };
        let report = Report::of(&job).unwrap_or_default();
        let trial =
            if phase == Phase::Importing { Report::of(&jobs::get(&state.db, sheet.trial).await?) } else { None };
        // The trial counted the rows.
        let total = trial.as_ref().map_or(job.total, |trial| trial.rows);
        let headings = match phase {
            Phase::Tried => report.unknown_columns.clone(),
            Phase::Failed => sheet.headings,
            Phase::Trying | Phase::Importing | Phase::Imported => Vec::new(),
        };
        Ok(Self {
            headings,
            choices: columns::choices(),
            id: sheet.id,
            file_name: sheet.file_name,
            bytes: sheet.bytes,
            phase,
            total,
            rest_secs: report.rest_secs(state.clock().now()),
            result: trial.unwrap_or_else(|| report.clone()),
            report,
            refusal: sheet.refusal,
            sample,
            guard: session.guard(),
        })
    }

    fn steps(&self) -> Vec<(usize, Text, bool, bool)> {
        steps(match self.phase {
            Phase::Trying | Phase::Tried | Phase::Failed => 2,
            Phase::Importing => 3,
            Phase::Imported => 4,
        })
    }

    const fn is_running(&self) -> bool {
        matches!(self.phase, Phase::Trying | Phase::Importing)
    }

    /// How much is done, 0 to 100.
    fn percent(&self) -> i64 {
        (self.report.progress * 100.0).floor() as i64
    }

    fn rest(&self) -> Option<Text> {
        self.rest_secs.map(|secs| match secs {
            secs if secs < 60 => text!("约剩 {n} 秒", n = secs),
            secs => text!("约剩 {n} 分 {m} 秒", n = secs / 60, m = secs % 60),
        })
    }

    /// Rows that go in or went in.
    const fn good(&self) -> i64 {
        self.result.created + self.result.changed + self.result.same
    }

    /// Worksheets that are worth a word: there are several, or something of them is hidden.
    fn parts(&self) -> &[PartTold] {
        let parts = &self.result.parts;
        let plain = |part: &PartTold| part.skipped.is_none() && part.hidden_rows == 0 && part.hidden_columns.is_empty();
        if parts.len() < 2 && parts.iter().all(plain) { &[] } else { parts }
    }

    fn good_percent(&self) -> String {
        // Rounded down: a sheet with one bad row in a thousand is not whole.
        let permille = self.good() * 1_000 / self.result.rows.max(1);
        format!("{}.{}%", permille / 10, permille % 10)
    }

    fn spent_secs(&self) -> Option<i64> {
        self.report.ended_at.map(|ended: Instant| (ended - self.report.begun_at).num_seconds().max(1))
    }
}

fn phase(imported: bool, job: &str) -> Phase {
    match (imported, job) {
        (_, "failed") => Phase::Failed,
        (false, "done") => Phase::Tried,
        (true, "done") => Phase::Imported,
        (false, _) => Phase::Trying,
        (true, _) => Phase::Importing,
    }
}

pub(in super::super) async fn show(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<Uuid>,
) -> PageResult<Run> {
    let sheet = sheets::of_account(&state.db, session.account_id(), id).await?;
    Ok(Page(Run::of(&state, &session, sheet).await?))
}

pub(in super::super) async fn start(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<Uuid>,
) -> Result<Response, ErrorPage> {
    let sheet = sheets::of_account(&state.db, session.account_id(), id).await?;
    state.db.write(Lane::Interactive, &session.actor, async |tx| sheets::start(&tx, &sheet).await).await?;
    Ok(Redirect::to(&format!("/elders/import/{id}")).into_response())
}

pub(in super::super) async fn faults(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<Uuid>,
) -> Result<Response, ErrorPage> {
    let sheet = sheets::of_account(&state.db, session.account_id(), id).await?;
    let staging = state.room::<Staging>()?;
    let job = jobs::get(&state.db, sheet.job.unwrap_or(sheet.trial)).await?;
    let of = if phase(sheet.job.is_some(), &job.state) == Phase::Importing { sheet.trial } else { job.id };
    let stem = sheet.file_name.rsplit_once('.').map_or(sheet.file_name.as_str(), |(stem, _)| stem);
    Ok((NO_STORE, kept(staging.faults(of), &format!("{stem} 错误表")).await?).into_response())
}

fn sample_report() -> Report {
    let now = web::frame::Frame::sample(web::i18n::Locale::Zh).now;
    Report {
        begun_at: now,
        ended_at: Some(now),
        progress: 0.62,
        rows: 7_633,
        created: 3_207,
        changed: 4_000,
        same: 283,
        bad: 143,
        asked: 2,
        noted: 1,
        empty: 298,
        passed: (1, vec![("302".into(), "合计 2人".into())]),
        parts: vec![
            PartTold {
                name: "金地社区".into(), skipped: None, hidden_rows: 3, hidden_columns: vec!["手机".into()]
            },
            PartTold {
                name: "汇总".into(),
                skipped: Some((&text!("没有老人信息的表头")).into()),
                hidden_rows: 0,
                hidden_columns: Vec::new(),
            },
        ],
        unknown_columns: vec!["备忘".into()],
        by_column: [("证件号码".to_owned(), 143)].into(),
    }
}

fn sample_rows() -> Sample {
    let line = || BadRow {
        row: "118".into(),
        column: "证件号码".into(),
        value: "4199**********2071".into(),
        reason: (&text!("不在您的数据范围内")).into(),
        cure: (&text!("只保留正确的一行")).into(),
    };
    let change = |why: Option<Text>| ChangeTold {
        row: "15".into(),
        key: "411002-aaaaaaaaaaaaaaaaaaaaaaaaaa".into(),
        name: "陈秀云".into(),
        what: vec![(&text!("居住地址有修改")).into()],
        why: why.as_ref().map(Said::from),
    };
    Sample {
        bad: vec![line()],
        notes: vec![line()],
        changes: vec![change(None)],
        asked: vec![change(Some(text!("证件号码相同，姓名不同")))],
    }
}

impl Samples for Run {
    fn samples() -> Vec<Self> {
        let run = |phase, rest_secs| Self {
            id: Uuid::nil(),
            file_name: "特困低保动态.xlsx".into(),
            bytes: 4_800_000,
            phase,
            total: 12_480,
            report: sample_report(),
            result: sample_report(),
            rest_secs,
            refusal: (phase == Phase::Failed).then(|| (&text!("表里没有内容")).into()),
            headings: if matches!(phase, Phase::Tried | Phase::Failed) { vec!["备忘".into()] } else { Vec::new() },
            choices: columns::choices(),
            sample: sample_rows(),
            guard: FormGuard::default(),
        };
        let mut empty = run(Phase::Trying, None);
        (empty.report, empty.result, empty.sample, empty.total) =
            (Report::default(), Report::default(), Sample::default(), 0);
        vec![
            run(Phase::Trying, Some(80)),
            run(Phase::Tried, None),
            run(Phase::Importing, Some(20)),
            run(Phase::Imported, None),
            run(Phase::Failed, None),
            empty,
        ]
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_holds_in_both_languages() {
        web::check::all::<super::Run>();
    }
}
