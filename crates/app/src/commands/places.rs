//! `sangyu places recode FROM TO --from DATE`: a county got another code.

use std::process::ExitCode;

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use kernel::{Region, Result};
use registry::places::{self, recode};
use store::Lane;

use super::Place;
use crate::{
    config::Config,
    platform::{Platform, operator},
    rooms,
};

#[derive(Debug, Args)]
pub(crate) struct Places {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Give a county its new code (GB/T 2260): files, orders, accounts and figures are found there afterwards. Stop the
    /// platform before.
    Recode(Recode),
}

#[derive(Debug, Args)]
struct Recode {
    #[command(flatten)]
    place: Place,
    /// The old code, 6 digits.
    old: String,
    /// The new code, 6 digits.
    new: String,
    /// Since when the new code holds.
    #[arg(long, value_name = "DATE")]
    from: NaiveDate,
}

impl Places {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let Verb::Recode(recode) = self.verb;
        recode.run().await
    }
}

fn county(text: &str) -> Result<Region> {
    text.parse().map_err(|_| recode::Refusal::NoCounty { place: text.to_owned() }.into())
}

impl Recode {
    async fn run(self) -> Result<ExitCode> {
        let codes = (county(&self.old)?, county(&self.new)?);
        let platform = Platform::open(Config::read(&self.place.data, &[])?).await?;
        platform.check_migrated().await?;
        let rows = recode_county(&platform.db, codes, self.from).await?;
        let name = places::full_name(codes.1).unwrap_or_default();
        println!("{} 现在是 {}（{name}），改了 {rows} 行；请重新启动平台", self.old, self.new);
        Ok(ExitCode::SUCCESS)
    }
}

/// Recodes a county; how many rows say another place now. A killed run is run again.
pub(crate) async fn recode_county(db: &store::Db, codes: (Region, Region), day: NaiveDate) -> Result<u64> {
    let actor = operator();
    recode::check(db, codes, day).await?;
    places::load::county(db, codes.1).await?;
    // Figures of what happened under the old code are counted there first, and move with it.
    rooms::catch_up(db).await?;
    db.write(Lane::Interactive, &actor, async |tx| recode::note(&tx, codes, day).await).await?;
    let mut rows = store::recode::move_places(db, &actor, codes).await?;
    rows += insight::statistics::recode::recode(db, &actor, codes.0, codes.1).await?;
    rooms::catch_up(db).await?;
    rows += insight::statistics::recode::recode(db, &actor, codes.0, codes.1).await?;
    Ok(rows)
}
