//! Orders as JSON. In and Out types stand apart from the row; times are RFC 3339, money is fen.

mod shapes;
mod troubles;

use axum::{
    Extension, Json,
    extract::{Path, State},
    http::StatusCode,
};
use chrono::TimeDelta;
use kernel::{Action, Failure, Key, Result};
use registry::elders::Elder;
use store::{Lane, blobs::Blobs};
use utoipa::OpenApi;
use web::{
    edge::problem::ApiResult,
    frame::Frame,
    query::{Cursor, ListQuery},
    routes::{Access, Routes, Visible},
    session::Session,
    state::AppState,
};

pub use self::shapes::{
    AssignIn, CorrectionIn, DispatchIn, OrderOut, OrdersOut, PlacingIn, ProofIn, ProofsIn, RatingIn, ReasonOut,
    TeamOut, WhyIn,
};
use super::{
    AbortReason, CancelReason, Complaint, Crew, DeclineReason, Order, Refusal, Score, Words,
    actions::{self, Assignment, Correction, Placing, Rating, Why},
    candidates, notes, queries,
};
use crate::visits::{self, Arrival, Departure, Told};

/// A program that is at the door tells of now; so far may its clock be off, in minutes.
const NOW_MINUTES: i64 = 2;

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    let view = Action::ViewOrders;
    Routes::new("care")
        .get("/api/v1/orders", view, list)
        .post("/api/v1/orders", Action::PlaceOrder, place)
        .get("/api/v1/orders/{key}", view, show)
        .get("/api/v1/orders/{key}/candidates", Action::AssignOrder, teams)
        .post("/api/v1/orders/{key}/dispatch", Access::SignedIn, dispatch)
        .post("/api/v1/orders/{key}/assign", Action::AssignOrder, assign)
        .post("/api/v1/orders/{key}/rate", Action::ConfirmOrder, rate)
        .post("/api/v1/orders/{key}/correct", Action::AssignOrder, correct)
        .post("/api/v1/orders/{key}/{verb}", Access::SignedIn, act)
        .merge(troubles::routes())
}

/// The part of the API's description.
#[must_use]
pub fn api() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(list, place, show, teams, dispatch, assign, rate, correct, act))]
    struct Api;
    let mut api = Api::openapi();
    api.merge(troubles::api());
    api
}

/// Orders that the session sees: by deadline for an open stage, latest window first otherwise.
#[utoipa::path(get, path = "/api/v1/orders", tag = "orders", params(
    ("stage" = Option<super::Stage>, Query), ("class" = Option<crate::catalogue::Class>, Query), ("place" = Option<String>, Query),
    ("provider" = Option<uuid::Uuid>, Query), ("day" = Option<String>, Query), ("size" = Option<u64>, Query),
    ("after" = Option<String>, Query)), responses((status = 200, body = OrdersOut)))]
async fn list(State(state): State<AppState>, session: Session, query: ListQuery) -> ApiResult<Json<OrdersOut>> {
    let filter = super::pages::filter(&query);
    let after = query.get("after").and_then(Cursor::decode).and_then(|cursor| super::pages::after(&cursor));
    let size = query.size();
    let mut orders = queries::list(&state.db, &session.scope(), &filter, after, size + 1).await?;
    let more = orders.len() as u64 > size;
    orders.truncate(usize::try_from(size)?);
    let next = orders.last().filter(|_| more).map(|order| super::pages::cursor(&filter, order).encode());
    Ok(Json(OrdersOut { items: orders.iter().map(OrderOut::of).collect::<Result<_>>()?, next }))
}

/// Places an order.
#[utoipa::path(post, path = "/api/v1/orders", tag = "orders", request_body = PlacingIn,
    responses((status = 201, body = OrderOut), (status = 409), (status = 422)))]
async fn place(
    State(state): State<AppState>,
    session: Session,
    Json(placing): Json<PlacingIn>,
) -> ApiResult<(StatusCode, Json<OrderOut>)> {
    let elder: Key<Elder> = placing.elder.parse().map_err(|_| kernel::Common::NotFound)?;
    // Seen first, so that no key is made for a person outside the scope.
    registry::elders::queries::get(&state.db, &session.scope(), elder).await?;
    let placing = Placing {
        elder,
        item: placing.item,
        window: (placing.window_start, placing.window_end),
        channel: placing.channel,
        provider: placing.provider,
        note: Words::of(&state.keys, elder, &placing.note).await?,
    };
    let order =
        state.db.write(Lane::Interactive, &session.actor, async |tx| actions::place(&tx, &placing).await).await?;
    Ok((StatusCode::CREATED, Json(OrderOut::of(&order)?)))
}

/// One order.
#[utoipa::path(get, path = "/api/v1/orders/{key}", tag = "orders", params(("key" = String, Path)),
    responses((status = 200, body = OrderOut), (status = 404)))]
async fn show(State(state): State<AppState>, Visible(order): Visible<Order>) -> ApiResult<Json<OrderOut>> {
    let note = notes(&state.keys, &order).await?.note;
    Ok(Json(OrderOut { note, ..OrderOut::of(&order)? }))
}

/// Who could serve, with reasons, best first.
#[utoipa::path(get, path = "/api/v1/orders/{key}/candidates", tag = "orders", params(("key" = String, Path)),
    responses((status = 200, body = Vec<TeamOut>)))]
async fn teams(
    State(state): State<AppState>,
    Extension(frame): Extension<Frame>,
    Visible(order): Visible<Order>,
) -> ApiResult<Json<Vec<TeamOut>>> {
    let door = visits::door_point(&state.db, &state.keys, &order).await?;
    let teams = candidates::teams(&state.db, &order, door).await?;
    Ok(Json(teams.iter().map(|team| TeamOut::of(team, frame.locale)).collect()))
}

/// Chooses the provider.
#[utoipa::path(post, path = "/api/v1/orders/{key}/dispatch", tag = "orders", params(("key" = String, Path)),
    request_body = DispatchIn, responses((status = 200, body = OrderOut), (status = 409)))]
async fn dispatch(
    State(state): State<AppState>,
    session: Session,
    Visible(order): Visible<Order>,
    Json(sent): Json<DispatchIn>,
) -> ApiResult<Json<OrderOut>> {
    let key = order.key()?;
    let write = async |tx| actions::dispatch(&tx, key, sent.provider).await;
    Ok(Json(OrderOut::of(&state.db.write(Lane::Interactive, &session.actor, write).await?)?))
}

/// Offers the order to a worker, or a pair.
#[utoipa::path(post, path = "/api/v1/orders/{key}/assign", tag = "orders", params(("key" = String, Path)),
    request_body = AssignIn, responses((status = 200, body = OrderOut), (status = 409), (status = 422)))]
async fn assign(
    State(state): State<AppState>,
    session: Session,
    Visible(order): Visible<Order>,
    Json(sent): Json<AssignIn>,
) -> ApiResult<Json<OrderOut>> {
    let (key, why) = (order.key()?, words(&state, &order, &sent.words).await?);
    let assignment = Assignment { crew: Crew { lead: sent.worker, second: sent.second }, why };
    let write = async |tx| actions::assign(&tx, key, &assignment).await;
    Ok(Json(OrderOut::of(&state.db.write(Lane::Interactive, &session.actor, write).await?)?))
}

/// Rates and completes.
#[utoipa::path(post, path = "/api/v1/orders/{key}/rate", tag = "orders", params(("key" = String, Path)),
    request_body = RatingIn, responses((status = 200, body = OrderOut), (status = 409), (status = 422)))]
async fn rate(
    State(state): State<AppState>,
    session: Session,
    Visible(order): Visible<Order>,
    Json(sent): Json<RatingIn>,
) -> ApiResult<Json<OrderOut>> {
    let (key, words) = (order.key()?, words(&state, &order, &sent.words).await?);
    let rating = Rating { score: Score::new(sent.score)?, reasons: sent.reasons, words };
    let write = async |tx| actions::rate(&tx, key, &rating).await;
    Ok(Json(OrderOut::of(&state.db.write(Lane::Interactive, &session.actor, write).await?)?))
}

/// Gives a visit other times, or the end that nobody told, with the grounds; it is marked as entered by hand.
#[utoipa::path(post, path = "/api/v1/orders/{key}/correct", tag = "orders", params(("key" = String, Path)),
    request_body = CorrectionIn, responses((status = 200, body = OrderOut), (status = 409), (status = 422)))]
async fn correct(
    State(state): State<AppState>,
    session: Session,
    Visible(order): Visible<Order>,
    Json(sent): Json<CorrectionIn>,
) -> ApiResult<Json<OrderOut>> {
    let grounds = words(&state, &order, &sent.grounds).await?.ok_or(Refusal::GroundsWanted)?;
    let (key, correction) = (order.key()?, Correction { from: sent.from, to: sent.to, grounds });
    let write = async |tx| actions::correct(&tx, key, &correction).await;
    Ok(Json(OrderOut::of(&state.db.write(Lane::Interactive, &session.actor, write).await?)?))
}

async fn words(state: &AppState, order: &Order, text: &str) -> Result<Option<Words>> {
    Words::of(&state.keys, Key::<Order>::new(order.home()?, order.elder), text).await
}

/// A step without a body of its own (`accept`, `take`, `confirm`), with a reason (`withdraw`, `return`, `decline`,
/// `cancel`, `abort`, `dispute`; body `WhyIn`) or with proofs (`check-in`, `check-out`; body `ProofsIn`).
#[utoipa::path(post, path = "/api/v1/orders/{key}/{verb}", tag = "orders",
    params(("key" = String, Path), ("verb" = String, Path)), request_body = Option<WhyIn>,
    responses((status = 200, body = OrderOut), (status = 403), (status = 404), (status = 409), (status = 422)))]
async fn act(
    State(state): State<AppState>,
    session: Session,
    Visible(order): Visible<Order>,
    Path((_, verb)): Path<(String, String)>,
    body: Option<Json<serde_json::Value>>,
) -> ApiResult<Json<OrderOut>> {
    let body = body.map(|Json(body)| body).unwrap_or_default();
    let after = match verb.as_str() {
        "accept" | "take" | "confirm" => plain(&state, &session, &order, &verb).await?,
        "check-in" | "check-out" => at_the_door(&state, &session, &order, (&verb, body)).await?,
        _ => reasoned(&state, &session, &order, (&verb, body)).await?,
    };
    Ok(Json(OrderOut::of(&after)?))
}

async fn plain(state: &AppState, session: &Session, order: &Order, verb: &str) -> Result<Order> {
    let key = order.key()?;
    let write = async |tx| match verb {
        "accept" => actions::accept(&tx, key).await,
        "take" => actions::take(&tx, key).await,
        _ => actions::confirm(&tx, key).await,
    };
    state.db.write(Lane::Interactive, &session.actor, write).await
}

/// Reads a body that depends on the verb.
fn read<T: serde::de::DeserializeOwned>(body: serde_json::Value) -> Result<T> {
    serde_json::from_value(body).map_err(|_| kernel::Refused::invalid(Vec::new()).into())
}

async fn at_the_door(
    state: &AppState,
    session: &Session,
    order: &Order,
    (verb, body): (&str, serde_json::Value),
) -> Result<Order> {
    let sent: ProofsIn = read(body)?;
    let (key, made_at) = (order.key()?, sent.made_at);
    let now = state.clock().now();
    if made_at.is_some_and(|at| (at - now).abs() > TimeDelta::minutes(NOW_MINUTES)) {
        return Err(Refusal::NotNow { minutes: NOW_MINUTES }.into());
    }
    let proofs: Vec<Told> = sent.proofs.into_iter().map(Told::try_from).collect::<Result<_, _>>()?;
    let photos: Vec<_> = proofs.iter().filter_map(|proof| proof.digest).collect();
    let door = visits::door(&state.db, &state.keys, order).await?;
    let blobs = if photos.is_empty() { None } else { Some(state.room::<Blobs>()?) };
    let write = async |tx| {
        if let Some(blobs) = &blobs {
            blobs.reference(&tx, order.home()?, order.elder, &photos).await?;
        }
        if verb == "check-in" {
            return actions::check_in(&tx, key, &Arrival { made_at, proofs, door }).await;
        }
        actions::check_out(&tx, key, &Departure { lasted_secs: None, made_at, proofs, door }).await
    };
    state.db.write(Lane::Interactive, &session.actor, write).await
}

async fn reasoned(
    state: &AppState,
    session: &Session,
    order: &Order,
    (verb, body): (&str, serde_json::Value),
) -> Result<Order> {
    if !matches!(verb, "withdraw" | "return" | "decline" | "cancel" | "abort" | "dispute") {
        return Err(kernel::Common::NotFound.into());
    }
    let sent: WhyIn = read(body)?;
    let (key, words) = (order.key()?, words(state, order, &sent.words).await?);
    let wanted = || Failure::from(Refusal::ReasonWanted);
    let name = sent.reason.as_str();
    let write = async |tx| match verb {
        "cancel" => {
            let why = Why { reason: CancelReason::named(name).ok_or_else(wanted)?, words };
            actions::cancel(&tx, key, &why).await
        }
        "abort" => {
            let why = Why { reason: AbortReason::named(name).ok_or_else(wanted)?, words };
            actions::abort(&tx, key, &why).await
        }
        "dispute" => {
            let why = Why { reason: Complaint::named(name).ok_or_else(wanted)?, words };
            actions::dispute(&tx, key, &why).await
        }
        _ => {
            let why = Why { reason: DeclineReason::given(name).ok_or_else(wanted)?, words };
            match verb {
                "withdraw" => actions::withdraw(&tx, key, &why).await,
                "return" => actions::give_back(&tx, key, &why).await,
                _ => actions::decline(&tx, key, &why).await,
            }
        }
    };
    state.db.write(Lane::Interactive, &session.actor, write).await
}
