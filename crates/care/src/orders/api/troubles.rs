//! The trouble list as JSON: commands of phones that need a person, and the ways out.

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use chrono::{DateTime, Utc};
use kernel::{Action, Result};
use serde::{Deserialize, Serialize};
use store::Lane;
use utoipa::{OpenApi, ToSchema};
use web::{
    commands::troubles::Kind,
    edge::ApiResult,
    frame::Frame,
    i18n::{Locale, Translate as _},
    query::{Cursor, ListQuery},
    routes::Routes,
    session::Session,
    state::AppState,
};

use super::{OrderOut, WhyIn};
use crate::orders::{
    actions,
    pages::{after_trouble, cursor_of_trouble},
    troubles::{self, Case, Typed},
};

/// A command that needs a person.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TroubleOut {
    /// Its own key.
    trouble: String,
    /// `parked`, `refused` or `conflict`.
    #[schema(value_type = String)]
    kind: &'static str,
    /// The order's public key and number, while the organisation still has it.
    key: Option<String>,
    number: Option<String>,
    /// What the phone wanted.
    verb: String,
    /// Who sent it.
    by: String,
    /// When it happened.
    happened_at: DateTime<Utc>,
    /// When it came.
    received_at: DateTime<Utc>,
    /// Why it was refused, for programs and for people.
    code: Option<String>,
    text: Option<String>,
}

/// The troubles.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TroublesOut {
    /// What came first stands first.
    troubles: Vec<TroubleOut>,
    /// Pass as `after` for the next page; none on the last.
    next: Option<String>,
}

/// What is entered by hand.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct EntryIn {
    /// Check-in, where the order waits for it.
    from: Option<DateTime<Utc>>,
    /// Check-out.
    to: Option<DateTime<Utc>>,
    /// How it is known.
    grounds: String,
}

/// What was dismissed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DismissedOut {
    /// Its key.
    trouble: String,
    /// Always true.
    dismissed: bool,
}

#[derive(OpenApi)]
#[openapi(paths(list, enter, dismiss))]
struct Api;

/// The description of these routes.
pub(super) fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}

pub(super) fn routes() -> Routes {
    let may = Action::AssignOrder;
    Routes::new("care")
        .get("/api/v1/orders/troubles", may, list)
        .post("/api/v1/orders/troubles/{trouble}/enter", may, enter)
        .post("/api/v1/orders/troubles/{trouble}/dismiss", may, dismiss)
}

impl TroubleOut {
    fn of(case: &Case, locale: Locale) -> Result<Self> {
        let (trouble, why) = (&case.trouble, case.trouble.why()?.filter(|_| case.trouble.kind() != Kind::Parked));
        Ok(Self {
            trouble: trouble.key()?.to_string(),
            kind: trouble.kind().code(),
            key: case.order.as_ref().map(|order| order.key().map(|key| key.to_string())).transpose()?,
            number: case.order.as_ref().map(|order| order.number.clone()),
            verb: trouble.verb.clone(),
            by: case.by.clone(),
            happened_at: trouble.true_at,
            received_at: trouble.received_at,
            code: why.as_ref().map(|why| why.code.clone()),
            text: why.map(|why| why.in_locale(locale)),
        })
    }
}

/// Commands of the organisation's phones that waited 72 hours for the one before them, were refused, or met an order
/// that somebody had changed.
#[utoipa::path(
    get, path = "/api/v1/orders/troubles", tag = "phone", security(("session" = [])),
    params(("size" = Option<u64>, Query), ("after" = Option<String>, Query)),
    responses((status = 200, description = "Commands that need a person.", body = TroublesOut))
)]
async fn list(
    State(state): State<AppState>,
    Extension(frame): Extension<Frame>,
    session: Session,
    query: ListQuery,
) -> ApiResult<Json<TroublesOut>> {
    let after = query.get("after").and_then(Cursor::decode).and_then(|cursor| after_trouble(&cursor));
    let size = query.size();
    let mut found = troubles::list(&state.db, &session.scope(), after, size + 1).await?;
    let more = found.len() as u64 > size;
    found.truncate(usize::try_from(size)?);
    let next = found.last().filter(|_| more).map(|case| cursor_of_trouble(case).encode());
    let troubles = found.iter().map(|case| TroubleOut::of(case, frame.locale)).collect::<Result<_>>()?;
    Ok(Json(TroublesOut { troubles, next }))
}

/// Enters by hand what the phone wanted, marked as such.
#[utoipa::path(
    post, path = "/api/v1/orders/troubles/{trouble}/enter", tag = "phone", params(("trouble" = String, Path)),
    request_body = EntryIn, responses((status = 200, body = OrderOut), (status = 404), (status = 409), (status = 422))
)]
async fn enter(
    State(state): State<AppState>,
    session: Session,
    Path(trouble): Path<String>,
    Json(sent): Json<EntryIn>,
) -> ApiResult<Json<OrderOut>> {
    let case = troubles::get(&state.db, &session.scope(), &trouble, state.clock().now()).await?;
    let typed = Typed { from: sent.from, to: sent.to, grounds: &sent.grounds };
    let entry = case.entry(&state, &session.actor, &typed).await?;
    let key = case.trouble.case()?;
    let write = async |tx| actions::enter(&tx, key, &case, &entry).await;
    Ok(Json(OrderOut::of(&state.db.write(Lane::Interactive, &session.actor, write).await?)?))
}

/// Lets go of what the phone wanted.
#[utoipa::path(
    post, path = "/api/v1/orders/troubles/{trouble}/dismiss", tag = "phone", params(("trouble" = String, Path)),
    request_body = WhyIn, responses((status = 200, body = DismissedOut), (status = 404), (status = 409), (status = 422))
)]
async fn dismiss(
    State(state): State<AppState>,
    session: Session,
    Path(trouble): Path<String>,
    Json(sent): Json<WhyIn>,
) -> ApiResult<Json<DismissedOut>> {
    let case = troubles::get(&state.db, &session.scope(), &trouble, state.clock().now()).await?;
    let why = case.why(&state.keys, &sent.reason, &sent.words).await?;
    let write = async |tx| actions::dismiss(&tx, &case, &why).await;
    state.db.write(Lane::Interactive, &session.actor, write).await?;
    Ok(Json(DismissedOut { trouble, dismissed: true }))
}
