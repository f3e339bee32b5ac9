//! The day pack of a caregiver's phone: what runs, today's orders, tomorrow's that she took, and whatever waits for her
//! answer, with what the visits need and nothing more. No certificate number, no tags, no prices.

use std::collections::HashMap;

use axum::{Json, extract::State};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use kernel::{Action, Common, Failure, Home, Instant, Key, Result, business_day, start_of_day};
use registry::elders::{self, Elder, file::File};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, Query},
};
use serde::Serialize;
use store::{Lane, accesses};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;
use web::{edge::ApiResult, routes::Routes, session::Session, state::AppState};

use super::{Order, Stage, notes, queries};
use crate::{
    catalogue::{self, Wanted},
    roster,
    visits::EvidenceRules,
};

/// How a pack stands among the reads of a person.
const PACK: &str = "day_pack";

/// A day's pack.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DayOut {
    /// Our time, to measure the phone's clock by.
    pub now: DateTime<Utc>,
    /// The day.
    pub day: NaiveDate,
    /// When the pack must be wiped: the end of the day.
    pub until: DateTime<Utc>,
    /// What writes of the phone must carry as `X-CSRF-Token`.
    pub csrf: String,
    /// The caregiver's name, for watermarks.
    pub worker: String,
    /// The orders in the order of the visits: by the plan in force, else by window.
    pub orders: Vec<VisitOut>,
}

/// An order as a visit needs it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VisitOut {
    /// Public key.
    pub key: String,
    /// Number.
    pub number: String,
    /// Version that commands are based on.
    pub version: i32,
    /// Where it stands: `offered`, `taken`, `serving`, `served`, …
    pub stage: Stage,
    /// Earliest arrival.
    pub window_start: DateTime<Utc>,
    /// Latest arrival.
    pub window_end: DateTime<Utc>,
    /// The day of the window's start.
    pub day: NaiveDate,
    /// Until when an offer waits for an answer, and any other stage for its end.
    pub due_at: Option<DateTime<Utc>>,
    /// When the service starts by the plan in force; none where there is no plan.
    pub planned_at: Option<DateTime<Utc>>,
    /// Check-in.
    pub started_at: Option<DateTime<Utc>>,
    /// Check-out.
    pub ended_at: Option<DateTime<Utc>>,
    /// What is done.
    pub item: String,
    /// Planned minutes.
    pub minutes: i32,
    /// Less is too short, in minutes.
    pub least_minutes: i32,
    /// The caregiver answers for the visit; the second of a pair only comes along.
    pub lead: bool,
    /// Two come.
    pub pair: bool,
    /// The elder's name.
    pub name: String,
    /// Address.
    pub address: String,
    /// Whom to call.
    pub phone: Option<String>,
    /// Degrees east, where the elder lives.
    pub longitude: Option<f64>,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// What was written for the caregiver.
    pub note: Option<String>,
    /// Photos are wanted at check-in and check-out.
    pub photos: bool,
    /// A position this near is there, in metres.
    pub geofence_m: i32,
    /// A position less accurate tells nothing, in metres.
    pub worst_accuracy_m: i32,
}

#[derive(OpenApi)]
#[openapi(paths(get_day))]
struct Api;

/// The description of these routes.
pub(crate) fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}

/// The phone's reads.
pub(crate) fn routes() -> Routes {
    Routes::new("care").get("/api/v1/m/day", Action::PerformOrder, get_day)
}

/// What the caregiver who asks has to know: what runs, today, what she took for tomorrow, and all that waits for her
/// answer. An offer counts as received with the first pack that holds it.
#[utoipa::path(
    get, path = "/api/v1/m/day", tag = "phone", security(("session" = [])),
    responses((status = 200, description = "The day pack.", body = DayOut))
)]
async fn get_day(State(state): State<AppState>, session: Session) -> ApiResult<Json<DayOut>> {
    let worker = session.actor.acting.worker.ok_or(Common::NotAllowed)?;
    let now = state.clock().now();
    let day = business_day(now);
    let mut orders = queries::on_phone(&state.db, worker, now).await?;
    receive(&state, &session, worker, &mut orders).await?;
    let near = (day - Days::new(1), day + Days::new(1));
    let planned = roster::queries::planned_of_worker(&state.db, worker, near).await?;
    orders.sort_by_key(|order| (planned.get(&order.id).copied().unwrap_or(order.window_start), order.id));
    Ok(Json(DayOut {
        now,
        day,
        until: start_of_day(day) + TimeDelta::days(1),
        csrf: session.row.csrf.clone(),
        worker: session.account.name.clone(),
        orders: visits(&state, &session, worker, (orders, planned)).await?,
    }))
}

/// Notes that the phone receives the offers in its pack; one that somebody changes at the same moment waits for the next.
async fn receive(state: &AppState, session: &Session, worker: Uuid, orders: &mut [Order]) -> Result<()> {
    for order in orders {
        let is_new = order.seen_at.is_none() && order.worker == Some(worker) && order.stage()? == Stage::Offered;
        if !is_new {
            continue;
        }
        let key = order.key()?;
        let write = async |tx| super::actions::received(&tx, key).await;
        match state.db.write(Lane::Interactive, &session.actor, write).await {
            Ok(after) => *order = after,
            Err(Failure::Refused(refused)) => tracing::info!(code = refused.code, "an offer is received later"),
            Err(failure) => return Err(failure),
        }
    }
    Ok(())
}

/// Whose pack the caregiver has not been given on this day: each is noted once.
async fn unnoted(state: &AppState, session: &Session, keys: &[Key<Elder>]) -> Result<Vec<(Home, Uuid)>> {
    let since = start_of_day(business_day(state.clock().now()));
    let mut fresh: Vec<_> = keys.iter().map(|key| (key.home, key.id)).collect();
    let mut homes: Vec<_> = keys.iter().map(|key| key.home).collect();
    homes.dedup();
    for home in homes {
        let select = Query::select()
            .column("subject")
            .distinct()
            .from("accesses")
            .and_where(Expr::col("home").eq(home.number()))
            .and_where(Expr::col("subject").is_in(keys.iter().filter(|key| key.home == home).map(|key| key.id)))
            .and_where(Expr::col("at").gte(since))
            .and_where(Expr::col("actor").eq(session.actor.journal_name()))
            .and_where(Expr::col("what").eq(PACK))
            .to_owned();
        let noted = state.db.query_all(&select).await?;
        let noted: Vec<Uuid> = noted.iter().map(|row| row.try_get("", "subject")).collect::<Result<_, _>>()?;
        fresh.retain(|(of, id)| *of != home || !noted.contains(id));
    }
    Ok(fresh)
}

/// The visits of orders whose elders the caregiver may see now; the reads are noted first.
async fn visits(
    state: &AppState,
    session: &Session,
    worker: Uuid,
    (orders, planned): (Vec<Order>, HashMap<Uuid, Instant>),
) -> Result<Vec<VisitOut>> {
    let mut keys = orders.iter().map(|order| Ok(Key::new(order.home()?, order.elder))).collect::<Result<Vec<_>>>()?;
    keys.sort_unstable();
    keys.dedup();
    let people = elders::queries::of_keys(&state.db, &session.scope(), &keys).await?;
    keys.retain(|key| people.iter().any(|elder| elder.id == key.id));
    let read = unnoted(state, session, &keys).await?;
    if !read.is_empty() {
        accesses::note(&state.db, &session.actor, &read, PACK, "").await?;
    }
    let people: HashMap<Uuid, &Elder> = people.iter().map(|elder| (elder.id, elder)).collect();
    let mut visits = Vec::with_capacity(orders.len());
    for order in &orders {
        let elder = people.get(&order.elder);
        // An erased person has no key and nothing left to show.
        if let Some(elder) = elder
            && state.keys.find_key(elder.id).await?.is_some()
        {
            let planned_at = planned.get(&order.id).copied();
            visits.push(VisitOut { planned_at, ..visit(state, worker, order, elder).await? });
        }
    }
    Ok(visits)
}

async fn visit(state: &AppState, worker: Uuid, order: &Order, elder: &Elder) -> Result<VisitOut> {
    let file: File = elders::queries::open(&state.keys, elder).await?;
    let (place, day) = (order.place()?, business_day(order.window_start));
    let rules: EvidenceRules = store::rulebooks::get_or_default(&state.db, place, day).await?;
    let menu = catalogue::menu(&state.db, place, day).await?;
    let wanted = menu.book.find(&order.item).is_some_and(|item| item.proofs.contains(&Wanted::Photos));
    let contact = file.details.contacts.iter().find_map(|contact| contact.phone.clone());
    Ok(VisitOut {
        key: order.key()?.to_string(),
        number: order.number.clone(),
        version: order.version,
        stage: order.stage()?,
        window_start: order.window_start,
        window_end: order.window_end,
        day,
        due_at: order.due_at,
        planned_at: None,
        started_at: order.started_at,
        ended_at: order.ended_at,
        item: order.item_name.clone(),
        minutes: order.minutes,
        least_minutes: order.least_minutes,
        lead: order.worker == Some(worker),
        pair: order.pair,
        name: file.name,
        address: file.details.address,
        phone: file.mobile.or(file.landline).or(contact),
        longitude: file.details.point.map(|point| point.0),
        latitude: file.details.point.map(|point| point.1),
        note: notes(&state.keys, order).await?.note,
        photos: wanted,
        geofence_m: rules.geofence_m,
        worst_accuracy_m: rules.worst_accuracy_m,
    })
}
