//! An opened platform: database, key store and files of a data folder.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use kernel::{Actor, Clock, Ids, Result, SystemClock, refusals};
use store::{
    Db, Settings,
    blobs::Blobs,
    journal,
    keys::{self, Keys, RootFile},
    migrate,
};

use crate::{config::Config, private};

/// The largest photo or document, bytes.
const LARGEST_FILE: u64 = 20 << 20;

refusals! {
    /// How a platform says no to being opened.
    pub(crate) enum Refusal {
        /// The schema is older than the program.
        NotMigrated => (Conflict, "platform.not_migrated", "数据库还没有准备好，请先运行 sangyu migrate"),
        /// A restore into this folder did not end.
        HalfRestored { folder: String } => (Conflict, "platform.half_restored", "{folder} 里的恢复没有完成，请重新运行 sangyu restore"),
    }
}

/// Database, keys and files, opened.
#[derive(Clone, Debug)]
pub(crate) struct Platform {
    pub(crate) config: Config,
    pub(crate) db: Db,
    pub(crate) keys: Keys,
    pub(crate) root: Arc<RootFile>,
    pub(crate) blobs: Blobs,
}

impl Platform {
    /// Opens the platform of a data folder with the machine's clock.
    pub(crate) async fn open(config: Config) -> Result<Self> {
        if config.data().join(store::backup::UNFINISHED).exists() {
            return Err(Refusal::HalfRestored { folder: config.data().display().to_string() }.into());
        }
        Self::open_at(config, Arc::new(SystemClock), Arc::new(Ids::from_os())).await
    }

    /// Opens it with another clock and other ids: the demo city is made in its own time.
    pub(crate) async fn open_at(config: Config, clock: Arc<dyn Clock>, ids: Arc<Ids>) -> Result<Self> {
        let db = Db::open(&database(&config)?, clock.clone(), ids).await?;
        // Only now: a folder in which no platform stands is not ours to close.
        private::close(&config)?;
        let secret_ids = Arc::new(Ids::from_os());
        let root = Arc::new(RootFile::load(Path::new(config.text("root_key")), secret_ids.clone())?);
        db.seal_heads(root.node_key().head_seal());
        let settings = keys::Settings::new(config.text("keys_url"));
        let keys = Keys::open(&settings, root.clone(), secret_ids, clock).await?;
        let blobs = Blobs::in_folder(&files_of(&config), keys.clone(), LARGEST_FILE)?;
        Ok(Self { config, db, keys, root, blobs })
    }

    /// Brings the schema up to date and loads the places; the names of the migrations that ran.
    pub(crate) async fn migrate(&self) -> Result<Vec<&'static str>> {
        migrate_database(&self.db).await
    }

    /// Passes when the schema is this program's and the keys are the database's.
    pub(crate) async fn check_migrated(&self) -> Result<()> {
        if migrate::pending(&self.db).await? {
            return Err(Refusal::NotMigrated.into());
        }
        self.keys.check_belonging(&self.db).await?;
        journal::seal_unsealed(&self.db).await?;
        registry::places::recode::load(&self.db).await
    }
}

/// The folder of sealed files.
pub(crate) fn files_of(config: &Config) -> PathBuf {
    config.data().join("files")
}

/// The folder where sheets wait.
pub(crate) fn imports_of(config: &Config) -> PathBuf {
    config.data().join("imports")
}

/// How the business database is opened.
fn database(config: &Config) -> Result<Settings> {
    Ok(Settings {
        url: config.text("database_url").to_owned(),
        connections: config.parse("connections")?,
        node: config.parse("node")?,
    })
}

/// Opens the business database alone; an embedded one is made unless it is there.
pub(crate) async fn make_database(config: &Config, clock: Arc<dyn Clock>, ids: Arc<Ids>) -> Result<Db> {
    std::fs::create_dir_all(config.data())?;
    private::close(config)?;
    Db::make(&database(config)?, clock, ids).await
}

/// Makes the key store of a new platform, sealed under its root; one that is there stays.
pub(crate) async fn make_key_store(config: &Config, root: Arc<RootFile>) -> Result<Keys> {
    let settings = keys::Settings::new(config.text("keys_url"));
    Keys::make(&settings, root, Arc::new(Ids::from_os()), Arc::new(SystemClock)).await
}

/// Migrates a database and loads provinces, cities and counties.
pub(crate) async fn migrate_database(db: &Db) -> Result<Vec<&'static str>> {
    let ran = migrate::run(db).await?;
    registry::places::load::upper(db).await?;
    Ok(ran)
}

/// Whoever runs the program on the server: `cli:<unix user>`.
pub(crate) fn operator() -> Actor {
    let user = std::env::var("SUDO_USER").or_else(|_| std::env::var("USER")).or_else(|_| std::env::var("LOGNAME"));
    Actor::cli(&user.unwrap_or_else(|_| "root".to_owned()))
}
