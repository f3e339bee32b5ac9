//! `sangyu keys init | rotate | export | restore`

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use clap::{Args, Subcommand};
use kernel::{Home, Ids, Result};
use store::keys::RootFile;

use super::Place;
use crate::{
    config::Config,
    platform::{Platform, make_key_store},
};

#[derive(Debug, Args)]
pub(crate) struct Keys {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make the root key file named in the settings and an empty key store: once, for a new platform.
    Init {
        #[command(flatten)]
        place: Place,
    },
    /// Wrap all keys anew: those of one county, or everything under a new root.
    Rotate {
        #[command(flatten)]
        place: Place,
        /// County code of six digits.
        #[arg(long)]
        county: Option<i32>,
    },
    /// Write the root key, sealed under the passphrase in SANGYU_PASSPHRASE, to be kept apart.
    Export {
        #[command(flatten)]
        place: Place,
        /// Where to.
        file: PathBuf,
    },
    /// Make the root key file from an export.
    Restore {
        #[command(flatten)]
        place: Place,
        /// The export.
        file: PathBuf,
    },
}

impl Keys {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        match self.verb {
            Verb::Init { place } => init(&Config::read(&place.data, &[])?).await,
            Verb::Rotate { place, county } => rotate(Config::read(&place.data, &[])?, county).await,
            Verb::Export { place, file } => export(&Config::read(&place.data, &[])?, &file),
            Verb::Restore { place, file } => restore(&Config::read(&place.data, &[])?, &file),
        }
    }
}

fn root_path(config: &Config) -> &Path {
    Path::new(config.text("root_key"))
}

pub(super) fn passphrase() -> String {
    std::env::var("SANGYU_PASSPHRASE").unwrap_or_default()
}

async fn init(config: &Config) -> Result<ExitCode> {
    let root = Arc::new(RootFile::init(root_path(config), Arc::new(Ids::from_os()))?);
    make_key_store(config, root.clone()).await?;
    println!("根密钥已写入 {}", root.path().display());
    println!("请用 sangyu keys export 另存一份：没有它，数据库里的个人信息谁也打不开");
    Ok(ExitCode::SUCCESS)
}

async fn rotate(config: Config, county: Option<i32>) -> Result<ExitCode> {
    let platform = Platform::open(config).await?;
    let wrapped = match county {
        Some(code) => platform.keys.rotate_county(Home::new(code)?).await?,
        None => platform.keys.rotate_root().await?,
    };
    println!("{wrapped} 把密钥已重新包裹");
    Ok(ExitCode::SUCCESS)
}

fn export(config: &Config, file: &Path) -> Result<ExitCode> {
    let root = RootFile::load(root_path(config), Arc::new(Ids::from_os()))?;
    std::fs::write(file, root.export(&passphrase())?)?;
    println!("根密钥已用口令封存到 {}", file.display());
    Ok(ExitCode::SUCCESS)
}

fn restore(config: &Config, file: &Path) -> Result<ExitCode> {
    let exported = std::fs::read(file)?;
    let root = RootFile::restore(root_path(config), &exported, &passphrase(), Arc::new(Ids::from_os()))?;
    println!("根密钥已恢复到 {}", root.path().display());
    Ok(ExitCode::SUCCESS)
}
