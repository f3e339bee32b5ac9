//! The filters of our templates. A template module says `use web::filters;` and then writes
//! `{{ "老人档案"|t }}`, `{{ "共 {n} 人"|with("n", total)|t }}`, `{{ "users"|icon }}`, `{{ order.price|money }}`.

#![expect(missing_docs, reason = "askama::filter_fn makes a struct for each filter and documents none")]

use std::fmt::Display;

use askama::{Result, Values, filters::HtmlSafeOutput};
use chrono::{Datelike, NaiveDate};
use kernel::{Fen, Instant, Text, local};

use crate::{
    assets,
    i18n::{IntoText, Locale, Translate},
};

/// The language of the page that is being rendered.
#[must_use]
pub fn locale_of(values: &dyn Values) -> Locale {
    askama::get_value::<Locale>(values, "locale").copied().unwrap_or_default()
}

/// A value that a template hands to a filter, directly or by any number of references.
pub trait Given<T> {
    /// The value.
    fn given(&self) -> T;
}

macro_rules! given {
    ($($type:ty),*) => { $(
        impl Given<$type> for $type {
            fn given(&self) -> $type {
                *self
            }
        }
    )* };
}

given!(Fen, Instant, NaiveDate, f64);

impl<T, G: Given<T> + ?Sized> Given<T> for &G {
    fn given(&self) -> T {
        (**self).given()
    }
}

/// A sentence in the page's language.
///
/// # Errors
/// None.
#[askama::filter_fn]
pub fn t<T: Translate>(input: T, values: &dyn Values) -> Result<String> {
    Ok(input.in_locale(locale_of(values)))
}

/// Fills a gap of a sentence: `{{ "共 {n} 人"|with("n", total)|t }}`.
///
/// # Errors
/// None.
#[askama::filter_fn]
pub fn with<T: IntoText, V: Display>(input: T, _: &dyn Values, name: &'static str, value: V) -> Result<Text> {
    Ok(input.into_text().with(name, value))
}

/// The address of an embedded file: `{{ "app.css"|asset }}`.
///
/// # Errors
/// None.
#[askama::filter_fn]
pub fn asset<T: AsRef<str>>(input: T, _: &dyn Values) -> Result<String> {
    Ok(assets::asset(input.as_ref()))
}

/// An icon of the sprite, hidden from screen readers: always write a word beside it, or an `aria-label` around it.
///
/// # Errors
/// None.
#[askama::filter_fn]
pub fn icon<T: AsRef<str>>(input: T, _: &dyn Values) -> Result<HtmlSafeOutput<String>> {
    Ok(HtmlSafeOutput(crate::html::icon(input.as_ref())))
}

/// A bar that is `input` per cent full, hidden from screen readers: the figure stands beside it.
///
/// # Errors
/// None.
#[askama::filter_fn]
pub fn bar<T: Given<f64>>(input: T, _: &dyn Values) -> Result<HtmlSafeOutput<String>> {
    Ok(HtmlSafeOutput(crate::html::bar(input.given())))
}

/// A whole number with thousands separated: 690,412.
///
/// # Errors
/// None.
#[askama::filter_fn]
pub fn num<T: Display>(input: T, _: &dyn Values) -> Result<String> {
    Ok(thousands(&input.to_string()))
}

/// Yuan with two decimals, from fen: 4,386.20.
///
/// # Errors
/// None.
#[askama::filter_fn]
pub fn money<T: Given<Fen>>(input: T, _: &dyn Values) -> Result<String> {
    Ok(yuan(input.given().0))
}

/// A day: 2026-11-21.
///
/// # Errors
/// None.
#[askama::filter_fn]
pub fn date<T: Given<NaiveDate>>(input: T, _: &dyn Values) -> Result<String> {
    Ok(input.given().format("%Y-%m-%d").to_string())
}

/// A day as people say it: 11月21日 周六, or Sat 11-21.
///
/// # Errors
/// None.
#[askama::filter_fn]
pub fn day<T: Given<NaiveDate>>(input: T, values: &dyn Values) -> Result<String> {
    let day = input.given();
    Ok(match locale_of(values) {
        Locale::Zh => format!("{}月{}日 周{}", day.month(), day.day(), weekday_zh(day)),
        Locale::En => format!("{} {}", day.weekday(), day.format("%m-%d")),
    })
}

/// A moment in Shanghai: 2026-11-21 20:41.
///
/// # Errors
/// None.
#[askama::filter_fn]
pub fn stamp<T: Given<Instant>>(input: T, _: &dyn Values) -> Result<String> {
    Ok(local(input.given()).format("%Y-%m-%d %H:%M").to_string())
}

/// The time of day in Shanghai: 20:41.
///
/// # Errors
/// None.
#[askama::filter_fn]
pub fn hm<T: Given<Instant>>(input: T, _: &dyn Values) -> Result<String> {
    Ok(local(input.given()).format("%H:%M").to_string())
}

/// The time of day in Shanghai with seconds: 20:41:08.
///
/// # Errors
/// None.
#[askama::filter_fn]
pub fn hms<T: Given<Instant>>(input: T, _: &dyn Values) -> Result<String> {
    Ok(local(input.given()).format("%H:%M:%S").to_string())
}

fn weekday_zh(day: NaiveDate) -> char {
    ['一', '二', '三', '四', '五', '六', '日'][day.weekday().num_days_from_monday() as usize]
}

/// Groups the digits before the decimal point by threes.
#[must_use]
pub fn thousands(number: &str) -> String {
    let (sign, rest) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, decimals) = rest.find('.').map_or((rest, ""), |dot| rest.split_at(dot));
    let mut grouped = String::with_capacity(number.len() + whole.len() / 3);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}{decimals}")
}

/// Yuan with two decimals from fen: 438620 → 4,386.20.
#[must_use]
pub fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let fen = fen.unsigned_abs();
    thousands(&format!("{sign}{}.{:02}", fen / 100, fen % 100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_by_threes_and_money_has_two_decimals() {
        assert_eq!(thousands("690412"), "690,412");
        assert_eq!(thousands("-1000"), "-1,000");
        assert_eq!(thousands("97.9"), "97.9");
        assert_eq!(yuan(438_620), "4,386.20");
        assert_eq!(yuan(-5), "-0.05");
        assert_eq!(yuan(100_000_000), "1,000,000.00");
    }
}
