//! Elders: their files, and the sheets they come in.

pub mod sheet;
pub mod synthetic;
pub mod vocabulary;
