//! The rules of rosters as JSON.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use chrono::NaiveDate;
use kernel::Action;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::{Lane, rulebooks::Version};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;
use web::{edge::problem::ApiResult, routes::Routes, session::Session, state::AppState};

use super::{RosterRules, actions, table};
use crate::versions;

/// A version of the rules.
#[derive(Debug, Serialize, ToSchema)]
pub struct RosterRulesOut {
    id: Uuid,
    /// Where it was made; none for the nation.
    place: Option<i64>,
    valid_from: NaiveDate,
    valid_until: Option<NaiveDate>,
    number: i32,
    signed_by: String,
    /// In how many norms it is not as the platform's own.
    differs: usize,
    /// With one version only.
    #[serde(skip_serializing_if = "Option::is_none")]
    rules: Option<RosterRules>,
}

/// Rules to enact; they replace those before wholly.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RosterRulesIn {
    /// Tomorrow at the earliest.
    valid_from: NaiveDate,
    /// Norms that are left out are the platform's own; a name that is no norm is refused.
    #[schema(value_type = RosterRules)]
    rules: Map<String, Value>,
}

#[derive(OpenApi)]
#[openapi(paths(list, show, enact))]
struct Api;

/// The description of these routes.
pub(crate) fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}

/// The routes.
pub(crate) fn routes() -> Routes {
    let (may, all) = (Action::EnactRoster, "/api/v1/roster/rules");
    Routes::new("care").get(all, may, list).post(all, may, enact).get("/api/v1/roster/rules/{book}", may, show)
}

impl RosterRulesOut {
    fn of(version: Version<RosterRules>, whole: bool) -> Self {
        Self {
            id: version.book.id,
            place: version.book.place.map(kernel::Region::code),
            valid_from: version.book.valid_from,
            valid_until: version.until,
            number: version.number,
            signed_by: version.signed_by,
            differs: table::differences(&RosterRules::default(), &version.book.body).len(),
            rules: whole.then_some(version.book.body),
        }
    }
}

/// The versions made for the place of the grant and above it, newest first.
#[utoipa::path(get, path = "/api/v1/roster/rules", tag = "roster",
    responses((status = 200, body = Vec<RosterRulesOut>)))]
async fn list(State(state): State<AppState>, session: Session) -> ApiResult<Json<Vec<RosterRulesOut>>> {
    let found = versions::all(&state, &session).await?;
    Ok(Json(found.into_iter().map(|version| RosterRulesOut::of(version, false)).collect()))
}

/// One version with its norms.
#[utoipa::path(get, path = "/api/v1/roster/rules/{book}", tag = "roster", params(("book" = Uuid, Path)),
    responses((status = 200, body = RosterRulesOut), (status = 404)))]
async fn show(
    State(state): State<AppState>,
    session: Session,
    Path(book): Path<Uuid>,
) -> ApiResult<Json<RosterRulesOut>> {
    Ok(Json(RosterRulesOut::of(versions::get(&state, &session, book).await?, true)))
}

/// Enacts rules at the place of the grant. Plans keep the rules they were made by.
#[utoipa::path(post, path = "/api/v1/roster/rules", tag = "roster", request_body = RosterRulesIn,
    responses((status = 201, body = RosterRulesOut), (status = 409), (status = 422)))]
async fn enact(
    State(state): State<AppState>,
    session: Session,
    Json(sent): Json<RosterRulesIn>,
) -> ApiResult<(StatusCode, Json<RosterRulesOut>)> {
    let rules = table::of_json(&sent.rules)?;
    let write = async |tx| actions::enact(&tx, sent.valid_from, &rules).await;
    let id = state.db.write(Lane::Interactive, &session.actor, write).await?;
    Ok((StatusCode::CREATED, Json(RosterRulesOut::of(versions::get(&state, &session, id).await?, true))))
}
