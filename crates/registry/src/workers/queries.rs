//! Reading workers: by those who employ them.

use chrono::NaiveDate;
use kernel::{Common, Result};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement},
};
use store::sea_orm;
use uuid::Uuid;

use super::model::{Column, Entity, Model as Worker, Status};

/// A worker.
///
/// # Errors
/// [`Common::NotFound`], or internal failures.
pub async fn get(db: &impl ConnectionTrait, id: Uuid) -> Result<Worker> {
    Entity::find_by_id(id).one(db).await?.ok_or_else(|| Common::NotFound.into())
}

/// Several workers, in no order; the unknown are absent.
///
/// # Errors
/// Internal failures only.
pub async fn of_ids(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<Worker>> {
    Ok(Entity::find().filter(Column::Id.is_in(ids.iter().copied())).all(db).await?)
}

/// Who works for an organisation on a day, by name.
///
/// # Errors
/// Internal failures only.
pub async fn of_organisation(db: &impl ConnectionTrait, organisation: Uuid, day: NaiveDate) -> Result<Vec<Worker>> {
    let employed = employments(day).column("worker").and_where(Expr::col("organisation").eq(organisation)).to_owned();
    let select = Entity::find()
        .filter(Column::Id.in_subquery(employed))
        .filter(Column::Status.eq(Status::Active.code()))
        .order_by_asc(Column::Name);
    Ok(select.all(db).await?)
}

/// Who works for an organisation on a day, by name, after a row, at most `limit`; an organisation has at most a few
/// thousand.
///
/// # Errors
/// Internal failures only.
pub async fn employed(
    db: &impl ConnectionTrait,
    organisation: Uuid,
    day: NaiveDate,
    after: Option<&(String, Uuid)>,
    limit: u64,
) -> Result<Vec<Worker>> {
    let there = employments(day).column("worker").and_where(Expr::col("organisation").eq(organisation)).to_owned();
    let mut select = Entity::find().filter(Column::Id.in_subquery(there));
    if let Some((name, id)) = after {
        let row = Expr::tuple([Expr::col(Column::Name), Expr::col(Column::Id)]);
        select = select.filter(row.gt(Expr::tuple([Expr::val(name.as_str()), Expr::val(*id)])));
    }
    Ok(select.order_by_asc(Column::Name).order_by_asc(Column::Id).limit(limit).all(db).await?)
}

/// Whether a worker works, and for this organisation on that day.
///
/// # Errors
/// Internal failures only.
pub async fn works_for(db: &impl ConnectionTrait, worker: Uuid, organisation: Uuid, day: NaiveDate) -> Result<bool> {
    let employed = employments(day)
        .column("worker")
        .and_where(Expr::col("organisation").eq(organisation))
        .and_where(Expr::col("worker").eq(worker))
        .to_owned();
    let select =
        Entity::find().filter(Column::Id.in_subquery(employed)).filter(Column::Status.eq(Status::Active.code()));
    Ok(select.one(db).await?.is_some())
}

fn employments(day: NaiveDate) -> SelectStatement {
    Query::select()
        .from("employments")
        .and_where(Expr::col("since").lte(day))
        .cond_where(Condition::any().add(Expr::col("until").is_null()).add(Expr::col("until").gte(day)))
        .to_owned()
}
