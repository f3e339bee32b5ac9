//! Reading visits; whoever may see an order may see its visit.

use kernel::Result;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Query},
};
use store::blobs::Sm3;
use web::commands::Filed;

use super::{Moment, Proof, Visit, evidence, model};
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

/// What proves a visit, earliest first; a photo counts as kept when its file is here for good and no other visit has it.
///
/// # Errors
/// Internal failures only.
pub async fn proofs(db: &impl ConnectionTrait, visit: &Visit) -> Result<Vec<Proof>> {
    let mut proofs: Vec<_> = evidence(db, visit).await?.iter().map(evidence::Model::proof).collect::<Result<_>>()?;
    for proof in &mut proofs {
        let step = match proof.moment {
            Moment::Arrival => Some(visit.started_at),
            Moment::Departure => visit.ended_at,
            Moment::After => None,
        };
        proof.age_secs = step.map_or(0, |step| (proof.at - step).num_seconds().abs());
    }
    let sums: Vec<_> = proofs.iter().filter_map(|proof| proof.digest).collect();
    if sums.is_empty() {
        return Ok(proofs);
    }
    let (here, elsewhere) = (kept(db, visit, &sums).await?, reused(db, visit, &sums).await?);
    for proof in &mut proofs {
        proof.is_kept = proof.digest.is_some_and(|sum| here.contains(&sum) && !elsewhere.contains(&sum));
    }
    Ok(proofs)
}

/// Which files of the visit's elder are here for good.
async fn kept(db: &impl ConnectionTrait, visit: &Visit, sums: &[Sm3]) -> Result<Vec<Sm3>> {
    let select = Query::select()
        .column("sm3")
        .from("files")
        .and_where(Expr::col("home").eq(visit.home))
        .and_where(Expr::col("subject").eq(visit.elder))
        .and_where(Expr::col("sm3").is_in(sums.iter().map(|sum| sum.0.to_vec())))
        .and_where(Expr::col("state").eq("referenced"))
        .to_owned();
    let rows = db.query_all(&select).await?;
    rows.iter().map(|row| Ok(row.try_get::<Vec<u8>>("", "sm3")?.try_into()?)).collect()
}

/// Which photos another visit has as well.
///
/// # Errors
/// Internal failures only.
pub(super) async fn reused(db: &impl ConnectionTrait, visit: &Visit, sums: &[Sm3]) -> Result<Vec<Sm3>> {
    let select = evidence::Entity::find()
        .filter(evidence::Column::Home.eq(visit.home))
        .filter(evidence::Column::Digest.is_in(sums.iter().map(Sm3::to_string)))
        .filter(evidence::Column::Visit.ne(visit.id))
        .limit(20);
    let rows = select.all(db).await?;
    Ok(rows.iter().filter_map(|row| row.digest.as_deref()?.parse().ok()).collect())
}

/// The visits of a person that a photo is told for.
///
/// # Errors
/// Internal failures only.
pub(super) async fn shown_by(db: &impl ConnectionTrait, file: Filed) -> Result<Vec<(Visit, Moment)>> {
    let select = evidence::Entity::find()
        .filter(evidence::Column::Home.eq(file.home.number()))
        .filter(evidence::Column::Digest.eq(file.sm3.to_string()))
        .order_by_asc(evidence::Column::At);
    let mut found: Vec<(Visit, Moment)> = Vec::new();
    for row in select.all(db).await? {
        if found.iter().any(|(visit, _)| visit.id == row.visit) {
            continue;
        }
        let visit = model::Entity::find()
            .filter(model::Column::Home.eq(row.home))
            .filter(model::Column::Id.eq(row.visit))
            .filter(model::Column::Elder.eq(file.person));
        if let Some(visit) = visit.one(db).await? {
            found.push((visit, row.proof()?.moment));
        }
    }
    Ok(found)
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
