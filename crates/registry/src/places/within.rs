//! What names mean to somebody who acts within a place: villages by their names alone, parts of names as long as they mean
//! one place only.

use kernel::{Level, PlaceRange, Region};

use super::{
    Place, at_level, exists,
    find::{find, forms, walk},
    get, upper, villages_of,
};
use crate::normal;

/// What names lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meant {
    /// One place.
    One(Region),
    /// Several.
    Several(Vec<Region>),
    /// None; the narrowest place that was understood before.
    None {
        /// That place.
        within: Option<Region>,
    },
}

/// The place that names mean within a scope, from wide to narrow; of each its level may be known. A name may be a path of
/// names itself, may leave suffixes and levels out, and may be a part of a name that only one place has.
#[must_use]
pub fn meant(names: &[(Option<Level>, &str)], scope: PlaceRange) -> Meant {
    let mut within: Vec<PlaceRange> = vec![scope];
    let (mut found, mut understood) = (Vec::new(), None);
    for (level, name) in names {
        found = named(&clean(name), *level, &within);
        match found[..] {
            [] => return Meant::None { within: understood },
            [one] => understood = Some(one),
            _ => {}
        }
        within = found.iter().map(|place| place.range()).collect();
    }
    match found[..] {
        [] => Meant::None { within: None },
        [one] => Meant::One(one),
        _ => Meant::Several(found),
    }
}

fn clean(name: &str) -> String {
    let bare: String =
        normal::fold(name).chars().filter(|c| !c.is_whitespace() && !"-/,.、，·>()（）".contains(*c)).collect();
    bare.replace("街道办事处", "街道").replace("街道办", "街道").replace("乡政府", "乡").replace("镇政府", "镇")
}

/// The places of a name within ranges: whole names before parts of names; of several those of the level asked for, and
/// those whose name was written in full.
fn named(name: &str, level: Option<Level>, within: &[PlaceRange]) -> Vec<Region> {
    if name.is_empty() {
        return Vec::new();
    }
    let inside = |place: &Region| within.iter().any(|range| range.contains(*place)) && exists(*place);
    let mut whole = Vec::new();
    for range in within {
        own(*range, name, &mut whole);
        for part in parts(*range) {
            walk(part, name, &mut whole);
        }
    }
    if whole.is_empty() {
        whole = find(name);
    }
    let mut found = fitting(whole, level, name, &inside);
    if found.is_empty() && name.chars().count() >= 2 {
        let holding = within.iter().flat_map(|range| parts(*range)).flat_map(all_in).filter(|p| p.name.contains(name));
        found = fitting(holding.collect(), level, name, &inside);
    }
    found
}

fn fitting(places: Vec<Place>, level: Option<Level>, name: &str, inside: &dyn Fn(&Region) -> bool) -> Vec<Region> {
    let mut places: Vec<Place> = places.into_iter().filter(|place| inside(&place.region)).collect();
    let narrow = |places: &mut Vec<Place>, keep: &dyn Fn(&Place) -> bool| {
        if places.iter().any(keep) {
            places.retain(keep);
        }
    };
    narrow(&mut places, &|place| level.is_none_or(|level| place.region.level() == level));
    narrow(&mut places, &|place| name.ends_with(place.name));
    let mut regions: Vec<Region> = places.into_iter().map(|place| place.region).collect();
    regions.sort_unstable();
    regions.dedup();
    regions
}

/// The place of a range itself, when the name is its own.
fn own(range: PlaceRange, name: &str, found: &mut Vec<Place>) {
    let place = Region::new(range.lo).ok().filter(|place| place.range() == range).and_then(get);
    if let Some(place) = place.filter(|place| forms(*place).any(|form| form == name)) {
        found.push(place);
    }
}

/// A range as ranges whose villages are known: of a city its counties. A province's villages are not looked at.
fn parts(range: PlaceRange) -> Vec<PlaceRange> {
    let of = Region::new(range.lo).ok().filter(|place| place.range() == range);
    match of.map(Region::level) {
        Some(Level::City) => {
            let counties = at_level(Level::County).filter(|place| range.contains(place.region));
            counties.map(|place| place.region.range()).chain([range]).collect()
        }
        _ => vec![range],
    }
}

/// All towns and villages of a range; of one wider than a county its counties and towns.
fn all_in(range: PlaceRange) -> Vec<Place> {
    let county = Region::new(range.lo).ok().filter(|place| place.level() >= Level::County);
    let villages = county.into_iter().flat_map(villages_of).filter(|place| range.contains(place.region));
    let wide = upper(range).filter(|place| place.region.level() >= Level::County);
    wide.chain(villages).filter(|place| place.region.code() != range.lo).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Region {
        text.parse().unwrap()
    }

    fn county(names: &[(Option<Level>, &str)]) -> Meant {
        meant(names, place("411002").range())
    }

    #[test]
    fn a_village_is_found_by_its_name_or_a_path_within_the_own_county() {
        let village = villages_of(place("411002")).next().unwrap();
        let town = super::super::name(village.region.parent().unwrap()).unwrap();
        let stem = forms(village).last().unwrap();
        let (town_level, level) = (Some(Level::Town), Some(Level::Village));
        for names in [
            vec![(None, village.name.to_owned())],
            vec![(town_level, town.to_owned()), (level, village.name.to_owned())],
            vec![(town_level, town.to_owned()), (level, stem.to_owned())],
            vec![(None, format!("魏都区{town}{}", village.name))],
            vec![(None, format!("河南省许昌市魏都区{town}{}", village.name))],
            vec![
                (Some(Level::County), "魏都区".to_owned()),
                (town_level, town.to_owned()),
                (level, village.name.to_owned()),
            ],
            vec![(town_level, format!("{town}办事处")), (level, format!(" {} ", village.name))],
        ] {
            let names: Vec<_> = names.iter().map(|(level, name)| (*level, name.as_str())).collect();
            assert_eq!(county(&names), Meant::One(village.region), "{names:?}");
            assert_eq!(meant(&names, place("4110").range()), Meant::One(village.region), "city: {names:?}");
        }
    }

    #[test]
    fn a_part_of_a_name_is_enough_when_one_place_has_it() {
        assert_eq!(county(&[(Some(Level::Town), "西大街")]), Meant::One(place("411002001")));
        assert_eq!(county(&[(None, "魏都区")]), Meant::One(place("411002")));
        assert!(matches!(county(&[(None, "社区")]), Meant::Several(places) if places.len() > 5));
    }

    #[test]
    fn what_lies_elsewhere_or_nowhere_is_not_found() {
        assert_eq!(county(&[(None, "没有这个社区")]), Meant::None { within: None });
        assert_eq!(county(&[(None, "建安区")]), Meant::None { within: None });
        let unknown = [(Some(Level::Town), "西大街道"), (Some(Level::Village), "新设社区")];
        assert_eq!(county(&unknown), Meant::None { within: Some(place("411002001")) });
    }
}
