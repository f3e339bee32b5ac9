//! Resident identity numbers (GB 11643-1999) and what they tell: birth date, sex, age.

use std::fmt;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

/// A checked 18-character resident identity number. `Debug` and lists show it masked; [`ResidentId::reveal`] is the one
/// way to its text.
#[derive(Clone, PartialEq, Eq)]
pub struct ResidentId {
    text: String,
    birth: NaiveDate,
}

/// Sex by GB/T 2261.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sex {
    /// 0 未知的性别.
    Unknown,
    /// 1 男性.
    Male,
    /// 2 女性.
    Female,
    /// 9 未说明的性别.
    Unstated,
}

impl Sex {
    /// The code of GB/T 2261.1.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Unknown => 0,
            Self::Male => 1,
            Self::Female => 2,
            Self::Unstated => 9,
        }
    }

    /// The sex of a code; any other number is 9.
    #[must_use]
    pub const fn of(code: i16) -> Self {
        match code {
            0 => Self::Unknown,
            1 => Self::Male,
            2 => Self::Female,
            _ => Self::Unstated,
        }
    }

    /// The Chinese word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "未知",
            Self::Male => "男",
            Self::Female => "女",
            Self::Unstated => "未说明",
        }
    }
}

/// Why a text is not a resident identity number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResidentIdFault {
    /// Neither 18 nor 15 characters.
    Length,
    /// A character that cannot stand where it stands.
    Character,
    /// The birth date does not exist.
    NoSuchDate,
    /// The birth date lies in the future or before 1800.
    OutOfTime,
    /// The last character should be `expected`.
    Check {
        /// The character that the first 17 digits ask for.
        expected: char,
    },
}

impl fmt::Display for ResidentIdFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length => f.write_str("an identity number has 18 characters, or 15 of the old form"),
            Self::Character => f.write_str("an identity number has digits only, and X only at the end"),
            Self::NoSuchDate => f.write_str("its birth date does not exist"),
            Self::OutOfTime => f.write_str("its birth date lies in the future or too far back"),
            Self::Check { .. } => f.write_str("its check character is wrong"),
        }
    }
}

impl std::error::Error for ResidentIdFault {}

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];

/// The check character of 17 digits (ISO 7064 MOD 11-2, GB 11643-1999 clause 4).
fn check(first17: &[u8]) -> char {
    let sum: u32 = first17.iter().zip(WEIGHTS).map(|(d, w)| u32::from(d - b'0') * w).sum();
    CHECKS[(sum % 11) as usize]
}

impl ResidentId {
    /// Reads a number of 18 characters, or of 15 (which gets its century and check character); blanks around it and
    /// full-width or lower-case forms are normalised.
    ///
    /// # Errors
    /// [`ResidentIdFault`], the first that applies.
    pub fn parse(text: &str, today: NaiveDate) -> Result<Self, ResidentIdFault> {
        let text = normalise(text)?;
        let bytes = text.as_bytes();
        if bytes[0] == b'0' || !bytes[..17].iter().all(u8::is_ascii_digit) {
            return Err(ResidentIdFault::Character);
        }
        let birth = date(&text[6..14]).ok_or(ResidentIdFault::NoSuchDate)?;
        if birth > today || birth.year() < 1800 {
            return Err(ResidentIdFault::OutOfTime);
        }
        let expected = check(&bytes[..17]);
        if !text.ends_with(expected) {
            return Err(ResidentIdFault::Check { expected });
        }
        Ok(Self { text, birth })
    }

    /// Makes the number of a synthetic person: county, birth date and sequence (odd: male).
    ///
    /// # Panics
    /// Never for six-digit counties and sequences below 1000; both are reduced to that.
    #[must_use]
    pub fn synthetic(county: i32, birth: NaiveDate, sequence: u16) -> Self {
        let first = format!("{:06}{}{:03}", county % 1_000_000, birth.format("%Y%m%d"), sequence % 1_000);
        let last = check(first.as_bytes());
        Self { text: format!("{first}{last}"), birth }
    }

    /// The full number: for sealing, look-up and an audited unmasking only.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// Birth date.
    #[must_use]
    pub const fn birth(&self) -> NaiveDate {
        self.birth
    }

    /// Sex, from the last digit of the sequence.
    #[must_use]
    pub fn sex(&self) -> Sex {
        if self.text.as_bytes()[16] % 2 == 1 { Sex::Male } else { Sex::Female }
    }

    /// The first six digits: the county of the first registration, possibly of a code long gone. A wrong one is worth
    /// a warning only.
    #[must_use]
    pub fn county(&self) -> &str {
        &self.text[..6]
    }

    /// `4110**********1234`.
    #[must_use]
    pub fn masked(&self) -> String {
        format!("{}**********{}", &self.text[..4], &self.text[14..])
    }
}

fn normalise(text: &str) -> Result<String, ResidentIdFault> {
    let mut out = String::with_capacity(18);
    for c in text.trim().chars() {
        out.push(match c {
            '０'..='９' => char::from(b'0' + (c as u32 - '０' as u32) as u8),
            'x' | 'Ｘ' | 'ｘ' => 'X',
            '0'..='9' | 'X' => c,
            ' ' | '\u{a0}' | '\u{3000}' => continue,
            _ => return Err(ResidentIdFault::Character),
        });
    }
    match out.len() {
        18 => Ok(out),
        15 if out.bytes().all(|b| b.is_ascii_digit()) => {
            let first = format!("{}19{}", &out[..6], &out[6..]);
            let last = check(first.as_bytes());
            Ok(format!("{first}{last}"))
        }
        15 => Err(ResidentIdFault::Character),
        _ => Err(ResidentIdFault::Length),
    }
}

fn date(text: &str) -> Option<NaiveDate> {
    let number = |range: std::ops::Range<usize>| text[range].parse::<u32>().ok();
    NaiveDate::from_ymd_opt(number(0..4)? as i32, number(4..6)?, number(6..8)?)
}

impl fmt::Debug for ResidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResidentId({})", self.masked())
    }
}

/// Full years of age on a day. Who was born on 29 February has the birthday on 1 March in common years.
#[must_use]
pub fn age_on(birth: NaiveDate, day: NaiveDate) -> i32 {
    let had_birthday = (day.month(), day.day()) >= (birth.month(), birth.day());
    day.year() - birth.year() - i32::from(!had_birthday)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    fn parse(text: &str) -> Result<ResidentId, ResidentIdFault> {
        ResidentId::parse(text, day(2026, 11, 21))
    }

    #[test]
    fn the_published_vectors_are_read() {
        for (text, sex, birth) in [
            ("411002194305120010", Sex::Male, day(1943, 5, 12)),
            ("411002194305120029", Sex::Female, day(1943, 5, 12)),
            ("410204193811031043", Sex::Female, day(1938, 11, 3)),
            ("411702195012313081", Sex::Female, day(1950, 12, 31)),
            ("41100219400101004X", Sex::Female, day(1940, 1, 1)),
            ("41100219400101004x", Sex::Female, day(1940, 1, 1)),
        ] {
            let id = parse(text).unwrap();
            assert_eq!((id.sex(), id.birth()), (sex, birth), "{text}");
            assert_eq!(id.reveal(), text.to_uppercase());
        }
    }

    #[test]
    fn an_impossible_birth_date_is_refused_although_the_check_is_right() {
        assert_eq!(parse("210903194702290117"), Err(ResidentIdFault::NoSuchDate));
    }

    #[test]
    fn each_fault_is_told_apart() {
        assert_eq!(parse("411002194305120011"), Err(ResidentIdFault::Check { expected: '0' }));
        assert_eq!(parse("4110021943051200"), Err(ResidentIdFault::Length));
        assert_eq!(parse("4110021943O5120010"), Err(ResidentIdFault::Character));
        assert_eq!(parse("X11002194305120010"), Err(ResidentIdFault::Character));
        assert_eq!(parse("011002194305120010"), Err(ResidentIdFault::Character));
        let tomorrow = ResidentId::synthetic(411_002, day(2026, 11, 22), 1);
        assert_eq!(parse(tomorrow.reveal()), Err(ResidentIdFault::OutOfTime));
    }

    #[test]
    fn a_number_of_fifteen_digits_grows_to_eighteen() {
        assert_eq!(parse("411002400101123").unwrap().reveal(), "411002194001011237");
    }

    #[test]
    fn full_width_digits_and_blanks_are_normalised() {
        assert_eq!(parse(" ４１１００２ 19430512 0010").unwrap(), parse("411002194305120010").unwrap());
    }

    #[test]
    fn it_never_prints_itself_whole() {
        let id = parse("411002194305120010").unwrap();
        assert_eq!(id.masked(), "4110**********0010");
        assert_eq!(format!("{id:?}"), "ResidentId(4110**********0010)");
    }

    #[test]
    fn a_leap_day_birthday_falls_on_the_first_of_march() {
        let birth = day(1944, 2, 29);
        assert_eq!(age_on(birth, day(2026, 2, 28)), 81);
        assert_eq!(age_on(birth, day(2026, 3, 1)), 82);
        assert_eq!(age_on(birth, day(2024, 2, 29)), 80);
    }

    proptest! {
        #[test]
        fn a_made_number_reads_back_and_one_changed_digit_is_noticed(
            days in 0_u64..40_000, sequence in 0_u16..1000, at in 0_usize..17, by in 1_u8..10,
        ) {
            let birth = day(1910, 1, 1) + chrono::Days::new(days);
            let id = ResidentId::synthetic(411_002, birth, sequence);
            prop_assert_eq!(parse(id.reveal()).map(|read| read.birth()), Ok(birth));
            let mut bytes = id.reveal().as_bytes().to_vec();
            bytes[at] = b'0' + (bytes[at] - b'0' + by) % 10;
            prop_assert!(parse(std::str::from_utf8(&bytes).unwrap()).is_err());
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,24}") {
            let _ = parse(&text);
        }
    }
}
