//! Blind indexes: finding a sealed value by what somebody types. `trunc128(HMAC-SM3(k_field, normalised))`, with one key
//! per field derived from the province's blind-index key, so that nodes of a province can match persons and equal values
//! of different fields do not look alike.
//!
//! A phone number has two: all its digits, and the last four, by which people identify themselves on the telephone.
//! Four digits say little about a person; a longer tail is looked up by its last four and then compared after opening.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use kernel::ResidentId;
use sea_orm::{
    ColIdx, DbErr, QueryResult, TryGetError, TryGetable, Value,
    sea_query::{ArrayType, ColumnType, Nullable, ValueType, ValueTypeErr},
};
use sm3::Sm3;
use zeroize::Zeroizing;

use crate::seal::Secret;

type HmacSm3 = Hmac<Sm3>;

/// Digits of a phone number's tail.
const TAIL: usize = 4;

/// A value's blind index in one field; a `bytea` column of 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlindIndex(pub [u8; 16]);

/// Makes blind indexes. Cheap to clone is not needed: hold one per process.
pub struct Blinder {
    identity: Field,
    document: Field,
    phone: Field,
    phone_tail: Field,
    index_key: Secret,
}

/// The two blind indexes of a phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhoneIndex {
    /// Of all digits.
    pub full: BlindIndex,
    /// Of the last four.
    pub tail: BlindIndex,
}

/// How to look a typed phone number up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhoneSearch {
    /// A whole number: compare with [`PhoneIndex::full`].
    Full(BlindIndex),
    /// Four to nine last digits: compare with [`PhoneIndex::tail`], then keep those whose opened number
    /// [ends so](ends_with).
    Tail {
        /// Of the last four digits.
        index: BlindIndex,
        /// All digits typed.
        digits: String,
    },
}

impl Blinder {
    /// Derives the field keys.
    #[must_use]
    pub fn new(index_key: &Secret) -> Self {
        let field = |name| Field::derive(index_key, name);
        Self {
            identity: field("identity"),
            document: field("document"),
            phone: field("phone"),
            phone_tail: field("phone.tail"),
            index_key: index_key.clone(),
        }
    }

    /// Of a resident identity number; the old form of 15 digits gives the same as its 18.
    #[must_use]
    pub fn identity(&self, id: &ResidentId) -> BlindIndex {
        self.identity.index(id.reveal().as_bytes())
    }

    /// Of another document, by its kind's code: blanks and case do not count.
    #[must_use]
    pub fn document(&self, kind: &str, number: &str) -> BlindIndex {
        let number: String = number.chars().filter(|c| !c.is_whitespace()).map(narrow).collect();
        self.document.index(format!("{kind}\0{}", number.to_ascii_uppercase()).as_bytes())
    }

    /// Of a phone number as people write it; none with fewer than five digits.
    #[must_use]
    pub fn phone(&self, number: &str) -> Option<PhoneIndex> {
        let digits = phone_digits(number);
        let tail = digits.get(digits.len().checked_sub(TAIL)?..)?;
        (digits.len() > TAIL).then(|| PhoneIndex {
            full: self.phone.index(digits.as_bytes()),
            tail: self.phone_tail.index(tail.as_bytes()),
        })
    }

    /// What to look for when somebody types digits of a phone number; none with fewer than four.
    #[must_use]
    pub fn phone_search(&self, typed: &str) -> Option<PhoneSearch> {
        let digits = phone_digits(typed);
        let tail = digits.get(digits.len().checked_sub(TAIL)?..)?;
        // Mobile numbers have 11 digits, fixed ones with their area code 10 to 12.
        if digits.len() >= 10 {
            return Some(PhoneSearch::Full(self.phone.index(digits.as_bytes())));
        }
        Some(PhoneSearch::Tail { index: self.phone_tail.index(tail.as_bytes()), digits })
    }

    /// Of any other field, named `table.column`; the caller normalises.
    #[must_use]
    pub fn other(&self, field: &str, normalised: &str) -> BlindIndex {
        Field::derive(&self.index_key, field).index(normalised.as_bytes())
    }
}

impl fmt::Debug for Blinder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Blinder")
    }
}

/// The digits of a phone number: full-width digits narrowed, the country code +86 or 0086 dropped, an extension after
/// `转` or `#` dropped, everything else left out.
#[must_use]
pub fn phone_digits(number: &str) -> String {
    let number: String = number.chars().map(narrow).take_while(|c| !matches!(c, '转' | '#')).collect();
    let abroad = number.trim_start().starts_with('+');
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let country = if abroad { "86" } else { "0086" };
    // 86 13800138000 without a plus: no number in China has 13 digits.
    let bare = (digits.len() == 13).then(|| digits.strip_prefix("861")).flatten();
    match (digits.strip_prefix(country), bare) {
        (Some(rest), _) => rest.to_owned(),
        (None, Some(rest)) => format!("1{rest}"),
        (None, None) => digits,
    }
}

/// Whether a phone number ends with the typed digits.
#[must_use]
pub fn ends_with(number: &str, typed: &str) -> bool {
    phone_digits(number).ends_with(&phone_digits(typed))
}

fn narrow(c: char) -> char {
    match c {
        '！'..='～' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        other => other,
    }
}

struct Field(HmacSm3);

impl Field {
    /// `HMAC-SM3(index key, "sangyu blind index 1" ‖ 0 ‖ field)` is the field's key.
    fn derive(index_key: &Secret, name: &str) -> Self {
        let mut derive = keyed(index_key.reveal());
        derive.update(b"sangyu blind index 1\0");
        derive.update(name.as_bytes());
        let key: Zeroizing<[u8; 32]> = Zeroizing::new(derive.finalize().into_bytes().into());
        Self(keyed(&*key))
    }

    fn index(&self, normalised: &[u8]) -> BlindIndex {
        let mut mac = self.0.clone();
        mac.update(normalised);
        let full: [u8; 32] = mac.finalize().into_bytes().into();
        let mut index = [0; 16];
        index.copy_from_slice(&full[..16]);
        BlindIndex(index)
    }
}

fn keyed(key: &[u8]) -> HmacSm3 {
    HmacSm3::new_from_slice(key).unwrap_or_else(|_| unreachable!("HMAC takes keys of every length"))
}

impl fmt::Debug for BlindIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlindIndex({})", data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl From<BlindIndex> for Value {
    fn from(index: BlindIndex) -> Self {
        Self::Bytes(Some(index.0.to_vec()))
    }
}

impl Nullable for BlindIndex {
    fn null() -> Value {
        Value::Bytes(None)
    }
}

impl ValueType for BlindIndex {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        match value {
            Value::Bytes(Some(bytes)) => Ok(Self(bytes.try_into().map_err(|_| ValueTypeErr)?)),
            _ => Err(ValueTypeErr),
        }
    }

    fn type_name() -> String {
        "BlindIndex".into()
    }

    fn array_type() -> ArrayType {
        ArrayType::Bytes
    }

    fn column_type() -> ColumnType {
        ColumnType::VarBinary(sea_orm::sea_query::StringLen::None)
    }
}

impl TryGetable for BlindIndex {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        let bytes = Vec::<u8>::try_get_by(row, index)?;
        let bytes = bytes.try_into().map_err(|_| DbErr::Type("a blind index has 16 bytes".into()))?;
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use kernel::Ids;

    use super::*;

    fn blinder(seed: u64) -> Blinder {
        Blinder::new(&Secret::random(&Ids::seeded(seed)))
    }

    fn identity(text: &str) -> ResidentId {
        ResidentId::parse(text, "2026-11-21".parse().unwrap()).unwrap()
    }

    #[test]
    fn an_identity_number_of_15_digits_is_found_by_its_18() {
        let blinder = blinder(1);
        let (old, new) = (identity("110105491231002"), identity("11010519491231002X"));
        assert_eq!(blinder.identity(&old), blinder.identity(&new));
        assert_ne!(blinder.identity(&new), blinder.identity(&identity("440524188001010014")));
    }

    #[test]
    fn a_phone_is_found_however_it_was_written() {
        let blinder = blinder(1);
        let written = blinder.phone("13800138000").unwrap();
        for other in
            ["138 0013 8000", "+86 138-0013-8000", "008613800138000", "8613800138000", "１３８００１３８０００"]
        {
            assert_eq!(blinder.phone(other), Some(written), "{other}");
            assert_eq!(blinder.phone_search(other), Some(PhoneSearch::Full(written.full)), "{other}");
        }
        assert_eq!(blinder.phone("0374-2123456转8"), blinder.phone("（0374）2123456"));
        assert_ne!(blinder.phone("13800138001").map(|p| p.full), Some(written.full));
    }

    #[test]
    fn a_tail_of_four_or_more_digits_finds_the_phone() {
        let blinder = blinder(1);
        let stored = blinder.phone("13800138765").unwrap();
        for typed in ["8765", "138765", "00138765"] {
            let Some(PhoneSearch::Tail { index, digits }) = blinder.phone_search(typed) else { panic!("{typed}") };
            assert_eq!(index, stored.tail);
            assert!(ends_with("138 0013 8765", &digits), "{typed}");
        }
        assert!(!ends_with("13800138765", "238765"));
        assert_eq!(blinder.phone_search("765"), None);
        assert_eq!(blinder.phone("8765"), None);
    }

    #[test]
    fn fields_and_provinces_do_not_show_equal_values() {
        let (one, other) = (blinder(1), blinder(2));
        let index = one.phone("13800138000").unwrap();
        assert_ne!(index.full, index.tail);
        assert_ne!(one.other("workers.licence", "8000"), index.tail);
        assert_ne!(other.phone("13800138000").unwrap(), index);
        assert_ne!(one.document("414", "E1234567"), one.document("511", "E1234567"));
        assert_eq!(one.document("414", "e 123 4567"), one.document("414", "Ｅ1234567"));
    }

    #[test]
    fn hmac_sm3_gives_the_vector_of_rfc_4231_case_2_for_sm3() {
        let mut mac = keyed(b"Jefe");
        mac.update(b"what do ya want for nothing?");
        assert_eq!(
            data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes()),
            "2e87f1d16862e6d964b50a5200bf2b10b764faa9680a296a2405f24bec39f882"
        );
    }

    #[test]
    fn a_blind_index_passes_through_a_column_unchanged() {
        let index = BlindIndex([7; 16]);
        assert_eq!(<BlindIndex as ValueType>::try_from(Value::from(index)).ok(), Some(index));
        assert!(<BlindIndex as ValueType>::try_from(Value::Bytes(Some(vec![7; 15]))).is_err());
    }
}
