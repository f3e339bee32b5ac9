//! Ruin and recreate: take out what is near one another, put it back in another order (after Christiaens and Vanden
//! Berghe, "Slack induction by string removals", 2020), pair by pair where visits take two.

use super::desk::Desk;
use crate::model::{NONE, Task, Tie};

/// Most stops taken from one round.
const STRING: f64 = 10.0;
/// Most long-absent tasks that are tried again each time.
const WAITING: usize = 8;
/// How often every round is asked for a task that found no place nearby: at most, and in so many rounds together.
const WIDE: (f64, f64) = (0.05, 30.0);

impl Desk<'_> {
    /// One ruin and recreate; the caller judges the result. False when it must be undone.
    pub(crate) fn ruin_and_recreate(&mut self, mean: f64) -> bool {
        let Some(seed) = self.seed() else { return false };
        self.rebuild_around(seed, mean)
    }

    /// Takes out what stands around a task and puts it back. False when it must be undone.
    pub(super) fn rebuild_around(&mut self, seed: u32, mean: f64) -> bool {
        self.loose.clear();
        let fresh = self.state.absent.len();
        if self.dice.chance(0.85) {
            self.ruin_strings(seed, mean)
        } else {
            self.ruin_around(seed, mean)
        }
        if !self.state.settle() {
            return false;
        }
        self.recreate(fresh)
    }

    /// A task to start from: an absent one now and then.
    fn seed(&mut self) -> Option<u32> {
        let n = self.model.tasks.len();
        if n == 0 {
            return None;
        }
        if !self.state.absent.is_empty() && self.dice.chance(0.3) {
            return self.state.absent.get(self.dice.below(self.state.absent.len())).copied();
        }
        Some(self.dice.below(n) as u32)
    }

    fn ruin_strings(&mut self, seed: u32, mean: f64) {
        let busy = self.state.rounds.iter().filter(|round| !round.is_empty()).count().max(1);
        let filled = (self.model.tasks.len() - self.state.absent.len()) as f64 / busy as f64;
        let longest = STRING.min(filled.max(1.0));
        let strings = ((4.0 * mean / (1.0 + longest) - 1.0) * self.dice.unit() + 1.0).floor() as usize;
        let near = self.near;
        // For someone who waits, half the time only rounds that could take them.
        let apt = self.state.round_of[seed as usize] == NONE && self.dice.chance(0.5);
        let mut wrecked = 0;
        for t in std::iter::once(seed).chain(near.tasks(seed)) {
            if wrecked >= strings {
                break;
            }
            let r = self.state.round_of[t as usize];
            if r == NONE || self.loose.contains(&r) || (apt && !self.model.eligible(seed, r)) {
                continue;
            }
            let size = self.state.rounds[r as usize].len();
            let most = longest.min(size as f64);
            let length = (self.dice.unit() * most).floor() as usize + 1;
            self.take_string(t, r, length.min(size));
            self.loose.push(r);
            wrecked += 1;
        }
    }

    /// Takes a string of stops that holds a task, now and then sparing a stretch in the middle.
    fn take_string(&mut self, t: u32, r: u32, length: usize) {
        let size = self.state.rounds[r as usize].len();
        let spared = if length > 1 && length < size && self.dice.chance(0.5) {
            let mut spared = 1;
            while length + spared < size && self.dice.chance(0.99) && spared < size {
                spared += 1;
                if self.dice.chance(0.5) {
                    break;
                }
            }
            spared
        } else {
            0
        };
        let span = (length + spared).min(size);
        let at = self.state.pos[t as usize] as usize;
        let low = (at + 1).saturating_sub(span);
        let high = at.min(size - span);
        let begin = low + self.dice.below(high - low + 1);
        let skip = if spared > 0 { begin + self.dice.below(length.max(1)) } else { usize::MAX };
        let row = self.state.rounds[r as usize][begin..begin + span].to_vec();
        for (k, t) in row.into_iter().enumerate() {
            let k = begin + k;
            if spared == 0 || k < skip || k >= skip + spared {
                self.take(t);
            }
        }
    }

    fn ruin_around(&mut self, seed: u32, mean: f64) {
        let count = 1 + self.dice.below((2.0 * mean) as usize);
        let near = self.near;
        let reach = (count * 3).max(6);
        let mut row = std::iter::once(seed).chain(near.tasks(seed).take(reach)).collect::<Vec<_>>();
        self.dice.shuffle(&mut row);
        for t in row.into_iter().take(count) {
            let r = self.state.round_of[t as usize];
            if r != NONE {
                self.take(t);
                if !self.loose.contains(&r) {
                    self.loose.push(r);
                }
            }
        }
    }

    /// Takes a task out, a haul whole, a pair whole now and then.
    fn take(&mut self, t: u32) {
        let task = self.model.tasks[t as usize];
        let held = task.tie == Tie::Haul && self.model.tasks[task.mate as usize].begun;
        if task.begun || held || self.state.round_of[t as usize] == NONE {
            return;
        }
        self.state.remove(t);
        let whole = task.tie == Tie::Haul || task.tie == Tie::Pair && self.dice.chance(0.5);
        if whole && self.state.round_of[task.mate as usize] != NONE && !self.model.tasks[task.mate as usize].begun {
            self.state.remove(task.mate);
        }
    }

    /// Puts the absent back, in an order that changes from time to time: all from a position of the list on, and a few
    /// of those who have waited longer. False when it must be undone.
    pub(crate) fn recreate(&mut self, fresh: usize) -> bool {
        let mut row = self.state.absent[fresh..].to_vec();
        if fresh <= WAITING {
            row.extend_from_slice(&self.state.absent[..fresh]);
        } else {
            row.extend((0..WAITING).map(|_| self.state.absent[self.dice.below(fresh)]));
        }
        self.sort_absent(&mut row);
        let wide = WIDE.0.min(WIDE.1 / self.model.crews.len().max(1) as f64);
        for t in row {
            if self.state.round_of[t as usize] == NONE && !self.place(t) && !self.wide && self.dice.chance(wide) {
                self.wide = true;
                self.place(t);
                self.wide = false;
            }
        }
        self.drop_halves()
    }

    fn sort_absent(&mut self, row: &mut [u32]) {
        let tasks = &self.model.tasks;
        let end = |task: &Task| task.close.min(task.latest).min(1e12);
        let turn = self.dice.below(14);
        if turn < 4 {
            self.dice.shuffle(row);
            return;
        }
        let mut by = |key: &dyn Fn(&Task) -> f64| {
            row.sort_by(|&a, &b| key(&tasks[a as usize]).total_cmp(&key(&tasks[b as usize])).then(a.cmp(&b)));
        };
        let model = self.model;
        let home =
            |task: &Task| model.crews.first().map_or(0.0, |crew| model.leg(crew.profile, crew.start, task.place).0);
        match turn {
            4..6 => by(&|task| -home(task)),
            6 => by(&home),
            7..9 => by(&|task| task.open - end(task)),
            9 => by(&|task| task.open),
            10 => by(&|task| -end(task)),
            // Who takes most room: by load, or else by time, two persons' time for a pair.
            11..13 => by(&|task| {
                let persons = if task.tie == Tie::Pair { 2.0 } else { 1.0 };
                -task.load - (task.minutes * persons + task.value * 1e-3) * 1e-6
            }),
            _ => by(&|task| end(task) - task.open),
        }
    }
}
