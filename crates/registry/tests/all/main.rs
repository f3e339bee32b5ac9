//! The registry on both engines.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod administration;
mod api;
mod asking;
mod filing;
mod finding;
mod importing;
mod moving;
mod office;
mod office_sheets;
mod pages;
mod places;
mod plans;
mod searching;
mod sheet;
mod staff;
mod staff_plans;
mod tagging;
mod tokens;
mod undoing;
mod uploading;
