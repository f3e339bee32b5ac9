//! People who work for organisations: caregivers first. One may work for several; what belongs to an employment is the
//! organisation's, what belongs to the person (skills, certificate) is here.

mod actions;
mod model;
pub mod queries;

pub use actions::{New, employ, enter};
pub use model::{Model as Worker, Status, skill_bit};
