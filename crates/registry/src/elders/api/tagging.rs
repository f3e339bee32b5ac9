//! A trait for several people at once.

use axum::{Json, extract::State};
use chrono::NaiveDate;
use kernel::{FieldRefusal, Refused};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::{edge::ApiResult, session::Session, state::AppState};

use crate::elders::{
    filing,
    tagging::{self, Tagging},
    vocabulary::Tag,
};

/// A trait that is given or taken.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TagIn {
    /// Keys of the people, at most 100.
    people: Vec<String>,
    /// Code of the trait.
    tag: i16,
    /// Whether it holds from now on.
    holds: bool,
    /// The first day on which it holds no more; absent lets it hold on.
    ends_on: Option<NaiveDate>,
}

/// What became of the people.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TaggedOut {
    /// Files that changed.
    changed: usize,
    /// Files that said so before.
    same: usize,
    /// People who are not there, or not visible.
    gone: usize,
}

/// Gives a trait to people, or takes it from them, in one write.
#[utoipa::path(post, path = "/api/v1/elders/tags", tag = "elders", request_body = TagIn, security(("session" = [])),
    responses((status = 200, body = TaggedOut), (status = 422, description = "Nobody, too many, or a value cannot be so")))]
pub(super) async fn tag(
    State(state): State<AppState>,
    session: Session,
    Json(sent): Json<TagIn>,
) -> ApiResult<Json<TaggedOut>> {
    let wrong = |field| Refused::invalid(vec![FieldRefusal { field, text: super::unreadable() }]);
    let keys: Result<Vec<_>, _> = sent.people.iter().map(|key| key.parse()).collect();
    let keys = keys.map_err(|_| wrong("people"))?;
    let tag = Tag::of(sent.tag).ok_or_else(|| wrong("tag"))?;
    let desk = filing::Desk { db: &state.db, keys: &state.keys, blinder: &state.blinder };
    let tagging = Tagging { tag, holds: sent.holds, ends_on: sent.ends_on };
    let done = tagging::tag(desk, &session.actor, &keys, tagging).await?;
    Ok(Json(TaggedOut { changed: done.changed, same: done.same, gone: done.gone }))
}
