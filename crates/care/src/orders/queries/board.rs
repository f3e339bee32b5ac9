//! The dispatcher's board: how many orders stand where, and the lanes that need a hand.

use chrono::{NaiveDate, TimeDelta};
use kernel::{Instant, Result, Scope, business_day, start_of_day};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Alias, Condition, Expr, ExprTrait, Query, SelectStatement},
};

use super::{Filter, Lens, list};
use crate::orders::{Column, Entity, Order, Stage};

/// Counts stop here; a page says “10,000+”.
const CAP: u64 = 10_000;

/// How many, and whether there are more than that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// At most 10,000.
    pub n: u64,
    /// There are more.
    pub more: bool,
}

/// The orders of one stage that are due first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// The stage.
    pub stage: Stage,
    /// Earliest deadline first.
    pub orders: Vec<Order>,
    /// All of them.
    pub all: Count,
}

/// The board of a scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Board {
    /// Each open stage: how many, and how many past their deadline.
    pub stages: Vec<(Stage, Count, Count)>,
    /// Orders of today's windows that are completed or wait for a rating.
    pub done_today: Count,
    /// The lanes that need a hand.
    pub lanes: Vec<Lane>,
}

/// The board at a moment; each lane shows at most `limit` orders.
///
/// # Errors
/// Internal failures only.
pub async fn board(db: &impl ConnectionTrait, scope: &Scope, now: Instant, limit: u64) -> Result<Board> {
    let lens = Lens::of(db, scope).await?;
    let mut stages = Vec::new();
    for stage in Stage::OPEN {
        let all = capped(db, &lens, standing(stage, None)).await?;
        let late = if all.n == 0 { Count::default() } else { capped(db, &lens, standing(stage, Some(now))).await? };
        stages.push((stage, all, late));
    }
    let mut lanes = Vec::new();
    for (stage, all, _) in stages.iter().take(3) {
        let filter = Filter { stage: Some(*stage), ..Filter::default() };
        let orders = if all.n == 0 { Vec::new() } else { list(db, scope, &filter, None, limit).await? };
        lanes.push(Lane { stage: *stage, orders, all: *all });
    }
    let done_today = capped(db, &lens, finished(business_day(now))).await?;
    Ok(Board { stages, done_today, lanes })
}

/// What stands in a stage, or is past its deadline there.
fn standing(stage: Stage, late_at: Option<Instant>) -> Condition {
    let wanted = Condition::all().add(Column::Status.eq(stage.code())).add(Column::DueAt.is_not_null());
    match late_at {
        Some(now) => wanted.add(Column::DueAt.lt(now)),
        None => wanted,
    }
}

/// What was done in the windows of a day.
fn finished(day: NaiveDate) -> Condition {
    Condition::all()
        .add(Column::WindowStart.gte(start_of_day(day)))
        .add(Column::WindowStart.lt(start_of_day(day) + TimeDelta::days(1)))
        .add(Column::Status.is_in([Stage::Confirmed.code(), Stage::Completed.code()]))
}

/// The statements behind the counts of a stage and of what was done on the day.
pub(super) fn counts(lens: &Lens, stage: Stage, now: Instant) -> Vec<SelectStatement> {
    let wanted = [standing(stage, None), standing(stage, Some(now)), finished(business_day(now))];
    let each =
        |wanted: Condition| lens.sources().into_iter().map(move |source| counting(source, wanted.clone(), CAP + 1));
    wanted.into_iter().flat_map(each).collect()
}

fn counting(source: Condition, wanted: Condition, cap: u64) -> SelectStatement {
    let some = Entity::find().select_only().expr_as(Expr::val(1), "one").filter(source).filter(wanted).limit(cap);
    let some = some.into_query();
    Query::select().expr_as(Expr::val(1).count(), "n").from_subquery(some, Alias::new("some")).to_owned()
}

/// Counts home by home and stops at the cap.
async fn capped(db: &impl ConnectionTrait, lens: &Lens, wanted: Condition) -> Result<Count> {
    let mut n = 0;
    for source in lens.sources() {
        let row = db.query_one(&counting(source, wanted.clone(), CAP + 1 - n)).await?;
        n += row.map(|row| row.try_get::<i64>("", "n")).transpose()?.unwrap_or(0).unsigned_abs();
        if n > CAP {
            return Ok(Count { n: CAP, more: true });
        }
    }
    Ok(Count { n, more: false })
}
