//! Organisations as JSON: as administrators keep them, and who can be asked to serve somewhere, as the order form offers
//! them.

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use kernel::{Action, Common, FieldRefusal, Refused, Region, text};
use serde::{Deserialize, Serialize};
use store::Lane;
use utoipa::{IntoParams, OpenApi, ToSchema};
use uuid::Uuid;
use web::{
    edge::ApiResult,
    query::{Cursor, ListQuery},
    routes::Routes,
    session::Session,
    state::AppState,
};

use super::{
    Organisation, Turn,
    actions::{self, Registration},
    pages, queries,
};

/// An organisation.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrganisationOut {
    id: Uuid,
    name: String,
    /// `home_care`, `town_centre`, …
    kind: String,
    credit_code: String,
    /// Seat, 12 digits.
    place: i64,
    phone: String,
    /// `active`, `suspended` or `closed`.
    status: String,
    parent: Option<Uuid>,
    version: i32,
    /// Degrees east (CGCS2000), if anybody has said where it stands.
    longitude: Option<f64>,
    /// Degrees north.
    latitude: Option<f64>,
}

/// A page of organisations.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrganisationsOut {
    items: Vec<OrganisationOut>,
    /// Pass as `after` for the next page; none on the last.
    next: Option<String>,
}

/// An organisation to register.
#[derive(Debug, Deserialize, ToSchema)]
pub struct OrganisationIn {
    name: String,
    kind: String,
    credit_code: String,
    /// Code of the seat, 6 to 12 digits.
    place: String,
    phone: String,
}

/// Where an organisation stands.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PointIn {
    /// Degrees east (CGCS2000), 73 to 136.
    longitude: f64,
    /// Degrees north, 3 to 54.
    latitude: f64,
}

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

/// The description.
#[derive(Debug, OpenApi)]
#[openapi(paths(providers, list, register, show, locate, turn))]
pub struct Description;

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    let see = Action::ManageWorkers;
    Routes::new("registry")
        .get("/api/v1/providers", Action::PlaceOrder, providers)
        .get("/api/v1/organisations", see, list)
        .post("/api/v1/organisations", Action::ManageOrganisations, register)
        .get("/api/v1/organisations/{organisation}", see, show)
        .post("/api/v1/organisations/{organisation}/point", Action::ManageOrganisations, locate)
        .post("/api/v1/organisations/{organisation}/{verb}", Action::ManageOrganisations, turn)
}

impl From<Organisation> for OrganisationOut {
    fn from(row: Organisation) -> Self {
        Self {
            id: row.id,
            name: row.name,
            kind: row.kind,
            credit_code: row.credit_code,
            place: row.place,
            phone: row.phone,
            status: row.status,
            parent: row.parent,
            version: row.version,
            longitude: row.longitude,
            latitude: row.latitude,
        }
    }
}

/// Organisations that the session may look after, by seat and name.
#[utoipa::path(get, path = "/api/v1/organisations", tag = "organisations",
    params(("kind" = Option<String>, Query), ("status" = Option<String>, Query), ("q" = Option<String>, Query),
        ("size" = Option<u64>, Query), ("after" = Option<String>, Query)),
    responses((status = 200, body = OrganisationsOut)))]
async fn list(State(state): State<AppState>, session: Session, query: ListQuery) -> ApiResult<Json<OrganisationsOut>> {
    let after = query.get("after").and_then(Cursor::decode).and_then(|cursor| pages::after(&cursor));
    let size = query.size();
    let mut found =
        queries::page(&state.db, &session.scope(), &pages::filter(&query), after.as_ref(), size + 1).await?;
    let more = found.len() as u64 > size;
    found.truncate(usize::try_from(size)?);
    let next = found.last().filter(|_| more).map(|row| pages::cursor(row).encode());
    Ok(Json(OrganisationsOut { items: found.into_iter().map(Into::into).collect(), next }))
}

/// Registers an organisation.
#[utoipa::path(post, path = "/api/v1/organisations", tag = "organisations", request_body = OrganisationIn,
    responses((status = 201, body = OrganisationOut), (status = 409), (status = 422)))]
async fn register(
    State(state): State<AppState>,
    session: Session,
    Json(sent): Json<OrganisationIn>,
) -> ApiResult<(StatusCode, Json<OrganisationOut>)> {
    let OrganisationIn { name, kind, credit_code, place, phone } = sent;
    let new = Registration { name, kind, credit_code, place, phone };
    let made = state.db.write(Lane::Interactive, &session.actor, async |tx| actions::register(&tx, &new).await);
    Ok((StatusCode::CREATED, Json(made.await?.into())))
}

/// One organisation.
#[utoipa::path(get, path = "/api/v1/organisations/{organisation}", tag = "organisations",
    params(("organisation" = Uuid, Path)), responses((status = 200, body = OrganisationOut), (status = 404)))]
async fn show(
    State(state): State<AppState>,
    session: Session,
    Path(organisation): Path<Uuid>,
) -> ApiResult<Json<OrganisationOut>> {
    Ok(Json(queries::visible(&state.db, &session.scope(), organisation).await?.into()))
}

/// Says where an organisation stands.
#[utoipa::path(post, path = "/api/v1/organisations/{organisation}/point", tag = "organisations",
    params(("organisation" = Uuid, Path)), request_body = PointIn,
    responses((status = 200, body = OrganisationOut), (status = 404), (status = 422)))]
async fn locate(
    State(state): State<AppState>,
    session: Session,
    Path(organisation): Path<Uuid>,
    Json(sent): Json<PointIn>,
) -> ApiResult<Json<OrganisationOut>> {
    let write = async |tx| actions::locate(&tx, organisation, (sent.longitude, sent.latitude)).await;
    Ok(Json(state.db.write(Lane::Interactive, &session.actor, write).await?.into()))
}

/// `suspend`, `reopen` or `close`.
#[utoipa::path(post, path = "/api/v1/organisations/{organisation}/{verb}", tag = "organisations",
    params(("organisation" = Uuid, Path), ("verb" = String, Path)),
    responses((status = 200, body = OrganisationOut), (status = 404), (status = 409)))]
async fn turn(
    State(state): State<AppState>,
    session: Session,
    Path((organisation, verb)): Path<(Uuid, String)>,
) -> ApiResult<Json<OrganisationOut>> {
    let turn = Turn::named(&verb).ok_or(Common::NotFound)?;
    let write = async |tx| actions::turn(&tx, organisation, turn).await;
    Ok(Json(state.db.write(Lane::Interactive, &session.actor, write).await?.into()))
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
