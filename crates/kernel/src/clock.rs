//! Time: instants in UTC to the microsecond, days of business in Asia/Shanghai (UTC+8 all year since 1991).

use std::{
    fmt::Debug,
    sync::atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, TimeDelta, Utc};

/// A moment in UTC, truncated to microseconds so that both engines keep it unchanged.
pub type Instant = DateTime<Utc>;

/// What clocks in China are ahead of UTC.
const AHEAD: TimeDelta = TimeDelta::hours(8);

/// Where the time comes from; nothing reads the machine's clock around it.
pub trait Clock: Send + Sync + Debug {
    /// This moment.
    fn now(&self) -> Instant;

    /// Today's business day in Asia/Shanghai.
    fn today(&self) -> NaiveDate {
        business_day(self.now())
    }
}

/// The machine's clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
        let now = Utc::now();
        micros(now.timestamp_micros())
    }
}

/// A clock moved by hand, for tests and for days played fast.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that stands at `at`.
    #[must_use]
    pub const fn at(at: Instant) -> Self {
        Self(AtomicI64::new(at.timestamp_micros()))
    }

    /// Moves it on.
    pub fn advance(&self, by: TimeDelta) {
        self.0.fetch_add(by.num_microseconds().unwrap_or(0), Ordering::SeqCst);
    }

    /// Sets it.
    pub fn set(&self, at: Instant) {
        self.0.store(at.timestamp_micros(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        micros(self.0.load(Ordering::SeqCst))
    }
}

fn micros(at: i64) -> Instant {
    DateTime::from_timestamp_micros(at).unwrap_or_default()
}

/// A moment as people in China read it on the wall. The last hours that the calendar can tell stand for what lies beyond.
#[must_use]
pub fn local(at: Instant) -> DateTime<FixedOffset> {
    let last = DateTime::<Utc>::MAX_UTC - AHEAD;
    at.min(last).with_timezone(&FixedOffset::east_opt(8 * 3600).unwrap_or_else(|| unreachable!("8 hours is an offset")))
}

/// The day of business of a moment.
#[must_use]
pub fn business_day(at: Instant) -> NaiveDate {
    local(at).date_naive()
}

/// The moment at which a day of business begins (00:00 in Asia/Shanghai); the first moment of all for the calendar's first
/// day, which begins before it.
#[must_use]
pub fn start_of_day(day: NaiveDate) -> Instant {
    let begins = day.and_time(NaiveTime::MIN).checked_sub_signed(AHEAD);
    begins.map_or(DateTime::<Utc>::MIN_UTC, |begins| begins.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_business_begins_at_midnight_in_shanghai() {
        let clock = ManualClock::at("2026-11-20T15:59:59Z".parse().unwrap());
        assert_eq!(clock.today().to_string(), "2026-11-20");
        clock.advance(TimeDelta::seconds(1));
        assert_eq!(clock.today().to_string(), "2026-11-21");
        assert_eq!(start_of_day(clock.today()), clock.now());
    }

    #[test]
    fn no_day_and_no_moment_is_too_far_to_reckon_with() {
        for day in [NaiveDate::MIN, NaiveDate::MAX] {
            let begins = start_of_day(day);
            assert_eq!(business_day(begins), day);
        }
        assert!(business_day(DateTime::<Utc>::MIN_UTC) >= NaiveDate::MIN);
        assert!(business_day(DateTime::<Utc>::MAX_UTC) >= NaiveDate::MIN);
    }

    #[test]
    fn the_machines_clock_has_whole_microseconds() {
        assert_eq!(SystemClock.now().timestamp_subsec_nanos() % 1_000, 0);
    }
}
