//! Administrative places: the 12-digit code of GB/T 2260 (county and above), GB/T 10114 (town) and the statistics
//! bureau (village): 2 province + 2 city + 2 county + 3 town + 3 village digits.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::PlaceRange;

/// A place of one of the five levels, as its 12-digit code.
///
/// The level is read in fixed positions, never by stripping zeros: `441900003000` is a town directly under a city that
/// has no counties, and `419001000000` is a county governed by its province.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Region(i64);

/// The five levels of administration, from the widest to the narrowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// 省级, 2 digits.
    Province,
    /// 地级, 4 digits.
    City,
    /// 县级, 6 digits.
    County,
    /// 乡级, 9 digits.
    Town,
    /// 村级, 12 digits.
    Village,
}

impl Level {
    /// All levels, widest first.
    pub const ALL: [Self; 5] = [Self::Province, Self::City, Self::County, Self::Town, Self::Village];

    /// Number of codes that a place of this level spans.
    const fn span(self) -> i64 {
        match self {
            Self::Province => 10_000_000_000,
            Self::City => 100_000_000,
            Self::County => 1_000_000,
            Self::Town => 1_000,
            Self::Village => 1,
        }
    }

    /// Stored form, 1 (province) to 5 (village).
    #[must_use]
    pub const fn number(self) -> i16 {
        match self {
            Self::Province => 1,
            Self::City => 2,
            Self::County => 3,
            Self::Town => 4,
            Self::Village => 5,
        }
    }
}

/// The county part of a key: the 6-digit code that was valid when the row was made. It never changes and is never read
/// as a place; it is the distribution column of the database.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Home(i32);

/// Why a text is not a place code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegionFault {
    /// Not 2, 4, 6, 9 or 12 digits.
    Shape,
    /// Digits in impossible positions, such as a village without a town.
    Gap,
}

impl fmt::Display for RegionFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shape => "a place code has 2, 4, 6, 9 or 12 digits",
            Self::Gap => "a place code has a narrower level without its wider one",
        })
    }
}

impl std::error::Error for RegionFault {}

impl Region {
    /// The place of a full 12-digit code.
    ///
    /// # Errors
    /// [`RegionFault`] when the number is not such a code.
    pub fn new(code: i64) -> Result<Self, RegionFault> {
        if !(110_000_000_000..=919_999_999_999).contains(&code) {
            return Err(RegionFault::Shape);
        }
        let place = Self(code);
        let [city, county, town, village] = place.parts();
        if (village != 0 && town == 0) || (city == 0 && (county != 0 || town != 0)) {
            return Err(RegionFault::Gap);
        }
        Ok(place)
    }

    /// City, county, town and village digits.
    const fn parts(self) -> [i64; 4] {
        [self.0 / 100_000_000 % 100, self.0 / 1_000_000 % 100, self.0 / 1_000 % 1_000, self.0 % 1_000]
    }

    /// The 12-digit number.
    #[must_use]
    pub const fn code(self) -> i64 {
        self.0
    }

    /// Its level, from fixed positions.
    #[must_use]
    pub const fn level(self) -> Level {
        match self.parts() {
            [0, 0, 0, 0] => Level::Province,
            [_, 0, 0, 0] => Level::City,
            [_, _, 0, 0] => Level::County,
            [_, _, _, 0] => Level::Town,
            _ => Level::Village,
        }
    }

    /// The place one level up; a town of a city without counties has that city. None above a province.
    #[must_use]
    pub fn parent(self) -> Option<Self> {
        Level::ALL.into_iter().rev().filter(|l| *l < self.level()).map(|l| self.at_code(l)).find(|p| *p != self)
    }

    const fn at_code(self, level: Level) -> Self {
        Self(self.0 - self.0 % level.span())
    }

    /// The place of `level` that holds this one. None when this one is wider, or when there is no such level here (the
    /// county of a town directly under a city).
    #[must_use]
    pub fn at(self, level: Level) -> Option<Self> {
        let place = self.at_code(level);
        (place.level() == level).then_some(place)
    }

    /// This place and all that hold it, narrowest first.
    pub fn line(self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self), |p| p.parent())
    }

    /// All codes inside, as the closed range that a query compares `place` with.
    #[must_use]
    pub const fn range(self) -> PlaceRange {
        PlaceRange { lo: self.0, hi: self.0 + self.level().span() - 1 }
    }

    /// Whether `other` is this place or lies inside it.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        let range = self.range();
        range.lo <= other.0 && other.0 <= range.hi
    }

    /// The home of rows made here: the county, or the city where it has no counties. None for a province.
    #[must_use]
    pub fn home(self) -> Option<Home> {
        (self.level() != Level::Province).then_some(Home((self.0 / 1_000_000) as i32))
    }

    /// The code in the digits that its level needs: 2, 4, 6, 9 or 12.
    #[must_use]
    pub fn short(self) -> String {
        let digits = [2, 4, 6, 9, 12][(self.level().number() - 1) as usize];
        self.0.to_string()[..digits].to_owned()
    }
}

impl Home {
    /// A home from its stored 6-digit number.
    ///
    /// # Errors
    /// [`RegionFault`] when the number cannot be a county or city code.
    pub fn new(number: i32) -> Result<Self, RegionFault> {
        let place = Region::new(i64::from(number) * 1_000_000)?;
        place.home().ok_or(RegionFault::Shape)
    }

    /// The stored 6-digit number.
    #[must_use]
    pub const fn number(self) -> i32 {
        self.0
    }
}

impl FromStr for Region {
    type Err = RegionFault;

    fn from_str(text: &str) -> Result<Self, RegionFault> {
        let text = text.trim();
        if !matches!(text.len(), 2 | 4 | 6 | 9 | 12) || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(RegionFault::Shape);
        }
        let number: i64 = text.parse().map_err(|_| RegionFault::Shape)?;
        Self::new(number * 10_i64.pow(12 - text.len() as u32))
    }
}

impl TryFrom<i64> for Region {
    type Error = RegionFault;

    fn try_from(code: i64) -> Result<Self, RegionFault> {
        Self::new(code)
    }
}

impl From<Region> for i64 {
    fn from(place: Region) -> Self {
        place.0
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Region({})", self.0)
    }
}

impl fmt::Display for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Debug for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Home({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place(text: &str) -> Region {
        text.parse().unwrap()
    }

    #[test]
    fn a_code_of_each_length_names_its_level() {
        let levels: Vec<_> =
            ["41", "4110", "411002", "411002001", "411002001001"].map(|t| place(t).level()).into_iter().collect();
        assert_eq!(levels, Level::ALL);
        assert_eq!(place("411000000000").level(), Level::City);
    }

    #[test]
    fn zeros_inside_a_code_do_not_change_its_level() {
        assert_eq!(place("411000").level(), Level::City);
        assert_eq!(place("441900003").level(), Level::Town);
        assert_eq!(place("441900003").parent(), Some(place("4419")));
        assert_eq!(place("441900003").home().unwrap().number(), 441_900);
        assert_eq!(place("441900003").at(Level::County), None);
        assert_eq!(place("419001").level(), Level::County);
        assert_eq!(place("419001").parent(), Some(place("4190")));
        assert_eq!(place("411002010100").level(), Level::Village);
    }

    #[test]
    fn a_line_goes_up_to_the_province() {
        let line: Vec<_> = place("411002001001").line().map(Region::short).collect();
        assert_eq!(line, ["411002001001", "411002001", "411002", "4110", "41"]);
        let short: Vec<_> = place("441900003001").line().map(Region::short).collect();
        assert_eq!(short, ["441900003001", "441900003", "4419", "44"]);
    }

    #[test]
    fn a_scope_is_the_range_of_all_codes_inside() {
        let county = place("411002");
        assert_eq!((county.range().lo, county.range().hi), (411_002_000_000, 411_002_999_999));
        assert!(county.contains(place("411002001001")) && county.contains(county));
        assert!(!county.contains(place("411003001001")) && !county.contains(place("4110")));
    }

    #[test]
    fn impossible_codes_are_refused() {
        for (text, fault) in [
            ("", RegionFault::Shape),
            ("4110021", RegionFault::Shape),
            ("41100２", RegionFault::Shape),
            ("41100a", RegionFault::Shape),
            ("001002", RegionFault::Shape),
            ("411002000001", RegionFault::Gap),
            ("410002", RegionFault::Gap),
            ("410000001", RegionFault::Gap),
        ] {
            assert_eq!(text.parse::<Region>(), Err(fault), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_place_lies_in_its_parent_and_prints_back(code in 110_000_000_000_i64..660_000_000_000) {
            if let Ok(place) = Region::new(code) {
                prop_assert_eq!(place.short().parse::<Region>(), Ok(place));
                if let Some(parent) = place.parent() {
                    prop_assert!(parent.contains(place) && parent.level() < place.level());
                    prop_assert!(!place.contains(parent));
                }
                prop_assert_eq!(place.line().last().map(Region::level), Some(Level::Province));
            }
        }
    }
}
