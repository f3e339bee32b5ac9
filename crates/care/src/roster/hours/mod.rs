//! Who works when: each caregiver's hours and vehicle at an organisation, and the days on which they are away. They
//! belong to the employment: a rival employer does not see them.

mod actions;
mod model;
pub mod queries;

pub use actions::{Written, away, back, set};
pub use model::{Hours, Mode, Reason, absence};
