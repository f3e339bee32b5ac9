//! Points onto streets: the nearest place on the nearest edge, and the access leg to it.
//!
//! "Nearest" is decided in the flat neighbourhood of the point itself ([`Plane::around`]), in double precision: the
//! straight piece with the smallest distance, and on it the foot of the perpendicular or the nearer end. Of pieces at
//! the same distance one is taken, always the same for the same streets. To be fast, points are taken in groups that
//! lie within some tens of metres of each other. The pieces that can be nearest to any of a quarter are taken from the
//! tree once, those that can be nearest to any of a group are picked out of them, both in single precision with its
//! error allowed for, and only what is within that error of a point's smallest distance is computed exactly.

use crate::{
    geo::{Bounds, METRES_PER_DEGREE, Plane, Position, units},
    network::Network,
    tree::{Lines, Query, larger, loosened, smaller},
};

/// Where a point meets the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snap {
    /// The edge.
    pub edge: u32,
    /// Cost along the edge from its start, in units.
    pub along: u32,
    /// Length of the straight access leg, in units.
    pub leg: u32,
}

/// Side of the squares in which points are grouped, in metres.
const SIDE: f64 = 64.0;

/// Bits of a square's number that tell the squares of one quarter apart: two by two.
const QUARTER: u32 = 2;

impl Network {
    /// Snaps one point; `None` if no street lies within `limit` metres.
    #[must_use]
    pub fn snap(&self, point: Position, limit: f64) -> Option<Snap> {
        let mut snap = None;
        self.snap_all(&[point], limit, |_, found| snap = found);
        snap
    }

    /// Snaps many points and tells each one's index and place, in an order that keeps neighbours together. `None`
    /// stands for a point with no street within `limit` metres.
    pub fn snap_all(&self, points: &[Position], limit: f64, mut tell: impl FnMut(usize, Option<Snap>)) {
        let (order, outside) = in_squares(points, self.tree.bounds(), limit);
        outside.into_iter().for_each(|point| tell(point as usize, None));
        let mut work = Work::default();
        for quarter in order.chunk_by(|a, b| a >> (32 + QUARTER) == b >> (32 + QUARTER)) {
            work.enter(self, points, quarter, limit);
            for group in quarter.chunk_by(|a, b| a >> 32 == b >> 32) {
                work.narrow(points, group);
                for point in members(group) {
                    tell(point, work.nearest(self, points[point], limit));
                }
            }
        }
    }
}

/// The points of a run of keys.
fn members(keys: &[u64]) -> impl Iterator<Item = usize> {
    keys.iter().map(|key| (key & 0xffff_ffff) as usize)
}

/// The points sorted by square (`square << 32 | point`), and those that are off the map.
fn in_squares(points: &[Position], bounds: Bounds, limit: f64) -> (Vec<u64>, Vec<u32>) {
    let steepest = bounds.low.lat.abs().max(bounds.high.lat.abs()).min(89.0).to_radians().cos();
    let margin = loosened(limit) / METRES_PER_DEGREE;
    let low = Position::new(bounds.low.lon - margin / steepest, bounds.low.lat - margin);
    let high = Position::new(bounds.high.lon + margin / steepest, bounds.high.lat + margin);
    // At most 65,536 squares a side.
    let per_lon = (SIDE / METRES_PER_DEGREE / steepest).max((high.lon - low.lon) / 65_535.0);
    let per_lat = (SIDE / METRES_PER_DEGREE).max((high.lat - low.lat) / 65_535.0);
    let (mut order, mut outside) = (Vec::with_capacity(points.len()), Vec::new());
    let mut highest = 0;
    for (number, point) in (0_u32..).zip(points) {
        if point.lon < low.lon || point.lat < low.lat || point.lon > high.lon || point.lat > high.lat {
            outside.push(number);
            continue;
        }
        let square =
            spread(((point.lon - low.lon) / per_lon) as u32) | spread(((point.lat - low.lat) / per_lat) as u32) << 1;
        highest = highest.max(square);
        order.push(u64::from(square) << 32 | u64::from(number));
    }
    (sorted(order, highest), outside)
}

/// The lower sixteen bits with a zero between any two.
const fn spread(value: u32) -> u32 {
    let value = value & 0xffff;
    let value = (value | value << 8) & 0x00ff_00ff;
    let value = (value | value << 4) & 0x0f0f_0f0f;
    let value = (value | value << 2) & 0x3333_3333;
    (value | value << 1) & 0x5555_5555
}

/// Sorts by the upper half, which is at most `highest`: eleven bits a pass.
fn sorted(mut keys: Vec<u64>, highest: u32) -> Vec<u64> {
    const BITS: u32 = 11;
    if keys.len() < 1 << BITS {
        keys.sort_unstable();
        return keys;
    }
    let mut other = vec![0; keys.len()];
    for pass in 0..(32 - highest.leading_zeros()).div_ceil(BITS) {
        let digit = |key: u64| (key >> (32 + pass * BITS)) as usize & ((1 << BITS) - 1);
        let mut next = [0_usize; 1 << BITS];
        keys.iter().for_each(|key| next[digit(*key)] += 1);
        let mut sum = 0;
        for count in &mut next {
            sum += std::mem::replace(count, sum);
        }
        for key in &keys {
            let place = &mut next[digit(*key)];
            other[*place] = *key;
            *place += 1;
        }
        std::mem::swap(&mut keys, &mut other);
    }
    keys
}

/// What is kept from group to group.
struct Work {
    /// The neighbourhood of the quarter.
    plane: Plane,
    /// What may be nearest to any point of the quarter.
    quarter: Query,
    /// What of it may be nearest to any point of the group.
    group: Lines,
    squares: Vec<f32>,
}

impl Default for Work {
    fn default() -> Self {
        let plane = Plane::around(Position::new(0.0, 0.0));
        Self { plane, quarter: Query::default(), group: Lines::default(), squares: Vec::new() }
    }
}

impl Work {
    fn enter(&mut self, network: &Network, points: &[Position], keys: &[u64], limit: f64) {
        let bounds = Bounds::around(members(keys).map(|point| points[point]));
        self.plane = Plane::around(bounds.centre());
        let [x, y] = self.plane.flat(bounds.high);
        network.tree.around_place(&self.plane, x.hypot(y), limit, &mut self.quarter);
    }

    /// With d the distance of the nearest piece from the centre of the group and r the group's radius, what is nearest
    /// to one of its points is within d + 2·r of the centre.
    fn narrow(&mut self, points: &[Position], keys: &[u64]) {
        let (mut low, mut high) = ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2]);
        for point in members(keys) {
            let at = self.plane.flat(points[point]).map(|metres| metres as f32);
            for axis in 0..2 {
                low[axis] = smaller(low[axis], at[axis]);
                high[axis] = larger(high[axis], at[axis]);
            }
        }
        let radius = (high[0] - low[0]).hypot(high[1] - low[1]) / 2.0;
        let centre = [low[0].midpoint(high[0]), low[1].midpoint(high[1])];
        let least = self.quarter.found.measure(centre, &mut self.squares);
        let bound = (least.sqrt() + 2.0 * radius) * 1.001 + self.quarter.error;
        self.group.take(&self.quarter.found, &self.squares, bound * bound);
    }

    fn nearest(&mut self, network: &Network, point: Position, limit: f64) -> Option<Snap> {
        let least = self.group.measure(self.plane.flat(point).map(|metres| metres as f32), &mut self.squares);
        let bound = least.sqrt() * 1.001 + self.quarter.error;
        let own = self.plane.moved_to(point);
        let mut best: Option<(f64, u32, f64)> = None;
        for (number, square) in self.group.piece.iter().zip(&self.squares) {
            if *square > bound * bound {
                continue;
            }
            let piece = network.tree.piece(*number);
            let (square, t) = own.nearest_on(piece.a, piece.b);
            if best.is_none_or(|(least, other, _)| square < least || square == least && *number < other) {
                best = Some((square, *number, t));
            }
        }
        let (square, piece, t) = best?;
        let leg = square.sqrt();
        if leg > limit {
            return None;
        }
        let piece = network.tree.piece(piece);
        let along = piece.start + (f64::from(piece.end - piece.start) * t + 0.5) as u32;
        Some(Snap { edge: piece.edge, along, leg: units(leg) })
    }
}
