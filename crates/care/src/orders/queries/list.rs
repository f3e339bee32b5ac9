//! Lists of orders by keyset. Each source (a home, a provider, a worker, an elder) is one ordered read of one index; a
//! wider scope merges the positions of its homes and reads the rows of the page. Open stages come by deadline, everything else by window, latest first.

use chrono::{NaiveDate, TimeDelta};
use kernel::{Instant, Region, Result, Scope, start_of_day};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
    sea_query::{Condition, Expr, ExprTrait, SelectStatement},
};
use uuid::Uuid;

use super::Lens;
use crate::{
    catalogue::Class,
    orders::{Column, Entity, Order, Stage},
};

/// What a list is narrowed to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only of this stage.
    pub stage: Option<Stage>,
    /// Only of this class.
    pub class: Option<Class>,
    /// Only in this place.
    pub place: Option<Region>,
    /// Only of this provider.
    pub provider: Option<Uuid>,
    /// Only with a window that begins on this day.
    pub day: Option<NaiveDate>,
}

/// Where a page begins: after the row with this deadline (open stages) or window (all others) and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After {
    /// Deadline or window's start of the last row seen.
    pub at: Instant,
    /// Its id.
    pub id: Uuid,
}

impl Filter {
    /// The order of the list.
    fn by_deadline(&self) -> bool {
        self.stage.is_some_and(Stage::is_open)
    }

    /// The position of a row in this list.
    #[must_use]
    pub fn position(&self, order: &Order) -> After {
        let at = if self.by_deadline() { order.due_at } else { None };
        After { at: at.unwrap_or(order.window_start), id: order.id }
    }

    fn narrow(&self, mut select: Select<Entity>) -> Select<Entity> {
        if let Some(stage) = self.stage {
            select = select.filter(Column::Status.eq(stage.code()));
        }
        if let Some(class) = self.class {
            select = select.filter(Column::Class.eq(class.code()));
        }
        if let Some(place) = self.place {
            let range = place.range();
            select = select.filter(Column::Place.between(range.lo, range.hi));
        }
        if let Some(day) = self.day {
            select = select
                .filter(Column::WindowStart.gte(start_of_day(day)))
                .filter(Column::WindowStart.lt(start_of_day(day) + TimeDelta::days(1)));
        }
        select
    }

    /// One ordered read.
    pub(super) fn select(&self, source: Condition, after: Option<After>, limit: u64) -> Select<Entity> {
        let select = self.narrow(Entity::find().filter(source));
        let row = |column: Column| Expr::tuple([Expr::col(column), Expr::col(Column::Id)]);
        let seen = |after: After| Expr::tuple([Expr::val(after.at), Expr::val(after.id)]);
        if self.by_deadline() {
            let mut select = select.filter(Column::DueAt.is_not_null());
            if let Some(after) = after {
                select = select.filter(row(Column::DueAt).gt(seen(after)));
            }
            return select.order_by_asc(Column::DueAt).order_by_asc(Column::Id).limit(limit);
        }
        let mut select = select;
        if let Some(after) = after {
            select = select.filter(row(Column::WindowStart).lt(seen(after)));
        }
        select.order_by_desc(Column::WindowStart).order_by_desc(Column::Id).limit(limit)
    }
}

/// A page of orders, at most `limit`, after a position.
///
/// # Errors
/// Internal failures only.
pub async fn list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
    after: Option<After>,
    limit: u64,
) -> Result<Vec<Order>> {
    let lens = narrowed(Lens::of(db, scope).await?, filter);
    let of_provider = |source: Condition| match filter.provider {
        Some(provider) => source.add(Column::Provider.eq(provider)),
        None => source,
    };
    let mut sources: Vec<_> = lens.sources().into_iter().map(of_provider).collect();
    match sources.pop() {
        None => Ok(Vec::new()),
        Some(only) if sources.is_empty() => Ok(filter.select(only, after, limit).all(db).await?),
        Some(last) => {
            sources.push(last);
            merged(db, filter, sources, (after, limit)).await
        }
    }
}

/// The first rows of several reads together: their positions are merged, and the rows of the page alone are read.
async fn merged(
    db: &impl ConnectionTrait,
    filter: &Filter,
    sources: Vec<Condition>,
    (after, limit): (Option<After>, u64),
) -> Result<Vec<Order>> {
    let by = if filter.by_deadline() { Column::DueAt } else { Column::WindowStart };
    let mut positions: Vec<(Instant, Uuid, i32)> = Vec::new();
    for source in sources {
        let select = filter.select(source, after, limit).select_only().columns([by, Column::Id, Column::Home]);
        positions.extend(select.into_tuple::<(Instant, Uuid, i32)>().all(db).await?);
    }
    positions.sort_unstable();
    if !filter.by_deadline() {
        positions.reverse();
    }
    positions.dedup();
    positions.truncate(usize::try_from(limit)?);
    if positions.is_empty() {
        return Ok(Vec::new());
    }
    let mut homes: Vec<_> = positions.iter().map(|(_, _, home)| *home).collect();
    homes.sort_unstable();
    homes.dedup();
    let select = Entity::find()
        .filter(Column::Home.is_in(homes))
        .filter(Column::Id.is_in(positions.iter().map(|(_, id, _)| *id)));
    let mut found = select.all(db).await?;
    found.sort_by_key(|order| positions.iter().position(|(_, id, _)| *id == order.id));
    Ok(found)
}

/// The statements behind a page of a list and behind the counts of its stage, for the test of query plans.
///
/// # Errors
/// Internal failures only.
pub async fn statements(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
    after: Option<After>,
    now: Instant,
) -> Result<Vec<SelectStatement>> {
    let lens = narrowed(Lens::of(db, scope).await?, filter);
    let lists = lens.sources().into_iter().map(|source| filter.select(source, after, 51).into_query());
    let counts = filter.stage.map(|stage| super::board::counts(&lens, stage, now)).unwrap_or_default();
    Ok(lists.chain(counts).collect())
}

/// Leaves out the homes in which a filtered place cannot lie.
fn narrowed(lens: Lens, filter: &Filter) -> Lens {
    match (lens, filter.place) {
        (Lens::Places(homes, range), Some(place)) => match range.meet(place.range()) {
            Some(both) if homes.len() > 1 => {
                let home = place.home();
                // A recoded county's rows may lie in any home: only an unchanged one narrows.
                let kept = homes.iter().copied().filter(|h| Some(*h) == home).collect::<Vec<_>>();
                Lens::Places(if kept.is_empty() { homes } else { kept }, both)
            }
            Some(both) => Lens::Places(homes, both),
            None => Lens::Places(Vec::new(), range),
        },
        (lens, _) => lens,
    }
}
