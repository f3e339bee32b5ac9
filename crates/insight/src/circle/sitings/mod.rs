//! Sitings that were asked for: what was asked, how far the job is, and its answer, kept so that the page can be left and
//! others of the place see it.
//!
//! ```text
//! ask (journal, job circle.site) ─ worker: model, siting::site ─ answer (journal) ─ page, JSON, plan
//! ```

pub mod api;
pub mod pages;
pub mod worker;

use kernel::{Action, Common, Event, Facts, Failure, Home, Instant, Key, Region, Result, Scope};
use sea_orm::{
    ConnectionTrait, QueryResult,
    sea_query::{Expr, ExprTrait, Order, Query, SelectStatement},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    Db, Tx, guarded,
    jobs::{self, Job},
};
use uuid::Uuid;

use super::{
    board::Asked,
    board::Look,
    refusal::Refusal,
    siting::{self, MOST, Sited},
};
use crate::statistics::reading;

/// The kind of the job.
const KIND: &str = "circle.site";
/// Sitings that a place keeps.
const KEPT: u64 = 20;

/// What is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wanted {
    /// A code of [`super::kinds::Walk`].
    pub kind: String,
    /// 5, 10 or 15.
    pub minutes: u32,
    /// A code of [`super::kinds::Group`].
    pub group: String,
    /// How many to choose, 1 to [`MOST`].
    pub count: usize,
    /// Candidates, a line each: name, longitude, latitude. Corners of streets when empty.
    pub candidates: String,
}

impl Wanted {
    /// Which figure is to become better.
    #[must_use]
    pub fn look(&self) -> Look {
        let (kind, group) = (self.kind.clone(), self.group.clone());
        Asked { kind, minutes: Some(self.minutes), group, ..Asked::default() }.look()
    }
}

/// A siting.
#[derive(Clone, Debug, PartialEq)]
pub struct Siting {
    /// Its key.
    pub key: Key<Siting>,
    /// For which place.
    pub place: Region,
    /// What was asked.
    pub wanted: Wanted,
    /// When.
    pub asked_at: Instant,
    /// How far it is.
    pub state: State,
}

/// How far a siting is.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Somebody works on it, or will: per cent.
    Running(i64),
    /// Answered.
    Done(Sited),
    /// Given up: why.
    Failed(String),
}

/// A siting was asked for.
#[derive(Debug, Serialize, Deserialize)]
pub struct SitingAsked {
    /// How many places are to be chosen.
    pub count: usize,
}

impl Facts for SitingAsked {
    const KIND: &'static str = "circle.siting_asked";
}

/// A siting was answered.
#[derive(Debug, Serialize, Deserialize)]
pub struct SitingAnswered {
    /// How many places were chosen.
    pub count: usize,
    /// Elders whom they bring within reach.
    pub gained: u64,
}

impl Facts for SitingAnswered {
    const KIND: &'static str = "circle.siting_answered";
}

/// Asks where the next facilities of a place should stand; a job finds out. The oldest of more than twenty of a place are
/// forgotten.
///
/// # Errors
/// [`Refusal::BadCount`]; [`Refusal::BadCandidate`]; [`Common`].
pub async fn ask(tx: &Tx, place: Region, wanted: &Wanted) -> Result<Key<Siting>> {
    reading::visible(&tx.actor().scope(), place)?;
    tx.actor().may(Action::PlanCircle)?;
    if !(1..=MOST).contains(&wanted.count) {
        return Err(Refusal::BadCount { most: MOST }.into());
    }
    siting::listed(&wanted.candidates)?;
    let key = Key::<Siting>::new(place.home().ok_or(Common::NotFound)?, tx.uuid());
    let job = jobs::ask(tx, KIND, &json!({ "siting": key.to_string() })).await?;
    let insert = Query::insert()
        .into_table("circle_sitings")
        .columns(["home", "id", "place", "job", "asked", "asked_at"])
        .values([
            key.home.number().into(),
            key.id.into(),
            place.code().into(),
            job.into(),
            serde_json::to_string(wanted)?.into(),
            tx.now().into(),
        ])?
        .to_owned();
    tx.execute(&insert).await?;
    tx.journal(Event::new(key, place, &SitingAsked { count: wanted.count })?);
    forget(tx, key.home, place).await?;
    Ok(key)
}

async fn forget(tx: &Tx, home: Home, place: Region) -> Result<()> {
    let old = statement(home, place, 1).offset(KEPT).to_owned();
    let Some(oldest) = tx.query_one(&old).await? else { return Ok(()) };
    let delete = Query::delete()
        .from_table("circle_sitings")
        .and_where(Expr::col("home").eq(home.number()))
        .and_where(Expr::col("place").eq(place.code()))
        .and_where(Expr::col("id").lte(oldest.try_get::<Uuid>("", "id")?))
        .to_owned();
    tx.execute(&delete).await?;
    Ok(())
}

/// Keeps the answer of a siting.
///
/// # Errors
/// [`Common::NotFound`] when it was forgotten meanwhile; internal failures.
pub async fn answer(tx: &Tx, siting: &Siting, sited: &Sited) -> Result<()> {
    let update = Query::update()
        .table("circle_sitings")
        .value("answer", serde_json::to_string(sited)?)
        .and_where(Expr::col("home").eq(siting.key.home.number()))
        .and_where(Expr::col("id").eq(siting.key.id))
        .to_owned();
    guarded(tx.execute(&update).await?.rows_affected())?;
    let facts = SitingAnswered { count: sited.picks.len(), gained: sited.gained };
    tx.journal(Event::new(siting.key, siting.place, &facts)?);
    Ok(())
}

fn select(home: Home) -> SelectStatement {
    Query::select()
        .columns(["home", "id", "place", "job", "asked", "answer", "asked_at"])
        .from("circle_sitings")
        .and_where(Expr::col("home").eq(home.number()))
        .to_owned()
}

/// The statement of [`list`]; for the plan test too.
#[must_use]
pub fn statement(home: Home, place: Region, limit: u64) -> SelectStatement {
    select(home).and_where(Expr::col("place").eq(place.code())).order_by("id", Order::Desc).limit(limit).to_owned()
}

/// The sitings of a place, latest first.
///
/// # Errors
/// [`Common::NotFound`] when the place is not visible; internal failures.
pub async fn list(db: &Db, scope: &Scope, place: Region) -> Result<Vec<Siting>> {
    reading::visible(scope, place)?;
    let Some(home) = place.home() else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for row in db.query_all(&statement(home, place, KEPT)).await? {
        found.push(siting(db, &row).await?);
    }
    Ok(found)
}

/// A siting.
///
/// # Errors
/// [`Common::NotFound`] when there is none, or its place is not visible; internal failures.
pub async fn get(db: &Db, scope: &Scope, key: Key<Siting>) -> Result<Siting> {
    let one = select(key.home).and_where(Expr::col("id").eq(key.id)).to_owned();
    let row = db.query_one(&one).await?.ok_or(Common::NotFound)?;
    let siting = siting(db, &row).await?;
    reading::visible(scope, siting.place)?;
    Ok(siting)
}

async fn siting(db: &Db, row: &QueryResult) -> Result<Siting> {
    let (asked, answer): (String, Option<String>) = (row.try_get("", "asked")?, row.try_get("", "answer")?);
    let state = match answer {
        Some(answer) => State::Done(serde_json::from_str(&answer)?),
        None => match jobs::get(db, row.try_get("", "job")?).await {
            Ok(job) => State::of(&job),
            Err(Failure::Refused(_)) => State::Failed(String::new()),
            Err(failure) => return Err(failure),
        },
    };
    Ok(Siting {
        key: Key::new(Home::new(row.try_get("", "home")?)?, row.try_get("", "id")?),
        place: Region::new(row.try_get("", "place")?)?,
        wanted: serde_json::from_str(&asked)?,
        asked_at: row.try_get("", "asked_at")?,
        state,
    })
}

impl State {
    fn of(job: &Job) -> Self {
        match job.state.as_str() {
            "failed" => Self::Failed(job.note.clone()),
            _ if job.total > 0 => Self::Running((job.progress * 100 / job.total).clamp(0, 100)),
            _ => Self::Running(0),
        }
    }
}
