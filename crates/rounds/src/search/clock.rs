//! How much of the budget is used: CPU time of the process for one thread, time on the wall for several, or moves.

use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

/// Moves of a second, roughly.
const MOVES: f64 = 1.5e6;

/// CPU seconds this process has used.
pub fn cpu_seconds() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 * 1e-9
}

/// A budget under way.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    /// CPU seconds at the start, or none when the wall counts.
    cpu: Option<f64>,
    wall: Instant,
    limit: f64,
    most: Option<u64>,
    /// Moves tried so far.
    pub(crate) moves: u64,
    told: f64,
}

impl Clock {
    /// Starts a budget of seconds and, if given, of moves: what comes first ends it. CPU seconds count from `cpu`.
    pub(crate) fn new(limit: f64, most: Option<u64>, cpu: Option<f64>) -> Self {
        Self { cpu, wall: Instant::now(), limit: limit.max(1e-6), most, moves: 0, told: f64::NEG_INFINITY }
    }

    /// Seconds used.
    pub(crate) fn seconds(&self) -> f64 {
        self.cpu.map_or_else(|| self.wall.elapsed().as_secs_f64(), |start| cpu_seconds() - start)
    }

    /// Share of the budget used. By moves alone when they are limited, so that a run can be repeated exactly.
    pub(crate) fn share(&self) -> f64 {
        match self.most {
            Some(most) => self.moves as f64 / most.max(1) as f64,
            None => self.seconds() / self.limit,
        }
    }

    /// The whole budget in seconds; for one of moves, about what they take.
    pub(crate) fn work(&self) -> f64 {
        self.most.map_or(self.limit, |most| most as f64 / MOVES)
    }

    /// Whether it is time to tell something: four times a second.
    pub(crate) fn due(&mut self) -> bool {
        let now = self.wall.elapsed().as_secs_f64();
        let due = now - self.told >= 0.25;
        if due {
            self.told = now;
        }
        due
    }
}
