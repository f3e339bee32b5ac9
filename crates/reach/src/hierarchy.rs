//! Ways between thousands of places: nodes are taken out of the network one after the other, the least important first,
//! each leaving shortcuts that keep its neighbours as near to each other as they were (a contraction hierarchy,
//! Geisberger et al. 2008). Afterwards a shortest way climbs from both of its ends to the most important node on it. What
//! a place can climb to is some dozens of nodes, kept for all places at once; two places are as far apart as the best node
//! that both can climb to.
//!
//! Streets are walked both ways, so one climb serves both directions and half of the table says all.

use std::{cmp::Reverse, collections::BinaryHeap};

use crate::{
    network::{Arc, Network},
    search::UNREACHED,
    snap::Snap,
};

/// Nodes a search for a way around settles at most. One that stops too early leaves a shortcut nobody needs, never a
/// wrong distance.
const SETTLED: usize = 60;

/// Shortest ways between any places of a network, by shortcuts.
#[derive(Clone, Debug)]
pub struct Hierarchy {
    /// Arcs from node `n` to nodes more important than it: `up[first[n]..first[n + 1]]`.
    first: Vec<u32>,
    up: Vec<Arc>,
}

impl Hierarchy {
    /// Takes the nodes of a network out one by one. About ten microseconds a node.
    #[must_use]
    pub fn build(network: &Network) -> Self {
        let mut left = Left::of(network);
        left.take_all_out();
        let mut first = Vec::with_capacity(left.arcs.len() + 1);
        let mut up = Vec::with_capacity(left.arcs.iter().map(Vec::len).sum());
        for arcs in left.arcs {
            first.push(up.len() as u32);
            up.extend(arcs);
        }
        first.push(up.len() as u32);
        Self { first, up }
    }

    /// Number of arcs, shortcuts included, each counted once.
    #[must_use]
    pub fn arc_count(&self) -> usize {
        self.up.len()
    }

    /// Tells for each place what it costs, in units and with both access legs, to all places before it: first `0` and
    /// nothing, then `1` and one cost, and so on. [`UNREACHED`] stands where no way leads or one of both is nowhere.
    ///
    /// Takes memory for what the places can climb to, about two kilobytes each, and for one row.
    pub fn table(&self, network: &Network, places: &[Option<Snap>], mut tell: impl FnMut(usize, &[u32])) {
        let climbs = Climbs::of(self, network, places);
        let meetings = Meetings::of(&climbs, network.node_count());
        let mut neighbours: Vec<(u32, u32)> =
            (0..).zip(places).filter_map(|(place, snap)| Some((snap.as_ref()?.edge, place))).collect();
        neighbours.sort_unstable();
        let mut costs = Vec::with_capacity(places.len());
        for (place, snap) in (0_u32..).zip(places) {
            costs.clear();
            costs.resize(place as usize, UNREACHED);
            for (node, cost) in climbs.of_place(place) {
                for (other, there) in meetings.at(*node).iter().take_while(|(other, _)| *other < place) {
                    let whole = cost.saturating_add(*there);
                    let known = &mut costs[*other as usize];
                    *known = whole.min(*known);
                }
            }
            if let Some(snap) = snap {
                let from = neighbours.partition_point(|(edge, _)| *edge < snap.edge);
                let same = neighbours[from..].iter().take_while(|(edge, other)| *edge == snap.edge && *other < place);
                for (other, there) in same.filter_map(|(_, other)| Some((*other, places[*other as usize]?))) {
                    let along = snap.along.abs_diff(there.along);
                    let known = &mut costs[other as usize];
                    *known = along.saturating_add(snap.leg).saturating_add(there.leg).min(*known);
                }
            }
            tell(place as usize, &costs);
        }
    }

    fn arcs(&self, node: u32) -> &[Arc] {
        &self.up[self.first[node as usize] as usize..self.first[node as usize + 1] as usize]
    }
}

/// The network while nodes are taken out of it. Those that are out keep their arcs to nodes that were still in: these
/// are the arcs on which one climbs.
struct Left {
    arcs: Vec<Vec<Arc>>,
    /// How many nodes were taken out below a node, one under the other.
    depth: Vec<u32>,
    around: Around,
    /// Shortcuts that the node at hand asks for: between whom, at what cost.
    wanted: Vec<[u32; 3]>,
}

impl Left {
    fn of(network: &Network) -> Self {
        let nodes = network.node_count();
        let mut left = Self {
            arcs: vec![Vec::new(); nodes],
            depth: vec![0; nodes],
            around: Around { cost: vec![UNREACHED; nodes], ..Around::default() },
            wanted: Vec::new(),
        };
        for node in 0..nodes as u32 {
            for arc in network.arcs(node).iter().filter(|arc| arc.to != node) {
                left.join(node, *arc);
            }
        }
        left
    }

    /// Adds an arc, or makes the one that is there as short.
    fn join(&mut self, from: u32, arc: Arc) {
        let arcs = &mut self.arcs[from as usize];
        match arcs.iter_mut().find(|known| known.to == arc.to) {
            Some(known) => known.cost = known.cost.min(arc.cost),
            None => arcs.push(arc),
        }
    }

    fn take_all_out(&mut self) {
        let mut order: BinaryHeap<Reverse<(i64, u32)>> =
            (0..self.arcs.len() as u32).map(|node| Reverse((self.weigh(node), node))).collect();
        while let Some(Reverse((_, node))) = order.pop() {
            // Its neighbours may have gone since it was weighed.
            let weight = self.weigh(node);
            if order.peek().is_some_and(|Reverse((next, _))| weight > *next) {
                order.push(Reverse((weight, node)));
                continue;
            }
            self.take_out(node);
        }
    }

    /// How late a node should be taken out: what that would add, and how much lies below it already. Leaves the
    /// shortcuts it would need in `wanted`.
    fn weigh(&mut self, node: u32) -> i64 {
        self.wanted.clear();
        // Without its arcs no way leads through it.
        let arcs = std::mem::take(&mut self.arcs[node as usize]);
        for (at, from) in arcs.iter().enumerate() {
            let rest = &arcs[at + 1..];
            let Some(most) = rest.iter().map(|to| from.cost.saturating_add(to.cost)).max() else { continue };
            self.around.search(&self.arcs, from.to, most);
            for to in rest {
                let cost = from.cost.saturating_add(to.cost);
                if self.around.cost[to.to as usize] > cost {
                    self.wanted.push([from.to, to.to, cost]);
                }
            }
        }
        let added = self.wanted.len() as i64 - arcs.len() as i64;
        self.arcs[node as usize] = arcs;
        2 * added + i64::from(self.depth[node as usize])
    }

    fn take_out(&mut self, node: u32) {
        let depth = self.depth[node as usize] + 1;
        for at in 0..self.arcs[node as usize].len() {
            let to = self.arcs[node as usize][at].to as usize;
            self.arcs[to].retain(|arc| arc.to != node);
            self.depth[to] = self.depth[to].max(depth);
        }
        let wanted = std::mem::take(&mut self.wanted);
        for [a, b, cost] in &wanted {
            self.join(*a, Arc { to: *b, cost: *cost });
            self.join(*b, Arc { to: *a, cost: *cost });
        }
        self.wanted = wanted;
    }
}

/// A short search for ways around a node.
#[derive(Default)]
struct Around {
    cost: Vec<u32>,
    touched: Vec<u32>,
    open: BinaryHeap<Reverse<(u32, u32)>>,
}

impl Around {
    fn search(&mut self, arcs: &[Vec<Arc>], from: u32, most: u32) {
        self.touched.drain(..).for_each(|node| self.cost[node as usize] = UNREACHED);
        self.open.clear();
        self.offer(from, 0);
        let mut settled = 0;
        while let Some(Reverse((cost, node))) = self.open.pop() {
            if cost > self.cost[node as usize] {
                continue;
            }
            settled += 1;
            if cost >= most || settled > SETTLED {
                return;
            }
            for arc in &arcs[node as usize] {
                self.offer(arc.to, cost.saturating_add(arc.cost));
            }
        }
    }

    fn offer(&mut self, node: u32, cost: u32) {
        let known = &mut self.cost[node as usize];
        if cost < *known {
            if *known == UNREACHED {
                self.touched.push(node);
            }
            *known = cost;
            self.open.push(Reverse((cost, node)));
        }
    }
}

/// What each of some places can climb to: nodes with their cost, the access leg included.
struct Climbs {
    first: Vec<u32>,
    all: Vec<(u32, u32)>,
}

impl Climbs {
    fn of(hierarchy: &Hierarchy, network: &Network, places: &[Option<Snap>]) -> Self {
        let mut climbs = Self { first: vec![0], all: Vec::new() };
        let mut around = Around { cost: vec![UNREACHED; network.node_count()], ..Around::default() };
        for place in places {
            if let Some((snap, edge)) = place.and_then(|snap| Some((snap, network.edges().get(snap.edge as usize)?))) {
                around.offer(edge.from, snap.leg.saturating_add(snap.along));
                around.offer(edge.to, snap.leg.saturating_add(edge.cost - snap.along.min(edge.cost)));
                around.climb(hierarchy, &mut climbs.all);
            }
            climbs.first.push(climbs.all.len() as u32);
        }
        climbs
    }

    fn of_place(&self, place: u32) -> &[(u32, u32)] {
        &self.all[self.first[place as usize] as usize..self.first[place as usize + 1] as usize]
    }
}

impl Around {
    /// Climbs from what was offered, noting each node to which no way over a more important one is shorter.
    fn climb(&mut self, hierarchy: &Hierarchy, noted: &mut Vec<(u32, u32)>) {
        while let Some(Reverse((cost, node))) = self.open.pop() {
            if cost > self.cost[node as usize] {
                continue;
            }
            let arcs = hierarchy.arcs(node);
            let is_beaten = |arc: &Arc| self.cost[arc.to as usize].saturating_add(arc.cost) < cost;
            if arcs.iter().any(is_beaten) {
                continue;
            }
            noted.push((node, cost));
            for arc in arcs {
                self.offer(arc.to, cost.saturating_add(arc.cost));
            }
        }
        self.touched.drain(..).for_each(|node| self.cost[node as usize] = UNREACHED);
    }
}

/// The same by node: which places can climb to it, in their order, at what cost.
struct Meetings {
    first: Vec<u32>,
    all: Vec<(u32, u32)>,
}

impl Meetings {
    fn of(climbs: &Climbs, nodes: usize) -> Self {
        let mut first = vec![0_u32; nodes + 1];
        climbs.all.iter().for_each(|(node, _)| first[*node as usize + 1] += 1);
        for node in 0..nodes {
            first[node + 1] += first[node];
        }
        let mut next = first.clone();
        let mut all = vec![(0, 0); climbs.all.len()];
        for place in 0..climbs.first.len() as u32 - 1 {
            for (node, cost) in climbs.of_place(place) {
                let at = &mut next[*node as usize];
                all[*at as usize] = (place, *cost);
                *at += 1;
            }
        }
        Self { first, all }
    }

    fn at(&self, node: u32) -> &[(u32, u32)] {
        &self.all[self.first[node as usize] as usize..self.first[node as usize + 1] as usize]
    }
}
