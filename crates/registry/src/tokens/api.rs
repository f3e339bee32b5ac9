//! Tokens as JSON: reading and revoking.

use axum::{
    Json,
    extract::{Path, State},
};
use chrono::{DateTime, Utc};
use kernel::Action;
use serde::Serialize;
use store::Lane;
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;
use web::{edge::ApiResult, routes::Routes, session::Session, state::AppState, tokens as book};

/// A token, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenOut {
    id: Uuid,
    name: String,
    role: String,
    place: Option<i64>,
    made_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

/// A token that was revoked.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenRevokedOut {
    id: Uuid,
    /// Always true.
    revoked: bool,
}

#[derive(OpenApi)]
#[openapi(paths(list, revoke))]
struct Api;

/// The description of these routes.
pub(crate) fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}

pub(crate) fn routes() -> Routes {
    let may = Action::ManageTokens;
    Routes::new("registry").get("/api/v1/tokens", may, list).post("/api/v1/tokens/{token}/revoke", may, revoke)
}

/// The tokens of the county, newest first, at most 1,000.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "tokens", responses((status = 200, body = Vec<TokenOut>)))]
async fn list(State(state): State<AppState>, session: Session) -> ApiResult<Json<Vec<TokenOut>>> {
    let found = book::list(&state.db, &session.scope(), 1_000).await?;
    let out = |listed: book::Listed| TokenOut {
        id: listed.token.id,
        name: listed.token.name,
        role: listed.grant.role,
        place: listed.grant.place,
        made_at: listed.token.made_at,
        ends_at: listed.token.ends_at,
        used_at: listed.token.used_at,
        revoked_at: listed.token.revoked_at,
    };
    Ok(Json(found.into_iter().map(out).collect()))
}

/// Revokes a token.
#[utoipa::path(post, path = "/api/v1/tokens/{token}/revoke", tag = "tokens", params(("token" = Uuid, Path)),
    responses((status = 200, body = TokenRevokedOut), (status = 404), (status = 409)))]
async fn revoke(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<Uuid>,
) -> ApiResult<Json<TokenRevokedOut>> {
    state.db.write(Lane::Interactive, &session.actor, async |tx| super::revoke(&tx, id).await).await?;
    Ok(Json(TokenRevokedOut { id, revoked: true }))
}
