//! Small moves: shift a visit, exchange two, exchange what follows, shift a stretch. Each changes the plan only when its
//! travel alone leaves a chance to be accepted; `None` says that nothing was done.

use super::desk::Desk;
use crate::model::{NONE, Tie};

/// How often an order is left out where that can pay.
const LEAVE_OUT: f64 = 0.02;

impl Desk<'_> {
    /// Tries one small move under a limit of the plan's price. True: edits were made and settled.
    pub(crate) fn small_move(&mut self, limit: f64) -> bool {
        if self.leaving_pays() && self.dice.chance(LEAVE_OUT) {
            return self.leave_out(limit);
        }
        match self.dice.below(20) {
            0..8 => self.shift(limit),
            8..13 => self.exchange(limit),
            13..17 => self.cross_over(limit),
            _ => self.shift_stretch(limit),
        }
    }

    /// Whether lateness and overtime cost more than some order is worth: only then can it pay to leave one out.
    fn leaving_pays(&self) -> bool {
        let sums = &self.state.sums;
        self.model.soft && sums.late + sums.over + sums.worst * self.model.weights.worst > self.model.least_worth
    }

    /// Takes an order out whole, for nobody in particular.
    fn leave_out(&mut self, limit: f64) -> bool {
        let t = self.dice.below(self.model.tasks.len()) as u32;
        let task = &self.model.tasks[t as usize];
        let mate = task.mate;
        let held = mate != NONE && self.model.tasks[mate as usize].begun;
        if task.begun || (held && task.tie == Tie::Haul) || self.state.round_of[t as usize] == NONE {
            return false;
        }
        self.state.remove(t);
        if mate != NONE && !held && self.state.round_of[mate as usize] != NONE {
            self.state.remove(mate);
        }
        self.finish(limit)
    }

    /// A placed task that may move, and one near it that is placed too.
    fn two_near(&mut self) -> Option<(u32, u32)> {
        let t = self.dice.below(self.model.tasks.len()) as u32;
        let task = &self.model.tasks[t as usize];
        if task.begun || task.tie == Tie::Haul || self.state.round_of[t as usize] == NONE {
            return None;
        }
        let x = self.dice.unit();
        let u = self.near.nth(t, (x * x * self.near.width() as f64) as usize)?;
        (self.state.round_of[u as usize] != NONE).then_some((t, u))
    }

    /// What the plan costs at least, whatever its times and loads.
    fn floor(&self) -> f64 {
        let sums = &self.state.sums;
        sums.travel + sums.wish + sums.absent
    }

    /// Price saved when a task leaves its round.
    fn saving(&self, t: u32) -> f64 {
        let (r, p) = (self.state.round_of[t as usize], self.state.pos[t as usize]);
        let profile = self.model.crews[r as usize].profile;
        let place = self.model.tasks[t as usize].place;
        let (before, after) = (self.state.place_before(r, p), self.state.place_at(r, p + 1));
        let direct =
            if self.state.rounds[r as usize].len() == 1 { 0.0 } else { self.model.leg(profile, before, after).1 };
        self.model.leg(profile, before, place).1 + self.model.leg(profile, place, after).1 - direct
    }

    /// Where to put a task beside another one.
    fn beside(&mut self, u: u32) -> (u32, u32) {
        let (r, p) = (self.state.round_of[u as usize], self.state.pos[u as usize]);
        (r, p + u32::from(self.dice.chance(0.5)))
    }

    fn shift(&mut self, limit: f64) -> bool {
        let Some((t, u)) = self.two_near() else { return false };
        let from = self.state.round_of[t as usize];
        let (mut r, mut p) = self.beside(u);
        if self.dice.chance(0.1) {
            r = self.dice.below(self.model.crews.len()) as u32;
            p = self.dice.below(self.state.rounds[r as usize].len() + 1) as u32;
        }
        if r != from && !self.state.welcomes(t, r) {
            return false;
        }
        let saving = self.saving(t);
        if r != from {
            let more = self.state.detour(r, p, self.model.tasks[t as usize].place).1;
            let wish = self.model.wish(t, r) - self.model.wish(t, from);
            if self.floor() - saving + more + wish >= limit {
                return false;
            }
        } else if p == self.state.pos[t as usize] || p == self.state.pos[t as usize] + 1 {
            return false;
        } else if p > self.state.pos[t as usize] {
            p -= 1;
        }
        self.state.remove(t);
        self.state.insert(t, r, p);
        self.finish(limit)
    }

    /// Settles what was edited, unless travel alone is too much already. False: the caller must undo.
    fn finish(&mut self, limit: f64) -> bool {
        if self.floor() >= limit {
            self.state.forget_stale();
            return false;
        }
        self.state.settle()
    }

    fn exchange(&mut self, limit: f64) -> bool {
        let Some((t, near)) = self.two_near() else { return false };
        // The partner is a neighbour of the neighbour: t goes where something near it stands.
        let (r, p) = (self.state.round_of[near as usize], self.state.pos[near as usize] as usize);
        let round = &self.state.rounds[r as usize];
        let beside = if self.dice.chance(0.5) { p.checked_sub(1) } else { Some(p + 1) };
        let Some(&u) = beside.and_then(|p| round.get(p)) else { return false };
        let other = &self.model.tasks[u as usize];
        let from = self.state.round_of[t as usize];
        if u == t || other.begun || other.tie == Tie::Haul {
            return false;
        }
        if from != r
            && !(self.model.eligible(t, r)
                && self.model.eligible(u, from)
                && self.free_of_mate(t, r, u)
                && self.free_of_mate(u, from, t))
        {
            return false;
        }
        if from != r && self.exchange_floor(t, u) >= limit {
            return false;
        }
        let (pt, pu) = (self.state.pos[t as usize], self.state.pos[u as usize]);
        self.state.remove(t);
        self.state.remove(u);
        let ((ta, tb), (ua, ub)) = ((t, (r, pu)), (u, (from, pt)));
        // In one round the lower position must be filled first.
        if from != r || pu < pt {
            self.state.insert(ta, tb.0, tb.1);
            self.state.insert(ua, ub.0, ub.1);
        } else {
            self.state.insert(ua, ub.0, ub.1);
            self.state.insert(ta, tb.0, tb.1);
        }
        self.finish(limit)
    }

    /// What the plan costs at least once two tasks of different rounds have changed places.
    fn exchange_floor(&self, t: u32, u: u32) -> f64 {
        let model = self.model;
        let swap = |out: u32, into: u32| {
            let (r, p) = (self.state.round_of[out as usize], self.state.pos[out as usize]);
            let profile = model.crews[r as usize].profile;
            let (before, after) = (self.state.place_before(r, p), self.state.place_at(r, p + 1));
            let way = |place: u32| model.leg(profile, before, place).1 + model.leg(profile, place, after).1;
            let (old, new) = (model.tasks[out as usize].place, model.tasks[into as usize].place);
            way(new) - way(old) + model.wish(into, r) - model.wish(out, r)
        };
        self.floor() + swap(t, u) + swap(u, t)
    }

    /// Whether the mate of a task stays out of a person's rounds; `leaving` goes away from there.
    fn free_of_mate(&self, t: u32, r: u32, leaving: u32) -> bool {
        let task = &self.model.tasks[t as usize];
        if task.tie != Tie::Pair || task.mate == leaving {
            return true;
        }
        let other = self.state.round_of[task.mate as usize];
        other == NONE || self.model.crews[other as usize].person != self.model.crews[r as usize].person
    }

    fn cross_over(&mut self, limit: f64) -> bool {
        let Some((t, u)) = self.two_near() else { return false };
        let a = (self.state.round_of[t as usize], self.state.pos[t as usize] + 1);
        let b = (self.state.round_of[u as usize], self.state.pos[u as usize]);
        if a.0 == b.0 || self.model.has_hauls || !(self.tail_fits(a, b) && self.tail_fits(b, a)) {
            return false;
        }
        if self.cross_floor(a, b) >= limit {
            return false;
        }
        self.state.swap_tails(a, b);
        self.finish(limit)
    }

    /// What the plan costs at least once two tails are exchanged, where both crews travel alike; else 0.
    fn cross_floor(&self, a: (u32, u32), b: (u32, u32)) -> f64 {
        let model = self.model;
        let (x, y) = (&model.crews[a.0 as usize], &model.crews[b.0 as usize]);
        if x.profile != y.profile {
            return 0.0;
        }
        let idle = |(r, p): (u32, u32)| p == 0 && self.state.rounds[r as usize].len() == p as usize;
        if idle(a) || idle(b) || (a.1 == 0 && self.state.rounds[b.0 as usize].len() == b.1 as usize) || b.1 == 0 {
            return 0.0;
        }
        let way = |from: (u32, u32), to: (u32, u32)| {
            model
                .leg(
                    x.profile,
                    self.state.place_before(from.0, from.1),
                    self.end_or(to, model.crews[from.0 as usize].end),
                )
                .1
        };
        self.floor() + way(a, b) + way(b, a) - way(a, a) - way(b, b)
    }

    /// Place at a position, or where the round that gets this tail ends.
    fn end_or(&self, (r, p): (u32, u32), end: u32) -> u32 {
        self.state.rounds[r as usize].get(p as usize).map_or(end, |&t| self.model.tasks[t as usize].place)
    }

    /// Whether a round may serve what follows a position of another one.
    fn tail_fits(&self, (r, p): (u32, u32), into: (u32, u32)) -> bool {
        let person = self.model.crews[into.0 as usize].person;
        self.state.rounds[r as usize][p as usize..].iter().all(|&t| {
            let task = &self.model.tasks[t as usize];
            if task.begun || !self.model.eligible(t, into.0) {
                return false;
            }
            if task.tie != Tie::Pair {
                return true;
            }
            let mate = task.mate as usize;
            let other = self.state.round_of[mate];
            // A mate in the tail that goes the other way does not stay there.
            other == NONE
                || self.model.crews[other as usize].person != person
                || (other == into.0 && self.state.pos[mate] >= into.1)
        })
    }

    fn shift_stretch(&mut self, limit: f64) -> bool {
        let Some((t, u)) = self.two_near() else { return false };
        let (from, start) = (self.state.round_of[t as usize], self.state.pos[t as usize] as usize);
        let length = 2 + self.dice.below(2);
        let stretch = self.state.rounds[from as usize].iter().skip(start).take(length).copied().collect::<Vec<_>>();
        let (r, p) = self.beside(u);
        if r == from || stretch.len() < 2 || stretch.iter().any(|&t| !self.movable(t) || !self.state.welcomes(t, r)) {
            return false;
        }
        for &t in &stretch {
            self.state.remove(t);
        }
        let turned = self.dice.chance(0.1);
        for (k, &t) in stretch.iter().enumerate() {
            self.state.insert(t, r, p + if turned { 0 } else { k as u32 });
        }
        self.finish(limit)
    }

    fn movable(&self, t: u32) -> bool {
        let task = &self.model.tasks[t as usize];
        !task.begun && task.tie != Tie::Haul
    }
}
