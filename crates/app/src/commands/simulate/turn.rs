//! How a step of a played order can end other than well.

/// What ends an order's play.
#[derive(Debug)]
pub(super) enum Turn {
    /// The platform refused it, or somebody else was faster; noted already.
    Over,
    /// The simulation is being ended.
    Stopped,
    /// Something that must not be.
    Odd(String),
}

/// A step's outcome.
pub(super) type Played<T = ()> = Result<T, Turn>;
