//! Names and tree of all places of China, from province to village: what code exists, what it is called, what lies
//! inside it. The data (statistics bureau, state of 2023-06-30) is packed into the program; docs/DATA-SOURCES.md says
//! whose it is.
//!
//! Peculiarities, kept as the statistics have them: the four municipalities have placeholder cities (市辖区, 县);
//! counties governed by their province stand under a placeholder city (省直辖县级行政区划, `4190`); 东莞 (`4419`), 中山
//! (`4420`) and 儋州 (`4604`) have no counties, their towns stand directly under the city.

pub mod change;
mod find;
pub mod load;
mod overlay;
mod packed;
pub mod recode;
mod within;

pub use find::{find, find_near};
use kernel::{Level, PlaceRange, Region};
pub use overlay::successor;
pub use within::{Meant, meant};

/// A place and its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its code.
    pub region: Region,
    /// Its own name, without those of the places above.
    pub name: &'static str,
}

impl Place {
    /// Whether it is a city that exists in the statistics only: 市辖区, 县, 省直辖县级行政区划.
    #[must_use]
    pub fn is_placeholder(self) -> bool {
        self.region.level() == Level::City && (matches!(self.name, "市辖区" | "县") || self.name.contains("直辖"))
    }
}

fn get(region: Region) -> Option<Place> {
    let packed = match region.level() {
        Level::Village => region.home().and_then(|home| packed::villages(home.number())?.get(region)),
        _ => packed::upper().get(region),
    };
    packed.or_else(|| overlay::get(region))
}

/// Provinces to towns of a range, added ones last.
fn upper(range: PlaceRange) -> impl Iterator<Item = Place> {
    packed::upper().within(range).chain(overlay::within(range, Level::Town))
}

/// The place's own name: 魏都区.
#[must_use]
pub fn name(region: Region) -> Option<&'static str> {
    get(region).map(|place| place.name)
}

/// Whether there is such a place, under the code that holds now.
#[must_use]
pub fn exists(region: Region) -> bool {
    get(region).is_some() && !overlay::is_retired(region)
}

/// The name with those of the places above, placeholders left out: 河南省许昌市魏都区, 北京市东城区.
#[must_use]
pub fn full_name(region: Region) -> Option<String> {
    let mut line = region.line().map(get).collect::<Option<Vec<_>>>()?;
    line.reverse();
    Some(
        line.iter().filter(|place| place.region == region || !place.is_placeholder()).map(|place| place.name).collect(),
    )
}

/// All places of one level down to the towns, in the order of codes; none for villages, see [`villages_of`].
pub fn at_level(level: Level) -> impl Iterator<Item = Place> {
    upper(PlaceRange::WHOLE).filter(move |place| place.region.level() == level)
}

/// The places one level below, in the order of codes.
#[must_use]
pub fn children(region: Region) -> Vec<Place> {
    let mut below: Vec<_> = if region.level() == Level::Town {
        villages_of(region).filter(|place| region.contains(place.region)).collect()
    } else {
        upper(region.range()).collect()
    };
    below.retain(|place| place.region.parent() == Some(region));
    below.sort_by_key(|place| place.region);
    below
}

/// The villages of the county that is or holds this place, or of the city where it has no counties, in the order of
/// codes. None for provinces and for cities with counties.
pub fn villages_of(county: Region) -> impl Iterator<Item = Place> {
    let names = county.home().and_then(|home| packed::villages(home.number()));
    let added = county.home().map(|home| {
        let lo = i64::from(home.number()) * 1_000_000;
        overlay::within(PlaceRange { lo, hi: lo + 999_999 }, Level::Village)
    });
    names.into_iter().flat_map(|names| names.within(PlaceRange::WHOLE)).chain(added.into_iter().flatten())
}

/// The places that a template offers to somebody who acts in a place: the towns and villages of a county or of less, each
/// by the name from the town down and by its code; of a city or more its counties and towns.
#[must_use]
pub fn offered(acting: Region) -> Vec<(String, String)> {
    let short = |place: Region, top: Level| {
        let names: Vec<_> = place.line().filter(|part| part.level() >= top).filter_map(name).collect();
        names.into_iter().rev().collect::<String>()
    };
    let (top, found): (Level, Vec<Place>) = if acting.level() < Level::County {
        let upper = upper(acting.range());
        (Level::County, upper.filter(|place| place.region.level() >= Level::County).collect())
    } else {
        let towns = upper(acting.range()).filter(|place| place.region.level() == Level::Town);
        let villages = villages_of(acting).filter(|place| acting.contains(place.region));
        (Level::Town, towns.chain(villages).collect())
    };
    let mut found: Vec<Region> = found.into_iter().map(|place| place.region).filter(|place| exists(*place)).collect();
    found.sort_unstable();
    found.into_iter().map(|place| (short(place, top), place.short())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Region {
        text.parse().unwrap()
    }

    fn homes() -> impl Iterator<Item = Region> {
        at_level(Level::County).chain(at_level(Level::City)).map(|place| place.region)
    }

    #[test]
    fn each_level_has_as_many_places_as_the_statistics() {
        let counts: Vec<_> = Level::ALL.into_iter().map(|level| at_level(level).count()).collect();
        // Three cities appear as their own counties and 金门县 as its own town and village; they count once here.
        assert_eq!(counts, [31, 342, 2_978 - 3, 41_352 - 1, 0]);
        assert_eq!(homes().map(|home| villages_of(home).count()).sum::<usize>(), 620_573 - 1);
    }

    #[test]
    fn known_places_have_their_names() {
        for (code, name) in [
            ("41", "河南省"),
            ("4110", "许昌市"),
            ("411002", "魏都区"),
            ("411002001", "西大街道"),
            ("419001", "济源市"),
            ("441900", "东莞市"),
            ("441900003", "东城街道"),
            ("441900003001", "岗贝社区居民委员会"),
            ("110101001001", "多福巷社区居委会"),
        ] {
            assert_eq!(super::name(place(code)), Some(name), "{code}");
        }
        assert!(!exists(place("411099")) && !exists(place("411002001999")) && !exists(place("71")));
    }

    #[test]
    fn every_place_has_a_parent_and_is_its_child_by_the_codes_order() {
        let upper: Vec<_> = Level::ALL.into_iter().flat_map(at_level).collect();
        for below in upper.iter().copied().chain(homes().flat_map(villages_of)) {
            assert!(!below.name.is_empty() && !below.name.contains(['\t', '\n', '*']), "{below:?}");
            assert!(below.region.parent().is_none_or(exists), "{below:?}");
        }
        let children: usize = upper.iter().map(|above| children(above.region).len()).sum();
        assert_eq!(children, upper.len() - 31 + 620_572);
    }

    #[test]
    fn children_stand_one_level_below() {
        let counties: Vec<_> = children(place("4110")).iter().map(|c| c.name).collect();
        assert_eq!(counties, ["魏都区", "建安区", "鄢陵县", "襄城县", "许昌经济技术开发区", "禹州市", "长葛市"]);
        assert_eq!(children(place("4419"))[0].name, "东城街道");
        assert_eq!(children(place("4190"))[0].name, "济源市");
        assert_eq!(children(place("11")), [Place { region: place("1101"), name: "市辖区" }]);
        assert!(children(place("411002001")).iter().all(|v| v.region.level() == Level::Village));
        assert_eq!(children(place("411002001001")), []);
    }

    #[test]
    fn a_full_name_leaves_placeholders_out() {
        for (code, name) in [
            ("411002", "河南省许昌市魏都区"),
            ("110101", "北京市东城区"),
            ("419001", "河南省济源市"),
            ("441900003001", "广东省东莞市东城街道岗贝社区居民委员会"),
            ("1101", "北京市市辖区"),
        ] {
            assert_eq!(full_name(place(code)).as_deref(), Some(name));
        }
        assert_eq!(full_name(place("411099")), None);
    }
}
