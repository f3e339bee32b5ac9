//! The first plan: history first, then each order at its cheapest place nearby, those that fit in few moments before the
//! rest; then room is made for whoever found none.

use std::collections::HashMap;

use super::{
    clock::Clock,
    desk::{Desk, Kept},
};
use crate::{
    model::{NONE, Tie},
    plan::Plan,
};

/// Rounds asked while room is made, at most: in all, and for each task of the plan.
const ROOM_WORK: (u64, u64) = (1_600_000, 1_000);
/// How much dearer a plan may get while room is made, in prices of an average task.
const ROOM_HEAT: f64 = 0.3;
/// Mean number of tasks taken out to make room.
const ROOM_MEAN: f64 = 6.0;
/// Share of the budget after which no more room is made.
const ROOM_SHARE: f64 = 0.2;

impl Desk<'_> {
    /// Builds the first plan.
    pub(crate) fn construct(&mut self, clock: &Clock) {
        self.place_begun();
        // Nearby first, also because a plan of near choices is the tighter one.
        self.wide = false;
        for t in self.first_turns() {
            let mark = self.state.mark();
            if self.state.round_of[t as usize] == NONE && !self.place(t) && clock.share() < ROOM_SHARE {
                self.wide = true;
                self.place(t);
                self.wide = false;
            }
            if !self.state.prove() {
                self.state.undo(mark);
            }
            self.state.commit();
        }
        self.clear_halves();
        self.keep_best();
        self.make_room(clock);
        let best = self.best.clone();
        self.restore(&best);
    }

    /// In which order the first plan takes the absent: by worth (roughly: twice counts, a little more does not), then
    /// who fits in the fewest moments, then who must be served first.
    fn first_turns(&self) -> Vec<u32> {
        let key = |t: u32| {
            let task = &self.model.tasks[t as usize];
            let parts = if task.tie == Tie::Alone { 1.0 } else { 2.0 };
            let end = task.close.min(task.latest).min(1e12);
            let worth = (task.value * parts).max(1e-9).log2().floor();
            // Two must find their places at one moment: half the choice.
            [-worth, (end - task.open) / parts, end]
        };
        let mut row = self.state.absent.iter().map(|&t| (key(t), t)).collect::<Vec<_>>();
        row.sort_by(|(a, t), (b, u)| {
            let by = |k: usize| a[k].total_cmp(&b[k]);
            by(0).then(by(1)).then(by(2)).then(t.cmp(u))
        });
        row.into_iter().map(|(_, t)| t).collect()
    }

    /// Takes out what stands around those who are absent and puts all of it back in other orders, until everybody is
    /// served or tries run out.
    fn make_room(&mut self, clock: &Clock) {
        let absent = self.state.absent.len();
        let tasks = (self.model.tasks.len() - absent).max(1) as f64;
        let heat = ROOM_HEAT * ((self.state.cost() - self.state.sums.absent) / tasks).max(1e-9);
        let enough = self.asked + ROOM_WORK.0.min(ROOM_WORK.1 * self.model.tasks.len() as u64);
        while !self.state.absent.is_empty() && self.asked < enough && clock.share() < ROOM_SHARE {
            let seed = self.state.absent[self.dice.below(self.state.absent.len())];
            // A try costs something, also where nobody is asked.
            self.asked += 1;
            let limit = self.state.cost() - heat * self.dice.unit().max(1e-300).ln();
            let mark = self.state.mark();
            if self.rebuild_around(seed, ROOM_MEAN) && self.stands(limit) {
                self.state.commit();
                self.keep_best();
            } else {
                self.state.undo(mark);
            }
        }
    }

    /// Starts from a plan at hand: what of it still fits, then the rest as in a first plan.
    pub(crate) fn take_plan(&mut self, plan: &Plan) {
        self.lay_out(plan);
        let mark = self.state.mark();
        self.wide = true;
        let fits = self.recreate(0);
        self.wide = false;
        if !(fits && self.state.prove()) {
            self.state.undo(mark);
        }
        self.state.commit();
        self.keep_best();
    }

    /// Lays out what still fits of a plan at hand.
    pub(crate) fn lay_out(&mut self, plan: &Plan) {
        let orders = self
            .model
            .problem
            .orders
            .iter()
            .enumerate()
            .map(|(k, order)| (order.id.as_str(), k))
            .collect::<HashMap<_, _>>();
        let mut kept = Kept::default();
        let mut seen = vec![false; self.model.tasks.len()];
        for crew in &self.model.crews {
            let caregiver = &self.model.problem.caregivers[crew.person as usize].id;
            let round =
                plan.rounds.iter().find(|round| round.caregiver == *caregiver && round.shift == crew.shift as usize);
            for visit in round.iter().flat_map(|round| &round.visits) {
                if let Some(&k) =
                    orders.get(visit.order.as_str()).filter(|&&k| visit.part < self.model.problem.orders[k].parts())
                {
                    let t = self.model.first[k] + visit.part as u32;
                    if self.model.eligible(t, kept.ends.len() as u32) && !std::mem::replace(&mut seen[t as usize], true)
                    {
                        kept.tasks.push(t);
                    }
                }
            }
            kept.ends.push(kept.tasks.len() as u32);
        }
        self.restore(&kept);
        self.clear_halves();
    }

    /// Puts what has begun where it happened, in the order of its times.
    pub(super) fn place_begun(&mut self) {
        let mut begun =
            (0..self.model.tasks.len() as u32).filter(|&t| self.model.tasks[t as usize].begun).collect::<Vec<_>>();
        begun.sort_by(|&a, &b| self.model.tasks[a as usize].open.total_cmp(&self.model.tasks[b as usize].open));
        begun.into_iter().for_each(|t| self.place_begun_task(t));
    }

    fn place_begun_task(&mut self, t: u32) {
        let open = self.model.tasks[t as usize].open;
        for r in 0..self.model.crews.len() as u32 {
            let crew = &self.model.crews[r as usize];
            // Of several shifts the one in which it began.
            let later = self.model.people[crew.person as usize].crews.iter().any(|&other| {
                let opens = self.model.crews[other as usize].open;
                opens > crew.open && opens <= open
            });
            if self.model.eligible(t, r) && !later {
                let end = self.state.rounds[r as usize].len() as u32;
                if self.try_insert(&[(t, r, end)]) {
                    self.state.commit();
                    return;
                }
            }
        }
    }
}
