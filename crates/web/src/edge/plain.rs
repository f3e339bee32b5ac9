//! What no text may hold wherever it comes in (address, form, JSON): control characters, which no keyboard types and
//! PostgreSQL does not keep, and days outside 1900–2200, which no calendar here reckons with. Looked at once at the edge,
//! for every route.

use axum::http::Uri;
use chrono::{DateTime, Datelike as _, Utc};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::query::decode;

/// The years that the platform reckons with.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2200;

kernel::refusals! {
    /// How the edge says no to a text.
    pub enum Refusal {
        /// A control character.
        Control => (Invalid, "text.control", "内容里有看不见的控制字符，请删掉后再试"),
        /// A day that no calendar here reckons with.
        FarDay { day: String } => (Invalid, "date.out_of_range", "日期“{day}”不在 1900 年到 2200 年之间，请检查"),
    }
}

/// Passes a text as people type it.
///
/// # Errors
/// [`Refusal`].
pub fn check(text: &str) -> Result<(), Refusal> {
    if text.contains(is_control) {
        return Err(Refusal::Control);
    }
    match far_day(text) {
        Some(day) => Err(Refusal::FarDay { day: day.chars().take(40).collect() }),
        None => Ok(()),
    }
}

/// Passes path and parameters.
///
/// # Errors
/// [`Refusal`].
pub fn check_address(uri: &Uri) -> Result<(), Refusal> {
    for part in uri.path().split('/') {
        // A path has one line.
        let plain = decode(&part.replace('+', "%2B"));
        if plain.contains(char::is_control) {
            return Err(Refusal::Control);
        }
        check(&plain)?;
    }
    uri.query().map_or(Ok(()), check_pairs)
}

/// Passes the pairs of an address or a form.
///
/// # Errors
/// [`Refusal`].
pub fn check_pairs(pairs: &str) -> Result<(), Refusal> {
    pairs.split('&').flat_map(|pair| pair.splitn(2, '=')).try_for_each(|text| check(&decode(text)))
}

/// Passes the texts of a JSON body. What is no JSON is the handler's to refuse.
///
/// # Errors
/// [`Refusal`].
pub fn check_json(body: &[u8]) -> Result<(), Refusal> {
    let mut found = None;
    let mut reader = serde_json::Deserializer::from_slice(body);
    let _ = Texts(&mut found).deserialize(&mut reader);
    found.map_or(Ok(()), Err)
}

/// What cannot be asked again, such as what waits on a phone, loses its control characters instead.
pub fn clean(text: &mut String) {
    text.retain(|char| !is_control(char));
}

/// [`clean`] for all texts of a JSON value.
pub fn clean_json(value: &mut Value) {
    match value {
        Value::String(text) => clean(text),
        Value::Array(items) => items.iter_mut().for_each(clean_json),
        Value::Object(fields) => fields.values_mut().for_each(clean_json),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether a moment lies in the years that the platform reckons with.
#[must_use]
pub fn is_near(at: DateTime<Utc>) -> bool {
    YEARS.contains(&at.year())
}

fn is_control(char: char) -> bool {
    char.is_control() && !matches!(char, '\t' | '\n' | '\r')
}

/// The text itself when it is a day, or a moment, out of range: digits of a year (four or more, or signed), month, day.
fn far_day(text: &str) -> Option<&str> {
    let text = text.trim();
    let unsigned = text.strip_prefix(['+', '-']);
    let mut parts = unsigned.unwrap_or(text).splitn(3, '-');
    let (year, month, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let (day, clock) = rest.split_at(rest.find(|char: char| !char.is_ascii_digit()).unwrap_or(rest.len()));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let is_short = |digits: &str| matches!(digits.len(), 1 | 2) && is_number(digits);
    let is_year = is_number(year) && (year.len() >= 4 || unsigned.is_some() && !year.is_empty());
    let is_day = is_short(day) && (clock.is_empty() || clock.starts_with(['T', 't', ' ']));
    if !(is_year && is_short(month) && is_day) {
        return None;
    }
    let near = !text.starts_with('-') && year.parse().is_ok_and(|year| YEARS.contains(&year));
    (!near).then_some(text)
}

/// Walks through JSON and remembers the first text that may not be.
struct Texts<'a>(&'a mut Option<Refusal>);

impl Texts<'_> {
    fn look(self, text: &str) {
        if self.0.is_none() {
            *self.0 = check(text).err();
        }
    }
}

impl<'de> DeserializeSeed<'de> for Texts<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Texts<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.look(text);
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Texts(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while fields.next_key_seed(Texts(self.0))?.is_some() {
            fields.next_value_seed(Texts(self.0))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_as_people_type_it_passes() {
        for text in ["", "张桂英", "第一行\r\n第二行\t尾", "2026-11-30", "1900-01-01", "2200-12-31T23:59:59Z", "3-2-11"]
        {
            assert_eq!(check(text), Ok(()), "{text}");
        }
        for text in ["0374-12-25-1", "1203-02", "0374-1234567", "-1", "20261121-411002-7", "1234-5-6号"] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn a_control_character_does_not_pass() {
        for text in ["\0", "张\u{7}", "\u{1b}[31m", "a\u{7f}", "\u{85}"] {
            assert_eq!(check(text), Err(Refusal::Control), "{text:?}");
        }
    }

    #[test]
    fn a_day_that_no_calendar_reckons_with_does_not_pass() {
        for day in [
            "-262143-01-01",
            "+262142-12-31",
            " 262142-12-31",
            "0001-01-01",
            "9999-12-31",
            "1899-12-31",
            "2201-01-01",
            "-4714-11-24T00:00:00Z",
            "9999-12-31 23:59",
            "0202-1-3",
            "-1-1-1",
        ] {
            assert_eq!(check(day).map_err(|_| ()), Err(()), "{day}");
        }
    }

    #[test]
    fn addresses_forms_and_json_are_looked_through() {
        let address = |text: &str| check_address(&text.parse().unwrap());
        assert_eq!(address("/elders?q=%E5%BC%A0&page=2"), Ok(()));
        assert_eq!(address("/elders?q=%00"), Err(Refusal::Control));
        assert_eq!(address("/elders?%01=x"), Err(Refusal::Control));
        assert_eq!(address("/elders/%0A"), Err(Refusal::Control));
        assert!(matches!(address("/roster?day=%2B262142-12-31"), Err(Refusal::FarDay { .. })));
        assert!(matches!(address("/roster?day=+262142-12-31"), Err(Refusal::FarDay { .. })));
        assert_eq!(check_pairs("note=a%0D%0Ab"), Ok(()));
        assert_eq!(check_pairs("note=a%00b"), Err(Refusal::Control));
        assert_eq!(check_json(br#"{"a":["\\u0000",1,null,true,1.5]}"#), Ok(()));
        assert_eq!(check_json(br#"{"a":[{"b":"x\u0000"}]}"#), Err(Refusal::Control));
        assert_eq!(check_json(br#"{"\u0001":1}"#), Err(Refusal::Control));
        assert!(matches!(check_json(br#"["\u0039999-01-01"]"#), Err(Refusal::FarDay { .. })));
        assert_eq!(check_json(b"{"), Ok(()));
    }

    #[test]
    fn what_cannot_be_asked_again_is_cleaned() {
        let mut value = serde_json::json!({ "a": ["x\u{0}y", 1], "b": "两\n行" });
        clean_json(&mut value);
        assert_eq!(value, serde_json::json!({ "a": ["xy", 1], "b": "两\n行" }));
    }
}
