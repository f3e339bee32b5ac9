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
use chrono::NaiveDate;
use kernel::{Action, Instant, Region, Result, text};
use registry::places;
use store::rulebooks::{self, Version};
use uuid::Uuid;
use web::{
    accounts, filters,
    head::{Head, Label},
    page::{Page, PageResult, Samples, View},
    routes::Routes,
    session::Session,
    state::AppState,
};

use super::{Menu, PriceBook, changes, pages::MenuPage};

/// The history.
#[derive(Debug, Template)]
#[template(path = "catalogue/prices.html")]
pub(crate) struct HistoryPage {
    place: Option<Region>,
    versions: Vec<Line>,
    at: Instant,
}

/// One version.
#[derive(Debug)]
struct Line {
    id: Uuid,
    /// Where it was made; none for the nation.
    made_at: Option<String>,
    from: NaiveDate,
    until: Option<NaiveDate>,
    number: i32,
    items: usize,
    signed_by: String,
    standing: Standing,
}

/// Whether a version decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// It decides today.
    Now,
    /// It will.
    Later,
    /// It did, or a nearer one decides.
    Past,
}

impl Standing {
    const fn sign(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Now => ("circle-check", "正在用", "good"),
            Self::Later => ("hourglass", "还没到期", "info"),
            Self::Past => ("history", "不再用", "mute"),
        }
    }
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

/// The versions that were made for the actor's place or above it, newest first.
pub(super) async fn versions(state: &AppState, session: &Session) -> Result<Vec<Version<PriceBook>>> {
    match session.actor.acting.place {
        Some(place) => rulebooks::history(&state.db, place).await,
        None => Ok(Vec::new()),
    }
}

/// One of them; what was made elsewhere is not there.
pub(super) async fn get(state: &AppState, session: &Session, id: Uuid) -> Result<Version<PriceBook>> {
    let found = versions(state, session).await?.into_iter().find(|version| version.book.id == id);
    found.ok_or_else(|| kernel::Common::NotFound.into())
}

async fn history(State(state): State<AppState>, session: Session) -> PageResult<HistoryPage> {
    let (today, place) = (state.clock().today(), session.actor.acting.place);
    let decides = super::pages::today(&state, place).await?.map(|menu| menu.rulebook);
    let found = versions(&state, &session).await?;
    let signers: Vec<Uuid> = found.iter().filter_map(|version| account_of(&version.signed_by)).collect();
    let names = accounts::names(&state.db, &signers).await?;
    let line = |version: Version<PriceBook>| Line {
        id: version.book.id,
        made_at: version.book.place.and_then(places::full_name),
        from: version.book.valid_from,
        until: version.until,
        number: version.number,
        items: version.book.body.items.len(),
        signed_by: account_of(&version.signed_by)
            .and_then(|id| names.get(&id).cloned())
            .unwrap_or_else(|| version.signed_by.clone()),
        standing: if decides == Some(version.book.id) {
            Standing::Now
        } else if version.book.valid_from > today {
            Standing::Later
        } else {
            Standing::Past
        },
    };
    let versions = found.into_iter().map(line).collect();
    Ok(Page(HistoryPage { place, versions, at: state.clock().now() }))
}

/// The account of a signature, when an account signed.
fn account_of(signed_by: &str) -> Option<Uuid> {
    signed_by.strip_prefix("account:")?.parse().ok()
}

async fn version(State(state): State<AppState>, session: Session, Path(book): Path<Uuid>) -> PageResult<MenuPage> {
    let found = get(&state, &session, book).await?.book;
    let made_at = found.place.and_then(places::full_name);
    let menu = Menu { rulebook: found.id, made_at: found.place, valid_from: found.valid_from, book: found.body };
    Ok(Page(MenuPage::of_version(menu, session.actor.acting.place, made_at, state.clock().now())))
}

impl Samples for HistoryPage {
    fn samples() -> Vec<Self> {
        let at = web::frame::Frame::sample(web::i18n::Locale::Zh).now;
        let day = kernel::business_day(at);
        let line = |standing, made_at: Option<&str>, until| Line {
            id: Uuid::nil(),
            made_at: made_at.map(str::to_owned),
            from: day,
            until,
            number: 2,
            items: 29,
            signed_by: "周敏".into(),
            standing,
        };
        let versions = vec![
            line(Standing::Later, Some("河南省许昌市魏都区"), None),
            line(Standing::Now, Some("河南省许昌市魏都区"), Some(day)),
            line(Standing::Past, None, None),
        ];
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
