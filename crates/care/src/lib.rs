//! Care: what may be ordered ([`catalogue`]), orders and their way to a rated service ([`orders`]).

pub mod catalogue;
pub mod orders;
mod words;
