//! Walking distances over a street network.

pub mod city;
mod contract;
pub mod datum;
pub mod fault;
pub mod geo;
pub mod import;
pub mod nearest;
mod network;
mod pack;
mod plan;
mod profile;
mod search;
pub mod site;
mod snap;
mod streets;
pub mod table;
mod tree;
pub mod walk;

pub use datum::Datum;
pub use fault::{Fault, Flaw, Result, Table};
pub use geo::Position;
pub use import::{Reading, read, read_file};
pub use network::{Edge, Network};
pub use pack::pack;
pub use plan::{Change, Coverage, FacilityId, Person, Plan, Tally};
pub use profile::Profile;
pub use search::{Field, Label, Queue, UNREACHED};
pub use snap::Snap;
pub use streets::{Chain, Streets};
