//! Figures on both engines.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod circle;
mod dashboards;
mod line;
mod plans;
mod register;
mod statistics;
#[path = "../../../care/tests/all/town.rs"]
#[expect(dead_code, reason = "care's tests use more of their town")]
mod town;
