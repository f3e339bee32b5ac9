//! Elders: their files, the sheets they come in, and how they are found.
//!
//! A file is one row of `elders` in the home where it was opened. Name and birth date stand in clear; numbers, addresses
//! and contacts are sealed with the person's own key. `person_certs` and `person_phones` are the directory across homes,
//! by blind index; `elder_names` and `elder_tags` are what searches and filters read.

pub mod api;
mod beside;
pub mod directory;
pub mod erasing;
pub mod erasure;
pub mod events;
pub mod file;
pub mod filing;
pub mod form;
pub mod import;
pub mod lookup;
mod merge;
pub mod model;
pub mod moving;
pub mod pages;
pub mod points;
pub mod queries;
mod refusal;
pub mod revise;
pub mod search;
pub mod sheet;
pub mod synthetic;
pub mod tagging;
pub mod terms;
pub mod vocabulary;
mod wording;

pub use model::Model as Elder;
pub use refusal::Refusal;
pub use wording::ElderWording;
