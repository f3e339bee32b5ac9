//! A packed R-tree over straight pieces of streets: sixteen pieces to a leaf, sixteen boxes to a block, built once from
//! the bottom, so that it has no pointers and each block is a few vector instructions.

use crate::{
    fault::Result,
    geo::{Bounds, METRES_PER_DEGREE, Plane, Position, hilbert},
    import::index,
};

const FAN: usize = 16;

/// A straight piece of an edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Piece {
    pub(crate) a: Position,
    pub(crate) b: Position,
    pub(crate) edge: u32,
    /// Cost along the edge at `a`.
    pub(crate) start: u32,
    /// Cost along the edge at `b`.
    pub(crate) end: u32,
}

/// Sixteen boxes, in degrees from the centre of the tree.
#[derive(Clone, Debug)]
struct Block {
    west: [f32; FAN],
    south: [f32; FAN],
    east: [f32; FAN],
    north: [f32; FAN],
}

#[derive(Clone, Debug)]
pub(crate) struct Tree {
    centre: Position,
    /// How much boxes are widened, in degrees, so that rounding never shuts out a piece.
    slack: f32,
    bounds: Bounds,
    pieces: Vec<Piece>,
    leaves: Vec<Leaf>,
    /// Extent of the longest piece, in metres.
    longest: f64,
    /// `levels[0]` has a box for each leaf, the last level is one block.
    levels: Vec<Vec<Block>>,
}

/// The ends of sixteen pieces, in degrees.
#[derive(Clone, Debug)]
struct Leaf {
    lon: [[f64; FAN]; 2],
    lat: [[f64; FAN]; 2],
}

/// What a query finds, and lists that it fills and the next one reuses.
#[derive(Default)]
pub(crate) struct Query {
    open: Vec<(f32, u8, u32)>,
    pub(crate) found: Lines,
    /// What single precision may be wrong by, in metres.
    pub(crate) error: f32,
}

/// Pieces in single precision: metres from the centre of a query, column by column.
#[derive(Default)]
pub(crate) struct Lines {
    pub(crate) piece: Vec<u32>,
    pub(crate) x: Vec<f32>,
    pub(crate) y: Vec<f32>,
    pub(crate) dx: Vec<f32>,
    pub(crate) dy: Vec<f32>,
    /// One over the square of the length.
    pub(crate) inverse: Vec<f32>,
    /// Square of the distance from the centre.
    square: Vec<f32>,
}

impl Lines {
    fn clear(&mut self) {
        self.piece.clear();
        for column in [&mut self.x, &mut self.y, &mut self.dx, &mut self.dy, &mut self.inverse, &mut self.square] {
            column.clear();
        }
    }

    /// Measures how far each line is from a place, as squares; returns the smallest.
    pub(crate) fn measure(&self, [px, py]: [f32; 2], squares: &mut Vec<f32>) -> f32 {
        let count = self.piece.len();
        squares.resize(count, 0.0);
        let (x, y, dx, dy) = (&self.x[..count], &self.y[..count], &self.dx[..count], &self.dy[..count]);
        let (inverse, squares) = (&self.inverse[..count], &mut squares[..count]);
        for at in 0..count {
            let (ax, ay) = (x[at] - px, y[at] - py);
            let t = smaller(larger(-(ax * dx[at] + ay * dy[at]) * inverse[at], 0.0), 1.0);
            let (ex, ey) = (ax + t * dx[at], ay + t * dy[at]);
            squares[at] = ex * ex + ey * ey;
        }
        let mut least = [f32::INFINITY; 4];
        let (fours, rest) = squares.as_chunks::<4>();
        for four in fours {
            for at in 0..4 {
                least[at] = smaller(least[at], four[at]);
            }
        }
        rest.iter().chain(&least).copied().fold(f32::INFINITY, smaller)
    }

    /// Becomes those lines of another list whose squares are within a bound.
    pub(crate) fn take(&mut self, from: &Self, squares: &[f32], bound: f32) {
        self.clear();
        for (at, square) in squares.iter().enumerate() {
            if *square <= bound {
                self.piece.push(from.piece[at]);
                self.x.push(from.x[at]);
                self.y.push(from.y[at]);
                self.dx.push(from.dx[at]);
                self.dy.push(from.dy[at]);
                self.inverse.push(from.inverse[at]);
                self.square.push(*square);
            }
        }
    }

    /// Keeps the lines whose square passes.
    fn keep(&mut self, passes: impl Fn(f32) -> bool) {
        let mut kept = 0;
        for at in 0..self.piece.len() {
            if passes(self.square[at]) {
                self.piece[kept] = self.piece[at];
                self.square[kept] = self.square[at];
                for column in [&mut self.x, &mut self.y, &mut self.dx, &mut self.dy, &mut self.inverse] {
                    column[kept] = column[at];
                }
                kept += 1;
            }
        }
        self.piece.truncate(kept);
        for column in [&mut self.x, &mut self.y, &mut self.dx, &mut self.dy, &mut self.inverse, &mut self.square] {
            column.truncate(kept);
        }
    }
}

/// The larger one, as one instruction: unlike `f32::max` it does not look for NaN.
pub(crate) const fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// The smaller one.
pub(crate) const fn smaller(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

impl Tree {
    pub(crate) fn build(pieces: Vec<Piece>) -> Result<Self> {
        index(pieces.len())?;
        let bounds = Bounds::around(pieces.iter().flat_map(|piece| [piece.a, piece.b]));
        let centre = bounds.centre();
        let mut order: Vec<u64> = (0_u64..)
            .zip(&pieces)
            .map(|(number, piece)| {
                let (x, y) =
                    bounds.cell(Position::new(piece.a.lon.midpoint(piece.b.lon), piece.a.lat.midpoint(piece.b.lat)));
                u64::from(hilbert(x, y)) << 32 | number
            })
            .collect();
        order.sort_unstable();
        let pieces: Vec<Piece> = order.iter().map(|key| pieces[(key & 0xffff_ffff) as usize]).collect();
        let extent = (bounds.high.lon - bounds.low.lon).max(bounds.high.lat - bounds.low.lat);
        let slack = (extent * 2.0_f64.powi(-22)) as f32 + 1e-9;
        let leaves = pieces.chunks(FAN).map(Leaf::of).collect();
        let wide = |piece: &Piece| (piece.a.lon - piece.b.lon).abs().max((piece.a.lat - piece.b.lat).abs());
        let longest = pieces.iter().map(wide).fold(0.0, f64::max) * METRES_PER_DEGREE;
        let mut tree = Self { centre, slack, bounds, pieces, leaves, longest, levels: Vec::new() };
        let mut boxes: Vec<[f32; 4]> = tree.pieces.chunks(FAN).map(|leaf| tree.around(leaf)).collect();
        while tree.levels.is_empty() || boxes.len() > 1 {
            let blocks: Vec<Block> = boxes.chunks(FAN).map(Block::of).collect();
            boxes = blocks.iter().map(Block::around).collect();
            tree.levels.push(blocks);
        }
        Ok(tree)
    }

    pub(crate) const fn bounds(&self) -> Bounds {
        self.bounds
    }

    pub(crate) fn piece(&self, number: u32) -> &Piece {
        &self.pieces[number as usize]
    }

    fn around(&self, leaf: &[Piece]) -> [f32; 4] {
        let bounds = Bounds::around(leaf.iter().flat_map(|piece| [piece.a, piece.b]));
        let (low, high) = (self.centred(bounds.low), self.centred(bounds.high));
        [low[0] - self.slack, low[1] - self.slack, high[0] + self.slack, high[1] + self.slack]
    }

    fn centred(&self, place: Position) -> [f32; 2] {
        [(place.lon - self.centre.lon) as f32, (place.lat - self.centre.lat) as f32]
    }

    /// Finds every piece that is nearest to some place within `radius` metres of the plane's centre, unless it is
    /// farther than `limit` from it; and a few more.
    ///
    /// With d the distance of the nearest piece from the centre, that piece is within d + radius of the place, so
    /// the sought one is within d + radius of the place and d + 2·radius of the centre.
    pub(crate) fn around_place(&self, plane: &Plane, radius: f64, limit: f64, query: &mut Query) {
        let [x, y] = self.centred(plane.centre);
        let scale = [plane.per_lon as f32, METRES_PER_DEGREE as f32];
        let error = 0.05 + self.longest * 2e-6;
        let reach = |nearest: f64| loosened((nearest + 2.0 * radius).min(limit + radius)) + error;
        let squared = |bound: f64| (bound * bound * 1.000_01) as f32;
        let mut nearest = query.found.piece.first().map_or(f64::INFINITY, |piece| {
            let piece = self.piece(*piece);
            plane.nearest_on(piece.a, piece.b).0.sqrt()
        });
        query.error = error as f32;
        query.found.clear();
        query.open.clear();
        let mut bound = squared(reach(nearest));
        let top = u8::try_from(self.levels.len() - 1).unwrap_or(u8::MAX);
        query.open.push((0.0, top, 0));
        while let Some((square, level, block)) = query.open.pop() {
            if square > bound {
                continue;
            }
            if level == u8::MAX {
                let least = self.leaf(block, plane, bound, &mut query.found);
                if f64::from(least) < nearest * nearest {
                    nearest = f64::from(least).sqrt();
                    bound = squared(reach(nearest));
                }
                continue;
            }
            let squares = self.levels[level as usize][block as usize].squares(x, y, scale);
            let from = query.open.len();
            for (child, square) in (block * FAN as u32..).zip(squares) {
                if square <= bound {
                    // Below level 0 are the leaves.
                    query.open.push((square, level.wrapping_sub(1), child));
                }
            }
            // The nearest one is opened next.
            query.open[from..].sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        }
        query.found.keep(|square| square <= bound);
    }

    /// Notes the pieces of a leaf within the bound; returns the square of the smallest distance.
    fn leaf(&self, leaf: u32, plane: &Plane, bound: f32, found: &mut Lines) -> f32 {
        let start = leaf as usize * FAN;
        let count = (self.pieces.len() - start).min(FAN);
        let [x, y, dx, dy, inverse, square] = &self.leaves[leaf as usize].lines(plane);
        let mut least = f32::INFINITY;
        for (at, piece) in (0..count).zip(leaf * FAN as u32..) {
            if square[at] <= bound {
                least = smaller(least, square[at]);
                found.piece.push(piece);
                found.x.push(x[at]);
                found.y.push(y[at]);
                found.dx.push(dx[at]);
                found.dy.push(dy[at]);
                found.inverse.push(inverse[at]);
                found.square.push(square[at]);
            }
        }
        least
    }
}

impl Leaf {
    fn of(pieces: &[Piece]) -> Self {
        let mut leaf = Self { lon: [[0.0; FAN]; 2], lat: [[0.0; FAN]; 2] };
        for (at, piece) in pieces.iter().enumerate() {
            for (end, place) in [piece.a, piece.b].into_iter().enumerate() {
                leaf.lon[end][at] = place.lon;
                leaf.lat[end][at] = place.lat;
            }
        }
        leaf
    }

    /// Start, extent, one over the square of the length, and square of the distance from the centre of the plane.
    fn lines(&self, plane: &Plane) -> [[f32; FAN]; 6] {
        let [mut x, mut y, mut dx, mut dy] = [[0.0; FAN]; 4];
        let [mut inverse, mut square] = [[0.0; FAN]; 2];
        let Position { lon, lat } = plane.centre;
        for at in 0..FAN {
            let ax = (self.lon[0][at] - lon) * plane.per_lon;
            let ay = (self.lat[0][at] - lat) * METRES_PER_DEGREE;
            let bx = (self.lon[1][at] - lon) * plane.per_lon;
            let by = (self.lat[1][at] - lat) * METRES_PER_DEGREE;
            (x[at], y[at]) = (ax as f32, ay as f32);
            (dx[at], dy[at]) = ((bx - ax) as f32, (by - ay) as f32);
        }
        for at in 0..FAN {
            // A piece of less than a micrometre is a point.
            inverse[at] = 1.0 / larger(dx[at] * dx[at] + dy[at] * dy[at], 1e-12);
            let t = smaller(larger(-(x[at] * dx[at] + y[at] * dy[at]) * inverse[at], 0.0), 1.0);
            let (ex, ey) = (x[at] + t * dx[at], y[at] + t * dy[at]);
            square[at] = ex * ex + ey * ey;
        }
        [x, y, dx, dy, inverse, square]
    }
}

/// A distance with room for what two flat neighbourhoods 100 m apart and single precision differ in.
pub(crate) fn loosened(metres: f64) -> f64 {
    metres * 1.001 + 0.05
}

impl Block {
    fn of(boxes: &[[f32; 4]]) -> Self {
        // What is missing is infinitely far away.
        let mut block = Self {
            west: [f32::INFINITY; FAN],
            south: [f32::INFINITY; FAN],
            east: [f32::NEG_INFINITY; FAN],
            north: [f32::NEG_INFINITY; FAN],
        };
        for (at, [west, south, east, north]) in boxes.iter().enumerate() {
            (block.west[at], block.south[at], block.east[at], block.north[at]) = (*west, *south, *east, *north);
        }
        block
    }

    fn around(&self) -> [f32; 4] {
        let low = |values: &[f32; FAN]| values.iter().copied().fold(f32::INFINITY, f32::min);
        let high = |values: &[f32; FAN]| values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        [low(&self.west), low(&self.south), high(&self.east), high(&self.north)]
    }

    /// Squares of the distances of a place from the boxes, in m², rounded down.
    fn squares(&self, x: f32, y: f32, [per_lon, per_lat]: [f32; 2]) -> [f32; FAN] {
        let mut squares = [0.0; FAN];
        for (at, square) in squares.iter_mut().enumerate() {
            let east = larger(larger(self.west[at] - x, x - self.east[at]), 0.0) * per_lon;
            let north = larger(larger(self.south[at] - y, y - self.north[at]), 0.0) * per_lat;
            *square = (east * east + north * north) * 0.999_99;
        }
        squares
    }
}
