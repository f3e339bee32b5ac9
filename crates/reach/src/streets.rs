//! Streets as they are kept: junctions and the chains of straight pieces between them, whatever the source was. Which
//! of them a walker uses, and at what cost, is decided later by a [`Profile`](crate::Profile).

use crate::{
    fault::Result,
    geo::{Bounds, Position},
    import::Draft,
    walk::Traits,
};

/// The walkable streets of an area.
///
/// Junctions are numbered along a Hilbert curve, and chains by their first junction, so that what is near on the map is
/// near in memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Streets {
    pub(crate) junctions: Vec<Position>,
    pub(crate) barriers: Vec<Traits>,
    pub(crate) chains: Vec<Chain>,
    pub(crate) bends: Vec<Position>,
    pub(crate) attribution: String,
}

/// A run of straight pieces between two junctions, without a branch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chain {
    /// The junction where it starts.
    pub from: u32,
    /// The junction where it ends; the same for a loop.
    pub to: u32,
    /// The number of its first bend; the bends of the next chain start where these end.
    pub bends: u32,
    /// What kind of way it is.
    pub traits: Traits,
}

impl Streets {
    /// Joins and contracts the lines of a draft.
    ///
    /// # Errors
    /// [`Fault::TooLong`](crate::Fault::TooLong), [`Fault::TooMany`](crate::Fault::TooMany), or
    /// [`Fault::NoWalkableWay`](crate::Fault::NoWalkableWay) if nothing is left.
    pub fn of_draft(draft: &Draft) -> Result<Self> {
        crate::contract::contract(draft)
    }

    /// Number of junctions.
    #[must_use]
    pub fn junction_count(&self) -> usize {
        self.junctions.len()
    }

    /// Number of chains.
    #[must_use]
    pub fn chain_count(&self) -> usize {
        self.chains.len()
    }

    /// Number of junctions and bends together: the nodes of the plain graph.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.junctions.len() + self.bends.len()
    }

    /// Whose data it is; to be shown wherever a result of it is.
    #[must_use]
    pub fn attribution(&self) -> &str {
        &self.attribution
    }

    /// The rectangle around all streets.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        Bounds::around(self.junctions.iter().chain(&self.bends).copied())
    }

    /// Where a junction is.
    #[must_use]
    pub fn junction(&self, junction: u32) -> Position {
        self.junctions.get(junction as usize).copied().unwrap_or(Position::new(0.0, 0.0))
    }

    /// The chains.
    #[must_use]
    pub fn chains(&self) -> &[Chain] {
        &self.chains
    }

    /// All places of a chain from its start to its end.
    pub fn line(&self, chain: usize) -> impl Iterator<Item = Position> + '_ {
        let found = self.chains.get(chain).copied();
        let end = self.chains.get(chain + 1).map_or(self.bends.len(), |next| next.bends as usize);
        let bends = found.and_then(|chain| self.bends.get(chain.bends as usize..end)).unwrap_or_default();
        let ends = found.map(|chain| [self.junction(chain.from), self.junction(chain.to)]);
        ends.map(|[from, _]| from).into_iter().chain(bends.iter().copied()).chain(ends.map(|[_, to]| to))
    }
}
