//! `/elders/import/{sheet}/undo`: what taking an import back would do, then the deed, and which rows stay and why.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    Extension, Form as Body,
    extract::{Path, State},
    response::{IntoResponse as _, Redirect, Response},
};
use kernel::{Common, Refused, Result, Text, text};
use store::{Lane, jobs};
use uuid::Uuid;
use web::{
    export::{Cell, Sheet},
    filters,
    form::FormGuard,
    frame::Frame,
    head::{Head, Label},
    i18n::Translate as _,
    page::{ErrorPage, Page, PageResult, Samples, View},
    session::Session,
    state::AppState,
};

use super::NO_STORE;
use crate::elders::import::{
    self, Run,
    sheets::{self, Uploaded},
    undo::{self, Fate, KeptRow, Undone},
};

/// Rows that the page itself shows.
const SHOWN: u64 = 50;
/// Rows of the list that comes down.
const MOST: u64 = 10_000;

/// How far taking back is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Asking,
    Trying,
    Tried,
    Undoing,
    Undone,
    Failed,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "elders/import_undo.html")]
pub struct UndoPage {
    id: Uuid,
    file_name: String,
    phase: Phase,
    undone: Undone,
    why: String,
    kept: Vec<KeptRow>,
    guard: FormGuard,
}

impl View for UndoPage {
    fn head(&self) -> Head {
        Head::new(text!("撤销导入"))
            .menu("elders")
            .soft(Label::data(&self.file_name))
            .crumb(text!("老人档案"), "/elders")
            .crumb(text!("导入"), "/elders/import")
            .crumb(Label::data(&self.file_name), format!("/elders/import/{}", self.id))
            .here(text!("撤销导入"))
            .with_persons()
    }
}

impl UndoPage {
    const fn is_running(&self) -> bool {
        matches!(self.phase, Phase::Trying | Phase::Undoing)
    }

    fn percent(&self) -> i64 {
        self.undone.rows * 100 / self.undone.total.max(1)
    }

    /// The reasons for which rows stay, with how many.
    fn reasons(&self) -> Vec<(Text, i64)> {
        let fates = Fate::ALL.into_iter().filter(|fate| fate.is_kept() || *fate == Fate::RestoredInPart);
        let counted = fates.map(|fate| (Text::new(fate.word()), self.undone.of(fate)));
        counted.filter(|(_, count)| *count > 0).collect()
    }

    fn would_do(&self) -> i64 {
        self.undone.withdrawn() + self.undone.restored()
    }
}

/// The sheet of an address and the import that it made.
async fn run_of(state: &AppState, session: &Session, id: Uuid) -> Result<(Uploaded, Run)> {
    let sheet = sheets::of_account(&state.db, session.account_id(), id).await?;
    let job = sheet.job.ok_or(Common::NotFound)?;
    let job = jobs::get(&state.db, job).await?;
    let ended = job.ended_at.ok_or(Common::NotFound)?;
    let run = import::of_sheet(&state.db, sheet.account, &sheet.file_name, ended).await?;
    Ok((sheet, run.ok_or(Common::NotFound)?))
}

pub(in super::super) async fn show(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<Uuid>,
) -> PageResult<UndoPage> {
    let (sheet, run) = run_of(&state, &session, id).await?;
    let job = match (run.undo_job, run.undo_trial) {
        (Some(job), _) | (None, Some(job)) => Some(jobs::get(&state.db, job).await?),
        (None, None) => None,
    };
    let phase = match (&job, run.undo_job.is_some()) {
        (None, _) => Phase::Asking,
        (Some(job), deed) => match (job.state.as_str(), deed) {
            ("failed", _) => Phase::Failed,
            ("done", false) => Phase::Tried,
            ("done", true) => Phase::Undone,
            (_, false) => Phase::Trying,
            (_, true) => Phase::Undoing,
        },
    };
    let note = job.map(|job| job.note).unwrap_or_default();
    let kept = if phase == Phase::Undone { undo::kept(&state.db, run.id, 0, SHOWN).await? } else { Vec::new() };
    Ok(Page(UndoPage {
        id,
        file_name: sheet.file_name,
        phase,
        undone: serde_json::from_str(&note).unwrap_or_default(),
        why: if phase == Phase::Failed { note } else { String::new() },
        kept,
        guard: session.guard(),
    }))
}

pub(in super::super) async fn act(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<Uuid>,
    Body(sent): Body<BTreeMap<String, String>>,
) -> Result<Response, ErrorPage> {
    let (sheet, run) = run_of(&state, &session, id).await?;
    let trial = sent.get("sure").is_none_or(|sure| sure != "yes");
    if !trial && run.undo_trial.is_none() {
        return Err(Refused::from(crate::elders::Refusal::NotReady).into());
    }
    state.db.write(Lane::Interactive, &session.actor, async |tx| undo::ask(&tx, sheet.id, run.id, trial).await).await?;
    Ok(Redirect::to(&format!("/elders/import/{id}/undo")).into_response())
}

/// The rows that stay, as a sheet.
pub(in super::super) async fn kept(
    State(state): State<AppState>,
    session: Session,
    Extension(frame): Extension<Frame>,
    Path(id): Path<Uuid>,
) -> Result<Response, ErrorPage> {
    let (sheet, run) = run_of(&state, &session, id).await?;
    let say = |text: Text| text.in_locale(frame.locale);
    let heads = [text!("表中行"), text!("档案号"), text!("姓名"), text!("为什么没有撤销")];
    let mut list = Sheet::new(&say(text!("没有撤销的行")), heads.map(say).into())?;
    for row in undo::kept(&state.db, run.id, 0, MOST).await? {
        list.row(&[
            Cell::Text(row.label()),
            Cell::Text(row.number),
            Cell::Text(row.name),
            Cell::Text(say(Text::new(row.fate.word()))),
        ])?;
    }
    let name = format!("{} {}", sheet.file_name, say(text!("没有撤销的行")));
    Ok((NO_STORE, web::export::download(&name, list.finish()?)).into_response())
}

impl Samples for UndoPage {
    fn samples() -> Vec<Self> {
        let page = |phase| {
            let fates = Fate::ALL.into_iter().map(|fate| (fate.code(), 3)).collect();
            let undone = Undone { rows: 30, total: 60, fates };
            let elder = "411002-aaaaaaaaaaaaaaaaaaaaaaaaaa".parse();
            let kept = elder.ok().map(|elder| KeptRow {
                row: 118,
                elder,
                name: "陈秀云".into(),
                number: "411002-0006821".into(),
                fate: Fate::Ordered,
            });
            let why = String::new();
            let kept = kept.into_iter().filter(|_| phase == Phase::Undone).collect();
            let (id, file_name) = (Uuid::nil(), "特困低保动态.xlsx".into());
            Self { id, file_name, phase, undone, why, kept, guard: FormGuard::default() }
        };
        let mut empty = page(Phase::Tried);
        empty.undone = Undone::default();
        let all = [Phase::Asking, Phase::Trying, Phase::Tried, Phase::Undoing, Phase::Undone, Phase::Failed];
        all.map(page).into_iter().chain([empty]).collect()
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_holds_in_both_languages() {
        web::check::all::<super::UndoPage>();
    }
}
