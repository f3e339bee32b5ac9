//! “不对”: the elder, the family or a call agent says that a visit was not as told.

use chrono::TimeDelta;
use kernel::{Action, Facts, Key, Result};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, sea_query::Expr};
use store::{Tx, clocks, guarded, journal};

use super::{Why, visible};
use crate::orders::{
    Column, Complaint, Entity, Order, Refusal, Stage,
    events::{self, OrderFacts},
    queries,
};

/// The clock under which a disputed visit waits to be looked into.
const CLOCK: &str = "order.dispute";

/// 异议: the order stays 待确认 and is no longer confirmed by silence; its provider and the call centre are told, and a
/// new deadline runs by which a person must have looked.
///
/// # Errors
/// [`Refusal::Moved`] unless it waits for a confirmation; [`Refusal::AlreadyDisputed`]; [`kernel::Common`].
pub async fn dispute(tx: &Tx, key: Key<Order>, why: &Why<Complaint>) -> Result<Order> {
    let order = visible(tx, key).await?;
    tx.actor().may(Action::ConfirmOrder)?;
    let stage = order.stage()?;
    if stage != Stage::Served {
        return Err(Refusal::Moved { from: stage.word().to_owned() }.into());
    }
    if is_disputed(tx, &order).await? {
        return Err(Refusal::AlreadyDisputed.into());
    }
    let rules = queries::rules(tx, order.place()?, tx.today()).await?;
    let due_at = tx.now() + TimeDelta::hours(rules.dispute_hours);
    let after = Order { due_at: Some(due_at), version: order.version + 1, ..order.clone() };
    let update = Entity::update_many()
        .col_expr(Column::DueAt, Expr::value(after.due_at))
        .col_expr(Column::Version, Expr::value(after.version))
        .filter(Column::Home.eq(order.home))
        .filter(Column::Id.eq(order.id))
        .filter(Column::Status.eq(order.status))
        .filter(Column::Version.eq(order.version));
    guarded(update.exec(tx).await?.rows_affected)?;
    clocks::stop(tx, order.home()?, order.id).await?;
    clocks::start(tx, order.home()?, order.id, CLOCK, due_at).await?;
    let facts = OrderFacts::of(Some(&order), &after)?.because([why.reason.name()]);
    tx.journal(events::event::<events::Disputed>(tx, &after, facts, why.words.as_ref()).await?);
    Ok(after)
}

/// Whether somebody said that the visit of an order was not as told.
///
/// # Errors
/// Internal failures only.
pub async fn is_disputed(db: &impl ConnectionTrait, order: &Order) -> Result<bool> {
    let history = journal::history(db, order.home()?, order.id).await?;
    Ok(history.iter().any(|entry| entry.kind == events::Disputed::KIND))
}
