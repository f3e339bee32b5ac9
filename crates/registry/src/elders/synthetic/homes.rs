//! Where synthetic people live: real villages of a city, invented estates, numbers and coordinates.

use std::f64::consts::TAU;

use kernel::{Level, PlaceRange, Region};

use super::dice::{Dice, Weights, mix};
use crate::places::{self, Place};

/// Rough middles of the provinces, degrees east and north. Cities and counties are laid out around them by number: the
/// demo's coordinates are invented.
const PROVINCES: [(i64, f64, f64); 31] = [
    (11, 116.4, 40.0),
    (12, 117.3, 39.2),
    (13, 115.6, 38.6),
    (14, 112.4, 37.6),
    (15, 111.6, 41.8),
    (21, 122.7, 41.4),
    (22, 126.0, 43.6),
    (23, 127.6, 47.0),
    (31, 121.4, 31.1),
    (32, 119.6, 33.0),
    (33, 120.1, 29.2),
    (34, 117.2, 32.0),
    (35, 118.0, 26.1),
    (36, 115.7, 27.6),
    (37, 118.2, 36.3),
    (41, 113.8, 34.0),
    (42, 112.4, 31.0),
    (43, 111.8, 27.7),
    (44, 113.4, 23.4),
    (45, 108.7, 23.7),
    (46, 109.8, 19.3),
    (50, 107.8, 29.9),
    (51, 103.5, 30.6),
    (52, 106.8, 26.8),
    (53, 101.6, 25.0),
    (54, 90.0, 30.5),
    (61, 108.9, 35.0),
    (62, 103.6, 36.0),
    (63, 97.5, 36.0),
    (64, 106.2, 37.3),
    (65, 86.0, 43.0),
];

const ESTATE_BEGIN: [&str; 24] = [
    "阳光", "幸福", "锦绣", "和谐", "金桂", "翠湖", "清河", "东方", "学府", "文苑", "春秋", "福星", "明珠", "天平",
    "向阳", "祥和", "紫荆", "银杏", "北关", "建设", "友谊", "康宁", "望田", "运河",
];
const ESTATE_END: [&str; 8] = ["花园", "小区", "家园", "新村", "苑", "公寓", "家属院", "社区二区"];

/// Area codes of the cities that the platform was first thought for, and of the municipalities.
const AREA_CODES: [(i64, &str); 9] = [
    (4110, "0374"),
    (4117, "0396"),
    (4102, "0371"),
    (4116, "0394"),
    (2109, "0418"),
    (1101, "010"),
    (1201, "022"),
    (3101, "021"),
    (5001, "023"),
];

/// Village digits 001–199 are neighbourhoods (居委会), 200–399 villages (村委会); higher ones are quasi villages.
const FIRST_RURAL: i64 = 200;

/// A point in degrees (invented, CGCS2000).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    /// Degrees east.
    pub longitude: f64,
    /// Degrees north.
    pub latitude: f64,
}

impl Spot {
    fn moved(self, angle: f64, degrees: f64) -> Self {
        Self {
            longitude: self.longitude + degrees * angle.cos(),
            latitude: self.latitude + degrees * angle.sin() * 0.85,
        }
    }

    fn rounded(self) -> Self {
        let six = |degrees: f64| (degrees * 1e6).round() / 1e6;
        Self { longitude: six(self.longitude), latitude: six(self.latitude) }
    }
}

/// A whole turn's part for a number.
fn angle(number: i64) -> f64 {
    (mix(number.cast_unsigned()) % 3_600) as f64 / 3_600.0 * TAU
}

/// The invented middle of a county, or of a city without counties: the counties of a city stand in a ring.
#[must_use]
pub fn county_centre(place: Region) -> Spot {
    let province = place.code() / 10_000_000_000;
    let (_, longitude, latitude) = PROVINCES.iter().find(|(code, ..)| *code == province).unwrap_or(&PROVINCES[15]);
    let city = place.at(Level::City).map_or(0, Region::code);
    let middle = Spot { longitude: *longitude, latitude: *latitude }.moved(angle(city), 0.6);
    let Some((county, city)) = place.at(Level::County).zip(place.at(Level::City)) else { return middle.rounded() };
    let siblings = places::children(city);
    let at = siblings.iter().position(|sibling| sibling.region == county).unwrap_or(0);
    let ring = at as f64 / siblings.len().saturating_sub(1).max(1) as f64 * TAU;
    (if at == 0 { middle } else { middle.moved(ring, 0.28) }).rounded()
}

/// A village that people may live in.
pub(super) struct Village {
    pub(super) place: Place,
    /// The county, or the city where it has no counties.
    pub(super) county: Region,
    pub(super) is_rural: bool,
    /// 河南省许昌市.
    pub(super) above: String,
    /// 魏都区西大街道文峰社区.
    pub(super) title: String,
    centre: Spot,
}

/// The villages of a place, with how many people each draws.
pub(super) struct Villages {
    pub(super) all: Vec<Village>,
    weights: Weights,
}

impl Villages {
    pub(super) fn of(place: Region) -> Self {
        let mut all = Vec::new();
        for county in homes_within(place) {
            let centre = county_centre(county);
            let above = places::full_name(county).unwrap_or_default();
            let above = above.trim_end_matches(places::name(county).unwrap_or_default());
            let inside = places::villages_of(county).filter(|village| place.contains(village.region));
            all.extend(inside.map(|village| Village::of(village, county, centre, above)));
        }
        let weights = Weights::of(all.iter().map(Village::weight));
        Self { all, weights }
    }

    /// The index of a village.
    pub(super) fn index(&self, dice: &mut Dice) -> usize {
        self.weights.draw(dice)
    }

    pub(super) fn draw(&self, dice: &mut Dice) -> &Village {
        &self.all[self.index(dice)]
    }
}

/// The counties and cities without counties of a place, or the one that holds it.
fn homes_within(place: Region) -> Vec<Region> {
    let range = place.range();
    let within = |level| places::at_level(level).filter(move |p| PlaceRange::contains(range, p.region));
    let mut homes: Vec<_> = within(Level::County).chain(within(Level::City)).map(|home| home.region).collect();
    if homes.is_empty() {
        homes.extend(place.at(Level::County).or_else(|| place.at(Level::City)));
    }
    homes.sort_unstable();
    homes
}

impl Village {
    fn of(place: Place, county: Region, centre: Spot, above: &str) -> Self {
        let town = place.region.at(Level::Town);
        let town_name = town.and_then(places::name).unwrap_or_default();
        let code = place.region.code();
        let is_rural = code % 1_000 >= FIRST_RURAL;
        let centre = centre.moved(angle(code / 1_000), 0.05 + (mix(code as u64 / 1_000) % 70) as f64 / 1_000.0);
        let centre = centre.moved(angle(code), (mix(code as u64) % 22) as f64 / 1_000.0);
        let county_name = places::name(county).unwrap_or_default();
        let title = format!("{county_name}{}{}", town_name.trim_end_matches("办事处"), spoken(place.name));
        Self { place, county, is_rural, above: above.to_owned(), title, centre }
    }

    pub(super) fn county_name(&self) -> &'static str {
        places::name(self.county).unwrap_or_default()
    }

    pub(super) fn town_name(&self) -> &'static str {
        let town = self.place.region.at(Level::Town).and_then(places::name).unwrap_or_default();
        town.trim_end_matches("办事处")
    }

    /// The name as people say it.
    pub(super) fn spoken(&self) -> String {
        spoken(self.place.name)
    }

    /// City neighbourhoods hold more people than villages; each differs.
    fn weight(&self) -> f64 {
        let size = 0.4 + (mix(self.place.region.code() as u64 ^ 7) % 120) as f64 / 100.0;
        size * if self.is_rural { 1.0 } else { 2.6 }
    }

    /// An estate of this neighbourhood; each has a handful.
    pub(super) fn estate(&self, dice: &mut Dice) -> String {
        let number = mix(self.place.region.code() as u64 * 8 + dice.below(5));
        let begin = ESTATE_BEGIN[(number % ESTATE_BEGIN.len() as u64) as usize];
        let end = ESTATE_END[(number / 64 % ESTATE_END.len() as u64) as usize];
        format!("{begin}{end}")
    }

    /// The address of a home, from the county down.
    pub(super) fn address(&self, dice: &mut Dice) -> String {
        if self.is_rural {
            let (group, number) = (dice.within(1, 12), dice.within(1, 160));
            return format!("{}{group}组{number}号", self.title);
        }
        let (building, unit) = (dice.within(1, 26), dice.within(1, 4));
        let (floor, room) = (dice.within(1, 6), dice.within(1, 3));
        format!("{}{}{building}号楼{unit}单元{floor}0{room}室", self.title, self.estate(dice))
    }

    /// A point in the village.
    pub(super) fn spot(&self, dice: &mut Dice) -> Spot {
        let (angle, distance) = (dice.unit() * TAU, dice.unit() * 0.006);
        self.centre.moved(angle, distance).rounded()
    }
}

/// A village's name as people say it: 西大社区居委会 → 西大社区, 高庄村委会 → 高庄村.
fn spoken(name: &str) -> String {
    for (ending, said) in
        [("社区居民委员会", "社区"), ("居民委员会", "社区"), ("村民委员会", "村"), ("社区居委会", "社区")]
    {
        if let Some(stem) = name.strip_suffix(ending) {
            return format!("{}{said}", stem.trim_end_matches(said));
        }
    }
    for (ending, said) in [("村委会", "村"), ("居委会", "社区")] {
        if let Some(stem) = name.strip_suffix(ending) {
            return format!("{}{said}", stem.trim_end_matches(said));
        }
    }
    name.to_owned()
}

/// The area code of landlines in a city.
pub(super) fn area_code(place: Region) -> String {
    let city = place.code() / 100_000_000;
    let known = AREA_CODES.iter().find(|(code, _)| *code == city).map(|(_, area)| (*area).to_owned());
    known.unwrap_or_else(|| format!("0{}", 310 + mix(city as u64) % 689))
}
