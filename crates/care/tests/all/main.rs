//! Care on both engines.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod late;
mod orders;
mod town;
mod visits;
