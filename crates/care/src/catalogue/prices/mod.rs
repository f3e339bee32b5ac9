//! `/prices`: the price books of a place, as an administrator keeps them. The history, one version, editing a copy, the
//! differences before it is enacted.
//!
//! ```text
//! history ─▶ copy and edit ─▶ preview (differences, faults) ─▶ enact (from tomorrow at the earliest)
//!                ▲──────────────┘ back, with what was typed
//! ```

pub mod api;
mod edit;
mod preview;
mod sheet;

use askama::Template;
use axum::extract::{Path, State};
use kernel::{Action, Instant, Region, text};
use registry::places;
use uuid::Uuid;
use web::{
    filters,
    head::{Head, Label},
    page::{Page, PageResult, Samples, View},
    routes::Routes,
    session::Session,
    state::AppState,
};

use super::{PriceBook, changes, pages::MenuPage};
use crate::versions::{self, Line};

/// The history.
#[derive(Debug, Template)]
#[template(path = "catalogue/prices.html")]
pub(crate) struct HistoryPage {
    place: Option<Region>,
    versions: Vec<Line>,
    at: Instant,
}

impl View for HistoryPage {
    fn head(&self) -> Head {
        let head = Head::new(text!("价目")).menu("prices").fresh(self.at);
        let head = match self.place.and_then(places::full_name) {
            Some(name) => head.soft(Label::data(name)),
            None => head,
        };
        head.solid(text!("改价"), "edit", "/prices/edit")
    }
}

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    let may = Action::EnactPrices;
    Routes::new("care")
        .get("/prices", may, history)
        .get("/prices/edit", may, edit::show)
        .post("/prices/edit", may, edit::again)
        .post("/prices/preview", may, preview::show)
        .post("/prices", may, preview::enact)
        .get("/prices/{book}", may, version)
        .get("/prices/{book}/export", may, sheet::download)
}

async fn history(State(state): State<AppState>, session: Session) -> PageResult<HistoryPage> {
    let versions = versions::lines(&state, &session, |book: &PriceBook| book.items.len()).await?;
    Ok(Page(HistoryPage { place: session.actor.acting.place, versions, at: state.clock().now() }))
}

async fn version(State(state): State<AppState>, session: Session, Path(book): Path<Uuid>) -> PageResult<MenuPage> {
    let found = versions::get::<PriceBook>(&state, &session, book).await?.book;
    let made_at = found.place.and_then(places::full_name);
    Ok(Page(MenuPage::of_version(found.into(), session.actor.acting.place, made_at, state.clock().now())))
}

impl Samples for HistoryPage {
    fn samples() -> Vec<Self> {
        let at = web::frame::Frame::sample(web::i18n::Locale::Zh).now;
        let versions = Line::samples(kernel::business_day(at), 29);
        let place = "411002".parse().ok();
        vec![Self { place, versions, at }, Self { place: None, versions: Vec::new(), at }]
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_history_of_prices_holds_in_both_languages() {
        web::check::all::<super::HistoryPage>();
    }
}
