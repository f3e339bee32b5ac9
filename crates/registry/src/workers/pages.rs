//! The people of an organisation: taking one on, changing what is known, letting go, and the sheet.

use askama::{Template, filters::HtmlSafe};
use axum::{
    Extension, Form,
    extract::{Path, State},
    response::{IntoResponse as _, Redirect, Response},
};
use kernel::{Action, Failure, Result, Text, text};
use sea_orm::ConnectionTrait;
use store::{Lane, sea_orm};
use uuid::Uuid;
use web::{
    export::{Cell, Sheet, download as as_download},
    filters,
    form::{Choice, Field, Form as FormView, FormGuard, Kind as Input, Sent},
    frame::Frame,
    head::{Head, Label},
    i18n::Translate as _,
    page::{ErrorPage, Page, PageResult, Samples, View},
    query::Cursor,
    routes::Routes,
    session::Session,
    state::AppState,
};

use super::{Particulars, Worker, actions, queries};
use crate::{organisations, places};

/// The classes of GB/T 43153-2023, as skills; the care room has the same words for its menu.
const CLASSES: [(i16, &str); 7] = [
    (1, "生活照料"),
    (2, "基础照护"),
    (3, "健康管理"),
    (4, "探访关爱"),
    (5, "精神慰藉"),
    (6, "委托代办"),
    (7, "居家适老化改造"),
];
/// The most rows of a sheet.
const MOST: u64 = 10_000;

/// A worker as a row of the organisation's page.
#[derive(Clone, Debug, Template)]
#[template(path = "organisations/_worker.html")]
pub(crate) struct WorkerRow {
    organisation: Uuid,
    id: Uuid,
    name: String,
    phone: String,
    cert_level: Option<i16>,
    skills: Vec<&'static str>,
    place: String,
    /// The phone account, when there is one.
    account: Option<Uuid>,
}

impl HtmlSafe for WorkerRow {}

impl WorkerRow {
    pub(crate) async fn of(db: &impl ConnectionTrait, organisation: Uuid, row: &Worker) -> Result<Self> {
        let account = web::accounts::account_of_worker(db, row.id, organisation).await?;
        Ok(Self {
            organisation,
            id: row.id,
            name: row.name.clone(),
            phone: row.phone.clone(),
            cert_level: row.cert_level,
            skills: skills(row),
            place: row.place().ok().and_then(places::full_name).unwrap_or_default(),
            account,
        })
    }

    /// Invented rows.
    pub(crate) fn samples() -> Vec<Self> {
        let row = |account, cert_level| Self {
            organisation: Uuid::nil(),
            id: Uuid::nil(),
            name: "孙丽萍".into(),
            phone: "13800006071".into(),
            cert_level,
            skills: vec!["生活照料", "基础照护"],
            place: "河南省许昌市魏都区".into(),
            account,
        };
        vec![row(Some(Uuid::nil()), Some(4)), row(None, None)]
    }
}

fn skills(row: &Worker) -> Vec<&'static str> {
    CLASSES.iter().filter(|(class, _)| row.can(*class)).map(|(_, word)| *word).collect()
}

/// The form of a worker.
#[derive(Debug, Template)]
#[template(path = "organisations/worker.html")]
pub(crate) struct WorkerPage {
    organisation: (Uuid, String),
    /// Who is there already, and the hidden values of the form that lets go.
    worker: Option<(Uuid, String, FormGuard)>,
    form: FormView,
}

impl View for WorkerPage {
    fn head(&self) -> Head {
        let (id, name) = &self.organisation;
        let head = match &self.worker {
            Some((_, name, _)) => Head::named(name.clone()),
            None => Head::new(text!("录用人员")),
        };
        head.menu("organisations")
            .crumb(text!("单位与人员"), "/organisations")
            .crumb(Label::data(name.clone()), format!("/organisations/{id}"))
            .here(text!("人员"))
            .faulty(self.form.is_faulty())
    }
}

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    let may = Action::ManageWorkers;
    Routes::new("registry")
        .get("/organisations/{organisation}/workers/new", may, blank)
        .get("/organisations/{organisation}/workers/export", may, download)
        .post("/organisations/{organisation}/workers", may, hire)
        .get("/organisations/{organisation}/workers/{worker}", may, show)
        .post("/organisations/{organisation}/workers/{worker}", may, revise)
        .post("/organisations/{organisation}/workers/{worker}/leave", may, leave)
}

/// The position of a worker in a list, for an address.
pub(super) fn cursor(row: &Worker) -> Cursor {
    Cursor(vec![row.name.clone(), row.id.to_string()])
}

/// Reads a position; a broken one is the first page.
pub(super) fn after(cursor: &Cursor) -> Option<(String, Uuid)> {
    let [name, id] = cursor.0.as_slice() else { return None };
    Some((name.clone(), id.parse().ok()?))
}

fn form(action: String, back: String, of: Option<&Worker>) -> FormView {
    let sexes = [("2", text!("女")), ("1", text!("男"))].map(|(code, word)| Choice::new(code, word));
    let levels = [
        ("5", text!("五级（初级工）")),
        ("4", text!("四级（中级工）")),
        ("3", text!("三级（高级工）")),
        ("2", text!("二级（技师）")),
        ("1", text!("一级（高级技师）")),
    ];
    let classes = CLASSES.iter().map(|(class, word)| Choice::new(class.to_string(), Text::new(word))).collect();
    let mut skills = Field::new("skills", text!("会做的服务"), Input::Checks(classes))
        .mends(&["worker.skills_wanted"])
        .hint(text!("按 GB/T 43153-2023 的七类；派单时照此推荐"));
    let value = |read: fn(&Worker) -> String| of.map(read).unwrap_or_default();
    skills.values = of
        .map(|row| CLASSES.iter().filter(|(c, _)| row.can(*c)).map(|(c, _)| c.to_string()).collect())
        .unwrap_or_default();
    let fields = vec![
        Field::line("name", text!("姓名")).mends(&["worker.name_wanted"]).value(value(|row| row.name.clone())),
        Field::new("sex", text!("性别"), Input::Radios(sexes.into()))
            .mends(&["worker.sex_wanted"])
            .value(value(|row| row.sex.to_string())),
        Field::new("phone", text!("工作电话"), Input::Line("tel"))
            .mends(&["worker.phone_wrong"])
            .hint(text!("老人能看到这个号码"))
            .value(value(|row| row.phone.clone())),
        Field::new(
            "cert_level",
            text!("养老护理员证书"),
            Input::Select(levels.map(|(code, word)| Choice::new(code, word)).into()),
        )
        .mends(&["worker.level_wrong"])
        .optional()
        .value(value(|row| row.cert_level.map(|level| level.to_string()).unwrap_or_default())),
        skills,
        Field::line("place", text!("出发地"))
            .mends(&["worker.place_wrong"])
            .hint(text!("街道或社区的名称或区划代码；不填就是单位的登记地"))
            .optional()
            .value(value(|row| row.place().map(|place| place.short()).unwrap_or_default())),
    ];
    FormView::new("worker", action, fields, if of.is_some() { text!("保存") } else { text!("录用") }).cancel(back)
}

async fn page(
    state: &AppState,
    session: &Session,
    organisation: Uuid,
    worker: Option<Uuid>,
) -> Result<(WorkerPage, Option<Worker>)> {
    let unit = organisations::queries::visible(&state.db, &session.scope(), organisation).await?;
    let (today, back) = (state.clock().today(), format!("/organisations/{organisation}"));
    let row = match worker {
        Some(id) if queries::works_for(&state.db, id, organisation, today).await? => {
            Some(queries::get(&state.db, id).await?)
        }
        Some(_) => return Err(kernel::Common::NotFound.into()),
        None => None,
    };
    let action = match worker {
        Some(id) => format!("{back}/workers/{id}"),
        None => format!("{back}/workers"),
    };
    let form = form(action, back, row.as_ref()).guarded(session.guard());
    let there = row.as_ref().map(|row| (row.id, row.name.clone(), session.guard()));
    Ok((WorkerPage { organisation: (unit.id, unit.name), worker: there, form }, row))
}

async fn blank(
    State(state): State<AppState>,
    session: Session,
    Path(organisation): Path<Uuid>,
) -> PageResult<WorkerPage> {
    Ok(Page(page(&state, &session, organisation, None).await?.0))
}

async fn show(
    State(state): State<AppState>,
    session: Session,
    Path((organisation, worker)): Path<(Uuid, Uuid)>,
) -> PageResult<WorkerPage> {
    Ok(Page(page(&state, &session, organisation, Some(worker)).await?.0))
}

fn particulars(sent: &Sent) -> Particulars {
    let value = |name: &str| sent.value(name).to_owned();
    let skills = sent.values("skills").filter_map(|class| class.parse().ok()).collect();
    Particulars {
        name: value("name"),
        sex: value("sex"),
        phone: value("phone"),
        cert_level: value("cert_level"),
        skills,
        place: value("place"),
    }
}

async fn hire(
    State(state): State<AppState>,
    session: Session,
    Path(organisation): Path<Uuid>,
    Form(sent): Form<Sent>,
) -> Result<Response, ErrorPage> {
    let new = particulars(&sent);
    let write = async |tx| actions::hire(&tx, organisation, &new).await.map(|_| ());
    let written = state.db.write(Lane::Interactive, &session.actor, write).await;
    answered(&state, &session, (organisation, None), (written, &sent)).await
}

async fn revise(
    State(state): State<AppState>,
    session: Session,
    Path((organisation, worker)): Path<(Uuid, Uuid)>,
    Form(sent): Form<Sent>,
) -> Result<Response, ErrorPage> {
    let new = particulars(&sent);
    let write = async |tx| actions::revise(&tx, organisation, worker, &new).await.map(|_| ());
    let written = state.db.write(Lane::Interactive, &session.actor, write).await;
    answered(&state, &session, (organisation, Some(worker)), (written, &sent)).await
}

async fn answered(
    state: &AppState,
    session: &Session,
    (organisation, worker): (Uuid, Option<Uuid>),
    (written, sent): (Result<()>, &Sent),
) -> Result<Response, ErrorPage> {
    match written {
        Ok(()) => Ok(Redirect::to(&format!("/organisations/{organisation}")).into_response()),
        Err(Failure::Refused(refused)) if refused.is_mendable() => {
            let (mut page, _) = page(state, session, organisation, worker).await?;
            page.form = page.form.filled(sent).refused(&refused);
            Ok(Page(page).refused_as(&refused).into_response())
        }
        Err(failure) => Err(failure.into()),
    }
}

async fn leave(
    State(state): State<AppState>,
    session: Session,
    Path((organisation, worker)): Path<(Uuid, Uuid)>,
) -> Result<Response, ErrorPage> {
    let write = async |tx| actions::leave(&tx, organisation, worker).await;
    state.db.write(Lane::Interactive, &session.actor, write).await?;
    Ok(Redirect::to(&format!("/organisations/{organisation}")).into_response())
}

async fn download(
    State(state): State<AppState>,
    session: Session,
    Extension(frame): Extension<Frame>,
    Path(organisation): Path<Uuid>,
) -> Result<Response, ErrorPage> {
    let unit = organisations::queries::visible(&state.db, &session.scope(), organisation).await?;
    let say = |text: Text| text.in_locale(frame.locale);
    let heads =
        [text!("姓名"), text!("性别"), text!("工作电话"), text!("养老护理员证书"), text!("会做"), text!("出发地")];
    let mut sheet = Sheet::new(&say(text!("在职人员")), heads.into_iter().map(say).collect())?;
    for row in queries::employed(&state.db, unit.id, state.clock().today(), None, MOST).await? {
        let words: Vec<_> = skills(&row).into_iter().map(|word| say(Text::new(word))).collect();
        sheet.row(&[
            Cell::Text(row.name.clone()),
            Cell::Text(say(if row.sex == 1 { text!("男") } else { text!("女") })),
            Cell::Text(row.phone.clone()),
            row.cert_level.map_or(Cell::Empty, |level| Cell::Number(f64::from(level))),
            Cell::Text(words.join(" ")),
            Cell::Text(row.place().ok().and_then(places::full_name).unwrap_or_default()),
        ])?;
    }
    Ok(as_download(&format!("{} {}", say(text!("在职人员")), state.clock().today()), sheet.finish()?))
}

impl Samples for WorkerPage {
    fn samples() -> Vec<Self> {
        let page = |worker: bool, refused: Option<super::Refusal>| {
            let form = form("/x".into(), "/y".into(), None);
            let form = match refused {
                Some(refusal) => form.refused(&refusal.into()),
                None => form,
            };
            let there = worker.then(|| (Uuid::nil(), "孙丽萍".into(), FormGuard::default()));
            Self { organisation: (Uuid::nil(), "安颐居家".into()), worker: there, form }
        };
        vec![page(false, None), page(false, Some(super::Refusal::SkillsWanted)), page(true, None)]
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_of_a_worker_holds_in_both_languages() {
        web::check::all::<super::WorkerPage>();
    }
}
