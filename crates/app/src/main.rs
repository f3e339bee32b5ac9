//! `sangyu`: the whole platform in one program.
//!
//! ```text
//! main ─ arguments ─ settings (default < file < environment < flag) ─ commands/* ─ platform (database, keys, files) ─ rooms
//! ```

mod commands;
mod config;
mod platform;
mod private;
mod rooms;
mod telemetry;
mod upkeep;

use std::process::ExitCode;

use clap::Parser;
use registry::elders::sheet;

use crate::commands::Command;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// 桑榆：智慧养老服务平台 (smart elderly-care service platform).
#[derive(Debug, Parser)]
#[command(name = "sangyu", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    private::begin();
    // The child that reads a workbook comes in before anything else of the program starts.
    let mut words = std::env::args().skip(1);
    if words.next().as_deref() == Some(sheet::child::VERB) {
        return sheet::child::main(&words.next().unwrap_or_default());
    }
    let arguments = Arguments::parse();
    telemetry::start();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("sangyu: {error}");
            return ExitCode::FAILURE;
        }
    };
    let code = match runtime.block_on(commands::run(arguments.command)) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("sangyu: {}", commands::say(&failure));
            ExitCode::FAILURE
        }
    };
    // What still runs is the pools' own upkeep, which was seen to spin for ever once: a command that is done ends.
    runtime.shutdown_background();
    code
}
