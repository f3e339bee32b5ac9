//! `sangyu backup FOLDER`: the business data into a folder of backups; the keys, when asked, apart from it.

use std::{
    path::{Path, PathBuf, absolute},
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
};

use clap::Args;
use indicatif::{HumanBytes, ProgressBar};
use kernel::{Result, refusals};
use store::{
    backup::{self, Step, Taking, Watch},
    keys,
};

use super::{Place, import::bar, keys::passphrase};
use crate::{
    config::Config,
    platform::{Platform, files_of, operator},
};

refusals! {
    /// How backing up says no.
    enum Refusal {
        /// Who finds the business data must not find the keys beside it.
        KeysBeside => (Invalid, "backup.keys_beside", "密钥备份不能放在业务数据的备份文件夹里，请另选地方保管"),
    }
}

#[derive(Debug, Args)]
pub(crate) struct Backup {
    #[command(flatten)]
    place: Place,
    /// The folder of backups; each backup becomes a folder in it.
    folder: PathBuf,
    /// Also back up the key store into this file, sealed under the passphrase in SANGYU_PASSPHRASE.
    #[arg(long, value_name = "FILE")]
    keys_to: Option<PathBuf>,
}

impl Backup {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        if let Some(file) = &self.keys_to {
            check_apart(file, &self.folder)?;
            keys::check_passphrase(&passphrase())?;
        }
        let platform = Platform::open(Config::read(&self.place.data, &[])?).await?;
        platform.check_migrated().await?;
        let actor = operator();
        let terminal = Arc::new(Terminal::default());
        let taking = Taking {
            db: &platform.db,
            url: platform.config.text("database_url"),
            files: &files_of(&platform.config),
            node: platform.root.node_key(),
            program: env!("CARGO_PKG_VERSION"),
            actor: &actor,
            watch: terminal.clone(),
        };
        let made = backup::take(&taking, &self.folder).await?;
        terminal.clear();
        let (rows, entries) = (made.manifest.rows.values().sum::<i64>(), entries(&made));
        let bytes: u64 = made.manifest.parts.iter().map(|part| part.bytes).sum();
        println!("备份完成：{}", made.folder.display());
        println!(
            "{rows} 行、{} 条链 {entries} 条流水、{} 个文件，数据库 {}",
            made.manifest.heads.len(),
            made.manifest.files,
            HumanBytes(bytes)
        );
        platform.keys.check_complete(&platform.db).await?;
        match &self.keys_to {
            Some(file) => keep_keys(&platform, file).await?,
            None => println!("这份备份不含密钥：没有密钥库和根密钥，里面的个人信息谁也打不开；请用 --keys-to 另存"),
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn entries(made: &backup::Backup) -> i64 {
    made.manifest.heads.iter().map(|head| head.seq).sum()
}

/// Passes when the file does not lie in the folder of backups.
fn check_apart(file: &Path, folder: &Path) -> Result<()> {
    if absolute(file)?.starts_with(absolute(folder)?) { Err(Refusal::KeysBeside.into()) } else { Ok(()) }
}

/// Older backups of the keys that are kept beside the newest: `FILE.1` is the last one before it.
const OLDER: u32 = 7;

/// Makes room for a new backup of the keys; the present one becomes the first of the older ones.
fn make_room(file: &Path) -> Result<()> {
    let older = |n: u32| PathBuf::from(format!("{}.{n}", file.display()));
    for n in (1..OLDER).rev().filter(|n| older(*n).exists()) {
        std::fs::rename(older(n), older(n + 1))?;
    }
    // A second name for it: it is never gone, not even for a moment.
    let _ = std::fs::remove_file(older(1));
    Ok(std::fs::hard_link(file, older(1))?)
}

/// Writes the keys after the data, so that every cell of the backup has its key. A backup that holds more keys than there
/// are now is left as it is.
async fn keep_keys(platform: &Platform, file: &Path) -> Result<()> {
    if file.exists() {
        let there = std::io::BufReader::new(std::fs::File::open(file)?);
        let (kept, here) = (keys::Keys::size_of_backup(there, &passphrase())?, platform.keys.size().await?);
        if here < kept {
            return Err(keys::Refusal::FewerThanKept { kept, here }.into());
        }
    }
    let beside = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(beside)?;
    // A temporary file is its owner's alone, and takes the place of an older backup only when it is whole.
    let made = tempfile::NamedTempFile::new_in(beside)?;
    let kept = platform.keys.backup(made.as_file(), &passphrase()).await?;
    made.as_file().sync_all()?;
    if file.exists() {
        make_room(file)?;
    }
    made.persist(file)?;
    println!("{kept} 把密钥已用口令封存到 {}；根密钥请用 sangyu keys export 另存", file.display());
    Ok(())
}

/// A progress bar for each step; silent where there is no terminal.
#[derive(Default)]
pub(super) struct Terminal(Mutex<Option<(Step, ProgressBar)>>);

impl Terminal {
    /// Takes the bar away.
    pub(super) fn clear(&self) {
        if let Some((_, bar)) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
    }
}

impl Watch for Terminal {
    fn progress(&self, step: Step, done: u64, total: u64) {
        if self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_none_or(|(shown, _)| *shown != step) {
            self.clear();
        }
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let unit = match step {
            Step::Database => "字节：数据库",
            Step::Files => "个文件",
            Step::Sums => "字节：核对",
        };
        let (_, bar) = shown.get_or_insert_with(|| (step, bar(total.cast_signed(), unit)));
        bar.set_length(total.max(done));
        bar.set_position(done);
    }
}
