//! Bounded shortest paths from many places at once, by a bucket queue, and what they leave behind: for every node the
//! cost to the nearest facility of a kind, and which one it is.

use crate::{network::Network, snap::Snap};

/// No way within the bound.
pub const UNREACHED: u32 = u32::MAX;

/// What a search knows of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// Cost to the nearest facility in units, its access leg included; [`UNREACHED`] beyond the bound.
    pub cost: u32,
    /// Which facility that is.
    pub facility: u32,
}

impl Label {
    const NONE: Self = Self { cost: UNREACHED, facility: UNREACHED };
}

/// The nearest facility of one kind, for every node of a network and every place on its edges.
#[derive(Clone, Debug)]
pub struct Field {
    labels: Vec<Label>,
    bound: u32,
    /// Where the facilities stand, by edge.
    stands: Vec<(Snap, u32)>,
    /// One bit for each edge with a facility on it.
    has_stand: Vec<u64>,
}

/// Open nodes by cost. Kept from search to search, because its lists are what a search allocates.
#[derive(Debug, Default)]
pub struct Queue {
    buckets: Vec<Vec<(u32, u32)>>,
    shift: u32,
}

impl Queue {
    /// Makes room for costs up to a bound: buckets of 6.5 m or more, at most 4,096 of them.
    fn fit(&mut self, bound: u32) {
        self.shift = 16;
        while bound >> self.shift >= 4_096 {
            self.shift += 1;
        }
        let count = (bound >> self.shift) as usize + 1;
        if self.buckets.len() < count {
            self.buckets.resize_with(count, Vec::new);
        }
    }

    fn push(&mut self, cost: u32, node: u32) {
        self.buckets[(cost >> self.shift) as usize].push((cost, node));
    }
}

/// What a field knows of the two ends of an edge.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    from: u32,
    to: u32,
    length: u32,
    bound: u32,
}

impl Ends {
    /// Whether a facility is within the bound of a place on the edge.
    pub(crate) fn reaches(self, snap: Snap) -> bool {
        let by_from = self.from.saturating_add(snap.along);
        let by_to = self.to.saturating_add(self.length - snap.along.min(self.length));
        by_from.min(by_to).saturating_add(snap.leg) <= self.bound
    }
}

impl Field {
    /// A field without facilities, for distances up to `bound` units.
    #[must_use]
    pub fn empty(network: &Network, bound: u32) -> Self {
        Self {
            labels: vec![Label::NONE; network.node_count()],
            bound,
            stands: Vec::new(),
            has_stand: vec![0; network.edges().len().div_ceil(64)],
        }
    }

    /// Searches from all facilities at once. A facility's number is its place in `facilities`.
    #[must_use]
    pub fn search(network: &Network, facilities: &[Snap], bound: u32, queue: &mut Queue) -> Self {
        let mut field = Self::empty(network, bound);
        queue.fit(bound);
        for (facility, snap) in (0..).zip(facilities) {
            field.stands.push((*snap, facility));
            field.seed(network, *snap, facility, queue);
        }
        field.stands.sort_unstable_by_key(|(snap, facility)| (snap.edge, *facility));
        field.mark_stands();
        field.run(network, queue, |_| {});
        field
    }

    /// What is known of each node.
    pub(crate) fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// The bound, in units.
    #[must_use]
    pub const fn bound(&self) -> u32 {
        self.bound
    }

    /// What is known of a node.
    #[must_use]
    pub fn label(&self, node: u32) -> Label {
        self.labels.get(node as usize).copied().unwrap_or(Label::NONE)
    }

    /// The nearest facility of a snapped point: cost in units with both access legs, and which one. The cost is
    /// [`UNREACHED`] if it is beyond the bound.
    ///
    /// A place on an edge is reached through either end, or along the edge itself from a facility on the same edge.
    #[must_use]
    pub fn nearest(&self, network: &Network, snap: Snap) -> Label {
        let Some(edge) = network.edges().get(snap.edge as usize) else { return Label::NONE };
        let (from, to) = (self.label(edge.from), self.label(edge.to));
        let by_from = from.cost.saturating_add(snap.along);
        let by_to = to.cost.saturating_add(edge.cost - snap.along.min(edge.cost));
        let mut best = if by_from <= by_to { Label { cost: by_from, ..from } } else { Label { cost: by_to, ..to } };
        if self.has_stand.get(snap.edge as usize / 64).is_some_and(|word| word >> (snap.edge % 64) & 1 == 1) {
            let start = self.stands.partition_point(|(stand, _)| stand.edge < snap.edge);
            for (stand, facility) in self.stands[start..].iter().take_while(|(stand, _)| stand.edge == snap.edge) {
                let cost = stand.leg.saturating_add(stand.along.abs_diff(snap.along));
                if cost < best.cost {
                    best = Label { cost, facility: *facility };
                }
            }
        }
        let cost = best.cost.saturating_add(snap.leg);
        if cost <= self.bound { Label { cost, ..best } } else { Label::NONE }
    }

    /// What both ends of an edge tell about places on it; `None` if a facility stands there, which only
    /// [`Field::nearest`] takes into account.
    pub(crate) fn on_edge(&self, network: &Network, edge: u32) -> Option<Ends> {
        if self.has_stand[edge as usize / 64] >> (edge % 64) & 1 == 1 {
            return None;
        }
        let edge = network.edges()[edge as usize];
        let cost = |node: u32| self.labels[node as usize].cost;
        Some(Ends { from: cost(edge.from), to: cost(edge.to), length: edge.cost, bound: self.bound })
    }

    /// Adds a facility, given where it stands and its number, and updates only what it is nearest to. Tells every node whose label changed, some of them more
    /// than once.
    pub fn open(&mut self, network: &Network, (snap, facility): (Snap, u32), queue: &mut Queue, tell: impl FnMut(u32)) {
        queue.fit(self.bound);
        let place = self.stands.partition_point(|(stand, number)| (stand.edge, *number) < (snap.edge, facility));
        self.stands.insert(place, (snap, facility));
        self.mark_stands();
        let mut tell = tell;
        self.seed(network, snap, facility, queue).into_iter().flatten().for_each(&mut tell);
        self.run(network, queue, tell);
    }

    /// Takes a facility away and updates only what it was nearest to. Tells every node whose label changed, some of
    /// them more than once. A facility that is not there changes nothing.
    pub fn close(&mut self, network: &Network, facility: u32, queue: &mut Queue, mut tell: impl FnMut(u32)) {
        let Some(place) = self.stands.iter().position(|(_, number)| *number == facility) else { return };
        let (snap, _) = self.stands.remove(place);
        self.mark_stands();
        queue.fit(self.bound);
        let Some(edge) = network.edges().get(snap.edge as usize).copied() else { return };
        // Everything it owns hangs together with the ends of its edge through nodes that it owns.
        let mut open: Vec<u32> = Vec::new();
        let mut forget = |labels: &mut Vec<Label>, open: &mut Vec<u32>, node: u32| {
            if labels[node as usize].facility == facility {
                labels[node as usize] = Label::NONE;
                open.push(node);
                tell(node);
            }
        };
        forget(&mut self.labels, &mut open, edge.from);
        forget(&mut self.labels, &mut open, edge.to);
        let mut at = 0;
        while let Some(node) = open.get(at).copied() {
            at += 1;
            for arc in network.arcs(node) {
                forget(&mut self.labels, &mut open, arc.to);
            }
        }
        // The neighbours' facilities move in from the rim, and those that stand inside from where they stand.
        for node in &open {
            for arc in network.arcs(*node) {
                let Label { cost, facility } = self.labels[arc.to as usize];
                self.improve(*node, cost.saturating_add(arc.cost), facility, queue);
            }
        }
        for at in 0..self.stands.len() {
            let (snap, facility) = self.stands[at];
            self.seed(network, snap, facility, queue);
        }
        self.run(network, queue, tell);
    }

    /// Forgets all facilities and the labels at both ends of some edges.
    pub(crate) fn clear(&mut self, network: &Network, edges: &[u32]) {
        self.stands.clear();
        for edge in edges.iter().filter_map(|edge| network.edges().get(*edge as usize)) {
            self.labels[edge.from as usize] = Label::NONE;
            self.labels[edge.to as usize] = Label::NONE;
        }
    }

    fn mark_stands(&mut self) {
        self.has_stand.fill(0);
        for (stand, _) in &self.stands {
            if let Some(word) = self.has_stand.get_mut(stand.edge as usize / 64) {
                *word |= 1 << (stand.edge % 64);
            }
        }
    }

    /// Offers a facility to both ends of its edge; returns those that took it.
    fn seed(&mut self, network: &Network, snap: Snap, facility: u32, queue: &mut Queue) -> [Option<u32>; 2] {
        let Some(edge) = network.edges().get(snap.edge as usize) else { return [None; 2] };
        let ends = [(edge.from, snap.along), (edge.to, edge.cost - snap.along.min(edge.cost))];
        ends.map(|(node, along)| self.improve(node, snap.leg.saturating_add(along), facility, queue).then_some(node))
    }

    fn improve(&mut self, node: u32, cost: u32, facility: u32, queue: &mut Queue) -> bool {
        let label = &mut self.labels[node as usize];
        if cost > self.bound || cost >= label.cost {
            return false;
        }
        *label = Label { cost, facility };
        queue.push(cost, node);
        true
    }

    /// Empties the queue in order of cost.
    ///
    /// Within a bucket the order does not matter: a node that is improved once more is taken once more.
    fn run(&mut self, network: &Network, queue: &mut Queue, mut tell: impl FnMut(u32)) {
        let shift = queue.shift;
        for bucket in 0..=(self.bound >> shift) as usize {
            while let Some((cost, node)) = queue.buckets[bucket].pop() {
                let label = self.labels[node as usize];
                if label.cost != cost {
                    continue;
                }
                for arc in network.arcs(node) {
                    let next = cost.saturating_add(arc.cost);
                    let there = &mut self.labels[arc.to as usize];
                    if next < there.cost && next <= self.bound {
                        *there = Label { cost: next, facility: label.facility };
                        queue.buckets[(next >> shift) as usize].push((next, arc.to));
                        tell(arc.to);
                    }
                }
            }
        }
    }
}
