//! The annealing loop: small moves and ruins, accepted under a limit that sinks with the time left.

use std::ops::ControlFlow;

use super::{clock::Clock, desk::Desk};

/// How the search behaves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taste {
    /// First temperature, in prices of an average task of the plan that is cooled.
    pub(crate) hot: f64,
    /// Last temperature, likewise.
    pub(crate) cold: f64,
    /// Share of ruins among the moves.
    pub(crate) ruins: f64,
    /// Mean number of tasks taken by a ruin.
    pub(crate) mean: f64,
}

impl Taste {
    /// The same in the plan's own price, when an average task costs so much.
    pub(crate) fn at(self, unit: f64) -> Self {
        Self { hot: self.hot * unit, cold: self.cold * unit, ..self }
    }
}

/// What is told on the way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Seconds used: CPU time of the thread with one, time on the wall with several.
    pub seconds: f64,
    /// Share of the budget used, 0 to 1.
    pub share: f64,
    /// Moves tried.
    pub moves: u64,
    /// Price of the best plan so far.
    pub cost: f64,
}

/// Told on the way; `Break` ends the search at the best plan so far.
pub(crate) type Watch<'w> = dyn FnMut(&Progress) -> ControlFlow<()> + 'w;

/// Moves between two looks at the clock.
const STEP: u64 = 64;

impl Desk<'_> {
    /// Anneals up to a share of the budget, as a part of a cooling that reaches over `span`; temperatures in the plan's
    /// price. False: told to stop.
    pub(crate) fn anneal(
        &mut self,
        taste: &Taste,
        clock: &mut Clock,
        (span, until): ((f64, f64), f64),
        watch: &mut Watch<'_>,
    ) -> bool {
        let mut heat = taste.hot;
        self.blink = 1;
        self.thrifty = true;
        self.state.commit();
        let mut cost = self.state.cost();
        loop {
            if clock.moves.is_multiple_of(STEP) {
                let share = clock.share();
                if share >= until {
                    return true;
                }
                let cooled = ((share - span.0) / (span.1 - span.0).max(1e-9)).clamp(0.0, 1.0);
                heat = taste.hot * (taste.cold / taste.hot).powf(cooled);
                if clock.due() {
                    let told = Progress { seconds: clock.seconds(), share, moves: clock.moves, cost: self.least() };
                    if watch(&told).is_break() {
                        return false;
                    }
                }
            }
            clock.moves += 1;
            let limit = cost - heat * self.dice.unit().max(1e-300).ln();
            let mark = self.state.mark();
            // Whoever waits gets in by a ruin only.
            let ruins = if self.state.absent.is_empty() { taste.ruins } else { taste.ruins.max(0.05) };
            let made =
                if self.dice.chance(ruins) { self.ruin_and_recreate(taste.mean) } else { self.small_move(limit) };
            if made && self.stands(limit) {
                self.state.commit();
                cost = self.state.cost();
                if cost < self.best.cost - 1e-7 {
                    self.keep_best();
                }
            } else {
                self.state.undo(mark);
            }
        }
    }
}
