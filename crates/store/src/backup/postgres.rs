//! PostgreSQL: `pg_dump` under the snapshot in which heads and rows are read, so that they agree; `pg_restore` in one
//! transaction.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use kernel::{Failure, Result};
use sea_orm::{AccessMode, ConnectionTrait, Database, IsolationLevel, Statement, TransactionTrait};
use tokio::process::Command;

use super::{Refusal, Step, Watch, facts::Facts};
use crate::{Engine, dialect};

/// The database's name in a backup.
pub(super) const NAME: &str = "sangyu.dump";

/// Dumps the database behind `url` into `folder`; what the dump holds.
pub(super) async fn take(url: &str, folder: &Path, watch: &dyn Watch) -> Result<Facts> {
    let mut dump = program("pg_dump", url)?;
    let conn = Database::connect(dialect::pool(Engine::Postgres, url, true, 1)).await?;
    let moment = conn.begin_with_config(Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly)).await?;
    let export = "SELECT pg_export_snapshot() AS name, pg_database_size(current_database()) AS bytes";
    let exported = moment.query_one_raw(Statement::from_string(Engine::Postgres.backend(), export)).await?;
    let exported = exported.ok_or_else(|| Failure::internal("no snapshot was exported"))?;
    let (snapshot, expected): (String, i64) = (exported.try_get("", "name")?, exported.try_get("", "bytes")?);
    let facts = Facts::read(&moment, Engine::Postgres).await?;
    let target = folder.join(NAME);
    dump.args(["--format=custom", "--no-owner", "--no-privileges"]);
    dump.arg(format!("--snapshot={snapshot}")).arg("--file").arg(&target);
    run("pg_dump", dump, &mut || {
        let done = fs::metadata(&target).map_or(0, |file| file.len());
        watch.progress(Step::Database, done, expected.max(0).cast_unsigned());
    })
    .await?;
    moment.rollback().await?;
    conn.close().await?;
    fs::File::open(&target)?.sync_all()?;
    Ok(facts)
}

/// Restores a dump into the empty database behind `url`, whole or not at all.
pub(super) async fn restore(url: &str, dump: &Path) -> Result<()> {
    let mut restore = program("pg_restore", url)?;
    restore.args(["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]).arg(dump);
    run("pg_restore", restore, &mut || {}).await
}

/// Runs a program, telling `tick` now and then, and turns its last words into the refusal.
async fn run(name: &'static str, mut command: Command, tick: &mut (dyn FnMut() + Send)) -> Result<()> {
    let mut running = Box::pin(command.output());
    let output = loop {
        tokio::select! {
            output = &mut running => break output?,
            () = tokio::time::sleep(Duration::from_millis(200)) => tick(),
        }
    };
    if output.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    let why = words.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().to_owned();
    Err(Refusal::ProgramFailed { program: name.to_owned(), why }.into())
}

/// A program of PostgreSQL, told of the database; the password goes through the environment, which others cannot list.
fn program(name: &'static str, url: &str) -> Result<Command> {
    let path = find(name, std::env::var_os("PATH"), Path::new("/usr/lib/postgresql"));
    let path = path.ok_or_else(|| Refusal::NoProgram { program: name.to_owned() })?;
    let (url, password) = without_password(url);
    let mut command = Command::new(path);
    command.arg("--dbname").arg(url).arg("--no-password").kill_on_drop(true).stdin(std::process::Stdio::null());
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    Ok(command)
}

/// Debian's folders, newest version first, because what stands on PATH may be older than the server; then PATH.
fn find(name: &str, path: Option<OsString>, debian: &Path) -> Option<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir(debian)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin").join(name))))
        .collect();
    versions.sort_unstable_by(|a, b| b.cmp(a));
    let on_path: Vec<PathBuf> = path.iter().flat_map(std::env::split_paths).map(|folder| folder.join(name)).collect();
    versions.into_iter().map(|(_, file)| file).chain(on_path).find(|file| file.is_file())
}

/// A URL without its password, and the password in clear.
fn without_password(url: &str) -> (String, Option<String>) {
    let split = || {
        let (scheme, rest) = url.split_once("://")?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        let (user, host) = authority.rsplit_once('@')?;
        let (user, password) = user.split_once(':')?;
        Some((format!("{scheme}://{user}@{host}{tail}"), decoded(password)))
    };
    match split() {
        Some((url, password)) => (url, Some(password)),
        None => (url.to_owned(), None),
    }
}

/// Percent-decodes; what is no escape stays.
fn decoded(text: &str) -> String {
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::with_capacity(text.len()), 0);
    while at < bytes.len() {
        let escape = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match escape.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_leaves_the_url_and_is_decoded() {
        let split = |url| without_password(url);
        assert_eq!(
            split("postgres://sangyu:s%40f%2Fe@db:5432/city?sslmode=require"),
            ("postgres://sangyu@db:5432/city?sslmode=require".into(), Some("s@f/e".into()))
        );
        assert_eq!(split("postgres://db/city"), ("postgres://db/city".into(), None));
        assert_eq!(split("postgres://sangyu@db/city"), ("postgres://sangyu@db/city".into(), None));
    }

    #[test]
    fn the_newest_version_is_found_and_a_missing_one_is_told() {
        let folder = tempfile::tempdir().unwrap();
        for version in ["9", "15", "17"] {
            let bin = folder.path().join(version).join("bin");
            fs::create_dir_all(&bin).unwrap();
            fs::write(bin.join("pg_dump"), "").unwrap();
        }
        let path = Some(folder.path().join("9/bin").into_os_string());
        assert_eq!(find("pg_dump", path.clone(), folder.path()), Some(folder.path().join("17/bin/pg_dump")));
        assert_eq!(find("pg_dump", path, Path::new("/nowhere")), Some(folder.path().join("9/bin/pg_dump")));
        assert_eq!(find("pg_dump", None, Path::new("/nowhere")), None);
    }
}
