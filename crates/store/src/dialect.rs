//! Every difference between SQLite and PostgreSQL, in one file. Rooms never ask which engine they stand on.

use std::{borrow::Cow, path::PathBuf, time::Duration};

use kernel::Failure;
use sea_orm::{
    ConnectOptions, DbBackend, DbErr, RuntimeErr, SqliteTransactionMode, TransactionOptions,
    sea_query::{Expr, ExprTrait, SimpleExpr},
};

/// The engine behind a [`Db`](crate::Db).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A file in the data folder.
    Sqlite,
    /// A server, plain or Citus.
    Postgres,
}

impl Engine {
    /// The engine of a database URL; none for anything else, which refuses to start.
    #[must_use]
    pub fn of(url: &str) -> Option<Self> {
        match url.split_once(':')?.0 {
            "sqlite" => Some(Self::Sqlite),
            "postgres" | "postgresql" => Some(Self::Postgres),
            _ => None,
        }
    }

    /// The query builder's backend.
    #[must_use]
    pub const fn backend(self) -> DbBackend {
        match self {
            Self::Sqlite => DbBackend::Sqlite,
            Self::Postgres => DbBackend::Postgres,
        }
    }
}

/// How long somebody waits for a connection before being told that the database is away. A person reads that sentence
/// before giving up on the page, and a restart of PostgreSQL is often bridged unseen. SQLite is never away, but may
/// first replay a long log after a power cut.
const fn patience(engine: Engine) -> Duration {
    match engine {
        Engine::Postgres => Duration::from_secs(3),
        Engine::Sqlite => Duration::from_secs(8),
    }
}

/// The file of an `sqlite:` URL; none of a server's.
#[must_use]
pub fn file_of(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("sqlite:")?;
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let file = rest.split('?').next().unwrap_or_default();
    (!file.is_empty() && file != ":memory:").then(|| PathBuf::from(file))
}

/// Options of the pool that reads (`writes` false) or writes. SQLite has one writer; its readers cannot write.
#[must_use]
pub(crate) fn pool(engine: Engine, url: &str, writes: bool, size: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    let patience = patience(engine);
    options.sqlx_logging(false).acquire_timeout(patience).connect_timeout(patience);
    match engine {
        Engine::Postgres => options.min_connections(0).max_connections(size),
        Engine::Sqlite => options.min_connections(1).max_connections(if writes { 1 } else { size }),
    };
    // Each question is planned with its own values: a plan for any value reads a whole provider's orders to show fifty, as
    // it does not know how few a LIMIT asks for.
    options.map_sqlx_postgres_opts(|o| o.options([("plan_cache_mode", "force_custom_plan")]));
    options.map_sqlx_sqlite_opts(move |o| {
        // Opening makes nothing: a wrong folder stays as it was.
        o.create_if_missing(false)
            // A writer asks again by itself; a reader waits for the recovery of a log at most.
            .busy_timeout(Duration::from_secs(if writes { 2 } else { 10 }))
            .foreign_keys(true)
            .pragma("journal_mode", "WAL")
            .pragma("synchronous", "FULL")
            .pragma("cache_size", "-65536")
            // What is erased, revised or wrapped anew must not linger in free pages.
            .pragma("secure_delete", "ON")
            // The writer has its cache; what it writes need not stay mapped.
            .pragma("mmap_size", if writes { "0" } else { "1073741824" })
            .pragma("query_only", if writes { "OFF" } else { "ON" })
    });
    options
}

/// How a write begins: SQLite takes its one write lock at once, because a deferred transaction fails when it upgrades.
#[must_use]
pub fn begin(engine: Engine) -> TransactionOptions {
    let mode = (engine == Engine::Sqlite).then_some(SqliteTransactionMode::Immediate);
    TransactionOptions { sqlite_transaction_mode: mode, ..TransactionOptions::default() }
}

/// Statements that write a page without changing anything that anybody reads.
#[must_use]
pub(crate) const fn touch(engine: Engine) -> &'static [&'static str] {
    match engine {
        Engine::Sqlite => &["PRAGMA user_version = 0"],
        Engine::Postgres => &[],
    }
}

/// `SUM` of an integer column as bigint (PostgreSQL sums bigint to numeric), 0 when there is no row.
#[must_use]
pub fn sum_i64(engine: Engine, column: SimpleExpr) -> SimpleExpr {
    let sum = Expr::expr(column).sum();
    let sum = match engine {
        Engine::Sqlite => sum,
        Engine::Postgres => sum.cast_as("bigint"),
    };
    Expr::expr(sum).if_null(0_i64)
}

/// The statement that shows a query plan, one line a row.
#[must_use]
pub const fn explain(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "EXPLAIN QUERY PLAN ",
        Engine::Postgres => "EXPLAIN ",
    }
}

/// Tables of short rows that SQLite keeps in the tree of their key, without a second tree of rows: half the pages to write,
/// one look-up less to read. A database that was made before keeps its two trees and answers the same.
const CLUSTERED: [&str; 7] =
    ["person_homes", "person_certs", "person_phones", "elder_names", "elder_tags", "import_rows", "rollups"];

/// A statement of a migration as the engine gets it.
#[must_use]
pub(crate) fn migration(engine: Engine, statement: &str) -> Cow<'_, str> {
    let made = statement.lines().find_map(|line| line.strip_prefix("CREATE TABLE ")?.strip_suffix(" ("));
    match made {
        Some(table) if engine == Engine::Sqlite && CLUSTERED.contains(&table) => {
            Cow::Owned(format!("{statement} WITHOUT ROWID"))
        }
        _ => Cow::Borrowed(statement),
    }
}

/// The statement that lists the tables, one `name` a row.
#[must_use]
pub const fn list_tables(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        }
        Engine::Postgres => "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = current_schema()",
    }
}

/// The statement that lists a table's indexes that are no keys, `name` and `definition`.
#[must_use]
pub(crate) const fn list_indexes(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => {
            "SELECT name, sql AS definition FROM sqlite_master \
             WHERE type = 'index' AND tbl_name = $1 AND sql LIKE 'CREATE INDEX %'"
        }
        Engine::Postgres => {
            "SELECT indexname::text AS name, indexdef AS definition FROM pg_indexes \
             WHERE schemaname = current_schema() AND tablename = $1 AND indexdef LIKE 'CREATE INDEX %'"
        }
    }
}

/// Statements that prepare the writer for a first load: nobody waits for it, so SQLite's log may grow to 64 MB before it is
/// put into place, and pages that change again and again are put there once.
#[must_use]
pub(crate) const fn before_first_load(engine: Engine) -> &'static [&'static str] {
    match engine {
        Engine::Sqlite => &["PRAGMA wal_autocheckpoint = 16000"],
        Engine::Postgres => &[],
    }
}

/// Statements that refresh the planner's figures after bulk work.
#[must_use]
pub const fn after_bulk(engine: Engine) -> &'static [&'static str] {
    match engine {
        Engine::Sqlite => &["PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA wal_autocheckpoint = 1000", "ANALYZE"],
        Engine::Postgres => &["ANALYZE"],
    }
}

/// Whether a failure means that another write was in the way and the same write may succeed when tried again: SQLite
/// busy (5 and its kinds), PostgreSQL serialization and deadlock (40001, 40P01).
#[must_use]
pub fn is_contention(error: &DbErr) -> bool {
    code(error).is_some_and(|code| matches!(code.as_str(), "40001" | "40P01")) || primary(error) == Some(5)
}

/// Whether a failure means that the database cannot be reached, read or written for now: away, full, read-only, or with
/// a disk that fails.
#[must_use]
pub fn is_away(failure: &Failure) -> bool {
    let Some(error) = failure.cause::<DbErr>() else { return false };
    matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_))
        || is_contention(error)
        || is_of_the_disk(error)
        || is_of_the_server(error)
        || matches!(
            sqlx(error),
            Some(sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed)
        )
}

/// SQLite: read-only (8), input or output (10), full (13), cannot open (14), each with all its kinds.
fn is_of_the_disk(error: &DbErr) -> bool {
    primary(error).is_some_and(|code| matches!(code, 8 | 10 | 13 | 14))
}

/// PostgreSQL: connection lost (08), no room, memory or connections (53), stopping, starting or cancelled (57), its disk
/// (58), read-only as after a failover (25006).
fn is_of_the_server(error: &DbErr) -> bool {
    code(error)
        .is_some_and(|code| code.len() == 5 && (matches!(&code[..2], "08" | "53" | "57" | "58") || code == "25006"))
}

/// Whether a COMMIT that failed this way certainly kept nothing. Not so when the answer was lost, and not so when SQLite
/// could not write or sync its log: the last frame may have reached the disk all the same.
#[must_use]
pub(crate) fn is_surely_lost(engine: Engine, error: &DbErr) -> bool {
    match engine {
        Engine::Sqlite => primary(error).is_some_and(|code| code != 10),
        Engine::Postgres => code(error).is_some() && !is_of_the_server(error) || is_out_of_room(error),
    }
}

/// PostgreSQL says so before it commits.
fn is_out_of_room(error: &DbErr) -> bool {
    code(error).is_some_and(|code| matches!(code.as_str(), "53100" | "25006"))
}

fn sqlx(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(e))
        | DbErr::Exec(RuntimeErr::SqlxError(e))
        | DbErr::Query(RuntimeErr::SqlxError(e)) => Some(e),
        _ => None,
    }
}

fn code(error: &DbErr) -> Option<String> {
    sqlx(error)?.as_database_error()?.code().map(|code| code.into_owned())
}

/// SQLite's primary code of an extended one: 778 (a write failed) is a kind of 10.
fn primary(error: &DbErr) -> Option<u32> {
    let code = code(error).filter(|code| code.len() < 5)?;
    code.parse::<u32>().ok().map(|code| code & 0xff)
}
