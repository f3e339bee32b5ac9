//! Streets made ready for one profile: costs instead of lengths, closed barriers cut, a compact adjacency for searches
//! and a grid of straight pieces for snapping.

use crate::{
    fault::{Fault, Result},
    geo::{Position, UNITS_PER_METRE, units},
    grid::{Grid, Piece},
    import::index,
    profile::Profile,
    streets::Streets,
};

/// The network of one profile. Costs are in units of 0.1 mm of level walking
/// ([`UNITS_PER_METRE`]).
#[derive(Clone, Debug)]
pub struct Network {
    streets: Streets,
    profile: Profile,
    places: Vec<Position>,
    edges: Vec<Edge>,
    /// Arcs leaving node `n`: `arcs[first[n]..first[n + 1]]`.
    first: Vec<u32>,
    arcs: Vec<Arc>,
    /// The edge of each arc.
    edge_of_arc: Vec<u32>,
    /// The connected piece of each node.
    island: Vec<u32>,
    islands: u32,
    /// Whether an island is long enough to matter to whoever lives beside it.
    mattering: Vec<bool>,
    pub(crate) grid: Grid,
}

/// From how many metres of street on a connected piece of the network is more than a scrap: a pier, a mapped square, the
/// ways inside a building.
pub const SCRAP: f64 = 1_000.0;

/// A chain that the profile can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Node where it starts.
    pub from: u32,
    /// Node where it ends.
    pub to: u32,
    /// Cost of walking all of it.
    pub cost: u32,
    /// Its chain in the [`Streets`].
    pub chain: u32,
}

/// One direction of an edge.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arc {
    pub(crate) to: u32,
    pub(crate) cost: u32,
}

impl Network {
    /// Makes streets ready for a profile.
    ///
    /// # Errors
    /// [`Fault::NoWalkableWay`] if the profile can use none of them.
    pub fn build(streets: Streets, profile: Profile) -> Result<Self> {
        let mut places = streets.junctions.clone();
        let mut edges = Vec::with_capacity(streets.chains.len());
        let mut pieces = Vec::with_capacity(streets.node_count() + streets.chain_count());
        for (number, chain) in (0_u32..).zip(&streets.chains) {
            let Some(factor) = profile.factor(chain) else { continue };
            let edge = index(edges.len())?;
            let cost = cut(&streets, number, &mut pieces, (edge, factor));
            let mut end = |junction: u32| -> Result<u32> {
                let barrier = streets.barriers.get(junction as usize).copied().unwrap_or_default();
                if !profile.is_stopped_by(barrier) {
                    return Ok(junction);
                }
                // One may walk up to a closed barrier from each side: every edge gets an end of its own there.
                places.push(streets.junction(junction));
                index(places.len() - 1)
            };
            let (from, to) = (end(chain.from)?, end(chain.to)?);
            edges.push(Edge { from, to, cost, chain: number });
        }
        if edges.is_empty() {
            return Err(Fault::NoWalkableWay(streets.chains.len()));
        }
        index(edges.len() * 2)?;
        let (first, arcs, edge_of_arc) = adjacency(places.len(), &edges);
        let (island, islands) = islands(&first, &arcs);
        let grid = Grid::build(pieces)?;
        let mut lengths = vec![0_u64; islands as usize];
        edges.iter().for_each(|edge| lengths[island[edge.from as usize] as usize] += u64::from(edge.cost));
        let mattering = lengths.into_iter().map(|length| length as f64 >= SCRAP * UNITS_PER_METRE).collect();
        Ok(Self { streets, profile, places, edges, first, arcs, edge_of_arc, island, islands, mattering, grid })
    }

    /// The streets it was made of.
    #[must_use]
    pub const fn streets(&self) -> &Streets {
        &self.streets
    }

    /// The profile it was made for.
    #[must_use]
    pub const fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Number of nodes: junctions, and one more for each end at a closed barrier.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.places.len()
    }

    /// The edges.
    #[must_use]
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// Where a node is.
    #[must_use]
    pub fn place(&self, node: u32) -> Position {
        self.places.get(node as usize).copied().unwrap_or(Position::new(0.0, 0.0))
    }

    /// Number of pieces that are connected in themselves and not with each other.
    #[must_use]
    pub const fn island_count(&self) -> u32 {
        self.islands
    }

    /// The connected piece in which an edge lies.
    #[must_use]
    pub fn island_of_edge(&self, edge: u32) -> u32 {
        let node = self.edges.get(edge as usize).map_or(0, |edge| edge.from);
        self.island.get(node as usize).copied().unwrap_or(0)
    }

    /// Which connected pieces matter: those of at least [`SCRAP`] metres, and those on which some places stand.
    #[must_use]
    pub fn mattering(&self, stands: impl Iterator<Item = u32>) -> Vec<bool> {
        let mut mattering = self.mattering.clone();
        for edge in stands {
            if let Some(matters) = mattering.get_mut(self.island_of_edge(edge) as usize) {
                *matters = true;
            }
        }
        mattering
    }

    pub(crate) fn arcs(&self, node: u32) -> &[Arc] {
        let node = node as usize;
        &self.arcs[self.first[node] as usize..self.first[node + 1] as usize]
    }

    pub(crate) fn edges_at(&self, node: u32) -> &[u32] {
        let node = node as usize;
        &self.edge_of_arc[self.first[node] as usize..self.first[node + 1] as usize]
    }
}

/// Cuts a chain into straight pieces and returns its whole cost.
fn cut(streets: &Streets, chain: u32, pieces: &mut Vec<Piece>, (edge, factor): (u32, f64)) -> u32 {
    let mut line = streets.line(chain as usize);
    let Some(mut a) = line.next() else { return 0 };
    let (mut length, mut start) = (0.0, 0);
    for b in line {
        length += a.metres_to(b) * factor;
        let end = units(length);
        pieces.push(Piece { a, b, edge, start, end });
        (a, start) = (b, end);
    }
    start
}

fn adjacency(nodes: usize, edges: &[Edge]) -> (Vec<u32>, Vec<Arc>, Vec<u32>) {
    let mut first = vec![0_u32; nodes + 1];
    for edge in edges {
        first[edge.from as usize + 1] += 1;
        first[edge.to as usize + 1] += 1;
    }
    for node in 0..nodes {
        first[node + 1] += first[node];
    }
    let mut next = first.clone();
    let mut arcs = vec![Arc { to: 0, cost: 0 }; edges.len() * 2];
    let mut edge_of_arc = vec![0; edges.len() * 2];
    for (number, edge) in (0_u32..).zip(edges) {
        for (at, to) in [(edge.from, edge.to), (edge.to, edge.from)] {
            let place = next[at as usize] as usize;
            next[at as usize] += 1;
            arcs[place] = Arc { to, cost: edge.cost };
            edge_of_arc[place] = number;
        }
    }
    (first, arcs, edge_of_arc)
}

/// Numbers the connected pieces.
fn islands(first: &[u32], arcs: &[Arc]) -> (Vec<u32>, u32) {
    let nodes = first.len() - 1;
    let mut island = vec![u32::MAX; nodes];
    let (mut count, mut open) = (0, Vec::new());
    for start in 0..nodes {
        // A junction without an edge of this profile is no island.
        if island[start] != u32::MAX || first[start] == first[start + 1] {
            continue;
        }
        island[start] = count;
        open.push(start);
        while let Some(node) = open.pop() {
            for arc in &arcs[first[node] as usize..first[node + 1] as usize] {
                let to = arc.to as usize;
                if island[to] == u32::MAX {
                    island[to] = count;
                    open.push(to);
                }
            }
        }
        count += 1;
    }
    (island, count)
}
