//! What somebody may see: a range of places, what was granted to an organisation, or what is one's own. Every query
//! takes a [`Scope`]; there is no query without one.

use uuid::Uuid;

use crate::Region;

/// A closed range of 12-digit place codes, compared with the `place` column (`place BETWEEN lo AND hi`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PlaceRange {
    /// Lowest code inside.
    pub lo: i64,
    /// Highest code inside.
    pub hi: i64,
}

impl PlaceRange {
    /// The whole country; held by the command line and the platform itself.
    pub const WHOLE: Self = Self { lo: 0, hi: 999_999_999_999 };

    /// Whether a place lies inside.
    #[must_use]
    pub const fn contains(self, place: Region) -> bool {
        self.lo <= place.code() && place.code() <= self.hi
    }

    /// The part that both ranges share. None when they do not meet; two administrative ranges that meet are nested.
    #[must_use]
    pub fn meet(self, other: Self) -> Option<Self> {
        let both = Self { lo: self.lo.max(other.lo), hi: self.hi.min(other.hi) };
        (both.lo <= both.hi).then_some(both)
    }

    /// The homes that can hold rows of these places, as a closed range of the `home` column as long as no place was
    /// recoded; the store adds the homes of recoded counties.
    #[must_use]
    pub const fn homes(self) -> (i32, i32) {
        ((self.lo / 1_000_000) as i32, (self.hi / 1_000_000) as i32)
    }
}

/// Whose rows a query may return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All rows whose `place` lies in the range: staff of an administration.
    Place(PlaceRange),
    /// Rows granted to this organisation or account by a relation (an order, an agreement, a family binding): the
    /// id of the grantee in `grants`.
    Grantee(Uuid),
    /// Rows of this account's own person only.
    Own(Uuid),
}

impl Scope {
    /// Everything: the command line and the platform's own consumers.
    #[must_use]
    pub const fn whole() -> Self {
        Self::Place(PlaceRange::WHOLE)
    }

    /// All rows in one place.
    #[must_use]
    pub const fn of(place: Region) -> Self {
        Self::Place(place.range())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_ranges_meet_in_the_narrower_and_siblings_do_not_meet() {
        let [city, county, other] = ["4110", "411002", "411003"].map(|t| t.parse::<Region>().unwrap().range());
        assert_eq!(city.meet(county), Some(county));
        assert_eq!(county.meet(other), None);
        assert_eq!(PlaceRange::WHOLE.meet(city), Some(city));
    }

    #[test]
    fn a_county_needs_one_home_and_a_city_all_of_its_own() {
        let [city, county] = ["4110", "411002"].map(|t| t.parse::<Region>().unwrap().range());
        assert_eq!(county.homes(), (411_002, 411_002));
        assert_eq!(city.homes(), (411_000, 411_099));
    }
}
