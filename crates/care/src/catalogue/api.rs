//! The menu as JSON.

use axum::{Json, extract::State};
use chrono::NaiveDate;
use kernel::Action;
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;
use web::{edge::problem::ApiResult, query::ListQuery, routes::Routes, session::Session, state::AppState};

use super::{Class, pages};

/// The menu of a place today.
#[derive(Debug, Serialize, ToSchema)]
pub struct MenuOut {
    /// The rulebook behind it.
    rulebook: Uuid,
    /// Since when it holds.
    valid_from: NaiveDate,
    items: Vec<ItemOut>,
}

/// A line of the menu.
#[derive(Debug, Serialize, ToSchema)]
pub struct ItemOut {
    code: String,
    class: Class,
    /// Sub-item of GB/T 43153-2023.
    sub_item: i16,
    name: String,
    minutes: i32,
    price_fen: i64,
    pair: bool,
    volunteer: bool,
}

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    Routes::new("care").get("/api/v1/catalogue", Action::ViewOrders, show)
}

/// The part of the API's description.
#[must_use]
pub fn api() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(show))]
    struct Api;
    Api::openapi()
}

/// The menu that holds today at a place, or at that of the grant.
#[utoipa::path(get, path = "/api/v1/catalogue", tag = "catalogue", params(("place" = Option<String>, Query)),
    responses((status = 200, body = MenuOut), (status = 404)))]
async fn show(State(state): State<AppState>, session: Session, query: ListQuery) -> ApiResult<Json<MenuOut>> {
    let place = pages::place(&state, &session, query.get("place")).await?;
    let menu = pages::today(&state, place).await?.ok_or(kernel::Common::NotFound)?;
    let item = |item: &super::Item| ItemOut {
        code: item.code.clone(),
        class: item.class(),
        sub_item: item.sub_item,
        name: item.name.clone(),
        minutes: item.minutes,
        price_fen: item.price_fen.0,
        pair: item.pair,
        volunteer: item.volunteer,
    };
    let items = menu.book.items.iter().map(item).collect();
    Ok(Json(MenuOut { rulebook: menu.rulebook, valid_from: menu.valid_from, items }))
}
