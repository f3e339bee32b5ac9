//! What the portal reads: the visits of those whom a session may see, with who came and how to call them.

use chrono::{DateTime, Utc};
use kernel::{Common, Home, Instant, Key, Result, Scope};
use registry::{
    elders::{self, Elder},
    organisations::{self, Organisation},
    workers::{self, Worker},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Condition, Expr, ExprTrait},
};
use store::Db;
use uuid::Uuid;

use crate::{
    orders::{
        self, Column, Entity, Order, Stage,
        queries::{After, Filter, Lens},
    },
    visits::{self, Kind},
};

/// Visits on one page; with the way on and the way home that makes six choices.
pub(super) const PER_PAGE: u64 = 4;

/// What waits for an elder is counted so far: confirmation by silence keeps it small.
const COUNTED: u64 = 20;

/// An order with the people behind it.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub order: Order,
    /// Somebody said that it was not so, and it still waits.
    pub disputed: bool,
    pub worker: Option<Worker>,
    pub provider: Option<Organisation>,
}

/// How a visit went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Went {
    pub photos: usize,
}

/// Which visits a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// Wait for a confirmation.
    ToConfirm,
    /// Wait for a rating.
    ToRate,
    /// Everything that has happened or was called off.
    Past,
}

impl Which {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "confirm" => Self::ToConfirm,
            "rate" => Self::ToRate,
            "past" => Self::Past,
            _ => return None,
        })
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::ToConfirm => "confirm",
            Self::ToRate => "rate",
            Self::Past => "past",
        }
    }
}

/// The elders whom a portal session may see; usually one.
pub(super) async fn elders(db: &Db, scope: &Scope) -> Result<Vec<Elder>> {
    let Lens::Elders(found) = Lens::of(db, scope).await? else { return Ok(Vec::new()) };
    let mut keys = Vec::with_capacity(found.len());
    for (home, id) in found {
        keys.push(Key::<Elder>::new(Home::new(home)?, id));
    }
    let mut elders = elders::queries::of_keys(db, scope, &keys).await?;
    // Of somebody who moved, the old county's row is history; the file lives in the new one.
    elders.retain(|elder| elder.moved_to.is_none());
    Ok(elders)
}

/// The next visit that is planned or going on.
pub(super) async fn next(db: &Db, scope: &Scope, now: Instant) -> Result<Option<Told>> {
    let select = visible(db, scope)
        .await?
        .filter(Column::Status.lt(Stage::Served.code()))
        .filter(Condition::any().add(Column::WindowEnd.gte(now)).add(Column::Status.eq(Stage::Serving.code())))
        .order_by_asc(Column::WindowStart)
        .order_by_asc(Column::Id)
        .limit(1);
    Ok(told(db, select.all(db).await?).await?.pop())
}

/// How many wait for a confirmation and for a rating, counted up to [`COUNTED`]. A disputed visit waits for others.
pub(super) async fn waiting(db: &Db, scope: &Scope) -> Result<[usize; 2]> {
    let of = |stage| Filter { stage: Some(stage), ..Filter::default() };
    let served = orders::queries::list(db, scope, &of(Stage::Served), None, COUNTED).await?;
    let mut to_confirm = 0;
    for order in &served {
        to_confirm += usize::from(!orders::actions::is_disputed(db, order).await?);
    }
    let to_rate = orders::queries::list(db, scope, &of(Stage::Confirmed), None, COUNTED).await?.len();
    Ok([to_confirm, to_rate])
}

/// A page of visits and where the next one begins.
pub(super) async fn list(
    db: &Db,
    scope: &Scope,
    which: Which,
    after: Option<After>,
) -> Result<(Vec<Told>, Option<After>)> {
    let mut select = visible(db, scope).await?;
    select = match which {
        Which::ToConfirm => select.filter(Column::Status.eq(Stage::Served.code())),
        Which::ToRate => select.filter(Column::Status.eq(Stage::Confirmed.code())),
        Which::Past => select.filter(Column::Status.gte(Stage::Served.code())),
    };
    if let Some(after) = after {
        let row = Expr::tuple([Expr::col(Column::WindowStart), Expr::col(Column::Id)]);
        select = select.filter(row.lt(Expr::tuple([Expr::val(after.at), Expr::val(after.id)])));
    }
    let select = select.order_by_desc(Column::WindowStart).order_by_desc(Column::Id).limit(PER_PAGE + 1);
    let mut orders = select.all(db).await?;
    let more = orders.len() > usize::try_from(PER_PAGE)?;
    orders.truncate(usize::try_from(PER_PAGE)?);
    let last = orders.last().filter(|_| more).map(|order| After { at: order.window_start, id: order.id });
    Ok((told(db, orders).await?, last))
}

/// One visit.
///
/// # Errors
/// [`Common::NotFound`] when the session may not see it.
pub(super) async fn get(db: &Db, scope: &Scope, key: Key<Order>) -> Result<Told> {
    let order = orders::queries::get(db, scope, key).await?;
    told(db, vec![order]).await?.pop().ok_or_else(|| Common::NotFound.into())
}

/// How the visit of an order went.
pub(super) async fn went(db: &Db, order: &Order) -> Result<Went> {
    let Some(visit) = visits::queries::of_order(db, order).await? else { return Ok(Went::default()) };
    let proofs = visits::queries::proofs(db, &visit).await?;
    Ok(Went { photos: proofs.iter().filter(|proof| proof.kind == Kind::Photo).count() })
}

/// The orders of the elders whom a portal session may see; nobody's for any other session.
async fn visible(db: &impl ConnectionTrait, scope: &Scope) -> Result<Select<Entity>> {
    let Lens::Elders(elders) = Lens::of(db, scope).await? else { return Err(Common::NotFound.into()) };
    if elders.is_empty() {
        return Ok(Entity::find().filter(Expr::val(1).eq(0)));
    }
    // Each elder is one range of the index by elder.
    let any = elders.iter().fold(Condition::any(), |any, (home, elder)| {
        any.add(Condition::all().add(Column::Home.eq(*home)).add(Column::Elder.eq(*elder)))
    });
    Ok(Entity::find().filter(any))
}

/// Joins the people to the orders, in two reads for all of them, and asks of those that wait whether they are disputed.
async fn told(db: &impl ConnectionTrait, orders: Vec<Order>) -> Result<Vec<Told>> {
    let ids = |of: fn(&Order) -> Option<Uuid>| orders.iter().filter_map(of).collect::<Vec<_>>();
    let workers = workers::queries::of_ids(db, &ids(|order| order.worker)).await?;
    let providers = organisations::queries::of_ids(db, &ids(|order| order.provider)).await?;
    let mut found = Vec::with_capacity(orders.len());
    for order in orders {
        found.push(Told {
            disputed: order.stage()? == Stage::Served && orders::actions::is_disputed(db, &order).await?,
            worker: workers.iter().find(|worker| Some(worker.id) == order.worker).cloned(),
            provider: providers.iter().find(|provider| Some(provider.id) == order.provider).cloned(),
            order,
        });
    }
    Ok(found)
}

/// The position of a page as an address carries it, and back.
pub(super) mod position {
    use super::{After, DateTime, Utc, Uuid};

    pub(in crate::portal) fn write(after: After) -> String {
        format!("{}.{}", after.at.timestamp_micros(), after.id)
    }

    pub(in crate::portal) fn read(text: &str) -> Option<After> {
        let (at, id) = text.split_once('.')?;
        Some(After { at: DateTime::<Utc>::from_timestamp_micros(at.parse().ok()?)?, id: id.parse::<Uuid>().ok()? })
    }
}
