//! The ground of a city in squares, each given to the place whose people live nearest along the ground: a map of places
//! where nobody has drawn their boundaries. Places with fewer than five people on the map are shown as part of the town
//! or county around them, so that no square tells where one person lives.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use kernel::{Level, Region};
use reach::{Position, geo::Plane};

use super::model::Model;

/// Fewer people than this are nowhere told apart.
pub const LEAST: usize = 5;

/// How far from a street a square may still belong to a place, in squares.
const APART: i32 = 1;

/// Sides of the squares that are used, in metres, widest view first.
pub const SIDES: [i32; 3] = [250, 150, 75];

/// Which of [`SIDES`] a view of a level uses.
#[must_use]
pub const fn detail(level: Level) -> usize {
    match level {
        Level::Province | Level::City => 0,
        Level::County => 1,
        Level::Town | Level::Village => 2,
    }
}

/// A run of squares beside each other in a row, all of one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Which place, by its number in [`Areas::places`].
    pub place: usize,
    /// The row, counted north from the middle of the city.
    pub y: i32,
    /// The first square, counted east.
    pub x: i32,
    /// How many.
    pub length: i32,
}

/// The ground of a city in squares.
#[derive(Clone, Debug, Default)]
pub struct Areas {
    /// Side of a square, in metres.
    pub side: i32,
    /// The places that are told apart.
    pub places: Vec<Region>,
    /// The squares, row by row from the south.
    pub runs: Vec<Run>,
}

type Square = (i32, i32);

impl Areas {
    /// Divides the ground of a city.
    #[must_use]
    pub fn of(model: &Model, side: i32) -> Self {
        let shown = shown(model);
        let at = |position: Position| square(model.plane(), position, side);
        let mut living = BTreeMap::<Square, BTreeMap<Region, usize>>::new();
        for (home, place, _) in model.people() {
            let Some(place) = shown.get(&place) else { continue };
            *living.entry(at(home)).or_default().entry(*place).or_default() += 1;
        }
        let mut ground = BTreeSet::new();
        let network = model.network();
        for node in 0..u32::try_from(network.node_count()).unwrap_or(u32::MAX) {
            let (x, y) = at(network.place(node));
            for dx in -APART..=APART {
                ground.extend((-APART..=APART).map(|dy| (x + dx, y + dy)));
            }
        }
        let mut given = BTreeMap::new();
        let mut queue = VecDeque::new();
        for (square, places) in living {
            if let Some((place, _)) = places.into_iter().max_by_key(|(place, count)| (*count, place.code())) {
                given.insert(square, place);
                queue.push_back(square);
            }
        }
        while let Some(here) = queue.pop_front() {
            let Some(place) = given.get(&here).copied() else { continue };
            for next in [(here.0, here.1 - 1), (here.0 - 1, here.1), (here.0 + 1, here.1), (here.0, here.1 + 1)] {
                if ground.contains(&next) && !given.contains_key(&next) {
                    given.insert(next, place);
                    queue.push_back(next);
                }
            }
        }
        Self::in_runs(&given, side)
    }

    fn in_runs(given: &BTreeMap<Square, Region>, side: i32) -> Self {
        let mut places: Vec<Region> = given.values().copied().collect();
        places.sort_unstable();
        places.dedup();
        let mut squares: Vec<(i32, i32, usize)> =
            given.iter().filter_map(|((x, y), place)| Some((*y, *x, places.binary_search(place).ok()?))).collect();
        squares.sort_unstable();
        let mut runs: Vec<Run> = Vec::new();
        for (y, x, place) in squares {
            match runs.last_mut() {
                Some(run) if run.place == place && run.y == y && run.x + run.length == x => run.length += 1,
                _ => runs.push(Run { place, y, x, length: 1 }),
            }
        }
        Self { side, places, runs }
    }

    /// The runs whose place lies in another, or is the town or county around one that is too small to be told apart.
    pub fn within(&self, place: Region) -> impl Iterator<Item = Run> + '_ {
        let inside: Vec<bool> =
            self.places.iter().map(|shown| place.contains(*shown) || shown.contains(place)).collect();
        self.runs.iter().copied().filter(move |run| inside.get(run.place).copied().unwrap_or(false))
    }
}

/// As what each place is shown: itself, or the nearest around it with enough people on the map.
fn shown(model: &Model) -> BTreeMap<Region, Region> {
    let mut counts = BTreeMap::<Region, usize>::new();
    for (_, place, _) in model.people() {
        place.line().for_each(|above| *counts.entry(above).or_default() += 1);
    }
    let places = model.places.iter();
    places
        .filter_map(|place| {
            let large = place.line().find(|above| counts.get(above).is_some_and(|count| *count >= LEAST))?;
            Some((*place, large))
        })
        .collect()
}

/// The square of a position.
#[must_use]
pub fn square(plane: &Plane, position: Position, side: i32) -> Square {
    let [x, y] = plane.flat(position);
    let at = |metres: f64| (metres / f64::from(side)).floor() as i32;
    (at(x), at(y))
}
