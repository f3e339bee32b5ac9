//! What the map in the browser draws: areas, facilities, who is missed, streets, grounds. All in whole metres east and
//! north of the middle of the city.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{Path, Query, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use kernel::{Common, Level, Region, Result, Text};
use registry::places;
use serde::{Deserialize, Serialize};
use web::{
    edge::problem::ApiResult,
    frame::Frame,
    i18n::{Locale, Translate as _},
    session::Session,
    state::AppState,
};

use super::{
    Circle,
    board::{Asked, Look},
    figures,
    missed::{self, Missed},
    model::Model,
    trial,
};
use crate::{dashboards::existing, statistics::reading};

/// Side of a square of streets, in metres.
const SQUARE: f64 = 2_000.0;
/// The widest view whose grounds are drawn, in metres.
const WIDEST: f64 = 9_000.0;

/// An area of the map.
#[derive(Debug, Serialize)]
struct AreaOut {
    code: String,
    name: &'static str,
    /// Per cent; none of nobody.
    share: Option<f64>,
    elders: i64,
}

/// A facility of the map.
#[derive(Debug, Serialize)]
struct FacilityOut {
    id: uuid::Uuid,
    name: String,
    kind: &'static str,
    word: String,
    x: i32,
    y: i32,
    /// Seated in the place that is shown.
    inside: bool,
    /// No street runs near it.
    off: bool,
    /// Counts for what is looked at.
    counts: bool,
}

/// A whole map, but for its streets.
#[derive(Debug, Serialize)]
pub(super) struct MapOut {
    attribution: String,
    side: i32,
    /// The middle of the city, in degrees east and north.
    origin: (f64, f64),
    /// West, south, east, north of the place.
    bounds: [i32; 4],
    areas: Vec<AreaOut>,
    /// Area, row, first square, how many; beside each other.
    runs: Vec<i32>,
    facilities: Vec<FacilityOut>,
    missed: Missed,
    /// Elders of the group on the map in the place, and those of them who are reached.
    located: i64,
    reached: i64,
    read_at: chrono::DateTime<chrono::Utc>,
}

/// The map in memory of the city that holds a place that is visible.
async fn model(state: &AppState, session: &Session, place: Region) -> Result<Arc<Model>> {
    reading::visible(&session.scope(), place)?;
    places::name(place).ok_or(Common::NotFound)?;
    let city = place.at(Level::City).ok_or(Common::NotFound)?;
    Circle::of(state).model((&state.db, &state.keys), city).await
}

/// Runs what computes beside the threads that answer.
async fn computed<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    Ok(tokio::task::spawn_blocking(work).await?)
}

/// `GET /circle/{place}/map`.
pub(super) async fn map(
    State(state): State<AppState>,
    session: Session,
    Extension(frame): Extension<Frame>,
    Path(place): Path<String>,
    Query(asked): Query<Asked>,
) -> ApiResult<Json<MapOut>> {
    let (place, look) = (existing(&place)?, asked.look());
    let model = model(&state, &session, place).await?;
    let drawn = Arc::clone(&model);
    let mut map = computed(move || drawn_map(&drawn, place, (look, frame.locale))).await?;
    let day = figures::days(&state.db, &session.scope(), place).await?.first().copied();
    if let Some((day, city)) = day.zip(place.at(Level::City)) {
        let counts = Circle::of(&state).counts(&state.db, (city, day)).await?;
        for area in &mut map.areas {
            // Of an area wider than the place (it has too few people to be told apart) nothing is said.
            let code = area.code.parse().ok().filter(|area| place.contains(*area));
            let Some(reached) = code.and_then(|code: Region| counts.get(&code)) else { continue };
            area.share = look.share(reached).percent();
            area.elders = reached.of(look.group).located();
        }
    }
    Ok(Json(map))
}

fn drawn_map(model: &Model, place: Region, (look, locale): (Look, Locale)) -> MapOut {
    let areas = model.areas(place.level());
    let (mut runs, mut bounds) = (Vec::new(), [i32::MAX, i32::MAX, i32::MIN, i32::MIN]);
    let mut numbers = std::collections::BTreeMap::new();
    for run in areas.within(place) {
        let next = numbers.len();
        let number = *numbers.entry(run.place).or_insert(next);
        runs.extend([i32::try_from(number).unwrap_or(0), run.y, run.x, run.length]);
        bounds = [
            bounds[0].min(run.x * areas.side),
            bounds[1].min(run.y * areas.side),
            bounds[2].max((run.x + run.length) * areas.side),
            bounds[3].max((run.y + 1) * areas.side),
        ];
    }
    if runs.is_empty() {
        let whole = model.network().streets().bounds();
        let ((w, s), (e, n)) = (missed::metres(model.plane(), whole.low), missed::metres(model.plane(), whole.high));
        bounds = [w, s, e, n];
    }
    let mut shown: Vec<_> = numbers.into_iter().map(|(place, number)| (number, areas.places[place])).collect();
    shown.sort_unstable();
    let area = |(_, area): (usize, Region)| AreaOut {
        code: area.short(),
        name: places::name(area).unwrap_or_default(),
        share: None,
        elders: 0,
    };
    let missed = missed::missed(model, place, (look.walk.number(), look.minutes, look.group));
    let (located, far) = counts(model, place, look);
    MapOut {
        attribution: model.network().streets().attribution().to_owned(),
        side: areas.side,
        origin: (model.plane().centre.lon, model.plane().centre.lat),
        bounds,
        areas: shown.into_iter().map(area).collect(),
        runs,
        facilities: facilities(model, place, (look, locale, bounds)),
        located,
        reached: located - i64::try_from(missed.all).unwrap_or(0) - far,
        missed: Missed::clone(&missed),
        read_at: model.read_at,
    }
}

/// Elders of the group on the map in the place, and those of them with no street near.
fn counts(model: &Model, place: Region, look: Look) -> (i64, i64) {
    let coverage = model.standing(look.minutes).plan.coverage();
    let own = (0..).zip(&coverage.places).filter(|(slot, _)| {
        model.place_of(*slot).is_some_and(|(home, traits)| place.contains(home) && look.group.holds(traits))
    });
    own.fold((0, 0), |(all, far), (_, tally)| (all + tally.all.cast_signed(), far + tally.far.cast_signed()))
}

/// The facilities of the place, and those around it to which its people may walk.
fn facilities(
    model: &Model,
    place: Region,
    (look, locale, [w, s, e, n]): (Look, Locale, [i32; 4]),
) -> Vec<FacilityOut> {
    let margin = super::kinds::metres(look.minutes) as i32;
    let all = model.facilities.iter().map(|facility| (facility, missed::metres(model.plane(), facility.at)));
    let near = all.filter(|(facility, (x, y))| {
        let is_near = (w - margin..=e + margin).contains(x) && (s - margin..=n + margin).contains(y);
        is_near || place.contains(facility.place)
    });
    near.map(|(facility, (x, y))| FacilityOut {
        id: facility.id,
        name: facility.name.clone(),
        kind: facility.kind.code(),
        word: Text::new(facility.kind.word()).in_locale(locale),
        x,
        y,
        inside: place.contains(facility.place),
        off: !facility.stands,
        counts: super::kinds::Walk::numbers_of(facility.kind).contains(&look.walk.number()),
    })
    .collect()
}

/// `GET /circle/{place}/streets/{x}/{y}`: the streets of a square of 2 km, as lines of steps in metres. Streets are
/// nobody's secret; they change with the file only.
pub(super) async fn streets(
    State(state): State<AppState>,
    session: Session,
    Path((place, x, y)): Path<(String, i32, i32)>,
) -> ApiResult<Response> {
    let model = model(&state, &session, existing(&place)?).await?;
    let lines = computed(move || lines(&model, (x, y))).await?;
    let mut response = Json(lines).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=3600"));
    Ok(response)
}

/// Each line: first place, then steps.
fn lines(model: &Model, (x, y): (i32, i32)) -> Vec<Vec<i32>> {
    let (low, high) =
        ([f64::from(x) * SQUARE, f64::from(y) * SQUARE], [f64::from(x + 1) * SQUARE, f64::from(y + 1) * SQUARE]);
    let streets = model.network().streets();
    let begins_here = |position: reach::Position| {
        let at = model.plane().flat(position);
        (0..2).all(|axis| (low[axis]..high[axis]).contains(&at[axis]))
    };
    let own = streets.chains().iter().enumerate().filter(|(_, chain)| begins_here(streets.junction(chain.from)));
    own.map(|(number, _)| {
        let (mut line, mut last) = (Vec::new(), (0, 0));
        for position in streets.line(number) {
            let at = missed::metres(model.plane(), position);
            if line.is_empty() || at != last {
                line.extend([at.0 - last.0, at.1 - last.1]);
                last = at;
            }
        }
        line
    })
    .collect()
}

/// A view: west, south, east, north in metres.
#[derive(Debug, Deserialize)]
pub(super) struct Window {
    w: f64,
    s: f64,
    e: f64,
    n: f64,
    facility: Option<uuid::Uuid>,
}

/// Rings of a ground.
#[derive(Debug, Serialize)]
pub(super) struct GroundOut {
    rings: Vec<Vec<(i32, i32)>>,
}

/// `GET /circle/{place}/ground`: from where the facilities of a view are walked to, or one of them.
pub(super) async fn ground(
    State(state): State<AppState>,
    session: Session,
    Path(place): Path<String>,
    Query(asked): Query<Asked>,
    Query(window): Query<Window>,
) -> ApiResult<Json<GroundOut>> {
    let model = model(&state, &session, existing(&place)?).await?;
    let look = asked.look();
    let rings = computed(move || {
        if let Some(facility) = window.facility {
            let standing = model.standing(look.minutes);
            let snap = standing.of(facility).and_then(|id| standing.plan.stand(id));
            drop(standing);
            return snap.map(|snap| trial::ground(&model, &[snap], look.minutes)).unwrap_or_default();
        }
        if window.e - window.w > WIDEST || window.n - window.s > WIDEST {
            return Vec::new();
        }
        let view = [window.w, window.s, window.e, window.n];
        let near = trial::standing_near(&model, (look.walk.number(), look.minutes), view);
        trial::ground(&model, &near, look.minutes)
    });
    Ok(Json(GroundOut { rings: rings.await? }))
}

/// A point of the map.
#[derive(Debug, Deserialize)]
pub(super) struct Spot {
    x: f64,
    y: f64,
}

/// `GET /circle/{place}/try`: what if one stood here.
pub(super) async fn attempt(
    State(state): State<AppState>,
    session: Session,
    Path(place): Path<String>,
    Query(asked): Query<Asked>,
    Query(spot): Query<Spot>,
) -> ApiResult<Json<trial::Trial>> {
    let place = existing(&place)?;
    let (model, look) = (model(&state, &session, place).await?, asked.look());
    let asked = (look.walk.number(), look.minutes, look.group);
    if !spot.x.is_finite() || !spot.y.is_finite() {
        return Err(super::refusal::Refusal::OffTheMap.into());
    }
    Ok(Json(computed(move || trial::trial(&model, place, (spot.x, spot.y), asked)).await??))
}
