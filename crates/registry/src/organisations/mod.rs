//! Organisations that serve elders: providers, institutions, community facilities. An organisation serves the county of
//! its seat.

mod actions;
pub mod api;
mod model;
pub mod pages;
pub mod queries;
mod refusal;

pub use actions::{New, Registration, found, locate, register, turn};
pub use model::{Kind, Model as Organisation, Status, Turn};
pub use refusal::Refusal;

pub(crate) use actions::is_phone;

pub(crate) use model::Entity;
