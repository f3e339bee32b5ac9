//! `sangyu elders erase KEY`: erases a person on somebody's order.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use kernel::{Common, Key, Result, Scope, refusals};
use registry::elders::{
    Elder,
    erasing::{self, Order, Orderer},
    queries,
};

use super::Place;
use crate::{
    config::Config,
    platform::{Platform, operator},
    rooms,
};

refusals! {
    /// How the command says no.
    enum Refusal {
        /// Not one of the orderers.
        NoOrderer { name: String } => (Invalid, "elders.no_orderer", "“{name}”不是要求删除的人，可用：person family court office"),
        /// Nobody said that it is meant.
        NotSure => (Invalid, "elders.not_sure", "删除是永久的，连备份里也打不开；确定就加 --yes"),
    }
}

#[derive(Debug, Args)]
pub(crate) struct Elders {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Erase a person for ever: the key is destroyed, so no backup opens what it sealed. Place, year, orders and figures
    /// stay.
    Erase(Erase),
}

#[derive(Debug, Args)]
struct Erase {
    #[command(flatten)]
    place: Place,
    /// The file's key, as in its address: 411002-….
    key: String,
    /// person, family, court or office.
    #[arg(long, value_name = "WHO")]
    ordered_by: String,
    /// Number of the document, or when and how it was asked.
    #[arg(long)]
    note: String,
    /// It is meant.
    #[arg(long)]
    yes: bool,
}

impl Elders {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let Verb::Erase(erase) = self.verb;
        let key: Key<Elder> = erase.key.parse().map_err(|_| Common::NotFound)?;
        let by = Orderer::named(&erase.ordered_by).ok_or(Refusal::NoOrderer { name: erase.ordered_by })?;
        let platform = Platform::open(Config::read(&erase.place.data, &[])?).await?;
        platform.check_migrated().await?;
        let elder = queries::get(&platform.db, &Scope::whole(), key).await?;
        println!("{}（{}）：{}", elder.number, by.word(), erase.note);
        if !erase.yes {
            return Err(Refusal::NotSure.into());
        }
        let guests = rooms::guests();
        let desk = erasing::Desk { db: &platform.db, keys: &platform.keys, leaving: &guests.leaving };
        erasing::erase(desk, &operator(), &elder, &Order { by, note: erase.note }).await?;
        println!("已删除；请在 35 天内清理旧的密钥备份");
        Ok(ExitCode::SUCCESS)
    }
}
