//! `sangyu places`: a county got another code, towns and villages were added, merged or got another code.

use std::process::ExitCode;

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use kernel::{Level, Region, Result};
use registry::{
    elders::moving::follow,
    places::{self, recode},
};
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
    /// Give a county, town or village its new code: files, orders, accounts and figures are found there afterwards; old
    /// codes in sheets lead on. Stop the platform before.
    Recode(Recode),
    /// Merge a town or village into another of its county. Stop the platform before.
    Merge(Recode),
    /// Add a town (9 digits) or village (12 digits) that this program does not know.
    Add(Add),
}

#[derive(Debug, Args)]
struct Add {
    #[command(flatten)]
    place: Place,
    /// Its code, 9 or 12 digits.
    code: String,
    /// Its name, such as 新设社区居民委员会.
    name: String,
    /// Since when there is such a place.
    #[arg(long, value_name = "DATE")]
    from: NaiveDate,
}

#[derive(Debug, Args)]
struct Recode {
    #[command(flatten)]
    place: Place,
    /// The old code, 6, 9 or 12 digits.
    old: String,
    /// The new code, as many digits.
    new: String,
    /// Since when the new code holds.
    #[arg(long, value_name = "DATE")]
    from: NaiveDate,
}

impl Places {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        match self.verb {
            Verb::Recode(recode) | Verb::Merge(recode) => recode.run().await,
            Verb::Add(add) => add.run().await,
        }
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
        let rows = if codes.0.level() == Level::County {
            recode_county(&platform.db, codes, self.from).await?
        } else {
            recode_narrow(&platform, codes, self.from).await?
        };
        let name = places::full_name(codes.1).unwrap_or_default();
        println!("{} 现在是 {}（{name}），改了 {rows} 行；请重新启动平台", self.old, self.new);
        Ok(ExitCode::SUCCESS)
    }
}

impl Add {
    async fn run(self) -> Result<ExitCode> {
        let code = county(&self.code)?;
        let platform = Platform::open(Config::read(&self.place.data, &[])?).await?;
        platform.check_migrated().await?;
        let actor = operator();
        let add = platform
            .db
            .write(Lane::Interactive, &actor, async |tx| places::change::add(&tx, code, &self.name, self.from).await);
        add.await?;
        println!("已增加 {}（{}）；请重新启动平台", self.code, places::full_name(code).unwrap_or_default());
        Ok(ExitCode::SUCCESS)
    }
}

/// Lets a town or village become another of its county; how many rows say another place now. A killed run is run again.
async fn recode_narrow(platform: &Platform, codes: (Region, Region), day: NaiveDate) -> Result<u64> {
    let (db, actor) = (&platform.db, operator());
    places::change::check(codes, day, db.clock().today())?;
    places::load::county(db, codes.0).await?;
    db.write(Lane::Interactive, &actor, async |tx| places::change::note(&tx, codes, day).await).await?;
    let blinder = platform.keys.blinder().await?;
    // People first, each with an event that figures follow; then whatever else says the old place.
    let mut rows = follow((db, &platform.keys), &blinder, &actor, codes, day).await?;
    rows += store::recode::move_places(db, &actor, codes).await?;
    rooms::catch_up(db).await?;
    Ok(rows)
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
