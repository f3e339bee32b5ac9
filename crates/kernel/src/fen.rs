//! Money in fen, the hundredth of a yuan. Integers only; a rate is applied with rounding half up on the line.

use std::{fmt, iter::Sum, str::FromStr};

use serde::{Deserialize, Serialize};

/// An amount of money in fen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fen(pub i64);

/// Why a text is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FenFault;

impl fmt::Display for FenFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an amount is yuan with at most two decimals")
    }
}

impl std::error::Error for FenFault {}

impl Fen {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Whole yuan.
    #[must_use]
    pub const fn yuan(yuan: i64) -> Self {
        Self(yuan * 100)
    }

    /// Sum, or None beyond 92 quadrillion yuan.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// This many of it, or None on overflow.
    #[must_use]
    pub fn times(self, count: i64) -> Option<Self> {
        self.0.checked_mul(count).map(Self)
    }

    /// The share of `basis_points` ten-thousandths, rounded half away from zero (half up for amounts).
    #[must_use]
    pub fn share(self, basis_points: i64) -> Self {
        let exact = i128::from(self.0) * i128::from(basis_points);
        let half = if exact < 0 { -5_000 } else { 5_000 };
        Self(((exact + half) / 10_000) as i64)
    }
}

impl Sum for Fen {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        Self(iter.map(|f| f.0).sum())
    }
}

/// Yuan with two decimals and thousands separators: `1,234.50`.
impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = (self.0.unsigned_abs() / 100).to_string();
        let mut grouped = String::new();
        for (i, c) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(c);
        }
        let sign = if self.0 < 0 { "-" } else { "" };
        f.pad(&format!("{sign}{grouped}.{:02}", self.0.unsigned_abs() % 100))
    }
}

impl FromStr for Fen {
    type Err = FenFault;

    fn from_str(text: &str) -> Result<Self, FenFault> {
        let text = text.trim().replace(',', "");
        let (sign, digits) = text.strip_prefix('-').map_or((1, text.as_str()), |rest| (-1, rest));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || part.len() > 2 || !all_digits(whole) || !all_digits(part) {
            return Err(FenFault);
        }
        let yuan: i64 = whole.parse().map_err(|_| FenFault)?;
        let cents: i64 = format!("{part:0<2}").parse().map_err(|_| FenFault)?;
        yuan.checked_mul(100).and_then(|f| f.checked_add(cents)).map(|f| Self(sign * f)).ok_or(FenFault)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_amount_prints_with_two_decimals_and_groups() {
        let printed: Vec<_> = [0, 5, 123_450, -100, 100_000_000].map(|f| Fen(f).to_string()).into_iter().collect();
        assert_eq!(printed, ["0.00", "0.05", "1,234.50", "-1.00", "1,000,000.00"]);
    }

    #[test]
    fn an_amount_with_three_decimals_or_words_is_refused() {
        for text in ["", "1.234", "一百", "1e3", "--1", ".5", "99999999999999999999"] {
            assert_eq!(text.parse::<Fen>(), Err(FenFault), "{text}");
        }
        assert_eq!("1,234.5".parse(), Ok(Fen(123_450)));
    }

    #[test]
    fn a_share_is_rounded_half_up() {
        assert_eq!(Fen(101).share(5_000), Fen(51));
        assert_eq!(Fen(12_000).share(8_000), Fen(9_600));
        assert_eq!(Fen(-101).share(5_000), Fen(-51));
    }

    proptest! {
        #[test]
        fn an_amount_reads_back(fen in -1_000_000_000_000_i64..1_000_000_000_000) {
            prop_assert_eq!(Fen(fen).to_string().parse(), Ok(Fen(fen)));
        }

        #[test]
        fn a_share_and_its_rest_are_the_whole(fen in 0_i64..1_000_000_000, bp in 0_i64..=10_000) {
            let part = Fen(fen).share(bp);
            prop_assert!(part >= Fen::ZERO && part <= Fen(fen));
        }
    }
}
