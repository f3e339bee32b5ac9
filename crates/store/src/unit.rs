//! One unit of work: all that a request writes is committed together with its answer, or not at all.
//!
//! Inside [`within`] the first write leaves its transaction open; later writes of the same task join it, each behind a mark
//! to which a refused one goes back, and reads of the same task see what was written. [`Unit::commit`] lets the caller add
//! its last row (the answer of an `Idempotency-Key`) and ends it.

use std::sync::Arc;

use kernel::{Actor, Failure, Result};
use tokio::sync::{Mutex, MutexGuard};

use crate::{Db, Lane, Tx, lane::Pass, pool::Transaction, watchdog::Witness};

tokio::task_local! {
    static UNIT: Unit;
}

/// What a task wrote and nobody committed yet. Dropped, it is taken back.
#[derive(Clone)]
pub struct Unit(Arc<Inner>);

struct Inner {
    db: Db,
    open: Mutex<Option<Open>>,
}

/// Does work whose writes are one transaction, and hands that out beside the work's result.
pub async fn within<R>(db: &Db, work: impl Future<Output = R>) -> (R, Unit) {
    let unit = Unit(Arc::new(Inner { db: db.clone(), open: Mutex::default() }));
    (UNIT.scope(unit.clone(), work).await, unit)
}

/// The unit that the running task works in, when it is one of this database.
pub(crate) fn current(db: &Db) -> Option<Unit> {
    UNIT.try_with(Unit::clone).ok().filter(|unit| unit.0.db.is_same(db))
}

impl Unit {
    /// Whether anything was written.
    pub async fn wrote(&self) -> bool {
        self.0.open.lock().await.is_some()
    }

    /// Ends it: `last` adds what belongs to it, also where nothing was written before, and says whether all shall be kept.
    /// Whether it was kept.
    ///
    /// # Errors
    /// What `last` returns; [`kernel::Common::Unknown`] when nobody can say whether it was kept. After any other failure
    /// nothing is.
    pub async fn commit<F>(self, actor: &Actor, last: F) -> Result<bool>
    where
        F: AsyncFnOnce(Tx) -> Result<bool>,
    {
        let mut open = match self.0.open.lock().await.take() {
            Some(open) => open,
            None => Open::begin(&self.0.db, Lane::Interactive).await?,
        };
        match open.step(&self.0.db, actor, last).await {
            Ok(true) => open.commit(&self.0.db).await.map(|()| true),
            Ok(false) => {
                open.roll_back().await;
                Ok(false)
            }
            Err(failure) => {
                open.roll_back().await;
                Err(failure)
            }
        }
    }

    /// Takes everything back.
    pub async fn roll_back(self) {
        if let Some(open) = self.0.open.lock().await.take() {
            open.roll_back().await;
        }
    }

    /// A write of the task: the first one begins, a later one joins.
    pub(crate) async fn write<T, F>(&self, lane: Lane, actor: &Actor, change: F) -> Result<T>
    where
        F: AsyncFnOnce(Tx) -> Result<T>,
    {
        let mut held = self.0.open.lock().await;
        if let Some(open) = held.as_mut() {
            return open.join(&self.0.db, actor, change).await;
        }
        let mut open = Open::begin(&self.0.db, lane).await?;
        match open.step(&self.0.db, actor, change).await {
            Ok(value) => {
                *held = Some(open);
                Ok(value)
            }
            Err(failure) => {
                open.roll_back().await;
                Err(failure)
            }
        }
    }

    /// What is open, for a read that shall see it; none while a write runs, whose own reads go through its handle.
    pub(crate) fn seen(&self) -> Option<MutexGuard<'_, Option<Open>>> {
        self.0.open.try_lock().ok().filter(|open| open.is_some())
    }
}

impl std::fmt::Debug for Unit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unit")
    }
}

/// A transaction with its place in the lane, in which one or several writes run.
pub(crate) struct Open {
    conn: Arc<Transaction>,
    lane: Lane,
    pass: Pass,
    witness: Option<Witness>,
}

impl Open {
    pub(crate) async fn begin(db: &Db, lane: Lane) -> Result<Self> {
        let pass = db.enter(lane).await?;
        Ok(Self { conn: Arc::new(db.begin(lane).await?), lane, pass, witness: None })
    }

    /// Runs one write and appends what it journaled.
    pub(crate) async fn step<T, F>(&mut self, db: &Db, actor: &Actor, change: F) -> Result<T>
    where
        F: AsyncFnOnce(Tx) -> Result<T>,
    {
        let tx = Tx::new(self.conn.clone(), (db, self.lane), actor);
        let value = change(tx.clone()).await?;
        self.witness = tx.close().await?.or(self.witness);
        Ok(value)
    }

    /// Runs a later write; refused, it leaves what was written before it as it was.
    async fn join<T, F>(&mut self, db: &Db, actor: &Actor, change: F) -> Result<T>
    where
        F: AsyncFnOnce(Tx) -> Result<T>,
    {
        self.conn.mark().await?;
        let done = self.step(db, actor, change).await;
        if done.is_err() {
            self.conn.return_to_mark().await;
        }
        done
    }

    /// Commits, in a task of its own: who gives up waiting does not cut it short.
    ///
    /// # Errors
    /// [`kernel::Common::Unknown`] when nobody can say whether it was kept.
    pub(crate) async fn commit(self, db: &Db) -> Result<()> {
        let Self { conn, lane, pass, witness } = self;
        let kept = || Failure::internal("a transaction handle was kept beyond its write");
        let conn = Arc::into_inner(conn).ok_or_else(kept)?;
        let after = db.clone();
        let ending = tokio::spawn(async move {
            let done = conn.commit().await;
            drop(pass);
            if done.is_ok() {
                after.committed(witness);
            }
            done
        });
        match db.limit(lane) {
            None => ending.await?,
            Some(limit) => match tokio::time::timeout(limit, ending).await {
                Ok(done) => done?,
                Err(_) => Err(kernel::Common::Unknown.into()),
            },
        }
    }

    pub(crate) async fn roll_back(self) {
        if let Some(conn) = Arc::into_inner(self.conn) {
            conn.roll_back().await;
        }
    }

    /// The connection that sees what was written.
    pub(crate) fn conn(&self) -> &Transaction {
        &self.conn
    }
}

/// Runs a statement of a read where the task's own writes are seen, or else by the pool.
macro_rules! read {
    ($db:expr, $method:ident, $argument:expr) => {{
        let unit = $crate::unit::current($db);
        let seen = unit.as_ref().and_then($crate::unit::Unit::seen);
        match seen.as_ref().and_then(|held| held.as_ref()) {
            Some(open) => $db.within(Lane::Interactive, open.conn().$method($argument)).await,
            None => $db.within(Lane::Interactive, $db.read().$method($argument)).await,
        }
    }};
}
pub(crate) use read;
