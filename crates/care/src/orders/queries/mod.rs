//! Reading orders. Each read takes a scope; an order outside it is not there.

mod board;
mod lens;
mod list;

use chrono::{NaiveDate, TimeDelta};
use kernel::{Common, Instant, Key, Region, Result, Scope, business_day, start_of_day};
use registry::elders::Elder;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, sea_query::Condition,
};
use uuid::Uuid;

use super::{Column, Entity, Order, OrderClocks, Stage};
pub use board::{Board, Count, Lane, board};
pub use lens::Lens;
pub use list::{After, Filter, list, statements};

/// The order, if it is visible.
///
/// # Errors
/// Internal failures only.
pub async fn find(db: &impl ConnectionTrait, scope: &Scope, key: Key<Order>) -> Result<Option<Order>> {
    let select = Entity::find()
        .filter(Column::Home.eq(key.home.number()))
        .filter(Column::Id.eq(key.id))
        .filter(lens::visible(db, scope).await?);
    Ok(select.one(db).await?)
}

/// The order.
///
/// # Errors
/// [`Common::NotFound`] when it is not there or not visible.
pub async fn get(db: &impl ConnectionTrait, scope: &Scope, key: Key<Order>) -> Result<Order> {
    find(db, scope, key).await?.ok_or_else(|| Common::NotFound.into())
}

/// The order of a number, if it is visible.
///
/// # Errors
/// Internal failures only.
pub async fn numbered(db: &impl ConnectionTrait, scope: &Scope, number: &str) -> Result<Option<Order>> {
    let home: Option<i32> = number.split('-').nth(1).and_then(|home| home.parse().ok());
    let Some(home) = home else { return Ok(None) };
    let select = Entity::find()
        .filter(Column::Home.eq(home))
        .filter(Column::Number.eq(number))
        .filter(lens::visible(db, scope).await?);
    Ok(select.one(db).await?)
}

/// The orders of an elder, latest window first, at most `limit`, before a window's start.
///
/// # Errors
/// Internal failures only.
pub async fn of_elder(
    db: &impl ConnectionTrait,
    scope: &Scope,
    elder: Key<Elder>,
    before: Option<Instant>,
    limit: u64,
) -> Result<Vec<Order>> {
    let mut select = Entity::find()
        .filter(Column::Home.eq(elder.home.number()))
        .filter(Column::Elder.eq(elder.id))
        .filter(lens::visible(db, scope).await?);
    if let Some(before) = before {
        select = select.filter(Column::WindowStart.lt(before));
    }
    Ok(select.order_by_desc(Column::WindowStart).limit(limit).all(db).await?)
}

/// What the phone of a worker has to know at a moment, as lead or second, earliest first: all that waits for an answer or
/// runs, of whatever day, what touches today, and what was taken for tomorrow; without what was called off.
///
/// # Errors
/// Internal failures only.
pub async fn on_phone(db: &impl ConnectionTrait, worker: Uuid, now: Instant) -> Result<Vec<Order>> {
    let from = start_of_day(business_day(now));
    let (to, over) = (from + TimeDelta::days(1), from + TimeDelta::days(2));
    let mut found = Vec::new();
    for select in phone_reads(worker, now) {
        found.extend(select.all(db).await?);
    }
    let known = |order: &Order| match order.stage() {
        Ok(Stage::Offered | Stage::Serving) => true,
        Ok(Stage::Taken) => order.window_start < over && order.window_end > from,
        _ => order.window_start < to && order.window_end > from,
    };
    found.retain(known);
    found.sort_by_key(|order| (order.window_start, order.id));
    found.dedup_by_key(|order| order.id);
    Ok(found)
}

/// The reads of [`on_phone`]; for the plan test.
#[must_use]
pub fn phone_reads(worker: Uuid, now: Instant) -> Vec<Select<Entity>> {
    let from = start_of_day(business_day(now));
    let of = |column: Column| Entity::find().filter(column.eq(worker));
    let both = [Column::Worker, Column::Second];
    // A window spans at most a day, so one that began earlier does not touch today.
    let near = both.map(|column| {
        of(column)
            .filter(Column::WindowStart.gt(from - TimeDelta::days(1)))
            .filter(Column::WindowStart.lt(from + TimeDelta::days(2)))
            .filter(Column::Status.ne(Stage::Cancelled.code()))
    });
    let open = both.map(|column| {
        of(column)
            .filter(Column::DueAt.is_not_null())
            .filter(Column::Status.is_in([Stage::Offered.code(), Stage::Serving.code()]))
    });
    near.into_iter().chain(open).collect()
}

/// An order of the elder with this item whose window meets another one and that was not called off.
///
/// # Errors
/// Internal failures only.
pub(super) async fn duplicate(
    db: &impl ConnectionTrait,
    elder: Key<Elder>,
    item: &str,
    window: (Instant, Instant),
) -> Result<Option<Order>> {
    let called_off = [Stage::Cancelled.code(), Stage::Aborted.code()];
    let select = Entity::find()
        .filter(Column::Home.eq(elder.home.number()))
        .filter(Column::Elder.eq(elder.id))
        // A window spans at most a day, so nothing earlier can meet this one.
        .filter(Column::WindowStart.gt(window.0 - TimeDelta::days(1)))
        .filter(Column::WindowStart.lt(window.1))
        .filter(Condition::all().add(Column::WindowEnd.gt(window.0)).add(Column::Item.eq(item)))
        .filter(Column::Status.is_not_in(called_off))
        .limit(1);
    Ok(select.one(db).await?)
}

/// The clocks of orders that hold at a place on a day; our defaults where no authority enacted any.
///
/// # Errors
/// Internal failures only.
pub async fn rules(db: &impl ConnectionTrait, place: Region, day: NaiveDate) -> Result<OrderClocks> {
    store::rulebooks::get_or_default(db, place, day).await
}
