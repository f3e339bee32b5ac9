//! The first plan: history first, then each order at its cheapest place, the urgent and the tied before the rest.

use std::collections::HashMap;

use super::{
    clock::Clock,
    desk::{Desk, Kept},
};
use crate::{
    model::{NONE, Tie},
    plan::Plan,
};

/// From so many crews on, only the rounds nearby are asked at first.
const MANY_CREWS: usize = 800;

impl Desk<'_> {
    /// Builds the first plan.
    pub(crate) fn construct(&mut self, clock: &Clock) {
        let mut begun =
            (0..self.model.tasks.len() as u32).filter(|&t| self.model.tasks[t as usize].begun).collect::<Vec<_>>();
        begun.sort_by(|&a, &b| self.model.tasks[a as usize].open.total_cmp(&self.model.tasks[b as usize].open));
        for t in begun {
            self.place_begun(t);
        }
        let mut row = self.state.absent.clone();
        row.sort_unstable();
        let key = |t: u32| {
            let task = &self.model.tasks[t as usize];
            let parts = if task.tie == Tie::Alone { 1.0 } else { 2.0 };
            // Of equal worth the tied come first: they find their two places only while there is room.
            (-task.value * parts, -parts, task.close.min(task.latest).min(1e12))
        };
        row.sort_by(|&a, &b| {
            let (x, y) = (key(a), key(b));
            x.0.total_cmp(&y.0).then(x.1.total_cmp(&y.1)).then(x.2.total_cmp(&y.2))
        });
        self.wide = self.model.crews.len() < MANY_CREWS;
        for &t in &row {
            if self.state.round_of[t as usize] == NONE && !self.place(t) && !self.wide && clock.share() < 0.2 {
                self.wide = true;
                self.place(t);
                self.wide = false;
            }
            self.state.commit();
        }
        self.drop_halves();
        self.state.commit();
        self.wide = false;
        self.keep_best();
    }

    /// Starts from a plan at hand: what of it still fits, then the rest as in a first plan.
    pub(crate) fn take_plan(&mut self, plan: &Plan) {
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
        self.drop_halves();
        self.state.commit();
        self.wide = true;
        self.recreate(0);
        self.wide = false;
        self.state.commit();
        self.keep_best();
    }

    /// Puts a visit that has begun where it happened.
    fn place_begun(&mut self, t: u32) {
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
