//! The ground from which a facility can be walked to, as polygons for a map: every place within some metres of a street
//! that is within the limit, on a grid of 20 m, with corners rounded.

use crate::{
    geo::{Plane, Position, units},
    network::Network,
    search::{Field, Queue, UNREACHED},
    snap::Snap,
};

/// A closed line; the last place joins the first.
#[derive(Clone, Debug, PartialEq)]
pub struct Ring {
    /// Whether it is the rim of a hole; holes run clockwise, outer rims counter-clockwise.
    pub is_hole: bool,
    /// Its places.
    pub places: Vec<Position>,
}

/// Side of a cell, in metres.
const CELL: f64 = 20.0;

impl Network {
    /// The catchment of a facility: rims of the ground within `margin` metres (10 to 200) of every street from which it is
    /// within `within` metres, outer rims before holes.
    #[must_use]
    pub fn catchment(&self, facility: Snap, within: f64, margin: f64) -> Vec<Ring> {
        self.catchment_of(&[facility], within, margin)
    }

    /// The ground from which at least one of some facilities is within reach, as [`Network::catchment`] of one.
    #[must_use]
    pub fn catchment_of(&self, facilities: &[Snap], within: f64, margin: f64) -> Vec<Ring> {
        let mut field = Field::empty(self, units(within));
        let (mut queue, mut edges) = (Queue::default(), Vec::new());
        for (facility, number) in facilities.iter().zip(0..) {
            let mut tell = |node| edges.extend_from_slice(self.edges_at(node));
            field.open(self, (*facility, number), &mut queue, &mut tell);
            edges.push(facility.edge);
        }
        edges.sort_unstable();
        edges.dedup();
        let first = facilities.first().and_then(|facility| self.edges().get(facility.edge as usize));
        let Some(first) = first else { return Vec::new() };
        let plane = Plane::around(self.place(first.from));
        let steps = (margin.clamp(10.0, 200.0) / CELL).ceil() as i32;
        let near = (margin / CELL).clamp(0.5, 10.0);
        let mut reached = Vec::new();
        edges.iter().for_each(|edge| self.reached(&field, *edge, &plane, &mut reached));
        reached.sort_unstable();
        reached.dedup();
        let mut rings = Cells::around(&reached, steps, near).rims();
        rings.sort_by_key(|(is_hole, rim)| (*is_hole, std::cmp::Reverse(rim.len())));
        rings
            .into_iter()
            .map(|(is_hole, rim)| Ring { is_hole, places: rounded(&rim).map(|at| plane.place(at)).collect() })
            .collect()
    }

    /// The cells of places on an edge, half a cell from each other, from which the facility is within the limit.
    fn reached(&self, field: &Field, edge: u32, plane: &Plane, reached: &mut Vec<(i32, i32)>) {
        let Some(at) = self.edges().get(edge as usize) else { return };
        let line: Vec<[f64; 2]> = self.streets().line(at.chain as usize).map(|place| plane.flat(place)).collect();
        let length: f64 = line.windows(2).map(|two| (two[1][0] - two[0][0]).hypot(two[1][1] - two[0][1])).sum();
        let mut before = 0.0;
        for two in line.windows(2) {
            let (dx, dy) = (two[1][0] - two[0][0], two[1][1] - two[0][1]);
            let own = dx.hypot(dy);
            let count = (own * 2.0 / CELL).ceil().max(1.0);
            for step in 0..=count as u32 {
                let t = f64::from(step) / count;
                let cell = (((two[0][0] + t * dx) / CELL).floor() as i32, ((two[0][1] + t * dy) / CELL).floor() as i32);
                let share = if length > 0.0 { (before + t * own) / length } else { 0.0 };
                let along = (f64::from(at.cost) * share) as u32;
                if reached.last() != Some(&cell) && field.nearest(self, Snap { edge, along, leg: 0 }).cost != UNREACHED
                {
                    reached.push(cell);
                }
            }
            before += own;
        }
    }
}

/// A rectangle of cells, some of them taken. Corner (x, y) is the south-west one of its cell.
struct Cells {
    low: (i32, i32),
    columns: usize,
    is_taken: Vec<bool>,
}

/// East, north, west, south: the ways along which a rim goes on from a corner.
const WAYS: [(i32, i32); 4] = [(1, 0), (0, 1), (-1, 0), (0, -1)];

impl Cells {
    /// The cells within so many steps of some others, and no farther than `near` sides.
    fn around(reached: &[(i32, i32)], steps: i32, near: f64) -> Self {
        let (mut low, mut high) = ((i32::MAX, i32::MAX), (i32::MIN, i32::MIN));
        for (x, y) in reached {
            low = (low.0.min(x - steps - 1), low.1.min(y - steps - 1));
            high = (high.0.max(x + steps + 2), high.1.max(y + steps + 2));
        }
        let side = |low: i32, high: i32| usize::try_from(i64::from(high) - i64::from(low)).unwrap_or(0);
        let (columns, rows) = (side(low.0, high.0), side(low.1, high.1));
        let mut cells = Self { low, columns, is_taken: vec![false; columns * rows] };
        let disc: Vec<(i32, i32)> = (-steps..=steps)
            .filter_map(|dy| {
                let wide = (0..=steps).rev().find(|dx| f64::from(*dx).hypot(f64::from(dy)) <= near)?;
                Some((dy, wide))
            })
            .collect();
        for (x, y) in reached {
            for (dy, wide) in &disc {
                let (from, to) = (cells.number(x - wide, y + dy), cells.number(x + wide, y + dy));
                cells.is_taken[from..=to].fill(true);
            }
        }
        cells
    }

    /// The number of a cell or corner; a margin around the taken cells keeps all that is asked for inside.
    fn number(&self, x: i32, y: i32) -> usize {
        (y - self.low.1) as usize * self.columns + (x - self.low.0) as usize
    }

    /// Follows the rims with the cells on the left; corners in cells, and whether it is a hole.
    fn rims(&self) -> Vec<(bool, Vec<(i32, i32)>)> {
        // Which ways lead on from each corner, one bit each.
        let mut ways = vec![0_u8; self.is_taken.len()];
        for at in (0..self.is_taken.len()).filter(|at| self.is_taken[*at]) {
            let (east, north) = (at + 1, at + self.columns);
            let sides = [(at - self.columns, at, 0), (east, east, 1), (north, north + 1, 2), (at - 1, north, 3)];
            for (_, corner, way) in sides.into_iter().filter(|(beside, ..)| !self.is_taken[*beside]) {
                ways[corner] |= 1 << way;
            }
        }
        let mut rings = Vec::new();
        for start in 0..ways.len() {
            while ways[start] != 0 {
                let rim = self.follow(start, &mut ways);
                let twice: i64 = rim
                    .iter()
                    .zip(rim.iter().cycle().skip(1))
                    .map(|(a, b)| i64::from(a.0) * i64::from(b.1) - i64::from(b.0) * i64::from(a.1))
                    .sum();
                rings.push((twice < 0, rim));
            }
        }
        rings
    }

    fn follow(&self, start: usize, ways: &mut [u8]) -> Vec<(i32, i32)> {
        let place =
            |corner: usize| ((corner % self.columns) as i32 + self.low.0, (corner / self.columns) as i32 + self.low.1);
        let (mut rim, mut here, mut came) = (vec![place(start)], start, None);
        loop {
            // Where two rims touch at a corner, the left turn stays on this one.
            let left = came.map_or(0, |way| way + 1);
            let Some(way) = (0..4).map(|turn| (left + 4 - turn) % 4).find(|way| ways[here] & 1 << way != 0) else {
                return rim;
            };
            ways[here] &= !(1 << way);
            let (dx, dy) = WAYS[way];
            let (x, y) = place(here);
            here = self.number(x + dx, y + dy);
            if here == start {
                return rim;
            }
            rim.push(place(here));
            came = Some(way);
        }
    }
}

/// The rim in metres with its corners cut (Chaikin), straight runs as two places.
fn rounded(rim: &[(i32, i32)]) -> impl Iterator<Item = [f64; 2]> + '_ {
    let count = rim.len();
    (0..count).flat_map(move |at| {
        let (before, here, after) = (rim[(at + count - 1) % count], rim[at], rim[(at + 1) % count]);
        let is_straight = (here.0 - before.0, here.1 - before.1) == (after.0 - here.0, after.1 - here.1);
        let cut = |to: (i32, i32)| {
            [
                (f64::from(here.0) * 0.7 + f64::from(to.0) * 0.3) * CELL,
                (f64::from(here.1) * 0.7 + f64::from(to.1) * 0.3) * CELL,
            ]
        };
        (!is_straight).then(|| [cut(before), cut(after)]).into_iter().flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Profile, Reading};

    #[test]
    fn a_cross_of_streets_has_one_rim_and_a_square_of_streets_a_hole() {
        let rims = |text: &str, within: f64| {
            let network =
                Network::build(crate::read(text.as_bytes(), Reading::default()).unwrap(), Profile::PLANNER).unwrap();
            let snap = network.snap(Position::new(0.0, 0.0), 50.0).unwrap();
            let rings = network.catchment(snap, within, 40.0);
            let reach =
                rings.iter().flat_map(|ring| &ring.places).map(|place| place.metres_to(Position::new(0.0, 0.0)));
            let farthest = reach.fold(0.0, f64::max);
            (rings.iter().map(|ring| ring.is_hole).collect::<Vec<_>>(), farthest)
        };
        let cross =
            r#"{"type":"MultiLineString","coordinates":[[[-0.01,0],[0,0],[0.01,0]],[[0,-0.01],[0,0],[0,0.01]]]}"#;
        let (holes, farthest) = rims(cross, 500.0);
        assert_eq!(holes, [false]);
        assert!((500.0..580.0).contains(&farthest), "{farthest}");
        let square = r#"{"type":"LineString","coordinates":[[0,0],[0.003,0],[0.003,0.003],[0,0.003],[0,0]]}"#;
        assert_eq!(rims(square, 5_000.0).0, [false, true]);
    }
}
