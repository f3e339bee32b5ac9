//! The registry: places, organisations, elders, families, workers, accounts.

pub mod elders;
pub mod pinyin;
pub mod places;
