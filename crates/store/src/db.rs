//! Opening the database, reading, and the one way to write.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use kernel::{Actor, Clock, Failure, Ids, Result, refusals};
use sea_orm::{
    ConnAcquireErr, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, Statement, TransactionTrait,
};
use tokio::sync::watch;

use crate::{
    Engine, Lane, Tx, dialect,
    lane::{Lanes, Pass},
};

refusals! {
    /// How opening says no.
    pub enum Refusal {
        /// The URL names an engine that this program does not know.
        UnknownEngine { url: String } => (Invalid, "store.unknown_engine", "不认识的数据库地址“{url}”，要以 sqlite: 或 postgres: 开头"),
    }
}

/// How to open a database.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `sqlite:data/sangyu.db`, `postgres://user@host/name`.
    pub url: String,
    /// Readers (SQLite) or connections of each pool (PostgreSQL).
    pub connections: u32,
    /// The number of this node in an exchange of several; 0 alone.
    pub node: i16,
}

/// The database. Cheap to clone. Reads go through it or [`Db::read`]; writes through [`Db::write`] only.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    engine: Engine,
    node: i16,
    read: DatabaseConnection,
    write: DatabaseConnection,
    lanes: Arc<Lanes>,
    clock: Arc<dyn Clock>,
    ids: Arc<Ids>,
    wake: watch::Sender<u64>,
    /// Milliseconds that one statement may take; 0 without a limit.
    limit: AtomicU64,
}

impl Db {
    /// Opens a database; it does not migrate.
    ///
    /// # Errors
    /// A refusal for an engine that the program does not know, or an internal failure when it cannot be reached.
    pub async fn open(settings: &Settings, clock: Arc<dyn Clock>, ids: Arc<Ids>) -> Result<Self> {
        let Some(engine) = Engine::of(&settings.url) else {
            let scheme = settings.url.split(':').next().unwrap_or_default().to_owned();
            return Err(Refusal::UnknownEngine { url: scheme }.into());
        };
        let pool = |writes| dialect::pool(engine, &settings.url, writes, settings.connections);
        let write = Database::connect(pool(true)).await?;
        let read = Database::connect(pool(false)).await?;
        let writers = if engine == Engine::Sqlite { 1 } else { settings.connections as usize };
        let (wake, _) = watch::channel(0);
        let lanes = Lanes::new(writers);
        let limit = AtomicU64::new(0);
        Ok(Self(Arc::new(Inner { engine, node: settings.node, read, write, lanes, clock, ids, wake, limit })))
    }

    /// The engine it stands on; for [`dialect`] only.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.0.engine
    }

    /// The pool of readers.
    #[must_use]
    pub fn read(&self) -> &DatabaseConnection {
        &self.0.read
    }

    /// The writing side, for migrations and maintenance outside any transaction.
    pub(crate) fn maintenance(&self) -> &DatabaseConnection {
        &self.0.write
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// The source of ids.
    #[must_use]
    pub fn ids(&self) -> &Arc<Ids> {
        &self.0.ids
    }

    /// From now on no read and no interactive write waits longer for one statement: a server that hangs is away. For
    /// processes that serve people; jobs and bulk work have no limit.
    pub fn limit_statements(&self, limit: Duration) {
        self.0.limit.store(u64::try_from(limit.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// A statement within its time, where its lane has one.
    pub(crate) async fn within<T>(
        &self,
        lane: Lane,
        work: impl Future<Output = std::result::Result<T, DbErr>>,
    ) -> std::result::Result<T, DbErr> {
        match (lane, self.0.limit.load(Ordering::Relaxed)) {
            (_, 0) | (Lane::Jobs | Lane::Bulk, _) => work.await,
            (Lane::Interactive, limit) => match tokio::time::timeout(Duration::from_millis(limit), work).await {
                Ok(done) => done,
                Err(_) => Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)),
            },
        }
    }

    /// This node's number.
    #[must_use]
    pub fn node(&self) -> i16 {
        self.0.node
    }

    /// Changes after each commit of this process that journaled something.
    #[must_use]
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.0.wake.subscribe()
    }

    /// How many writers wait: interactive, jobs, bulk.
    #[must_use]
    pub fn waiting_writers(&self) -> [usize; 3] {
        self.0.lanes.waiting()
    }

    /// The one way to write: waits for the lane, begins, runs `change`, appends what it journaled to the chains, and
    /// commits; on any failure nothing is kept. `change` awaits nothing foreign.
    ///
    /// # Errors
    /// What `change` returns; [`kernel::Common::Raced`] when another transaction was in the way;
    /// [`kernel::Common::Unavailable`] when the database cannot be reached.
    pub async fn write<T, F>(&self, lane: Lane, actor: &Actor, change: F) -> Result<T>
    where
        F: AsyncFnOnce(Tx) -> Result<T>,
    {
        let result = self.attempt(lane, actor, change).await;
        result.map_err(|failure| match failure.cause::<DbErr>() {
            Some(error) if dialect::is_contention(error) => kernel::Common::Raced.into(),
            _ => unavailable_if_away(failure),
        })
    }

    async fn attempt<T, F>(&self, lane: Lane, actor: &Actor, change: F) -> Result<T>
    where
        F: AsyncFnOnce(Tx) -> Result<T>,
    {
        let pass = self.0.lanes.enter(lane).await;
        let tx = Tx::new(self.begin(lane).await?, (self, lane), actor);
        match change(tx.clone()).await {
            Ok(value) => {
                let journaled = tx.commit().await?;
                self.leave(pass, journaled);
                Ok(value)
            }
            Err(failure) => {
                tx.roll_back().await;
                Err(failure)
            }
        }
    }

    fn leave(&self, pass: Pass, journaled: bool) {
        drop(pass);
        if journaled {
            self.0.wake.send_modify(|n| *n = n.wrapping_add(1));
        }
    }

    /// Begins, trying again while another process holds SQLite's write lock.
    async fn begin(&self, lane: Lane) -> Result<DatabaseTransaction> {
        let mut tries = 0;
        loop {
            match self.within(lane, self.0.write.begin_with_options(dialect::begin(self.0.engine))).await {
                Ok(tx) => return Ok(tx),
                Err(error) if dialect::is_contention(&error) && tries < 5 => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(20 << tries)).await;
                }
                Err(error) => return Err(Failure::from(error)),
            }
        }
    }
}

/// A failure of the database's absence as the refusal that tells people to try again later; any other as it is.
#[must_use]
pub fn unavailable_if_away(failure: Failure) -> Failure {
    if !dialect::is_away(&failure) {
        return failure;
    }
    tracing::error!(?failure, "the database is away");
    kernel::Common::Unavailable.into()
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Db({:?})", self.0.engine)
    }
}

/// Reads go to the pool of readers.
#[async_trait]
impl ConnectionTrait for Db {
    fn get_database_backend(&self) -> DbBackend {
        self.0.engine.backend()
    }

    async fn execute_raw(&self, statement: Statement) -> std::result::Result<ExecResult, DbErr> {
        self.within(Lane::Interactive, self.0.read.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> std::result::Result<ExecResult, DbErr> {
        self.within(Lane::Interactive, self.0.read.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> std::result::Result<Option<QueryResult>, DbErr> {
        self.within(Lane::Interactive, self.0.read.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> std::result::Result<Vec<QueryResult>, DbErr> {
        self.within(Lane::Interactive, self.0.read.query_all_raw(statement)).await
    }
}
