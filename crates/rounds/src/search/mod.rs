//! The solver: first plan, annealing, several searchers with exchange, and the checker before anything leaves.

mod anew;
pub(crate) mod anneal;
pub(crate) mod clock;
mod construct;
pub(crate) mod desk;
mod extract;
mod halves;
mod insert;
mod moves;
pub(crate) mod near;
mod park;
pub(crate) mod price;
pub(crate) mod rng;
mod ruin;
mod settle;
pub(crate) mod state;
#[cfg(any(test, feature = "trial"))]
pub(crate) mod trial;

use std::ops::ControlFlow;

use self::{
    anneal::{Progress, Taste, Watch},
    clock::Clock,
    desk::{Desk, Kept},
    near::Near,
};
use crate::{
    checker,
    defect::Defects,
    model::Model,
    objective::{Cost, Figures},
    plan::Plan,
    problem::Problem,
};

/// How long and how to search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Seconds: CPU time of the calling thread with one searcher, time on the wall with several.
    pub seconds: f64,
    /// Moves at most, instead of seconds; with one thread the same plan comes out each time.
    pub moves: Option<u64>,
    /// Seed of the dice.
    pub seed: u64,
    /// Independent searchers, which exchange their best now and then.
    pub threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { seconds: 10.0, moves: None, seed: 1, threads: 1 }
    }
}

/// Seconds of one cooling, times the number of tasks to the power of 1.5: a longer one finds less than a second one.
const COOLING: f64 = 0.005;
/// Coolings at most.
const COOLINGS: f64 = 12.0;
/// How often several searchers exchange.
const EXCHANGES: usize = 12;

/// Plans a day; see [`solve_with`].
///
/// # Errors
/// What is wrong with the problem.
pub fn solve(problem: &Problem, options: &Options) -> Result<Plan, Defects> {
    solve_with(problem, options, None, &mut |_| ControlFlow::Continue(()))
}

/// Plans a day, from scratch or from a plan at hand, telling `watch` how it goes about four times a second.
///
/// Anytime: when `watch` breaks off, the best plan so far is returned. Every plan has passed [`crate::check`].
///
/// # Errors
/// What is wrong with the problem.
pub fn solve_with(
    problem: &Problem,
    options: &Options,
    from: Option<&Plan>,
    watch: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
) -> Result<Plan, Defects> {
    problem.validate()?;
    let cpu = (options.threads <= 1).then(clock::thread_seconds);
    let clock = Clock::new(options.seconds, options.moves, cpu);
    let model = Model::new(problem);
    let near = Near::new(&model);
    let mut first = Desk::new(&model, &near, options.seed);
    match from {
        Some(plan) => first.take_plan(plan),
        None => first.construct(&clock),
    }
    let start = first.best.clone();
    let mut searchers = vec![(first, clock)];
    for k in 1..options.threads.min(256) as u64 {
        let clock = searchers[0].1.clone();
        let mut desk = Desk::new(&model, &near, options.seed.wrapping_add(k.wrapping_mul(0x5851_f42d_4c95_7f2d)));
        desk.restore(&start);
        desk.keep_best();
        searchers.push((desk, clock));
    }
    if !model.tasks.is_empty() && !model.crews.is_empty() {
        improve(&mut searchers, &start, watch);
    }
    let mut kept =
        searchers.into_iter().flat_map(|(desk, _)| desk.shelf.into_iter().chain([desk.best])).collect::<Vec<_>>();
    kept.push(start);
    deliver(problem, &model, &near, kept)
}

/// The cheapest kept plan that passes the checker; what they were believed to cost does not count.
fn deliver(problem: &Problem, model: &Model<'_>, near: &Near, mut kept: Vec<Kept>) -> Result<Plan, Defects> {
    let mut desk = Desk::new(model, near, 0);
    kept.retain(|kept| kept.cost.is_finite());
    for kept in &mut kept {
        desk.restore(kept);
        kept.cost = desk.state.cost();
    }
    kept.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    let mut wrong = None;
    for kept in &kept {
        desk.restore(kept);
        let mut plan = desk.state.extract();
        match fill_in(problem, &mut plan) {
            Ok(()) => return Ok(plan),
            Err(defects) => wrong = Some(defects),
        }
    }
    Err(wrong.unwrap_or_else(|| Defects::one("plan", "没有得到计划", "no plan came out")))
}

/// Has a plan checked, and writes its figures into it.
///
/// # Errors
/// What is wrong with the plan.
pub(crate) fn fill_in(problem: &Problem, plan: &mut Plan) -> Result<(), Defects> {
    let (figures, cost): (Figures, Cost) = checker::check(problem, plan)?;
    plan.figures = figures;
    plan.cost = cost;
    Ok(())
}

/// Lets the searchers anneal, exchanging the best now and then. Each cooling begins at the first plan, as hot as the first
/// one: from the best so far it would mostly come back to it. Its own best is put aside when it ends.
fn improve(searchers: &mut [(Desk<'_>, Clock)], start: &Kept, watch: &mut Watch<'_>) {
    let spans = spans(searchers[0].0.model, &searchers[0].1);
    for span in spans {
        for (desk, _) in searchers.iter_mut() {
            desk.restore(start);
            desk.keep_best();
        }
        let taste = taste(searchers[0].0.model).at(searchers[0].0.unit());
        let went_on = match searchers {
            [(desk, clock)] => desk.anneal(&taste, clock, (span, span.1), watch),
            _ => (1..=EXCHANGES).all(|k| {
                let until = span.0 + (span.1 - span.0) * k as f64 / EXCHANGES as f64;
                let went_on = anneal_together(searchers, &taste, (span, until), watch);
                exchange(searchers);
                went_on
            }),
        };
        if !went_on {
            return;
        }
        searchers.iter_mut().for_each(|(desk, _)| desk.shelve());
    }
}

fn anneal_together(
    searchers: &mut [(Desk<'_>, Clock)],
    taste: &Taste,
    part: ((f64, f64), f64),
    watch: &mut Watch<'_>,
) -> bool {
    let stop = std::sync::atomic::AtomicBool::new(false);
    let Some(((desk, clock), others)) = searchers.split_first_mut() else { return false };
    std::thread::scope(|scope| {
        for (desk, clock) in others {
            let stop = &stop;
            scope.spawn(move || {
                desk.anneal(taste, clock, part, &mut |_| {
                    if stop.load(std::sync::atomic::Ordering::Relaxed) {
                        ControlFlow::Break(())
                    } else {
                        ControlFlow::Continue(())
                    }
                });
            });
        }
        let went_on = desk.anneal(taste, clock, part, watch);
        stop.store(!went_on, std::sync::atomic::Ordering::Relaxed);
        went_on
    })
}

/// The worse half goes on from the best.
fn exchange(searchers: &mut [(Desk<'_>, Clock)]) {
    searchers.sort_by(|a, b| a.0.best.cost.total_cmp(&b.0.best.cost));
    let best = searchers[0].0.best.clone();
    let half = searchers.len().div_ceil(2);
    for (desk, _) in &mut searchers[half..] {
        desk.restore(&best);
        desk.keep_best();
    }
}

/// What suits a problem.
fn taste(model: &Model<'_>) -> Taste {
    if model.has_hauls {
        Taste { hot: 0.5, cold: 0.01, ruins: 0.3, mean: 6.0 }
    } else if model.soft || model.has_pairs {
        // Where nothing but skills is hard, everybody is served at once and the end can be colder.
        let tight = model.tasks.iter().any(|task| task.latest.is_finite())
            || model.crews.iter().any(|crew| crew.rest.is_some());
        Taste { hot: 0.5, cold: if tight { 0.02 } else { 0.005 }, ruins: 0.01, mean: 4.0 }
    } else {
        // Colder than this, long rounds stay one too many (C206, RC207).
        Taste { hot: 2.0, cold: 0.02, ruins: 1.0, mean: 10.0 }
    }
}

/// The coolings of a search, in shares of its budget: one, or several alike when one alone has more time than it can use.
fn spans(model: &Model<'_>, clock: &Clock) -> Vec<(f64, f64)> {
    let (begin, tasks) = (clock.share(), model.tasks.len().max(1) as f64);
    let count = if model.soft || model.has_pairs {
        (clock.work() / (COOLING * tasks.powf(1.5))).clamp(1.0, COOLINGS) as u32
    } else {
        1
    };
    let at = |k: u32| begin + (1.0 - begin) * f64::from(k) / f64::from(count);
    (0..count).map(|k| (at(k), at(k + 1))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::city::City;

    #[test]
    fn a_long_budget_for_a_small_day_is_cooled_several_times_and_a_short_one_once() {
        let problem = City { orders: 40, caregivers: 8, ..City::default() }.problem();
        let model = Model::new(&problem);
        let cooled = |seconds, most| spans(&model, &Clock::new(seconds, most, Some(clock::thread_seconds())));
        assert_eq!(cooled(2.0, None).len(), 1);
        let long = cooled(40.0, None);
        assert_eq!(long.len(), COOLINGS as usize);
        assert!(long.windows(2).all(|two| (two[0].1 - two[1].0).abs() < 1e-12) && (long[11].1 - 1.0).abs() < 1e-12);
        assert_eq!((cooled(10.0, Some(2_000)).len(), cooled(10.0, Some(100_000_000)).len()), (1, 12));
    }

    #[test]
    fn a_later_cooling_begins_as_hot_as_the_first() {
        let problem = City { orders: 40, caregivers: 8, ..City::default() }.problem();
        let model = Model::new(&problem);
        let near = Near::new(&model);
        let mut desk = Desk::new(&model, &near, 1);
        let mut clock = Clock::new(10.0, Some(50_000), None);
        desk.construct(&clock);
        let (start, unit) = (desk.best.clone(), desk.unit());
        desk.anneal(&taste(&model).at(unit), &mut clock, ((0.0, 1.0), 1.0), &mut |_| ControlFlow::Continue(()));
        desk.shelve();
        assert!(desk.unit() < unit * 0.9 && desk.shelf[0].cost < start.cost);
        desk.restore(&start);
        assert!((desk.unit() - unit).abs() < 1e-9);
    }

    #[test]
    fn no_cooling_loses_what_another_has_found() {
        let problem = City { orders: 3, caregivers: 2, ..City::default() }.problem();
        let mut best = f64::INFINITY;
        let options = Options { moves: Some(4_000_000), ..Options::default() };
        let plan = solve_with(&problem, &options, None, &mut |told| {
            assert!(told.cost <= best + 1e-6);
            best = told.cost;
            ControlFlow::Continue(())
        });
        assert!(plan.unwrap().cost.total() <= best + 1e-6);
    }
}
