//! The minutes of the played day, in less time than a real one.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use super::turn::{Played, Turn};

/// The day begins at this hour.
const OPENS: u32 = 8;
/// Minutes of the day.
pub(super) const DAY: f64 = 600.0;

/// The day's clock.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    begun: Instant,
    minute: Duration,
    stop: watch::Receiver<bool>,
}

/// True once somebody pressed Ctrl-C; a second time ends the program at once.
pub(super) fn on_ctrl_c() -> watch::Receiver<bool> {
    let (tell, told) = watch::channel(false);
    let tell = Arc::new(tell);
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            eprintln!("正在结束：不再开始新的步骤……");
            tell.send_replace(true);
            if tokio::signal::ctrl_c().await.is_ok() {
                std::process::exit(130);
            }
        }
        // Without signals nobody can end it early; the day ends by itself.
        std::future::pending::<()>().await;
    });
    told
}

impl Pace {
    /// A day that begins now and takes so long.
    pub(super) fn begin(length: Duration, stop: watch::Receiver<bool>) -> Self {
        Self { begun: Instant::now(), minute: length.div_f64(DAY), stop }
    }

    /// Minutes since the day began.
    pub(super) fn now(&self) -> f64 {
        self.begun.elapsed().div_duration_f64(self.minute)
    }

    /// Whole hours since the day began.
    pub(super) fn hour(&self) -> u32 {
        (self.now() / 60.0) as u32
    }

    /// The time on the wall of the played day: `09:42`.
    pub(super) fn time(&self) -> String {
        let minutes = self.now() as u32;
        format!("{:02}:{:02}", OPENS + minutes / 60, minutes % 60)
    }

    pub(super) fn is_stopped(&self) -> bool {
        *self.stop.borrow()
    }

    /// Waits until a minute of the day.
    pub(super) async fn until(&self, minute: f64) -> Played {
        let mut stop = self.stop.clone();
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => Err(Turn::Stopped),
            () = sleep_until(self.begun + self.minute.mul_f64(minute.max(0.0))) => Ok(()),
        }
    }

    /// Lets so many minutes pass.
    pub(super) async fn pass(&self, minutes: f64) -> Played {
        self.until(self.now() + minutes).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_day_of_ten_hours_passes_in_ten_minutes_or_ends_at_once() {
        let (stop, told) = watch::channel(false);
        let begun = Instant::now() - Duration::from_secs(102);
        let pace = Pace { begun, ..Pace::begin(Duration::from_mins(10), told) };
        assert_eq!((pace.time().as_str(), pace.hour()), ("09:42", 1));
        pace.until(102.0).await.unwrap();
        stop.send_replace(true);
        assert!(matches!(pace.pass(600.0).await, Err(Turn::Stopped)));
    }
}
