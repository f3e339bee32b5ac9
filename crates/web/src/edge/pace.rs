//! How slow the other side of a connection may be: it has so much patience, waiting for it eats some, and each byte that
//! moves gives some back. So a stall ends after the grace, and a trickle below the rate a little later.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until};

/// What is asked of the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How long nothing may move.
    pub grace: Duration,
    /// Bytes a second that keep the patience whole.
    pub rate: u32,
}

impl Pace {
    /// How long `bytes` take at this pace, the grace included.
    #[must_use]
    pub fn longest(self, bytes: u64) -> Duration {
        self.grace.saturating_add(self.worth(bytes))
    }

    fn worth(self, bytes: u64) -> Duration {
        Duration::from_micros(bytes.saturating_mul(1_000_000) / u64::from(self.rate.max(1)))
    }
}

/// The patience with one other side.
#[derive(Debug)]
pub struct Patience {
    pace: Pace,
    left: Duration,
    waits: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl Patience {
    /// Whole patience.
    #[must_use]
    pub const fn new(pace: Pace) -> Self {
        Self { pace, left: pace.grace, waits: None }
    }

    /// The other side moved `bytes`; nobody waits for it now.
    pub fn moved(&mut self, bytes: usize) {
        if let Some((since, _)) = self.waits.take() {
            self.left = self.left.saturating_sub(since.elapsed());
        }
        let worth = self.pace.worth(bytes as u64);
        self.left = self.left.saturating_add(worth).min(self.pace.grace);
    }

    /// The other side moves nothing; ready when the patience with it is at its end.
    pub fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let left = self.left;
        let begin = || {
            let now = Instant::now();
            (now, Box::pin(sleep_until(now + left)))
        };
        self.waits.get_or_insert_with(begin).1.as_mut().poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    const PACE: Pace = Pace { grace: Duration::from_millis(300), rate: 100_000 };

    async fn waits(patience: &mut Patience, millis: u64) -> bool {
        let end = poll_fn(|cx| patience.poll_end(cx));
        tokio::time::timeout(Duration::from_millis(millis), end).await.is_err()
    }

    #[tokio::test]
    async fn a_stall_ends_after_the_grace() {
        let mut patience = Patience::new(PACE);
        assert!(waits(&mut patience, 10).await);
        assert!(!waits(&mut patience, 20_000).await);
    }

    #[tokio::test]
    async fn a_trickle_ends_and_a_pace_that_is_kept_does_not() {
        let mut patience = Patience::new(PACE);
        for _ in 0..40 {
            assert!(waits(&mut patience, 10).await);
            patience.moved(1_000_000);
        }
        let mut gave = 0;
        while waits(&mut patience, 100).await {
            patience.moved(1);
            gave += 1;
        }
        assert!(gave <= 3, "{gave}");
    }

    #[test]
    fn a_large_body_may_take_longer() {
        assert_eq!(PACE.longest(6_000_000), Duration::from_millis(60_300));
    }
}
