//! Days of the week and times of day as people write them.

use chrono::{NaiveTime, Timelike};

/// The days of a week; the first is Monday.
pub(crate) const WEEKDAYS: [&str; 7] = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];

/// The days of a week's bits, 0 to 6; bit 0 is Monday.
pub(crate) fn days(bits: i16) -> impl Iterator<Item = usize> {
    (0..7).filter(move |day| bits >> day & 1 == 1)
}

/// The words of a week's bits.
pub(crate) fn words(bits: i16) -> Vec<&'static str> {
    days(bits).filter_map(|day| WEEKDAYS.get(day).copied()).collect()
}

/// The bits of days as a form writes them; what is no day counts for nothing.
pub(crate) fn bits<'a>(days: impl Iterator<Item = &'a str>) -> i16 {
    let days = days.filter_map(|day| day.parse::<u8>().ok()).filter(|day| *day < 7);
    days.fold(0, |bits, day| bits | 1 << day)
}

/// Minutes after midnight as hours and minutes: 09:30.
pub(crate) fn clock(minutes: i32) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Minutes after midnight, of a time as a form writes it: 09:30, and nothing more.
pub(crate) fn minutes(typed: &str) -> Option<i32> {
    let is_plain = typed.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
    let time = NaiveTime::parse_from_str(typed, "%H:%M").ok().filter(|_| is_plain)?;
    Some((time.hour() * 60 + time.minute()) as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_reads_as_it_is_written() {
        assert_eq!(minutes("09:30"), Some(570));
        assert_eq!(minutes(&clock(1_439)), Some(1_439));
        for wrong in ["", "24:00", "09:60", "+9:30", "9 :30", "09:30:00", "halb zehn"] {
            assert_eq!(minutes(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn days_of_a_week_are_bits_from_monday_on() {
        assert_eq!(bits(["0", "6", "7", "x", "-1"].into_iter()), 0b100_0001);
        assert_eq!(words(0b100_0001), ["周一", "周日"]);
    }
}
