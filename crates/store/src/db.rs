//! Opening the database, reading, and the one way to write.

use std::{
    fmt,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use kernel::{Actor, Clock, Failure, Ids, Result, refusals};
use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, Statement,
};
use tokio::sync::watch;

use crate::{
    Engine, Lane, Tx, dialect,
    heads::HeadSeal,
    lane::{Lanes, Pass},
    pool::{self, Absent, Pools, Transaction},
    unit::{self, Open, read},
    watchdog::Witness,
};

refusals! {
    /// How opening says no.
    pub enum Refusal {
        /// The URL names an engine that this program does not know.
        UnknownEngine { url: String } => (Invalid, "store.unknown_engine", "不认识的数据库地址“{url}”，要以 sqlite: 或 postgres: 开头"),
        /// Nothing stands at the address of an embedded database.
        NoDatabase { file: String } => (NotFound, "store.no_database", "{file} 不在：数据文件夹写错了，或者磁盘没有挂上；新平台请先运行 sangyu migrate"),
        /// The watchdog found a commit that no reader sees.
        Halted => (Unavailable, "store.halted", "系统自检发现数据没有真正存下，已停止接受修改；请联系运维检查磁盘后重新启动"),
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
    pools: Pools,
    node: i16,
    lanes: Arc<Lanes>,
    clock: Arc<dyn Clock>,
    ids: Arc<Ids>,
    wake: watch::Sender<u64>,
    /// Milliseconds that one statement may take; 0 without a limit.
    limit: AtomicU64,
    last_commit: Mutex<Option<Witness>>,
    halted: AtomicBool,
    clock_in_doubt: AtomicBool,
    head_seal: OnceLock<HeadSeal>,
}

impl Db {
    /// Makes the file of an embedded database unless it is there, and opens it.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub async fn make(settings: &Settings, clock: Arc<dyn Clock>, ids: Arc<Ids>) -> Result<Self> {
        pool::make_file(&settings.url)?;
        Self::open(settings, clock, ids).await
    }

    /// Opens a database that is there; it does not migrate.
    ///
    /// # Errors
    /// A refusal for an engine that the program does not know or an embedded database that is not there, or an internal
    /// failure when it cannot be reached.
    pub async fn open(settings: &Settings, clock: Arc<dyn Clock>, ids: Arc<Ids>) -> Result<Self> {
        let Some(engine) = Engine::of(&settings.url) else {
            let scheme = settings.url.split(':').next().unwrap_or_default().to_owned();
            return Err(Refusal::UnknownEngine { url: scheme }.into());
        };
        let opened = Pools::open(engine, &settings.url, settings.connections).await;
        let pools = opened.map_err(|failure| match failure.cause::<Absent>() {
            Some(Absent(file)) => Refusal::NoDatabase { file: file.display().to_string() }.into(),
            None => failure,
        })?;
        let writers = if engine == Engine::Sqlite { 1 } else { settings.connections as usize };
        let (wake, _) = watch::channel(0);
        Ok(Self(Arc::new(Inner {
            pools,
            node: settings.node,
            lanes: Lanes::new(writers),
            clock,
            ids,
            wake,
            limit: AtomicU64::new(0),
            last_commit: Mutex::default(),
            halted: AtomicBool::new(false),
            clock_in_doubt: AtomicBool::new(false),
            head_seal: OnceLock::new(),
        })))
    }

    /// The engine it stands on; for [`dialect`] only.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.0.pools.engine()
    }

    /// The pool of readers.
    #[must_use]
    pub fn read(&self) -> &DatabaseConnection {
        self.0.pools.read()
    }

    /// The writing side, for migrations and maintenance outside any transaction.
    pub(crate) fn maintenance(&self) -> &DatabaseConnection {
        debug_assert!(
            unit::current(self).is_none(),
            "a request that wrote holds the writer: this would wait for itself"
        );
        self.0.pools.write()
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
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

    /// How long one statement of a lane may take.
    pub(crate) fn limit(&self, lane: Lane) -> Option<Duration> {
        let limit = self.0.limit.load(Ordering::Relaxed);
        (lane == Lane::Interactive && limit > 0).then(|| Duration::from_millis(limit))
    }

    /// A statement within its time, where its lane has one.
    pub(crate) async fn within<T>(
        &self,
        lane: Lane,
        work: impl Future<Output = std::result::Result<T, DbErr>>,
    ) -> std::result::Result<T, DbErr> {
        match self.limit(lane) {
            None => work.await,
            Some(limit) => match tokio::time::timeout(limit, work).await {
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

    /// From now on each head is sealed as it moves, so that nobody without this key makes a chain that stands the proof.
    pub fn seal_heads(&self, seal: HeadSeal) {
        // Set once, when the platform is opened; a second time it is the same key.
        let _ = self.0.head_seal.set(seal);
    }

    pub(crate) fn head_seal(&self) -> Option<&HeadSeal> {
        self.0.head_seal.get()
    }

    /// The last commit of this process that journaled something.
    pub(crate) fn last_commit(&self) -> Option<Witness> {
        *self.0.last_commit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes no more writes until the process starts again.
    pub(crate) fn halt(&self) {
        self.0.halted.store(true, Ordering::Relaxed);
    }

    /// Notes whether the wall clock may be believed; whether it was in doubt before.
    pub(crate) fn doubt_clock(&self, doubtful: bool) -> bool {
        self.0.clock_in_doubt.swap(doubtful, Ordering::Relaxed)
    }

    /// Whether the wall clock jumped since the process started: what follows from the time of day must wait.
    #[must_use]
    pub fn is_clock_in_doubt(&self) -> bool {
        self.0.clock_in_doubt.load(Ordering::Relaxed)
    }

    /// Whether the watchdog stopped the writes.
    #[must_use]
    pub fn is_halted(&self) -> bool {
        self.0.halted.load(Ordering::Relaxed)
    }

    /// The one way to write: waits for the lane, begins, runs `change`, appends what it journaled to the chains, and
    /// commits; on any failure nothing is kept. `change` awaits nothing foreign. Inside a [`unit`](crate::unit) the commit
    /// waits for the unit's end.
    ///
    /// # Errors
    /// What `change` returns; [`kernel::Common::Raced`] when another transaction was in the way;
    /// [`kernel::Common::Unavailable`] when the database cannot be reached; [`kernel::Common::Unknown`] when nobody can say
    /// whether the commit took effect.
    pub async fn write<T, F>(&self, lane: Lane, actor: &Actor, change: F) -> Result<T>
    where
        F: AsyncFnOnce(Tx) -> Result<T>,
    {
        let result = match unit::current(self) {
            Some(unit) => unit.write(lane, actor, change).await,
            None => self.attempt(lane, actor, change).await,
        };
        result.map_err(told)
    }

    async fn attempt<T, F>(&self, lane: Lane, actor: &Actor, change: F) -> Result<T>
    where
        F: AsyncFnOnce(Tx) -> Result<T>,
    {
        let mut open = Open::begin(self, lane).await?;
        match open.step(self, actor, change).await {
            Ok(value) => {
                open.commit(self).await?;
                Ok(value)
            }
            Err(failure) => {
                open.roll_back().await;
                Err(failure)
            }
        }
    }

    pub(crate) async fn enter(&self, lane: Lane) -> Result<Pass> {
        if self.is_halted() {
            return Err(Refusal::Halted.into());
        }
        Ok(self.0.lanes.enter(lane).await)
    }

    pub(crate) async fn begin(&self, lane: Lane) -> Result<Transaction> {
        let patience = if lane == Lane::Interactive { PATIENCE } else { PATIENCE_OF_WORK };
        self.0.pools.begin(patience).await
    }

    /// Tells those who follow the journal.
    pub(crate) fn committed(&self, witness: Option<Witness>) {
        if let Some(witness) = witness {
            *self.0.last_commit.lock().unwrap_or_else(PoisonError::into_inner) = Some(witness);
            self.0.wake.send_modify(|n| *n = n.wrapping_add(1));
        }
    }
}

/// How long a write that a person waits for stands behind a foreign process that holds SQLite's write lock.
const PATIENCE: Duration = Duration::from_secs(8);
/// The same of jobs and bulk work.
const PATIENCE_OF_WORK: Duration = Duration::from_secs(60);

/// A failure of a write as those who asked for it hear of it.
pub(crate) fn told(failure: Failure) -> Failure {
    match failure.cause::<DbErr>() {
        Some(error) if dialect::is_contention(error) => kernel::Common::Raced.into(),
        _ => unavailable_if_away(failure),
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
        write!(f, "Db({:?})", self.engine())
    }
}

/// Reads go to the pool of readers; in a unit that wrote, to what it wrote.
#[async_trait]
impl ConnectionTrait for Db {
    fn get_database_backend(&self) -> DbBackend {
        self.engine().backend()
    }

    async fn execute_raw(&self, statement: Statement) -> std::result::Result<ExecResult, DbErr> {
        read!(self, execute_raw, statement)
    }

    async fn execute_unprepared(&self, sql: &str) -> std::result::Result<ExecResult, DbErr> {
        read!(self, execute_unprepared, sql)
    }

    async fn query_one_raw(&self, statement: Statement) -> std::result::Result<Option<QueryResult>, DbErr> {
        read!(self, query_one_raw, statement)
    }

    async fn query_all_raw(&self, statement: Statement) -> std::result::Result<Vec<QueryResult>, DbErr> {
        read!(self, query_all_raw, statement)
    }
}
