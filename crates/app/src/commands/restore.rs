//! `sangyu restore FOLDER`: a backup into an empty place; proven, and what was erased since erased again.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use clap::Args;
use kernel::{Failure, Home, Ids, Key, Result, SystemClock, business_day, refusals};
use registry::elders::erasure;
use store::{
    Lane, accesses,
    backup::{self, Backup, Restoring},
    counters,
    heads::NodePublicKey,
    homes,
    journal::{self, Head},
    keys::{self, Keys, RootFile},
};

use web::accounts::after_restore;

use super::{Place, backup::Terminal, import::bar, keys::passphrase, verify};
use crate::{
    config::Config,
    platform::{Platform, files_of, operator},
};

/// People whose erasure is replayed in one transaction.
const CHUNK: usize = 200;

refusals! {
    /// How restoring says no.
    enum Refusal {
        /// Without keys nobody could read what is sealed.
        NoKeys => (Invalid, "restore.no_keys", "没有密钥：请用 --keys 给出密钥备份，或在配置里把 keys_url 指向现有的密钥库"),
        /// The chains are not those that were signed.
        Broken { breaks: usize } => (Conflict, "restore.broken", "恢复出来的流水有 {breaks} 条链与签名的链头不符，已撤销恢复"),
        /// Tables with other row counts than the manifest's.
        OtherRows { tables: String } => (Conflict, "restore.other_rows", "恢复出来的行数与备份清单不符（{tables}），已撤销恢复"),
    }
}

/// Without a store and without a backup of one there is nothing to open the data with.
fn no_keys(failure: Failure) -> Failure {
    if failure.code() == Some("keys.no_store") { Refusal::NoKeys.into() } else { failure }
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    #[command(flatten)]
    place: Place,
    /// A backup, or a folder of backups: then the newest whole one.
    folder: PathBuf,
    /// A backup of the key store, opened with the passphrase in SANGYU_PASSPHRASE.
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// Public key of the node that signed the heads; this node's own when left out.
    #[arg(long, value_name = "KEY")]
    signed_by: Option<String>,
}

impl Restore {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let config = Config::read(&self.place.data, &[])?;
        let backup = Backup::open(&self.folder)?;
        let secret_ids = Arc::new(Ids::from_os());
        let root = Arc::new(RootFile::load(Path::new(config.text("root_key")), secret_ids.clone())?);
        let terminal = Arc::new(Terminal::default());
        let files = files_of(&config);
        let restoring = Restoring {
            data: config.data(),
            url: config.text("database_url"),
            files: &files,
            signer: match &self.signed_by {
                Some(text) => NodePublicKey::parse(text)?,
                None => root.node_key().public(),
            },
            watch: terminal.clone(),
        };
        backup::check_empty(&restoring).await?;
        std::fs::create_dir_all(config.data())?;
        let settings = keys::Settings::new(config.text("keys_url"));
        let clock = Arc::new(SystemClock);
        let key_store = match self.keys {
            Some(_) => Keys::make(&settings, root, secret_ids, clock).await?,
            None => Keys::open(&settings, root, secret_ids, clock).await.map_err(no_keys)?,
        };
        self.bring_keys(&key_store).await?;
        let heads = backup::restore(&backup, &restoring).await?;
        terminal.clear();
        let proven = prove(&config, &backup, &heads).await;
        if proven.is_err() {
            restoring.abandon()?;
        }
        let platform = proven?;
        conclude(&platform, &backup).await?;
        restoring.finish()?;
        println!("恢复完成：{} 的备份现在在 {}", backup.manifest.at, config.data().display());
        // The data are there; who is unreadable is told, and the command fails.
        platform.keys.check_complete(&platform.db).await?;
        Ok(ExitCode::SUCCESS)
    }

    /// Adds the keys of a backup to those that are there; what was erased, here or there, stays erased.
    async fn bring_keys(&self, key_store: &Keys) -> Result<()> {
        match &self.keys {
            None if key_store.is_empty().await? => Err(Refusal::NoKeys.into()),
            None => Ok(()),
            Some(file) => {
                let file = std::io::BufReader::new(std::fs::File::open(file)?);
                let brought = key_store.restore(file, &passphrase()).await?;
                println!("密钥：恢复 {} 把，另有 {} 人的删除照旧有效", brought.keys, brought.erased);
                Ok(())
            }
        }
    }
}

/// Opens what was restored and holds it against manifest and signed heads.
async fn prove(config: &Config, backup: &Backup, heads: &[Head]) -> Result<Platform> {
    let platform = Platform::open_at(config.clone(), Arc::new(SystemClock), Arc::new(Ids::from_os())).await?;
    let differing = backup::compare(backup, &platform.db).await?;
    if !differing.is_empty() {
        let tables: Vec<String> = differing.into_iter().map(|(table, ..)| table).collect();
        return Err(Refusal::OtherRows { tables: tables.join("、") }.into());
    }
    let progress = bar(journal::count(&platform.db).await?, "条");
    let report = journal::verify(&platform.db, heads, |read| progress.set_position(read.cast_unsigned())).await?;
    progress.finish_and_clear();
    verify::tell(&report);
    if report.breaks.is_empty() { Ok(platform) } else { Err(Refusal::Broken { breaks: report.breaks.len() }.into()) }
}

/// What follows a proven restore: this program's schema, everybody signs in again, the erased are erased again, and
/// every home notes the restore.
async fn conclude(platform: &Platform, backup: &Backup) -> Result<()> {
    let rows: i64 = backup.manifest.rows.values().sum();
    println!("{rows} 行、{} 个文件与备份清单一致", backup.manifest.files);
    let ran = platform.migrate().await?;
    if !ran.is_empty() {
        println!("执行了 {} 个迁移", ran.len());
    }
    let actor = operator();
    platform.check_migrated().await?;
    let taken = business_day(backup.manifest.at);
    let ended = platform
        .db
        .write(Lane::Interactive, &actor, async |tx| {
            counters::leap(&tx, taken).await?;
            after_restore::end_all(&tx).await
        })
        .await?;
    println!(
        "所有登录、{} 个接口令牌、{} 个未用的验证码、{} 部手机的授权都已作废，请重新办理；备份之后停用的账号请再停用一次",
        ended.tokens, ended.codes, ended.phones
    );
    let erased = finish_erasures(platform).await?;
    println!("{erased} 位已按要求删除的老人再次删除");
    let homes = journal::heads(&platform.db).await?;
    let homes: Vec<_> = homes.iter().map(|head| (head.home, backup.manifest.id)).collect();
    accesses::note(&platform.db, &actor, &homes, "restore", &backup.manifest.at.to_rfc3339()).await
}

/// Replays the erasure list of the key store: what stands in clear goes too, be it of older data that were brought back by
/// whatever means, or of an erasure that was killed half way. How many people that concerned.
pub(super) async fn finish_erasures(platform: &Platform) -> Result<usize> {
    let list = platform.keys.erased().await?;
    let mut erased = 0;
    for chunk in list.chunks(CHUNK) {
        erased += platform
            .db
            .write(Lane::Interactive, &operator(), async |tx| {
                let mut blanked = 0;
                for line in chunk {
                    let mut lived_in = homes::of_person(&tx, line.subject).await?;
                    lived_in.push(Home::new(line.home)?);
                    let mut anything = false;
                    for home in lived_in {
                        anything |= erasure::blank(&tx, Key::new(home, line.subject), None).await?;
                    }
                    blanked += usize::from(anything);
                }
                Ok(blanked)
            })
            .await?;
    }
    Ok(erased)
}
