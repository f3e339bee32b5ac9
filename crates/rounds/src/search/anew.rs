//! Times from nothing: what depends on a move is timed again from below, so that no plan is kept whose times are not those
//! that a fresh start gives.
//!
//! Steps from old times to new ones are exact as long as pairs do not wait for one another in a circle. In a circle two
//! can hold each other at a late moment that nothing else asks for any more.

use super::{settle::PATIENT, state::Edit, state::State};
use crate::model::{NONE, Tie};

/// Up to which differences two sums or moments are the same.
const ALIKE: f64 = 1e-6;

impl State<'_> {
    /// Times what depends on the edits since the last commit from nothing, where steps could have gone astray. False: it
    /// cannot be timed, and the caller must undo.
    pub(crate) fn prove(&mut self) -> bool {
        if !self.model.circles {
            return true;
        }
        for (r, p) in self.affected() {
            self.forget_times(r, p);
        }
        if !self.settle() {
            return false;
        }
        // With breaks several timings can agree with themselves in a circle: the one that a fresh start finds counts.
        self.forced == 0 || self.model.crews.iter().all(|crew| crew.rest.is_none()) || self.is_as_laid_out()
    }

    /// The first position of each round whose times can depend on the edits.
    fn affected(&self) -> Vec<(u32, u32)> {
        let mut low = vec![NONE; self.rounds.len()];
        let mut open = Vec::new();
        for edit in &self.edits {
            match *edit {
                Edit::Insert { r, p } => open.push((r, p)),
                Edit::Remove { r, p, t } => {
                    open.push((r, p));
                    let task = &self.model.tasks[t as usize];
                    if task.tie == Tie::Pair && self.round_of[task.mate as usize] != NONE {
                        open.push((self.round_of[task.mate as usize], self.pos[task.mate as usize]));
                    }
                }
                Edit::Tails { a, b } => open.extend([a, b]),
            }
        }
        while let Some((r, p)) = open.pop() {
            let end = low[r as usize].min(self.rounds[r as usize].len() as u32);
            low[r as usize] = low[r as usize].min(p);
            for &t in self.rounds[r as usize].get(p as usize..end as usize).unwrap_or_default() {
                let task = &self.model.tasks[t as usize];
                let mate = self.mate_round(task);
                if mate != NONE && self.pos[task.mate as usize] < low[mate as usize] {
                    open.push((mate, self.pos[task.mate as usize]));
                }
            }
        }
        let rounds = low.into_iter().enumerate().filter(|&(_, p)| p != NONE);
        rounds.map(|(r, p)| (r as u32, p)).collect()
    }

    /// Forgets the times of a round from a position on.
    fn forget_times(&mut self, r: u32, p: u32) {
        for k in p as usize..self.rounds[r as usize].len() {
            let t = self.rounds[r as usize][k];
            self.keep_times(t);
            self.sums.late -= self.lateness(t, self.start[t as usize]);
            self.ready[t as usize] = f64::NEG_INFINITY;
            self.start[t as usize] = f64::NEG_INFINITY;
        }
        let rest = self.infos[r as usize].rest;
        if rest != NONE && rest >= p {
            self.keep_info(r);
            self.infos[r as usize].rest = NONE;
        }
        self.soil(r, p, self.rounds[r as usize].len() as u32);
    }

    /// The same rounds, timed from nothing; none when they cannot be.
    pub(crate) fn laid_out(&self) -> Option<Self> {
        let mut other = State::new(self.model);
        for (r, round) in self.rounds.iter().enumerate() {
            for (p, &t) in round.iter().enumerate() {
                other.insert(t, r as u32, p as u32);
            }
        }
        other.settle_patiently().then_some(other)
    }

    /// Brings all times up to date where a plan is laid out that was found before.
    pub(crate) fn settle_patiently(&mut self) -> bool {
        let brisk = std::mem::replace(&mut self.patience, PATIENT);
        let fine = self.settle();
        self.patience = brisk;
        fine
    }

    /// Whether times and price are those of the same rounds laid out from nothing.
    pub(crate) fn is_as_laid_out(&self) -> bool {
        self.laid_out().is_some_and(|other| {
            let alike = |a: f64, b: f64| (a - b).abs() <= ALIKE;
            let placed = (0..self.start.len()).filter(|&t| self.round_of[t] != NONE);
            alike(self.cost(), other.cost())
                && placed.into_iter().all(|t| alike(self.start[t], other.start[t]))
                && self.infos.iter().zip(&other.infos).all(|(a, b)| alike(a.finish, b.finish))
        })
    }
}
