//! Walking distances over a street network: the nearest facility of each kind for everybody, who is covered, and where
//! the next facility should go. Knows nothing of the platform: bytes in, numbers out, no I/O but [`read_file`].
//!
//! ```text
//! file ─ import::draft ─ Draft ─ contract ─ Streets ─ Network::build(profile) ─ Network
//!        (PBF, GeoJSON)          (joined, chains)  │   (costs, arcs, grid)        ├ snap_all ── Snap (edge, along, leg)
//!                                         pack ────┘                              ├ Field::search ── nearest facility
//!                                                                                 ├ nearest::Nearest ── table of metres
//!                                                                                 ├ Hierarchy ── ways between any two places
//!                                                                                 ├ Plan ── coverage under changes
//!                                                                                 ├ catchment ── polygons
//!                                                                                 └ site::choose ── where to build
//! ```
//!
//! # What a distance is
//!
//! *Lengths* are great-circle distances on a sphere of 6,371,008.8 m ([`geo::EARTH_RADIUS`]), summed over the straight
//! pieces of the streets; all costs are kept in tenths of a millimetre.
//!
//! *Streets* join where lines share a node (OSM) or a vertex equal to 10⁻⁷ degrees (GeoJSON); lines that merely cross do
//! not. [`walk`] says which ways are walked and which barriers are passed. One-way streets are walked both ways. Several
//! pieces of the same kind between the same two nodes are one. Stairs count as level ground for the planner's profile,
//! three times their length for elders, and are closed to wheelchairs ([`Profile`]).
//!
//! *Snapping*: a point goes to the nearest place on the nearest piece of street, ends included, never to a node because
//! it is a node. Nearness is measured in the flat neighbourhood of the point, x = R·cos(lat of the point)·Δlon and
//! y = R·Δlat. That straight line is the *access leg* and is counted, for points and for facilities. Where the nearest
//! piece belongs to a *scrap*, the nearest piece of the rest of the network is taken instead if it is at most 50 m
//! ([`snap::DETOUR`]) farther off and within the limit; otherwise the point stays on the scrap. A scrap is a connected piece
//! of the network of less than 1,000 m ([`network::SCRAP`]; costs of the profile) on which no facility (in a siting: no
//! candidate) stands. Facilities themselves are placed before any stands, so for them length alone decides.
//!
//! *Distance* of a point from a facility = leg of the point + the shortest way along streets + leg of the facility. A
//! place on a piece at the share t from its start is t times the piece's length from that end and (1 − t) times from
//! the other; both directions are tried, and the way along the edge itself if both snap to the same edge. If they do and
//! stand closer to each other than the sum of their legs, [`nearest`] counts the straight line between them: a home at
//! the facility is 0 m away, however far both are from the street.
//!
//! *Counts*: a point without a street within the limit is **far**; one whose street leads to no facility of any kind,
//! however far one walks, is **unconnected**; all others are **counted**. The three add up to all points.
//!
//! # Example
//!
//! ```
//! use reach::{Network, Position, Profile, Reading, nearest::{Facilities, Nearest}};
//!
//! # fn main() -> reach::Result<()> {
//! let streets = br#"{"type":"LineString","coordinates":[[113.82,34.03],[113.83,34.03]]}"#;
//! let network = Network::build(reach::read(streets, Reading::default())?, Profile::PLANNER)?;
//! let facilities = Facilities::read(&network, b"id,kind,lon,lat\nf1,canteen,113.83,34.03\n", None, 1_125.0)?;
//! let nearest = Nearest::new(&network, &facilities, 1_125.0)?;
//! let (table, counts) = nearest.table(b"id,lon,lat\nhome,113.825,34.0301\n", None, 1)?;
//! assert_eq!(table, b"id,canteen\nhome,471.88\n");
//! assert_eq!((counts.counted, counts.unconnected, counts.far), (1, 0, 0));
//! # Ok(())
//! # }
//! ```
//!
//! What a screen needs: [`Plan`] keeps coverage by place while facilities are opened, moved and closed, [`Coverage`] gives
//! shares, gap lists and the comparison of two dates, [`Network::catchment`] polygons, [`site`] where to build,
//! [`Streets::attribution`] whose name must stand beside all of it.

mod catchment;
pub mod city;
mod contract;
pub mod datum;
pub mod fault;
mod fits;
pub mod geo;
mod grid;
mod hierarchy;
pub mod import;
mod lines;
pub mod nearest;
pub mod network;
mod pack;
mod plan;
mod profile;
mod search;
mod seen;
pub mod site;
pub mod snap;
mod streets;
pub mod table;
pub mod walk;

pub use catchment::Ring;
pub use datum::Datum;
pub use fault::{Fault, Flaw, Result, Table};
pub use fits::check_datum;
pub use geo::Position;
pub use hierarchy::Hierarchy;
pub use import::{Reading, read, read_file};
pub use network::{Edge, Network};
pub use pack::{pack, sealed};
pub use plan::{Change, Coverage, FacilityId, Person, Plan, Tally};
pub use profile::Profile;
pub use search::{Field, Label, Queue, UNREACHED};
pub use snap::Snap;
pub use streets::{Chain, Streets};
