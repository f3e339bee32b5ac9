//! New times after edits: only what changed, and the mates of pairs met on the way.
//!
//! Each stale round is walked from its first stale position until nothing changes any more. A pair waits until both
//! caregivers' arrivals are known; when every walk waits for another one, the rounds wait in a circle and one is stepped
//! by force: a circle that can be met converges, any other exceeds a limit and the move is refused.

use super::state::{EPS, State};
use crate::model::{Crew, NONE, Task, Tie};

/// Forced steps after which a circle counts as impossible, for each move of one start that is allowed.
const FORCED_LIMIT: u32 = 10;
/// Moves of one start by its mate after which a circle counts as impossible in a search: a few, because most are.
pub(super) const BRISK: u32 = 5;
/// The same where a plan that was found is laid out again.
pub(super) const PATIENT: u32 = 500;

enum Walk {
    Done,
    Waits(bool),
    Broken,
}

/// Where a walk stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Foot {
    pub(super) free: f64,
    pub(super) place: u32,
    pub(super) rested: bool,
}

/// A break that history has overrun is not asked for any more.
#[inline]
fn forfeited(crew: &Crew, task: &Task, free: f64) -> bool {
    task.begun && crew.rest.is_some_and(|(_, latest, _)| free > latest)
}

impl State<'_> {
    /// Brings all times up to date. False: some hard limit breaks, and the caller must undo.
    pub(crate) fn settle(&mut self) -> bool {
        let mut fine = true;
        self.forced = 0;
        self.worst_fell = false;
        self.circle = false;
        self.era += 1;
        'all: while !self.stale.is_empty() {
            let mut moved = false;
            let mut k = 0;
            while k < self.stale.len() {
                match self.walk(self.stale[k], false) {
                    Walk::Done => {
                        self.stale.swap_remove(k);
                        moved = true;
                    }
                    Walk::Waits(stepped) => {
                        k += 1;
                        moved |= stepped;
                    }
                    Walk::Broken => {
                        fine = false;
                        break 'all;
                    }
                }
            }
            if !moved && !self.stale.is_empty() {
                self.forced += 1;
                if self.forced > FORCED_LIMIT * self.patience || matches!(self.force(), Walk::Broken) {
                    fine = false;
                    break;
                }
            }
        }
        fine = fine && self.limits_hold();
        self.forget_stale();
        if fine && self.worst_fell {
            self.sums.worst = self.infos.iter().fold(0.0, |worst, info| worst.max(info.worst));
        }
        fine
    }

    /// Gives up on new times: the caller undoes all edits.
    pub(crate) fn forget_stale(&mut self) {
        for &r in &self.touched {
            self.from[r as usize] = NONE;
        }
        self.stale.clear();
        self.touched.clear();
    }

    /// Steps the stale round that waits at the earliest moment.
    fn force(&mut self) -> Walk {
        let moment = |r: u32| {
            let t = self.rounds[r as usize][self.from[r as usize] as usize];
            self.ready[t as usize].max(self.model.tasks[t as usize].open)
        };
        let earliest = (0..self.stale.len()).min_by(|&a, &b| moment(self.stale[a]).total_cmp(&moment(self.stale[b])));
        let Some(k) = earliest else { return Walk::Broken };
        let walk = self.walk(self.stale[k], true);
        if matches!(walk, Walk::Done) {
            self.stale.swap_remove(k);
        }
        walk
    }

    pub(super) fn foot(&self, r: u32, p: u32) -> Foot {
        let crew = &self.model.crews[r as usize];
        let rested = crew.rest.is_none() || self.infos[r as usize].rest < p;
        match p {
            0 => Foot { free: crew.open, place: crew.start, rested },
            p => {
                let t = self.rounds[r as usize][p as usize - 1] as usize;
                let task = &self.model.tasks[t];
                let free = self.start[t] + task.minutes;
                Foot { free, place: task.place, rested: rested || forfeited(crew, task, free) }
            }
        }
    }

    fn walk(&mut self, r: u32, mut force: bool) -> Walk {
        let model = self.model;
        let crew = &model.crews[r as usize];
        let mut p = self.from[r as usize];
        let mut foot = self.foot(r, p);
        let mut stepped = false;
        loop {
            let Some(&t) = self.rounds[r as usize].get(p as usize) else {
                self.from[r as usize] = NONE;
                return if self.finish(r, crew, foot) { Walk::Done } else { Walk::Broken };
            };
            let task = &model.tasks[t as usize];
            let mate = self.mate_round(task);
            if mate != NONE && !force && !self.mate_known(task, mate) {
                self.from[r as usize] = p;
                // Whoever comes back to this round earlier must not stop short of here: its arrival is stale.
                self.must[r as usize] = self.must[r as usize].max(p);
                return Walk::Waits(stepped);
            }
            force = false;
            stepped = true;
            let rested = foot.rested;
            let Some(ready) = self.reach(crew, task, &mut foot) else { return Walk::Broken };
            self.from[r as usize] = p + 1;
            let before = self.start[t as usize];
            let start = if mate == NONE { ready } else { self.pair(task, ready, mate) };
            if !self.put_time(t, task, (ready, start), mate) || !self.wait_rest(crew, task, start, &mut foot) {
                return Walk::Broken;
            }
            if crew.rest.is_some() {
                self.note_rest(r, p, rested, foot.rested);
            }
            if p >= self.must[r as usize] && (start - before).abs() <= EPS && !self.rest_moved[r as usize] {
                self.from[r as usize] = NONE;
                self.find_worst(r);
                return Walk::Done;
            }
            let free = start + task.minutes;
            foot = Foot { free, place: task.place, rested: foot.rested || forfeited(crew, task, free) };
            p += 1;
        }
    }

    /// The round of a mate whose times hang together with the task's.
    #[inline]
    pub(super) fn mate_round(&self, task: &Task) -> u32 {
        if task.tie != Tie::Pair || (task.begun && self.model.tasks[task.mate as usize].begun) {
            return NONE;
        }
        self.round_of[task.mate as usize]
    }

    /// Whether the mate's arrival is up to date; brings it there when its round has got just so far.
    #[inline]
    fn mate_known(&mut self, task: &Task, round: u32) -> bool {
        let (mate, stale) = (task.mate as usize, self.from[round as usize]);
        let at = self.pos[mate];
        if stale == NONE || stale > at {
            return true;
        }
        if stale < at {
            return false;
        }
        let model = self.model;
        let mut foot = self.foot(round, at);
        let ready = self.reach(&model.crews[round as usize], &model.tasks[mate], &mut foot);
        // A broken arrival is found again by the mate's own walk.
        if let Some(ready) = ready.filter(|ready| *ready != self.ready[mate]) {
            self.keep_times(task.mate);
            self.ready[mate] = ready;
        }
        true
    }

    /// When the caregiver could start a task, taking the break on the way where it is free or due.
    #[inline]
    pub(super) fn reach(&self, crew: &Crew, task: &Task, foot: &mut Foot) -> Option<f64> {
        let leg = self.model.leg(crew.profile, foot.place, task.place).0;
        if task.begun {
            // History: if there was time for the break it was taken.
            foot.rested |= crew.rest.is_some_and(|(open, latest, minutes)| {
                let rest = foot.free.max(open);
                rest <= latest && rest + minutes + leg <= task.open
            });
            return (task.open >= foot.free - EPS).then_some(task.open);
        }
        let free = foot.free.max(self.model.now);
        let ready = (free + leg).max(task.open);
        let (Some((open, latest, minutes)), false) = (crew.rest, foot.rested) else { return Some(ready) };
        let rest = free.max(open);
        let after = (rest + minutes + leg).max(task.open);
        if after <= ready && rest <= latest {
            foot.rested = true;
            return Some(ready);
        }
        if ready + task.minutes <= latest + EPS {
            return Some(ready);
        }
        foot.rested = true;
        (rest <= latest).then_some(after)
    }

    /// Takes the break while waiting for the mate, if the service would end too late for it.
    #[inline]
    pub(super) fn wait_rest(&self, crew: &Crew, task: &Task, start: f64, foot: &mut Foot) -> bool {
        let (Some((open, latest, minutes)), false) = (crew.rest, foot.rested || task.begun) else { return true };
        if start + task.minutes <= latest + EPS {
            return true;
        }
        let rest = foot.free.max(self.model.now).max(open);
        let leg = self.model.leg(crew.profile, foot.place, task.place).0;
        foot.rested = true;
        rest <= latest && rest + minutes + leg <= start
    }

    /// Notes the position of the break. Once it has moved, the walk goes on to the end of the round: that starts are as
    /// before says nothing about a break still to come.
    fn note_rest(&mut self, r: u32, p: u32, before: bool, after: bool) {
        let old = self.infos[r as usize].rest;
        let new = match (before, after) {
            (false, true) => p,
            (false, false) if old <= p => NONE,
            _ => return,
        };
        if new != old {
            self.keep_info(r);
            self.infos[r as usize].rest = new;
            self.rest_moved[r as usize] = true;
        }
    }

    /// Starts of a pair, both arrivals known; the mate's is written here. Returns the task's own start.
    #[inline]
    fn pair(&mut self, task: &Task, ready: f64, round: u32) -> f64 {
        let mate = task.mate;
        let other = self.ready[mate as usize];
        let (min, max) = task.gap;
        let (own, theirs) = if task.first {
            (ready.max(other - max), other.max(ready + min))
        } else {
            (ready.max(other + min), other.max(ready - max))
        };
        let old = self.start[mate as usize];
        if other > f64::NEG_INFINITY && (theirs - old).abs() > EPS {
            self.keep_times(mate);
            self.sums.late += self.lateness(mate, theirs) - self.lateness(mate, old);
            self.start[mate as usize] = theirs;
            self.count_push(mate);
            let at = self.pos[mate as usize];
            let rests = self.model.crews[round as usize].rest.is_some();
            self.soil(round, at + u32::from(!rests), at + 1);
        }
        own
    }

    /// Counts how often a mate was moved: many times in one settling is a circle.
    #[inline]
    fn count_push(&mut self, mate: u32) {
        let (era, count) = &mut self.pushes[mate as usize];
        *count = if *era == self.era { *count + 1 } else { 1 };
        *era = self.era;
        self.circle |= *count > self.patience;
    }

    /// Writes a task's times; false when a hard limit breaks.
    #[inline]
    fn put_time(&mut self, t: u32, task: &Task, (ready, start): (f64, f64), mate: u32) -> bool {
        let k = t as usize;
        let (old_ready, old) = (self.ready[k], self.start[k]);
        if old != start || old_ready != ready {
            self.keep_times(t);
            if start > task.close || old > task.close {
                self.sums.late += self.lateness(t, start) - self.lateness(t, old);
            }
            self.ready[k] = ready;
            self.start[k] = start;
        }
        !self.circle
            && self.in_time(task, start)
            && (mate == NONE || {
                let mate = task.mate as usize;
                self.in_time(&self.model.tasks[mate], self.start[mate])
            })
    }

    #[inline]
    fn in_time(&self, task: &Task, start: f64) -> bool {
        start <= if task.begun { task.open } else { task.latest } + EPS
    }

    fn finish(&mut self, r: u32, crew: &Crew, foot: Foot) -> bool {
        let idle = self.rounds[r as usize].is_empty();
        let finish = if idle { crew.open } else { foot.free + self.model.leg(crew.profile, foot.place, crew.end).0 };
        let old = self.infos[r as usize].finish;
        if finish != old || idle {
            self.keep_info(r);
            let late = |end: f64| (end - crew.close).max(0.0);
            self.sums.over += (late(finish) - late(old)) * self.model.weights.overtime;
            let info = &mut self.infos[r as usize];
            info.finish = finish;
            if idle {
                (info.travel, info.minutes, info.rest) = (0.0, 0.0, NONE);
            }
        }
        if self.infos[r as usize].rest != NONE && self.infos[r as usize].rest as usize >= self.rounds[r as usize].len()
        {
            self.keep_info(r);
            self.infos[r as usize].rest = NONE;
        }
        self.find_worst(r);
        finish <= crew.limit + EPS
    }

    #[inline]
    fn find_worst(&mut self, r: u32) {
        if self.model.weights.worst == 0.0 {
            return;
        }
        let mut worst = 0.0_f64;
        for &t in &self.rounds[r as usize] {
            worst = worst.max(self.start[t as usize] - self.model.tasks[t as usize].close);
        }
        let old = self.infos[r as usize].worst;
        if worst != old {
            self.keep_info(r);
            self.infos[r as usize].worst = worst;
            self.worst_fell |= worst < old && old >= self.sums.worst;
            self.sums.worst = self.sums.worst.max(worst);
        }
    }

    /// Loads, pick-ups before deliveries, daily maxima of the rounds that were touched.
    fn limits_hold(&self) -> bool {
        self.touched.iter().all(|&r| {
            let crew = &self.model.crews[r as usize];
            let light = self.infos[r as usize].load <= crew.capacity + EPS;
            light
                && (!self.model.has_hauls || self.hauls_hold(r))
                && (!self.model.has_most || self.most_holds(crew.person))
        })
    }

    fn most_holds(&self, person: u32) -> bool {
        let person = &self.model.people[person as usize];
        let worked = person.crews.iter().map(|&r| self.infos[r as usize].service + self.infos[r as usize].minutes);
        person.most.is_infinite() || worked.sum::<f64>() <= person.most + EPS
    }

    fn hauls_hold(&self, r: u32) -> bool {
        let capacity = self.model.crews[r as usize].capacity + EPS;
        let mut load = self.infos[r as usize].load;
        self.rounds[r as usize].iter().enumerate().all(|(p, &t)| {
            let task = &self.model.tasks[t as usize];
            // Half a haul is judged when its mate comes; what has begun is on board, whoever brings it.
            if task.tie == Tie::Haul && self.round_of[task.mate as usize] == NONE {
                load += if task.begun && task.first { task.load } else { 0.0 };
                return load <= capacity;
            }
            let fetches = task.tie == Tie::Haul && task.first;
            load += if fetches { task.load } else { -task.load };
            let mate = task.mate as usize;
            let ordered = !fetches || (self.round_of[mate] == r && self.pos[mate] as usize > p);
            load <= capacity && ordered
        })
    }
}
