//! The roster as JSON. In and Out types stand apart from the rows; times are RFC 3339, minutes count from midnight.

mod shapes;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use chrono::NaiveDate;
use kernel::{Action, Failure, Result};
use store::{Lane, jobs};
use utoipa::OpenApi;
use uuid::Uuid;
use web::{
    edge::problem::ApiResult,
    query::ListQuery,
    routes::{Routes, Visible},
    session::Session,
    state::AppState,
};

pub use self::shapes::{
    AbsenceIn, AbsenceOut, ChangeIn, DayIn, EditIn, HoursIn, HoursOut, PlanOut, PlansOut, RoundOut, RunOut, StopOut,
    VersionIn,
};
use super::{
    Gap, Origin, Plan, Refusal, actions,
    desk::{self, Tools},
    gather, hours,
    pages::{self, provider},
    queries,
};

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    let may = Action::AssignOrder;
    Routes::new("care")
        .get("/api/v1/roster/plans", may, list)
        .get("/api/v1/roster/plans/{key}", may, show)
        .get("/api/v1/roster/plans/{key}/why-not/{order}", may, why_not)
        .post("/api/v1/roster/plans/{key}/edit", may, edit)
        .post("/api/v1/roster/plans/{key}/undo", may, undo)
        .post("/api/v1/roster/plans/{key}/publish", may, publish)
        .post("/api/v1/roster/plans/{key}/withdraw", may, withdraw)
        .post("/api/v1/roster/drafts", may, draw_up)
        .get("/api/v1/roster/runs", may, running)
        .post("/api/v1/roster/runs", may, compute)
        .get("/api/v1/roster/hours", may, list_hours)
        .post("/api/v1/roster/hours/{worker}", may, set_hours)
        .post("/api/v1/roster/absences", may, away)
        .post("/api/v1/roster/absences/end", may, back)
}

/// The part of the API's description.
#[must_use]
pub fn api() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(
        list, show, why_not, edit, undo, publish, withdraw, draw_up, running, compute, list_hours, set_hours, away,
        back
    ))]
    struct Api;
    Api::openapi()
}

/// The day of a query; today without one.
fn day_of(state: &AppState, query: &ListQuery) -> NaiveDate {
    query.get("day").and_then(|day| day.parse().ok()).unwrap_or_else(|| state.clock().today())
}

/// The plans of a day of one's own provider, latest first.
#[utoipa::path(get, path = "/api/v1/roster/plans", tag = "roster", params(("day" = Option<String>, Query)),
    responses((status = 200, body = PlansOut)))]
async fn list(State(state): State<AppState>, session: Session, query: ListQuery) -> ApiResult<Json<PlansOut>> {
    let plans = queries::of_day(&state.db, provider(&session)?, day_of(&state, &query)).await?;
    Ok(Json(PlansOut { items: plans.iter().map(PlanOut::of).collect::<Result<_>>()? }))
}

/// One plan with its rounds and what nobody serves.
#[utoipa::path(get, path = "/api/v1/roster/plans/{key}", tag = "roster", params(("key" = String, Path)),
    responses((status = 200, body = PlanOut), (status = 404)))]
async fn show(State(state): State<AppState>, Visible(plan): Visible<Plan>) -> ApiResult<Json<PlanOut>> {
    Ok(Json(PlanOut::whole(&state, &plan).await?))
}

/// Why nobody serves an order of the plan's day, and what would help.
#[utoipa::path(get, path = "/api/v1/roster/plans/{key}/why-not/{order}", tag = "roster",
    params(("key" = String, Path), ("order" = Uuid, Path)),
    responses((status = 200, body = Gap), (status = 404), (status = 409)))]
async fn why_not(
    State(state): State<AppState>,
    Visible(plan): Visible<Plan>,
    Path((_, order)): Path<(String, Uuid)>,
) -> ApiResult<Json<Gap>> {
    Ok(Json(desk::why_not(&state.db, &Tools::of(&state), &plan, order).await?))
}

/// Changes a draft; refused with the reason when it does not fit.
#[utoipa::path(post, path = "/api/v1/roster/plans/{key}/edit", tag = "roster", params(("key" = String, Path)),
    request_body = EditIn, responses((status = 200, body = PlanOut), (status = 404), (status = 409), (status = 422)))]
async fn edit(
    State(state): State<AppState>,
    session: Session,
    Visible(plan): Visible<Plan>,
    Json(sent): Json<EditIn>,
) -> ApiResult<Json<PlanOut>> {
    let after =
        desk::edit(&state.db, &Tools::of(&state), &session.actor, (&plan, sent.version), sent.change.into()).await?;
    Ok(Json(PlanOut::whole(&state, &after).await?))
}

/// Takes the last change of a draft back.
#[utoipa::path(post, path = "/api/v1/roster/plans/{key}/undo", tag = "roster", params(("key" = String, Path)),
    request_body = VersionIn, responses((status = 200, body = PlanOut), (status = 404), (status = 409)))]
async fn undo(
    State(state): State<AppState>,
    session: Session,
    Visible(plan): Visible<Plan>,
    Json(sent): Json<VersionIn>,
) -> ApiResult<Json<PlanOut>> {
    let after = desk::undo(&state.db, &state.keys, &session.actor, (&plan, sent.version)).await?;
    Ok(Json(PlanOut::whole(&state, &after).await?))
}

/// Publishes a draft; a job assigns its orders.
#[utoipa::path(post, path = "/api/v1/roster/plans/{key}/publish", tag = "roster", params(("key" = String, Path)),
    request_body = VersionIn, responses((status = 200, body = PlanOut), (status = 404), (status = 409)))]
async fn publish(
    State(state): State<AppState>,
    session: Session,
    Visible(plan): Visible<Plan>,
    Json(sent): Json<VersionIn>,
) -> ApiResult<Json<PlanOut>> {
    let key = plan.key()?;
    let write = async |tx| actions::publish(&tx, key, sent.version).await;
    Ok(Json(PlanOut::of(&state.db.write(Lane::Interactive, &session.actor, write).await?)?))
}

/// Puts a plan aside; what it assigned stays assigned.
#[utoipa::path(post, path = "/api/v1/roster/plans/{key}/withdraw", tag = "roster", params(("key" = String, Path)),
    responses((status = 200, body = PlanOut), (status = 404), (status = 409)))]
async fn withdraw(
    State(state): State<AppState>,
    session: Session,
    Visible(plan): Visible<Plan>,
) -> ApiResult<Json<PlanOut>> {
    let key = plan.key()?;
    let write = async |tx| actions::withdraw(&tx, key).await;
    Ok(Json(PlanOut::of(&state.db.write(Lane::Interactive, &session.actor, write).await?)?))
}

/// Draws a draft up without any search: from the plan in force, or from what is assigned.
#[utoipa::path(post, path = "/api/v1/roster/drafts", tag = "roster", request_body = DayIn,
    responses((status = 201, body = PlanOut), (status = 409), (status = 422)))]
async fn draw_up(
    State(state): State<AppState>,
    session: Session,
    Json(sent): Json<DayIn>,
) -> ApiResult<(StatusCode, Json<PlanOut>)> {
    let of = (provider(&session)?, sent.day);
    let key = desk::draw_up(&state.db, &state.keys, &session.actor, of).await?;
    let plan = queries::get(&state.db, &session.scope(), key).await?;
    Ok((StatusCode::CREATED, Json(PlanOut::whole(&state, &plan).await?)))
}

async fn run(state: &AppState, (job, day): (Uuid, NaiveDate)) -> Result<RunOut> {
    let job = jobs::get(&state.db, job).await?;
    let percent = if job.total > 0 { job.progress * 100 / job.total } else { 0 };
    let note = if job.state == "failed" { job.note } else { String::new() };
    Ok(RunOut { job: job.id, day, state: job.state, percent, note })
}

/// The latest computation of a day.
#[utoipa::path(get, path = "/api/v1/roster/runs", tag = "roster", params(("day" = Option<String>, Query)),
    responses((status = 200, body = RunOut), (status = 404)))]
async fn running(State(state): State<AppState>, session: Session, query: ListQuery) -> ApiResult<Json<RunOut>> {
    let (provider, day) = (provider(&session)?, day_of(&state, &query));
    let place = registry::organisations::queries::get(&state.db, provider).await?.seat()?;
    let home = place.home().ok_or(kernel::Common::NotFound)?;
    let (job, _) = queries::run(&state.db, home.number(), provider, day).await?.ok_or(kernel::Common::NotFound)?;
    Ok(Json(run(&state, (job, day)).await?))
}

/// Asks for a plan of a day; a job makes it.
#[utoipa::path(post, path = "/api/v1/roster/runs", tag = "roster", request_body = DayIn,
    responses((status = 202, body = RunOut), (status = 409), (status = 422)))]
async fn compute(
    State(state): State<AppState>,
    session: Session,
    Json(sent): Json<DayIn>,
) -> ApiResult<(StatusCode, Json<RunOut>)> {
    let job = pages::asked(&state, &session, sent.day, (Origin::Computed, None)).await?;
    Ok((StatusCode::ACCEPTED, Json(run(&state, (job, sent.day)).await?)))
}

/// Everybody's working hours.
#[utoipa::path(get, path = "/api/v1/roster/hours", tag = "roster", responses((status = 200, body = Vec<HoursOut>)))]
async fn list_hours(State(state): State<AppState>, session: Session) -> ApiResult<Json<Vec<HoursOut>>> {
    let (provider, today) = (provider(&session)?, state.clock().today());
    let place = registry::organisations::queries::get(&state.db, provider).await?.seat()?;
    let (rules, _) = gather::norms(&state.db, place, today).await?;
    let hands = gather::hands(&state.db, provider, today, &rules).await?;
    let out = |hand: gather::Hand| HoursOut {
        worker: hand.worker.id,
        weekdays: (1..=7_u8).filter(|day| hand.hours.weekdays >> (day - 1) & 1 == 1).collect(),
        opens_mins: hand.hours.opens_mins,
        closes_mins: hand.hours.closes_mins,
        overtime_mins: hand.hours.overtime_mins,
        mode: hand.hours.mode(),
        away: hand.away,
        name: hand.worker.name,
    };
    Ok(Json(hands.into_iter().map(out).collect()))
}

/// Sets somebody's working hours.
#[utoipa::path(post, path = "/api/v1/roster/hours/{worker}", tag = "roster", params(("worker" = Uuid, Path)),
    request_body = HoursIn, responses((status = 204), (status = 404), (status = 422)))]
async fn set_hours(
    State(state): State<AppState>,
    session: Session,
    Path(worker): Path<Uuid>,
    Json(sent): Json<HoursIn>,
) -> ApiResult<StatusCode> {
    let weekdays = sent.weekdays.iter().filter(|day| (1..=7).contains(*day)).fold(0, |bits, day| bits | 1 << (day - 1));
    let written = hours::Written {
        weekdays,
        opens_mins: sent.opens_mins,
        closes_mins: sent.closes_mins,
        overtime_mins: sent.overtime_mins,
        mode: sent.mode,
    };
    let write = async |tx| hours::set(&tx, worker, written).await;
    state.db.write(Lane::Interactive, &session.actor, write).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Notes that somebody is away; a plan of that day is made anew, changing little.
#[utoipa::path(post, path = "/api/v1/roster/absences", tag = "roster", request_body = AbsenceIn,
    responses((status = 200, body = AbsenceOut), (status = 404), (status = 409), (status = 422)))]
async fn away(
    State(state): State<AppState>,
    session: Session,
    Json(sent): Json<AbsenceIn>,
) -> ApiResult<Json<AbsenceOut>> {
    let reason = sent.reason.ok_or(Refusal::ReasonWanted).map_err(Failure::from)?;
    let job = pages::absent(&state, &session, (sent.worker, sent.day), reason).await?;
    Ok(Json(AbsenceOut { worker: sent.worker, day: sent.day, job }))
}

/// Takes an absence back.
#[utoipa::path(post, path = "/api/v1/roster/absences/end", tag = "roster", request_body = AbsenceIn,
    responses((status = 200, body = AbsenceOut), (status = 404)))]
async fn back(
    State(state): State<AppState>,
    session: Session,
    Json(sent): Json<AbsenceIn>,
) -> ApiResult<Json<AbsenceOut>> {
    let write = async |tx| hours::back(&tx, sent.worker, sent.day).await;
    state.db.write(Lane::Interactive, &session.actor, write).await?;
    Ok(Json(AbsenceOut { worker: sent.worker, day: sent.day, job: None }))
}
