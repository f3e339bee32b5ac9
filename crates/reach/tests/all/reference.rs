//! The slow way: every vertex a node, every straight piece an edge, every piece tried for every point, Dijkstra without
//! a bound in floating point. It shares nothing with the engine but the reader and the formulae of `geo`.

use std::{cmp::Reverse, collections::BinaryHeap};

use reach::{Position, Profile, geo::Plane, import::Draft, walk::Traits};

#[derive(Clone, Copy)]
struct Piece {
    a: Position,
    b: Position,
    ends: [usize; 2],
    factor: f64,
}

pub struct Plain {
    pieces: Vec<Piece>,
    near: Vec<Vec<(usize, f64)>>,
    /// The connected part of each node, and how long its streets are.
    part: Vec<usize>,
    lengths: Vec<f64>,
}

#[derive(Clone, Copy)]
pub struct Spot {
    piece: usize,
    t: f64,
    pub leg: f64,
}

impl Plain {
    pub fn new(draft: &Draft, profile: Profile) -> Self {
        let mut plain = Self {
            pieces: Vec::new(),
            near: vec![Vec::new(); draft.vertices.len()],
            part: Vec::new(),
            lengths: Vec::new(),
        };
        let mut seen = std::collections::HashSet::new();
        for line in &draft.lines {
            let stairs = line.traits.has(Traits::STAIRS);
            if line.traits.has(Traits::PRIVATE) && !profile.private
                || line.traits.has(Traits::NO_WHEELCHAIR) && profile.wheels
                || stairs && profile.stairs.is_none()
            {
                continue;
            }
            let factor = if stairs { profile.stairs.unwrap() } else { 1.0 };
            for two in draft.refs_of(*line).windows(2).filter(|two| two[0] != two[1]) {
                if !seen.insert((two[0].min(two[1]), two[0].max(two[1]), line.traits)) {
                    continue;
                }
                let [u, v] = [two[0] as usize, two[1] as usize];
                let (a, b) = (draft.vertices[u], draft.vertices[v]);
                let ends = [u, v].map(|vertex| {
                    let barrier = draft.barriers[vertex];
                    let closed = barrier.has(Traits::CLOSED)
                        || barrier.has(Traits::PRIVATE) && !profile.private
                        || barrier.has(Traits::NO_WHEELCHAIR) && profile.wheels;
                    if closed {
                        plain.near.push(Vec::new());
                        plain.near.len() - 1
                    } else {
                        vertex
                    }
                });
                let length = a.metres_to(b) * factor;
                plain.near[ends[0]].push((ends[1], length));
                plain.near[ends[1]].push((ends[0], length));
                plain.pieces.push(Piece { a, b, ends, factor });
            }
        }
        plain.find_parts();
        plain
    }

    fn find_parts(&mut self) {
        self.part = vec![usize::MAX; self.near.len()];
        for start in 0..self.near.len() {
            if self.part[start] != usize::MAX {
                continue;
            }
            let mut open = vec![start];
            while let Some(node) = open.pop() {
                if std::mem::replace(&mut self.part[node], start) == usize::MAX {
                    open.extend(self.near[node].iter().map(|(to, _)| *to).filter(|to| self.part[*to] == usize::MAX));
                }
            }
        }
        self.lengths = vec![0.0; self.near.len()];
        for piece in 0..self.pieces.len() {
            let part = self.part_of(piece);
            self.lengths[part] += self.length(piece);
        }
    }

    fn part_of(&self, piece: usize) -> usize {
        self.part[self.pieces[piece].ends[0]]
    }

    /// Whether a piece leads anywhere: its part is a kilometre long, or something stands on it.
    fn matters(&self, piece: usize, stands: &[Spot]) -> bool {
        let part = self.part_of(piece);
        self.lengths[part] >= 1_000.0 || stands.iter().any(|stand| self.part_of(stand.piece) == part)
    }

    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Where a point meets the streets on which some places stand.
    pub fn spot(&self, point: Position, stands: &[Spot], limit: f64) -> Spot {
        let nearest = self.nearest(point, &|_| true);
        if nearest.leg > limit || self.matters(nearest.piece, stands) {
            return nearest;
        }
        let other = self.nearest(point, &|piece| self.matters(piece, stands));
        if other.leg <= (nearest.leg + 50.0).min(limit) { other } else { nearest }
    }

    fn nearest(&self, point: Position, wanted: &dyn Fn(usize) -> bool) -> Spot {
        let plane = Plane::around(point);
        let mut best = Spot { piece: 0, t: 0.0, leg: f64::INFINITY };
        for (piece, at) in self.pieces.iter().enumerate().filter(|(piece, _)| wanted(*piece)) {
            let (square, t) = plane.nearest_on(at.a, at.b);
            if square.sqrt() < best.leg {
                best = Spot { piece, t, leg: square.sqrt() };
            }
        }
        best
    }

    /// Whether it is a matter of millimetres which piece is taken.
    pub fn is_ambiguous(&self, point: Position, stands: &[Spot], limit: f64) -> bool {
        let nearest = self.nearest(point, &|_| true);
        let other = self.nearest(point, &|piece| self.matters(piece, stands));
        let edge = |length: f64| (length - 1_000.0).abs() < 0.01;
        self.has_twin(point, nearest, &|_| true)
            || self.has_twin(point, other, &|piece| self.matters(piece, stands))
            || (other.leg - nearest.leg - 50.0).abs() < 0.001
            || [nearest.leg, other.leg].iter().any(|leg| (leg - limit).abs() < 0.001)
            || self.lengths.iter().any(|length| edge(*length))
    }

    /// Whether two pieces are equally near and it matters which one is taken.
    fn has_twin(&self, point: Position, best: Spot, wanted: &dyn Fn(usize) -> bool) -> bool {
        let plane = Plane::around(point);
        let stands = |piece: usize, t: f64| match t {
            0.0 => vec![self.pieces[piece].ends[0]],
            1.0 => vec![self.pieces[piece].ends[1]],
            // Pieces of the same kind over the same vertices are one.
            _ => {
                let mut ends = self.pieces[piece].ends.to_vec();
                ends.sort_unstable();
                ends.push(self.pieces[piece].factor.to_bits() as usize);
                ends
            }
        };
        (0..self.pieces.len()).filter(|piece| wanted(*piece)).any(|piece| {
            let (square, t) = plane.nearest_on(self.pieces[piece].a, self.pieces[piece].b);
            square.sqrt() < best.leg + 1e-6 && stands(piece, t) != stands(best.piece, best.t)
        })
    }

    fn length(&self, piece: usize) -> f64 {
        let piece = self.pieces[piece];
        piece.a.metres_to(piece.b) * piece.factor
    }

    /// Distances of all nodes from the nearest of some places.
    pub fn distances(&self, from: &[Spot]) -> Vec<f64> {
        let mut distances = vec![f64::INFINITY; self.near.len()];
        let mut open = BinaryHeap::new();
        let mut offer = |open: &mut BinaryHeap<_>, node: usize, distance: f64| {
            if distance < distances[node] {
                distances[node] = distance;
                open.push(Reverse((distance.to_bits(), node)));
            }
        };
        for spot in from {
            let length = self.length(spot.piece);
            offer(&mut open, self.pieces[spot.piece].ends[0], spot.leg + spot.t * length);
            offer(&mut open, self.pieces[spot.piece].ends[1], spot.leg + (1.0 - spot.t) * length);
        }
        while let Some(Reverse((bits, node))) = open.pop() {
            let distance = f64::from_bits(bits);
            for (to, length) in &self.near[node] {
                offer(&mut open, *to, distance + length);
            }
        }
        distances
    }

    /// Distance of a place, given those of all nodes.
    pub fn at(&self, spot: Spot, distances: &[f64], from: &[Spot]) -> f64 {
        let length = self.length(spot.piece);
        let [a, b] = self.pieces[spot.piece].ends;
        let mut best = (distances[a] + spot.t * length).min(distances[b] + (1.0 - spot.t) * length);
        for other in from.iter().filter(|other| other.piece == spot.piece) {
            best = best.min(other.leg + (other.t - spot.t).abs() * length);
        }
        best + spot.leg
    }
}
