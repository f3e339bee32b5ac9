//! Price books as JSON.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use chrono::NaiveDate;
use kernel::Action;
use serde::{Deserialize, Serialize};
use store::{Lane, rulebooks::Version};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;
use web::{edge::problem::ApiResult, routes::Routes, session::Session, state::AppState};

use crate::{
    catalogue::{Item, PriceBook, actions},
    versions,
};

/// A version of the price book.
#[derive(Debug, Serialize, ToSchema)]
pub struct PricesOut {
    id: Uuid,
    /// Where it was made; none for the nation.
    place: Option<i64>,
    valid_from: NaiveDate,
    valid_until: Option<NaiveDate>,
    number: i32,
    signed_by: String,
    /// With one version only.
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Vec<Item>>,
}

/// A book to enact; it replaces the one before wholly.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PricesIn {
    /// Tomorrow at the earliest.
    valid_from: NaiveDate,
    items: Vec<Item>,
}

#[derive(OpenApi)]
#[openapi(paths(list, show, enact))]
struct Api;

/// The description of these routes.
pub(crate) fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}

/// The routes.
pub(crate) fn routes() -> Routes {
    let may = Action::EnactPrices;
    Routes::new("care").get("/api/v1/prices", may, list).post("/api/v1/prices", may, enact).get(
        "/api/v1/prices/{book}",
        may,
        show,
    )
}

impl PricesOut {
    fn of(version: Version<PriceBook>, whole: bool) -> Self {
        Self {
            id: version.book.id,
            place: version.book.place.map(kernel::Region::code),
            valid_from: version.book.valid_from,
            valid_until: version.until,
            number: version.number,
            signed_by: version.signed_by,
            items: whole.then_some(version.book.body.items),
        }
    }
}

/// The versions made for the place of the grant and above it, newest first.
#[utoipa::path(get, path = "/api/v1/prices", tag = "catalogue", responses((status = 200, body = Vec<PricesOut>)))]
async fn list(State(state): State<AppState>, session: Session) -> ApiResult<Json<Vec<PricesOut>>> {
    let found = versions::all(&state, &session).await?;
    Ok(Json(found.into_iter().map(|version| PricesOut::of(version, false)).collect()))
}

/// One version with its lines.
#[utoipa::path(get, path = "/api/v1/prices/{book}", tag = "catalogue", params(("book" = Uuid, Path)),
    responses((status = 200, body = PricesOut), (status = 404)))]
async fn show(State(state): State<AppState>, session: Session, Path(book): Path<Uuid>) -> ApiResult<Json<PricesOut>> {
    Ok(Json(PricesOut::of(versions::get(&state, &session, book).await?, true)))
}

/// Enacts a book at the place of the grant. Orders keep the price and the book of their placing.
#[utoipa::path(post, path = "/api/v1/prices", tag = "catalogue", request_body = PricesIn,
    responses((status = 201, body = PricesOut), (status = 409), (status = 422)))]
async fn enact(
    State(state): State<AppState>,
    session: Session,
    Json(sent): Json<PricesIn>,
) -> ApiResult<(StatusCode, Json<PricesOut>)> {
    let book = PriceBook { items: sent.items };
    let write = async |tx| actions::replace(&tx, sent.valid_from, &book).await;
    let id = state.db.write(Lane::Interactive, &session.actor, write).await?;
    Ok((StatusCode::CREATED, Json(PricesOut::of(versions::get(&state, &session, id).await?, true))))
}
