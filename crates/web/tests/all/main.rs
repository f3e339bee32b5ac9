//! Slices of the web crate, over real sockets and through the assembled router.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod commands;
mod edge;
mod house;
mod live;
mod plans;
mod serving;
mod sessions;
mod silent;
mod texts;
mod writes;
