//! Organisations that serve elders: providers, institutions, community facilities. An organisation serves the county of
//! its seat.

mod actions;
pub mod api;
mod model;
pub mod queries;

pub use actions::{New, found};
pub use model::{Kind, Model as Organisation, Status};

pub(crate) use model::Entity;
