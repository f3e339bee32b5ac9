//! `sangyu config show`

use std::process::ExitCode;

use clap::{Args, Subcommand};
use kernel::Result;

use super::Place;
use crate::config;

#[derive(Debug, Args)]
pub(crate) struct Config {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Print every setting with its value and where that came from.
    Show {
        #[command(flatten)]
        place: Place,
    },
}

impl Config {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let Verb::Show { place } = self.verb;
        let config = config::Config::read(&place.data, &[])?;
        println!("data = {:?}", config.data().display().to_string());
        config.lines().for_each(|line| println!("{line}"));
        Ok(ExitCode::SUCCESS)
    }
}
