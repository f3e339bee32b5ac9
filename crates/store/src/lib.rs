//! One database, two engines, the same code: SQLite in a data folder, PostgreSQL (and Citus) by URL.
//!
//! * [`Db`] opens it, reads through [`Db::read`] and writes only through [`Db::write`], which hands out a [`Tx`].
//! * [`journal`]: every write appends to one hash chain per home; timelines, consumers and the tail read it.
//! * [`migrate`] runs the numbered SQL files; [`tables`] declares how each table is spread and lints it.
//! * [`scope`] turns a [`kernel::Scope`] into conditions; [`grants`] are the relations behind them.
//! * [`clocks`], [`jobs`], [`rulebooks`], [`accesses`], [`counters`]: one of each for all rooms.
//! * [`seal`] seals cells under keys of the key store ([`keys`]); [`blind`] finds sealed values; [`heads`] signs chains;
//!   [`blobs`] keeps attached files; [`backup`] takes the whole away and brings it back.
//! * [`bulk`] writes many rows at once; [`dialect`] holds every difference between the engines.

pub mod accesses;
pub mod backup;
pub mod blind;
pub mod blobs;
pub mod bulk;
pub mod clocks;
pub mod consumers;
pub mod counters;
mod db;
pub mod dialect;
pub mod grants;
pub mod heads;
pub mod health;
pub mod homes;
pub mod jobs;
pub mod journal;
pub mod keys;
mod lane;
pub mod leases;
pub mod migrate;
#[cfg(feature = "testing")]
pub mod planted;
mod pool;
pub mod recode;
pub mod rulebooks;
pub mod scope;
pub mod seal;
pub mod steady;
pub mod tables;
pub mod tail;
#[cfg(feature = "testing")]
pub mod testing;
mod tx;
pub mod unit;
pub mod watchdog;

pub use db::{Db, Settings, unavailable_if_away};
pub use dialect::Engine;
pub use lane::Lane;
pub use sea_orm;
pub use tx::{Tx, guarded};
