//! What is good: the weights, the figures of a plan, and their weighted sum in named parts.
//!
//! ```text
//! total = metre·metres + minute·minutes on the way + late·Σ lateness·(1+priority) + worst·greatest lateness
//!       + overtime·minutes + unserved·Σ value·(1+priority) + continuity·misses + gender·misses
//!       + fairness·Σ (service − mean)²/mean + churn·moved visits
//! ```

use serde::{Deserialize, Serialize};

/// The price of each figure. All are ≥ 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Weights {
    /// Per metre travelled.
    pub metre: f64,
    /// Per minute travelled.
    pub minute: f64,
    /// Per minute that a visit starts after the close of its window.
    pub late: f64,
    /// Per minute of the latest visit's lateness.
    pub worst: f64,
    /// Per minute that a shift ends too late.
    pub overtime: f64,
    /// Per unit of an unserved order's value.
    pub unserved: f64,
    /// Per visit by someone whom the elder does not prefer, where preferences were told.
    pub continuity: f64,
    /// Per visit against the wish for a gender.
    pub gender: f64,
    /// Per unit of unfairness: Σ over caregivers of (service minutes − mean)² / mean.
    pub fairness: f64,
    /// Per visit that goes to someone else than in the plan the people know.
    pub churn: f64,
}

impl Default for Weights {
    /// What a city of home care starts with: a minute late is two on the way, an unserved order a whole
    /// day: within what limits allow, nobody is left out to spare others some lateness or overtime.
    fn default() -> Self {
        Self {
            metre: 0.0,
            minute: 1.0,
            late: 2.0,
            worst: 1.0,
            overtime: 1.5,
            unserved: 1_440.0,
            continuity: 5.0,
            gender: 10.0,
            fairness: 0.0,
            churn: 15.0,
        }
    }
}

impl Weights {
    const NONE: Self = Self {
        metre: 0.0,
        minute: 0.0,
        late: 0.0,
        worst: 0.0,
        overtime: 0.0,
        unserved: 1e6,
        continuity: 0.0,
        gender: 0.0,
        fairness: 0.0,
        churn: 0.0,
    };

    /// The objective of the home health care instances: (distance + total tardiness + greatest tardiness) / 3.
    pub const HHCRSP: Self = Self { minute: 1.0 / 3.0, late: 1.0 / 3.0, worst: 1.0 / 3.0, ..Self::NONE };

    /// The objective of the routing instances with hard windows: distance.
    pub const DISTANCE: Self = Self { minute: 1.0, ..Self::NONE };

    /// The weights by name, in the order of their declaration.
    pub const fn named(&self) -> [(&'static str, f64); 10] {
        [
            ("metre", self.metre),
            ("minute", self.minute),
            ("late", self.late),
            ("worst", self.worst),
            ("overtime", self.overtime),
            ("unserved", self.unserved),
            ("continuity", self.continuity),
            ("gender", self.gender),
            ("fairness", self.fairness),
            ("churn", self.churn),
        ]
    }
}

/// The figures of a plan, unweighted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Figures {
    /// Metres travelled.
    pub metres: f64,
    /// Minutes travelled.
    pub minutes: f64,
    /// Minutes late, each visit's times 1 + its priority.
    pub late: f64,
    /// Minutes late of the latest visit.
    pub worst: f64,
    /// Minutes of overtime.
    pub overtime: f64,
    /// Value of the unserved orders, times 1 + priority.
    pub unserved: f64,
    /// Visits by someone not preferred.
    pub continuity: f64,
    /// Visits against the wish for a gender.
    pub gender: f64,
    /// Σ (service − mean)² / mean over the caregivers.
    pub fairness: f64,
    /// Visits by someone else than in the known plan.
    pub churn: f64,
}

/// A plan's price in its parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cost {
    /// Metres and minutes travelled.
    pub travel: f64,
    /// All lateness.
    pub late: f64,
    /// The worst lateness.
    pub worst: f64,
    /// Overtime.
    pub overtime: f64,
    /// Unserved orders.
    pub unserved: f64,
    /// Missed continuity.
    pub continuity: f64,
    /// Missed wishes for a gender.
    pub gender: f64,
    /// Unfair load.
    pub fairness: f64,
    /// Change against the known plan.
    pub churn: f64,
}

impl Cost {
    /// Weighs figures.
    pub fn of(figures: &Figures, weights: &Weights) -> Self {
        Self {
            travel: figures.metres * weights.metre + figures.minutes * weights.minute,
            late: figures.late * weights.late,
            worst: figures.worst * weights.worst,
            overtime: figures.overtime * weights.overtime,
            unserved: figures.unserved * weights.unserved,
            continuity: figures.continuity * weights.continuity,
            gender: figures.gender * weights.gender,
            fairness: figures.fairness * weights.fairness,
            churn: figures.churn * weights.churn,
        }
    }

    /// The sum.
    pub fn total(&self) -> f64 {
        self.travel
            + self.late
            + self.worst
            + self.overtime
            + self.unserved
            + self.continuity
            + self.gender
            + self.fairness
            + self.churn
    }
}
