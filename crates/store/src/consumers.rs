//! Effects that follow the journal: a consumer reads each home's chain in order and moves its cursor in the same
//! transaction as its effect, so that every entry takes effect exactly once, whatever is killed in between.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use kernel::{Actor, Home, Result};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};
use tokio::sync::watch;

use crate::{Db, Lane, Tx, guarded, journal, leases};

/// Entries folded in one transaction.
const BATCH: u64 = 500;

/// Something that follows the journal.
#[async_trait]
pub trait Consumer: Send + Sync {
    /// Stable name; its cursors stand under it.
    fn name(&self) -> &'static str;

    /// Takes the entries, in order, of one home. Called again with the same entries when the transaction fails.
    ///
    /// # Errors
    /// Any failure stops the consumer at this point until the next round.
    async fn take(&self, tx: &Tx, entries: &[journal::Entry]) -> Result<()>;
}

/// Lets a consumer read all it has not read yet; how many entries it took. A home that fails holds back no other.
///
/// # Errors
/// The first failure; what was taken stays taken.
pub async fn catch_up(db: &Db, consumer: &dyn Consumer) -> Result<u64> {
    let (mut taken, mut failed) = (0, None);
    for (home, seq) in journal::behind(db, consumer.name()).await? {
        match catch_up_home(db, consumer, home, seq).await {
            Ok(count) => taken += count,
            Err(failure) => failed = failed.or(Some(failure)),
        }
    }
    failed.map_or(Ok(taken), Err)
}

async fn catch_up_home(db: &Db, consumer: &dyn Consumer, home: Home, mut seq: i64) -> Result<u64> {
    let mut taken = 0;
    loop {
        let entries = journal::after(db, home, seq, BATCH).await?;
        let Some(last) = entries.last() else { return Ok(taken) };
        let next = last.seq;
        db.write(Lane::Jobs, &Actor::system(consumer.name()), async |tx| {
            advance(&tx, consumer.name(), home, seq, next).await?;
            consumer.take(&tx, &entries).await
        })
        .await?;
        taken += entries.len() as u64;
        seq = next;
    }
}

/// Moves a cursor from where this reader saw it; [`kernel::Common::Raced`] when another reader moved it.
async fn advance(tx: &Tx, consumer: &str, home: Home, from: i64, to: i64) -> Result<()> {
    if from == 0 {
        let begin = Query::insert()
            .into_table("cursors")
            .columns(["home", "consumer", "seq"])
            .values([home.number().into(), consumer.into(), 0_i64.into()])?
            .on_conflict(OnConflict::columns(["home", "consumer"]).do_nothing().to_owned())
            .to_owned();
        tx.execute(&begin).await?;
    }
    let update = Query::update()
        .table("cursors")
        .value("seq", to)
        .and_where(Expr::col("home").eq(home.number()))
        .and_where(Expr::col("consumer").eq(consumer))
        .and_where(Expr::col("seq").eq(from))
        .to_owned();
    guarded(tx.execute(&update).await?.rows_affected())
}

/// Runs a consumer until `stop` is set: after each commit of this process, and every half second for those of others;
/// of several processes the one with the lease.
pub async fn follow(db: Db, consumer: Arc<dyn Consumer>, mut stop: watch::Receiver<bool>) {
    let (mut commits, holder) = (db.commits(), db.ids().uuid(db.clock().now()));
    let mut held_until = None;
    while !*stop.borrow() {
        let now = db.clock().now();
        if held_until.is_none_or(|until| until <= now + TimeDelta::seconds(5)) {
            held_until = match leases::hold(&db, consumer.name(), holder, TimeDelta::seconds(15)).await {
                Ok(true) => Some(now + TimeDelta::seconds(15)),
                Ok(false) => None,
                Err(failure) => {
                    tracing::warn!(?failure, consumer = consumer.name(), "no lease");
                    None
                }
            };
        }
        if held_until.is_some()
            && let Err(failure) = catch_up(&db, &*consumer).await
        {
            tracing::error!(?failure, consumer = consumer.name(), "a consumer stopped; it tries again");
        }
        tokio::select! {
            () = tokio::time::sleep(std::time::Duration::from_millis(500)) => {}
            changed = commits.changed() => if changed.is_err() { return },
            changed = stop.changed() => if changed.is_err() { return },
        }
    }
}
