//! Databases for tests: a fresh one of each engine for every test, made by copying one that was migrated once for this
//! state of the migrations, by whichever test process came first.

use std::{fs::File, path::Path, sync::Arc};

use kernel::{Actor, Ids, ManualClock, Result};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement};
use sm3::{Digest as _, Sm3};
use tempfile::TempDir;

use crate::{
    Db, Engine, Settings,
    keys::{self, Keys, RootFile},
    migrate,
};

/// Where the tests' PostgreSQL listens; `scripts/with-postgres` sets it.
const POSTGRES: &str = "SANGYU_TEST_POSTGRES";

/// A database of its own for one test, with time and ids held by hand.
#[derive(Debug)]
pub struct TestDb {
    /// The database.
    pub db: Db,
    /// Its clock; begins at 2026-11-21 09:00 in Shanghai.
    pub clock: Arc<ManualClock>,
    /// Its URL, to open it a second time as another process would.
    pub url: String,
    folder: TempDir,
}

/// Makes both tests of one body: `both! { async fn name(test: TestDb) { … } }` gives `name::sqlite` and
/// `name::postgres`.
#[macro_export]
macro_rules! both {
    ($( $(#[$meta:meta])* async fn $name:ident($test:ident: TestDb) $body:block )*) => {
        $(
            mod $name {
                #[expect(unused_imports, reason = "a body may need nothing from around it")]
                use super::*;

                async fn body($test: $crate::testing::TestDb) $body

                $(#[$meta])*
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn sqlite() {
                    body($crate::testing::TestDb::open($crate::Engine::Sqlite).await).await;
                }

                $(#[$meta])*
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn postgres() {
                    body($crate::testing::TestDb::open($crate::Engine::Postgres).await).await;
                }
            }
        )*
    };
}

impl TestDb {
    /// A migrated, empty database.
    ///
    /// # Panics
    /// When it cannot be made; a test without its database fails, it never skips.
    pub async fn open(engine: Engine) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let url = match engine {
            Engine::Sqlite => sqlite(folder.path()).await,
            Engine::Postgres => postgres().await,
        };
        let clock = Arc::new(ManualClock::at("2026-11-21T01:00:00Z".parse().expect("a moment")));
        let db = connect(&url, clock.clone(), 42).await.expect("the test's database opens");
        Self { db, clock, url, folder }
    }

    /// Opens the same database again, as a second process with its own pools.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub async fn second(&self) -> Db {
        connect(&self.url, self.clock.clone(), 43).await.expect("the database opens twice")
    }

    /// A key store of the test's own, with a root key beside it.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn keys(&self) -> Keys {
        let ids = Arc::new(Ids::seeded(44));
        let path = self.folder.path().join("root.key");
        let root = if path.exists() { RootFile::load(&path, ids.clone()) } else { RootFile::init(&path, ids.clone()) };
        let settings = keys::Settings::new(format!("sqlite:{}", self.folder.path().join("keys.db").display()));
        let root = Arc::new(root.expect("the test's root key"));
        Keys::make(&settings, root, ids, self.clock.clone()).await.expect("the test's key store opens")
    }

    /// The disk is full from now on for the connection that writes next: it may grow by no page more.
    ///
    /// # Panics
    /// On PostgreSQL, which has no such limit.
    pub async fn fill(&self) {
        self.db.maintenance().execute_unprepared("PRAGMA max_page_count = 1").await.expect("SQLite's limit is set");
    }

    /// A folder of the test's own, for files beside the database.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Somebody with a whole scope.
    #[must_use]
    pub fn operator(&self) -> Actor {
        Actor::cli("tester")
    }
}

async fn connect(url: &str, clock: Arc<ManualClock>, seed: u64) -> Result<Db> {
    let settings = Settings { url: url.to_owned(), connections: 6, node: 0 };
    Db::open(&settings, clock, Arc::new(Ids::seeded(seed))).await
}

async fn migrated(url: &str) {
    let clock = Arc::new(ManualClock::at("2026-11-21T00:00:00Z".parse().expect("a moment")));
    crate::pool::make_file(url).expect("the template's file is made");
    let db = connect(url, clock, 41).await.expect("the template opens");
    migrate::run(&db).await.expect("the migrations run");
    db.maintenance().clone().close().await.expect("the template closes");
    db.read().clone().close().await.expect("the template closes");
}

/// A name of the present migrations: templates of other ones are not ours.
fn schema() -> String {
    let sum = migrate::all().iter().fold(Sm3::new(), |sum, file| sum.chain_update(file.name).chain_update(file.sql));
    data_encoding::HEXLOWER.encode(&sum.finalize()[..8])
}

/// Copies the template, which lies beside the test programs until `cargo clean`.
async fn sqlite(folder: &Path) -> String {
    let program = std::env::current_exe().expect("the test program knows where it is");
    let template = program.with_file_name(format!("template-{}.db", schema()));
    if !template.exists() {
        make_file(&template).await;
    }
    let file = folder.join("sangyu.db");
    std::fs::copy(&template, &file).expect("the template is copied");
    format!("sqlite:{}", file.display())
}

/// Makes the template; whoever comes meanwhile waits, and finds it there.
async fn make_file(template: &Path) {
    let lock = File::create(template.with_extension("lock")).expect("a lock for the template");
    let locked = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await;
    let _lock = locked.expect("nobody panics").expect("the lock is given");
    if template.exists() {
        return;
    }
    let folder = tempfile::tempdir_in(template.parent().expect("a folder")).expect("a folder for the template");
    let draft = folder.path().join("template.db");
    migrated(&format!("sqlite:{}", draft.display())).await;
    std::fs::rename(draft, template).expect("the template gets its name");
}

/// Copies the template: `CREATE DATABASE … TEMPLATE`.
async fn postgres() -> String {
    let admin_url = std::env::var(POSTGRES)
        .unwrap_or_else(|_| panic!("{POSTGRES} is not set: run the tests by `make test` or `scripts/with-postgres`"));
    let (server, _) = admin_url.rsplit_once('/').expect("the url names a database");
    // One connection: a lock belongs to it.
    let mut options = ConnectOptions::new(&admin_url);
    options.max_connections(1);
    let admin = Database::connect(options).await.expect("the tests' PostgreSQL answers");
    let (template, name) = (format!("template_{}", schema()), format!("test_{}", fresh()));
    if !is_there(&admin, &template).await {
        make_database(&admin, server, &template).await;
    }
    administer(&admin, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    admin.close().await.expect("the connection closes");
    format!("{server}/{name}")
}

/// Makes the template; whoever comes meanwhile waits, and finds it there.
async fn make_database(admin: &DatabaseConnection, server: &str, template: &str) {
    administer(admin, "SELECT pg_advisory_lock(411000)").await;
    if !is_there(admin, template).await {
        let draft = format!("draft_{}", fresh());
        administer(admin, &format!("CREATE DATABASE {draft} TEMPLATE template0 LOCALE 'C.UTF-8'")).await;
        migrated(&format!("{server}/{draft}")).await;
        administer(admin, &format!("ALTER DATABASE {draft} RENAME TO {template}")).await;
    }
    administer(admin, "SELECT pg_advisory_unlock(411000)").await;
}

async fn is_there(admin: &DatabaseConnection, database: &str) -> bool {
    let sql = format!("SELECT 1 FROM pg_database WHERE datname = '{database}'");
    let found = admin.query_one_raw(Statement::from_string(admin.get_database_backend(), sql)).await;
    found.expect("the tests' PostgreSQL answers").is_some()
}

fn fresh() -> String {
    let bytes: [u8; 8] = Ids::from_os().bytes();
    data_encoding::HEXLOWER.encode(&bytes)
}

async fn administer(admin: &DatabaseConnection, sql: &str) {
    admin.execute_unprepared(sql).await.expect("the tests' PostgreSQL does as told");
}
