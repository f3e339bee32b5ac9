//! Lines in single precision, measured from a place in vector instructions.

/// Lines measured in one go.
pub(crate) const LANES: usize = 8;

/// What is added to the squares of lanes when so many of them belong to a run.
pub(crate) const BEYOND: [[f32; LANES]; LANES + 1] = {
    let mut all = [[f32::INFINITY; LANES]; LANES + 1];
    let mut count = 0;
    while count <= LANES {
        let mut lane = 0;
        while lane < count {
            all[count][lane] = 0.0;
            lane += 1;
        }
        count += 1;
    }
    all
};

/// Lines in single precision: metres from the centre of a query, column by column.
#[derive(Default)]
pub(crate) struct Lines {
    count: usize,
    pub(crate) piece: Vec<u32>,
    pub(crate) x: Vec<f32>,
    pub(crate) y: Vec<f32>,
    pub(crate) dx: Vec<f32>,
    pub(crate) dy: Vec<f32>,
    /// One over the square of the length.
    pub(crate) inverse: Vec<f32>,
    /// Squares of the distances from the place that was measured last.
    squares: Vec<f32>,
}

impl Lines {
    /// Their number.
    pub(crate) const fn len(&self) -> usize {
        self.count
    }

    /// Tells the pieces of the lines that were measured within a bound.
    pub(crate) fn within(&self, bound: f32, mut tell: impl FnMut(u32)) {
        let squares = self.squares[..self.count.next_multiple_of(LANES)].as_chunks::<LANES>().0;
        for (block, squares) in (0..self.count).step_by(LANES).zip(squares) {
            // One look at all lanes passes over most blocks.
            if squares.iter().map(|square| u32::from(*square <= bound)).sum::<u32>() == 0 {
                continue;
            }
            let pieces = self.piece[block..self.count.min(block + LANES)].iter();
            pieces.zip(squares).filter(|(_, square)| **square <= bound).for_each(|(piece, _)| tell(*piece));
        }
    }

    /// All columns of numbers.
    pub(crate) fn columns(&mut self) -> [&mut Vec<f32>; 6] {
        [&mut self.x, &mut self.y, &mut self.dx, &mut self.dy, &mut self.inverse, &mut self.squares]
    }

    /// Makes room for so many lines; what is left of the last block is infinitely far away.
    pub(crate) fn fit(&mut self, count: usize) {
        self.count = count;
        let room = count.next_multiple_of(LANES);
        if self.piece.len() < room {
            self.piece.resize(room, 0);
            self.columns().into_iter().for_each(|column| column.resize(room, 0.0));
        }
        self.x[count..room].fill(f32::INFINITY);
        for column in [&mut self.dx, &mut self.dy, &mut self.inverse] {
            column[count..room].fill(0.0);
        }
    }

    /// Measures how far each line is from a place, as squares; returns the smallest.
    pub(crate) fn measure(&mut self, [px, py]: [f32; 2]) -> f32 {
        let mut least = [f32::INFINITY; LANES];
        let (x, y, dx, dy) = (self.x.as_chunks().0, self.y.as_chunks().0, self.dx.as_chunks().0, self.dy.as_chunks().0);
        let (inverse, squares) = (self.inverse.as_chunks().0, self.squares.as_chunks_mut::<LANES>().0);
        let lines = x.iter().zip(y).zip(dx.iter().zip(dy)).zip(inverse.iter().zip(squares));
        for (((x, y), (dx, dy)), (inverse, squares)) in lines.take(self.count.div_ceil(LANES)) {
            *squares = square([x, y, dx, dy], inverse, [px, py]);
            for lane in 0..LANES {
                least[lane] = smaller(least[lane], squares[lane]);
            }
        }
        least.into_iter().fold(f32::INFINITY, smaller)
    }

    /// Becomes those lines of another list that were measured within a bound.
    pub(crate) fn take(&mut self, from: &Self, bound: f32, kept: &mut Vec<u32>) {
        if kept.len() < from.count {
            kept.resize(from.count, 0);
        }
        let count = keep(&from.squares[..from.count], bound, 0, kept);
        self.fit(count);
        let kept = &kept[..count];
        for (own, other) in [
            (&mut self.x, &from.x),
            (&mut self.y, &from.y),
            (&mut self.dx, &from.dx),
            (&mut self.dy, &from.dy),
            (&mut self.inverse, &from.inverse),
        ] {
            own.iter_mut().zip(kept).for_each(|(own, at)| *own = other[*at as usize]);
        }
        self.piece.iter_mut().zip(kept).for_each(|(own, at)| *own = from.piece[*at as usize]);
    }
}

/// Writes the numbers, counted from `start`, of the squares within a bound; returns how many there are.
pub(crate) fn keep(squares: &[f32], bound: f32, start: usize, kept: &mut [u32]) -> usize {
    let mut count = 0;
    for (number, square) in (start as u32..).zip(squares) {
        if let Some(kept) = kept.get_mut(count) {
            *kept = number;
        }
        count += usize::from(*square <= bound);
    }
    count
}

/// Squares of the distances of a place from lines.
#[inline(always)]
pub(crate) fn square([x, y, dx, dy]: [&[f32; LANES]; 4], inverse: &[f32; LANES], [px, py]: [f32; 2]) -> [f32; LANES] {
    let mut squares = [0.0; LANES];
    for lane in 0..LANES {
        let (ax, ay) = (x[lane] - px, y[lane] - py);
        let t = smaller(larger(-(ax * dx[lane] + ay * dy[lane]) * inverse[lane], 0.0), 1.0);
        let (ex, ey) = (ax + t * dx[lane], ay + t * dy[lane]);
        squares[lane] = ex * ex + ey * ey;
    }
    squares
}

/// The larger one, as one instruction: unlike `f32::max` it does not look for NaN.
pub(crate) const fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// The smaller one.
pub(crate) const fn smaller(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}
