//! The circle for programs.

use axum::{
    Json,
    extract::{Path, Query, State},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};
use web::{edge::problem::ApiResult, session::Session, state::AppState};

use super::{
    Circle,
    board::{self, Asked, Look},
    figures::Reached,
    kinds::{Group, MINUTES, Walk},
};
use crate::dashboards::existing;

#[derive(OpenApi)]
#[openapi(
    paths(circle, super::sitings::api::create, super::sitings::api::all, super::sitings::api::show),
    components(schemas(CircleOut, PlaceOut, GroupOut, ReachOut, GapOut))
)]
pub(super) struct Described;

/// Which counts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct CircleIn {
    /// Kind of the gap list: `community` (any facility of the community) or a kind of organisation.
    #[serde(default)]
    kind: String,
    /// Minutes of the gap list: 5, 10 or 15.
    minutes: Option<u32>,
    /// Group of the gap list: `all`, `aged` (80 and over) or `alone`.
    #[serde(default)]
    group: String,
    /// A day that was counted; the last one when left out.
    #[serde(default)]
    day: String,
}

/// The circle of a place.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CircleOut {
    /// The day that was counted; none while nothing was.
    day: Option<NaiveDate>,
    /// All days that were counted, latest first.
    days: Vec<NaiveDate>,
    /// When the last count began.
    counted_at: Option<DateTime<Utc>>,
    /// Whose streets were walked; show it with the figures.
    attribution: String,
    /// The place itself.
    place: PlaceOut,
    /// The places one level below.
    inside: Vec<PlaceOut>,
    /// Communities with elders of whom nobody is reached.
    gaps: Vec<GapOut>,
}

/// The counts of a place.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlaceOut {
    /// Place code.
    place: String,
    /// Its name.
    name: String,
    /// One for each group.
    groups: Vec<GroupOut>,
}

/// A group of elders.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GroupOut {
    /// `all`, `aged` (80 and over) or `alone`.
    group: &'static str,
    /// Those who live at home.
    elders: i64,
    /// Those of them whose address nobody has found on a map.
    unlocated: i64,
    /// Those on the map with no street near.
    far: i64,
    /// Those whose street leads to no facility.
    unconnected: i64,
    /// Who walks to what.
    reach: Vec<ReachOut>,
}

/// Who walks to a kind of facility.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReachOut {
    /// `community` or a kind of organisation.
    kind: &'static str,
    /// Facilities of the kind that stand in the place.
    facilities: i64,
    /// Elders who walk there in 5, 10 and 15 minutes.
    within: [i64; MINUTES.len()],
}

/// A community of which nobody is reached.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GapOut {
    /// Place code.
    place: String,
    /// Its name.
    name: String,
    /// Elders on the map.
    elders: i64,
}

/// How many elders of a place walk to what in how many minutes.
#[utoipa::path(
    get,
    path = "/api/v1/circle/{place}",
    tag = "circle",
    params(("place" = String, Path, description = "Place code of 2, 4, 6, 9 or 12 digits"), CircleIn),
    responses(
        (status = 200, description = "The counts", body = CircleOut),
        (status = 404, description = "No such place, or not visible"),
        (status = 422, description = "The day was not counted"),
    ),
    security(("session" = []))
)]
pub(super) async fn circle(
    State(state): State<AppState>,
    session: Session,
    Path(place): Path<String>,
    Query(asked): Query<CircleIn>,
) -> ApiResult<Json<CircleOut>> {
    let CircleIn { kind, minutes, group, day } = asked;
    let asked = Asked { kind, minutes, group, day, ..Asked::default() };
    let board = board::read((&state.db, &Circle::of(&state)), &session.scope(), existing(&place)?, &asked).await?;
    let look = board.look;
    let inside = board.children.iter().filter_map(|child| {
        let place = child.place?.short();
        Some(PlaceOut::of(place, child.name.clone(), (&child.now, look)))
    });
    let gaps = board.gaps.iter();
    Ok(Json(CircleOut {
        day: board.day,
        counted_at: board.counted_at,
        inside: inside.collect(),
        gaps: gaps.map(|gap| GapOut { place: gap.place.short(), name: gap.name.clone(), elders: gap.elders }).collect(),
        place: PlaceOut::of(board.place.short(), board.name, (&board.now, look)),
        attribution: board.attribution,
        days: board.days,
    }))
}

impl PlaceOut {
    fn of(place: String, name: String, (reached, look): (&Reached, Look)) -> Self {
        let groups = Group::ALL.into_iter().map(|group| {
            let counted = reached.of(group);
            let reach = Walk::ALL.into_iter().map(|walk| ReachOut {
                kind: walk.code(),
                facilities: reached.facilities(walk),
                within: MINUTES.map(|minutes| Look { walk, ..look }.of(group).in_minutes(minutes).share(reached).part),
            });
            GroupOut {
                group: group.code(),
                elders: counted.elders,
                unlocated: counted.unlocated,
                far: counted.far,
                unconnected: counted.unconnected,
                reach: reach.collect(),
            }
        });
        Self { place, name, groups: groups.collect() }
    }
}
