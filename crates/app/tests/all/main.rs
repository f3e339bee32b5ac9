//! The program as it is run: its own processes, real databases, faults and drills.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod browser;
mod cluster;
mod demo;
mod drill;
mod faults;
mod first;
mod killed;
mod machine;
mod outage;
mod simulate;
mod stall;
mod walking;
