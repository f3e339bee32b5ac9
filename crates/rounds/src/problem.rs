//! The problem as the caller states it: places, orders, caregivers, roads, weights.
//!
//! Units everywhere: time in minutes counted from the caller's midnight, distance in metres. A figure without a limit is
//! written by leaving the limit out, never by a magic number.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{objective::Weights, travel::Travel};

/// A day to plan.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    /// Where anything can be; orders and caregivers name a place by its index here.
    pub places: Vec<Place>,
    /// What is to be done.
    pub orders: Vec<Order>,
    /// Who can do it.
    pub caregivers: Vec<Caregiver>,
    /// How one gets from place to place.
    #[serde(default)]
    pub roads: Roads,
    /// What is good.
    #[serde(default)]
    pub weights: Weights,
    /// All skills there are. Empty: whatever some caregiver has. An order that asks for another one is a [`crate::Defect`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<String>,
    /// Nobody sets out before this minute; visits that have begun are pinned with `begun`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<f64>,
}

/// A point of the plane, metres east and north of any origin. Unused when roads are a matrix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Metres east.
    pub x: f64,
    /// Metres north.
    pub y: f64,
}

/// How one gets from place to place.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Roads {
    /// The straight line times a detour factor, at the speed of the caregiver's [`Mode`].
    Straight {
        /// How much longer the way is than the crow's; 1.3 in a town.
        detour: f64,
    },
    /// Tables over the places, row = from; the same for every mode, minutes are multiplied by the caregiver's `pace`.
    Matrix {
        /// Minutes from row to column.
        #[serde(deserialize_with = "crate::read::rows")]
        minutes: Vec<Vec<f64>>,
        /// Metres from row to column; left out when only minutes matter.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::read::some_rows")]
        metres: Option<Vec<Vec<f64>>>,
    },
    /// Anything that answers [`Travel::leg`]; it is asked once per pair of places up to 2,000 places, and on the way beyond.
    #[serde(skip)]
    Given(Arc<dyn Travel>),
}

impl Default for Roads {
    fn default() -> Self {
        Self::Straight { detour: 1.3 }
    }
}

/// How a caregiver moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// 75 m a minute.
    Walk,
    /// 250 m a minute.
    #[default]
    Ebike,
    /// 420 m a minute, parking in.
    Car,
}

impl Mode {
    /// Metres a minute.
    pub const fn speed(self) -> f64 {
        match self {
            Self::Walk => 75.0,
            Self::Ebike => 250.0,
            Self::Car => 420.0,
        }
    }
}

/// Someone's gender, where a wish depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gender {
    /// 女
    Female,
    /// 男
    Male,
}

/// When a visit starts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Not before this minute (hard; who comes early waits).
    pub open: f64,
    /// A start after this minute is late and costs by the minute; left out, it is never late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close: Option<f64>,
    /// Not after this minute (hard); equal to `close` for a hard window, left out for a soft one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest: Option<f64>,
}

impl Window {
    /// A window whose end must not be missed.
    pub const fn hard(open: f64, close: f64) -> Self {
        Self { open, close: Some(close), latest: Some(close) }
    }

    /// A window whose end may be missed at a cost.
    pub const fn soft(open: f64, close: f64) -> Self {
        Self { open, close: Some(close), latest: None }
    }
}

/// One person's work at an order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// How long it takes, minutes.
    pub minutes: f64,
    /// Skills the caregiver must have, all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<String>,
    /// Least level of certificate.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub level: u8,
}

/// How the two services of an order for two hang together. They are always done by different persons.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Together {
    /// Both start at the same moment.
    Simultaneous,
    /// The second starts between `min` and `max` minutes after the start of the first.
    Sequential {
        /// Least gap, minutes.
        min: f64,
        /// Greatest gap, minutes.
        max: f64,
    },
}

/// Something to fetch first, by the same caregiver on the same round.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pickup {
    /// Where, an index of [`Problem::places`].
    pub place: usize,
    /// How long it takes, minutes.
    pub minutes: f64,
    /// When.
    pub window: Window,
}

/// A decision that stands: this service is this caregiver's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// Whose.
    pub caregiver: String,
    /// Which stop of the order: 0 the first (or the pick-up), 1 the second (or the delivery).
    #[serde(default)]
    pub part: usize,
    /// The start that was promised or has happened, minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<f64>,
    /// It has begun (or is done): start and order of it are history, and travel to it is not questioned.
    #[serde(default, skip_serializing_if = "is_false")]
    pub begun: bool,
}

/// A visit someone needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Name, unique.
    pub id: String,
    /// Where, an index of [`Problem::places`].
    pub place: usize,
    /// When it starts; both services of a pair share it.
    pub window: Window,
    /// One service, or two for a visit by two persons.
    pub services: Vec<Service>,
    /// How two services hang together; exactly when there are two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub together: Option<Together>,
    /// What is fetched first; only with one service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pickup: Option<Pickup>,
    /// Load in the units of [`Caregiver::capacity`]; on board from the pick-up (or from the start) to the visit.
    #[serde(default, skip_serializing_if = "is_nought")]
    pub load: f64,
    /// Wish for a gender (soft).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gender: Option<Gender>,
    /// Caregivers the elder knows (soft: continuity). Empty: no wish.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub preferred: Vec<String>,
    /// Caregivers who must not come (hard).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forbidden: Vec<String>,
    /// Area, for caregivers who are bound to some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<String>,
    /// What is lost when nobody comes, times `1 + priority`.
    #[serde(default = "one")]
    pub value: f64,
    /// 0 ordinary … 9 vital: multiplies value and lateness by `1 + priority`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub priority: u8,
    /// Decisions that stand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pins: Vec<Pin>,
    /// Who comes in the plan the people know, by part; another one is churn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known: Vec<String>,
}

/// A stretch of work of a caregiver.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    /// Sets out not before this minute.
    pub open: f64,
    /// Back by this minute, else overtime.
    pub close: f64,
    /// Minutes of overtime at most (hard).
    #[serde(default)]
    pub overtime: f64,
    /// A rest between visits, where one stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest: Option<Rest>,
}

/// A break. It is due only when the shift's work goes on beyond `latest`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rest {
    /// Starts not before this minute.
    pub open: f64,
    /// Starts not after this minute.
    pub latest: f64,
    /// How long, minutes.
    pub minutes: f64,
}

/// Someone who visits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caregiver {
    /// Name, unique.
    pub id: String,
    /// Where rounds start, an index of [`Problem::places`].
    pub start: usize,
    /// Where they end; left out, with the last visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<usize>,
    /// When: one or several shifts, in order.
    pub shifts: Vec<Shift>,
    /// Skills.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<String>,
    /// Level of certificate.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub level: u8,
    /// Gender, for wishes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gender: Option<Gender>,
    /// How.
    #[serde(default)]
    pub mode: Mode,
    /// Multiplies the minutes of each leg; 1 is as the mode goes.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub pace: f64,
    /// Load on board at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<f64>,
    /// Minutes of service and travel a day at most (hard); waiting and rest do not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<f64>,
    /// Areas; empty is everywhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub areas: Vec<String>,
}

const fn one() -> f64 {
    1.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_zero(level: &u8) -> bool {
    *level == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_nought(load: &f64) -> bool {
    *load == 0.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_one(pace: &f64) -> bool {
    (*pace - 1.0).abs() < f64::EPSILON
}

impl<'a> From<&'a Problem> for std::borrow::Cow<'a, Problem> {
    fn from(problem: &'a Problem) -> Self {
        Self::Borrowed(problem)
    }
}

impl From<Problem> for std::borrow::Cow<'_, Problem> {
    fn from(problem: Problem) -> Self {
        Self::Owned(problem)
    }
}
