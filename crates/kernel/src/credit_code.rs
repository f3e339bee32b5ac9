//! Unified social credit codes of organisations (GB 32100-2015), with the organisation code inside (GB 11714-1997).

use std::fmt;

/// A unified social credit code of 18 characters.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CreditCode(String);

/// Why a text is not a unified social credit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreditCodeFault {
    /// Not 18 characters.
    Length,
    /// A character outside the alphabet (I, O, S, V and Z are not used).
    Character,
    /// The organisation code inside fails its own check (character 17).
    Organisation,
    /// The last character should be `expected`. A few codes were issued so: see [`CreditCode::issued_anyway`].
    Check {
        /// The character that the first 17 ask for.
        expected: char,
    },
}

impl fmt::Display for CreditCodeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "a credit code has 18 characters",
            Self::Character => "a credit code has digits and capital letters without I, O, S, V, Z",
            Self::Organisation => "the organisation code inside fails its check",
            Self::Check { .. } => "its check character is wrong",
        })
    }
}

impl std::error::Error for CreditCodeFault {}

const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
const ORGANISATION_WEIGHTS: [usize; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

fn organisation_check(code: &[u8]) -> u8 {
    let value = |c: u8| usize::from(if c.is_ascii_digit() { c - b'0' } else { c - b'A' + 10 });
    let sum: usize = code.iter().zip(ORGANISATION_WEIGHTS).map(|(c, w)| value(*c) * w).sum();
    match 11 - sum % 11 {
        10 => b'X',
        11 => b'0',
        digit => b'0' + digit as u8,
    }
}

impl CreditCode {
    /// Reads a code; blanks and lower case are normalised.
    ///
    /// # Errors
    /// [`CreditCodeFault`], the first that applies.
    pub fn parse(text: &str) -> Result<Self, CreditCodeFault> {
        let code = Self::shaped(text)?;
        let bytes = code.0.as_bytes();
        if organisation_check(&bytes[8..16]) != bytes[16] {
            return Err(CreditCodeFault::Organisation);
        }
        let expected = code.expected_check();
        if char::from(bytes[17]) == expected { Ok(code) } else { Err(CreditCodeFault::Check { expected }) }
    }

    /// Takes a code that fails a check but was issued so all the same; an officer answers for it with a reason.
    ///
    /// # Errors
    /// [`CreditCodeFault::Length`] or [`CreditCodeFault::Character`] only.
    pub fn issued_anyway(text: &str) -> Result<Self, CreditCodeFault> {
        Self::shaped(text)
    }

    fn shaped(text: &str) -> Result<Self, CreditCodeFault> {
        let text: String = text.trim().to_ascii_uppercase();
        if text.chars().count() != 18 {
            return Err(CreditCodeFault::Length);
        }
        if !text.bytes().all(|b| ALPHABET.contains(&b)) {
            return Err(CreditCodeFault::Character);
        }
        Ok(Self(text))
    }

    fn expected_check(&self) -> char {
        let value = |c: &u8| ALPHABET.iter().position(|a| a == c).unwrap_or(0);
        let sum: usize = self.0.as_bytes().iter().zip(WEIGHTS).map(|(c, w)| value(c) * w).sum();
        char::from(ALPHABET[(31 - sum % 31) % 31])
    }

    /// The 18 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CreditCode({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_published_vectors_are_read() {
        for text in [
            "52411002MJ0000A11D",
            "12411000005500119J",
            "91411002MA9RUAT03D",
            "914110021234567883",
            "91350100M000100Y43",
        ] {
            assert_eq!(CreditCode::parse(text).map(|c| c.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn a_code_that_was_issued_wrong_can_be_taken_by_an_officer() {
        let text = "91350203M0001QAY9B";
        assert!(CreditCode::parse(text).is_err());
        assert_eq!(CreditCode::issued_anyway(text).map(|c| c.to_string()), Ok(text.to_owned()));
    }

    #[test]
    fn each_fault_is_told_apart() {
        assert_eq!(CreditCode::parse("914110021234567884"), Err(CreditCodeFault::Check { expected: '3' }));
        assert_eq!(CreditCode::parse("914110021234567983"), Err(CreditCodeFault::Organisation));
        assert_eq!(CreditCode::parse("91411002123456788"), Err(CreditCodeFault::Length));
        assert_eq!(CreditCode::parse("9141100212345678I3"), Err(CreditCodeFault::Character));
    }

    proptest! {
        #[test]
        fn one_changed_character_is_noticed(at in 0_usize..18, to in 0_usize..31) {
            let mut bytes = b"52411002MJ0000A11D".to_vec();
            let changed = bytes[at] != ALPHABET[to];
            bytes[at] = ALPHABET[to];
            prop_assert_eq!(CreditCode::parse(std::str::from_utf8(&bytes).unwrap()).is_err(), changed);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,24}") {
            let _ = CreditCode::parse(&text);
        }
    }
}
