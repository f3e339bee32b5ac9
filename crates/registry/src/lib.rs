//! The registry: places, organisations, elders, families, workers, accounts.

pub mod elders;
pub mod organisations;
pub mod pinyin;
pub mod places;
pub mod workers;

use store::tables::{Class, Declared};

/// The tables of this crate.
pub const TABLES: &[Declared] = &[
    ("places", Class::Reference),
    ("elders", Class::Distributed),
    ("elder_names", Class::Distributed),
    ("elder_tags", Class::Distributed),
    ("person_certs", Class::Own),
    ("person_phones", Class::Own),
    ("organisations", Class::Reference),
    ("workers", Class::Reference),
    ("employments", Class::Reference),
    ("import_runs", Class::Own),
    ("import_rows", Class::Distributed),
];
