//! Finding a place by what people write: a code of any level, a name with or without its suffix, or a path of names.

use kernel::{Level, PlaceRange, Region};

use super::Place;

/// More candidates than this help nobody choose.
const MOST: usize = 50;

/// What names end in, per level; stripped one after the other (西大社区居委会 → 西大社区 → 西大).
const SUFFIXES: [&[&str]; 5] = [
    &["壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "省", "市"],
    &["地区", "市", "盟"],
    &["区", "县", "市", "旗"],
    &["办事处", "街道", "苏木", "镇", "乡"],
    &["居民委员会", "村民委员会", "居委会", "村委会", "委员会", "社区", "村"],
];

/// The places that a text may mean: a code (2, 4, 6, 9 or 12 digits), a name (魏都区, 魏都), or names from wide to narrow
/// that may leave levels out (河南省许昌市魏都区, 许昌西大街道). Exact names first, then wider places; at most 50.
///
/// Villages are found only behind a name of their county or town (魏都区西大社区): 620,000 names alone mean nothing.
#[must_use]
pub fn find(text: &str) -> Vec<Place> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let text = text.replace("街道办事处", "街道");
    if text.is_empty() {
        return Vec::new();
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        let asked = text.parse().ok().filter(|place| super::exists(*place));
        return asked.and_then(super::get).into_iter().collect();
    }
    let mut found = Vec::new();
    walk(PlaceRange::WHOLE, &text, &mut found);
    found.retain(|place| super::exists(place.region));
    found.sort_by_key(|place| (!text.ends_with(place.name), place.region.level(), place.region));
    found.dedup();
    found.truncate(MOST);
    found
}

/// The places that a text may mean to somebody at home in a county (or a city without counties): those inside it, where
/// villages are found by their names alone; only when there are none, those of the whole country.
#[must_use]
pub fn find_near(text: &str, county: Region) -> Vec<Place> {
    let near: Vec<Place> = match super::full_name(county) {
        Some(name) if !text.trim().starts_with(|c: char| c.is_ascii_digit()) => find(&format!("{name}{}", text.trim())),
        _ => Vec::new(),
    };
    let near: Vec<Place> = near.into_iter().filter(|place| place.region != county).collect();
    if near.is_empty() { find(text) } else { near }
}

/// Follows the text down the tree; `rest` is what no place above has explained yet.
pub(super) fn walk(within: PlaceRange, rest: &str, found: &mut Vec<Place>) {
    for place in super::upper(within).chain(villages_within(within)) {
        if place.region.code() == within.lo {
            continue;
        }
        for form in forms(place) {
            match rest.strip_prefix(form) {
                Some("") => found.push(place),
                Some(rest) if place.region.level() != Level::Village => walk(place.region.range(), rest, found),
                _ => {}
            }
        }
    }
}

/// The villages of a range that lies in one county, or in a city without counties.
fn villages_within(range: PlaceRange) -> impl Iterator<Item = Place> {
    let county = Region::new(range.lo).ok().filter(|place| place.level() != Level::Province);
    county.into_iter().flat_map(super::villages_of).filter(move |place| range.contains(place.region))
}

/// A name, and what remains of it without its suffixes as long as that has two characters.
pub(super) fn forms(place: Place) -> impl Iterator<Item = &'static str> {
    let suffixes = SUFFIXES[(place.region.level().number() - 1) as usize];
    let shorter = move |name: &&'static str| {
        let stem = suffixes.iter().find_map(|suffix| name.strip_suffix(suffix))?;
        (stem.chars().nth(1).is_some()).then_some(stem)
    };
    std::iter::successors(Some(place.name), shorter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<String> {
        find(text).iter().map(|place| place.region.short()).collect()
    }

    #[test]
    fn a_code_of_any_level_is_found() {
        for code in ["41", "4110", "411002", "411002001", "411002001001", "441900003"] {
            assert_eq!(codes(code), [code]);
        }
        assert_eq!(codes("411002000000"), ["411002"]);
        assert!(codes("411099").is_empty() && codes("4110021").is_empty());
    }

    #[test]
    fn a_name_is_found_with_and_without_its_suffix() {
        assert_eq!(codes("魏都区"), ["411002"]);
        assert_eq!(codes("魏都"), ["411002"]);
        assert_eq!(codes(" 许昌市 "), ["4110"]);
        assert_eq!(codes("河南省")[0], "41");
        assert_eq!(codes("广西")[0], "45");
    }

    #[test]
    fn a_path_of_names_may_leave_levels_out() {
        for text in ["河南省许昌市魏都区西大街道", "许昌西大街道", "河南魏都区西大街道办事处", "河南魏都区西大"]
        {
            assert_eq!(codes(text), ["411002001"], "{text}");
        }
        assert_eq!(codes("广西桂林七星区漓东街道"), codes("450305004"));
        assert_eq!(codes("北京市东城区"), ["110101"]);
        assert_eq!(codes("河南省济源市"), ["419001"]);
        assert_eq!(codes("东莞市东城街道岗贝社区"), ["441900003001"]);
    }

    #[test]
    fn a_village_of_the_own_county_is_found_by_its_name_alone() {
        let near = |text| find_near(text, "411002".parse().unwrap());
        let village = super::super::villages_of("411002".parse().unwrap()).next().unwrap();
        assert!(near(village.name).contains(&village) && find(village.name).is_empty());
        assert_eq!(near("西大街道").iter().map(|place| place.region.short()).collect::<Vec<_>>(), ["411002001"]);
        assert_eq!(near("建安区")[0].region.short(), "411003");
        assert_eq!(near("411003")[0].name, "建安区");
    }

    #[test]
    fn one_name_of_many_places_gives_all_of_them() {
        let found = find("城关镇");
        assert!(found.len() == MOST && found.iter().all(|place| place.name.ends_with("城关镇")));
        assert!(codes("没有这个地方").is_empty() && codes("").is_empty());
    }
}
