//! Care: what may be ordered ([`catalogue`]).

pub mod catalogue;
mod words;
