//! Pools of connections and the transactions that run on them, for the business database and the key store alike.
//!
//! A commit is true: SQLite rolls a failed one back by itself, and the crates below then count one transaction too many
//! on that connection; what is committed on it later is acknowledged and gone (docs/decisions/008-a-commit-is-true.md). So
//! no connection is lent while a transaction is open on it, none that was there when an end failed is lent again, and
//! nothing runs or commits in a transaction in which a statement failed.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use kernel::{Common, Failure, Result};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, Statement, TransactionTrait,
    sqlx::{self, Connection, pool::PoolOptions},
};

use crate::{Engine, dialect};

/// When the last transaction ended otherwise than told: connections from before then are closed instead of lent.
#[derive(Debug, Default)]
pub(crate) struct Trust(Mutex<Option<Instant>>);

impl Trust {
    fn condemn(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn covers(&self, age: Duration) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_none_or(|since| age < since.elapsed())
    }
}

/// The readers and the writers of one database.
pub(crate) struct Pools {
    engine: Engine,
    read: DatabaseConnection,
    write: DatabaseConnection,
    trust: Arc<Trust>,
}

impl Pools {
    /// Opens what is there.
    ///
    /// # Errors
    /// [`Absent`] when an embedded database has no file.
    pub(crate) async fn open(engine: Engine, url: &str, connections: u32) -> Result<Self> {
        if let Some(file) = dialect::file_of(url).filter(|file| !file.exists()) {
            return Err(Absent(file).into());
        }
        let trust = Arc::new(Trust::default());
        let pool = |writes| guarded(dialect::pool(engine, url, writes, connections), &trust);
        let write = Database::connect(pool(true)).await?;
        let read = Database::connect(pool(false)).await?;
        Ok(Self { engine, read, write, trust })
    }

    pub(crate) fn engine(&self) -> Engine {
        self.engine
    }

    pub(crate) fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// The writing side outside any transaction, for migrations and maintenance.
    pub(crate) fn write(&self) -> &DatabaseConnection {
        &self.write
    }

    /// Begins a write, trying again for `patience` while another process holds SQLite's write lock.
    ///
    /// # Errors
    /// [`Common::Unavailable`] when the lock does not come free; internal failures.
    pub(crate) async fn begin(&self, patience: Duration) -> Result<Transaction> {
        let (since, mut pause) = (tokio::time::Instant::now(), Duration::from_millis(20));
        loop {
            match self.write.begin_with_options(dialect::begin(self.engine)).await {
                Ok(inner) => return Ok(Transaction::new(inner, self)),
                Err(error) if dialect::is_contention(&error) => {
                    if since.elapsed() + pause > patience {
                        tracing::error!(%error, "another process holds the write lock");
                        return Err(Common::Unavailable.into());
                    }
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_millis(500));
                }
                Err(error) => {
                    // The engine may be inside a transaction that nobody counts.
                    self.trust.condemn();
                    return Err(error.into());
                }
            }
        }
    }

    /// After a commit that failed on SQLite: a further commit takes the place in the log where the failed one stood, so
    /// that no recovery can bring it back. Whether that is certain now.
    async fn bury(write: &DatabaseConnection, engine: Engine) -> bool {
        if engine != Engine::Sqlite {
            return false;
        }
        let buried = async {
            let tx = write.begin_with_options(dialect::begin(engine)).await?;
            for statement in dialect::touch(engine) {
                tx.execute_unprepared(statement).await?;
            }
            tx.commit().await
        };
        buried.await.is_ok()
    }
}

/// An embedded database that is not where it should be.
#[derive(Debug, thiserror::Error)]
#[error("{0} is not there")]
pub(crate) struct Absent(pub(crate) PathBuf);

/// Makes the file of an embedded database, for its owner alone, unless it is there; its folder must be.
pub(crate) fn make_file(url: &str) -> Result<()> {
    let Some(file) = dialect::file_of(url).filter(|file| !file.exists()) else { return Ok(()) };
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.sync_all()?;
    Ok(())
}

fn guarded(mut options: ConnectOptions, trust: &Arc<Trust>) -> ConnectOptions {
    let (sqlite, postgres) = (trust.clone(), trust.clone());
    options.map_sqlx_sqlite_pool_opts(move |pool| lent_clean(pool, &sqlite));
    options.map_sqlx_postgres_pool_opts(move |pool| lent_clean(pool, &postgres));
    options
}

fn lent_clean<E: sqlx::Database>(pool: PoolOptions<E>, trust: &Arc<Trust>) -> PoolOptions<E> {
    let trust = trust.clone();
    pool.before_acquire(move |connection, told| {
        let clean = !connection.is_in_transaction() && trust.covers(told.age);
        if !clean {
            tracing::warn!("a connection whose last transaction did not end as told is closed");
        }
        Box::pin(std::future::ready(Ok(clean)))
    })
}

/// A running transaction. Dropped, it is rolled back.
pub(crate) struct Transaction {
    inner: DatabaseTransaction,
    engine: Engine,
    write: DatabaseConnection,
    trust: Arc<Trust>,
    broken: AtomicBool,
}

impl Transaction {
    fn new(inner: DatabaseTransaction, pools: &Pools) -> Self {
        let (write, trust) = (pools.write.clone(), pools.trust.clone());
        Self { inner, engine: pools.engine, write, trust, broken: AtomicBool::new(false) }
    }

    /// Commits. Nothing is kept when a statement failed before: PostgreSQL answers such a commit with a roll-back and no
    /// error, and SQLite may have rolled back half of it.
    ///
    /// # Errors
    /// [`Common::Unknown`] when nobody can say whether it was kept; any other failure means that it was not.
    pub(crate) async fn commit(self) -> Result<()> {
        if self.broken.load(Ordering::Relaxed) {
            self.roll_back().await;
            return Err(Failure::internal("a statement failed before and nobody minded"));
        }
        let Self { inner, engine, write, trust, .. } = self;
        let Err(error) = inner.commit().await else { return Ok(()) };
        trust.condemn();
        tracing::error!(%error, "a commit failed");
        if dialect::is_surely_lost(engine, &error) || Pools::bury(&write, engine).await {
            Err(error.into())
        } else {
            Err(Common::Unknown.into())
        }
    }

    /// Takes everything back. When that fails the connection is not lent again and the engine rolls back at its close.
    pub(crate) async fn roll_back(self) {
        if let Err(error) = self.inner.rollback().await {
            self.trust.condemn();
            tracing::warn!(%error, "rolling back failed");
        }
    }

    /// A point to which [`Transaction::return_to`] goes back; a later one of the same name takes its place.
    pub(crate) async fn mark(&self) -> Result<(), DbErr> {
        self.inner.execute_unprepared("SAVEPOINT step").await.map(|_| ())
    }

    /// Takes back what came after the last mark, failed statements too. When that fails nothing can be committed.
    pub(crate) async fn return_to_mark(&self) {
        let back = self.inner.execute_unprepared("ROLLBACK TO SAVEPOINT step").await;
        self.broken.store(back.is_err(), Ordering::Relaxed);
    }

    /// Nothing more may happen in it: a statement was given up while it ran.
    pub(crate) fn spoil(&self) {
        self.broken.store(true, Ordering::Relaxed);
    }

    fn noted<T>(&self, done: Result<T, DbErr>) -> Result<T, DbErr> {
        if done.is_err() {
            self.spoil();
        }
        done
    }

    fn whole(&self) -> Result<(), DbErr> {
        if self.broken.load(Ordering::Relaxed) {
            return Err(DbErr::Custom("a statement of this transaction failed before".into()));
        }
        Ok(())
    }
}

#[async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        self.engine.backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.whole()?;
        self.noted(self.inner.execute_raw(statement).await)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.whole()?;
        self.noted(self.inner.execute_unprepared(sql).await)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.whole()?;
        self.noted(self.inner.query_one_raw(statement).await)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.whole()?;
        self.noted(self.inner.query_all_raw(statement).await)
    }
}
