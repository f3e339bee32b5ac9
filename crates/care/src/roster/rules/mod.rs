//! The rulebook `care.roster`: the norms of a day's plan. The defaults are ours, not a norm.

pub mod actions;
pub mod api;
pub mod pages;
mod table;

use rounds::Weights;
use serde::{Deserialize, Serialize};
use store::rulebooks::Rules;
use utoipa::ToSchema;

/// The rulebook `care.roster`. Minutes of a clock count from midnight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct RosterRules {
    /// Way by street over way through the air, in thousandths.
    pub detour_permille: i32,
    /// Who lives further than this from any street goes by the straight line, metres.
    pub street_m: f64,
    /// Metres a minute on foot.
    pub walk_m: f64,
    /// Metres a minute by electric bicycle.
    pub ebike_m: f64,
    /// Metres a minute by car, parking in.
    pub car_m: f64,
    /// Work begins, where a caregiver has no hours of their own.
    pub opens_mins: i32,
    /// Work ends.
    pub closes_mins: i32,
    /// Weekdays of work: bit 0 is Monday.
    pub weekdays: i16,
    /// The break begins not before this.
    pub rest_from_mins: i32,
    /// The break begins not after this.
    pub rest_until_mins: i32,
    /// How long the break lasts.
    pub rest_mins: i32,
    /// Overtime of a day at most.
    pub overtime_mins: i32,
    /// Service and travel of a day at most.
    pub most_mins: i32,
    /// A visit starts at most this long after its window.
    pub late_mins: i32,
    /// A pinned visit may start this much later than told.
    pub slack_mins: i32,
    /// Who came within these days is familiar.
    pub familiar_days: i64,
    /// Priority of orders that follow a call for help, 0 to 9.
    pub urgent_priority: u8,
    /// Prices of the parts of the objective by name, in minutes of travel.
    #[schema(value_type = BTreeMap<String, f64>)]
    pub weights: Weights,
    /// Milliseconds of search for each order.
    pub millis_per_order: u64,
    /// Seconds of search at least.
    pub least_secs: u64,
    /// Seconds of search at most.
    pub most_secs: u64,
    /// When the next day is planned, minutes after midnight.
    pub nightly_mins: i32,
    /// How far ahead one may plan, in days.
    pub ahead_days: i64,
}

impl Rules for RosterRules {
    const KIND: &'static str = "care.roster";
}

impl Default for RosterRules {
    fn default() -> Self {
        Self {
            detour_permille: 1_300,
            street_m: 500.0,
            walk_m: 75.0,
            ebike_m: 250.0,
            car_m: 420.0,
            opens_mins: 8 * 60,
            closes_mins: 18 * 60,
            weekdays: 0b111_1111,
            rest_from_mins: 11 * 60 + 30,
            rest_until_mins: 13 * 60,
            rest_mins: 30,
            overtime_mins: 0,
            most_mins: 9 * 60,
            late_mins: 30,
            slack_mins: 5,
            familiar_days: 365,
            urgent_priority: 5,
            weights: Weights::default(),
            millis_per_order: 40,
            least_secs: 1,
            most_secs: 60,
            nightly_mins: 20 * 60 + 30,
            ahead_days: 14,
        }
    }
}

impl RosterRules {
    /// How long to search for a plan of so many orders, in seconds.
    #[must_use]
    pub fn seconds(&self, orders: usize) -> f64 {
        let wanted = self.millis_per_order as f64 * orders as f64 / 1_000.0;
        wanted.clamp(self.least_secs as f64, self.most_secs.max(self.least_secs) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_county_may_enact_a_part_and_keeps_our_defaults_for_the_rest() {
        let read: RosterRules = serde_json::from_str(r#"{"ebike_m": 200.0, "weights": {"churn": 30.0}}"#).unwrap();
        assert_eq!((read.ebike_m, read.weights.churn, read.opens_mins), (200.0, 30.0, 480));
    }

    #[test]
    fn a_small_day_is_searched_for_a_second_and_a_city_for_a_minute() {
        let rules = RosterRules::default();
        assert_eq!([10, 48, 400, 4_000].map(|n| rules.seconds(n)), [1.0, 1.92, 16.0, 60.0]);
    }
}
