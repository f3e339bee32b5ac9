//! How the platform is: what lags, what failed, what nobody holds, and when the last backup was taken. For metrics, alert
//! rules and `/healthz`.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use kernel::{Instant, Result};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};

use crate::{Db, Tx, journal};

/// Work whose lease ran out so long ago is done by nobody.
const UNHELD: TimeDelta = TimeDelta::minutes(2);

/// What a look at the database found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Entries that each consumer has yet to read, by its name.
    pub behind: BTreeMap<String, i64>,
    /// Recurring work that nobody holds, by its name, with how long in seconds.
    pub unheld: BTreeMap<String, i64>,
    /// Jobs that failed within a day.
    pub failed_jobs: i64,
    /// Since when the oldest job waits, seconds; 0 without any.
    pub oldest_job: i64,
    /// How old the last backup is, seconds; none when there never was one.
    pub backup_age: Option<i64>,
    /// The watchdog stopped the writes.
    pub halted: bool,
    /// The clock jumped and recurring work rests.
    pub clock_in_doubt: bool,
}

impl Health {
    /// Looks.
    ///
    /// # Errors
    /// When the database cannot be read: then the platform is not well.
    pub async fn read(db: &Db) -> Result<Self> {
        let now = db.clock().now();
        let (failed_jobs, oldest_job) = jobs(db, now).await?;
        Ok(Self {
            behind: behind(db).await?,
            unheld: unheld(db, now).await?,
            failed_jobs,
            oldest_job,
            backup_age: marked(db, BACKUP).await?.map(|at| (now - at).num_seconds()),
            halted: db.is_halted(),
            clock_in_doubt: db.is_clock_in_doubt(),
        })
    }

    /// Whether people can work: writes are taken and the clock is believed.
    #[must_use]
    pub fn is_well(&self) -> bool {
        !self.halted && !self.clock_in_doubt
    }
}

/// The mark of the last backup.
pub(crate) const BACKUP: &str = "backup";

/// Notes that something was done now.
pub(crate) async fn mark(tx: &Tx, name: &str) -> Result<()> {
    let insert = Query::insert()
        .into_table("marks")
        .columns(["name", "at"])
        .values([name.into(), tx.now().into()])?
        .on_conflict(OnConflict::column("name").update_column("at").to_owned())
        .to_owned();
    tx.execute(&insert).await?;
    Ok(())
}

async fn marked(db: &Db, name: &str) -> Result<Option<Instant>> {
    let find = Query::select().column("at").from("marks").and_where(Expr::col("name").eq(name)).to_owned();
    let row = db.query_one(&find).await?;
    Ok(row.map(|row| row.try_get("", "at")).transpose()?)
}

/// Both tables have a row a home (and consumer): a province has 160 homes.
async fn behind(db: &Db) -> Result<BTreeMap<String, i64>> {
    let heads: BTreeMap<i32, i64> =
        journal::heads(db).await?.into_iter().map(|head| (head.home.number(), head.seq)).collect();
    let cursors = Query::select().columns(["home", "consumer", "seq"]).from("cursors").to_owned();
    let (all, mut read) = (heads.values().sum::<i64>(), BTreeMap::<String, i64>::new());
    for row in db.query_all(&cursors).await? {
        let (consumer, seq): (String, i64) = (row.try_get("", "consumer")?, row.try_get("", "seq")?);
        *read.entry(consumer).or_default() += seq;
    }
    Ok(read.into_iter().map(|(consumer, read)| (consumer, std::cmp::max(all - read, 0))).collect())
}

async fn unheld(db: &Db, now: Instant) -> Result<BTreeMap<String, i64>> {
    let over = Query::select()
        .columns(["name", "until"])
        .from("leases")
        .and_where(Expr::col("until").lt(now - UNHELD))
        .to_owned();
    let rows = db.query_all(&over).await?;
    rows.iter()
        .map(|row| Ok((row.try_get("", "name")?, (now - row.try_get::<Instant>("", "until")?).num_seconds())))
        .collect()
}

async fn jobs(db: &Db, now: Instant) -> Result<(i64, i64)> {
    let failed = Query::select()
        .expr(Expr::col("id").count())
        .from("jobs")
        .and_where(Expr::col("state").eq("failed"))
        .and_where(Expr::col("ended_at").gt(now - TimeDelta::days(1)))
        .to_owned();
    let failed: i64 = db.query_one(&failed).await?.map_or(Ok(0), |row| row.try_get_by_index(0))?;
    let waiting = Query::select()
        .expr(Expr::col("run_at").min())
        .from("jobs")
        .and_where(Expr::col("state").eq("waiting"))
        .to_owned();
    let oldest: Option<Instant> = db.query_one(&waiting).await?.map_or(Ok(None), |row| row.try_get_by_index(0))?;
    Ok((failed, oldest.map_or(0, |at| std::cmp::max((now - at).num_seconds(), 0))))
}
