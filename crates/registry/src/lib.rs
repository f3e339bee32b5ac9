//! The registry: places, organisations, elders, families, workers, accounts.

pub mod elders;
pub mod pinyin;
pub mod places;

use store::tables::{Class, Declared};

/// The tables of this crate.
pub const TABLES: &[Declared] = &[("places", Class::Reference)];
