//! What the engine promises, checked against plain and slow ways to compute the same.

mod differential;
mod reference;
mod rubbish;
