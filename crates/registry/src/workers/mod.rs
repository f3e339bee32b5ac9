//! People who work for organisations: caregivers first. One may work for several; what belongs to an employment is the
//! organisation's, what belongs to the person (skills, certificate) is here.

mod actions;
pub mod api;
mod model;
pub mod pages;
pub mod queries;
mod refusal;

pub use actions::{New, Particulars, employ, enter, hire, leave, revise};
pub use model::{Model as Worker, Status, skill_bit};
pub use refusal::Refusal;
