//! Figures: one row per measure × business day × place at each of village, town, county, city and province.
//!
//! ```text
//! journal ─→ Rollups (consumer, ≤ 1,000 entries a transaction) ─→ rollups ─→ reading ─→ dashboards, API
//!                 │ elder.*                                          ↑
//!                 └─→ census (what each elder is counted as) ─→ birthdays (elder.aged) ─→ journal
//! ```
//! * [`measure`]: a measure is data: a stable number, a name, a unit, and how it is counted. A **flow** is counted per
//!   day (orders placed); a **stock** stands at a number (elders in the register) and is kept as changes per day and one
//!   total, so that the stock of any day is the total less what changed later.
//! * [`fold`]: the consumer. It adds up a batch in memory and writes the sums in a few statements.
//! * `census`: elders are counted by their state; the state last counted is kept beside the figures, so that a change,
//!   a move between places or a late entry takes exactly that out which was put in.
//! * [`birthdays`]: what time alone changes comes as dated events.
//! * [`reading`]: sums over the homes of a place; [`recount`]: the same figures from the case tables, compared.
//!
//! A row's `home` is the county (or city without counties) of the place where the case is, so that the fold of one
//! county touches rows of that county only and Citus keeps them beside its cases; a city or province is the sum of its
//! counties' rows for it (some tens, at most about 200).

pub mod birthdays;
mod census;
pub mod counted;
pub mod fold;
pub mod measure;
pub mod measures;
pub mod reading;
pub mod recode;
pub mod recount;
mod sums;

pub use counted::Counted;
pub use fold::Rollups;
pub use measure::{Delta, Kind, Measure, Source};
