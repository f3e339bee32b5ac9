//! Where to build: of some candidates, those that bring the most people within a distance.
//!
//! This is the maximal covering location problem. Points that the same candidates cover are merged into classes
//! ([`Cover`]); a Lagrangian relaxation tells which candidates are likely to be chosen and proves how much better any
//! choice could be at most; and among the likely ones a greedy choice is improved by exchanges, thrown over in parts and
//! improved again ([`choose`]).

mod bound;
mod cover;
mod siting;
mod swap;
mod wander;

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

/// Steps with which a choice of 60 among 4,000 candidates in a city takes about a tenth of a second; more make the search
/// wider, too.
pub const QUICK: usize = 30;

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

    /// How many of so many candidates the budget buys, about.
    fn about(&self, candidates: usize) -> usize {
        let all: u64 = (0..candidates).map(|candidate| self.cost(candidate)).sum();
        let each = all.checked_div(candidates as u64).unwrap_or(1).max(1);
        usize::try_from(self.budget.div_ceil(each)).unwrap_or(usize::MAX).min(candidates)
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
    let mut relaxation = Relaxation::rough(cover, terms);
    let mut best = searched(cover, terms, &relaxation);
    relaxation.descend(best.covered(cover), terms.steps);
    // Prices lean towards good choices, too, when they had time to settle.
    if terms.steps > QUICK && relaxation.bound(best.covered(cover)) > best.covered(cover) {
        let mut other = Chosen::of(cover, terms, relaxation.leaning());
        other.improve(cover, terms);
        if other.covered(cover) > best.covered(cover) {
            best = other;
        }
    }
    let mut answer = best.answer(cover);
    answer.bound = relaxation.bound(answer.covered);
    answer
}

/// A choice found among the candidates that are likely to be in a good one, where there are few classes to look at, and
/// then exchanged among all.
fn searched(cover: &Cover, terms: &Terms, relaxation: &Relaxation<'_>) -> Chosen {
    let count = terms.about(cover.candidate_count());
    let (core, rounds) = if terms.steps > QUICK { (7, 3) } else { (4, 2) };
    let likely = relaxation.likely(CORE + core * count);
    let narrow = cover.narrowed(&likely);
    let costs = terms.costs.is_some().then(|| likely.iter().map(|candidate| terms.cost(*candidate as usize)).collect());
    let own = Terms { costs, ..terms.clone() };
    let mut chosen = Chosen::greedy(&narrow, &own);
    chosen.wander(&narrow, &own, (ROUNDS + rounds * count).min(MOST_ROUNDS));
    let picks = chosen.picks.iter().map(|pick| likely[*pick] as usize).collect();
    let mut chosen = Chosen::of(cover, terms, picks);
    chosen.improve(cover, terms);
    chosen
}

/// Candidates beside those for each to be chosen among which is searched first.
const CORE: usize = 10;

/// How often a part of the choice is thrown over, beside so often for each of the chosen.
const ROUNDS: usize = 10;

/// How often at most.
const MOST_ROUNDS: usize = 600;
