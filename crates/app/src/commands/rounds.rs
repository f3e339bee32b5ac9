//! `sangyu rounds solve | check | generate`: the planner of visits on files, without a database.

use std::{
    io::Write,
    ops::ControlFlow,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use kernel::Result;
use rounds::{Defects, Options, Plan, Problem, cpu_seconds, read::Format};

use super::import::bar;

#[derive(Debug, Args)]
pub(crate) struct Rounds {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Plan the visits of a file: our JSON, HHCRSP JSON or Solomon text. The plan comes in the same format.
    Solve {
        /// The problem.
        file: PathBuf,
        /// Seconds: CPU time of this process with one thread, time on the wall with several.
        #[arg(long, default_value_t = 60.0)]
        time: f64,
        /// Seed of the dice.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Searchers side by side.
        #[arg(long, default_value_t = 1)]
        threads: usize,
        /// Stop after so many moves instead: with one thread the same plan comes out each time.
        #[arg(long)]
        moves: Option<u64>,
        /// Where the plan goes; to the terminal when left out.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Where to note seconds and price of each better plan, as CSV.
        #[arg(long, value_name = "FILE")]
        trace: Option<PathBuf>,
    },
    /// Judge a plan in our JSON with the independent checker.
    Check {
        /// The problem.
        file: PathBuf,
        /// The plan.
        plan: PathBuf,
    },
    /// Make a day of a city's home care, the same for the same seed.
    Generate {
        /// How many orders.
        #[arg(long, default_value_t = 4000)]
        orders: usize,
        /// How many caregivers.
        #[arg(long, default_value_t = 600)]
        caregivers: usize,
        /// Seed of the dice.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Where the problem goes; to the terminal when left out.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// CPU seconds that reading back, checking and writing the plan may take, as a share of the budget and at least.
const MARGIN: (f64, f64) = (0.004, 0.01);

impl Rounds {
    pub(crate) fn run(self) -> Result<ExitCode> {
        match self.verb {
            Verb::Solve { file, time, seed, threads, moves, out, trace } => {
                let used = cpu_seconds();
                let seconds = time - (time * MARGIN.0).max(MARGIN.1);
                let text = std::fs::read_to_string(&file)?;
                let (problem, format) = match rounds::read::problem(&text) {
                    Ok(read) => read,
                    Err(defects) => return Ok(refuse(&file, &defects)),
                };
                drop(text);
                let read = if threads <= 1 { cpu_seconds() - used } else { 0.0 };
                let options = Options { seconds: (seconds - used - read).max(0.0), moves, seed, threads };
                match watch(&problem, &options, trace.as_deref())? {
                    Ok(plan) => deliver(&problem, &plan, format, out.as_deref()),
                    Err(defects) => Ok(refuse(&file, &defects)),
                }
            }
            Verb::Check { file, plan } => {
                let (problem, written) = (std::fs::read_to_string(&file)?, std::fs::read_to_string(&plan)?);
                let judged = rounds::read::problem(&problem).and_then(|(problem, _)| {
                    let plan = rounds::read::plan(&written)?;
                    rounds::check(&problem, &plan)
                });
                match judged {
                    Ok((figures, cost)) => {
                        println!("计划可行，总成本 {:.3}\n{figures:?}\n{cost:?}", cost.total());
                        Ok(ExitCode::SUCCESS)
                    }
                    Err(defects) => Ok(refuse(&plan, &defects)),
                }
            }
            Verb::Generate { orders, caregivers, seed, out } => {
                let city = rounds::City { orders, caregivers, seed, ..rounds::City::default() };
                put(&rounds::write::problem(&city.problem()), out.as_deref())?;
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

/// Solves under a progress bar, noting each better plan.
fn watch(problem: &Problem, options: &Options, trace: Option<&Path>) -> Result<std::result::Result<Plan, Defects>> {
    let progress = if options.seconds > 2.0 { bar(1000, "‰") } else { ProgressBar::hidden() };
    let mut noted = trace.map(std::fs::File::create).transpose()?;
    let mut failed = None;
    let plan = rounds::solve_with(problem, options, None, &mut |told| {
        progress.set_position((told.share.clamp(0.0, 1.0) * 1000.0) as u64);
        if let Some(file) = &mut noted
            && let Err(error) = writeln!(file, "{:.3},{:.6}", told.seconds, told.cost)
        {
            failed = Some(error);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    progress.finish_and_clear();
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(plan),
    }
}

fn deliver(problem: &Problem, plan: &Plan, format: Format, out: Option<&Path>) -> Result<ExitCode> {
    put(&rounds::write::plan(problem, plan, format), out)?;
    eprintln!("总成本 {:.3}；未安排 {} 单", plan.cost.total(), plan.unserved.len());
    for id in plan.unserved.iter().take(20) {
        eprintln!("  未安排：{id}");
    }
    Ok(ExitCode::SUCCESS)
}

fn put(text: &str, out: Option<&Path>) -> Result<()> {
    match out {
        Some(file) => std::fs::write(file, text)?,
        None => writeln!(std::io::stdout(), "{text}")?,
    }
    Ok(())
}

fn refuse(file: &Path, defects: &Defects) -> ExitCode {
    eprintln!("sangyu: {}\n{defects}", file.display());
    ExitCode::FAILURE
}
