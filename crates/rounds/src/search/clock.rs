//! How much of the budget is used: CPU time of the searching thread for one, time on the wall for several, or moves.

use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

/// Moves of a second, roughly.
const MOVES: f64 = 1.5e6;

/// How much a thread that gives way is worth beside others, see `nice`.
const GIVES_WAY: i32 = 10;

/// CPU seconds this process has used, all its threads together.
pub fn cpu_seconds() -> f64 {
    seconds(ClockId::ProcessCPUTime)
}

/// CPU seconds the calling thread has used: what others of the process do meanwhile is not its work.
pub(crate) fn thread_seconds() -> f64 {
    seconds(ClockId::ThreadCPUTime)
}

fn seconds(clock: ClockId) -> f64 {
    let now = clock_gettime(clock);
    now.tv_sec as f64 + now.tv_nsec as f64 * 1e-9
}

/// Lets the calling thread give way to others that want the same core, for as long as it lives: for a search beside a
/// server. Where the system knows no threads of different worth, nothing happens.
pub fn give_way() {
    #[cfg(target_os = "linux")]
    {
        let own = Some(rustix::thread::gettid());
        let now = rustix::process::getpriority_process(own).unwrap_or(0);
        // A thread that may not be made less important searches as it is.
        let _ = rustix::process::setpriority_process(own, now.max(GIVES_WAY));
    }
}

/// A budget under way.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    /// CPU seconds of the thread at the start, or none when the wall counts.
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
        self.cpu.map_or_else(|| self.wall.elapsed().as_secs_f64(), |start| thread_seconds() - start)
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn what_other_threads_do_is_not_taken_from_the_search() {
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        std::hint::spin_loop()
                    }
                });
            }
            let (all, clock) = (cpu_seconds(), Clock::new(1.0, None, Some(thread_seconds())));
            while cpu_seconds() - all < 0.3 {
                std::thread::yield_now();
            }
            stop.store(true, Ordering::Relaxed);
            assert!(clock.seconds() < 0.25, "{}", clock.seconds());
        });
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_thread_that_gives_way_is_less_important_than_the_others() {
        let nice = || rustix::process::getpriority_process(Some(rustix::thread::gettid())).unwrap();
        let before = nice();
        let given = std::thread::spawn(move || {
            give_way();
            nice()
        });
        assert_eq!((given.join().unwrap(), nice()), (before.max(GIVES_WAY), before));
    }
}
