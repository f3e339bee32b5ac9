//! A plan: what leaves the engine.

use serde::{Deserialize, Serialize};

use crate::objective::{Cost, Figures};

/// Who goes to whom, when and in what order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// One round per shift of each caregiver, in the problem's order; an idle one has no visits.
    pub rounds: Vec<Round>,
    /// Ids of the orders nobody serves, or of which nobody can do the part that has not begun.
    #[serde(default)]
    pub unserved: Vec<String>,
    /// The figures.
    #[serde(default)]
    pub figures: Figures,
    /// Their price.
    #[serde(default)]
    pub cost: Cost,
}

/// One shift's round.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Round {
    /// Whose.
    pub caregiver: String,
    /// Which of their shifts.
    #[serde(default)]
    pub shift: usize,
    /// The stops in order.
    pub visits: Vec<Visit>,
    /// When the break starts, minute, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest: Option<f64>,
    /// When the round is over, minute; for an idle one the start of the shift.
    pub end: f64,
}

/// One stop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visit {
    /// Of which order.
    pub order: String,
    /// Which part of it: the first or second service; pick-up 0 and delivery 1.
    #[serde(default)]
    pub part: usize,
    /// When one is there, minute; waits until `start`.
    pub arrive: f64,
    /// When the service starts, minute.
    pub start: f64,
    /// When it ends, minute.
    pub end: f64,
}
