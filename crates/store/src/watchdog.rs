//! The watchdog of commits: what was acknowledged must be seen by a reader. If it is not, nothing more is acknowledged.

use std::time::Duration;

use kernel::{Home, Result};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, Query},
};
use tokio::sync::watch;

use crate::Db;

/// How long a commit may take until a reader sees it.
const SEEN_WITHIN: Duration = Duration::from_secs(1);
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What a commit says it kept: the last number of a home's chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Whose chain.
    pub home: Home,
    /// The number of its last entry.
    pub seq: i64,
}

/// Holds the last commit of each round against what a reader sees, until `stop` is set. A commit that nobody sees stops
/// all writes of this process.
pub async fn watch(db: Db, mut stop: watch::Receiver<bool>) {
    let mut commits = db.commits();
    while !*stop.borrow() {
        if let Some(witness) = db.last_commit() {
            hold(&db, witness).await;
        }
        tokio::select! {
            changed = commits.changed() => if changed.is_err() { return },
            changed = stop.changed() => if changed.is_err() { return },
        }
    }
}

/// Looks until the commit is seen, or stops the writes.
pub async fn hold(db: &Db, witness: Witness) {
    let since = tokio::time::Instant::now();
    loop {
        match seen(db, witness).await {
            Ok(true) => return,
            // A database that cannot be read says nothing about what it keeps.
            Err(failure) => {
                tracing::warn!(?failure, "the watchdog cannot read");
                return;
            }
            Ok(false) if since.elapsed() < SEEN_WITHIN => tokio::time::sleep(LOOK_EVERY).await,
            Ok(false) => {
                tracing::error!(
                    ?witness,
                    "ALARM: a commit was acknowledged and is not there; no more writes are taken"
                );
                return db.halt();
            }
        }
    }
}

async fn seen(db: &Db, witness: Witness) -> Result<bool> {
    let head = Query::select()
        .column("seq")
        .from("journal_heads")
        .and_where(Expr::col("home").eq(witness.home.number()))
        .to_owned();
    let row = db.read().query_one(&head).await?;
    let seq: i64 = row.map(|row| row.try_get("", "seq")).transpose()?.unwrap_or_default();
    Ok(seq >= witness.seq)
}
