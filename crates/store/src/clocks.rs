//! Deadlines of cases. A transition sets or stops its clock in the same write; one sweep finds what is due.

use kernel::{Home, Instant, Result};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, OnConflict, Order, Query},
};
use uuid::Uuid;

use crate::Tx;

/// A running clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Home of the case.
    pub home: Home,
    /// The case.
    pub subject: Uuid,
    /// What is due: `order.dispatch`.
    pub kind: String,
    /// When.
    pub due_at: Instant,
}

/// Starts a clock, or sets it anew.
///
/// # Errors
/// Internal failures only.
pub async fn start(tx: &Tx, home: Home, subject: Uuid, kind: &str, due_at: Instant) -> Result<()> {
    let insert = Query::insert()
        .into_table("clocks")
        .columns(["home", "subject", "kind", "due_at"])
        .values([home.number().into(), subject.into(), kind.into(), due_at.into()])?
        .on_conflict(OnConflict::columns(["home", "subject", "kind"]).update_column("due_at").to_owned())
        .to_owned();
    tx.execute(&insert).await?;
    Ok(())
}

/// Stops all clocks of a case.
///
/// # Errors
/// Internal failures only.
pub async fn stop(tx: &Tx, home: Home, subject: Uuid) -> Result<()> {
    let delete = Query::delete()
        .from_table("clocks")
        .and_where(Expr::col("home").eq(home.number()))
        .and_where(Expr::col("subject").eq(subject))
        .to_owned();
    tx.execute(&delete).await?;
    Ok(())
}

/// Claims one due clock: true for exactly one of those who try.
///
/// # Errors
/// Internal failures only.
pub async fn claim(tx: &Tx, clock: &Clock) -> Result<bool> {
    let delete = Query::delete()
        .from_table("clocks")
        .and_where(Expr::col("home").eq(clock.home.number()))
        .and_where(Expr::col("subject").eq(clock.subject))
        .and_where(Expr::col("kind").eq(clock.kind.as_str()))
        .and_where(Expr::col("due_at").eq(clock.due_at))
        .to_owned();
    Ok(tx.execute(&delete).await?.rows_affected() == 1)
}

/// What is due by `at`, earliest first, at most `limit`.
///
/// # Errors
/// Internal failures only.
pub async fn due(db: &impl ConnectionTrait, at: Instant, limit: u64) -> Result<Vec<Clock>> {
    let select = Query::select()
        .columns(["home", "subject", "kind", "due_at"])
        .from("clocks")
        .and_where(Expr::col("due_at").lte(at))
        .order_by("due_at", Order::Asc)
        .limit(limit)
        .to_owned();
    let rows = db.query_all(&select).await?;
    rows.into_iter()
        .map(|row| {
            Ok(Clock {
                home: Home::new(row.try_get("", "home")?)?,
                subject: row.try_get("", "subject")?,
                kind: row.try_get("", "kind")?,
                due_at: row.try_get("", "due_at")?,
            })
        })
        .collect()
}
