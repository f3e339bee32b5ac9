//! What a user of the registry relies on.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up its fixture fails there")]

mod places;
mod sheet;
