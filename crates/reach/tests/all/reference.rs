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
}

#[derive(Clone, Copy)]
pub struct Spot {
    piece: usize,
    t: f64,
    pub leg: f64,
}

impl Plain {
    pub fn new(draft: &Draft, profile: Profile) -> Self {
        let mut plain = Self { pieces: Vec::new(), near: vec![Vec::new(); draft.vertices.len()] };
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
        plain
    }

    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    pub fn spot(&self, point: Position) -> Spot {
        let plane = Plane::around(point);
        let mut best = Spot { piece: 0, t: 0.0, leg: f64::INFINITY };
        for (piece, at) in self.pieces.iter().enumerate() {
            let (square, t) = plane.nearest_on(at.a, at.b);
            if square.sqrt() < best.leg {
                best = Spot { piece, t, leg: square.sqrt() };
            }
        }
        best
    }

    /// Whether two pieces are equally near and it matters which one is taken.
    pub fn is_ambiguous(&self, point: Position) -> bool {
        let plane = Plane::around(point);
        let best = self.spot(point);
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
        (0..self.pieces.len()).any(|piece| {
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
