//! How a move is kept: guarded row, deadline, relations, all in the caller's write.

use kernel::{Home, Instant, Result, business_day};
use sea_orm::{ActiveValue::NotSet, ColumnTrait, EntityTrait, QueryFilter};
use store::{
    Tx, clocks,
    grants::{self, Grant, Reason},
    guarded,
};
use uuid::Uuid;

use super::{Column, Entity, Order, OrderClocks, Stage, queries, row};

/// Keeps `after` in place of `before`, unless another write came first; the deadline of its stage runs from `since`.
/// The row as kept.
pub(super) async fn keep(tx: &Tx, before: &Order, after: Order, rules: &OrderClocks, since: Instant) -> Result<Order> {
    let after = Order { version: before.version + 1, ..dated(closed_by(after, tx.now())?, rules, since)? };
    let mut columns = row(after.clone());
    (columns.home, columns.id) = (NotSet, NotSet);
    let update = Entity::update_many()
        .set(columns)
        .filter(Column::Home.eq(before.home))
        .filter(Column::Id.eq(before.id))
        .filter(Column::Status.eq(before.status))
        .filter(Column::Version.eq(before.version));
    guarded(update.exec(tx).await?.rows_affected)?;
    set_clock(tx, &after, rules, since).await?;
    relate(tx, Some(before), &after).await?;
    Ok(after)
}

/// Keeps a new order.
pub(super) async fn keep_first(tx: &Tx, order: Order, rules: &OrderClocks) -> Result<Order> {
    let order = dated(order, rules, tx.now())?;
    Entity::insert(row(order.clone())).exec_without_returning(tx).await?;
    set_clock(tx, &order, rules, tx.now()).await?;
    relate(tx, None, &order).await?;
    Ok(order)
}

/// Clock and relations of an order that was written open; its stage began at `since`.
pub(super) async fn follow(tx: &Tx, order: &Order, since: Instant) -> Result<()> {
    let rules = queries::rules(tx, order.place()?, business_day(since)).await?;
    set_clock(tx, order, &rules, since).await?;
    relate(tx, None, order).await
}

/// The row with the deadline of its stage, which began at `since`; with its end when that is where it ends.
pub(super) fn dated(order: Order, rules: &OrderClocks, since: Instant) -> Result<Order> {
    let due_at = rules.due(&order, order.stage()?, since).map(|(_, at)| at);
    Ok(Order { due_at, ..closed_by(order, since)? })
}

/// The row with its end, if its stage is final and it has none yet.
fn closed_by(order: Order, at: Instant) -> Result<Order> {
    let closed_at = (!order.stage()?.is_open()).then(|| order.closed_at.unwrap_or(at));
    Ok(Order { closed_at, ..order })
}

async fn set_clock(tx: &Tx, order: &Order, rules: &OrderClocks, since: Instant) -> Result<()> {
    let home = order.home()?;
    clocks::stop(tx, home, order.id).await?;
    if let Some((kind, due_at)) = rules.due(order, order.stage()?, since) {
        clocks::start(tx, home, order.id, kind, due_at).await?;
    }
    Ok(())
}

/// Gives and ends the relations by which the provider and the crew see the elder.
async fn relate(tx: &Tx, before: Option<&Order>, after: &Order) -> Result<()> {
    let home: Home = after.home()?;
    let had = before.map(grantees).transpose()?.unwrap_or_default();
    let have = grantees(after)?;
    for (grantee, _) in had.iter().filter(|grantee| !have.contains(grantee)) {
        grants::end(tx, home, after.id, *grantee).await?;
    }
    for (grantee, reason) in have.iter().filter(|grantee| !had.contains(grantee)) {
        let grant = Grant {
            home,
            grantee: *grantee,
            elder: after.elder,
            place: after.place()?,
            reason: *reason,
            cause: after.id,
            until: None,
        };
        grants::give(tx, grant).await?;
    }
    Ok(())
}

/// Who sees the elder because of an order: the provider while it is open, the crew from the offer to the confirmation.
fn grantees(order: &Order) -> Result<Vec<(Uuid, Reason)>> {
    let stage = order.stage()?;
    let provider = order.provider.filter(|_| stage.is_open()).map(|id| (id, Reason::Order));
    let serving = matches!(stage, Stage::Offered | Stage::Taken | Stage::Serving | Stage::Served);
    let crew = [order.worker, order.second].into_iter().flatten().filter(|_| serving).map(|id| (id, Reason::Visit));
    Ok(provider.into_iter().chain(crew).collect())
}
