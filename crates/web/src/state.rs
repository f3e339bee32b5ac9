//! What every handler of the process shares.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    net::IpAddr,
    sync::Arc,
    time::Duration,
};

use axum::extract::FromRef;
use kernel::{Clock, Failure, Ids, Result};
use store::{Db, blind::Blinder, keys::Keys};

use crate::{
    accounts::{Hashing, Kind, Life},
    base_map::BaseMap,
    edge::{
        body::{Limits, Sender},
        pace::Pace,
    },
    metrics::Metrics,
    server::Stop,
    session::Throttle,
    shares::Shares,
    tokens::Rate,
};

/// How the doors behave; every value is a setting.
#[derive(Clone, Debug)]
pub struct Config {
    /// The node's name in the top bar: a place.
    pub node: String,
    /// Where browsers reach the platform, `https://sangyu.example`, when a proxy changes host or scheme on the way;
    /// without it the `Host` header counts.
    pub origin: Option<String>,
    /// Proxies that may say whom they speak for.
    pub proxies: Vec<IpAddr>,
    /// How long a request may take until its answer begins.
    pub timeout: Duration,
    /// How slowly a body may be sent.
    pub sending: Pace,
    /// Requests that one session, or one address without one, may have half sent at once.
    pub half_sent: usize,
    /// Passwords hashed at once.
    pub hashes: usize,
    /// Failed attempts to sign in, per account and per address, within the window; then 429.
    pub attempts: Attempts,
    /// Requests of one program's token in a minute and process.
    pub token_rate: u32,
    /// How long sessions live, by kind of account.
    pub lives: [(Kind, Life); 4],
    /// Live streams of one session at once.
    pub streams: usize,
    /// How long a phone may work without a contact.
    pub offline: Duration,
    /// Bytes of one photo.
    pub photo_bytes: u64,
    /// Pixels of one photo.
    pub photo_pixels: u64,
    /// Somebody else's map under our own; none unless it is set.
    pub base_map: Option<BaseMap>,
}

/// When attempts to sign in become too many.
#[derive(Clone, Copy, Debug)]
pub struct Attempts {
    /// Failures of one account.
    pub account: u32,
    /// Failures from one address.
    pub address: u32,
    /// Within this time.
    pub window: Duration,
}

impl Default for Config {
    fn default() -> Self {
        const HOUR: Duration = Duration::from_hours(1);
        let life = |idle, longest| Life { idle, longest };
        Self {
            node: String::new(),
            origin: None,
            proxies: Vec::new(),
            timeout: Duration::from_secs(60),
            sending: Pace { grace: Duration::from_secs(30), rate: 50_000 },
            half_sent: 16,
            hashes: 2,
            attempts: Attempts { account: 10, address: 60, window: Duration::from_mins(15) },
            token_rate: 600,
            lives: [
                (Kind::Staff, life(HOUR / 2, 12 * HOUR)),
                (Kind::Worker, life(24 * HOUR, 24 * 7 * HOUR)),
                (Kind::Elder, life(24 * 30 * HOUR, 24 * 90 * HOUR)),
                (Kind::Family, life(24 * 30 * HOUR, 24 * 90 * HOUR)),
            ],
            streams: 6,
            offline: 24 * HOUR,
            photo_bytes: 16 << 20,
            photo_pixels: 50_000_000,
            base_map: None,
        }
    }
}

impl Config {
    /// How long sessions of a kind of account live.
    #[must_use]
    pub fn life(&self, kind: Kind) -> Life {
        let found = self.lives.iter().find(|(of, _)| *of == kind);
        found.map_or(Life { idle: Duration::from_mins(30), longest: Duration::from_hours(12) }, |(_, life)| *life)
    }
}

/// The state of all routers. Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    /// The database.
    pub db: Db,
    /// The key store.
    pub keys: Keys,
    /// Blind indexes.
    pub blinder: Arc<Blinder>,
    /// Settings.
    pub config: Arc<Config>,
    /// Figures.
    pub metrics: Arc<Metrics>,
    /// The end of the process.
    pub stop: Stop,
    pub(crate) hashing: Hashing,
    pub(crate) throttle: Arc<Throttle>,
    pub(crate) tokens: Arc<Rate>,
    half_sent: Arc<Shares<Sender>>,
    rooms: Arc<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

impl std::fmt::Debug for AppState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppState").field("db", &self.db).field("config", &self.config).finish_non_exhaustive()
    }
}

impl AppState {
    /// The state over an open database and key store.
    ///
    /// # Errors
    /// When the key store cannot be read.
    pub async fn new(db: Db, keys: Keys, config: Config) -> Result<Self> {
        let blinder = Arc::new(keys.blinder().await?);
        let hashing = Hashing::new(config.hashes, db.ids())?;
        let throttle = Arc::new(Throttle::new(config.attempts));
        let tokens = Arc::new(Rate::new(config.token_rate));
        Ok(Self {
            db,
            keys,
            blinder,
            config: Arc::new(config),
            metrics: Metrics::new()?,
            stop: Stop::default(),
            hashing,
            throttle,
            tokens,
            half_sent: Arc::default(),
            rooms: Arc::default(),
        })
    }

    /// Hangs in what a room's handlers need besides (a blob store, an engine); found again by its type.
    #[must_use]
    pub fn with<T: Any + Send + Sync>(mut self, thing: T) -> Self {
        let mut rooms = (*self.rooms).clone();
        rooms.insert(TypeId::of::<T>(), Arc::new(thing));
        self.rooms = Arc::new(rooms);
        self
    }

    /// What was hung in by [`AppState::with`].
    ///
    /// # Errors
    /// When nothing of this type was: a mistake of the assembly.
    pub fn room<T: Any + Send + Sync>(&self) -> Result<Arc<T>> {
        let found = self.rooms.get(&TypeId::of::<T>()).cloned().and_then(|thing| thing.downcast::<T>().ok());
        found.ok_or_else(|| Failure::internal(format!("{} was not assembled", std::any::type_name::<T>())))
    }

    /// What bodies may do.
    pub(crate) fn body_limits(&self) -> Limits {
        let Config { sending, half_sent, .. } = *self.config;
        Limits { pace: sending, most: half_sent, half_sent: Arc::clone(&self.half_sent) }
    }

    /// The hasher of passwords.
    #[must_use]
    pub const fn hashing(&self) -> &Hashing {
        &self.hashing
    }

    /// Time.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        self.db.clock()
    }

    /// Ids and randomness.
    #[must_use]
    pub fn ids(&self) -> &Arc<Ids> {
        self.db.ids()
    }
}

impl FromRef<AppState> for Db {
    fn from_ref(state: &AppState) -> Self {
        state.db.clone()
    }
}

impl FromRef<AppState> for Keys {
    fn from_ref(state: &AppState) -> Self {
        state.keys.clone()
    }
}

impl FromRef<AppState> for Arc<Blinder> {
    fn from_ref(state: &AppState) -> Self {
        Arc::clone(&state.blinder)
    }
}
