//! The ground from which a facility can be walked to, as polygons for a map: every place within some metres of a street
//! that is within the limit, on a grid of 20 m, with corners rounded.

use std::collections::{HashMap, HashSet};

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
        let mut cells = HashSet::new();
        let steps = (margin.clamp(10.0, 200.0) / CELL).ceil() as i32;
        let near = (margin / CELL).clamp(0.5, 10.0);
        for edge in edges {
            for at in self.reached(&field, edge, &plane) {
                let (x, y) = ((at[0] / CELL).floor() as i32, (at[1] / CELL).floor() as i32);
                for dx in -steps..=steps {
                    for dy in -steps..=steps {
                        if f64::from(dx).hypot(f64::from(dy)) <= near {
                            cells.insert((x + dx, y + dy));
                        }
                    }
                }
            }
        }
        let mut rings = rims(&cells);
        rings.sort_by_key(|(is_hole, rim)| (*is_hole, std::cmp::Reverse(rim.len())));
        rings
            .into_iter()
            .map(|(is_hole, rim)| Ring { is_hole, places: rounded(&rim).map(|at| plane.place(at)).collect() })
            .collect()
    }

    /// Places on an edge, half a cell from each other, from which the facility is within the limit.
    fn reached(&self, field: &Field, edge: u32, plane: &Plane) -> Vec<[f64; 2]> {
        let Some(at) = self.edges().get(edge as usize) else { return Vec::new() };
        let line: Vec<[f64; 2]> = self.streets().line(at.chain as usize).map(|place| plane.flat(place)).collect();
        let length: f64 = line.windows(2).map(|two| (two[1][0] - two[0][0]).hypot(two[1][1] - two[0][1])).sum();
        let (mut reached, mut before) = (Vec::new(), 0.0);
        for two in line.windows(2) {
            let (dx, dy) = (two[1][0] - two[0][0], two[1][1] - two[0][1]);
            let own = dx.hypot(dy);
            let count = (own * 2.0 / CELL).ceil().max(1.0);
            for step in 0..=count as u32 {
                let t = f64::from(step) / count;
                let share = if length > 0.0 { (before + t * own) / length } else { 0.0 };
                let along = (f64::from(at.cost) * share) as u32;
                if field.nearest(self, Snap { edge, along, leg: 0 }).cost != UNREACHED {
                    reached.push([two[0][0] + t * dx, two[0][1] + t * dy]);
                }
            }
            before += own;
        }
        reached
    }
}

/// Follows the rims of a set of cells with the cells on the left; corners in cells, and whether it is a hole.
fn rims(cells: &HashSet<(i32, i32)>) -> Vec<(bool, Vec<(i32, i32)>)> {
    let mut sides: HashMap<(i32, i32), Vec<(i32, i32)>> = HashMap::new();
    let mut sorted: Vec<_> = cells.iter().copied().collect();
    sorted.sort_unstable();
    for (x, y) in sorted.iter().copied() {
        let around = [
            ((x, y - 1), (x, y), (x + 1, y)),
            ((x + 1, y), (x + 1, y), (x + 1, y + 1)),
            ((x, y + 1), (x + 1, y + 1), (x, y + 1)),
            ((x - 1, y), (x, y + 1), (x, y)),
        ];
        for (_, from, to) in around.into_iter().filter(|(other, ..)| !cells.contains(other)) {
            sides.entry(from).or_default().push(to);
        }
    }
    let mut starts: Vec<_> = sides.keys().copied().collect();
    starts.sort_unstable();
    let mut rings = Vec::new();
    for start in starts {
        while let Some(rim) = follow(start, &mut sides) {
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

fn follow(start: (i32, i32), sides: &mut HashMap<(i32, i32), Vec<(i32, i32)>>) -> Option<Vec<(i32, i32)>> {
    let mut rim = vec![start];
    let mut came: (i32, i32) = (0, 0);
    loop {
        let here = *rim.last()?;
        let next = sides.get_mut(&here).filter(|next| !next.is_empty())?;
        // Where two rims touch at a corner, the left turn stays on this one.
        let turn = |to: &(i32, i32)| came.0 * (to.1 - here.1) - came.1 * (to.0 - here.0);
        let at = (0..next.len()).max_by_key(|at| turn(&next[*at]))?;
        let to = next.swap_remove(at);
        came = (to.0 - here.0, to.1 - here.1);
        if to == start {
            return Some(rim);
        }
        rim.push(to);
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
