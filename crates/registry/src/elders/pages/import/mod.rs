//! `/elders/import`: a sheet is uploaded, tried without writing, then imported; the page can be left and found again.

mod columns;
mod questions;
mod run;
mod undo;
mod upload;

use askama::Template;
use axum::{
    Extension,
    extract::State,
    http::header,
    response::{IntoResponse as _, Redirect, Response},
};
use kernel::{Common, FieldRefusal, Instant, Level, Refused, Region, Result, Text, text};
use store::Lane;
use uuid::Uuid;
use web::{
    filters,
    form::{Field, Form, Kind},
    frame::Frame,
    head::Head,
    i18n::Translate as _,
    page::{ErrorPage, Page, PageResult, Samples, View},
    session::Session,
    state::AppState,
};

pub(super) use self::{
    columns::tell as tell_columns,
    questions::{answer, show as ask_questions},
    run::{faults, show, start},
    undo::{act as undo, kept as kept_rows, show as ask_undo},
};
use crate::{
    elders::{
        Refusal,
        import::sheets::{self, New, Staging},
        sheet,
    },
    normal,
    places::{self, Meant},
};

/// Sheets in the list of earlier imports.
const EARLIER: u64 = 10;

/// An earlier import.
#[derive(Debug)]
struct Earlier {
    id: Uuid,
    file_name: String,
    at: Instant,
    state: Text,
    tone: &'static str,
}

/// Where an import begins.
#[derive(Debug, Template)]
#[template(path = "elders/import.html")]
pub struct Begin {
    form: Form,
    earlier: Vec<Earlier>,
}

impl View for Begin {
    fn head(&self) -> Head {
        Head::new(text!("导入老人档案"))
            .menu("elders")
            .crumb(text!("老人档案"), "/elders")
            .here(text!("导入"))
            .ghost(text!("下载模板"), "download", "/elders/import/template")
            .ghost(text!("等回答的行"), "info-circle", "/elders/import/questions")
            .faulty(self.form.is_faulty())
    }
}

/// The three steps of an import; the current one by number.
fn steps(current: usize) -> Vec<(usize, Text, bool, bool)> {
    let words = [text!("选文件"), text!("试导入"), text!("正式导入")];
    (1..).zip(words).map(|(at, words)| (at, words, at < current, at == current)).collect()
}

impl Begin {
    async fn of(state: &AppState, session: &Session) -> Result<Self> {
        let recent = sheets::recent(&state.db, session.account_id(), EARLIER).await?;
        let earlier = recent.into_iter().map(|(sheet, job)| {
            let (state, tone) = state_of(sheet.job.is_some(), &job.state);
            Earlier { id: sheet.id, file_name: sheet.file_name, at: sheet.made_at, state, tone }
        });
        Ok(Self { form: form().guarded(session.guard()), earlier: earlier.collect() })
    }

    fn steps(&self) -> Vec<(usize, Text, bool, bool)> {
        steps(1)
    }
}

fn form() -> Form {
    let hint = text!("每行一位老人，列的顺序不限；最多 64 MB。先试导入，不写入任何数据");
    let file =
        Field::new("file", text!("表格文件（.xlsx、.xls 或 .csv）"), Kind::File(".xlsx,.xls,.csv,.txt")).hint(hint);
    let hint = text!("表里没有写住在哪个社区（村）时填，例如“西大街道金地社区”；表里写了的以表为准");
    let place = Field::new("place", text!("整份表的老人都住在"), Kind::Line("text")).hint(hint).optional();
    Form::new("upload", "/elders/import", vec![file, place], text!("上传并试导入")).cancel("/elders")
}

/// The state of a sheet in a word, and the look of its sign.
fn state_of(imported: bool, job: &str) -> (Text, &'static str) {
    match (imported, job) {
        (false, "done") => (text!("试完，还没导入"), "soon"),
        (true, "done") => (text!("已导入"), "good"),
        (_, "failed") => (text!("没有导入"), "bad"),
        (false, _) => (text!("正在试导入"), "info"),
        (true, _) => (text!("正在导入"), "info"),
    }
}

pub(super) async fn begin(State(state): State<AppState>, session: Session) -> PageResult<Begin> {
    Ok(Page(Begin::of(&state, &session).await?))
}

pub(super) async fn upload(
    State(state): State<AppState>,
    session: Session,
    Extension(frame): Extension<Frame>,
    body: axum::extract::Multipart,
) -> Result<Response, ErrorPage> {
    let staging = state.room::<Staging>()?;
    let id = state.ids().uuid(state.clock().now());
    let (file, typed) = upload::stage(body, &staging.folder, &staging.sheet(id)).await?;
    let wrong = match (&file, place(&session, &typed)) {
        (None, _) => missing(),
        (Some(_), Err(refused)) => refused,
        (Some(file), Ok(place)) => {
            let (account, grant, bytes) = (session.account_id(), session.grant.id, file.bytes);
            let new = New { id, account, grant, file_name: file.name.clone(), bytes, locale: frame.locale, place };
            state.db.write(Lane::Interactive, &session.actor, async |tx| sheets::enter(&tx, new).await).await?;
            return Ok(Redirect::to(&format!("/elders/import/{id}")).into_response());
        }
    };
    if file.is_some() {
        tokio::fs::remove_file(staging.sheet(id)).await.map_err(kernel::Failure::from)?;
    }
    let mut page = Begin::of(&state, &session).await?;
    page.form = page.form.refused(&wrong);
    Ok(Page(page).refused().into_response())
}

/// The place that was typed for the whole sheet; it lies where the uploader acts.
fn place(session: &Session, typed: &str) -> Result<Option<Region>, Refused> {
    if typed.is_empty() {
        return Ok(None);
    }
    let wrong = |text| Refused::invalid(vec![FieldRefusal { field: "place", text }]);
    let reach = session.actor.range().ok_or_else(|| Refused::from(Common::NotAllowed))?;
    let code = normal::code(typed).parse::<Region>().ok().filter(|place| places::exists(*place));
    let meant = match code.filter(|place| reach.contains(*place)) {
        Some(place) => Meant::One(place),
        None => places::meant(&[(None, typed)], reach),
    };
    match meant {
        Meant::One(place) if place.level() >= Level::County => Ok(Some(place)),
        Meant::One(_) => Err(wrong(text!("只到省或市，太宽了"))),
        Meant::Several(found) => {
            let names: Vec<_> = found.iter().take(4).filter_map(|place| places::full_name(*place)).collect();
            Err(wrong(text!("有几个地方叫这个名字：{places}", places = names.join("、"))))
        }
        Meant::None { .. } => Err(wrong(text!("您的范围里没有这个地方"))),
    }
}

fn missing() -> Refused {
    let text = Refused::from(Refusal::NoSheet).text;
    Refused::invalid(vec![kernel::FieldRefusal { field: "file", text }])
}

pub(super) async fn template(session: Session, Extension(frame): Extension<Frame>) -> Result<Response, ErrorPage> {
    let say = |text: &Text| text.in_locale(frame.locale);
    let offered = session.actor.acting.place.map(places::offered).unwrap_or_default();
    let bytes = sheet::template(&say, &offered)?;
    Ok(web::export::download(&say(&text!("老人档案导入模板")), bytes))
}

/// A kept .xlsx file as a download.
async fn kept(path: std::path::PathBuf, name: &str) -> Result<Response, ErrorPage> {
    match tokio::fs::read(&path).await {
        Ok(bytes) => Ok(web::export::download(name, bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Refused::from(Common::NotFound).into()),
        Err(error) => Err(kernel::Failure::from(error).into()),
    }
}

/// Answers are never kept by the browser: they are about persons.
const NO_STORE: [(header::HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

impl Samples for Begin {
    fn samples() -> Vec<Self> {
        let at = web::frame::Frame::sample(web::i18n::Locale::Zh).now;
        let earlier = |imported, job| {
            let (state, tone) = state_of(imported, job);
            Earlier { id: Uuid::nil(), file_name: "老人档案.xlsx".into(), at, state, tone }
        };
        let all =
            vec![earlier(false, "done"), earlier(true, "done"), earlier(false, "failed"), earlier(true, "running")];
        vec![Self { form: form(), earlier: all }, Self { form: form().refused(&missing()), earlier: Vec::new() }]
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_holds_in_both_languages() {
        web::check::all::<super::Begin>();
    }
}
