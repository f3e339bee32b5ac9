//! Migrations: numbered SQL files that both engines accept, embedded, applied in order, each exactly once.

use chrono::{DateTime, Utc};
use include_dir::{Dir, include_dir};
use kernel::{Failure, Result, refusals};
use sea_orm::{ConnectionTrait, Statement};
use sm3::{Digest, Sm3};

use crate::{Db, dialect};

static FILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../migrations");

refusals! {
    /// How migrating says no.
    pub enum Refusal {
        /// A file was edited after it ran here.
        Edited { name: String } => (Conflict, "store.migration_edited", "迁移文件“{name}”在执行之后被改动，不能继续"),
        /// The database is of a newer program.
        Newer { name: String } => (Conflict, "store.database_newer", "数据库已有迁移“{name}”，比本程序新，请升级程序"),
    }
}

/// One migration file.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// `0001_store_journal`.
    pub name: &'static str,
    /// Its statements, each ending with `;` at the end of a line.
    pub sql: &'static str,
}

/// All migrations, in order.
///
/// # Panics
/// Never: the files are embedded at build time and a test reads them all.
#[must_use]
pub fn all() -> Vec<Migration> {
    let mut found: Vec<_> = FILES
        .files()
        .filter_map(|file| {
            let name = file.path().file_stem()?.to_str()?;
            Some(Migration { name, sql: file.contents_utf8()? })
        })
        .collect();
    found.sort_by_key(|m| m.name);
    found
}

impl Migration {
    /// Its statements, one by one (Citus takes one command at a time).
    pub fn statements(self) -> impl Iterator<Item = &'static str> {
        self.sql.split(";\n").map(str::trim).filter(|statement| {
            statement.lines().any(|line| !line.trim().is_empty() && !line.trim_start().starts_with("--"))
        })
    }

    fn digest(self) -> Vec<u8> {
        Sm3::digest(self.sql.replace("\r\n", "\n").as_bytes()).to_vec()
    }
}

/// Brings the database to this program's schema; the names of the migrations that ran.
///
/// # Errors
/// [`Refusal`] when the database and the files disagree; internal failures.
pub async fn run(db: &Db) -> Result<Vec<&'static str>> {
    let conn = db.maintenance();
    conn.execute_unprepared(
        "CREATE TABLE IF NOT EXISTS migrations (name text NOT NULL PRIMARY KEY, digest bytea NOT NULL, ran_at timestamptz NOT NULL)",
    )
    .await?;
    let missing = missing(&done(conn).await?)?;
    for file in &missing {
        apply(db, *file).await?;
    }
    Ok(missing.into_iter().map(|file| file.name).collect())
}

/// The migrations that a database lacks, when what it has is this program's.
fn missing(done: &[(String, Vec<u8>)]) -> Result<Vec<Migration>> {
    let files = all();
    if let Some((name, _)) = done.iter().find(|(name, _)| files.iter().all(|file| file.name != name)) {
        return Err(Refusal::Newer { name: name.clone() }.into());
    }
    let mut missing = Vec::new();
    for file in files {
        match done.iter().find(|(name, _)| name == file.name) {
            Some((_, digest)) if *digest == file.digest() => {}
            Some(_) => return Err(Refusal::Edited { name: file.name.to_owned() }.into()),
            None => missing.push(file),
        }
    }
    Ok(missing)
}

/// Whether the database lacks migrations of this program.
///
/// # Errors
/// [`Refusal`] when the database is of a newer or another program; internal failures.
pub async fn pending(db: &Db) -> Result<bool> {
    let known = match done(db).await {
        Ok(done) => done,
        // No table of migrations yet: nothing ran here.
        Err(failure) if failure.cause::<sea_orm::DbErr>().is_some() => return Ok(true),
        Err(failure) => return Err(failure),
    };
    Ok(!missing(&known)?.is_empty())
}

/// The migrations that ran in a database, in order.
///
/// # Errors
/// When the database was never migrated.
pub(crate) async fn names(conn: &impl ConnectionTrait) -> Result<Vec<String>> {
    Ok(done(conn).await?.into_iter().map(|(name, _)| name).collect())
}

async fn done(conn: &impl ConnectionTrait) -> Result<Vec<(String, Vec<u8>)>> {
    let all = Statement::from_string(conn.get_database_backend(), "SELECT name, digest FROM migrations ORDER BY name");
    let rows = conn.query_all_raw(all).await?;
    rows.into_iter().map(|row| Ok((row.try_get("", "name")?, row.try_get("", "digest")?))).collect()
}

async fn apply(db: &Db, file: Migration) -> Result<()> {
    let ran_at: DateTime<Utc> = db.clock().now();
    let actor = kernel::Actor::system("migrate");
    db.write(crate::Lane::Interactive, &actor, async |tx| {
        for statement in file.statements() {
            tx.execute_unprepared(&dialect::migration(tx.engine(), statement))
                .await
                .map_err(|error| Failure::internal(format!("{}: {error}: {statement}", file.name)))?;
        }
        let note = Statement::from_sql_and_values(
            tx.get_database_backend(),
            "INSERT INTO migrations (name, digest, ran_at) VALUES ($1, $2, $3)",
            [file.name.into(), file.digest().into(), ran_at.into()],
        );
        tx.execute_raw(note).await?;
        Ok(())
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_numbered_once_and_holds_statements() {
        let numbers: Vec<_> = all().iter().map(|m| m.name[..4].to_owned()).collect();
        assert!(numbers.is_sorted() && numbers.windows(2).all(|w| w[0] != w[1]), "{numbers:?}");
        assert!(all().iter().all(|m| m.statements().count() > 0));
    }
}
