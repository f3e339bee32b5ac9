//! Organisations as JSON: who can be asked to serve somewhere, as the order form offers them.

use axum::{
    Json,
    extract::{Query, State},
};
use kernel::{Action, FieldRefusal, Refused, Region, text};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};
use uuid::Uuid;
use web::{edge::ApiResult, routes::Routes, state::AppState};

use super::{Organisation, queries};

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    Routes::new("registry").get("/api/v1/providers", Action::PlaceOrder, providers)
}

/// The description.
#[derive(Debug, OpenApi)]
#[openapi(paths(providers))]
pub struct Description;

/// A provider of services at home.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderOut {
    /// What `provider` of an order takes.
    id: Uuid,
    /// Name.
    name: String,
    /// 12 digits of the village of its seat.
    place: i64,
}

/// The providers of a place.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProvidersOut {
    /// By name.
    items: Vec<ProviderOut>,
}

/// Where somebody is to be served.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct PlaceIn {
    /// The place of an elder: 6, 9 or 12 digits.
    place: String,
}

impl ProviderOut {
    fn of(provider: Organisation) -> Self {
        Self { id: provider.id, name: provider.name, place: provider.place }
    }
}

/// The working home-care providers that serve a place.
#[utoipa::path(get, path = "/api/v1/providers", tag = "organisations", params(PlaceIn), security(("session" = [])),
    responses((status = 200, body = ProvidersOut), (status = 422, description = "The place cannot be read")))]
async fn providers(State(state): State<AppState>, Query(wanted): Query<PlaceIn>) -> ApiResult<Json<ProvidersOut>> {
    let wrong =
        || Refused::invalid(vec![FieldRefusal { field: "place", text: text!("这个值读不懂，请检查格式") }]);
    let place: Region = wanted.place.parse().map_err(|_| wrong())?;
    let found = queries::providers_for(&state.db, place).await?;
    Ok(Json(ProvidersOut { items: found.into_iter().map(ProviderOut::of).collect() }))
}
