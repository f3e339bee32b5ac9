//! Care on both engines.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod correct;
mod doors;
mod forged;
mod late;
mod night;
mod orders;
mod phone;
mod plans;
mod portal;
mod prices;
mod roster;
mod rules;
mod town;
mod troubles;
mod visits;
mod ways;
