//! Accounts as JSON. The first password is chosen by the one who asks, so that no answer holds it.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use chrono::{DateTime, Utc};
use kernel::{Action, Common, Result};
use serde::{Deserialize, Serialize};
use store::{Lane, blind::BlindIndex};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;
use web::{
    accounts::{Owner, login_index},
    edge::ApiResult,
    query::{Cursor, ListQuery},
    routes::Routes,
    session::{self, Session},
    state::AppState,
};

use super::{Opening, Post, actions, pages, queries, queries::Listed};

/// An account.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountOut {
    id: Uuid,
    name: String,
    /// `staff` or `worker`.
    kind: String,
    suspended: bool,
    /// The first password was not changed yet.
    must_change: bool,
    second_factor: bool,
    made_at: DateTime<Utc>,
    grants: Vec<GrantOut>,
    /// With one account only: where it is signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    sessions: Option<Vec<SessionOut>>,
}

/// A grant.
#[derive(Debug, Serialize, ToSchema)]
pub struct GrantOut {
    id: Uuid,
    role: String,
    place: Option<i64>,
    organisation: Option<Uuid>,
    worker: Option<Uuid>,
    unit: String,
    since: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
}

/// A session.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionOut {
    id: Uuid,
    agent: String,
    since: DateTime<Utc>,
    seen_at: DateTime<Utc>,
}

/// A page of accounts.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountsOut {
    items: Vec<AccountOut>,
    /// Pass as `after` for the next page; none on the last.
    next: Option<String>,
}

/// A post to give.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct PostIn {
    /// A role; left out with a worker.
    #[serde(default)]
    role: String,
    /// Name or code of a place, for roles of an administration.
    #[serde(default)]
    place: String,
    /// Name of the unit.
    #[serde(default)]
    unit: String,
    organisation: Option<Uuid>,
    worker: Option<Uuid>,
}

/// An account to open.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AccountIn {
    login: String,
    name: String,
    /// To be changed at the first sign-in.
    password: String,
    post: PostIn,
}

/// What is done to an account: a reason (`suspend`), a password and whether the second factor goes (`reset`), a post
/// (`appoint`), a grant (`release`) or a session (`end-session`).
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct AccountActIn {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    factor: bool,
    post: Option<PostIn>,
    grant: Option<Uuid>,
    session: Option<Uuid>,
}

#[derive(OpenApi)]
#[openapi(paths(list, open, show, act))]
struct Api;

/// The description of these routes.
pub(crate) fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}

pub(crate) fn routes() -> Routes {
    let may = Action::ManageAccounts;
    Routes::new("registry")
        .get("/api/v1/accounts", may, list)
        .post("/api/v1/accounts", may, open)
        .get("/api/v1/accounts/{account}", may, show)
        .post("/api/v1/accounts/{account}/{verb}", may, act)
}

impl From<PostIn> for Post {
    fn from(sent: PostIn) -> Self {
        let PostIn { role, place, unit, organisation, worker } = sent;
        Self { role, place, unit, organisation, worker }
    }
}

impl AccountOut {
    /// An administrator of an organisation reads of its own grants only.
    fn of(listed: Listed, own: Option<Uuid>) -> Self {
        let account = listed.account;
        let grants = listed.grants.into_iter().filter(|grant| own.is_none() || grant.organisation == own);
        let grant = |grant: web::accounts::Grant| GrantOut {
            id: grant.id,
            role: grant.role,
            place: grant.place,
            organisation: grant.organisation,
            worker: grant.worker,
            unit: grant.label,
            since: grant.since,
            until: grant.until,
        };
        Self {
            id: account.id,
            name: account.name,
            kind: account.kind,
            suspended: account.disabled_at.is_some(),
            must_change: account.must_change,
            second_factor: account.totp_sealed.is_some(),
            made_at: account.made_at,
            grants: grants.map(grant).collect(),
            sessions: None,
        }
    }
}

async fn one(state: &AppState, session: &Session, id: Uuid) -> Result<AccountOut> {
    let listed = queries::get(&state.db, &session.scope(), id).await?;
    let sessions = session::of_account(&state.db, id).await?.into_iter().map(|row| SessionOut {
        id: row.id,
        agent: row.agent,
        since: row.made_at,
        seen_at: row.seen_at,
    });
    let out = AccountOut::of(listed, session.actor.acting.organisation);
    Ok(AccountOut { sessions: Some(sessions.collect()), ..out })
}

/// Accounts that the session may look after, by name. `q` is a part of the name or a whole login.
#[utoipa::path(get, path = "/api/v1/accounts", tag = "accounts",
    params(("organisation" = Option<Uuid>, Query), ("state" = Option<String>, Query), ("q" = Option<String>, Query),
        ("size" = Option<u64>, Query), ("after" = Option<String>, Query)),
    responses((status = 200, body = AccountsOut)))]
async fn list(State(state): State<AppState>, session: Session, query: ListQuery) -> ApiResult<Json<AccountsOut>> {
    let after = query.get("after").and_then(Cursor::decode).and_then(|cursor| pages::after(&cursor));
    let (size, filter) = (query.size(), pages::filter(&state, &query));
    let mut found = queries::page(&state.db, &session.scope(), &filter, after.as_ref(), size + 1).await?;
    let more = found.len() as u64 > size;
    found.truncate(usize::try_from(size)?);
    let next = found.last().filter(|_| more).map(|listed| pages::cursor(listed).encode());
    let own = session.actor.acting.organisation;
    Ok(Json(AccountsOut { items: found.into_iter().map(|listed| AccountOut::of(listed, own)).collect(), next }))
}

/// Opens an account with a first password and a first post.
#[utoipa::path(post, path = "/api/v1/accounts", tag = "accounts", request_body = AccountIn,
    responses((status = 201, body = AccountOut), (status = 409), (status = 422)))]
async fn open(
    State(state): State<AppState>,
    session: Session,
    Json(sent): Json<AccountIn>,
) -> ApiResult<(StatusCode, Json<AccountOut>)> {
    let login = super::check_login(&sent.login)?.to_owned();
    let owner = Owner { words: vec![&login, &sent.name, &sent.post.unit], login: None };
    state.config.profile.check(&sent.password, &owner)?;
    let password_hash = state.hashing().hash(&sent.password, state.ids()).await?;
    let opening = Opening {
        login: login_index(&state.blinder, &login),
        name: sent.name,
        post: sent.post.into(),
        password_hash,
        profile: state.config.profile,
    };
    let write = async |tx| actions::open(&tx, opening).await;
    let account = state.db.write(Lane::Interactive, &session.actor, write).await?;
    Ok((StatusCode::CREATED, Json(one(&state, &session, account.id).await?)))
}

/// One account with its sessions.
#[utoipa::path(get, path = "/api/v1/accounts/{account}", tag = "accounts", params(("account" = Uuid, Path)),
    responses((status = 200, body = AccountOut), (status = 404)))]
async fn show(
    State(state): State<AppState>,
    session: Session,
    Path(account): Path<Uuid>,
) -> ApiResult<Json<AccountOut>> {
    Ok(Json(one(&state, &session, account).await?))
}

/// `suspend`, `reactivate`, `reset`, `appoint`, `release` or `end-session`.
#[utoipa::path(post, path = "/api/v1/accounts/{account}/{verb}", tag = "accounts",
    params(("account" = Uuid, Path), ("verb" = String, Path)), request_body = AccountActIn,
    responses((status = 200, body = AccountOut), (status = 403), (status = 404), (status = 409), (status = 422)))]
async fn act(
    State(state): State<AppState>,
    session: Session,
    Path((id, verb)): Path<(Uuid, String)>,
    Json(sent): Json<AccountActIn>,
) -> ApiResult<Json<AccountOut>> {
    // Seen first, so that nothing is hashed for an account outside the scope.
    let listed = queries::get(&state.db, &session.scope(), id).await?;
    let hash = if verb == "reset" {
        let login = listed.account.login_index.as_slice().try_into().ok().map(BlindIndex);
        let words = listed.grants.iter().map(|grant| grant.label.as_str()).chain([listed.account.name.as_str()]);
        let owner = Owner { words: words.collect(), login: login.map(|login| (&*state.blinder, login)) };
        state.config.profile.check(&sent.password, &owner)?;
        state.hashing().hash(&sent.password, state.ids()).await?
    } else {
        String::new()
    };
    let (grant, ended, post) =
        (sent.grant.unwrap_or_default(), sent.session.unwrap_or_default(), sent.post.unwrap_or_default().into());
    let write = async |tx| match verb.as_str() {
        "suspend" => actions::suspend(&tx, id, &sent.reason).await,
        "reactivate" => actions::reactivate(&tx, id).await,
        "reset" => actions::reset(&tx, id, hash, sent.factor).await,
        "appoint" => actions::appoint(&tx, id, &post).await,
        "release" => actions::release(&tx, id, grant).await,
        "end-session" => actions::end_session(&tx, id, ended).await,
        _ => Err(Common::NotFound.into()),
    };
    state.db.write(Lane::Interactive, &session.actor, write).await?;
    Ok(Json(one(&state, &session, id).await?))
}
