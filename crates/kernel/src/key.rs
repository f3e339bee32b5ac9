//! Keys of business rows: the home county, which routes to the data, and a version 7 id.

use std::{cmp::Ordering, fmt, hash, marker::PhantomData, str::FromStr};

use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

use crate::Home;

/// The key of a row of kind `T`. Its public text is `411002-<id in base32, lower case>`.
pub struct Key<T: ?Sized> {
    /// Where the row was made; never changes.
    pub home: Home,
    /// The id, unique also across homes.
    pub id: Uuid,
    kind: PhantomData<fn() -> T>,
}

/// A text that is not a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyFault;

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key is a county code, a hyphen and 26 letters and digits")
    }
}

impl std::error::Error for KeyFault {}

impl<T: ?Sized> Key<T> {
    /// The key of `id` made in `home`.
    #[must_use]
    pub const fn new(home: Home, id: Uuid) -> Self {
        Self { home, id, kind: PhantomData }
    }
}

impl<T: ?Sized> fmt::Display for Key<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.home, BASE32_NOPAD.encode(self.id.as_bytes()).to_ascii_lowercase())
    }
}

impl<T: ?Sized> FromStr for Key<T> {
    type Err = KeyFault;

    fn from_str(text: &str) -> Result<Self, KeyFault> {
        let (home, id) = text.split_once('-').ok_or(KeyFault)?;
        let home = Home::new(home.parse().map_err(|_| KeyFault)?).map_err(|_| KeyFault)?;
        let id = BASE32_NOPAD.decode(id.to_ascii_uppercase().as_bytes()).map_err(|_| KeyFault)?;
        Ok(Self::new(home, Uuid::from_slice(&id).map_err(|_| KeyFault)?))
    }
}

impl<T: ?Sized> Clone for Key<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for Key<T> {}

impl<T: ?Sized> PartialEq for Key<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.home, self.id) == (other.home, other.id)
    }
}

impl<T: ?Sized> Eq for Key<T> {}

impl<T: ?Sized> PartialOrd for Key<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: ?Sized> Ord for Key<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.home, self.id).cmp(&(other.home, other.id))
    }
}

impl<T: ?Sized> hash::Hash for Key<T> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        (self.home, self.id).hash(state);
    }
}

impl<T: ?Sized> fmt::Debug for Key<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

impl<T: ?Sized> Serialize for Key<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, T: ?Sized> Deserialize<'de> for Key<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Order;

    proptest! {
        #[test]
        fn a_key_reads_back(id in any::<u128>()) {
            let key = Key::<Order>::new(Home::new(411_002).unwrap(), Uuid::from_u128(id));
            prop_assert_eq!(key.to_string().parse(), Ok(key));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,40}") {
            let _ = text.parse::<Key<Order>>();
        }
    }

    #[test]
    fn a_key_of_no_possible_county_or_a_cut_one_is_refused() {
        for text in [
            "",
            "411002",
            "411002-",
            "411002-aaaa",
            "000002-aaaaaaaaaaaaaaaaaaaaaaaaaa",
            "x-aaaaaaaaaaaaaaaaaaaaaaaaaa",
        ] {
            assert_eq!(text.parse::<Key<Order>>(), Err(KeyFault), "{text}");
        }
    }
}
