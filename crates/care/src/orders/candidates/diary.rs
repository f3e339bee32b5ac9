//! What is known of workers beside their files: how often they came, what else they do that day.

use std::collections::HashMap;

use chrono::TimeDelta;
use kernel::{Instant, Key, Result, Scope, business_day, start_of_day};
use registry::{
    elders::{self, Elder},
    workers::Worker,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use crate::orders::{Column, Entity, Order, Stage};

/// Start, end and number of another order.
pub(super) type Window = (Instant, Instant, String);

/// What is known of the workers beside their files.
#[derive(Debug, Default)]
pub(super) struct Diary {
    /// Times that each worker came to this elder, in the last year.
    pub(super) before: HashMap<Uuid, i32>,
    /// The other orders around it, by worker and order: those that may meet it, and those of its day.
    pub(super) around: HashMap<Uuid, HashMap<Uuid, Window>>,
}

/// Reads the diary of some workers around an order.
pub(super) async fn diary(db: &impl ConnectionTrait, order: &Order, hands: &[Worker]) -> Result<Diary> {
    let mut diary = Diary::default();
    let done = [Stage::Served.code(), Stage::Confirmed.code(), Stage::Completed.code()];
    let before = Entity::find()
        .select_only()
        .column(Column::Worker)
        .expr_as(Expr::val(1).count(), "n")
        .filter(Column::Home.eq(order.home))
        .filter(Column::Elder.eq(order.elder))
        .filter(Column::WindowStart.gt(order.window_start - TimeDelta::days(365)))
        .filter(Column::Status.is_in(done))
        .filter(Column::Worker.is_not_null())
        .group_by(Column::Worker)
        .into_query();
    for row in db.query_all(&before).await? {
        let n: i64 = row.try_get("", "n")?;
        diary.before.insert(row.try_get("", "worker")?, i32::try_from(n)?);
    }
    let midnight = start_of_day(business_day(order.window_start));
    let workers: Vec<Uuid> = hands.iter().map(|hand| hand.id).collect();
    for column in [Column::Worker, Column::Second] {
        let around = Entity::find()
            .filter(column.is_in(workers.iter().copied()))
            // A window spans at most a day, so one that meets this one began no earlier than a day before it.
            .filter(Column::WindowStart.gte(Ord::min(midnight, order.window_start - TimeDelta::days(1))))
            .filter(Column::WindowStart.lt(Ord::max(order.window_end, midnight + TimeDelta::days(1))))
            .filter(Column::Status.is_not_in([Stage::Cancelled.code(), Stage::Aborted.code()]))
            .filter(Column::Id.ne(order.id));
        for other in around.all(db).await? {
            let window = (other.window_start, other.window_end, other.number.clone());
            let crew = [other.worker, other.second].into_iter().flatten();
            for worker in crew.filter(|worker| workers.contains(worker)) {
                diary.around.entry(worker).or_default().insert(other.id, window.clone());
            }
        }
    }
    Ok(diary)
}

/// The elder's sex; the order was loaded through a scope, so its elder may be read.
pub(super) async fn elder_sex(db: &impl ConnectionTrait, order: &Order) -> Result<Option<i16>> {
    let key = Key::<Elder>::new(order.home()?, order.elder);
    let elder = elders::queries::find(db, &Scope::whole(), key).await?;
    Ok(elder.map(|elder| elder.sex).filter(|sex| matches!(sex, 1 | 2)))
}
