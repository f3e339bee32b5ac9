//! Visits: what happened at the door, when and where by the phone's corrected time, and how well it is proven.
//!
//! Evidence is a list; its strength is computed ([`EvidenceRules::strength`]) and what is enough is a rulebook. A weak or
//! doubtful visit is kept and flagged: a person judges it, nothing is dropped.

mod actions;
mod evidence;
mod model;
mod proof;
pub mod queries;

pub use actions::{Arrival, Departure, Door, Proven, Told, door, door_point};
pub(crate) use actions::{arrive, confirmed, corrected, depart, photo_came};
pub use evidence::Model as Evidence;
pub use model::Model as Visit;
pub use proof::{EvidenceRules, Flag, Kind, Moment, Point, Proof, Strength, metres, possible};
