//! A grid over straight pieces of streets: each piece is cut into short lines, and every cell has the lines whose middle
//! lies in it. What is near a place is then a few runs of neighbouring lines, read in vector instructions.

use std::ops::Range;

use crate::{
    fault::Result,
    geo::{Bounds, METRES_PER_DEGREE, Plane, Position},
    import::index,
    lines::{BEYOND, LANES, Lines, keep, smaller, square},
};

/// Side of a cell in metres, unless the streets are so long or so far apart that larger cells are needed.
const SIDE: f64 = 64.0;

/// Whole numbers to a degree in which lines are kept.
const STEPS: f64 = 1e7;

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

/// The pieces, and the lines they are cut into.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    bounds: Bounds,
    pieces: Vec<Piece>,
    /// Cells per degree, eastward and northward.
    per_degree: [f64; 2],
    columns: usize,
    rows: usize,
    /// Side of a cell in metres; no line is longer.
    side: f64,
    /// Lines of cell `c`: `first[c]..first[c + 1]`, row by row from the south-west.
    first: Vec<u32>,
    /// Starts of the lines in [`STEPS`], column by column; some more at the end, so that a read of all lanes never runs
    /// over.
    lon: Vec<i32>,
    lat: Vec<i32>,
    /// Their extents in metres, and one over the square of the length, as they are where the line is.
    dx: Vec<f32>,
    dy: Vec<f32>,
    inverse: Vec<f32>,
    piece: Vec<u32>,
}

/// What a query measured: runs of lines, and the squares of their distances one after another.
#[derive(Default)]
pub(crate) struct Scan {
    runs: Vec<Range<usize>>,
    squares: Vec<f32>,
    /// Of how many lines of the runs the square is small enough, and which these are.
    kept: Vec<u32>,
}

impl Grid {
    pub(crate) fn build(pieces: Vec<Piece>) -> Result<Self> {
        index(pieces.len())?;
        let bounds = Bounds::around(pieces.iter().flat_map(|piece| [piece.a, piece.b]));
        let per_lon = Plane::around(bounds.centre()).per_lon.max(METRES_PER_DEGREE / 100.0);
        let width = (bounds.high.lon - bounds.low.lon) * per_lon;
        let height = (bounds.high.lat - bounds.low.lat) * METRES_PER_DEGREE;
        let longest = |piece: &Piece| {
            ((piece.a.lon - piece.b.lon) * per_lon).abs() + ((piece.a.lat - piece.b.lat) * METRES_PER_DEGREE).abs()
        };
        // At most two lines for a piece and some cells for a line, taken over all.
        let length: f64 = pieces.iter().map(longest).sum();
        let count = pieces.len().max(64) as f64;
        let side =
            SIDE.max(length / count).max((width * height / (count * 16.0)).sqrt()).max(width.max(height) / 65_535.0);
        let columns = (width / side) as usize + 1;
        let rows = (height / side) as usize + 1;
        let grid = Self {
            bounds,
            pieces,
            per_degree: [per_lon / side, METRES_PER_DEGREE / side],
            columns,
            rows,
            side,
            first: vec![0; columns * rows + 1],
            lon: Vec::new(),
            lat: Vec::new(),
            dx: Vec::new(),
            dy: Vec::new(),
            inverse: Vec::new(),
            piece: Vec::new(),
        };
        grid.filled()
    }

    /// Cuts all pieces and puts the lines into their cells: counted first, then placed.
    fn filled(mut self) -> Result<Self> {
        let mut cells = Vec::with_capacity(self.pieces.len() * 2);
        for piece in &self.pieces {
            let per_lon = Plane::around(piece.a).per_lon;
            for [a, b] in lines(piece, per_lon, self.side) {
                let cell = self.cell(Position::new(a.lon.midpoint(b.lon), a.lat.midpoint(b.lat)));
                self.first[cell + 1] += 1;
                cells.push(cell as u32);
            }
        }
        index(cells.len())?;
        for cell in 1..self.first.len() {
            self.first[cell] += self.first[cell - 1];
        }
        let room = cells.len() + LANES;
        (self.lon, self.lat, self.piece) = (vec![0; room], vec![0; room], vec![0; room]);
        (self.dx, self.dy, self.inverse) = (vec![0.0; room], vec![0.0; room], vec![0.0; room]);
        let mut next = self.first.clone();
        let mut cells = cells.into_iter();
        for (number, piece) in (0_u32..).zip(&self.pieces) {
            let per_lon = Plane::around(piece.a).per_lon;
            for ([a, b], cell) in lines(piece, per_lon, self.side).zip(&mut cells) {
                let at = next[cell as usize] as usize;
                next[cell as usize] += 1;
                (self.lon[at], self.lat[at]) = (steps(a.lon), steps(a.lat));
                let (dx, dy) = ((b.lon - a.lon) * per_lon, (b.lat - a.lat) * METRES_PER_DEGREE);
                (self.dx[at], self.dy[at]) = (dx as f32, dy as f32);
                // A line of less than a micrometre is a point.
                self.inverse[at] = (1.0 / (dx * dx + dy * dy).max(1e-12)) as f32;
                self.piece[at] = number;
            }
        }
        Ok(self)
    }

    pub(crate) const fn bounds(&self) -> Bounds {
        self.bounds
    }

    pub(crate) fn piece(&self, number: u32) -> &Piece {
        &self.pieces[number as usize]
    }

    /// What single precision may be wrong by, in metres, beside a thousandth of the distance.
    pub(crate) fn error(&self) -> f32 {
        (0.05 + self.side * 2e-6) as f32
    }

    fn cell(&self, place: Position) -> usize {
        let column = ((place.lon - self.bounds.low.lon) * self.per_degree[0]) as usize;
        let row = ((place.lat - self.bounds.low.lat) * self.per_degree[1]) as usize;
        row.min(self.rows - 1) * self.columns + column.min(self.columns - 1)
    }

    /// Finds every line that is nearest to some place within `radius` metres of the plane's centre, unless it is
    /// farther than `limit` from it; and a few more. `guess` is about how far the nearest is from the centre, as far as
    /// one knows; returns how far it is. The centre is one of [`centre`].
    ///
    /// With d the distance of the nearest line from the centre, that line is within d + radius of the place, so
    /// the sought one is within d + radius of the place and d + 2·radius of the centre.
    pub(crate) fn around(
        &self,
        plane: &Plane,
        (radius, limit, guess): (f64, f64, f64),
        (scan, found): (&mut Scan, &mut Lines),
    ) -> f64 {
        let widest = loosened(limit + 2.0 * radius) + self.side;
        let bound = |nearest: f64| loosened(nearest + 2.0 * radius) + f64::from(self.error());
        let mut reach = (bound(guess) + self.side / 2.0).min(widest);
        loop {
            let (nearest, covered) = self.scan(plane, reach, scan);
            let needed = bound(nearest) + self.side / 2.0;
            if needed <= covered || reach >= widest {
                self.collect(plane, (bound(nearest) * bound(nearest)) as f32, (scan, found));
                return nearest;
            }
            reach = if nearest.is_finite() { needed } else { reach * 2.0 }.min(widest);
        }
    }

    /// Measures the lines whose middle is within `reach` metres of the plane's centre, and some more; returns the
    /// smallest distance, and how far the middle of a line that was left out is at least.
    fn scan(&self, plane: &Plane, reach: f64, scan: &mut Scan) -> (f64, f64) {
        let Position { lon, lat } = plane.centre;
        let per_lon = plane.per_lon.abs().max(1.0);
        // In cells; `as` takes what is below the first one to 0.
        let (x, y) =
            ((lon - self.bounds.low.lon) * self.per_degree[0], (lat - self.bounds.low.lat) * self.per_degree[1]);
        let scale = [per_lon / self.per_degree[0], METRES_PER_DEGREE / self.per_degree[1]];
        let ends = |at: f64, scale: f64, count: usize| {
            let (low, high) = ((at - reach / scale) as usize, (at + reach / scale) as usize);
            let before = if low == 0 { f64::INFINITY } else { (at - low as f64) * scale };
            let after = if high + 1 >= count { f64::INFINITY } else { ((high + 1) as f64 - at) * scale };
            (low.min(count - 1), high.min(count - 1), before.min(after))
        };
        let (west, east, beside) = ends(x, scale[0], self.columns);
        let (south, north, above) = ends(y, scale[1], self.rows);
        scan.runs.clear();
        let (mut least, mut count) = ([f32::INFINITY; LANES], 0);
        for row in south..=north {
            let start = self.first[row * self.columns + west] as usize;
            let end = self.first[row * self.columns + east + 1] as usize;
            if start < end {
                scan.runs.push(start..end);
                if scan.squares.len() < count + end - start + LANES {
                    scan.squares.resize(count + end - start + LANES, 0.0);
                }
                self.measure(plane, start..end, (&mut scan.squares[count..], &mut least));
                count += end - start;
            }
        }
        (f64::from(least.into_iter().fold(f32::INFINITY, smaller)).sqrt(), beside.min(above))
    }

    /// Measures a run of lines.
    fn measure(&self, plane: &Plane, run: Range<usize>, (squares, least): (&mut [f32], &mut [f32; LANES])) {
        let scale = [(plane.per_lon / STEPS) as f32, (METRES_PER_DEGREE / STEPS) as f32];
        let centre = [steps(plane.centre.lon), steps(plane.centre.lat)];
        let columns = (&self.lon[run.start..], &self.lat[run.start..]);
        let extents = (&self.dx[run.start..], &self.dy[run.start..], &self.inverse[run.start..]);
        let mut left = run.len();
        let mut at = 0;
        while left > 0 {
            let (Some(lon), Some(lat)) = (lanes(columns.0, at), lanes(columns.1, at)) else { break };
            let (Some(dx), Some(dy)) = (lanes(extents.0, at), lanes(extents.1, at)) else { break };
            let (Some(inverse), Some(squares)) = (lanes(extents.2, at), squares.get_mut(at..at + LANES)) else { break };
            let [mut x, mut y] = [[0.0; LANES]; 2];
            for lane in 0..LANES {
                x[lane] = lon[lane].wrapping_sub(centre[0]) as f32 * scale[0];
                y[lane] = lat[lane].wrapping_sub(centre[1]) as f32 * scale[1];
            }
            let own = square([&x, &y, dx, dy], inverse, [0.0, 0.0]);
            squares.copy_from_slice(&own);
            let beyond = &BEYOND[left.min(LANES)];
            for lane in 0..LANES {
                least[lane] = smaller(least[lane], own[lane] + beyond[lane]);
            }
            at += LANES;
            left = left.saturating_sub(LANES);
        }
    }

    /// Copies the lines that were measured within a bound.
    fn collect(&self, plane: &Plane, bound: f32, (scan, found): (&mut Scan, &mut Lines)) {
        let scale = [(plane.per_lon / STEPS) as f32, (METRES_PER_DEGREE / STEPS) as f32];
        let centre = [steps(plane.centre.lon), steps(plane.centre.lat)];
        if scan.kept.len() < scan.squares.len() {
            scan.kept.resize(scan.squares.len(), 0);
        }
        let (mut at, mut count) = (0, 0);
        for run in &scan.runs {
            count += keep(&scan.squares[at..at + run.len()], bound, run.start, &mut scan.kept[count..]);
            at += run.len();
        }
        found.fit(count);
        let kept = &scan.kept[..count];
        let [x, y, dx, dy, inverse, _] = found.columns();
        for ((own, line), y) in x.iter_mut().zip(kept).zip(y) {
            let line = *line as usize;
            *own = self.lon[line].wrapping_sub(centre[0]) as f32 * scale[0];
            *y = self.lat[line].wrapping_sub(centre[1]) as f32 * scale[1];
        }
        for (own, column) in [(dx, &self.dx), (dy, &self.dy), (inverse, &self.inverse)] {
            own.iter_mut().zip(kept).for_each(|(own, line)| *own = column[*line as usize]);
        }
        found.piece.iter_mut().zip(kept).for_each(|(own, line)| *own = self.piece[*line as usize]);
    }
}

/// The place nearest to another one among those that a plane for a query may have as its centre.
pub(crate) fn centre(place: Position) -> Position {
    Position::new(f64::from(steps(place.lon)) / STEPS, f64::from(steps(place.lat)) / STEPS)
}

fn lanes<T>(column: &[T], at: usize) -> Option<&[T; LANES]> {
    column.get(at..)?.first_chunk()
}

fn steps(degrees: f64) -> i32 {
    (degrees * STEPS + if degrees < 0.0 { -0.5 } else { 0.5 }) as i32
}

/// A piece cut into lines of equal length, none longer than `side` metres.
fn lines(piece: &Piece, per_lon: f64, side: f64) -> impl Iterator<Item = [Position; 2]> + use<> {
    let Piece { a, b, .. } = *piece;
    let (east, north) = ((b.lon - a.lon) * per_lon, (b.lat - a.lat) * METRES_PER_DEGREE);
    // Far from the middle of the map a degree of longitude is a little longer than there.
    let count = ((east * east + north * north).sqrt() * 1.05 / side) as u32 + 1;
    let place = move |number: u32| {
        let share = f64::from(number) / f64::from(count);
        Position::new(a.lon + (b.lon - a.lon) * share, a.lat + (b.lat - a.lat) * share)
    };
    (0..count).map(move |number| [place(number), if number + 1 == count { b } else { place(number + 1) }])
}

/// A distance with room for what two flat neighbourhoods 100 m apart and single precision differ in.
pub(crate) fn loosened(metres: f64) -> f64 {
    metres * 1.001 + 0.05
}
