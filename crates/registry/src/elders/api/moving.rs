//! Moving somebody, as JSON.

use axum::{Json, extract::State};
use chrono::NaiveDate;
use kernel::{FieldRefusal, Refused, Result};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{edge::ApiResult, routes::Visible, session::Session, state::AppState};

use crate::{
    elders::{
        Elder,
        moving::{self, MoveReason, Moving, Outcome},
    },
    timeline::Guests,
};

/// A move.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MoveIn {
    /// The `version` of the file that was read.
    version: i32,
    /// The new place: 6, 9 or 12 digits.
    to: String,
    /// The new address; the old one stays when it is absent.
    address: Option<String>,
    /// The day of the move, today when absent.
    day: Option<NaiveDate>,
    /// `house`, `kin`, `institution` or `correction`.
    reason: String,
    /// Tell what would happen and keep nothing.
    #[serde(default)]
    dry_run: bool,
}

/// What a move did, or would do.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MovedOut {
    /// The file's key afterwards.
    key: String,
    /// Its number afterwards.
    number: String,
    /// The place before: 12 digits.
    from: i64,
    /// The place afterwards.
    to: i64,
    /// Whether another county is responsible from now on.
    leaves: bool,
    /// Portal accounts that go along.
    accounts: u64,
}

impl From<&Outcome> for MovedOut {
    fn from(outcome: &Outcome) -> Self {
        Self {
            key: outcome.key.to_string(),
            number: outcome.number.clone(),
            from: outcome.from.code(),
            to: outcome.to.code(),
            leaves: outcome.leaves,
            accounts: outcome.accounts,
        }
    }
}

impl MoveIn {
    fn moving(&self, today: NaiveDate) -> Result<Moving> {
        let wrong = |field| Refused::invalid(vec![FieldRefusal { field, text: super::unreadable() }]);
        Ok(Moving {
            version: self.version,
            to: self.to.parse().map_err(|_| wrong("to"))?,
            address: self.address.as_deref().unwrap_or_default().trim().to_owned(),
            day: self.day.unwrap_or(today),
            reason: MoveReason::named(&self.reason).ok_or_else(|| wrong("reason"))?,
        })
    }
}

/// Moves an elder: within the county the place of the file changes; to another county the file goes there, under the
/// same person's id and a new key, and the old county keeps the history.
#[utoipa::path(post, path = "/api/v1/elders/{key}/move", tag = "elders",
    params(("key" = String, Path, description = "The key")), request_body = MoveIn, security(("session" = [])),
    responses((status = 200, body = MovedOut), (status = 403, description = "Another county, without the right to it"),
        (status = 404, description = "Not there, or not visible"),
        (status = 409, description = "Changed meanwhile, gone, or held by open orders"),
        (status = 422, description = "A value cannot be so")))]
pub(super) async fn move_to(
    State(state): State<AppState>,
    session: Session,
    Visible(elder): Visible<Elder>,
    Json(sent): Json<MoveIn>,
) -> ApiResult<Json<MovedOut>> {
    let moving = sent.moving(state.clock().today())?;
    let guests = Guests::of(&state);
    let desk = moving::Desk { db: &state.db, keys: &state.keys, blinder: &state.blinder, leaving: &guests.leaving };
    let outcome = moving::move_to(desk, &session.actor, &elder, &moving, sent.dry_run).await?;
    Ok(Json(MovedOut::from(&outcome)))
}
