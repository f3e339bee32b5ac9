//! What an elder is counted as, and how age alone changes it.

use chrono::{Datelike, NaiveDate};
use kernel::{Region, age_on};

/// The ages at which a band begins; band 1 lies below the first, band 0 is for unknown birth dates.
pub const BANDS_FROM: [i32; 5] = [60, 70, 80, 90, 100];

/// What an elder is counted as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Where.
    pub place: Region,
    /// GB/T 2261.1: 1 male, 2 female.
    pub sex: i16,
    /// Birth date; none when unknown or erased.
    pub birth_on: Option<NaiveDate>,
    /// Living situation, 0 unknown.
    pub living: i16,
    /// Bit set of tag codes.
    pub tags: i64,
    /// Life state (domain.md 8.1), from 1.
    pub status: i16,
    /// Age band counted in: 0 unknown, 1 below 60, 2 from 60, … 6 from 100.
    pub band: i16,
    /// The business day from which the elder is counted as this (in which band, the birth date tells).
    pub since: NaiveDate,
    /// The birthday on which the next band begins.
    pub turns_on: Option<NaiveDate>,
}

impl Counted {
    /// Whether the person is in the register: not moved out (2), dead (3) or withdrawn (7).
    #[must_use]
    pub const fn is_registered(&self) -> bool {
        !matches!(self.status, 2 | 3 | 7)
    }

    /// Whether a tag holds.
    #[must_use]
    pub const fn has_tag(&self, code: i16) -> bool {
        self.tags & (1 << code) != 0
    }

    /// The same person with the band of a day, and the day on which that ends.
    #[must_use]
    pub fn aged_to(mut self, day: NaiveDate) -> Self {
        self.band = self.birth_on.map_or(0, |birth| band_on(birth, day));
        self.turns_on = self.birth_on.and_then(|birth| turns_after(birth, self.band));
        self
    }

    /// The states from a past day until now, each with its first day: one, unless birthdays lie between.
    pub(super) fn path(&self, from: NaiveDate) -> Vec<(NaiveDate, Self)> {
        let from = from.max(self.since);
        let Some(birth) = self.birth_on else { return vec![(from, *self)] };
        let mut path = vec![(from, Self { band: band_on(birth, from).min(self.band), ..*self })];
        while let Some((_, last)) = path.last()
            && last.band < self.band
            && let Some(turn) = turns_after(birth, last.band)
        {
            path.push((turn, Self { band: last.band + 1, ..*self }));
        }
        path
    }
}

/// The band of a birth date on a day.
#[must_use]
pub fn band_on(birth: NaiveDate, day: NaiveDate) -> i16 {
    let age = age_on(birth, day);
    BANDS_FROM.iter().filter(|from| age >= **from).map(|_| 1).sum::<i16>() + 1
}

/// The birthday on which the band after `band` begins; none after the last.
#[must_use]
pub fn turns_after(birth: NaiveDate, band: i16) -> Option<NaiveDate> {
    let age = BANDS_FROM.get(usize::try_from(band).ok()?.checked_sub(1)?)?;
    let year = birth.year() + age;
    // Who was born on a 29 February completes the year with 28 February, so the new age begins on 1 March.
    birth.with_year(year).or_else(|| NaiveDate::from_ymd_opt(year, 3, 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_band_begins_on_the_birthday() {
        let birth = day("1946-11-22");
        assert_eq!((band_on(birth, day("2026-11-21")), band_on(birth, day("2026-11-22"))), (3, 4));
        assert_eq!(turns_after(birth, 3), Some(day("2026-11-22")));
        assert_eq!(turns_after(birth, 6), None);
        assert_eq!(turns_after(birth, 0), None);
    }

    #[test]
    fn who_was_born_on_a_29_february_turns_on_1_march_of_common_years() {
        let birth = day("1956-02-29");
        assert_eq!(turns_after(birth, 2), Some(day("2026-03-01")));
        assert_eq!(turns_after(birth, 3), Some(day("2036-02-29")));
    }

    #[test]
    fn a_path_from_a_past_day_passes_the_birthdays_between() {
        let state = Counted {
            place: "411002001001".parse().unwrap(),
            sex: 2,
            birth_on: Some(day("1946-11-20")),
            living: 1,
            tags: 0,
            status: 1,
            band: 0,
            since: day("2026-11-01"),
            turns_on: None,
        };
        let state = state.aged_to(day("2026-11-21"));
        let bands = |from| state.path(day(from)).iter().map(|(day, s)| (day.to_string(), s.band)).collect::<Vec<_>>();
        assert_eq!(bands("2026-11-18"), [("2026-11-18".to_owned(), 3), ("2026-11-20".to_owned(), 4)]);
        assert_eq!(bands("2026-11-20"), [("2026-11-20".to_owned(), 4)]);
        assert_eq!(bands("2020-01-01")[0], ("2026-11-01".to_owned(), 3));
    }

    proptest! {
        #[test]
        fn the_day_of_the_turn_is_the_first_of_the_new_band(days in 0..40_000_i64, band in 1..6_i16) {
            let birth = day("1900-01-01") + chrono::TimeDelta::days(days);
            let turn = turns_after(birth, band).unwrap();
            prop_assert_eq!((band_on(birth, turn.pred_opt().unwrap()), band_on(birth, turn)), (band, band + 1));
        }
    }
}
