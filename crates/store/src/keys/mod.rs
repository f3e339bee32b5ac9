//! The key store: a database of its own, backed up apart from the business data.
//!
//! ```text
//! root key (file or cryptographic machine)
//!   ├─ county key (home, version)      wraps the subject keys of its home
//!   │    └─ subject key                seals the cells of one person or organisation
//!   └─ blind-index key                 one per province, handed down to its nodes
//! ```
//!
//! Erasing a person destroys the subject key: what it sealed is unreadable in every copy of the business data at once.
//! The row stays as a tombstone, so that no process makes a new key for an erased subject, and is the list that a
//! restore replays.

mod backup;
mod belonging;
mod cache;
mod counties;
mod database;
mod erase;
mod export;
mod refusal;
mod root;
mod subjects;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::TimeDelta;
use kernel::{Clock, Ids, Instant, Result};
use tokio::sync::OnceCell;

pub use self::{
    backup::Restored,
    erase::{Erased, Erasure},
    export::check_passphrase,
    refusal::Refusal,
    root::{Root, RootFile},
};
use self::{cache::Cache, database::KeyDatabase};
use crate::{blind::Blinder, seal::Secret};

/// How long an erasure or rotation by another process may go unnoticed here.
const NOTICED_WITHIN: TimeDelta = TimeDelta::seconds(60);

/// The key store. Cheap to clone.
#[derive(Clone)]
pub struct Keys(Arc<Inner>);

struct Inner {
    db: KeyDatabase,
    root: Arc<dyn Root>,
    ids: Arc<Ids>,
    clock: Arc<dyn Clock>,
    subjects: Mutex<Cache>,
    counties: Mutex<counties::Cache>,
    index: OnceCell<Secret>,
}

/// How to open a key store.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `sqlite:data/keys.db`, `postgres://user@host/keys`; never the business database.
    pub url: String,
    /// Readers (SQLite) or connections (PostgreSQL).
    pub connections: u32,
    /// Subject keys held in memory at most.
    pub cached: usize,
}

impl Settings {
    /// The usual settings for a URL.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), connections: 4, cached: 100_000 }
    }
}

impl Keys {
    /// Makes an empty key store where there is none, and opens it.
    ///
    /// # Errors
    /// As [`Keys::open`].
    pub async fn make(settings: &Settings, root: Arc<dyn Root>, ids: Arc<Ids>, clock: Arc<dyn Clock>) -> Result<Self> {
        KeyDatabase::make(&settings.url, settings.connections).await?;
        Self::open(settings, root, ids, clock).await
    }

    /// Opens a key store that is there and checks that the root opens what is in it; a missing one is never made anew in
    /// silence. Outside tests and demo data `ids` must come from the operating system: keys and nonces are drawn from it.
    ///
    /// # Errors
    /// [`Refusal::UnknownEngine`], [`Refusal::NoStore`], [`Refusal::NewerStore`], [`Refusal::WrongRoot`], or an internal
    /// failure when it cannot be reached.
    pub async fn open(settings: &Settings, root: Arc<dyn Root>, ids: Arc<Ids>, clock: Arc<dyn Clock>) -> Result<Self> {
        let db = KeyDatabase::open(&settings.url, settings.connections).await?;
        let keys = Self(Arc::new(Inner {
            db,
            root,
            ids,
            clock,
            subjects: Mutex::new(Cache::new(settings.cached, NOTICED_WITHIN)),
            counties: Mutex::default(),
            index: OnceCell::new(),
        }));
        keys.check_root().await?;
        Ok(keys)
    }

    /// The blind indexes of this platform; makes the blind-index key at the first call.
    ///
    /// # Errors
    /// When the key store cannot be read.
    pub async fn blinder(&self) -> Result<Blinder> {
        Ok(Blinder::new(&self.index_key().await?))
    }

    /// Whether it holds no key of any county: nothing was ever sealed under it.
    ///
    /// # Errors
    /// When the key store cannot be read.
    pub async fn is_empty(&self) -> Result<bool> {
        Ok(self.wrapped_counties().await?.is_empty())
    }

    /// The source of the nonces that cells need.
    #[must_use]
    pub fn ids(&self) -> &Ids {
        &self.0.ids
    }

    /// The disk is full from now on for the connection that writes next.
    ///
    /// # Panics
    /// On PostgreSQL, which has no such limit.
    #[cfg(feature = "testing")]
    pub async fn fill(&self) {
        self.0.db.fill().await;
    }

    fn now(&self) -> Instant {
        self.0.clock.now()
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        // No code panics while holding the lock, so a poisoned cache is still whole.
        self.0.subjects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn county_cache(&self) -> MutexGuard<'_, counties::Cache> {
        self.0.counties.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({:?})", self.0.root)
    }
}
