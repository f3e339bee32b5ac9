//! The key store's database: its tables, how it is opened, how it begins a write.

use std::time::Duration;

use kernel::Result;
use sea_orm::{
    ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DeriveIden, TransactionTrait, sqlx::Executor,
};

use super::Refusal;
use crate::{Engine, dialect};

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

pub(super) struct KeyDatabase {
    engine: Engine,
    pub(super) read: DatabaseConnection,
    write: DatabaseConnection,
}

impl KeyDatabase {
    pub(super) async fn open(url: &str, connections: u32) -> Result<Self> {
        let Some(engine) = Engine::of(url) else {
            let scheme = url.split(':').next().unwrap_or_default().to_owned();
            return Err(Refusal::UnknownEngine { scheme }.into());
        };
        let mut writes = dialect::pool(engine, url, true, connections);
        // What is erased or wrapped anew must not linger in free pages.
        writes.map_sqlx_sqlite_pool_opts(|pool| {
            pool.after_connect(|connection, _| {
                Box::pin(async move { connection.execute("PRAGMA secure_delete = ON").await.map(|_| ()) })
            })
        });
        let write = Database::connect(writes).await?;
        let read = Database::connect(dialect::pool(engine, url, false, connections)).await?;
        let db = Self { engine, read, write };
        db.migrate().await?;
        Ok(db)
    }

    /// Two processes that open a new store at once take turns.
    async fn migrate(&self) -> Result<()> {
        let tx = self.begin().await?;
        if self.engine == Engine::Postgres {
            tx.execute_unprepared("SELECT pg_advisory_xact_lock(5372109)").await?;
        }
        tx.execute_unprepared("CREATE TABLE IF NOT EXISTS key_steps (step smallint NOT NULL PRIMARY KEY)").await?;
        for (step, statements) in STEPS.iter().enumerate() {
            let mark = format!("INSERT INTO key_steps (step) VALUES ({}) ON CONFLICT DO NOTHING", step + 1);
            if tx.execute_unprepared(&mark).await?.rows_affected() == 1 {
                for statement in *statements {
                    tx.execute_unprepared(statement).await?;
                }
            }
        }
        Ok(tx.commit().await?)
    }

    /// Begins a write, trying again while another process holds SQLite's write lock.
    pub(super) async fn begin(&self) -> Result<DatabaseTransaction> {
        let mut tries = 0;
        loop {
            match self.write.begin_with_options(dialect::begin(self.engine)).await {
                Err(error) if dialect::is_contention(&error) && tries < 5 => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(20 << tries)).await;
                }
                begun => return Ok(begun?),
            }
        }
    }

    /// Leaves no copy of destroyed keys in SQLite's log. PostgreSQL's dead rows go with its own vacuum and its log with
    /// the retention of the key store's backups.
    pub(super) async fn scrub(&self) -> Result<()> {
        if self.engine == Engine::Sqlite {
            self.write.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
        }
        Ok(())
    }
}
