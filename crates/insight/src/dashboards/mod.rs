//! The figures of a place for people and programs: page, sheet, API. They read the roll-ups only.
//!
//! ```text
//! GET /dashboard                     → the place one acts in
//! GET /dashboard/{place}             page: six figures, map, 30 days, the places inside; renews itself
//! GET /dashboard/{place}/export      the same table as a sheet
//! GET /api/v1/figures                any measure, day by day
//! ```

mod api;
pub mod board;
mod export;
mod map;
mod pages;
mod refusal;

use kernel::Action;
use utoipa::OpenApi as _;
use web::routes::Routes;

pub use board::{Board, Child, DAYS, Share};
pub use pages::DashboardPage;
pub(crate) use pages::{above, existing, home_place};

/// Its routes.
#[must_use]
pub fn routes() -> Routes {
    Routes::new("insight")
        .get("/dashboard", Action::ViewFigures, pages::home)
        .get("/dashboard/{place}", Action::ViewFigures, pages::show)
        .get("/dashboard/{place}/export", Action::ViewFigures, export::download)
        .get("/api/v1/figures", Action::ViewFigures, api::figures)
}

/// The description of its API.
#[must_use]
pub fn api() -> utoipa::openapi::OpenApi {
    api::Described::openapi()
}
