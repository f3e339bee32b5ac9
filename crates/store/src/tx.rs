//! A running write: one moment, one actor, and the events that will be journaled when it commits.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use chrono::NaiveDate;
use kernel::{Actor, Common, Event, Failure, Ids, Instant, Result, business_day};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use uuid::Uuid;

use crate::{Db, Engine, Lane, journal};

/// The handle of a running transaction. Cheap to clone; it ends with [`Db::write`].
#[derive(Clone)]
pub struct Tx(Arc<Inner>);

struct Inner {
    conn: DatabaseTransaction,
    db: Db,
    lane: Lane,
    now: Instant,
    actor: Actor,
    ids: Arc<Ids>,
    events: Mutex<Vec<Event>>,
}

impl Tx {
    pub(crate) fn new(conn: DatabaseTransaction, (db, lane): (&Db, Lane), actor: &Actor) -> Self {
        Self(Arc::new(Inner {
            conn,
            db: db.clone(),
            lane,
            now: db.clock().now(),
            actor: actor.clone(),
            ids: db.ids().clone(),
            events: Mutex::default(),
        }))
    }

    /// The moment of this write; the same for all its rows.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.0.now
    }

    /// The day of business of this write.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        business_day(self.0.now)
    }

    /// Who writes.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.0.actor
    }

    /// A new id of this moment.
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        self.0.ids.uuid(self.0.now)
    }

    /// The source of randomness.
    #[must_use]
    pub fn ids(&self) -> &Ids {
        &self.0.ids
    }

    /// The engine, for [`crate::dialect`] only.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.0.db.engine()
    }

    pub(crate) fn node(&self) -> i16 {
        self.0.db.node()
    }

    /// Notes what happened; it is appended to the chain of its home when the transaction commits, or not at all.
    pub fn journal(&self, event: Event) {
        self.events().push(event);
    }

    fn events(&self) -> MutexGuard<'_, Vec<Event>> {
        self.0.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends the events and commits; whether anything was journaled.
    pub(crate) async fn commit(self) -> Result<bool> {
        let events = std::mem::take(&mut *self.events());
        let journaled = !events.is_empty();
        journal::append(&self, events).await?;
        let lane = self.0.lane;
        let (conn, db) = self.end()?;
        db.within(lane, conn.commit()).await?;
        Ok(journaled)
    }

    pub(crate) async fn roll_back(self) {
        // A roll-back that fails leaves nothing either: the connection is closed and the engine rolls back.
        let lane = self.0.lane;
        if let Ok((conn, db)) = self.end()
            && let Err(error) = db.within(lane, conn.rollback()).await
        {
            tracing::warn!(%error, "rolling back failed");
        }
    }

    fn end(self) -> Result<(DatabaseTransaction, Db)> {
        Arc::into_inner(self.0)
            .map(|inner| (inner.conn, inner.db))
            .ok_or_else(|| Failure::internal("a transaction handle was kept beyond its write"))
    }
}

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tx({} by {})", self.0.now, self.0.actor.journal_name())
    }
}

/// Passes when a guarded statement (`… WHERE status = old AND version = n`) changed exactly the one row it meant.
///
/// # Errors
/// [`Common::Raced`] when another write came first.
pub fn guarded(rows_affected: u64) -> Result<()> {
    if rows_affected == 1 { Ok(()) } else { Err(Common::Raced.into()) }
}

#[async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        self.0.db.engine().backend()
    }

    async fn execute_raw(&self, statement: Statement) -> std::result::Result<ExecResult, DbErr> {
        self.0.db.within(self.0.lane, self.0.conn.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> std::result::Result<ExecResult, DbErr> {
        self.0.db.within(self.0.lane, self.0.conn.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> std::result::Result<Option<QueryResult>, DbErr> {
        self.0.db.within(self.0.lane, self.0.conn.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> std::result::Result<Vec<QueryResult>, DbErr> {
        self.0.db.within(self.0.lane, self.0.conn.query_all_raw(statement)).await
    }
}
