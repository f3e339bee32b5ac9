//! A running write: one moment, one actor, and the events that will be journaled when it commits.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use chrono::NaiveDate;
use kernel::{Actor, Common, Event, Failure, Ids, Instant, Result, business_day};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use uuid::Uuid;

use crate::{Db, Engine, Lane, heads::HeadSeal, journal, pool::Transaction, watchdog::Witness};

/// The handle of a running transaction. Cheap to clone; it ends with [`Db::write`].
#[derive(Clone)]
pub struct Tx(Arc<Inner>);

struct Inner {
    conn: Arc<Transaction>,
    db: Db,
    lane: Lane,
    now: Instant,
    actor: Actor,
    ids: Arc<Ids>,
    events: Mutex<Vec<Event>>,
}

impl Tx {
    pub(crate) fn new(conn: Arc<Transaction>, (db, lane): (&Db, Lane), actor: &Actor) -> Self {
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

    pub(crate) fn head_seal(&self) -> Option<&HeadSeal> {
        self.0.db.head_seal()
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

    /// Appends the events; the last of them, when there was any. The handle must be the only one left.
    pub(crate) async fn close(self) -> Result<Option<Witness>> {
        let events = std::mem::take(&mut *self.events());
        let last = journal::append(&self, events).await?;
        match Arc::into_inner(self.0) {
            Some(_) => Ok(last),
            None => Err(Failure::internal("a transaction handle was kept beyond its write")),
        }
    }

    /// A statement within its time; one that was given up spoils the transaction.
    async fn within<T>(&self, work: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        let done = self.0.db.within(self.0.lane, work).await;
        if done.is_err() {
            self.0.conn.spoil();
        }
        done
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
        self.within(self.0.conn.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> std::result::Result<ExecResult, DbErr> {
        self.within(self.0.conn.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> std::result::Result<Option<QueryResult>, DbErr> {
        self.within(self.0.conn.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> std::result::Result<Vec<QueryResult>, DbErr> {
        self.within(self.0.conn.query_all_raw(statement)).await
    }
}
