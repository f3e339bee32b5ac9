//! Where to build: of some candidates, those that bring the most people within a distance.
//!
//! This is the maximal covering location problem. Points that the same candidates cover are merged into classes
//! ([`Cover`]); a lazy greedy choice is improved by swaps ([`choose`]); and a Lagrangian relaxation proves how much
//! better any other choice could be at most.

mod bound;
mod cover;
mod siting;
mod swap;

pub use cover::Cover;
pub(crate) use cover::mixed;
pub use siting::Siting;

use crate::site::{bound::Relaxation, swap::Chosen};

/// What a choice may cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// How much may be spent in all: the number of facilities, if each costs one.
    pub budget: u64,
    /// What each candidate costs; each costs one when left out. A candidate that costs nothing counts as costing one.
    pub costs: Option<Vec<u64>>,
    /// How many people each candidate can serve; any number when left out.
    pub capacities: Option<Vec<u64>>,
    /// How many steps the proof may take; more make the bound tighter and often the choice better.
    pub steps: usize,
}

/// Steps that take about a tenth of a second for 4,000 candidates in a city.
pub const QUICK: usize = 40;

impl Terms {
    /// So many facilities, whichever.
    #[must_use]
    pub const fn count(count: u64) -> Self {
        Self { budget: count, costs: None, capacities: None, steps: QUICK }
    }

    /// The same terms with more or fewer steps of proof.
    #[must_use]
    pub fn with_steps(self, steps: usize) -> Self {
        Self { steps, ..self }
    }

    fn cost(&self, candidate: usize) -> u64 {
        self.costs.as_ref().and_then(|costs| costs.get(candidate)).map_or(1, |cost| (*cost).max(1))
    }

    fn capacity(&self, candidate: usize) -> Option<u64> {
        self.capacities.as_ref().map(|capacities| capacities.get(candidate).copied().unwrap_or(0))
    }
}

/// A choice, and how good any could be.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The chosen candidates, the one that adds most first.
    pub chosen: Vec<Pick>,
    /// How many people they cover, by weight.
    pub covered: u64,
    /// No choice within the terms covers more than this.
    pub bound: u64,
}

/// One chosen candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pick {
    /// Its number among the candidates.
    pub candidate: usize,
    /// How many people it adds to those before it.
    pub gained: u64,
}

impl Answer {
    /// By which share of itself the coverage could at most be better: 0.004 for "at most 0.4 %".
    #[must_use]
    pub fn gap(&self) -> f64 {
        if self.covered == 0 { 0.0 } else { (self.bound - self.covered) as f64 / self.covered as f64 }
    }
}

/// Chooses candidates. With capacities the choice is greedy only, and people are dealt out to the chosen in their order.
#[must_use]
pub fn choose(cover: &Cover, terms: &Terms) -> Answer {
    if terms.capacities.is_some() {
        return swap::fill(cover, terms);
    }
    let mut best = Chosen::greedy(cover, terms);
    best.improve(cover, terms);
    let mut relaxation = Relaxation::new(cover, terms, best.covered(cover));
    // Prices lean towards good choices long before they prove them; each lean is improved by swaps of its own.
    for round in 0..ROUNDS {
        let mut other = Chosen::of(cover, terms, relaxation.leaning());
        other.improve(cover, terms);
        if other.covered(cover) > best.covered(cover) {
            best = other;
        }
        let covered = best.covered(cover);
        if relaxation.bound(covered) <= covered {
            break;
        }
        if round + 1 < ROUNDS {
            relaxation.descend(covered, terms.steps / (ROUNDS - 1));
        }
    }
    if relaxation.bound(best.covered(cover)) > best.covered(cover) {
        best.wander(cover, terms, WANDERS);
    }
    let mut answer = best.answer(cover);
    answer.bound = relaxation.bound(answer.covered);
    answer
}

/// How often a part of the choice is thrown over at the end.
const WANDERS: usize = 30;

/// How often the relaxation is asked for a choice.
const ROUNDS: usize = 3;
