//! `sangyu verify`: proves every chain, the seal of its head and every file; with `--heads FILE` also against heads kept
//! outside, with `--write-heads FILE` signs the heads that were proven to be kept there.
//!
//! It ends with 0 when all is whole and was held against something outside, with 1 when something is broken, and with 2
//! when all is whole in itself and there was nothing outside to hold it against.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use kernel::Result;
use store::{
    blobs,
    heads::NodePublicKey,
    journal::{self, Fault, Report},
};

use super::{Place, import::bar};
use crate::{config::Config, platform::Platform};

#[derive(Debug, Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    place: Place,
    /// Compare with heads kept outside.
    #[arg(long, value_name = "FILE")]
    heads: Option<PathBuf>,
    /// Public key of the node that signed them; this node's own when left out.
    #[arg(long, value_name = "KEY", requires = "heads")]
    signed_by: Option<String>,
    /// Sign the present heads into a file, after the proof.
    #[arg(long, value_name = "FILE")]
    write_heads: Option<PathBuf>,
}

impl Verify {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let platform = Platform::open(Config::read(&self.place.data, &[])?).await?;
        platform.check_migrated().await?;
        let node = platform.root.node_key();
        let kept = match &self.heads {
            None => Vec::new(),
            Some(file) => {
                let signer = match &self.signed_by {
                    Some(text) => NodePublicKey::parse(text)?,
                    None => node.public(),
                };
                signer.verify(&std::fs::read_to_string(file)?)?.0
            }
        };
        let progress = bar(journal::count(&platform.db).await?, "条");
        let mut report =
            journal::verify(&platform.db, &kept, |read| progress.set_position(read.cast_unsigned())).await?;
        progress.finish_and_clear();
        report.hold_seals(&node.head_seal());
        tell(&report);
        let files_are_whole = files(&platform).await?;
        if !report.breaks.is_empty() || !files_are_whole {
            return Ok(ExitCode::FAILURE);
        }
        if let Some(file) = &self.write_heads {
            std::fs::write(file, node.sign(&report.proven, platform.db.clock().now()))?;
            println!("链头已签名写入 {}，请另行保管", file.display());
        }
        if self.heads.is_none() {
            println!(
                "没有外存的链头可以对照：整库换成旧副本也看不出来。请用 --write-heads 存到别处，下次用 --heads 对照"
            );
            return Ok(ExitCode::from(NOTHING_OUTSIDE));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// All is whole in itself, and nothing outside says that it is the latest.
const NOTHING_OUTSIDE: u8 = 2;

/// Reads every sealed file; whether all that rows refer to are there and unchanged.
async fn files(platform: &Platform) -> Result<bool> {
    let progress = bar(0, "个文件");
    let report = platform.blobs.verify(&platform.db, |read| progress.set_position(read)).await?;
    progress.finish_and_clear();
    for faulty in &report.faulty {
        let word = match faulty.fault {
            blobs::Fault::Missing => "不在了",
            blobs::Fault::Changed => "内容不是原来的",
        };
        println!("文件：{} {} {word}", faulty.file.home, faulty.file.id);
    }
    Ok(report.faulty.is_empty())
}

/// Says what a proof found.
pub(super) fn tell(report: &Report) {
    for broken in &report.breaks {
        println!("断链：{} 第 {} 条，{}", broken.home, broken.seq, word(broken.fault));
    }
    if report.breaks.is_empty() {
        println!("{} 条链、{} 条流水完整无误", report.homes, report.entries);
    }
}

const fn word(fault: Fault) -> &'static str {
    match fault {
        Fault::Changed => "内容被改动或调换",
        Fault::Missing => "缺失",
        Fault::Beyond => "链头被改动",
        Fault::Unsealed => "链头没有本平台的封印：被截短或重算",
        Fault::NotAsKept => "与外存的链头不符：被截短或重算",
    }
}
