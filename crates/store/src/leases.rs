//! Leases: one holder at a time does a recurring piece of work. A lease only saves work; every piece is guarded by
//! itself, so two holders by mistake do no harm.

use std::time::Duration;

use chrono::TimeDelta;
use kernel::{Actor, Failure, Result};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Condition, Expr, ExprTrait, OnConflict, Query},
};
use tokio::sync::watch;
use uuid::Uuid;

use crate::{Db, Lane};

/// A recurring piece of work.
#[derive(Clone, Copy, Debug)]
pub struct Recurring {
    /// The lease's name.
    pub name: &'static str,
    /// How long the lease holds; longer than a pause and a round.
    pub term: TimeDelta,
    /// Between two rounds.
    pub pause: Duration,
}

impl Recurring {
    /// Runs rounds until `stop` is set; of several processes the one with the lease. What went wrong goes to `failed`, and
    /// the next round tries again.
    pub async fn follow<F: Future<Output = Result<u64>>>(
        self,
        db: Db,
        mut stop: watch::Receiver<bool>,
        round: impl Fn(Db) -> F,
        failed: impl Fn(Failure),
    ) {
        let holder = db.ids().uuid(db.clock().now());
        while !*stop.borrow() {
            let done = match hold(&db, self.name, holder, self.term).await {
                _ if db.is_clock_in_doubt() => Ok(0),
                Ok(true) => round(db.clone()).await,
                Ok(false) => Ok(0),
                Err(failure) => Err(failure),
            };
            if let Err(failure) = done {
                failed(failure);
            }
            tokio::select! {
                () = tokio::time::sleep(self.pause) => {}
                changed = stop.changed() => if changed.is_err() { return },
            }
        }
    }
}

/// Takes or prolongs a lease; whether `holder` has it now.
///
/// # Errors
/// Internal failures only.
pub async fn hold(db: &Db, name: &'static str, holder: Uuid, term: TimeDelta) -> Result<bool> {
    db.write(Lane::Jobs, &Actor::system(name), async |tx| {
        let first = Query::insert()
            .into_table("leases")
            .columns(["name", "holder", "until"])
            .values([name.into(), holder.into(), tx.now().into()])?
            .on_conflict(OnConflict::column("name").do_nothing().to_owned())
            .to_owned();
        tx.execute(&first).await?;
        let take = Query::update()
            .table("leases")
            .value("holder", holder)
            .value("until", tx.now() + term)
            .and_where(Expr::col("name").eq(name))
            .cond_where(
                Condition::any()
                    .add(Expr::col("holder").eq(holder))
                    .add(Expr::col("until").lte(tx.now()))
                    // Nobody holds longer than the term: whoever wrote this had a clock that ran ahead.
                    .add(Expr::col("until").gt(tx.now() + term * 2)),
            )
            .to_owned();
        Ok(tx.execute(&take).await?.rows_affected() == 1)
    })
    .await
}
