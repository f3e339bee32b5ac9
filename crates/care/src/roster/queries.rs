//! Reading plans. A provider sees its own, an administration those of its places; a rival's are not there.

use std::collections::HashMap;

use chrono::{NaiveDate, TimeDelta};
use kernel::{Common, Instant, Key, Region, Result, Scope, start_of_day};
use registry::organisations;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Condition, Expr, ExprTrait, Order, Query, SelectStatement},
};
use uuid::Uuid;

use super::{
    Plan, Status, Stop, What, gather,
    model::{Column, Entity, visit},
    stop,
};

fn visible(scope: &Scope) -> Option<Condition> {
    match scope {
        Scope::Place(range) => Some(Condition::all().add(Column::Place.between(range.lo, range.hi))),
        Scope::Grantee(id) => Some(Condition::all().add(Column::Provider.eq(*id))),
        Scope::Own(_) => None,
    }
}

/// The plan, if it is visible.
///
/// # Errors
/// Internal failures only.
pub async fn find(db: &impl ConnectionTrait, scope: &Scope, key: Key<Plan>) -> Result<Option<Plan>> {
    let Some(visible) = visible(scope) else { return Ok(None) };
    let select = Entity::find().filter(Column::Home.eq(key.home.number())).filter(Column::Id.eq(key.id));
    Ok(select.filter(visible).one(db).await?)
}

/// The plan.
///
/// # Errors
/// [`Common::NotFound`] when it is not there or not visible.
pub async fn get(db: &impl ConnectionTrait, scope: &Scope, key: Key<Plan>) -> Result<Plan> {
    find(db, scope, key).await?.ok_or_else(|| Common::NotFound.into())
}

/// The statement of [`of_day`].
#[must_use]
pub fn plans_of(provider: Uuid, day: NaiveDate) -> Select<Entity> {
    Entity::find().filter(Column::Provider.eq(provider)).filter(Column::Day.eq(day))
}

/// The plans of a provider's day, latest first.
///
/// # Errors
/// Internal failures only.
pub async fn of_day(db: &impl ConnectionTrait, provider: Uuid, day: NaiveDate) -> Result<Vec<Plan>> {
    let mut plans = plans_of(provider, day).all(db).await?;
    plans.sort_by_key(|plan| std::cmp::Reverse(plan.number));
    Ok(plans)
}

/// The plan of a provider's day that counts: the draft that is being worked on, else the one in force.
///
/// # Errors
/// Internal failures only.
pub async fn current(db: &impl ConnectionTrait, provider: Uuid, day: NaiveDate) -> Result<Option<Plan>> {
    let plans = of_day(db, provider, day).await?;
    let of = |status: Status| plans.iter().find(|plan| plan.status == status.code()).cloned();
    Ok(of(Status::Draft).or_else(|| of(Status::Published)))
}

/// The statement of [`visits`].
#[must_use]
pub fn visits_of(home: i32, plan: Uuid) -> Select<visit::Entity> {
    visit::Entity::find().filter(visit::Column::Home.eq(home)).filter(visit::Column::Plan.eq(plan))
}

/// The visits of a plan, by caregiver and time.
///
/// # Errors
/// Internal failures only.
pub async fn visits(db: &impl ConnectionTrait, plan: &Plan) -> Result<Vec<Stop>> {
    let mut stops: Vec<Stop> = visits_of(plan.home, plan.id).all(db).await?.iter().map(Stop::of).collect();
    stop::sort(&mut stops);
    Ok(stops)
}

/// The visits of a worker in plans in force, of some days: order and start.
#[must_use]
pub fn planned(worker: Uuid, (first, last): (NaiveDate, NaiveDate)) -> SelectStatement {
    let (midnight, over) = (start_of_day(first), start_of_day(last) + TimeDelta::days(1));
    let visit = |column: &'static str| Expr::col(("plan_visits", column));
    let plan = |column: &'static str| Expr::col(("plans", column));
    Query::select()
        .column(("plan_visits", "order_id"))
        .column(("plan_visits", "start_at"))
        .from("plan_visits")
        .inner_join(
            "plans",
            plan("home").equals(("plan_visits", "home")).and(plan("id").equals(("plan_visits", "plan"))),
        )
        .and_where(visit("worker").eq(worker))
        .and_where(visit("start_at").gte(midnight))
        .and_where(visit("start_at").lt(over))
        .and_where(plan("status").eq(Status::Published.code()))
        .to_owned()
}

/// When a worker's visits of some days start by the plans in force, by order.
///
/// # Errors
/// Internal failures only.
pub async fn planned_of_worker(
    db: &impl ConnectionTrait,
    worker: Uuid,
    days: (NaiveDate, NaiveDate),
) -> Result<HashMap<Uuid, Instant>> {
    let rows = db.query_all(&planned(worker, days)).await?;
    rows.iter().map(|row| Ok((row.try_get("", "order_id")?, row.try_get("", "start_at")?))).collect()
}

/// A change of a draft, as it can be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its number in the plan.
    pub seq: i32,
    /// When.
    pub at: Instant,
    /// Who, by name.
    pub by: String,
    /// What.
    pub what: What,
    /// The visits that it touched, as they were before, as JSON.
    pub(super) before: String,
}

/// The changes of a draft, latest first, at most `limit`.
///
/// # Errors
/// Internal failures only.
pub async fn changes(db: &impl ConnectionTrait, plan: &Plan, limit: u64) -> Result<Vec<Change>> {
    let select = Query::select()
        .columns(["seq", "at", "by_name", "what", "before"])
        .from("plan_moves")
        .and_where(Expr::col("home").eq(plan.home))
        .and_where(Expr::col("plan").eq(plan.id))
        .order_by("seq", Order::Desc)
        .limit(limit)
        .to_owned();
    let rows = db.query_all(&select).await?;
    rows.iter()
        .map(|row| {
            Ok(Change {
                seq: row.try_get("", "seq")?,
                at: row.try_get("", "at")?,
                by: row.try_get("", "by_name")?,
                what: What::of(row.try_get("", "what")?).unwrap_or(What::Move),
                before: row.try_get("", "before")?,
            })
        })
        .collect()
}

/// The job that plans a provider's day, the latest one: its id and who asked.
///
/// # Errors
/// Internal failures only.
pub async fn run(
    db: &impl ConnectionTrait,
    home: i32,
    provider: Uuid,
    day: NaiveDate,
) -> Result<Option<(Uuid, String)>> {
    let select = Query::select()
        .columns(["job", "asked_by"])
        .from("plan_runs")
        .and_where(Expr::col("home").eq(home))
        .and_where(Expr::col("provider").eq(provider))
        .and_where(Expr::col("day").eq(day))
        .to_owned();
    let row = db.query_one(&select).await?;
    row.map(|row| Ok((row.try_get("", "job")?, row.try_get("", "asked_by")?))).transpose()
}

/// Working organisations after one, by id, with orders of a day for which nobody ever asked for a plan: id and seat.
///
/// # Errors
/// Internal failures only.
pub async fn due(
    db: &impl ConnectionTrait,
    day: NaiveDate,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<(Uuid, Region)>> {
    let rows = db.query_all(&due_of(day, after, limit)).await?;
    rows.iter().map(|row| Ok((row.try_get("", "id")?, Region::new(row.try_get("", "place")?)?))).collect()
}

/// The statement of [`due`].
#[must_use]
pub fn due_of(day: NaiveDate, after: Option<Uuid>, limit: u64) -> SelectStatement {
    let own = |column: &'static str| Expr::col(("organisations", column));
    let orders = gather::of_day(day).add(Expr::col(("orders", "provider")).equals(("organisations", "id")));
    let orders = Query::select().expr(Expr::val(1)).from("orders").cond_where(orders).to_owned();
    let asked = Query::select()
        .expr(Expr::val(1))
        .from("plan_runs")
        .and_where(Expr::col(("plan_runs", "provider")).equals(("organisations", "id")))
        .and_where(Expr::col(("plan_runs", "day")).eq(day))
        .to_owned();
    Query::select()
        .columns([("organisations", "id"), ("organisations", "place")])
        .from("organisations")
        .and_where(own("status").eq(organisations::Status::Active.code()))
        .and_where_option(after.map(|after| own("id").gt(after)))
        .and_where(Expr::exists(orders))
        .and_where(Expr::exists(asked).not())
        .order_by(("organisations", "id"), Order::Asc)
        .limit(limit)
        .to_owned()
}

/// The highest number of a provider's plans of a day.
pub(super) async fn last_number(db: &impl ConnectionTrait, provider: Uuid, day: NaiveDate) -> Result<i32> {
    let select = Entity::find()
        .filter(Column::Provider.eq(provider))
        .filter(Column::Day.eq(day))
        .order_by_desc(Column::Number)
        .limit(1);
    Ok(select.one(db).await?.map_or(0, |plan| plan.number))
}
