//! The ground of the demo city: invented streets, one patch of superblocks for each village, so that towns and counties
//! hang together on the map, and a door for everybody.

use std::collections::BTreeMap;

use kernel::{Failure, Level, Region, Result};
use reach::{
    Position, Streets,
    city::{CitySpec, city},
};
use registry::{elders::synthetic::county_centre, places, streets};

use crate::platform::Platform;

/// One elder in so many has an address that nobody has found on a map.
const UNLOCATED: u64 = 50;

/// Doors by village.
pub(super) struct Ground(BTreeMap<Region, Vec<Position>>);

/// Makes the streets of a city, keeps them where `serve` finds them, and deals their doors to the villages.
pub(super) fn lay(platform: &Platform, place: Region, seed: u64) -> Result<Ground> {
    let villages = villages(place);
    // As many superblocks as the next power of four holds villages: the curve fills a square.
    let order = (1..8).find(|order| 1_usize << (2 * order) >= villages.len()).unwrap_or(8);
    let centre = county_centre(place);
    let centre = Position::new(centre.longitude, centre.latitude);
    let made = city(CitySpec { seed, blocks: 1 << order, centre }).map_err(failed)?;
    let streets = Streets::of_draft(&made.draft).map_err(failed)?;
    streets::keep(platform.config.data(), place, &streets)?;
    let mut by_block = BTreeMap::<[u32; 2], Vec<Position>>::new();
    for (door, block) in made.doors.into_iter().zip(made.blocks) {
        by_block.entry(block).or_default().push(door);
    }
    let cells = 1_usize << (2 * order);
    let mut ground = BTreeMap::new();
    let mut last = Vec::new();
    for (at, village) in villages.iter().enumerate() {
        let own = at * cells / villages.len()..(at + 1) * cells / villages.len();
        let doors: Vec<_> =
            own.filter_map(|cell| by_block.get(&on_the_curve(order, cell as u32))).flatten().copied().collect();
        // A patch that the river took: its people live with the neighbours.
        last = if doors.is_empty() { last } else { doors };
        ground.insert(*village, last.clone());
    }
    Ok(Ground(ground))
}

impl Ground {
    /// A place by a door of a village, always the same for the same number; none for one elder in fifty.
    pub(super) fn home(&self, village: Region, number: u64) -> Option<(f64, f64)> {
        if number.is_multiple_of(UNLOCATED) { None } else { self.door(village, number) }
    }

    /// A place by a door of a village, always the same for the same number.
    pub(super) fn door(&self, village: Region, number: u64) -> Option<(f64, f64)> {
        let doors = self.0.get(&village).filter(|doors| !doors.is_empty())?;
        let drawn = mixed(number ^ village.code().cast_unsigned());
        let door = doors.get(usize::try_from(drawn % doors.len() as u64).ok()?)?;
        // Within about 15 m of the door.
        let off = |bits: u64| ((bits & 0xff) as f64 / 255.0 - 0.5) * 0.000_27;
        let six = |degrees: f64| (degrees * 1e6).round() / 1e6;
        Some((six(door.lon + off(drawn >> 32)), six(door.lat + off(drawn >> 40))))
    }
}

/// The villages of a city in the order of their codes: town by town, county by county.
fn villages(city: Region) -> Vec<Region> {
    let counties = places::children(city).into_iter().map(|place| place.region);
    let counties: Vec<_> = counties.filter(|place| place.level() == Level::County).collect();
    let homes = if counties.is_empty() { vec![city] } else { counties };
    homes.into_iter().flat_map(places::villages_of).map(|village| village.region).collect()
}

/// The superblock, east and north, that Hilbert's curve of an order reaches as its `at`th.
fn on_the_curve(order: u32, at: u32) -> [u32; 2] {
    let (mut x, mut y, mut rest) = (0, 0, at);
    for step in 0..order {
        let side = 1 << step;
        let (east, north) = ((rest / 2) & 1, (rest ^ (rest / 2)) & 1);
        if north == 0 {
            if east == 1 {
                (x, y) = (side - 1 - x, side - 1 - y);
            }
            (x, y) = (y, x);
        }
        x += side * east;
        y += side * north;
        rest /= 4;
    }
    [x, y]
}

/// A number that looks like chance (splitmix64).
const fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ number >> 31
}

fn failed(fault: reach::Fault) -> Failure {
    Failure::internal(fault.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_visits_every_superblock_once_and_never_jumps() {
        let way: Vec<_> = (0..256).map(|at| on_the_curve(4, at)).collect();
        let mut all = way.clone();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 256);
        for two in way.windows(2) {
            assert_eq!(two[0][0].abs_diff(two[1][0]) + two[0][1].abs_diff(two[1][1]), 1, "{two:?}");
        }
    }

    #[test]
    fn villages_stand_town_by_town() {
        let villages = villages("4110".parse().unwrap());
        assert!(villages.len() > 2_000 && villages.is_sorted());
    }
}
