//! Long work that outlives the request which began it: an own table, written in the business transaction, with
//! progress that a page or a terminal can show, resumed by another process when its holder dies.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Actor, Common, Failure, Result};
use sea_orm::{
    ConnectionTrait, QueryResult,
    sea_query::{Condition, Expr, ExprTrait, Order, Query},
};
use tokio::sync::watch;
use uuid::Uuid;

use crate::{Db, Lane, Tx, guarded};

const COLUMNS: [&str; 10] =
    ["id", "kind", "body", "state", "tries", "progress", "total", "note", "made_at", "ended_at"];
/// How long a holder may be silent before another takes over.
const TERM: TimeDelta = TimeDelta::seconds(60);
/// Further ahead than any pause: whoever wrote it had a clock that ran ahead.
const FAR: TimeDelta = TimeDelta::hours(3);
/// Failures, or holders that died over it, after which a job is given up.
const TRIES: i32 = 5;

/// A job as pages show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: Uuid,
    /// What runs it.
    pub kind: String,
    /// JSON for the one who runs it.
    pub body: String,
    /// `waiting`, `running`, `done` or `failed`.
    pub state: String,
    /// How often it failed.
    pub tries: i32,
    /// Units done.
    pub progress: i64,
    /// Units in all, 0 while unknown.
    pub total: i64,
    /// What it is doing or why it failed.
    pub note: String,
    /// When it was asked for.
    pub made_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

/// Does one kind of job. Called again from the start after a failure or a kill: each step is idempotent.
#[async_trait]
pub trait Worker: Send + Sync {
    /// The kind it does.
    fn kind(&self) -> &'static str;

    /// Does it; `Handle::progress` tells how far it is and keeps the hold.
    ///
    /// # Errors
    /// A refusal ends the job as failed with its sentence; an internal failure is tried again.
    async fn run(&self, db: &Db, job: &Job, handle: &Handle) -> Result<()>;
}

/// A running job's line to the table.
#[derive(Debug)]
pub struct Handle {
    db: Db,
    id: Uuid,
    holder: Uuid,
}

impl Handle {
    /// Notes the progress and prolongs the hold.
    ///
    /// # Errors
    /// [`Common::Raced`] when another process took the job over: stop at once.
    pub async fn progress(&self, done: i64, total: i64, note: &str) -> Result<()> {
        self.db
            .write(Lane::Jobs, &Actor::system("jobs"), async |tx| {
                let update = Query::update()
                    .table("jobs")
                    .value("progress", done)
                    .value("total", total)
                    .value("note", note)
                    .value("held_until", tx.now() + TERM)
                    .and_where(Expr::col("id").eq(self.id))
                    .and_where(Expr::col("holder").eq(self.holder))
                    .to_owned();
                guarded(tx.execute(&update).await?.rows_affected())
            })
            .await
    }
}

/// Asks for a job in the running transaction.
///
/// # Errors
/// Internal failures only.
pub async fn ask(tx: &Tx, kind: &str, body: &serde_json::Value) -> Result<Uuid> {
    let id = tx.uuid();
    let insert = Query::insert()
        .into_table("jobs")
        .columns(["id", "kind", "body", "state", "tries", "run_at", "progress", "total", "note", "actor", "made_at"])
        .values([
            id.into(),
            kind.into(),
            body.to_string().into(),
            "waiting".into(),
            0.into(),
            tx.now().into(),
            0_i64.into(),
            0_i64.into(),
            "".into(),
            tx.actor().journal_name().into(),
            tx.now().into(),
        ])?
        .to_owned();
    tx.execute(&insert).await?;
    Ok(id)
}

/// A job by id.
///
/// # Errors
/// [`Common::NotFound`], or internal failures.
pub async fn get(db: &impl ConnectionTrait, id: Uuid) -> Result<Job> {
    let select = Query::select().columns(COLUMNS).from("jobs").and_where(Expr::col("id").eq(id)).to_owned();
    let row = db.query_one(&select).await?.ok_or(Common::NotFound)?;
    job(&row)
}

fn job(row: &QueryResult) -> Result<Job> {
    Ok(Job {
        id: row.try_get("", "id")?,
        kind: row.try_get("", "kind")?,
        body: row.try_get("", "body")?,
        state: row.try_get("", "state")?,
        tries: row.try_get("", "tries")?,
        progress: row.try_get("", "progress")?,
        total: row.try_get("", "total")?,
        note: row.try_get("", "note")?,
        made_at: row.try_get("", "made_at")?,
        ended_at: row.try_get("", "ended_at")?,
    })
}

/// Does what waits, once; how many jobs were taken up.
///
/// # Errors
/// Internal failures of the table itself; a job's own failure is noted in its row.
pub async fn round(db: &Db, workers: &[Arc<dyn Worker>]) -> Result<u64> {
    let mut taken = 0;
    while let Some((job, holder)) = claim(db).await? {
        taken += 1;
        let handle = Handle { db: db.clone(), id: job.id, holder };
        let outcome = match workers.iter().find(|worker| worker.kind() == job.kind) {
            Some(worker) => worker.run(db, &job, &handle).await,
            None => Err(Failure::internal(format!("nobody does jobs of kind {}", job.kind))),
        };
        end(db, &job, holder, outcome).await?;
    }
    Ok(taken)
}

/// Claims the job that waits longest, or one whose holder fell silent.
async fn claim(db: &Db) -> Result<Option<(Job, Uuid)>> {
    let now = db.clock().now();
    let holder = db.ids().uuid(now);
    let past = |column, far| Condition::any().add(Expr::col(column).lte(now)).add(Expr::col(column).gt(now + far));
    let free = || {
        Condition::any()
            .add(Condition::all().add(Expr::col("state").eq("waiting")).add(past("run_at", FAR)))
            .add(Condition::all().add(Expr::col("state").eq("running")).add(past("held_until", TERM * 2)))
    };
    let select = Query::select()
        .columns(COLUMNS)
        .from("jobs")
        .cond_where(free())
        .order_by("run_at", Order::Asc)
        .limit(1)
        .to_owned();
    let Some(row) = db.query_one(&select).await? else { return Ok(None) };
    let mut job = job(&row)?;
    // A holder that fell silent died over it, perhaps of it.
    job.tries += i32::from(job.state == "running");
    let lost = job.tries >= TRIES;
    let won = db
        .write(Lane::Jobs, &Actor::system("jobs"), async |tx| {
            let update = Query::update()
                .table("jobs")
                .value("state", if lost { "failed" } else { "running" })
                .value("tries", job.tries)
                .value("holder", holder)
                .value("held_until", now + TERM)
                .value("ended_at", lost.then_some(now))
                .value("note", if lost { "做这件事时程序多次中断，已停止重试" } else { job.note.as_str() })
                .and_where(Expr::col("id").eq(job.id))
                .cond_where(free())
                .to_owned();
            Ok(tx.execute(&update).await?.rows_affected() == 1)
        })
        .await?;
    if won && lost {
        tracing::error!(job.id = %job.id, job.kind = job.kind, "a job is given up: its holders died over it");
        return Box::pin(claim(db)).await;
    }
    Ok(won.then_some((job, holder)))
}

async fn end(db: &Db, job: &Job, holder: Uuid, outcome: Result<()>) -> Result<()> {
    let (state, tries, note) = match outcome {
        Ok(()) => ("done", job.tries, None),
        Err(Failure::Refused(refused)) => ("failed", job.tries, Some(refused.text.to_string())),
        Err(failure) => {
            tracing::error!(?failure, job.id = %job.id, job.kind = job.kind, "a job failed");
            let state = if job.tries + 1 < TRIES { "waiting" } else { "failed" };
            (state, job.tries + 1, Some("内部错误，已记录".to_owned()))
        }
    };
    db.write(Lane::Jobs, &Actor::system("jobs"), async |tx| {
        let mut update = Query::update();
        update.table("jobs").value("state", state).value("tries", tries);
        if state == "waiting" {
            update.value("run_at", tx.now() + TimeDelta::seconds(5 << tries.clamp(0, 10)));
        } else {
            update.value("ended_at", tx.now());
        }
        if let Some(note) = note {
            update.value("note", note);
        }
        update.and_where(Expr::col("id").eq(job.id)).and_where(Expr::col("holder").eq(holder));
        tx.execute(&update).await?;
        Ok(())
    })
    .await
}

/// Does jobs until `stop` is set.
pub async fn work(db: Db, workers: Vec<Arc<dyn Worker>>, mut stop: watch::Receiver<bool>) {
    let mut commits = db.commits();
    while !*stop.borrow() {
        if let Err(failure) = round(&db, &workers).await {
            tracing::error!(?failure, "jobs cannot be read; trying again");
        }
        tokio::select! {
            () = tokio::time::sleep(std::time::Duration::from_secs(1)) => {}
            changed = commits.changed() => if changed.is_err() { return },
            changed = stop.changed() => if changed.is_err() { return },
        }
    }
}
