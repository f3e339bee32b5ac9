//! The SM3 sum (GB/T 32905) by which people's devices name a file's content.

use std::{fmt, str::FromStr};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sm3::Digest;

/// An SM3 sum; as text 64 hexadecimal digits in lower case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sm3(pub [u8; 32]);

/// A text or bytes that are no SM3 sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an SM3 sum has 64 hexadecimal digits in lower case")]
pub struct NoSum;

impl Sm3 {
    /// The sum of some content.
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        Self(sm3::Sm3::digest(content).into())
    }
}

impl fmt::Display for Sm3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Sm3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sm3({self})")
    }
}

impl FromStr for Sm3 {
    type Err = NoSum;

    fn from_str(text: &str) -> Result<Self, NoSum> {
        HEXLOWER.decode(text.as_bytes()).map_err(|_| NoSum)?.try_into()
    }
}

impl TryFrom<Vec<u8>> for Sm3 {
    type Error = NoSum;

    fn try_from(bytes: Vec<u8>) -> Result<Self, NoSum> {
        bytes.try_into().map(Self).map_err(|_| NoSum)
    }
}

impl Serialize for Sm3 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Sm3 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abc_has_the_sum_of_gb_t_32905_appendix_a_1() {
        let sum = Sm3::of(b"abc");
        assert_eq!(sum.to_string(), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
        assert_eq!(sum.to_string().parse(), Ok(sum));
        assert_eq!(serde_json::to_string(&sum).unwrap().parse::<Sm3>(), Err(NoSum));
        assert_eq!(serde_json::from_str::<Sm3>(&serde_json::to_string(&sum).unwrap()).unwrap(), sum);
    }

    #[test]
    fn shorter_or_other_text_is_no_sum() {
        for text in ["", "66c7", "zz", &"F".repeat(64), &"0".repeat(66)] {
            assert_eq!(text.parse::<Sm3>(), Err(NoSum), "{text}");
        }
    }
}
