//! Who is covered by which candidate, with points that nothing tells apart merged into one.

use crate::{
    geo::units,
    network::Network,
    search::{Field, Queue, UNREACHED},
    snap::Snap,
};
/// Cover sets: which classes of points each candidate covers, and the other way round.
#[derive(Clone, Debug, Default)]
pub struct Cover {
    /// Weight of each class.
    pub(super) weights: Vec<u64>,
    pub(super) first: Vec<u32>,
    pub(super) classes: Vec<u32>,
    first_back: Vec<u32>,
    candidates: Vec<u32>,
    /// The group of neighbouring classes that each class belongs to; groups and their classes stand side by side.
    pub(super) group_of: Vec<u32>,
}

/// A number that looks like chance, different for each candidate (splitmix64).
pub(crate) const fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ number >> 31
}

impl Cover {
    /// Merges the points of cover sets: `sets[candidate]` names the points it covers, each once, and `weights[point]`
    /// says how much each counts for. Points without weight are left out.
    #[must_use]
    pub fn of_sets(sets: &[Vec<u32>], weights: &[u32]) -> Self {
        let signatures = signatures(sets, weights);
        let mut order: Vec<(u128, u32)> =
            signatures.into_iter().zip(0..).filter(|(signature, _)| *signature != 0).collect();
        order.sort_unstable();
        // The first point of each class stands for it in the sets.
        let mut class_of = vec![UNREACHED; weights.len()];
        let mut merged = Vec::new();
        for same in order.chunk_by(|a, b| a.0 == b.0) {
            class_of[same[0].1 as usize] = merged.len() as u32;
            merged.push(same.iter().map(|(_, point)| u64::from(weights[*point as usize])).sum());
        }
        let group_of = neighbours(sets, (&mut class_of, &mut merged));
        let mut cover = Self { weights: merged, first: vec![0], group_of, ..Self::default() };
        for set in sets {
            let start = cover.classes.len();
            let known = set.iter().filter_map(|point| class_of.get(*point as usize));
            cover.classes.extend(known.filter(|class| **class != UNREACHED));
            cover.classes[start..].sort_unstable();
            cover.first.push(cover.classes.len() as u32);
        }
        cover.turn();
        cover
    }

    /// Searches from each candidate and collects the points within `within` metres, access legs included. `points` that
    /// are `None` are covered by nobody. `tell` hears now and then how many candidates are done.
    #[must_use]
    pub fn of_points(
        network: &Network,
        candidates: &[Snap],
        (points, weights): (&[Option<Snap>], &[u32]),
        within: f64,
        tell: &mut dyn FnMut(usize),
    ) -> Self {
        let edges = network.edges().len();
        let mut first = vec![0_u32; edges + 1];
        points.iter().flatten().for_each(|snap| first[snap.edge as usize + 1] += 1);
        for edge in 0..edges {
            first[edge + 1] += first[edge];
        }
        let mut next = first.clone();
        let mut on_edge = vec![0_u32; first[edges] as usize];
        for (point, snap) in (0_u32..).zip(points) {
            if let Some(snap) = snap {
                on_edge[next[snap.edge as usize] as usize] = point;
                next[snap.edge as usize] += 1;
            }
        }
        let mut ball = Ball { field: Field::empty(network, units(within)), queue: Queue::default(), edges: Vec::new() };
        let mut sets = Vec::with_capacity(candidates.len());
        for (done, candidate) in candidates.iter().enumerate() {
            if done % 64 == 0 {
                tell(done);
            }
            ball.open(network, *candidate);
            let mut set = Vec::new();
            for edge in &ball.edges {
                for point in &on_edge[first[*edge as usize] as usize..first[*edge as usize + 1] as usize] {
                    let snap = points[*point as usize];
                    if snap.is_some_and(|snap| ball.field.nearest(network, snap).cost != UNREACHED) {
                        set.push(*point);
                    }
                }
            }
            sets.push(set);
        }
        Self::of_sets(&sets, weights)
    }

    /// Number of candidates.
    #[must_use]
    pub fn candidate_count(&self) -> usize {
        self.first.len().saturating_sub(1)
    }

    /// Weight of each class.
    #[must_use]
    pub fn weights(&self) -> &[u64] {
        &self.weights
    }

    /// Number of classes of points.
    #[must_use]
    pub fn class_count(&self) -> usize {
        self.weights.len()
    }

    /// Number of pairs of a candidate and a class it covers.
    #[must_use]
    pub fn pair_count(&self) -> usize {
        self.classes.len()
    }

    /// Weight of everything that at least one candidate covers.
    #[must_use]
    pub fn coverable(&self) -> u64 {
        self.weights.iter().sum()
    }

    /// The classes that a candidate covers.
    #[must_use]
    pub fn classes(&self, candidate: usize) -> &[u32] {
        &self.classes[self.first[candidate] as usize..self.first[candidate + 1] as usize]
    }

    /// The candidates that cover a class.
    pub(super) fn candidates(&self, class: u32) -> &[u32] {
        let class = class as usize;
        &self.candidates[self.first_back[class] as usize..self.first_back[class + 1] as usize]
    }

    /// Some of the candidates, in the order given; classes that only others cover fall away, and those that nothing
    /// tells apart any more are merged.
    pub(super) fn narrowed(&self, kept: &[u32]) -> Self {
        let mut signatures = vec![0_u64; self.weights.len()];
        for candidate in kept {
            let number = mixed(u64::from(*candidate));
            self.classes(*candidate as usize).iter().for_each(|class| {
                let sum = &mut signatures[*class as usize];
                *sum = sum.wrapping_add(number);
            });
        }
        let mut order: Vec<(u64, u32)> =
            signatures.into_iter().zip(0..).filter(|(signature, _)| *signature != 0).collect();
        order.sort_unstable();
        // The first of those that are merged stands for them, and they keep their order: neighbours stay side by side.
        let mut firsts: Vec<(u32, u64)> = order
            .chunk_by(|a, b| a.0 == b.0)
            .map(|same| (same[0].1, same.iter().map(|(_, class)| self.weights[*class as usize]).sum()))
            .collect();
        firsts.sort_unstable();
        let mut class_of = vec![UNREACHED; self.weights.len()];
        (0..).zip(&firsts).for_each(|(number, (class, _))| class_of[*class as usize] = number);
        let merged = firsts.into_iter().map(|(_, weight)| weight).collect();
        let mut cover = Self { weights: merged, first: vec![0], ..Self::default() };
        for candidate in kept {
            let known = self.classes(*candidate as usize).iter().map(|class| class_of[*class as usize]);
            cover.classes.extend(known.filter(|class| *class != UNREACHED));
            cover.first.push(cover.classes.len() as u32);
        }
        cover.turn();
        cover
    }

    fn turn(&mut self) {
        let mut first = vec![0_u32; self.weights.len() + 1];
        self.classes.iter().for_each(|class| first[*class as usize + 1] += 1);
        for class in 0..self.weights.len() {
            first[class + 1] += first[class];
        }
        let mut next = first.clone();
        self.candidates = vec![0; self.classes.len()];
        for candidate in 0..self.candidate_count() {
            for at in self.first[candidate] as usize..self.first[candidate + 1] as usize {
                let place = &mut next[self.classes[at] as usize];
                self.candidates[*place as usize] = candidate as u32;
                *place += 1;
            }
        }
        self.first_back = first;
    }
}

/// For each point the sum of the random numbers of the candidates that cover it: equal for points that the same
/// candidates cover, and for others by a chance of one in 2¹²⁷. Zero for points that no candidate covers.
fn signatures(sets: &[Vec<u32>], weights: &[u32]) -> Vec<u128> {
    let mut signatures = vec![0_u128; weights.len()];
    for (candidate, set) in (0_u64..).zip(sets) {
        let number = u128::from(mixed(candidate * 2)) << 64 | u128::from(mixed(candidate * 2 + 1)) | 1;
        for point in set {
            if weights.get(*point as usize).is_some_and(|weight| *weight > 0) {
                signatures[*point as usize] = signatures[*point as usize].wrapping_add(number);
            }
        }
    }
    signatures
}

/// Numbers classes anew so that neighbours stand side by side, and says which group of neighbours each belongs to: those
/// whose two candidates of lowest random rank are the same.
fn neighbours(sets: &[Vec<u32>], (class_of, weights): (&mut [u32], &mut Vec<u64>)) -> Vec<u32> {
    let mut ranks = vec![[u32::MAX; 2]; weights.len()];
    for (candidate, set) in (0_u64..).zip(sets) {
        let rank = (mixed(candidate) >> 33) as u32;
        for class in set.iter().filter_map(|point| class_of.get(*point as usize)) {
            match ranks.get_mut(*class as usize) {
                Some(least) if rank < least[0] => *least = [rank, least[0]],
                Some(least) if rank < least[1] => least[1] = rank,
                _ => {}
            }
        }
    }
    let mut order: Vec<([u32; 2], u32)> = ranks.into_iter().zip(0..).collect();
    order.sort_unstable();
    let mut number_of = vec![0; order.len()];
    (0..).zip(&order).for_each(|(number, (_, class))| number_of[*class as usize] = number);
    *weights = order.iter().map(|(_, class)| weights[*class as usize]).collect();
    for class in class_of.iter_mut().filter(|class| **class != UNREACHED) {
        *class = number_of[*class as usize];
    }
    let mut groups = vec![0; order.len()];
    for at in 1..order.len() {
        groups[at] = groups[at - 1] + u32::from(order[at].0 != order[at - 1].0);
    }
    groups
}

/// The reach of one candidate at a time.
struct Ball {
    field: Field,
    queue: Queue,
    /// Every edge that some of it reaches.
    edges: Vec<u32>,
}

impl Ball {
    fn open(&mut self, network: &Network, candidate: Snap) {
        let mut nodes = Vec::new();
        self.field.clear(network, &self.edges);
        self.field.open(network, (candidate, 0), &mut self.queue, |node| nodes.push(node));
        self.edges.clear();
        self.edges.push(candidate.edge);
        nodes.iter().for_each(|node| self.edges.extend_from_slice(network.edges_at(*node)));
        self.edges.sort_unstable();
        self.edges.dedup();
    }
}
