//! Measures a city: the first plan, the search, urgent insertions.
//! `cargo run --release -p rounds --example city -- [SECONDS] [ORDERS] [CAREGIVERS] [SEED]`

use std::process::ExitCode;

use rounds::{City, Defects, Live, Options, Order, Problem, check, cpu_seconds, solve};

fn main() -> ExitCode {
    let word = |k: usize, usual: f64| std::env::args().nth(k).and_then(|word| word.parse().ok()).unwrap_or(usual);
    let city = City {
        orders: word(2, 4000.0) as usize,
        caregivers: word(3, 600.0) as usize,
        seed: word(4, 1.0) as u64,
        ..City::default()
    };
    match measure(&city, word(1, 60.0)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(defects) => {
            eprintln!("{defects}");
            ExitCode::FAILURE
        }
    }
}

/// Most memory of this process so far, in megabytes.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kilobytes| kilobytes.parse::<f64>().ok()).unwrap_or_default() / 1_024.0
}

fn measure(city: &City, seconds: f64) -> Result<(), Defects> {
    let problem = city.problem();
    println!("{} orders, {} caregivers", problem.orders.len(), problem.caregivers.len());
    let start = cpu_seconds();
    let first = solve(&problem, &Options { moves: Some(0), ..Options::default() })?;
    let told = |name: &str, plan: &rounds::Plan, from: f64| {
        let (minutes, cost, unserved) = (plan.figures.minutes, plan.cost.total(), plan.unserved.len());
        println!(
            "{name}: {:.2} s CPU, {minutes:.0} minutes on the way, cost {cost:.0}, {unserved} unserved",
            cpu_seconds() - from
        );
    };
    told("first plan", &first, start);
    let start = cpu_seconds();
    let second = solve(&problem, &Options { seconds: 1.0, ..Options::default() })?;
    told("one second", &second, start);
    let start = cpu_seconds();
    let plan = solve(&problem, &Options { seconds, ..Options::default() })?;
    told("searched", &plan, start);
    let saved = |from: &rounds::Plan| (1.0 - plan.figures.minutes / from.figures.minutes) * 100.0;
    println!("travel saved: {:.1} % of the first plan's, {:.1} % of the first second's", saved(&first), saved(&second));
    println!("memory: {:.0} MB at most", peak());
    insertions(&problem, &plan)
}

/// Copies of every twentieth order come in, one after the other.
fn insertions(problem: &Problem, plan: &rounds::Plan) -> Result<(), Defects> {
    let mut live = Live::new(problem.clone(), plan)?;
    let (mut single, mut pair, mut served) = (Vec::new(), Vec::new(), 0);
    for (k, order) in problem.orders.iter().step_by(problem.orders.len().div_ceil(400).max(1)).enumerate() {
        let urgent = Order { id: format!("urgent{k}"), ..order.clone() };
        let times = if urgent.services.len() == 2 { &mut pair } else { &mut single };
        let start = cpu_seconds();
        served += usize::from(!live.insert(urgent)?.visits.is_empty());
        times.push((cpu_seconds() - start) * 1e3);
    }
    check(live.problem(), &live.plan()?)?;
    for (name, times) in [("one person", &mut single), ("two persons", &mut pair)] {
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times.get((times.len() as f64 * share) as usize).or(times.last()).copied().unwrap_or(0.0);
        println!("insertion, {name}: {} tries, median {:.2} ms, p99 {:.2} ms of CPU", times.len(), at(0.5), at(0.99));
    }
    println!("{served} of them served");
    Ok(())
}
