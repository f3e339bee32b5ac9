//! Sitings for programs: ask, then look until it is done.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use chrono::{DateTime, Utc};
use kernel::{Common, Key, Region, Result};
use serde::{Deserialize, Serialize};
use store::Lane;
use utoipa::ToSchema;
use web::{edge::problem::ApiResult, session::Session, state::AppState};

use super::{Siting, State as Step, Wanted, ask, get, list, pages::first};
use crate::{
    circle::{board, siting::Sited},
    dashboards::existing,
    statistics::reading,
};

/// A siting that is asked for.
#[derive(Debug, Deserialize, ToSchema)]
pub(in crate::circle) struct SitingIn {
    /// How many to choose, 1 to 20.
    count: usize,
    /// Kind of facility: `community` or a kind of organisation.
    #[serde(default)]
    kind: String,
    /// 5, 10 or 15.
    minutes: Option<u32>,
    /// `all`, `aged` or `alone`.
    #[serde(default)]
    group: String,
    /// Candidates, a line each: name, longitude, latitude (CGCS2000). Corners of streets when left out.
    #[serde(default)]
    candidates: String,
}

/// A siting.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::circle) struct SitingOut {
    key: String,
    place: String,
    kind: String,
    minutes: u32,
    group: String,
    count: usize,
    asked_at: DateTime<Utc>,
    /// `running`, `done` or `failed`.
    state: &'static str,
    /// How far it is.
    percent: i64,
    /// Why it failed; empty otherwise.
    note: String,
    /// The answer, when it is done.
    answer: Option<AnswerOut>,
}

/// The answer of a siting.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::circle) struct AnswerOut {
    /// The chosen, best first.
    picks: Vec<PickOut>,
    /// Elders of the place brought within reach by those that bring five or more.
    gained: u64,
    /// No choice of as many brings more than this.
    bound: u64,
    /// By how much of what is then reached in all any choice could be better, in per cent.
    better_percent: f64,
    /// Candidates compared.
    candidates: usize,
    /// Milliseconds it took.
    took_millis: u64,
    /// Elders of the group on the map who are reached without it.
    reached: u64,
    /// All elders of the group on the map.
    located: u64,
}

/// A chosen place.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::circle) struct PickOut {
    /// What it is called; empty for a corner of streets.
    name: String,
    /// The place around it.
    around: String,
    /// Degrees east (CGCS2000).
    longitude: f64,
    /// Degrees north.
    latitude: f64,
    /// Elders it brings within reach beyond those before it; 0 for fewer than five.
    gained: u64,
    /// There are some, but fewer than five.
    few: bool,
}

/// The sitings of a place, latest first.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::circle) struct SitingsOut {
    items: Vec<SitingOut>,
}

impl SitingOut {
    fn of(siting: Siting) -> Self {
        let look = siting.wanted.look();
        let (state, percent, note, answer) = match siting.state {
            Step::Running(percent) => ("running", percent, String::new(), None),
            Step::Done(sited) => ("done", 100, String::new(), Some(AnswerOut::of(sited))),
            Step::Failed(note) => ("failed", 0, note, None),
        };
        Self {
            key: siting.key.to_string(),
            place: siting.place.short(),
            kind: look.walk.code().into(),
            minutes: look.minutes,
            group: look.group.code().into(),
            count: siting.wanted.count,
            asked_at: siting.asked_at,
            state,
            percent,
            note,
            answer,
        }
    }
}

impl AnswerOut {
    fn of(sited: Sited) -> Self {
        let pick = |pick: crate::circle::siting::Pick| PickOut {
            name: pick.name,
            around: pick.around,
            longitude: pick.point.0,
            latitude: pick.point.1,
            gained: pick.gained,
            few: pick.few,
        };
        Self {
            picks: sited.picks.into_iter().map(pick).collect(),
            gained: sited.gained,
            bound: sited.bound,
            better_percent: sited.better,
            candidates: sited.candidates,
            took_millis: sited.took_ms,
            reached: sited.share.0,
            located: sited.share.1,
        }
    }
}

/// Asks where the next facilities should stand; a job finds out.
#[utoipa::path(post, path = "/api/v1/circle/{place}/sitings", tag = "circle", request_body = SitingIn,
    params(("place" = String, Path, description = "Place code of 4, 6, 9 or 12 digits")),
    responses((status = 202, body = SitingOut, description = "Asked; look at its key until it is done or failed"),
        (status = 404), (status = 422)),
    security(("session" = [])))]
pub(in crate::circle) async fn create(
    State(state): State<AppState>,
    session: Session,
    Path(place): Path<String>,
    Json(sent): Json<SitingIn>,
) -> ApiResult<(StatusCode, Json<SitingOut>)> {
    let place = existing(&place)?;
    reading::visible(&session.scope(), place)?;
    let asked = board::Asked { kind: sent.kind, minutes: sent.minutes, group: sent.group, ..board::Asked::default() };
    let wanted = Wanted { count: sent.count, candidates: sent.candidates, ..first(asked.look()) };
    let write = async |tx| ask(&tx, place, &wanted).await;
    let key = state.db.write(Lane::Interactive, &session.actor, write).await?;
    Ok((StatusCode::ACCEPTED, Json(SitingOut::of(get(&state.db, &session.scope(), key).await?))))
}

/// The sitings of a place, latest first, at most twenty.
#[utoipa::path(get, path = "/api/v1/circle/{place}/sitings", tag = "circle",
    params(("place" = String, Path, description = "Place code of 4, 6, 9 or 12 digits")),
    responses((status = 200, body = SitingsOut), (status = 404)), security(("session" = [])))]
pub(in crate::circle) async fn all(
    State(state): State<AppState>,
    session: Session,
    Path(place): Path<String>,
) -> ApiResult<Json<SitingsOut>> {
    let sitings = list(&state.db, &session.scope(), existing(&place)?).await?;
    Ok(Json(SitingsOut { items: sitings.into_iter().map(SitingOut::of).collect() }))
}

/// A siting: how far it is, and its answer.
#[utoipa::path(get, path = "/api/v1/circle/{place}/sitings/{key}", tag = "circle",
    params(("place" = String, Path, description = "Place code of 4, 6, 9 or 12 digits"), ("key" = String, Path)),
    responses((status = 200, body = SitingOut), (status = 404)), security(("session" = [])))]
pub(in crate::circle) async fn show(
    State(state): State<AppState>,
    session: Session,
    Path((place, key)): Path<(String, String)>,
) -> ApiResult<Json<SitingOut>> {
    let siting = of_place(&state, &session, existing(&place)?, &key).await?;
    Ok(Json(SitingOut::of(siting)))
}

async fn of_place(state: &AppState, session: &Session, place: Region, key: &str) -> Result<Siting> {
    let key: Key<Siting> = key.parse().map_err(|_| Common::NotFound)?;
    let siting = get(&state.db, &session.scope(), key).await?;
    if siting.place == place { Ok(siting) } else { Err(Common::NotFound.into()) }
}
