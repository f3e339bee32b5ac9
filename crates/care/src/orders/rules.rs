//! The clocks of an order: the rulebook `care.order_clocks` and the deadline of each stage. The defaults are ours, not a
//! norm.

use chrono::TimeDelta;
use kernel::{Instant, local, start_of_day};
use serde::{Deserialize, Serialize};
use store::rulebooks::Rules;

use super::{Channel, Order, Stage};

/// The rulebook `care.order_clocks`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderClocks {
    /// Intake within this, in minutes of office hours.
    pub intake_mins: i64,
    /// A worker is chosen within this, in minutes of office hours.
    pub dispatch_mins: i64,
    /// The worker answers within this after the phone received the offer, in minutes of office hours.
    pub take_mins: i64,
    /// An offer is answered, or received at all, so long before the window, in minutes; a later one within `take_mins`.
    #[serde(default = "before_mins")]
    pub before_mins: i64,
    /// Office hours begin, minutes after midnight.
    pub opens_mins: u32,
    /// Office hours end, minutes after midnight.
    pub closes_mins: u32,
    /// Give-backs after which a person must find somebody.
    pub tries: i16,
    /// Arrival this long after the window's start is late, in minutes.
    pub late_mins: i64,
    /// Check-out is missed this long after the planned time, in minutes.
    pub overstay_mins: i64,
    /// Confirmed by silence after this, in hours.
    pub confirm_hours: i64,
    /// A visit that somebody disputes is looked into within this, in hours.
    pub dispute_hours: i64,
    /// Completed without a rating after this, in days.
    pub rate_days: i64,
    /// How far ahead one may order, in days.
    pub ahead_days: i64,
    /// Orders that come in this way pass intake at once when all checks pass.
    pub accepted_at_once: Vec<Channel>,
    /// An order that nobody assigned in time goes to the first suitable candidate.
    pub assigned_when_late: bool,
}

impl Rules for OrderClocks {
    const KIND: &'static str = "care.order_clocks";
}

const fn before_mins() -> i64 {
    120
}

impl Default for OrderClocks {
    fn default() -> Self {
        Self {
            intake_mins: 30,
            dispatch_mins: 30,
            take_mins: 30,
            before_mins: before_mins(),
            opens_mins: 8 * 60,
            closes_mins: 18 * 60,
            tries: 3,
            late_mins: 30,
            overstay_mins: 60,
            confirm_hours: 48,
            dispute_hours: 24,
            rate_days: 7,
            ahead_days: 60,
            accepted_at_once: vec![
                Channel::Phone,
                Channel::Counter,
                Channel::Plan,
                Channel::Community,
                Channel::OfflineEntry,
            ],
            assigned_when_late: true,
        }
    }
}

impl OrderClocks {
    /// The clock that a stage runs under and when it is due; none for a final stage. `now` is when the stage began.
    #[must_use]
    pub fn due(&self, order: &Order, stage: Stage, now: Instant) -> Option<(&'static str, Instant)> {
        let office = |mins| self.in_office_hours(now, TimeDelta::minutes(mins));
        Some(match stage {
            Stage::Placed => ("order.intake", office(self.intake_mins)),
            Stage::Accepted => ("order.dispatch", office(self.dispatch_mins)),
            Stage::Offered => ("order.take", self.answered_by(order, now)),
            Stage::Taken => ("order.arrive", order.window_start + TimeDelta::minutes(self.late_mins)),
            Stage::Serving => {
                let planned = i64::from(order.minutes) + self.overstay_mins;
                ("order.leave", order.started_at.unwrap_or(now) + TimeDelta::minutes(planned))
            }
            Stage::Served => ("order.confirm", now + TimeDelta::hours(self.confirm_hours)),
            Stage::Confirmed => ("order.rate", now + TimeDelta::days(self.rate_days)),
            Stage::Completed | Stage::Cancelled | Stage::Aborted => return None,
        })
    }

    /// Until when an offer is answered: soon after it was received, and early enough to find somebody else. One that no
    /// phone received waits for the latter alone.
    fn answered_by(&self, order: &Order, now: Instant) -> Instant {
        let take = TimeDelta::minutes(self.take_mins);
        let last = (order.window_start - TimeDelta::minutes(self.before_mins)).max(now + take);
        order.seen_at.map_or(last, |seen| self.in_office_hours(seen, take).min(last))
    }

    /// `from` plus so much time of office hours.
    fn in_office_hours(&self, from: Instant, mut left: TimeDelta) -> Instant {
        let at = |mins: u32| TimeDelta::minutes(i64::from(mins));
        if self.opens_mins >= self.closes_mins {
            return from + left;
        }
        let mut now = from;
        // A deadline takes at most as many days as it is long.
        for _ in 0..400 {
            let midnight = start_of_day(local(now).date_naive());
            let (opens, closes) = (midnight + at(self.opens_mins), midnight + at(self.closes_mins));
            now = now.max(opens);
            if now + left <= closes {
                return now + left;
            }
            left -= (closes - now).max(TimeDelta::zero());
            now = midnight + TimeDelta::days(1);
        }
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::testing::order;

    fn due(stage: Stage, now: &str) -> String {
        let found = OrderClocks::default().due(&order(), stage, now.parse().unwrap());
        found.map_or("none".into(), |(kind, at)| format!("{kind} {}", local(at).format("%m-%d %H:%M")))
    }

    #[test]
    fn half_an_hour_is_half_an_hour_of_office_hours() {
        assert_eq!(due(Stage::Placed, "2026-11-21T09:00:00+08:00"), "order.intake 11-21 09:30");
        assert_eq!(due(Stage::Accepted, "2026-11-21T17:50:00+08:00"), "order.dispatch 11-22 08:20");
    }

    #[test]
    fn an_offer_is_answered_soon_after_it_was_received_and_two_hours_before_the_window() {
        let seen = |at: &str| {
            let order = Order { seen_at: Some(at.parse().unwrap()), ..order() };
            let (_, due) = OrderClocks::default().due(&order, Stage::Offered, at.parse().unwrap()).unwrap();
            local(due).format("%m-%d %H:%M").to_string()
        };
        assert_eq!(
            due(Stage::Offered, "2026-11-20T23:00:00+08:00"),
            "order.take 11-22 12:00",
            "nobody received it yet"
        );
        assert_eq!(seen("2026-11-21T09:10:00+08:00"), "11-21 09:40");
        assert_eq!(seen("2026-11-21T23:00:00+08:00"), "11-22 08:30");
        assert_eq!(seen("2026-11-22T11:50:00+08:00"), "11-22 12:20", "too late for two hours, so half an hour it is");
        assert_eq!(due(Stage::Offered, "2026-11-22T13:40:00+08:00"), "order.take 11-22 14:10");
        let night = OrderClocks { opens_mins: 10 * 60, before_mins: 240, ..OrderClocks::default() };
        let order = Order { seen_at: Some("2026-11-21T20:00:00+08:00".parse().unwrap()), ..order() };
        let (_, due) = night.due(&order, Stage::Offered, order.seen_at.unwrap()).unwrap();
        assert_eq!(local(due).format("%m-%d %H:%M").to_string(), "11-22 10:00", "the window comes first");
    }

    #[test]
    fn later_stages_are_due_by_the_window_and_the_wall_clock() {
        // The order of the tests is for 14:00 to 16:00 on 22 November, 60 minutes.
        assert_eq!(due(Stage::Taken, "2026-11-21T09:00:00+08:00"), "order.arrive 11-22 14:30");
        assert_eq!(due(Stage::Serving, "2026-11-22T14:05:00+08:00"), "order.leave 11-22 16:05");
        assert_eq!(due(Stage::Served, "2026-11-22T15:00:00+08:00"), "order.confirm 11-24 15:00");
        assert_eq!(due(Stage::Confirmed, "2026-11-22T15:00:00+08:00"), "order.rate 11-29 15:00");
        assert_eq!(due(Stage::Completed, "2026-11-22T15:00:00+08:00"), "none");
    }

    #[test]
    fn an_office_that_never_closes_counts_every_minute() {
        let clocks = OrderClocks { opens_mins: 0, closes_mins: 0, ..OrderClocks::default() };
        let now: Instant = "2026-11-21T15:00:00Z".parse().unwrap();
        assert_eq!(clocks.due(&order(), Stage::Placed, now), Some(("order.intake", now + TimeDelta::minutes(30))));
    }
}
