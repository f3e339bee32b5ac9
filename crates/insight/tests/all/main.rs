//! Figures on both engines.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod dashboards;
mod plans;
mod register;
mod statistics;
