//! What the platform knows about itself: figures of every place and day, folded from the journal, never counted from
//! the case tables while somebody waits.
//!
//! * [`statistics`]: measures, the roll-ups they are folded into, reading them, recounting them.

pub mod statistics;

use store::tables::{Class, Declared};

/// The tables of this crate.
pub const TABLES: &[Declared] = &[("rollups", Class::Distributed), ("census", Class::Distributed)];
