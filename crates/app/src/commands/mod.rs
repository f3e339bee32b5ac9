//! The command line. Each command is one file; all take `--data DIR`.

mod accounts;
mod backup;
mod config;
mod demo;
mod elders;
mod import;
mod keys;
mod migrate;
pub(crate) mod places;
mod reach;
mod restore;
mod rounds;
mod serve;
mod simulate;
mod tls;
mod undo;
mod verify;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand};
use kernel::{Failure, Result};

/// What every command takes.
#[derive(Clone, Debug, Args)]
pub(crate) struct Place {
    /// The data folder: settings, embedded database, files.
    #[arg(long, default_value = "data", env = "SANGYU_DATA")]
    pub(crate) data: PathBuf,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve console, phone, portal and API.
    Serve(serve::Serve),
    /// Bring the database to this program's schema and load the places.
    Migrate(migrate::Migrate),
    /// Prove the journal: name the first bad row of each broken chain.
    Verify(verify::Verify),
    /// Copy database and sealed files into a folder of backups, while the platform goes on.
    Backup(backup::Backup),
    /// Bring a backup into an empty place and prove it.
    Restore(restore::Restore),
    /// Make or change the keys that seal personal data.
    Keys(keys::Keys),
    /// Make certificates for serving phones over TLS.
    Tls(tls::Tls),
    /// Show the settings in force and where each came from.
    Config(config::Config),
    /// Open the first accounts.
    Accounts(accounts::Accounts),
    /// Bring sheets in.
    Import(import::Import),
    /// Do to a file what the console does, too.
    Elders(elders::Elders),
    /// Change the places of the platform.
    Places(places::Places),
    /// Make a demo city of invented people.
    Demo(demo::Demo),
    /// Play a working day of the demo city through the HTTP API of a running `serve`.
    Simulate(simulate::Simulate),
    /// Plan the home visits of a file.
    Rounds(rounds::Rounds),
    /// Walking distances over streets: nearest facilities, where to build, streets for the map or of an invented city.
    Reach(reach::Reach),
}

/// Runs a command.
pub(crate) async fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Serve(serve) => serve.run().await,
        Command::Migrate(migrate) => migrate.run().await,
        Command::Verify(verify) => verify.run().await,
        Command::Backup(backup) => backup.run().await,
        Command::Restore(restore) => restore.run().await,
        Command::Keys(keys) => keys.run().await,
        Command::Tls(tls) => tls.run(),
        Command::Config(config) => config.run(),
        Command::Accounts(accounts) => accounts.run().await,
        Command::Import(import) => import.run().await,
        Command::Elders(elders) => elders.run().await,
        Command::Places(places) => places.run().await,
        Command::Demo(demo) => demo.run().await,
        Command::Simulate(simulate) => simulate.run().await,
        Command::Rounds(rounds) => rounds.run(),
        Command::Reach(reach) => reach.run(),
    }
}

/// What a failed command says: the refusal's sentence, or the fault with its place.
pub(crate) fn say(failure: &Failure) -> String {
    match failure {
        Failure::Refused(refused) => {
            let fields = refused.fields.iter().map(|field| format!("\n  {}：{}", field.field, field.text));
            format!("{}{}", refused.text, fields.collect::<String>())
        }
        Failure::Internal(internal) => format!("{internal:?}"),
    }
}
