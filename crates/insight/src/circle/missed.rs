//! Where those live who do not walk there in time, as counts in hexagons: never a point, never fewer than five.

use std::sync::Arc;

use kernel::Region;
use reach::geo::Plane;
use serde::Serialize;

use super::{areas::LEAST, kinds::Group, model::Model};

/// Widths of hexagons, in metres, finest first.
const WIDTHS: [f64; 5] = [120.0, 180.0, 300.0, 500.0, 900.0];

/// Hexagons from edge to edge of a view, at most: more could not be told apart.
const ACROSS: f64 = 120.0;

/// Those who are missed, in hexagons with a corner north.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Missed {
    /// Width of a hexagon, in metres.
    pub width: f64,
    /// How many are missed in all.
    pub all: usize,
    /// How many of them live in hexagons with fewer than five, which are not told.
    pub hidden: usize,
    /// Middle in metres east and north of the city's, and how many.
    pub cells: Vec<(i32, i32, usize)>,
}

/// Those of a group in a place who do not reach a kind within so many minutes. The finest hexagons that tell most of them
/// are used, of those that a map of the place can show.
#[must_use]
pub fn missed(model: &Model, place: Region, of: (usize, u32, Group)) -> Arc<Missed> {
    if let Some(known) = model.missed(place, of) {
        return known;
    }
    let counted = Arc::new(counted(model, place, of));
    model.keep_missed(place, of, &counted);
    counted
}

fn counted(model: &Model, place: Region, (kind, minutes, group): (usize, u32, Group)) -> Missed {
    let numbers = model.standing(minutes).plan.missed(kind, super::kinds::metres(minutes));
    let people = numbers.into_iter().filter_map(|number| model.person(number as usize));
    let people = people.filter(|(_, home, traits)| place.contains(*home) && group.holds(*traits));
    let points: Vec<[f64; 2]> = people.map(|(position, ..)| model.plane().flat(position)).collect();
    let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for point in &points {
        low = [low[0].min(point[0]), low[1].min(point[1])];
        high = [high[0].max(point[0]), high[1].max(point[1])];
    }
    let least = (high[0] - low[0]).max(high[1] - low[1]) / ACROSS;
    let mut coarsest = Missed::default();
    for width in WIDTHS.into_iter().filter(|width| *width >= least.min(WIDTHS[WIDTHS.len() - 1])) {
        coarsest = in_hexagons(&points, width);
        if coarsest.hidden * 5 <= points.len() * 2 {
            break;
        }
    }
    coarsest
}

fn in_hexagons(points: &[[f64; 2]], width: f64) -> Missed {
    let all: Vec<(i32, i32)> = points.iter().map(|point| hexagon(*point, width)).collect();
    let (mut low, mut high) = ((i32::MAX, i32::MAX), (i32::MIN, i32::MIN));
    for (column, row) in &all {
        low = (low.0.min(*column), low.1.min(*row));
        high = (high.0.max(*column), high.1.max(*row));
    }
    // A city is some hundred hexagons wide: a table of all of them is counted in faster than a tree.
    let columns = (i64::from(high.0) - i64::from(low.0) + 1).max(0) as usize;
    let rows = (i64::from(high.1) - i64::from(low.1) + 1).max(0) as usize;
    let mut counts = vec![0_usize; columns * rows];
    for (column, row) in &all {
        counts[(row - low.1) as usize * columns + (column - low.0) as usize] += 1;
    }
    let told = counts.iter().enumerate().filter(|(_, count)| **count >= LEAST);
    let cells: Vec<_> = told
        .map(|(at, count)| {
            let (column, row) = ((at % columns) as i32 + low.0, (at / columns) as i32 + low.1);
            let shift = if row.rem_euclid(2) == 1 { 0.5 } else { 0.0 };
            let middle = [(f64::from(column) + shift) * width, f64::from(row) * rise(width)];
            (middle[0].round() as i32, middle[1].round() as i32, *count)
        })
        .collect();
    let seen: usize = cells.iter().map(|(.., count)| count).sum();
    Missed { width, all: points.len(), hidden: points.len() - seen, cells }
}

/// From row to row.
fn rise(width: f64) -> f64 {
    width * 0.866_025_403_784_438_6
}

/// Column and row of the hexagon whose middle is nearest: it is in the row below or above, as far as rows are apart.
fn hexagon([x, y]: [f64; 2], width: f64) -> (i32, i32) {
    let below = (y / rise(width)).floor() as i32;
    let near = [below, below + 1].map(|row| {
        let shift = if row.rem_euclid(2) == 1 { 0.5 } else { 0.0 };
        let column = (x / width - shift).round();
        let (dx, dy) = ((column + shift) * width - x, f64::from(row) * rise(width) - y);
        (dx * dx + dy * dy, (column as i32, row))
    });
    if near[1].0 < near[0].0 { near[1].1 } else { near[0].1 }
}

/// A position in whole metres east and north of the middle of a city.
#[must_use]
pub fn metres(plane: &Plane, position: reach::Position) -> (i32, i32) {
    let [x, y] = plane.flat(position);
    (x.round() as i32, y.round() as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_than_five_are_never_told() {
        let crowd = |x: f64, y: f64, count: usize| (0..count).map(move |at| [x + at as f64, y]);
        let points: Vec<_> = crowd(0.0, 0.0, 5).chain(crowd(1_000.0, 700.0, 4)).collect();
        let missed = in_hexagons(&points, 120.0);
        assert_eq!((missed.all, missed.hidden), (9, 4));
        assert_eq!(missed.cells.iter().map(|cell| cell.2).collect::<Vec<_>>(), [5]);
    }

    #[test]
    fn a_point_lies_in_the_hexagon_whose_middle_is_nearest() {
        for (point, cell) in
            [([0.0, 0.0], (0, 0)), ([119.0, 0.0], (1, 0)), ([60.0, 104.0], (0, 1)), ([-1.0, -104.0], (-1, -1))]
        {
            assert_eq!(hexagon(point, 120.0), cell, "{point:?}");
        }
    }
}
