//! Plans a file and tells how the price falls: `cargo run --release -p rounds --example plan -- FILE [SECONDS] [SEED] [MOVES]`.

use std::{ops::ControlFlow, process::ExitCode};

fn main() -> ExitCode {
    let words = std::env::args().skip(1).collect::<Vec<_>>();
    let [file, rest @ ..] = words.as_slice() else {
        eprintln!("plan FILE [SECONDS] [SEED] [MOVES]");
        return ExitCode::FAILURE;
    };
    let seconds = rest.first().and_then(|word| word.parse().ok()).unwrap_or(10.0);
    let seed = rest.get(1).and_then(|word| word.parse().ok()).unwrap_or(1);
    let most = rest.get(2).and_then(|word| word.parse().ok());
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let options = rounds::Options { seconds, seed, moves: most, ..rounds::Options::default() };
    let mut moves = 0;
    let told = rounds::read::problem(&text).and_then(|(problem, _)| {
        rounds::solve_with(&problem, &options, None, &mut |progress| {
            moves = progress.moves;
            if std::env::var_os("VERBOSE").is_some() {
                eprintln!("{:8.2} s {:12} moves {:14.3}", progress.seconds, progress.moves, progress.cost);
            }
            ControlFlow::Continue(())
        })
    });
    match told {
        Ok(plan) => {
            println!("{:.3} unserved {} moves {moves} {:?}", plan.cost.total(), plan.unserved.len(), plan.figures);
            ExitCode::SUCCESS
        }
        Err(defects) => {
            eprintln!("{defects}");
            ExitCode::FAILURE
        }
    }
}
