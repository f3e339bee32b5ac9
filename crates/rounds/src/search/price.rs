//! What it would cost to put a task somewhere, without putting it there: exact for a task that stands alone, a close
//! guess where a delay would travel on through pairs. `settle` has the last word.

use super::{
    settle::Foot,
    state::{EPS, State},
};
use crate::model::{NONE, Tie};

/// A mate whose start hangs together with the task to be placed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mate {
    pub(crate) round: u32,
    /// Its position; or where it would go.
    pub(crate) at: u32,
    pub(crate) ready: f64,
    /// It does not stand there yet.
    pub(crate) planned: bool,
}

/// The answer to one position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Quote {
    /// At this price, ready then.
    Price(f64, f64),
    /// Not here.
    No,
    /// Not here nor further on in this round.
    TooLate,
}

impl State<'_> {
    /// Whether a round can take a task at all, by everything that does not depend on the position.
    #[inline]
    pub(crate) fn welcomes(&self, t: u32, r: u32) -> bool {
        if !self.model.eligible(t, r) {
            return false;
        }
        let (task, crew) = (&self.model.tasks[t as usize], &self.model.crews[r as usize]);
        let info = &self.infos[r as usize];
        if info.load + task.load > crew.capacity + EPS && task.tie != Tie::Haul {
            return false;
        }
        if task.tie == Tie::Pair {
            let other = self.round_of[task.mate as usize];
            if other != NONE && self.model.crews[other as usize].person == crew.person {
                return false;
            }
        }
        true
    }

    /// Price of the unfairness that a person's round brings with so many more minutes of service.
    #[inline]
    pub(super) fn fairness_step(&self, r: u32, minutes: f64) -> f64 {
        let (mean, weight) = (self.model.mean, self.model.weights.fairness);
        if weight == 0.0 || mean <= 0.0 {
            return 0.0;
        }
        let crews = &self.model.people[self.model.crews[r as usize].person as usize].crews;
        let old: f64 = crews.iter().map(|&r| self.infos[r as usize].service).sum();
        ((old + minutes - mean).powi(2) - (old - mean).powi(2)) / mean * weight
    }

    /// Price of the unfairness of giving a task to a round.
    #[inline]
    pub(crate) fn unfairness(&self, t: u32, r: u32) -> f64 {
        self.fairness_step(r, self.model.tasks[t as usize].minutes)
    }

    /// The mate a task must be timed with, when it is placed.
    pub(crate) fn mate(&self, t: u32) -> Option<Mate> {
        let task = &self.model.tasks[t as usize];
        let round = self.mate_round(task);
        (round != NONE).then(|| {
            let mate = task.mate as usize;
            Mate { round, at: self.pos[mate], ready: self.ready[mate], planned: false }
        })
    }

    /// Brings the latest starts of a round up to date.
    pub(crate) fn refresh(&mut self, r: u32) {
        if !std::mem::replace(&mut self.deadline_stale[r as usize], false) {
            return;
        }
        let crew = &self.model.crews[r as usize];
        let (mut end, mut place) = (crew.limit, crew.end);
        for &t in self.rounds[r as usize].iter().rev() {
            let task = &self.model.tasks[t as usize];
            let leave = end - self.model.leg(crew.profile, task.place, place).0;
            let latest = if task.begun { f64::INFINITY } else { task.latest.min(leave - task.minutes) };
            self.deadline[t as usize] = latest;
            (end, place) = (latest, task.place);
        }
    }

    /// Asks for a position; prices from `bound` on are answered `No`. The round must be refreshed.
    #[inline]
    pub(crate) fn quote(&self, t: u32, (r, p): (u32, u32), mate: Option<Mate>, bound: f64) -> Quote {
        let model = self.model;
        let task = &model.tasks[t as usize];
        let crew = &model.crews[r as usize];
        let round = &self.rounds[r as usize];
        let mut foot = self.foot(r, p);
        let next = round.get(p as usize).copied();
        let after = next.map_or(crew.end, |next| model.tasks[next as usize].place);
        let (there, here) =
            (model.leg(crew.profile, foot.place, task.place), model.leg(crew.profile, task.place, after));
        let old = if round.is_empty() { 0.0 } else { model.leg(crew.profile, foot.place, after).1 };
        let mut price = there.1 + here.1 - old;
        let too_far = price >= bound;
        if next.is_some_and(|next| model.tasks[next as usize].begun) {
            return Quote::No;
        }
        if !model.soft && foot.free + there.0 > task.latest {
            return Quote::TooLate;
        }
        if too_far {
            return Quote::No;
        }
        let Some(ready) = self.reach(crew, task, &mut foot) else { return Quote::No };
        if ready > task.latest + EPS {
            return if foot.free > task.latest { Quote::TooLate } else { Quote::No };
        }
        let mut start = ready;
        if let Some(mate) = mate {
            let Some((own, extra)) = self.pair_price(t, ready, mate, bound - price) else { return Quote::No };
            (start, price) = (own, price + extra);
            if !self.wait_rest(crew, task, start, &mut foot) {
                return Quote::No;
            }
        }
        price += self.lateness(t, start);
        let limit = next.map_or(crew.limit, |next| self.deadline[next as usize]);
        if start > task.latest + EPS || start + task.minutes + here.0 > limit + EPS {
            return Quote::No;
        }
        if model.soft || model.has_pairs || crew.rest.is_some() {
            let foot = Foot { free: start + task.minutes, place: task.place, rested: foot.rested };
            price += self.delay(r, p, foot, bound - price);
        }
        if price < bound { Quote::Price(price, ready) } else { Quote::No }
    }

    /// Own start and price of the mate's delay.
    pub(super) fn pair_price(&self, t: u32, ready: f64, mate: Mate, bound: f64) -> Option<(f64, f64)> {
        let model = self.model;
        let task = &model.tasks[t as usize];
        let (min, max) = task.gap;
        let (own, theirs) = if task.first {
            (ready.max(mate.ready - max), mate.ready.max(ready + min))
        } else {
            (ready.max(mate.ready + min), mate.ready.max(ready - max))
        };
        let other = &model.tasks[task.mate as usize];
        let latest = if other.begun { other.open } else { other.latest };
        if theirs > latest + EPS {
            return None;
        }
        let old = if mate.planned { mate.ready } else { self.start[task.mate as usize] };
        if theirs <= old + EPS {
            return Some((own, 0.0));
        }
        let mut price = self.lateness(task.mate, theirs) - self.lateness(task.mate, old);
        let foot = Foot { free: theirs + other.minutes, place: other.place, rested: true };
        price += self.delay(mate.round, mate.at + u32::from(!mate.planned), foot, bound - price);
        (price < bound).then_some((own, price))
    }

    /// Price of reaching a position of a round later than now; infinite when something breaks.
    pub(super) fn delay(&self, r: u32, p: u32, mut foot: Foot, bound: f64) -> f64 {
        let model = self.model;
        let crew = &model.crews[r as usize];
        let mut price = 0.0;
        for &t in &self.rounds[r as usize][p as usize..] {
            let task = &model.tasks[t as usize];
            let Some(ready) = self.reach(crew, task, &mut foot) else { return f64::INFINITY };
            let mut start = ready;
            let old = self.start[t as usize];
            if let (Tie::Pair, Some(mate)) = (task.tie, self.mate(t).filter(|_| ready > self.ready[t as usize] + EPS)) {
                let Some((own, extra)) = self.mate_delay(t, ready, mate) else { return f64::INFINITY };
                (start, price) = (own, price + extra);
            } else if task.tie == Tie::Pair {
                start = start.max(old);
            }
            if start <= old + EPS {
                return price;
            }
            if start > task.latest + EPS {
                return f64::INFINITY;
            }
            price += self.lateness(t, start) - self.lateness(t, old);
            if price >= bound {
                return f64::INFINITY;
            }
            foot = Foot { free: start + task.minutes, place: task.place, rested: foot.rested };
        }
        let finish = foot.free + model.leg(crew.profile, foot.place, crew.end).0;
        if finish > crew.limit + EPS {
            return f64::INFINITY;
        }
        let late = |end: f64| (end - crew.close).max(0.0) * model.weights.overtime;
        price + (late(finish) - late(self.infos[r as usize].finish)).max(0.0)
    }

    /// One step of a delay over to a mate; further on it is not followed.
    fn mate_delay(&self, t: u32, ready: f64, mate: Mate) -> Option<(f64, f64)> {
        let task = &self.model.tasks[t as usize];
        let other = &self.model.tasks[task.mate as usize];
        let (min, max) = task.gap;
        let (own, theirs) = if task.first {
            (ready.max(mate.ready - max), mate.ready.max(ready + min))
        } else {
            (ready.max(mate.ready + min), mate.ready.max(ready - max))
        };
        let latest = if other.begun { other.open } else { other.latest };
        let old = self.start[task.mate as usize];
        (theirs <= latest + EPS)
            .then(|| (own, (self.lateness(task.mate, theirs) - self.lateness(task.mate, old)).max(0.0)))
    }
}
