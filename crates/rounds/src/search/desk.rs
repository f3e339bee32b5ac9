//! The searcher's desk: the plan under change, its dice, the best plan so far, and how absent orders are put back.

use super::{
    near::Near,
    price::{Mate, Quote},
    rng::Dice,
    state::State,
};
use crate::model::{Model, NONE, Tie};

/// How often a position is overlooked on purpose, one in so many.
const BLINK: f64 = 100.0;
/// Most places that are tried for a pick-up with its delivery.
const HAUL_TRIES: usize = 60;

/// What it costs to find out whom to ask, in rounds asked.
const ASKING: u64 = 4;

/// A place for a task.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offer {
    pub(crate) price: f64,
    pub(crate) r: u32,
    pub(crate) p: u32,
    pub(crate) ready: f64,
}

/// A plan put aside: the rounds alone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    pub(crate) tasks: Vec<u32>,
    pub(crate) ends: Vec<u32>,
    pub(crate) cost: f64,
}

impl Kept {
    /// Nothing, dearer than any plan.
    pub(crate) const fn none() -> Self {
        Self { tasks: Vec::new(), ends: Vec::new(), cost: f64::INFINITY }
    }
}

/// A searcher at work.
pub(crate) struct Desk<'a> {
    pub(crate) model: &'a Model<'a>,
    pub(crate) near: &'a Near,
    pub(crate) state: State<'a>,
    pub(crate) dice: Dice,
    /// The best plan of the cooling under way.
    pub(crate) best: Kept,
    /// The best plans of the coolings before it, priced anew.
    pub(crate) shelf: Vec<Kept>,
    /// Positions left until the next blink; `u32::MAX` never blinks.
    pub(crate) blink: u32,
    /// Rounds that lost something lately: always worth a look.
    pub(crate) loose: Vec<u32>,
    /// Look at every round.
    pub(crate) wide: bool,
    /// Who costs more than they are worth is not put back.
    pub(super) thrifty: bool,
    /// Rounds asked for offers so far: a measure of work that no clock disturbs.
    pub(super) asked: u64,
    /// The person who does the other part.
    avoid: u32,
    pub(super) seen: Vec<u32>,
    pub(super) era: u32,
    pub(super) rounds: Vec<u32>,
    pub(super) offers: Vec<Offer>,
    keep: usize,
}

impl<'a> Desk<'a> {
    /// An empty desk.
    pub(crate) fn new(model: &'a Model<'a>, near: &'a Near, seed: u64) -> Self {
        let intricate =
            model.has_pairs || model.has_hauls || model.has_most || model.crews.iter().any(|crew| crew.rest.is_some());
        Self {
            model,
            near,
            state: State::new(model),
            dice: Dice::new(seed),
            best: Kept::none(),
            shelf: Vec::new(),
            blink: u32::MAX,
            loose: Vec::new(),
            wide: true,
            thrifty: false,
            asked: 0,
            avoid: NONE,
            seen: vec![0; model.crews.len().max(1) * 2],
            era: 0,
            rounds: Vec::new(),
            offers: Vec::new(),
            keep: if intricate { 3 } else { 1 },
        }
    }

    /// A desk with a plan on it that asks every round and never blinks.
    pub(crate) fn with(model: &'a Model<'a>, near: &'a Near, state: State<'a>) -> Self {
        Self { state, ..Self::new(model, near, 1) }
    }

    /// Keeps the plan if it is the best so far.
    pub(crate) fn keep_best(&mut self) -> bool {
        let cost = self.state.cost();
        if cost >= self.best.cost - 1e-7 {
            return false;
        }
        self.best.cost = cost;
        self.best.tasks.clear();
        self.best.ends.clear();
        for round in &self.state.rounds {
            self.best.tasks.extend_from_slice(round);
            self.best.ends.push(self.best.tasks.len() as u32);
        }
        true
    }

    /// Whether the plan costs less than a limit, also when what the last edits changed is timed from nothing.
    pub(crate) fn stands(&mut self, limit: f64) -> bool {
        self.state.cost() < limit && self.state.prove() && self.state.cost() < limit
    }

    /// Price of an average task of the plan, absent ones aside.
    pub(crate) fn unit(&self) -> f64 {
        let tasks = self.model.tasks.len().max(1) as f64;
        ((self.state.cost() - self.state.sums.absent) / tasks).max(1e-9)
    }

    /// Price of the best plan of all coolings.
    pub(crate) fn least(&self) -> f64 {
        self.shelf.iter().fold(self.best.cost, |least, kept| least.min(kept.cost))
    }

    /// Puts the best plan aside at the price that it has when it is laid out from nothing.
    pub(crate) fn shelve(&mut self) {
        let best = std::mem::replace(&mut self.best, Kept::none());
        self.restore(&best);
        self.keep_best();
        self.shelf.push(std::mem::replace(&mut self.best, Kept::none()));
    }

    /// Goes on from a kept plan; what no longer fits stays absent.
    pub(crate) fn restore(&mut self, kept: &Kept) {
        self.state = State::new(self.model);
        let mut from = 0;
        for (r, &end) in kept.ends.iter().enumerate() {
            for (p, &t) in kept.tasks[from..end as usize].iter().enumerate() {
                self.state.insert(t, r as u32, p as u32);
            }
            from = end as usize;
        }
        if !self.state.settle_patiently() {
            self.state = State::new(self.model);
            self.rebuild(kept);
        }
        self.state.commit();
    }

    /// Puts a kept plan back visit by visit, in the order of its times.
    fn rebuild(&mut self, kept: &Kept) {
        let mut from = 0;
        let mut queue = Vec::new();
        for (r, &end) in kept.ends.iter().enumerate() {
            queue.extend(kept.tasks[from..end as usize].iter().enumerate().map(|(p, &t)| (p, r as u32, t)));
            from = end as usize;
        }
        queue.sort_unstable();
        for (_, r, t) in queue {
            let mark = self.state.mark();
            self.state.insert(t, r, self.state.rounds[r as usize].len() as u32);
            if !self.state.settle() {
                self.state.undo(mark);
            }
        }
        self.clear_halves();
    }

    /// Collects the rounds worth asking for a task.
    pub(super) fn collect_rounds(&mut self, t: u32) {
        self.era = self.era.wrapping_add(1);
        if self.era == 0 {
            self.seen.fill(0);
            self.era = 1;
        }
        self.rounds.clear();
        if self.wide || self.near.all_crews {
            for r in 0..self.model.crews.len() as u32 {
                self.collect(t, r);
            }
            return;
        }
        let near = self.near;
        for u in near.tasks(t) {
            let r = self.state.round_of[u as usize];
            if r != NONE {
                self.collect(t, r);
            }
        }
        for r in near.crews(t) {
            self.collect(t, r);
        }
        for k in 0..self.loose.len() {
            self.collect(t, self.loose[k]);
        }
    }

    #[inline]
    fn collect(&mut self, t: u32, r: u32) {
        if self.seen[r as usize] == self.era {
            return;
        }
        self.seen[r as usize] = self.era;
        let crew = &self.model.crews[r as usize];
        if crew.person == self.avoid || !self.state.welcomes(t, r) {
            return;
        }
        if self.state.rounds[r as usize].is_empty() {
            // Of idle crews that are alike one is enough.
            let class = self.model.crews.len() + crew.class as usize;
            if std::mem::replace(&mut self.seen[class], self.era) == self.era {
                return;
            }
        }
        self.rounds.push(r);
    }

    /// The cheapest position of a round under a bound.
    pub(crate) fn best_in(&mut self, t: u32, r: u32, mate: Option<Mate>, bound: f64) -> Option<Offer> {
        self.state.refresh(r);
        let wish = self.model.wish(t, r) + self.state.unfairness(t, r);
        let mut best: Option<Offer> = None;
        for p in 0..=self.state.rounds[r as usize].len() as u32 {
            if self.blink == 0 {
                self.blink = (-self.dice.unit().max(1e-12).ln() * BLINK) as u32 + 1;
                continue;
            }
            self.blink -= u32::from(self.blink != u32::MAX);
            let under = best.map_or(bound, |offer| offer.price) - wish;
            match self.state.quote(t, (r, p), mate, under) {
                Quote::Price(price, ready) => best = Some(Offer { price: price + wish, r, p, ready }),
                Quote::No => {}
                Quote::TooLate => break,
            }
        }
        best
    }

    /// Fills `offers` with the best offers of different rounds, best first.
    pub(crate) fn find_offers(&mut self, t: u32, mate: Option<Mate>, keep: usize) {
        self.avoid = mate.map_or(NONE, |mate| self.model.crews[mate.round as usize].person);
        self.collect_rounds(t);
        self.offers.clear();
        self.asked += ASKING + self.rounds.len() as u64;
        for k in 0..self.rounds.len() {
            let r = self.rounds[k];
            let bound = if self.offers.len() < keep { f64::INFINITY } else { self.offers[keep - 1].price };
            if let Some(offer) = self.best_in(t, r, mate, bound) {
                let at = self.offers.partition_point(|other| other.price <= offer.price);
                self.offers.truncate(keep - 1);
                self.offers.insert(at.min(self.offers.len()), offer);
            }
        }
    }

    /// Inserts an absent task at its best place; pairs and hauls whole. False when it stays absent.
    pub(crate) fn place(&mut self, t: u32) -> bool {
        let task = self.model.tasks[t as usize];
        match task.tie {
            Tie::Pair if self.state.round_of[task.mate as usize] == NONE => self.place_pair(t, 5),
            Tie::Haul if self.state.round_of[task.mate as usize] != NONE => self.place_after(t, task.mate),
            Tie::Haul => self.place_haul(if task.first { t } else { task.mate }),
            _ => self.place_one(t),
        }
    }

    /// What a task may cost where it is put back.
    fn worth(&self, t: u32) -> f64 {
        if self.thrifty { self.model.tasks[t as usize].value } else { f64::INFINITY }
    }

    fn place_one(&mut self, t: u32) -> bool {
        let mate = self.state.mate(t);
        self.find_offers(t, mate, self.keep);
        let offers = std::mem::take(&mut self.offers);
        let most = self.worth(t);
        let done = offers.iter().any(|offer| offer.price < most && self.try_insert(&[(t, offer.r, offer.p)]));
        self.offers = offers;
        done
    }

    /// Inserts tasks and settles, or undoes all of it.
    pub(crate) fn try_insert(&mut self, places: &[(u32, u32, u32)]) -> bool {
        let mark = self.state.mark();
        for &(t, r, p) in places {
            self.state.insert(t, r, p);
        }
        let fine = self.state.settle();
        if !fine {
            self.state.undo(mark);
        }
        fine
    }

    /// Inserts a pair, trying so many places for its first.
    pub(crate) fn place_pair(&mut self, t: u32, tries: usize) -> bool {
        let mut found = self.pair_offers(t, tries);
        found.sort_by(|a, b| a.0.price.total_cmp(&b.0.price));
        let mate = self.model.tasks[t as usize].mate;
        let most = self.worth(t) + self.worth(mate);
        found
            .iter()
            .take(4)
            .filter(|(second, _)| second.price < most)
            .any(|&(second, first)| self.try_insert(&[(t, first.r, first.p), (mate, second.r, second.p)]))
    }

    /// For each of the best places of a task the best place of its mate: (mate's with the price of both, task's).
    pub(crate) fn pair_offers(&mut self, t: u32, keep: usize) -> Vec<(Offer, Offer)> {
        self.find_offers(t, None, keep);
        let firsts = self.offers.clone();
        let mate = self.model.tasks[t as usize].mate;
        let mut found = Vec::new();
        for first in firsts {
            let context = Mate { round: first.r, at: first.p, ready: first.ready, planned: true };
            self.find_offers(mate, Some(context), 1);
            if let Some(&second) = self.offers.first() {
                found.push((Offer { price: first.price + second.price, ..second }, first));
            }
        }
        found
    }

    /// Puts a delivery somewhere after its pick-up that stands.
    fn place_after(&mut self, t: u32, pickup: u32) -> bool {
        let r = self.state.round_of[pickup as usize];
        self.state.refresh(r);
        let mut offers = Vec::new();
        for p in self.state.pos[pickup as usize] + 1..=self.state.rounds[r as usize].len() as u32 {
            if let Quote::Price(price, _) = self.state.quote(t, (r, p), None, f64::INFINITY) {
                offers.push((price, p));
            }
        }
        offers.sort_by(|a, b| a.0.total_cmp(&b.0));
        self.state.welcomes(t, r) && offers.iter().any(|&(_, p)| self.try_insert(&[(t, r, p)]))
    }

    fn place_haul(&mut self, pickup: u32) -> bool {
        let delivery = self.model.tasks[pickup as usize].mate;
        self.find_offers(pickup, None, 4);
        let rounds = self.offers.iter().map(|offer| offer.r).collect::<Vec<_>>();
        let mut found = Vec::new();
        for r in rounds {
            for at in 0..=self.state.rounds[r as usize].len() as u32 {
                let mark = self.state.mark();
                let before = self.state.cost();
                self.state.insert(pickup, r, at);
                if self.state.settle() {
                    self.state.refresh(r);
                    let base = self.state.cost() - before;
                    for p in at + 1..=self.state.rounds[r as usize].len() as u32 {
                        if let Quote::Price(price, _) = self.state.quote(delivery, (r, p), None, f64::INFINITY) {
                            found.push((base + price, [(pickup, r, at), (delivery, r, p)]));
                        }
                    }
                }
                self.state.undo(mark);
            }
        }
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        // What is on board is judged only when both stand.
        found.iter().take(HAUL_TRIES).any(|(_, places)| self.try_insert(places))
    }
}
