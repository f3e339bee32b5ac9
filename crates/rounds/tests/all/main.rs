//! Tests of the engine, as its callers see it.

#![expect(clippy::unwrap_used, reason = "a test may stop anywhere")]

mod bad_input;
mod checker;
mod formats;
mod live;
mod solving;
mod support;
