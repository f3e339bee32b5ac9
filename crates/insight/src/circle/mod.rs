//! The fifteen-minute care circle: who walks to which facility in how many minutes, over the streets, and where the next
//! one should stand.
//!
//! ```text
//! GET  /circle                       → the place one acts in
//! GET  /circle/{place}               page: share, map, places inside, gap list; day and comparison
//! GET  /circle/{place}/export        all tables as a sheet      GET /circle/{place}/print   one A4 page per county
//! GET  /circle/{place}/map           areas, facilities, who is missed (cells of 5 and more), as JSON for the map
//! GET  /circle/{place}/streets/{x}/{y}  streets of a square
//! GET  /circle/{place}/ground        from where facilities are walked to      GET /circle/{place}/try  what if
//! POST /circle/{place}/count         count now
//! POST /circle/{place}/sitings       where the next ones should stand: a job finds out
//! POST /circle/{place}/plans         keep a siting under a name               POST …/plans/{key}/drop
//! GET  /circle/{place}/compare       two kept plans side by side              GET …/compare/export
//! GET  /api/v1/circle/{place}        the figures
//! POST /api/v1/circle/{place}/sitings   GET …/sitings   GET …/sitings/{key}
//! ```
//! Figures are counted by a job ([`count`]) and kept per place and day ([`figures`]), so that a page opens from rows; the
//! map and "what if" are answered from memory ([`model`]).

mod api;
pub mod areas;
pub mod board;
mod compare;
pub mod count;
mod export;
pub mod figures;
pub mod kinds;
mod map;
pub mod missed;
pub mod model;
pub mod pages;
pub mod plans;
mod print;
pub mod refusal;
pub mod siting;
pub mod sitings;
pub mod trial;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{Days, NaiveDate};
use kernel::{Action, Instant, Region, Result};
use registry::streets;
use store::{Db, keys::Keys};
use utoipa::OpenApi as _;
use web::{routes::Routes, state::AppState};

use self::{figures::ByPlace, model::Model, refusal::Refusal};

/// Its routes.
#[must_use]
pub fn routes() -> Routes {
    let (see, plan) = (Action::ViewFigures, Action::PlanCircle);
    Routes::new("insight")
        .get("/circle", see, pages::home)
        .get("/circle/{place}", see, pages::show)
        .get("/circle/{place}/export", see, export::download)
        .get("/circle/{place}/print", see, print::show)
        .get("/circle/{place}/compare", see, compare::show)
        .get("/circle/{place}/compare/export", see, compare::download)
        .get("/circle/{place}/map", see, map::map)
        .get("/circle/{place}/streets/{x}/{y}", see, map::streets)
        .get("/circle/{place}/ground", see, map::ground)
        .get("/circle/{place}/try", see, map::attempt)
        .post("/circle/{place}/count", plan, pages::count_now)
        .post("/circle/{place}/sitings", plan, sitings::pages::asked)
        .post("/circle/{place}/plans", plan, plans::kept)
        .post("/circle/{place}/plans/{key}/drop", plan, plans::dropped)
        .get("/api/v1/circle/{place}", see, api::circle)
        .get("/api/v1/circle/{place}/sitings", see, sitings::api::all)
        .get("/api/v1/circle/{place}/sitings/{key}", see, sitings::api::show)
        .post("/api/v1/circle/{place}/sitings", plan, sitings::api::create)
}

/// The description of its API.
#[must_use]
pub fn api() -> utoipa::openapi::OpenApi {
    api::Described::openapi()
}

/// The maps of the cities, in memory; hung into the state by the assembly. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Circle(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    data: Option<PathBuf>,
    /// Days for which figures are kept; all without one.
    days: Option<Days>,
    models: Mutex<BTreeMap<Region, Arc<Model>>>,
    /// Counts of whole cities, those that were asked for last at the end.
    counts: Mutex<Vec<Counts>>,
    /// One city is read at a time.
    reading: tokio::sync::Mutex<()>,
}

/// What was counted in a city on a day, as it stood after a count.
#[derive(Debug)]
struct Counts {
    city: Region,
    day: NaiveDate,
    counted_at: Option<Instant>,
    places: Arc<ByPlace>,
}

/// Counts of cities that are kept in memory: some megabytes each.
const COUNTS: usize = 6;

impl Circle {
    /// Over the streets of a data folder.
    #[must_use]
    pub fn new(data: &Path) -> Self {
        Self(Arc::new(Inner { data: Some(data.to_owned()), ..Inner::default() }))
    }

    /// Likewise, and figures older than so many days are forgotten when a city is counted; none with 0.
    #[must_use]
    pub fn keeping(data: &Path, days: u32) -> Self {
        let days = (days > 0).then(|| Days::new(days.into()));
        Self(Arc::new(Inner { data: Some(data.to_owned()), days, ..Inner::default() }))
    }

    /// For how many days figures are kept; for ever without one.
    #[must_use]
    pub fn days(&self) -> Option<Days> {
        self.0.days
    }

    /// What the assembly hung in; without it no city has streets.
    #[must_use]
    pub fn of(state: &AppState) -> Self {
        state.room::<Self>().map(|circle| (*circle).clone()).unwrap_or_default()
    }

    /// The data folder.
    #[must_use]
    pub fn data(&self) -> Option<&Path> {
        self.0.data.as_deref()
    }

    /// The cities that have streets.
    #[must_use]
    pub fn cities(&self) -> Vec<Region> {
        self.data().map(streets::cities).unwrap_or_default()
    }

    /// Whether a city has streets.
    #[must_use]
    pub fn has_streets(&self, city: Region) -> bool {
        self.data().is_some_and(|data| streets::file(data, city).exists())
    }

    /// Keeps the map of a city.
    pub fn put(&self, city: Region, model: Arc<Model>) {
        self.0.models.lock().unwrap_or_else(PoisonError::into_inner).insert(city, model);
    }

    fn held(&self, city: Region) -> Option<Arc<Model>> {
        self.0.models.lock().unwrap_or_else(PoisonError::into_inner).get(&city).cloned()
    }

    /// What was counted in all places of a city on a day, from memory unless it was counted since.
    ///
    /// # Errors
    /// Internal failures only.
    pub async fn counts(&self, db: &Db, (city, day): (Region, NaiveDate)) -> Result<Arc<ByPlace>> {
        let counted_at = figures::standing(db, city).await?.counted_at;
        if let Some(held) = self.held_counts((city, day), counted_at) {
            return Ok(held);
        }
        let places = Arc::new(figures::of_city(db, city, day).await?);
        let mut counts = self.0.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.retain(|held| (held.city, held.day) != (city, day));
        counts.push(Counts { city, day, counted_at, places: Arc::clone(&places) });
        if counts.len() > COUNTS {
            counts.remove(0);
        }
        drop(counts);
        Ok(places)
    }

    fn held_counts(&self, of: (Region, NaiveDate), counted_at: Option<Instant>) -> Option<Arc<ByPlace>> {
        let mut counts = self.0.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let at = counts.iter().position(|held| (held.city, held.day) == of && held.counted_at == counted_at)?;
        let held = counts.remove(at);
        let places = Arc::clone(&held.places);
        counts.push(held);
        Some(places)
    }

    /// Forgets the counts of a city; after it was counted.
    fn recounted(&self, city: Region) {
        self.0.counts.lock().unwrap_or_else(PoisonError::into_inner).retain(|held| held.city != city);
    }

    /// The map of a city, read when this process has none yet or another one has counted since.
    ///
    /// # Errors
    /// [`Refusal::NoStreets`]; internal failures.
    pub async fn model(&self, (db, keys): (&Db, &Keys), city: Region) -> Result<Arc<Model>> {
        let counted_at = figures::standing(db, city).await?.counted_at;
        let is_fresh = |model: &Arc<Model>| counted_at.is_none_or(|at| model.read_at >= at);
        if let Some(model) = self.held(city).filter(is_fresh) {
            return Ok(model);
        }
        let _one = self.0.reading.lock().await;
        if let Some(model) = self.held(city).filter(is_fresh) {
            return Ok(model);
        }
        let data = self.data().ok_or(Refusal::NoStreets)?;
        let model = Arc::new(count::read(data, (db, keys), city, None).await?);
        self.put(city, Arc::clone(&model));
        Ok(model)
    }
}
