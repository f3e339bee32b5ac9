//! The routes of sessions: the sign-in, the switches of the shells, and the portal's door.

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{AppendHeaders, IntoResponse as _, Redirect, Response},
};
use kernel::{Failure, Refused, Result, Text, text};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde::Deserialize;
use store::Lane;
use uuid::Uuid;

use super::{Session, Token, account_pages, agent, api, browser::Browser, row, sign_in, token};
use crate::{
    accounts::{self, Refusal},
    edge::{Client, LANGUAGE_COOKIE, READING_COOKIE},
    filters,
    form::{self, Field, Form as FormView},
    frame::Reading,
    head::Head,
    i18n::Locale,
    page::{Door, ErrorPage, Page, Samples, View},
    routes::{Access, Routes},
    state::AppState,
};

/// The routes that belong to sessions.
pub(crate) fn routes() -> Routes {
    let open = Access::Public;
    let routes = Routes::new("session")
        .get("/login", open, show_sign_in)
        .post("/login", open, sign_in)
        .get("/portal/enter", open, show_enter)
        .post("/portal/enter", open, enter)
        .post("/logout", open, sign_out)
        .post("/language", open, choose_language)
        .post("/reading", open, choose_reading)
        .post("/session/keep", Access::SignedIn, keep)
        .post("/grant", Access::SignedIn, switch_grant);
    api::add(account_pages::add(routes))
}

/// A path of ours to go to: anything else, such as another host, leads home.
pub(super) fn local(path: Option<&str>) -> &str {
    let path = path.unwrap_or("/");
    // Browsers drop tabs and line ends before they read an address, and take a backslash for a slash.
    let is_plain = path.bytes().all(|byte| byte > b' ' && byte != 0x7f && byte != b'\\');
    let is_ours = is_plain && path.starts_with('/') && !path.starts_with("//");
    if is_ours { path } else { "/" }
}

/// A 303 to a path.
pub(super) fn go(path: &str) -> Response {
    Redirect::to(path).into_response()
}

#[derive(Template)]
#[template(path = "session/sign_in.html")]
struct SignIn {
    form: FormView,
}

impl View for SignIn {
    const DOOR: Door = Door::Threshold;

    fn head(&self) -> Head {
        Head::new(text!("登录")).faulty(self.form.is_faulty())
    }
}

impl Samples for SignIn {
    fn samples() -> Vec<Self> {
        let refused = Refused::from(Refusal::NotYou);
        vec![Self { form: sign_in_form("/", "") }, Self { form: sign_in_form("/", "zhoumin").refused(&refused) }]
    }
}

fn sign_in_form(next: &str, login: &str) -> FormView {
    let fields = vec![
        Field::line("login", text!("登录名")).value(login).autocomplete("username"),
        secret("password", text!("密码")).autocomplete("current-password"),
        Field::line("code", text!("动态码"))
            .hint(text!("开通了动态码的账号，填手机上显示的 6 位数字"))
            .optional()
            .autocomplete("one-time-code"),
        Field::hidden("next", next),
    ];
    FormView::new("sign-in", "/login", fields, text!("登录"))
}

#[derive(Deserialize)]
struct Next {
    next: Option<String>,
}

async fn show_sign_in(session: Option<Session>, Query(Next { next }): Query<Next>) -> Response {
    match session {
        Some(session) => go(session.kind().landing()),
        None => Page(SignIn { form: sign_in_form(local(next.as_deref()), "") }).into_response(),
    }
}

#[derive(Deserialize)]
struct Claimed {
    login: String,
    password: String,
    #[serde(default)]
    code: String,
    next: Option<String>,
}

async fn sign_in(
    State(state): State<AppState>,
    client: Client,
    headers: HeaderMap,
    Form(claimed): Form<Claimed>,
) -> Result<Response, ErrorPage> {
    let next = local(claimed.next.as_deref()).to_owned();
    let claim = sign_in::Claim { login: claimed.login.clone(), password: claimed.password, code: claimed.code };
    let from = from(client, &headers);
    match sign_in::with_password(&state, claim, &from).await {
        Ok(signed_in) => {
            let known = from.browser.set_cookie((&state.blinder, state.ids()), signed_in.account, client.tls)?;
            let answer = admitted(&state, &signed_in, client, &next)?;
            Ok((AppendHeaders([(header::SET_COOKIE, known)]), answer).into_response())
        }
        Err(Failure::Refused(refused)) => {
            let form = sign_in_form(&next, &claimed.login).refused(&refused);
            Ok((status(&refused), Page(SignIn { form })).into_response())
        }
        Err(failure) => Err(failure.into()),
    }
}

fn status(refused: &Refused) -> StatusCode {
    StatusCode::from_u16(refused.verdict.status()).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY)
}

fn from(client: Client, headers: &HeaderMap) -> sign_in::From {
    let (before, browser) = (Token::of(headers, client.tls), Browser::of(headers, client.tls));
    sign_in::From { client, agent: agent(headers), before, browser }
}

/// To where the person works, with the session's cookie.
fn admitted(state: &AppState, signed_in: &sign_in::SignedIn, client: Client, next: &str) -> Result<Response> {
    let next = if next == "/" { signed_in.kind.landing() } else { next };
    let cookie = signed_in.token.set_cookie(client.tls, signed_in.keep_secs(state))?;
    Ok(([(header::SET_COOKIE, cookie)], go(next)).into_response())
}

#[derive(Template)]
#[template(path = "session/enter.html")]
struct Enter {
    form: FormView,
}

impl View for Enter {
    const DOOR: Door = Door::Portal;

    fn head(&self) -> Head {
        Head::new(text!("进入我的养老服务")).faulty(self.form.is_faulty())
    }
}

impl Samples for Enter {
    fn samples() -> Vec<Self> {
        let refused = Refused::from(Refusal::CodeWrong);
        vec![Self { form: enter_form() }, Self { form: enter_form().refused(&refused) }]
    }
}

fn enter_form() -> FormView {
    let code = Field::line("code", text!("验证码"))
        .hint(text!("社区给您的 10 位数字。只能用一次。"))
        .autocomplete("one-time-code");
    FormView::new("enter", "/portal/enter", vec![code], text!("进入"))
}

async fn show_enter(session: Option<Session>) -> Response {
    match session {
        Some(session) => go(session.kind().landing()),
        None => Page(Enter { form: enter_form() }).into_response(),
    }
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

async fn enter(
    State(state): State<AppState>,
    client: Client,
    headers: HeaderMap,
    Form(Code { code }): Form<Code>,
) -> Result<Response, ErrorPage> {
    match sign_in::with_code(&state, &code, &from(client, &headers)).await {
        Ok(signed_in) => Ok(admitted(&state, &signed_in, client, "/")?),
        Err(Failure::Refused(refused)) => {
            Ok((status(&refused), Page(Enter { form: enter_form().refused(&refused) })).into_response())
        }
        Err(failure) => Err(failure.into()),
    }
}

async fn sign_out(
    State(state): State<AppState>,
    session: Option<Session>,
    client: Client,
) -> Result<Response, ErrorPage> {
    if let Some(session) = session {
        let end = state.db.write(Lane::Interactive, &session.actor, async |tx| {
            super::end_one(&tx, session.account_id(), session.row.id).await
        });
        end.await?;
    }
    // Pages that it kept, for the way back. Its storage stays: a phone's visits that are not sent yet lie there, sealed,
    // perhaps of somebody else; drafts are forgotten by the page.
    let clear = (HeaderName::from_static("clear-site-data"), HeaderValue::from_static("\"cache\""));
    Ok(([(header::SET_COOKIE, token::cleared(client.tls)), clear], go("/login")).into_response())
}

#[derive(Deserialize)]
struct Choice {
    to: String,
    back: Option<String>,
}

async fn choose_language(client: Client, Form(choice): Form<Choice>) -> Result<Response, ErrorPage> {
    let code = match Locale::of(&choice.to).unwrap_or_default() {
        Locale::Zh => "zh",
        Locale::En => "en",
    };
    Ok(remember(LANGUAGE_COOKIE, code, client, choice.back.as_deref())?)
}

async fn choose_reading(client: Client, Form(choice): Form<Choice>) -> Result<Response, ErrorPage> {
    let code = Reading::of(&choice.to).unwrap_or_default().code();
    Ok(remember(READING_COOKIE, code, client, choice.back.as_deref())?)
}

/// Keeps a choice in the browser for a year.
fn remember(name: &str, code: &str, client: Client, back: Option<&str>) -> Result<Response> {
    let secure = if client.tls { "; Secure" } else { "" };
    let cookie = format!("{name}={code}; Path=/; SameSite=Lax; Max-Age=31536000{secure}");
    Ok(([(header::SET_COOKIE, HeaderValue::from_str(&cookie)?)], go(local(back))).into_response())
}

#[derive(Deserialize)]
struct Back {
    back: Option<String>,
}

async fn keep(
    State(state): State<AppState>,
    session: Session,
    Form(Back { back }): Form<Back>,
) -> Result<Response, ErrorPage> {
    let keep = state.db.write(Lane::Interactive, &session.actor, async |tx| {
        let own = row::Entity::update_many().filter(row::Column::TokenHash.eq(session.row.token_hash.clone()));
        own.col_expr(row::Column::SeenAt, Expr::value(tx.now())).exec(&tx).await?;
        Ok(())
    });
    keep.await?;
    Ok(go(local(back.as_deref())))
}

#[derive(Deserialize)]
struct Switch {
    grant: Uuid,
}

/// Acts under another grant from now on. The page that was open may be invisible under it, so it leads home.
async fn switch_grant(
    State(state): State<AppState>,
    session: Session,
    Form(Switch { grant }): Form<Switch>,
) -> Result<Response, ErrorPage> {
    if !session.grants.iter().any(|own| own.id == grant) {
        return Err(Refused::from(Refusal::NotYourGrant).into());
    }
    let switch = state.db.write(Lane::Interactive, &session.actor, async |tx| {
        let own = row::Entity::update_many().filter(row::Column::TokenHash.eq(session.row.token_hash.clone()));
        own.col_expr(row::Column::GrantId, Expr::value(grant)).exec(&tx).await?;
        accounts::note(&tx, &session.account, &accounts::SignedIn { grant })
    });
    switch.await?;
    Ok(go(session.kind().landing()))
}

/// A line that shows no character.
pub(super) fn secret(name: &'static str, label: Text) -> Field {
    Field::new(name, label, form::Kind::Line("password"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;

    #[test]
    fn the_way_back_never_leaves_the_platform() {
        assert_eq!(local(Some("/elders?view=1")), "/elders?view=1");
        for foreign in
            ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "/a\r\nb"]
                .into_iter()
                .chain([
                    "/\t/evil.example",
                    "/\u{1}/evil.example",
                    "/\u{7f}",
                    "/x\0",
                    "/ /evil.example",
                    "\t//evil.example",
                ])
        {
            assert_eq!(local(Some(foreign)), "/", "{foreign}");
        }
    }

    #[test]
    fn the_doors_are_sound_in_both_languages() {
        check::all::<SignIn>();
        check::all::<Enter>();
    }
}
