//! Restoring a backup into an empty place.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::Arc,
};

use kernel::Result;
use sea_orm::Database;

use super::{
    Backup, Refusal, Watch, copy,
    facts::{Facts, tables},
    manifest::HEADS,
    postgres, sync_folder,
};
use crate::{Db, Engine, dialect, heads::NodePublicKey, journal::Head};

/// Stands in a data folder while a restore is under way; a folder that has it is not served.
pub const UNFINISHED: &str = ".restoring";

/// What may stand in a folder that counts as empty: settings that the operator put there, and certificates.
const SETTINGS: [&str; 2] = ["config.toml", "tls"];

/// Where a backup goes.
#[derive(Clone)]
pub struct Restoring<'a> {
    /// The data folder.
    pub data: &'a Path,
    /// The database's URL.
    pub url: &'a str,
    /// The folder of sealed files.
    pub files: &'a Path,
    /// Whoever signed the heads.
    pub signer: NodePublicKey,
    /// Is told how far it is.
    pub watch: Arc<dyn Watch>,
}

impl std::fmt::Debug for Restoring<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Restoring").field("data", &self.data).field("files", &self.files).finish_non_exhaustive()
    }
}

/// Passes when folder and database are empty. What a killed restore left there does not count and is removed.
///
/// # Errors
/// [`Refusal::FolderInUse`], [`Refusal::DatabaseInUse`].
pub async fn check_empty(restoring: &Restoring<'_>) -> Result<()> {
    let in_use = || Refusal::FolderInUse { folder: restoring.data.display().to_string() };
    let database = dialect::file_of(restoring.url);
    if restoring.data.join(UNFINISHED).exists() {
        remove(restoring.files)?;
        for file in database.iter().flat_map(|file| beside(file)) {
            remove(&file)?;
        }
    }
    let entries = match fs::read_dir(restoring.data) {
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        entries => entries?.collect::<std::io::Result<_>>()?,
    };
    // The key store is a database of its own; it may have survived, or be restored first.
    let keys = |name: &str| name.starts_with("keys.db") || name.ends_with(".key");
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name != UNFINISHED && !SETTINGS.contains(&name.as_str()) && !keys(&name) {
            return Err(in_use().into());
        }
    }
    match database {
        Some(file) if file.exists() => Err(in_use().into()),
        Some(_) => Ok(()),
        None => check_no_tables(restoring.url).await,
    }
}

async fn check_no_tables(url: &str) -> Result<()> {
    let conn = Database::connect(dialect::pool(Engine::Postgres, url, false, 1)).await?;
    let there = tables(&conn, Engine::Postgres).await?;
    conn.close().await?;
    if there.is_empty() { Ok(()) } else { Err(Refusal::DatabaseInUse.into()) }
}

/// Restores database and files: the sums first, then the empty place, then the data. The signed heads, for the proof
/// that the caller makes when the database is open. [`UNFINISHED`] stays until [`Restoring::finish`].
///
/// # Errors
/// [`Refusal`]; what [`NodePublicKey::verify`] says of the heads. Nothing is left when it fails.
pub async fn restore(backup: &Backup, restoring: &Restoring<'_>) -> Result<Vec<Head>> {
    let engine = Engine::of(restoring.url);
    if backup.manifest.engine() != engine {
        return Err(Refusal::OtherEngine { engine: backup.manifest.engine.clone() }.into());
    }
    check_empty(restoring).await?;
    let (folder, parts, watch) = (backup.folder.clone(), backup.manifest.parts.clone(), Arc::clone(&restoring.watch));
    copy::blocking(move || copy::check_all(folder, parts, &watch)).await?;
    let heads = signed_heads(backup, &restoring.signer)?;
    fs::create_dir_all(restoring.data)?;
    fs::write(restoring.data.join(UNFINISHED), backup.manifest.id.to_string())?;
    let restored = fill(backup, restoring).await;
    if restored.is_err() {
        restoring.abandon()?;
    }
    restored?;
    Ok(heads)
}

fn signed_heads(backup: &Backup, signer: &NodePublicKey) -> Result<Vec<Head>> {
    let text = fs::read_to_string(backup.folder.join(HEADS)).map_err(|error| copy::gone(error, HEADS))?;
    let (heads, _) = signer.verify(&text)?;
    if heads == backup.manifest.heads()? { Ok(heads) } else { Err(Refusal::OtherHeads.into()) }
}

async fn fill(backup: &Backup, restoring: &Restoring<'_>) -> Result<()> {
    let database = backup.folder.join(&backup.database()?.name);
    let (folder, to, watch) = (backup.folder.clone(), restoring.files.to_owned(), Arc::clone(&restoring.watch));
    copy::blocking(move || {
        fs::create_dir_all(&to)?;
        copy::restore_files(&folder, &to, &*watch)
    })
    .await?;
    match dialect::file_of(restoring.url) {
        None => postgres::restore(restoring.url, &database).await,
        Some(target) => {
            copy::blocking(move || {
                if let Some(folder) = target.parent() {
                    fs::create_dir_all(folder)?;
                }
                copy::copy(&database, &target, &mut |_| {})?;
                Ok(target.parent().map(sync_folder).transpose().map(|_| ())?)
            })
            .await
        }
    }
}

impl Restoring<'_> {
    /// Ends a restore that was proven: from now on the folder is served.
    ///
    /// # Errors
    /// When the mark cannot be removed.
    pub fn finish(&self) -> Result<()> {
        fs::remove_file(self.data.join(UNFINISHED))?;
        Ok(sync_folder(self.data)?)
    }

    /// Removes what was restored into the data folder; a PostgreSQL database is left to its owner.
    ///
    /// # Errors
    /// When something cannot be removed.
    pub fn abandon(&self) -> Result<()> {
        remove(self.files)?;
        for file in dialect::file_of(self.url).iter().flat_map(|file| beside(file)) {
            remove(&file)?;
        }
        remove(&self.data.join(UNFINISHED))
    }
}

/// What the restored database holds other than the manifest says: table, rows there, rows in the manifest.
///
/// # Errors
/// Internal failures only.
pub async fn compare(backup: &Backup, db: &Db) -> Result<Vec<(String, i64, i64)>> {
    let facts = Facts::read(db, db.engine()).await?;
    let manifest = &backup.manifest.rows;
    let names: std::collections::BTreeSet<&String> = facts.rows.keys().chain(manifest.keys()).collect();
    let rows = |of: &std::collections::BTreeMap<String, i64>, name: &String| of.get(name).copied().unwrap_or(-1);
    let differing = names.into_iter().map(|name| (name.clone(), rows(&facts.rows, name), rows(manifest, name)));
    Ok(differing.filter(|(_, there, said)| there != said).collect())
}

/// A database's file and what SQLite keeps beside it.
fn beside(file: &Path) -> Vec<PathBuf> {
    ["", "-wal", "-shm", "-journal"].iter().map(|suffix| PathBuf::from(format!("{}{suffix}", file.display()))).collect()
}

fn remove(path: &Path) -> Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => Ok(removed?),
    }
}
