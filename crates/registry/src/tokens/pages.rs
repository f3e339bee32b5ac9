//! `/tokens`: the tokens of a county's programs, making one, revoking one.

use askama::Template;
use axum::{
    Extension, Form,
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse as _, Redirect, Response},
};
use kernel::{Action, Failure, Instant, Refused, Result, Role, Text, text};
use store::Lane;
use uuid::Uuid;
use web::{
    export::{Cell, Sheet, download as as_download},
    filters,
    form::{Choice, Field, Form as FormView, FormGuard, Kind as Input, Sent},
    frame::Frame,
    head::Head,
    i18n::Translate as _,
    page::{ErrorPage, Page, PageResult, Samples, View},
    routes::Routes,
    session::Session,
    state::AppState,
    tokens::{self as book, Listed},
};

use super::DAYS;
use crate::accounts::{
    Post,
    pages::{at_place, post, roles},
};

/// Tokens shown: more than any county has.
const MOST: u64 = 1_000;

/// The list.
#[derive(Debug, Template)]
#[template(path = "tokens/list.html")]
pub(crate) struct TokensPage {
    rows: Vec<Row>,
    at: Instant,
    guard: FormGuard,
}

/// One token.
#[derive(Clone, Debug)]
struct Row {
    id: Uuid,
    name: String,
    role: &'static str,
    place: String,
    ends_at: Instant,
    used_at: Option<Instant>,
    standing: Standing,
}

/// Whether a token works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Works,
    Over,
    Revoked,
}

impl Standing {
    const fn sign(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Works => ("circle-check", "在用", "good"),
            Self::Over => ("hourglass", "已到期", "mute"),
            Self::Revoked => ("ban", "已作废", "mute"),
        }
    }
}

impl View for TokensPage {
    fn head(&self) -> Head {
        Head::new(text!("接口令牌"))
            .menu("tokens")
            .fresh(self.at)
            .ghost(text!("导出 Excel"), "file-export", "/tokens/export")
            .solid(text!("新令牌"), "plus", "/tokens/new")
    }
}

/// The form.
#[derive(Debug, Template)]
#[template(source = r#"<section class="card"><div class="pad">{{ form }}</div></section>"#, ext = "html")]
pub(crate) struct NewPage {
    form: FormView,
}

impl View for NewPage {
    fn head(&self) -> Head {
        Head::new(text!("新令牌"))
            .menu("tokens")
            .crumb(text!("接口令牌"), "/tokens")
            .here(text!("新令牌"))
            .faulty(self.form.is_faulty())
    }
}

/// The secret, told once.
#[derive(Debug, Template)]
#[template(path = "tokens/secret.html")]
pub(crate) struct SecretPage {
    name: String,
    secret: String,
    ends_at: Instant,
}

impl View for SecretPage {
    fn head(&self) -> Head {
        Head::new(text!("令牌只显示这一次")).menu("tokens").crumb(text!("接口令牌"), "/tokens").here(text!("新令牌"))
    }
}

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    let may = Action::ManageTokens;
    Routes::new("registry")
        .get("/tokens", may, list)
        .get("/tokens/export", may, download)
        .get("/tokens/new", may, blank)
        .post("/tokens", may, make)
        .post("/tokens/{token}/revoke", may, revoke)
}

async fn list(State(state): State<AppState>, session: Session) -> PageResult<TokensPage> {
    Ok(Page(TokensPage { rows: rows(&state, &session).await?, at: state.clock().now(), guard: session.guard() }))
}

async fn rows(state: &AppState, session: &Session) -> Result<Vec<Row>> {
    let now = state.clock().now();
    let listed = book::list(&state.db, &session.scope(), MOST).await?.into_iter();
    listed.map(|listed| Row::of(listed, now)).collect()
}

async fn download(
    State(state): State<AppState>,
    session: Session,
    Extension(frame): Extension<Frame>,
) -> Result<Response, ErrorPage> {
    let say = |text: Text| text.in_locale(frame.locale);
    let heads = [text!("系统|token"), text!("岗位"), text!("所在地"), text!("到期"), text!("最近使用"), text!("状态")];
    let mut sheet = Sheet::new(&say(text!("接口令牌")), heads.into_iter().map(say).collect())?;
    for row in rows(&state, &session).await? {
        sheet.row(&[
            Cell::Text(row.name),
            Cell::Text(say(Text::new(row.role))),
            Cell::Text(row.place),
            Cell::Time(row.ends_at),
            row.used_at.map_or(Cell::Empty, Cell::Time),
            Cell::Text(say(Text::new(row.standing.sign().1))),
        ])?;
    }
    Ok(as_download(&format!("{} {}", say(text!("接口令牌")), state.clock().today()), sheet.finish()?))
}

impl Row {
    fn of(listed: Listed, now: Instant) -> Result<Self> {
        let standing = match (listed.token.revoked_at, listed.token.works(now)) {
            (Some(_), _) => Standing::Revoked,
            (None, true) => Standing::Works,
            (None, false) => Standing::Over,
        };
        Ok(Self {
            id: listed.token.id,
            name: listed.token.name,
            role: listed.grant.role()?.word(),
            place: listed.grant.extent,
            ends_at: listed.token.ends_at,
            used_at: listed.token.used_at,
            standing,
        })
    }
}

fn form(roles: Vec<Choice>) -> FormView {
    let days = DAYS.map(|days| Choice::new(days.to_string(), text!("{n} 天", n = days))).into();
    let mut fields = vec![Field::line("name", text!("给什么系统用")).mends(&["token.name_wanted"])];
    // A program has no unit of its own.
    fields.extend(at_place(roles).into_iter().filter(|field| field.name != "unit"));
    fields.push(
        Field::new("days", text!("有效期"), Input::Radios(days))
            .mends(&["token.days_wanted"])
            .value(DAYS[1].to_string()),
    );
    FormView::new("token", "/tokens", fields, text!("生成令牌")).cancel("/tokens")
}

async fn blank(session: Session) -> PageResult<NewPage> {
    Ok(Page(NewPage { form: form(roles(&session.actor, false)).guarded(session.guard()) }))
}

async fn make(State(state): State<AppState>, session: Session, Form(sent): Form<Sent>) -> Result<Response, ErrorPage> {
    let (name, days): (_, i64) = (sent.value("name"), sent.value("days").parse().unwrap_or_default());
    let post: Post = post(&sent);
    let write = async |tx| super::make(&tx, &state.blinder, (name, days), &post).await;
    match state.db.write(Lane::Interactive, &session.actor, write).await {
        Ok(made) => {
            let page = SecretPage { name: made.row.name, secret: made.secret, ends_at: made.row.ends_at };
            let mut response = Page(page).into_response();
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            Ok(response)
        }
        Err(Failure::Refused(refused)) if refused.is_mendable() => {
            let form = form(roles(&session.actor, false)).guarded(session.guard());
            let form = form.filled(&sent).refused(&refused);
            Ok(Page(NewPage { form }).refused_as(&refused).into_response())
        }
        Err(failure) => Err(failure.into()),
    }
}

async fn revoke(State(state): State<AppState>, session: Session, Path(id): Path<Uuid>) -> Result<Response, ErrorPage> {
    state.db.write(Lane::Interactive, &session.actor, async |tx| super::revoke(&tx, id).await).await?;
    Ok(Redirect::to("/tokens").into_response())
}

impl Samples for TokensPage {
    fn samples() -> Vec<Self> {
        let at = web::frame::Frame::sample(web::i18n::Locale::Zh).now;
        let row = |standing, used_at| Row {
            id: Uuid::nil(),
            name: "省厅数据交换".into(),
            role: Role::CountyClerk.word(),
            place: "河南省许昌市魏都区".into(),
            ends_at: at,
            used_at,
            standing,
        };
        let rows = vec![row(Standing::Works, Some(at)), row(Standing::Over, None), row(Standing::Revoked, None)];
        let page = |rows| Self { rows, at, guard: FormGuard::default() };
        vec![page(rows), page(Vec::new())]
    }
}

impl Samples for NewPage {
    fn samples() -> Vec<Self> {
        let roles = || vec![Choice::new("county_clerk", Text::new(Role::CountyClerk.word()))];
        let refused = Refused::from(super::Refusal::NameWanted);
        vec![Self { form: form(roles()) }, Self { form: form(roles()).refused(&refused) }]
    }
}

impl Samples for SecretPage {
    fn samples() -> Vec<Self> {
        let ends_at = web::frame::Frame::sample(web::i18n::Locale::Zh).now;
        vec![Self { name: "省厅数据交换".into(), secret: "sangyu_abc".into(), ends_at }]
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn tokens_hold_in_both_languages() {
        web::check::all::<super::TokensPage>();
        web::check::all::<super::NewPage>();
        web::check::all::<super::SecretPage>();
    }
}
