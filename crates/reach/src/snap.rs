//! Points onto streets: the nearest place on the nearest edge that leads anywhere, and the access leg to it.
//!
//! Where the nearest piece belongs to a scrap ([`SCRAP`](crate::network::SCRAP)), the nearest of the pieces that do not is
//! taken instead, if it is at most [`DETOUR`] metres farther off: who lives beside a pier walks to the street.
//!
//! "Nearest" is decided in the flat neighbourhood of the point itself ([`Plane::around`]), in double precision: the
//! straight piece with the smallest distance, and on it the foot of the perpendicular or the nearer end. Of pieces at
//! the same distance one is taken, always the same for the same streets. To be fast, points are taken in groups that
//! lie within some tens of metres of each other. The pieces that can be nearest to any of a quarter are taken from the
//! tree once, those that can be nearest to any of a group are picked out of them, both in single precision with its
//! error allowed for, and only what is within that error of a point's smallest distance is computed exactly.

use crate::{
    geo::{Bounds, METRES_PER_DEGREE, Plane, Position, units},
    grid::{Scan, centre, loosened},
    lines::{Lines, larger, smaller},
    network::Network,
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

/// How many metres farther off than the nearest scrap a street may be that is taken in its stead.
pub const DETOUR: f64 = 50.0;

/// Side of the squares in which points are grouped, in metres.
const SIDE: f64 = 64.0;

/// How often a square is cut into two by two parts.
const CUTS: u32 = 1;

/// Points whose coordinates are brought together at a time.
const WINDOW: usize = 4_096;

/// So many points with so many lines are looked at part by part.
const MANY: (usize, usize) = (16, 32);

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
    pub fn snap_all(&self, points: &[Position], limit: f64, tell: impl FnMut(usize, Option<Snap>)) {
        self.snap_where(points, limit, &self.mattering(std::iter::empty()), tell);
    }

    /// The same with the connected pieces that matter named by the caller, see [`Network::mattering`].
    pub fn snap_where(
        &self,
        points: &[Position],
        limit: f64,
        mattering: &[bool],
        mut tell: impl FnMut(usize, Option<Snap>),
    ) {
        let (order, outside) = in_squares(points, self.grid.bounds(), limit);
        outside.into_iter().for_each(|point| tell(point as usize, None));
        let any = mattering.contains(&true);
        let mut scraps = Scraps::default();
        self.snap_ordered(points, &order, limit, &mut |point, found| {
            let found = found.filter(|(leg, _)| *leg <= limit).map(|(leg, snap)| {
                let matters = !any || mattering[self.island_of_edge(snap.edge) as usize];
                let mut other = || scraps.beyond(self, points[point], leg, (limit, mattering));
                if matters { snap } else { other().unwrap_or(snap) }
            });
            tell(point, found);
        });
    }

    /// Snaps points in the order of their keys.
    fn snap_ordered(&self, points: &[Position], order: &[u64], limit: f64, tell: &mut Tell<'_>) {
        let mut work = Work::default();
        let mut places = Vec::with_capacity(WINDOW.min(order.len()));
        let mut rest = order;
        while let Some(last) = rest.get(WINDOW.min(rest.len()).wrapping_sub(1)) {
            // Whole groups only.
            let end = rest.partition_point(|key| key >> (32 + 2 * CUTS) <= last >> (32 + 2 * CUTS));
            let (window, after) = rest.split_at(end);
            rest = after;
            places.clear();
            places.extend(window.iter().map(|key| points[(key & 0xffff_ffff) as usize]));
            let mut at = 0;
            for group in window.chunk_by(|a, b| a >> (32 + 2 * CUTS) == b >> (32 + 2 * CUTS)) {
                let own = &places[at..at + group.len()];
                at += group.len();
                work.group(self, (group, own), limit, tell);
            }
        }
    }
}

/// The points sorted by square (`square << 32 | point`), and those that are off the map.
fn in_squares(points: &[Position], bounds: Bounds, limit: f64) -> (Vec<u64>, Vec<u32>) {
    let steepest = bounds.low.lat.abs().max(bounds.high.lat.abs()).min(89.0).to_radians().cos();
    let margin = loosened(limit) / METRES_PER_DEGREE;
    let low = Position::new(bounds.low.lon - margin / steepest, bounds.low.lat - margin);
    let high = Position::new(bounds.high.lon + margin / steepest, bounds.high.lat + margin);
    // At most 65,536 parts a side.
    let side = SIDE / f64::from(1 << CUTS) / METRES_PER_DEGREE;
    let per_lon = 1.0 / (side / steepest).max((high.lon - low.lon) / 65_535.0);
    let per_lat = 1.0 / side.max((high.lat - low.lat) / 65_535.0);
    let (mut order, mut outside) = (Vec::with_capacity(points.len()), Vec::new());
    let mut highest = 0;
    for (number, point) in (0_u32..).zip(points) {
        if point.lon < low.lon || point.lat < low.lat || point.lon > high.lon || point.lat > high.lat {
            outside.push(number);
            continue;
        }
        let square =
            spread(((point.lon - low.lon) * per_lon) as u32) | spread(((point.lat - low.lat) * per_lat) as u32) << 1;
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
    /// The neighbourhood of the group.
    plane: Plane,
    /// What may be nearest to any point of the group, and what of it to any point of a part of it, and of a part of that.
    lines: [Lines; CUTS as usize + 1],
    scan: Scan,
    kept: Vec<u32>,
    /// How far the nearest was from the middle of the last group.
    last: f64,
}

impl Default for Work {
    fn default() -> Self {
        let plane = Plane::around(Position::new(0.0, 0.0));
        let lines = std::array::from_fn(|_| Lines::default());
        Self { plane, lines, scan: Scan::default(), kept: Vec::new(), last: SIDE / 2.0 }
    }
}

/// Tells the number of a point, and where it meets the network and how far that is in metres, if anywhere.
type Tell<'a> = dyn FnMut(usize, Option<(f64, Snap)>) + 'a;

impl Work {
    /// Snaps the points of a group, given by their keys and where they are.
    fn group(&mut self, network: &Network, (keys, places): (&[u64], &[Position]), limit: f64, tell: &mut Tell<'_>) {
        let bounds = Bounds::around(places.iter().copied());
        self.plane = Plane::around(centre(bounds.centre()));
        let [low, high] = [bounds.low, bounds.high].map(|corner| self.plane.flat(corner));
        let radius = low[0].hypot(low[1]).max(high[0].hypot(high[1]));
        let found = (&mut self.scan, &mut self.lines[0]);
        let nearest = network.grid.around(&self.plane, (radius, limit, self.last), found);
        if nearest.is_finite() {
            self.last = nearest;
        }
        self.parts(network, (keys, places), 0, tell);
    }

    /// Snaps points to the lines of their part, cut so often, or to those of its parts.
    fn parts(&mut self, network: &Network, (keys, places): (&[u64], &[Position]), cuts: usize, tell: &mut Tell<'_>) {
        if cuts == CUTS as usize || keys.len() < MANY.0 || self.lines[cuts].len() < MANY.1 {
            for (key, place) in keys.iter().zip(places) {
                tell((key & 0xffff_ffff) as usize, nearest_of(&mut self.lines[cuts], &self.plane, network, *place));
            }
            return;
        }
        let shift = 32 + 2 * (CUTS as usize - cuts - 1);
        let mut at = 0;
        for part in keys.chunk_by(|a, b| a >> shift == b >> shift) {
            let places = &places[at..at + part.len()];
            at += part.len();
            self.narrow(places, cuts, network.grid.error());
            self.parts(network, (part, places), cuts + 1, tell);
        }
    }

    /// Picks what may be nearest to any of some points, as [`Grid::around`](crate::grid::Grid::around) does.
    fn narrow(&mut self, places: &[Position], cuts: usize, error: f32) {
        let (mut low, mut high) = ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2]);
        for place in places {
            let at = self.plane.flat(*place).map(|metres| metres as f32);
            for axis in 0..2 {
                low[axis] = smaller(low[axis], at[axis]);
                high[axis] = larger(high[axis], at[axis]);
            }
        }
        let (width, height) = (high[0] - low[0], high[1] - low[1]);
        let radius = (width * width + height * height).sqrt() / 2.0;
        let [.., from, to] = &mut self.lines[..cuts + 2] else { return };
        let least = from.measure([low[0].midpoint(high[0]), low[1].midpoint(high[1])]);
        let bound = (least.sqrt() + 2.0 * radius) * 1.001 + error;
        to.take(from, bound * bound, &mut self.kept);
    }
}

/// What is kept from one point beside a scrap to the next.
#[derive(Default)]
struct Scraps {
    lines: Lines,
    scan: Scan,
}

impl Scraps {
    /// Where a point meets the nearest piece of the network that matters, if that is little farther than a scrap so far
    /// away.
    fn beyond(
        &mut self,
        network: &Network,
        point: Position,
        leg: f64,
        (limit, mattering): (f64, &[bool]),
    ) -> Option<Snap> {
        let plane = Plane::around(centre(point));
        // All that lies within the detour of the nearest: as for a group of points so far apart.
        network.grid.around(&plane, (DETOUR / 2.0, limit + DETOUR, leg), (&mut self.scan, &mut self.lines));
        let most = (leg + DETOUR).min(limit);
        self.lines.measure(plane.flat(point).map(|metres| metres as f32));
        let bound = (most * 1.001) as f32 + network.grid.error();
        let found = exactly(&self.lines, &plane, (network, point), bound, |piece| {
            mattering[network.island_of_edge(piece) as usize]
        });
        found.filter(|(leg, _)| *leg <= most).map(|(_, snap)| snap)
    }
}

/// The nearest piece of those that some lines belong to: how far it is, in metres, and where the point meets it.
fn nearest_of(lines: &mut Lines, plane: &Plane, network: &Network, point: Position) -> Option<(f64, Snap)> {
    let least = lines.measure(plane.flat(point).map(|metres| metres as f32));
    let bound = least.sqrt() * 1.001 + network.grid.error();
    exactly(lines, plane, (network, point), bound, |_| true)
}

/// The nearest piece of those whose lines were measured within a bound and whose edge is wanted, in double precision.
fn exactly(
    lines: &Lines,
    plane: &Plane,
    (network, point): (&Network, Position),
    bound: f32,
    wanted: impl Fn(u32) -> bool,
) -> Option<(f64, Snap)> {
    let own = plane.moved_to(point);
    let mut best: Option<(f64, u32, f64)> = None;
    lines.within(bound * bound, |number| {
        let piece = network.grid.piece(number);
        if !wanted(piece.edge) {
            return;
        }
        let (square, t) = own.nearest_on(piece.a, piece.b);
        if best.is_none_or(|(least, other, _)| square < least || square == least && number < other) {
            best = Some((square, number, t));
        }
    });
    let (square, piece, t) = best?;
    let leg = square.sqrt();
    let piece = network.grid.piece(piece);
    let along = piece.start + (f64::from(piece.end - piece.start) * t + 0.5) as u32;
    Some((leg, Snap { edge: piece.edge, along, leg: units(leg) }))
}
