//! Taking a backup.

use std::{
    fs::{self, File, TryLockError},
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

use kernel::{Actor, Failure, Result};
use uuid::Uuid;

use super::{
    Backup, Manifest, Part, Refusal, Watch, copy,
    facts::Facts,
    manifest::{FILES, FORMAT, HEADS, LIST, MANIFEST, newest},
    postgres, sqlite, sync_folder,
};
use crate::{Db, Engine, Lane, accesses, heads::NodeKey, health, journal::Head};

/// Unfinished backups begin with this.
const MAKING: &str = ".making-";
/// Held while a backup is being taken.
const LOCK: &str = ".lock";

/// What is backed up, and how.
#[derive(Clone)]
pub struct Taking<'a> {
    /// The running platform's database.
    pub db: &'a Db,
    /// Its URL.
    pub url: &'a str,
    /// The folder of its sealed files.
    pub files: &'a Path,
    /// Signs the heads.
    pub node: NodeKey,
    /// The version of the program.
    pub program: &'static str,
    /// Who asked for it.
    pub actor: &'a Actor,
    /// Is told how far it is.
    pub watch: Arc<dyn Watch>,
}

impl std::fmt::Debug for Taking<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Taking").field("db", &self.db).field("files", &self.files).finish_non_exhaustive()
    }
}

/// Takes a backup into a folder of backups, while others write. A backup is a read of everybody's data: every home
/// notes it among its accesses, before the backup is there.
///
/// # Errors
/// [`Refusal::Running`], [`Refusal::NoProgram`], [`Refusal::ProgramFailed`]; internal failures. Then no backup is left
/// that could be taken for a whole one.
pub async fn take(taking: &Taking<'_>, into: &Path) -> Result<Backup> {
    fs::create_dir_all(into)?;
    let _lock = lock(into)?;
    sweep(into)?;
    let before = newest(into)?;
    let name = free_name(taking, into);
    let making = into.join(format!("{MAKING}{name}"));
    make_private(&making)?;
    let made = fill(taking, &making, before).await;
    if made.is_err() {
        // What cannot be removed now is removed by the next backup.
        let _ = fs::remove_dir_all(&making);
    }
    let folder = into.join(name);
    let manifest = made?;
    fs::rename(&making, &folder)?;
    sync_folder(into)?;
    mark(taking).await?;
    Ok(Backup { folder, manifest })
}

/// Names and birth dates stand in clear in the copy: it is its owner's alone.
#[cfg(unix)]
fn make_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_private(folder: &Path) -> std::io::Result<()> {
    fs::create_dir(folder)
}

/// The lock goes with its file handle, also when the process is killed.
fn lock(into: &Path) -> Result<File> {
    let file = File::create(into.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Refusal::Running { folder: into.display().to_string() }.into()),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Removes what a killed backup left.
fn sweep(into: &Path) -> Result<()> {
    for entry in fs::read_dir(into)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(MAKING) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

fn free_name(taking: &Taking<'_>, into: &Path) -> String {
    let stamp = taking.db.clock().now().format("%Y%m%dT%H%M%SZ").to_string();
    let again = (2..).map(|n| format!("{stamp}-{n}"));
    let mut names = std::iter::once(stamp.clone()).chain(again);
    names.find(|name| !into.join(name).exists()).unwrap_or(stamp)
}

async fn fill(taking: &Taking<'_>, making: &Path, before: Option<PathBuf>) -> Result<Manifest> {
    let now = taking.db.clock().now();
    let engine = taking.db.engine();
    let (name, facts) = match engine {
        Engine::Sqlite => (sqlite::NAME, sqlite::take(taking.url, making, &*taking.watch).await?),
        Engine::Postgres => (postgres::NAME, postgres::take(taking.url, making, &*taking.watch).await?),
    };
    fs::write(making.join(HEADS), taking.node.sign(&facts.heads, now))?;
    // Files come after the rows that name them: what a row of the copy names is there.
    let (from, to, watch) = (taking.files.to_owned(), making.to_owned(), Arc::clone(&taking.watch));
    let files = copy::blocking(move || {
        fs::create_dir_all(to.join(FILES))?;
        let files = copy::take_files(&from, before.as_deref(), &to, &*watch)?;
        copy::write_list(&to, &files)?;
        Ok(files.len() as u64)
    });
    let mut manifest = Manifest {
        format: FORMAT,
        id: taking.db.ids().uuid(now),
        program: taking.program.to_owned(),
        engine: word(engine).to_owned(),
        at: now,
        by: taking.actor.journal_name(),
        migrations: Vec::new(),
        heads: Vec::new(),
        rows: std::collections::BTreeMap::new(),
        parts: Vec::new(),
        files: files.await?,
    };
    manifest.fill(&facts);
    manifest.parts = parts(making.to_owned(), [name, HEADS, LIST]).await?;
    note(taking, &facts, manifest.id, &manifest.at.to_rfc3339()).await?;
    finish(making.to_owned(), &manifest).await?;
    Ok(manifest)
}

const fn word(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    }
}

async fn parts(folder: PathBuf, names: [&'static str; 3]) -> Result<Vec<Part>> {
    copy::blocking(move || {
        let part = |name: &'static str| {
            let (bytes, sm3) = copy::sum(&folder.join(name), &mut |_| {})?;
            Ok::<_, Failure>(Part { name: name.to_owned(), bytes, sm3 })
        };
        names.into_iter().map(part).collect()
    })
    .await
}

/// Writes the manifest last, and makes all survive a power cut.
async fn finish(folder: PathBuf, manifest: &Manifest) -> Result<()> {
    let text = serde_json::to_vec_pretty(manifest)?;
    copy::blocking(move || {
        let mut file = File::create_new(folder.join(MANIFEST))?;
        file.write_all(&text)?;
        file.sync_all()?;
        Ok(copy::sync_folders(&folder)?)
    })
    .await
}

async fn note(taking: &Taking<'_>, facts: &Facts, id: Uuid, at: &str) -> Result<()> {
    let homes: Vec<_> = facts.heads.iter().map(|head: &Head| (head.home, id)).collect();
    accesses::note(taking.db, taking.actor, &homes, "backup", at).await
}

/// Notes that the backup is whole, for those who watch its age.
async fn mark(taking: &Taking<'_>) -> Result<()> {
    taking.db.write(Lane::Interactive, taking.actor, async |tx| health::mark(&tx, health::BACKUP).await).await
}
