//! Slices of the web crate, over real sockets and through the assembled router.

mod edge;
mod serving;
mod texts;
