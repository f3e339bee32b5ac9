//! Orders of which one part has no place: the other part goes, too, unless it has begun.

use super::{desk::Desk, state::State};
use crate::model::NONE;

impl Desk<'_> {
    /// Takes out what stands alone of orders whose other half is absent. False: the rest cannot be timed without it, and
    /// the caller must undo.
    pub(crate) fn drop_halves(&mut self) -> bool {
        let halves = self.halves();
        for &t in &halves {
            self.state.remove(t);
        }
        halves.is_empty() || self.state.settle()
    }

    /// The same where there is no plan to return to: if need be, what follows a half goes with it, or all that has not
    /// begun. A break can lie so that less work fits worse.
    pub(crate) fn clear_halves(&mut self) {
        self.state.commit();
        for half in self.halves() {
            let mark = self.state.mark();
            if self.state.round_of[half as usize] == NONE || self.drop_from(half, 1) {
                continue;
            }
            self.state.undo(mark);
            if !self.drop_from(half, usize::MAX) {
                self.state = State::new(self.model);
                self.place_begun();
                return;
            }
        }
        self.state.commit();
    }

    /// Takes out so many tasks of a round from one on, with their mates. False: the caller must undo.
    fn drop_from(&mut self, t: u32, most: usize) -> bool {
        let round = &self.state.rounds[self.state.round_of[t as usize] as usize];
        let row = round[self.state.pos[t as usize] as usize..].iter().take(most).copied().collect::<Vec<_>>();
        for t in row {
            let mate = self.model.tasks[t as usize].mate;
            for t in [t, mate] {
                if t != NONE && self.state.round_of[t as usize] != NONE && !self.model.tasks[t as usize].begun {
                    self.state.remove(t);
                }
            }
        }
        self.state.settle() && self.state.prove()
    }

    /// What stands alone and has not begun.
    pub(super) fn halves(&self) -> Vec<u32> {
        let mates = self.state.absent.iter().map(|&t| self.model.tasks[t as usize].mate);
        let alone = |&mate: &u32| {
            mate != NONE && self.state.round_of[mate as usize] != NONE && !self.model.tasks[mate as usize].begun
        };
        mates.filter(alone).collect()
    }
}
