//! Figures for programs: any measure of a place, day by day.

use axum::{
    Json,
    extract::{Query, State},
};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Common, Region, Result};
use registry::places;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};
use web::{edge::problem::ApiResult, session::Session, state::AppState};

use super::{DAYS, refusal::Refusal};
use crate::statistics::{
    Kind, Measure, measures,
    reading::{self, Days},
};

/// Days that one request may read.
const MOST_DAYS: i64 = 400;

#[derive(OpenApi)]
#[openapi(paths(figures), components(schemas(FiguresOut, MeasureOut, DayOut)))]
pub(super) struct Described;

/// Which figures.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FiguresIn {
    /// Place code of 2, 4, 6, 9 or 12 digits.
    place: String,
    /// First day; 30 days up to `to` when left out.
    from: Option<NaiveDate>,
    /// Last day; today when left out.
    to: Option<NaiveDate>,
    /// Names of measures, separated by commas; all when left out.
    measure: Option<String>,
}

/// The figures of a place.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FiguresOut {
    /// Place code.
    place: String,
    /// Its name.
    name: &'static str,
    /// Everything that happened until then is counted.
    as_of: DateTime<Utc>,
    /// One for each measure.
    measures: Vec<MeasureOut>,
}

/// One measure over the days.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MeasureOut {
    /// Its name.
    name: &'static str,
    /// Its Chinese name.
    title: &'static str,
    /// What one is called, in Chinese.
    unit: &'static str,
    /// `flow`: happened on the day. `stock`: stood at the end of the day.
    kind: &'static str,
    /// One for each day, in order.
    days: Vec<DayOut>,
}

/// One day of a measure.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DayOut {
    /// The business day.
    day: NaiveDate,
    /// How many.
    value: i64,
}

/// Figures of a place, day by day.
#[utoipa::path(
    get,
    path = "/api/v1/figures",
    tag = "figures",
    params(FiguresIn),
    responses(
        (status = 200, description = "The figures", body = FiguresOut),
        (status = 404, description = "No such place, or not visible"),
        (status = 422, description = "No such measure, or too many days"),
    ),
    security(("session" = []))
)]
pub(super) async fn figures(
    State(state): State<AppState>,
    session: Session,
    Query(asked): Query<FiguresIn>,
) -> ApiResult<Json<FiguresOut>> {
    let place: Region = asked.place.parse().map_err(|_| Common::NotFound)?;
    reading::visible(&session.scope(), place)?;
    let name = places::name(place).ok_or(Common::NotFound)?;
    let days = days(&asked, state.clock().today())?;
    let measures = wanted(asked.measure.as_deref())?;
    let as_of = reading::freshness(&state.db, place).await?.as_of;
    let lines = reading::series(&state.db, &session.scope(), place, &measures, days).await?;
    let measures = measures.iter().zip(lines).map(|(measure, line)| MeasureOut {
        name: measure.name,
        title: measure.title,
        unit: measure.unit,
        kind: match measure.kind {
            Kind::Flow => "flow",
            Kind::Stock => "stock",
        },
        days: days.each().zip(line).map(|(day, value)| DayOut { day, value }).collect(),
    });
    Ok(Json(FiguresOut { place: place.short(), name, as_of, measures: measures.collect() }))
}

fn days(asked: &FiguresIn, today: NaiveDate) -> Result<Days> {
    let to = asked.to.unwrap_or(today);
    let days = Days { from: asked.from.unwrap_or(Days::last(DAYS, to).from), to };
    let count = (days.to - days.from).num_days() + 1;
    if (1..=MOST_DAYS).contains(&count) { Ok(days) } else { Err(Refusal::BadDays { most: MOST_DAYS }.into()) }
}

fn wanted(names: Option<&str>) -> Result<Vec<&'static Measure>> {
    let Some(names) = names else { return Ok(measures::ALL.iter().collect()) };
    let find = |name: &str| {
        measures::named(name).ok_or_else(|| Refusal::NoSuchMeasure { name: name.chars().take(40).collect() }.into())
    };
    names.split(',').map(|name| find(name.trim())).collect()
}
