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
use uuid::Uuid;

use crate::{
    accounts::{Hashing, Kind, Life, Profile},
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

/// How long a request waits for a note about it at most.
const ASIDE: Duration = Duration::from_millis(250);

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
    /// What passwords must be; accounts opened under a stricter profile keep theirs.
    pub profile: Profile,
    /// Sessions that one account may have at once; the oldest ends when one more begins.
    pub sessions: u64,
    /// Failed attempts to sign in.
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
    /// Failures of one login from one address or known browser, before each further try waits twice as long.
    pub account: u32,
    /// Failures of one login from everywhere within the window; unknown browsers have fewer tries then.
    pub everywhere: u32,
    /// Different logins, or codes, that failed from one address within the window; its tries take turns then.
    pub address: u32,
    /// How long failures of many are added up, and the longest wait.
    pub window: Duration,
    /// How long the turn of a failed try lasts.
    pub pause: Duration,
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
            profile: Profile::Asvs,
            sessions: 10,
            attempts: Attempts {
                account: 10,
                everywhere: 100,
                address: 60,
                window: Duration::from_mins(15),
                pause: Duration::from_secs(1),
            },
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
    notes: Arc<Shares<Uuid>>,
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
            notes: Arc::default(),
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

    /// Does a small write about something, such as when it was last used, that no request should wait for: while another
    /// process holds the write lock, it goes on by itself, one for each thing.
    pub(crate) async fn note_aside(&self, about: Uuid, note: impl Future<Output = Result<()>> + Send + 'static) {
        let Some(share) = self.notes.take(about, 1) else { return };
        let noted = tokio::spawn(async move {
            let _share = share;
            if let Err(failure) = note.await {
                tracing::warn!(?failure, "the time of a request could not be noted");
            }
        });
        let _ = tokio::time::timeout(ASIDE, noted).await;
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
