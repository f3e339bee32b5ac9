//! A plan under change: rounds as lists of tasks, times kept at the least fixpoint, every step undoable.
//!
//! A move is `mark` → edits → [`State::settle`] (new times, feasible?) → `commit` or `undo`. Edits keep travel, wishes and
//! values exact at once; times follow in `settle`, which visits only what changed and the mates of pairs it meets.

use super::settle::BRISK;
use crate::model::{Model, NONE, Tie};

/// Slack for comparing moments, minutes.
pub(crate) const EPS: f64 = 1e-9;

/// Sums of one round.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Info {
    /// Price of its travel.
    pub(crate) travel: f64,
    /// Minutes of its travel.
    pub(crate) minutes: f64,
    /// Minutes of its services.
    pub(crate) service: f64,
    /// What is loaded at its start.
    pub(crate) load: f64,
    /// Its worst lateness.
    pub(crate) worst: f64,
    /// Its end.
    pub(crate) finish: f64,
    /// The position before which the break is taken.
    pub(crate) rest: u32,
}

/// Sums of the plan, weighted but for `worst`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sums {
    pub(crate) travel: f64,
    pub(crate) late: f64,
    pub(crate) worst: f64,
    pub(crate) over: f64,
    pub(crate) absent: f64,
    pub(crate) wish: f64,
    pub(crate) unfair: f64,
}

/// One step that can be undone.
#[derive(Clone, Copy, Debug)]
pub(super) enum Edit {
    Insert { r: u32, p: u32 },
    Remove { r: u32, p: u32, t: u32 },
    Tails { a: (u32, u32), b: (u32, u32) },
}

/// A point to return to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    edits: usize,
    times: usize,
    infos: usize,
    sums: Sums,
}

/// The plan under change.
#[derive(Clone, Debug)]
pub(crate) struct State<'a> {
    pub(crate) model: &'a Model<'a>,
    pub(crate) rounds: Vec<Vec<u32>>,
    /// Round of each task, `NONE` when absent.
    pub(crate) round_of: Vec<u32>,
    pub(crate) pos: Vec<u32>,
    /// When its caregiver could start a task, mates aside.
    pub(crate) ready: Vec<f64>,
    /// When it starts.
    pub(crate) start: Vec<f64>,
    pub(crate) infos: Vec<Info>,
    pub(crate) sums: Sums,
    /// Absent tasks, and where each stands in that list.
    pub(crate) absent: Vec<u32>,
    pub(super) absent_at: Vec<u32>,
    pub(super) edits: Vec<Edit>,
    pub(super) times: Vec<(u32, f64, f64)>,
    pub(super) old_infos: Vec<(u32, Info)>,
    /// First position whose time is stale (`NONE`: none) and last position that must be looked at, by round.
    pub(super) from: Vec<u32>,
    pub(super) must: Vec<u32>,
    pub(super) stale: Vec<u32>,
    pub(super) touched: Vec<u32>,
    /// The round with the worst lateness got better.
    pub(super) worst_fell: bool,
    /// The break of a round has moved since its times became stale.
    pub(super) rest_moved: Vec<bool>,
    /// How often mates were moved in this settling, which one it is, and whether one was moved too often.
    pub(super) pushes: Vec<(u64, u32)>,
    pub(super) era: u64,
    pub(super) circle: bool,
    /// Forced steps of the last settling, and how often one start may be moved before a circle is given up.
    pub(super) forced: u32,
    pub(super) patience: u32,
    /// Latest starts by hard limits alone, by task; valid unless the round's flag is set.
    pub(crate) deadline: Vec<f64>,
    pub(crate) deadline_stale: Vec<bool>,
}

impl<'a> State<'a> {
    /// Everybody idle.
    pub(crate) fn new(model: &'a Model<'a>) -> Self {
        let (n, m) = (model.tasks.len(), model.crews.len());
        let idle = model.crews.iter().map(|crew| Info { finish: crew.open, rest: NONE, ..Info::default() });
        Self {
            model,
            rounds: vec![Vec::new(); m],
            round_of: vec![NONE; n],
            pos: vec![0; n],
            ready: vec![f64::NEG_INFINITY; n],
            start: vec![f64::NEG_INFINITY; n],
            infos: idle.collect(),
            sums: Sums {
                absent: model.tasks.iter().map(|task| task.value).sum(),
                unfair: model.people.len() as f64 * model.mean * model.weights.fairness,
                ..Sums::default()
            },
            absent: (0..n as u32).collect(),
            absent_at: (0..n as u32).collect(),
            edits: Vec::new(),
            times: Vec::new(),
            old_infos: Vec::new(),
            from: vec![NONE; m],
            must: vec![0; m],
            stale: Vec::new(),
            touched: Vec::new(),
            worst_fell: false,
            rest_moved: vec![false; m],
            pushes: vec![(0, 0); n],
            era: 0,
            circle: false,
            forced: 0,
            patience: BRISK,
            deadline: vec![f64::INFINITY; n],
            deadline_stale: vec![true; m],
        }
    }

    /// The plan's price.
    #[inline]
    pub(crate) fn cost(&self) -> f64 {
        let s = &self.sums;
        s.travel + s.late + s.worst * self.model.weights.worst + s.over + s.absent + s.wish + s.unfair
    }

    /// A point to return to.
    #[inline]
    pub(crate) fn mark(&self) -> Mark {
        Mark { edits: self.edits.len(), times: self.times.len(), infos: self.old_infos.len(), sums: self.sums }
    }

    /// Keeps what was done and forgets how to undo it.
    #[inline]
    pub(crate) fn commit(&mut self) {
        self.edits.clear();
        self.times.clear();
        self.old_infos.clear();
    }

    /// Undoes everything since a mark.
    pub(crate) fn undo(&mut self, mark: Mark) {
        while self.edits.len() > mark.edits {
            match self.edits.pop() {
                Some(Edit::Insert { r, p }) => {
                    self.take_out(r, p);
                }
                Some(Edit::Remove { r, p, t }) => self.put_in(t, r, p),
                Some(Edit::Tails { a, b }) => self.cross(a, b),
                None => break,
            }
        }
        while self.times.len() > mark.times {
            if let Some((t, ready, start)) = self.times.pop() {
                self.ready[t as usize] = ready;
                self.start[t as usize] = start;
            }
        }
        while self.old_infos.len() > mark.infos {
            if let Some((r, info)) = self.old_infos.pop() {
                self.infos[r as usize] = info;
            }
        }
        self.sums = mark.sums;
    }

    /// Place before a position; the start of the shift before the first.
    #[inline]
    pub(crate) fn place_before(&self, r: u32, p: u32) -> u32 {
        match p {
            0 => self.model.crews[r as usize].start,
            p => self.model.tasks[self.rounds[r as usize][p as usize - 1] as usize].place,
        }
    }

    /// Place at a position; the end of the round after the last.
    #[inline]
    pub(crate) fn place_at(&self, r: u32, p: u32) -> u32 {
        let at = self.rounds[r as usize].get(p as usize);
        at.map_or(self.model.crews[r as usize].end, |&t| self.model.tasks[t as usize].place)
    }

    /// Price of the lateness of a task that starts then.
    #[inline]
    pub(crate) fn lateness(&self, t: u32, start: f64) -> f64 {
        let task = &self.model.tasks[t as usize];
        if start > task.close { (start - task.close) * task.late } else { 0.0 }
    }

    /// Minutes and price by which the way grows when a place is visited at a position.
    #[inline]
    pub(crate) fn detour(&self, r: u32, p: u32, place: u32) -> (f64, f64) {
        let model = self.model;
        let profile = model.crews[r as usize].profile;
        let (before, after) = (self.place_before(r, p), self.place_at(r, p));
        let (a, b) = (model.leg(profile, before, place), model.leg(profile, place, after));
        let old = if self.rounds[r as usize].is_empty() { (0.0, 0.0) } else { model.leg(profile, before, after) };
        (a.0 + b.0 - old.0, a.1 + b.1 - old.1)
    }

    /// Puts an absent task into a round.
    pub(crate) fn insert(&mut self, t: u32, r: u32, p: u32) {
        let task = self.model.tasks[t as usize];
        let (minutes, price) = self.detour(r, p, task.place);
        self.keep_info(r);
        self.keep_times(t);
        self.ready[t as usize] = f64::NEG_INFINITY;
        self.start[t as usize] = f64::NEG_INFINITY;
        self.account(r, t, (minutes, price), 1.0);
        self.put_in(t, r, p);
        self.edits.push(Edit::Insert { r, p });
        let must = self.must[r as usize];
        if self.from[r as usize] != NONE && must >= p {
            self.must[r as usize] = must + 1;
        }
        let rest = &mut self.infos[r as usize].rest;
        if *rest != NONE && *rest > p {
            *rest += 1;
        }
        self.soil(r, p, p + 1);
    }

    /// Takes a task out of its round.
    pub(crate) fn remove(&mut self, t: u32) {
        let (r, p) = (self.round_of[t as usize], self.pos[t as usize]);
        self.keep_info(r);
        self.sums.late -= self.lateness(t, self.start[t as usize]);
        self.take_out(r, p);
        let (minutes, price) = self.detour(r, p, self.model.tasks[t as usize].place);
        self.account(r, t, (-minutes, -price), -1.0);
        self.edits.push(Edit::Remove { r, p, t });
        let must = self.must[r as usize];
        if self.from[r as usize] != NONE && must > p {
            self.must[r as usize] = must - 1;
        }
        let rest = &mut self.infos[r as usize].rest;
        if *rest != NONE && *rest > p {
            *rest -= 1;
        }
        self.soil(r, p, p);
        let task = &self.model.tasks[t as usize];
        if task.tie == Tie::Pair && self.round_of[task.mate as usize] != NONE {
            let at = self.pos[task.mate as usize];
            self.soil(self.round_of[task.mate as usize], at, at);
        }
    }

    /// Lets two rounds swap what follows two positions.
    pub(crate) fn swap_tails(&mut self, a: (u32, u32), b: (u32, u32)) {
        let pairs = [(a.0, a.1, b.0), (b.0, b.1, a.0)];
        for (r, _, _) in pairs {
            self.keep_info(r);
        }
        for (r, p, other) in pairs {
            for k in p as usize..self.rounds[r as usize].len() {
                let t = self.rounds[r as usize][k];
                self.sums.wish += self.model.wish(t, other) - self.model.wish(t, r);
                let task = self.model.tasks[t as usize];
                self.move_service(r, task.minutes, -1.0);
                self.move_service(other, task.minutes, 1.0);
                if task.tie != Tie::Haul {
                    self.infos[r as usize].load -= task.load;
                    self.infos[other as usize].load += task.load;
                }
            }
        }
        self.cross(a, b);
        self.edits.push(Edit::Tails { a, b });
        for (r, p, _) in pairs {
            self.measure(r);
            self.soil(r, p, self.rounds[r as usize].len() as u32);
        }
    }

    /// Measures a round's way anew.
    fn measure(&mut self, r: u32) {
        let crew = &self.model.crews[r as usize];
        let (mut place, mut minutes, mut price) = (crew.start, 0.0, 0.0);
        let round = &self.rounds[r as usize];
        let stops = round.iter().map(|&t| self.model.tasks[t as usize].place);
        for to in stops.chain((!round.is_empty()).then_some(crew.end)) {
            let leg = self.model.leg(crew.profile, place, to);
            minutes += leg.0;
            price += leg.1;
            place = to;
        }
        let info = &mut self.infos[r as usize];
        self.sums.travel += price - info.travel;
        info.travel = price;
        info.minutes = minutes;
    }

    fn account(&mut self, r: u32, t: u32, (minutes, price): (f64, f64), sign: f64) {
        let task = self.model.tasks[t as usize];
        self.sums.travel += price;
        self.sums.absent -= sign * task.value;
        self.sums.wish += sign * self.model.wish(t, r);
        self.move_service(r, task.minutes, sign);
        let info = &mut self.infos[r as usize];
        info.travel += price;
        info.minutes += minutes;
        if task.tie != Tie::Haul {
            info.load += sign * task.load;
        }
    }

    fn move_service(&mut self, r: u32, minutes: f64, sign: f64) {
        self.sums.unfair += self.fairness_step(r, sign * minutes);
        self.infos[r as usize].service += sign * minutes;
    }

    fn take_out(&mut self, r: u32, p: u32) -> u32 {
        let round = &mut self.rounds[r as usize];
        let t = round.remove(p as usize);
        for (k, &t) in round.iter().enumerate().skip(p as usize) {
            self.pos[t as usize] = k as u32;
        }
        self.round_of[t as usize] = NONE;
        self.absent_at[t as usize] = self.absent.len() as u32;
        self.absent.push(t);
        self.deadline_stale[r as usize] = true;
        t
    }

    fn put_in(&mut self, t: u32, r: u32, p: u32) {
        let round = &mut self.rounds[r as usize];
        round.insert(p as usize, t);
        for (k, &t) in round.iter().enumerate().skip(p as usize) {
            self.pos[t as usize] = k as u32;
        }
        self.round_of[t as usize] = r;
        let at = self.absent_at[t as usize] as usize;
        self.absent.swap_remove(at);
        if let Some(&moved) = self.absent.get(at) {
            self.absent_at[moved as usize] = at as u32;
        }
        self.deadline_stale[r as usize] = true;
    }

    fn cross(&mut self, a: (u32, u32), b: (u32, u32)) {
        let tail = self.rounds[a.0 as usize].split_off(a.1 as usize);
        let other = self.rounds[b.0 as usize].split_off(b.1 as usize);
        self.rounds[a.0 as usize].extend(other);
        self.rounds[b.0 as usize].extend(tail);
        for (r, p) in [a, b] {
            for (k, &t) in self.rounds[r as usize].iter().enumerate().skip(p as usize) {
                self.pos[t as usize] = k as u32;
                self.round_of[t as usize] = r;
            }
            self.deadline_stale[r as usize] = true;
        }
    }

    #[inline]
    pub(super) fn keep_info(&mut self, r: u32) {
        self.old_infos.push((r, self.infos[r as usize]));
    }

    #[inline]
    pub(super) fn keep_times(&mut self, t: u32) {
        self.times.push((t, self.ready[t as usize], self.start[t as usize]));
    }

    /// Notes that times of a round are stale from a position, and must be looked at up to another.
    #[inline]
    pub(super) fn soil(&mut self, r: u32, from: u32, must: u32) {
        let k = r as usize;
        if self.from[k] == NONE {
            self.stale.push(r);
            self.touched.push(r);
            (self.from[k], self.must[k], self.rest_moved[k]) = (from, must, false);
        } else {
            self.from[k] = self.from[k].min(from);
            self.must[k] = self.must[k].max(must);
        }
    }
}
