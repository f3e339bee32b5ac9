//! Times and letters as the roster says them.

use chrono::{Datelike, NaiveDate};
use kernel::{Instant, Text, local, text};

/// Hours and minutes.
pub(super) fn clock(at: Instant) -> String {
    local(at).format("%H:%M").to_string()
}

/// A day: 11月22日 周日.
pub(super) fn day(day: NaiveDate) -> Text {
    let (month, date) = (day.month(), day.day());
    match day.weekday().num_days_from_monday() {
        0 => text!("{month}月{day}日 周一", month = month, day = date),
        1 => text!("{month}月{day}日 周二", month = month, day = date),
        2 => text!("{month}月{day}日 周三", month = month, day = date),
        3 => text!("{month}月{day}日 周四", month = month, day = date),
        4 => text!("{month}月{day}日 周五", month = month, day = date),
        5 => text!("{month}月{day}日 周六", month = month, day = date),
        _ => text!("{month}月{day}日 周日", month = month, day = date),
    }
}

/// The sign of an unserved order, the same in list and map: letters, then numbers.
pub(super) fn letter(n: usize) -> String {
    match u8::try_from(n) {
        Ok(n) if n < 26 => char::from(b'A' + n).to_string(),
        _ => (n + 1).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unserved_orders_have_letters_and_then_numbers() {
        assert_eq!([0, 25, 26].map(letter), ["A", "Z", "27"]);
    }

    #[test]
    fn a_day_says_its_weekday() {
        assert_eq!(day(NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()).to_string(), "11月22日 周日");
    }
}
