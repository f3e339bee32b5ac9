//! A plan that outlives its model: room for new tasks, the same plan over other rules, a plan put away.

use super::state::State;
use crate::model::{Model, NONE};

impl<'a> State<'a> {
    /// Makes room for tasks the model has got since.
    pub(crate) fn grow(&mut self) {
        for t in self.round_of.len()..self.model.tasks.len() {
            self.round_of.push(NONE);
            self.pos.push(0);
            self.ready.push(f64::NEG_INFINITY);
            self.start.push(f64::NEG_INFINITY);
            self.deadline.push(f64::INFINITY);
            self.pushes.push((0, 0));
            self.absent_at.push(self.absent.len() as u32);
            self.absent.push(t as u32);
            self.sums.absent += self.model.tasks[t].value;
        }
    }

    /// The same plan over another model with the same tasks and crews; their limits may differ.
    pub(crate) fn over<'b>(&self, model: &'b Model<'b>) -> State<'b>
    where
        'a: 'b,
    {
        let stale = vec![true; self.deadline_stale.len()];
        State { model, deadline_stale: stale, ..self.clone() }
    }

    /// Takes a parked plan up again.
    pub(crate) fn take_up<'b>(self, model: &'b Model<'b>) -> State<'b>
    where
        'a: 'b,
    {
        State { model, ..self }
    }

    /// Lets go of the model, to be taken up again.
    pub(crate) fn park(self, nothing: &'static Model<'static>) -> State<'static> {
        let Self { rounds, round_of, pos, ready, start, infos, sums, absent, absent_at, .. } = self;
        let Self { edits, times, old_infos, from, must, stale, touched, worst_fell, pushes, .. } = self;
        let Self { era, circle, forced, patience, rest_moved, deadline, deadline_stale, model: _, .. } = self;
        State {
            model: nothing,
            rounds,
            round_of,
            pos,
            ready,
            start,
            infos,
            sums,
            absent,
            absent_at,
            edits,
            times,
            old_infos,
            from,
            must,
            stale,
            touched,
            worst_fell,
            rest_moved,
            pushes,
            era,
            circle,
            forced,
            patience,
            deadline,
            deadline_stale,
        }
    }
}
