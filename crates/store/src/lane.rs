//! Who may write next. SQLite has one writer: people go before jobs, jobs before bulk. PostgreSQL has many, and bulk
//! and jobs may take only a few of them.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

/// Why somebody writes; decides who waits for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// A person waits for the answer.
    Interactive,
    /// Consumers, clocks, jobs.
    Jobs,
    /// Imports and other mass work, in transactions of at most 2,000 rows.
    Bulk,
}

impl Lane {
    const COUNT: usize = 3;
}

/// Counts the writers and lets the highest lane that waits go first.
#[derive(Debug)]
pub struct Lanes {
    state: Mutex<State>,
    /// How many writers at once, and how many of them may be of this lane or a lower one.
    caps: [usize; Lane::COUNT],
}

#[derive(Debug, Default)]
struct State {
    running: [usize; Lane::COUNT],
    waiting: [VecDeque<oneshot::Sender<Pass>>; Lane::COUNT],
}

/// The right to write; dropped, the next one goes.
#[derive(Debug)]
pub struct Pass {
    lanes: Arc<Lanes>,
    lane: Lane,
}

impl Lanes {
    /// Lanes for `writers` writers; with more than one, jobs take at most half of them and bulk at most a quarter.
    pub fn new(writers: usize) -> Arc<Self> {
        let caps = [writers, (writers / 2).max(1), (writers / 4).max(1)];
        Arc::new(Self { state: Mutex::default(), caps })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code panics while holding the lock, so a poisoned state is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the right to write. Dropping the future gives the place in the queue back.
    pub async fn enter(self: &Arc<Self>, lane: Lane) -> Pass {
        let turn = {
            let mut state = self.state();
            if self.admits(&state, lane) && state.waiting[..=lane as usize].iter().all(VecDeque::is_empty) {
                state.running[lane as usize] += 1;
                return Pass { lanes: self.clone(), lane };
            }
            let (tell, turn) = oneshot::channel();
            state.waiting[lane as usize].push_back(tell);
            turn
        };
        match turn.await {
            Ok(pass) => pass,
            Err(_) => unreachable!("a waiting writer is told by the one that leaves"),
        }
    }

    /// How many wait in each lane, for the metrics.
    #[must_use]
    pub fn waiting(&self) -> [usize; Lane::COUNT] {
        self.state().waiting.each_ref().map(VecDeque::len)
    }

    fn admits(&self, state: &State, lane: Lane) -> bool {
        let total: usize = state.running.iter().sum();
        let as_low: usize = state.running[lane as usize..].iter().sum();
        total < self.caps[0] && as_low < self.caps[lane as usize]
    }

    fn leave(self: &Arc<Self>, lane: Lane) {
        // Passes of those who gave up meanwhile; dropped after the lock is free, each lets the next one go.
        let mut unclaimed = Vec::new();
        let mut state = self.state();
        state.running[lane as usize] -= 1;
        for next in [Lane::Interactive, Lane::Jobs, Lane::Bulk] {
            while self.admits(&state, next) {
                let Some(tell) = state.waiting[next as usize].pop_front() else { break };
                state.running[next as usize] += 1;
                if let Err(pass) = tell.send(Pass { lanes: self.clone(), lane: next }) {
                    unclaimed.push(pass);
                    break;
                }
            }
        }
        drop(state);
        drop(unclaimed);
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.lanes.leave(self.lane);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn people_go_before_jobs_and_jobs_before_bulk() {
        let lanes = Lanes::new(1);
        let first = lanes.enter(Lane::Bulk).await;
        let (mut bulk, mut jobs, mut person) = (
            Box::pin(lanes.enter(Lane::Bulk)),
            Box::pin(lanes.enter(Lane::Jobs)),
            Box::pin(lanes.enter(Lane::Interactive)),
        );
        assert!(bulk.as_mut().now_or_never().is_none());
        assert!(jobs.as_mut().now_or_never().is_none());
        assert!(person.as_mut().now_or_never().is_none());
        drop(first);
        let second = person.now_or_never().expect("the person goes first");
        assert!(jobs.as_mut().now_or_never().is_none());
        drop(second);
        drop(jobs.now_or_never().expect("then the job"));
        assert!(bulk.now_or_never().is_some());
    }

    #[tokio::test]
    async fn who_gives_up_waiting_loses_no_pass() {
        let lanes = Lanes::new(1);
        let first = lanes.enter(Lane::Jobs).await;
        let mut waits = Box::pin(lanes.enter(Lane::Interactive));
        assert!(waits.as_mut().now_or_never().is_none());
        drop(waits);
        drop(first);
        assert!(lanes.enter(Lane::Bulk).now_or_never().is_some());
    }

    #[tokio::test]
    async fn bulk_leaves_writers_for_people() {
        let lanes = Lanes::new(8);
        let _bulk = [lanes.enter(Lane::Bulk).await, lanes.enter(Lane::Bulk).await];
        assert!(lanes.enter(Lane::Bulk).now_or_never().is_none());
        assert!(lanes.enter(Lane::Interactive).now_or_never().is_some());
    }
}
