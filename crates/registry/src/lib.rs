//! The registry: places, organisations, elders, families, workers, accounts.

pub mod places;
