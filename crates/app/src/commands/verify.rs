//! `sangyu verify`: proves every chain; with `--heads FILE` also against heads kept outside, with `--write-heads FILE`
//! signs the present heads to be kept there.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use kernel::Result;
use store::{
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
        let report = journal::verify(&platform.db, &kept, |read| progress.set_position(read.cast_unsigned())).await?;
        progress.finish_and_clear();
        tell(&report);
        if !report.breaks.is_empty() {
            return Ok(ExitCode::FAILURE);
        }
        if let Some(file) = &self.write_heads {
            let heads = journal::heads(&platform.db).await?;
            std::fs::write(file, node.sign(&heads, platform.db.clock().now()))?;
            println!("链头已签名写入 {}，请另行保管", file.display());
        }
        Ok(ExitCode::SUCCESS)
    }
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
        Fault::NotAsKept => "与外存的链头不符：被截短或重算",
    }
}
