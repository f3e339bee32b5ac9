//! The key store's database: its tables, how it is opened, how it begins a write.

use std::{path::Path, time::Duration};

use kernel::Result;
use sea_orm::{ConnectionTrait, DatabaseConnection, DeriveIden, Statement};

use super::Refusal;
use crate::{
    Engine, dialect,
    pool::{self, Absent, Pools, Transaction},
};

/// How long a write stands behind another process that holds SQLite's write lock.
const PATIENCE: Duration = Duration::from_secs(8);

/// Each step runs once; steps are only ever appended.
const STEPS: [&[&str]; 1] = [&[
    "CREATE TABLE county_keys (home integer NOT NULL, ver smallint NOT NULL, wrapped bytea NOT NULL, \
     made_at timestamptz NOT NULL, PRIMARY KEY (home, ver))",
    "CREATE TABLE shared_keys (name text NOT NULL PRIMARY KEY, wrapped bytea NOT NULL, made_at timestamptz NOT NULL)",
    "CREATE TABLE subject_keys (subject uuid NOT NULL PRIMARY KEY, home integer NOT NULL, ver smallint NOT NULL, \
     wrapped bytea, made_at timestamptz NOT NULL, erased_at timestamptz, erased_by text)",
    "CREATE INDEX subject_keys_by_county ON subject_keys (home, ver)",
    "CREATE INDEX subject_keys_erased ON subject_keys (erased_at) WHERE erased_at IS NOT NULL",
]];

#[derive(DeriveIden, Clone, Copy)]
pub(super) enum CountyKeys {
    Table,
    Home,
    Ver,
    Wrapped,
    MadeAt,
}

#[derive(DeriveIden, Clone, Copy)]
pub(super) enum SharedKeys {
    Table,
    Name,
    Wrapped,
    MadeAt,
}

/// `wrapped` is null once the subject is erased.
#[derive(DeriveIden, Clone, Copy)]
pub(super) enum SubjectKeys {
    Table,
    Subject,
    Home,
    Ver,
    Wrapped,
    MadeAt,
    ErasedAt,
    ErasedBy,
}

pub(super) struct KeyDatabase(Pools);

impl KeyDatabase {
    pub(super) async fn open(url: &str, connections: u32) -> Result<Self> {
        let Some(engine) = Engine::of(url) else {
            let scheme = url.split(':').next().unwrap_or_default().to_owned();
            return Err(Refusal::UnknownEngine { scheme }.into());
        };
        let opened = Pools::open(engine, url, connections).await;
        let pools = opened.map_err(|failure| match failure.cause::<Absent>() {
            Some(Absent(file)) => Refusal::NoStore { file: file.display().to_string() }.into(),
            None => failure,
        })?;
        let db = Self(pools);
        if db.newest_step().await?.is_none() {
            return Err(Refusal::NoStore { file: shown(url).to_owned() }.into());
        }
        db.migrate().await?;
        Ok(db)
    }

    /// Makes the tables of a store where there is none yet; one that is there stays.
    pub(super) async fn make(url: &str, connections: u32) -> Result<()> {
        let Some(engine) = Engine::of(url) else { return Self::open(url, connections).await.map(|_| ()) };
        if let Some(folder) = dialect::file_of(url).as_deref().and_then(Path::parent) {
            std::fs::create_dir_all(folder)?;
        }
        pool::make_file(url)?;
        Self(Pools::open(engine, url, connections).await?).migrate().await
    }

    /// The last step that was taken here; none where there is no key store.
    async fn newest_step(&self) -> Result<Option<i16>> {
        let tables = Statement::from_string(self.0.engine().backend(), dialect::list_tables(self.0.engine()));
        let tables = self.read().query_all_raw(tables).await?;
        let mut names = tables.iter().map(|row| row.try_get::<String>("", "name"));
        if !names.any(|name| name.is_ok_and(|name| name == "key_steps")) {
            return Ok(None);
        }
        let newest =
            Statement::from_string(self.0.engine().backend(), "SELECT step FROM key_steps ORDER BY step DESC LIMIT 1");
        let row = self.read().query_one_raw(newest).await?;
        Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
    }

    pub(super) fn read(&self) -> &DatabaseConnection {
        self.0.read()
    }

    /// Two processes that open a new store at once take turns.
    async fn migrate(&self) -> Result<()> {
        let tx = self.begin().await?;
        if self.0.engine() == Engine::Postgres {
            tx.execute_unprepared("SELECT pg_advisory_xact_lock(5372109)").await?;
        }
        tx.execute_unprepared("CREATE TABLE IF NOT EXISTS key_steps (step smallint NOT NULL PRIMARY KEY)").await?;
        let newest = "SELECT count(*) FROM key_steps WHERE step > $1";
        let newest = Statement::from_sql_and_values(self.0.engine().backend(), newest, [(STEPS.len() as i32).into()]);
        let newer: i64 = tx.query_one_raw(newest).await?.map_or(Ok(0), |row| row.try_get_by_index(0))?;
        if newer > 0 {
            return Err(Refusal::NewerStore.into());
        }
        for (step, statements) in STEPS.iter().enumerate() {
            let mark = format!("INSERT INTO key_steps (step) VALUES ({}) ON CONFLICT DO NOTHING", step + 1);
            if tx.execute_unprepared(&mark).await?.rows_affected() == 1 {
                for statement in *statements {
                    tx.execute_unprepared(statement).await?;
                }
            }
        }
        tx.commit().await
    }

    pub(super) async fn begin(&self) -> Result<Transaction> {
        self.0.begin(PATIENCE).await
    }

    #[cfg(feature = "testing")]
    pub(super) async fn fill(&self) {
        self.0.write().execute_unprepared("PRAGMA max_page_count = 1").await.expect("SQLite's limit is set");
    }

    /// Leaves no copy of destroyed keys in SQLite's log. PostgreSQL's dead rows go with its own vacuum and its log with
    /// the retention of the key store's backups.
    pub(super) async fn scrub(&self) -> Result<()> {
        if self.0.engine() == Engine::Sqlite {
            self.0.write().execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
        }
        Ok(())
    }
}

/// A URL without its password.
fn shown(url: &str) -> &str {
    url.rsplit_once('@').map_or(url, |(_, rest)| rest)
}
