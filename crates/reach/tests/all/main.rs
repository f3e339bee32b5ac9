//! What the engine promises, checked against plain and slow ways to compute the same.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod differential;
mod plans;
mod reference;
mod rubbish;
mod siting;
