//! Plans of where to build next: a siting that somebody keeps under a name, so that others of the place see it.

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse as _, Redirect, Response},
};
use kernel::{Action, Common, Event, Facts, Failure, Home, Instant, Key, Region, Result, Scope};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, Order, Query, SelectStatement},
};
use serde::{Deserialize, Serialize};
use store::{Db, Lane, Tx, guarded, homes};
use web::{page::ErrorPage, session::Session, state::AppState};

use super::{refusal::Refusal, siting::MOST};
use crate::{dashboards::existing, statistics::reading};

/// Plans that a page lists.
const LISTED: u64 = 50;
/// Characters of a name.
const NAME: usize = 60;

/// A kept plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Its key.
    pub key: Key<Plan>,
    /// For which place.
    pub place: Region,
    /// Its name.
    pub name: String,
    /// What it holds.
    pub body: Body,
    /// When it was kept.
    pub made_at: Instant,
}

/// What a plan holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// A code of [`super::kinds::Walk`].
    pub kind: String,
    /// 5, 10 or 15.
    pub minutes: u32,
    /// A code of [`super::kinds::Group`].
    pub group: String,
    /// The chosen places.
    pub picks: Vec<Place>,
    /// By how much any choice could be better, in per cent.
    pub better: f64,
}

/// A chosen place of a plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// What it is called.
    pub name: String,
    /// Degrees east and north (CGCS2000).
    pub point: (f64, f64),
    /// Elders it was to bring within reach.
    pub gained: u64,
}

impl Plan {
    /// Elders that it was to bring within reach.
    #[must_use]
    pub fn gained(&self) -> u64 {
        self.body.picks.iter().map(|pick| pick.gained).sum()
    }

    /// Its chosen places, for the map.
    #[must_use]
    pub fn points(&self) -> String {
        serde_json::to_string(&self.body.picks).unwrap_or_default()
    }
}

/// A plan was kept.
#[derive(Debug, Serialize, Deserialize)]
pub struct Kept {
    /// How many places it proposes.
    pub count: usize,
}

impl Facts for Kept {
    const KIND: &'static str = "circle.plan_kept";
}

/// A plan was thrown away.
#[derive(Debug, Serialize, Deserialize)]
pub struct Dropped {}

impl Facts for Dropped {
    const KIND: &'static str = "circle.plan_dropped";
}

/// Keeps a plan of a place.
///
/// # Errors
/// [`Refusal::NameWanted`]; [`Refusal::BadCount`]; [`Common`].
pub async fn keep(tx: &Tx, place: Region, name: &str, body: &Body) -> Result<Key<Plan>> {
    reading::visible(&tx.actor().scope(), place)?;
    tx.actor().may(Action::PlanCircle)?;
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME {
        return Err(Refusal::NameWanted.into());
    }
    let is_sound = body.picks.iter().all(|pick| pick.point.0.is_finite() && pick.name.chars().count() <= NAME);
    if body.picks.is_empty() || body.picks.len() > MOST || !is_sound {
        return Err(Refusal::BadCount { most: MOST }.into());
    }
    let key = Key::<Plan>::new(place.home().ok_or(Common::NotFound)?, tx.uuid());
    let insert = Query::insert()
        .into_table("circle_plans")
        .columns(["home", "id", "place", "name", "body", "version", "made_at"])
        .values([
            key.home.number().into(),
            key.id.into(),
            place.code().into(),
            name.into(),
            serde_json::to_string(body)?.into(),
            1.into(),
            tx.now().into(),
        ])?
        .to_owned();
    tx.execute(&insert).await?;
    tx.journal(Event::new(key, place, &Kept { count: body.picks.len() })?);
    Ok(key)
}

/// Throws a plan away.
///
/// # Errors
/// [`Common::NotFound`] when there is none, or it is not visible; [`Common`].
pub async fn discard(tx: &Tx, key: Key<Plan>) -> Result<()> {
    let scope = tx.actor().scope();
    let Scope::Place(range) = scope else { return Err(Common::NotFound.into()) };
    let select = select(&[key.home]).and_where(Expr::col("id").eq(key.id)).to_owned();
    let row = tx.query_one(&select).await?.ok_or(Common::NotFound)?;
    let place = Region::new(row.try_get("", "place")?)?;
    if !range.contains(place) {
        return Err(Common::NotFound.into());
    }
    tx.actor().may(Action::PlanCircle)?;
    let delete = Query::delete()
        .from_table("circle_plans")
        .and_where(Expr::col("home").eq(key.home.number()))
        .and_where(Expr::col("id").eq(key.id))
        .to_owned();
    guarded(tx.execute(&delete).await?.rows_affected())?;
    tx.journal(Event::new(key, place, &Dropped {})?);
    Ok(())
}

fn select(homes: &[Home]) -> SelectStatement {
    Query::select()
        .columns(["home", "id", "place", "name", "body", "made_at"])
        .from("circle_plans")
        .and_where(Expr::col("home").is_in(homes.iter().map(|home| home.number())))
        .to_owned()
}

/// The statement of [`list`] for one home; for the plan test too.
#[must_use]
pub fn statement(home: Home, place: Region) -> SelectStatement {
    let range = place.range();
    select(&[home])
        .and_where(Expr::col("place").between(range.lo, range.hi))
        .order_by("place", Order::Asc)
        .order_by("id", Order::Asc)
        .limit(LISTED)
        .to_owned()
}

/// The plans of a place and of those inside, latest first.
///
/// # Errors
/// [`Common::NotFound`] when the place is not visible; internal failures.
pub async fn list(db: &Db, scope: &Scope, place: Region) -> Result<Vec<Plan>> {
    reading::visible(scope, place)?;
    let mut homes = homes::of_range(db, place.range()).await?;
    homes.extend(place.home());
    homes.sort_unstable();
    homes.dedup();
    let mut plans = Vec::new();
    for home in homes {
        for row in db.query_all(&statement(home, place)).await? {
            let body: String = row.try_get("", "body")?;
            plans.push(Plan {
                key: Key::new(Home::new(row.try_get("", "home")?)?, row.try_get("", "id")?),
                place: Region::new(row.try_get("", "place")?)?,
                name: row.try_get("", "name")?,
                body: serde_json::from_str(&body)?,
                made_at: row.try_get("", "made_at")?,
            });
        }
    }
    plans.sort_by_key(|plan| std::cmp::Reverse(plan.made_at));
    Ok(plans)
}

/// What the page sends.
#[derive(Debug, Deserialize)]
pub(super) struct Sent {
    name: String,
    /// [`Body`] as JSON.
    body: String,
}

/// `POST /circle/{place}/plans`.
pub(super) async fn kept(
    State(state): State<AppState>,
    session: Session,
    Path(place): Path<String>,
    Form(sent): Form<Sent>,
) -> Result<Response, ErrorPage> {
    let place = existing(&place)?;
    reading::visible(&session.scope(), place)?;
    let body: Body = serde_json::from_str(&sent.body).map_err(|_| Failure::from(Refusal::BadCount { most: MOST }))?;
    let write = async |tx| keep(&tx, place, &sent.name, &body).await;
    state.db.write(Lane::Interactive, &session.actor, write).await?;
    Ok(back(place, &body).into_response())
}

/// `POST /circle/{place}/plans/{key}/drop`.
pub(super) async fn dropped(
    State(state): State<AppState>,
    session: Session,
    Path((place, key)): Path<(String, String)>,
) -> Result<Response, ErrorPage> {
    let place = existing(&place)?;
    reading::visible(&session.scope(), place)?;
    let key: Key<Plan> = key.parse().map_err(|_| Failure::from(Common::NotFound))?;
    state.db.write(Lane::Interactive, &session.actor, async |tx| discard(&tx, key).await).await?;
    Ok(Redirect::to(&format!("/circle/{}#plans", place.short())).into_response())
}

fn back(place: Region, body: &Body) -> Redirect {
    let Body { kind, minutes, group, .. } = body;
    let is_word = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let (kind, group) = (if is_word(kind) { kind } else { "" }, if is_word(group) { group } else { "" });
    Redirect::to(&format!("/circle/{}?kind={kind}&minutes={minutes}&group={group}#plans", place.short()))
}
