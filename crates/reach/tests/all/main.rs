//! What the engine promises, checked against plain and slow ways to compute the same.

mod differential;
mod plans;
mod reference;
mod rubbish;
mod siting;
