//! Reading visits; whoever may see an order may see its visit.

use kernel::Result;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::{Proof, Visit, evidence, model};
use crate::orders::Order;

/// The visit of an order that the caller loaded through a scope.
///
/// # Errors
/// Internal failures only.
pub async fn of_order(db: &impl ConnectionTrait, order: &Order) -> Result<Option<Visit>> {
    let select =
        model::Entity::find().filter(model::Column::Home.eq(order.home)).filter(model::Column::OrderId.eq(order.id));
    Ok(select.one(db).await?)
}

/// What proves a visit, earliest first.
///
/// # Errors
/// Internal failures only.
pub async fn proofs(db: &impl ConnectionTrait, visit: &Visit) -> Result<Vec<Proof>> {
    evidence(db, visit).await?.iter().map(evidence::Model::proof).collect()
}

/// The rows of what proves a visit, earliest first.
///
/// # Errors
/// Internal failures only.
pub async fn evidence(db: &impl ConnectionTrait, visit: &Visit) -> Result<Vec<evidence::Model>> {
    let select = evidence::Entity::find()
        .filter(evidence::Column::Home.eq(visit.home))
        .filter(evidence::Column::Visit.eq(visit.id))
        .order_by_asc(evidence::Column::At)
        .order_by_asc(evidence::Column::Id);
    Ok(select.all(db).await?)
}
