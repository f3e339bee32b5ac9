//! From the plan under change to the plan that leaves.

use super::state::State;
use crate::{
    model::NONE,
    objective::{Cost, Figures},
    plan::{Plan, Round, Visit},
};

impl State<'_> {
    /// The plan with its times; figures and cost are the checker's to fill in.
    pub(crate) fn extract(&self) -> Plan {
        let model = self.model;
        let rounds = (0..model.crews.len() as u32).map(|r| self.extract_round(r)).collect();
        // Where one part has begun and nobody can do the other, the order is both under way and unserved.
        let parts = |k: usize| model.first[k]..model.first[k] + model.problem.orders[k].parts() as u32;
        let missing = |&k: &usize| parts(k).any(|t| self.round_of[t as usize] == NONE);
        let unserved = (0..model.first.len()).filter(missing).map(|k| model.problem.orders[k].id.clone()).collect();
        Plan { rounds, unserved, figures: Figures::default(), cost: Cost::default() }
    }

    fn extract_round(&self, r: u32) -> Round {
        let model = self.model;
        let crew = &model.crews[r as usize];
        let (mut place, mut free, mut rest) = (crew.start, crew.open, None);
        let mut visits = Vec::with_capacity(self.rounds[r as usize].len());
        for (p, &t) in self.rounds[r as usize].iter().enumerate() {
            let task = &model.tasks[t as usize];
            let (order, part) = model.part(t);
            let leg = model.leg(crew.profile, place, task.place).0;
            if let (Some((open, _, minutes)), true) = (crew.rest, self.infos[r as usize].rest == p as u32) {
                let at = if task.begun { free } else { free.max(model.now) }.max(open);
                rest = Some(at);
                free = at + minutes;
            }
            let start = self.start[t as usize];
            let arrive = if task.begun { start } else { free.max(model.now) + leg };
            // Sums in another order may differ in the last bits.
            let arrive = arrive.min(start);
            visits.push(Visit { order: order.id.clone(), part, arrive, start, end: start + task.minutes });
            (place, free) = (task.place, start + task.minutes);
        }
        let home = if visits.is_empty() { 0.0 } else { model.leg(crew.profile, place, crew.end).0 };
        let caregiver = model.problem.caregivers[crew.person as usize].id.clone();
        Round { caregiver, shift: crew.shift as usize, visits, rest, end: free + home }
    }
}
