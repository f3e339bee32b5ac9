//! The session as JSON: what a program that signed in needs to go on, above all the token of its writes.

use axum::{Json, extract::State};
use kernel::{Region, Role};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

use super::Session;
use crate::{
    edge::ApiResult,
    routes::{Access, Routes},
    state::AppState,
};

/// Who is signed in, and under which grant.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SessionOut {
    /// The person's or the account's name.
    name: String,
    /// The role of the grant: `call_agent`, `dispatcher`, …
    role: &'static str,
    /// The unit of the grant, as the top bar names it.
    unit: String,
    /// The place of the grant: 12 digits.
    place: Option<i64>,
    /// The organisation of the grant.
    organisation: Option<Uuid>,
    /// The worker of the grant.
    worker: Option<Uuid>,
    /// What writes must carry as `X-CSRF-Token`.
    csrf: String,
    /// Seconds until the session ends without another request.
    left_secs: i64,
}

/// Adds the route.
pub(super) fn add(routes: Routes) -> Routes {
    routes.get("/api/v1/session", Access::SignedIn, show)
}

/// The description.
pub(crate) fn description() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(show))]
    struct Api;
    Api::openapi()
}

/// The session of the cookie. People sign in at `POST /login` (`login`, `password`, `code`) or `POST /portal/enter`
/// (`code`), programs likewise.
#[utoipa::path(get, path = "/api/v1/session", tag = "session", security(("session" = [])),
    responses((status = 200, body = SessionOut), (status = 401, description = "Nobody is signed in")))]
async fn show(State(state): State<AppState>, session: Session) -> ApiResult<Json<SessionOut>> {
    let acting = &session.actor.acting;
    let role: Role = acting.role;
    Ok(Json(SessionOut {
        name: session.account.name.clone(),
        role: role.code(),
        unit: session.grant.label.clone(),
        place: acting.place.map(Region::code),
        organisation: acting.organisation,
        worker: acting.worker,
        csrf: session.row.csrf.clone(),
        left_secs: (session.row.over_at() - state.clock().now()).num_seconds().max(0),
    }))
}
