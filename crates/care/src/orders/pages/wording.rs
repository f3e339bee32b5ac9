//! Times and deadlines in words.

use chrono::{Datelike, NaiveDate, TimeDelta};
use kernel::{Instant, Region, Text, business_day, local, text};
use registry::places;

use crate::week::WEEKDAYS;

/// Less than this is soon.
const SOON: TimeDelta = TimeDelta::minutes(10);

/// A deadline as people say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// `bad` when over, `soon` when near, empty otherwise.
    pub tone: &'static str,
    pub icon: &'static str,
    pub text: Text,
    pub at: Instant,
}

impl Due {
    pub(crate) fn of(at: Instant, now: Instant) -> Self {
        let left = at - now;
        let (tone, icon, text) = if left < TimeDelta::zero() {
            ("bad", "alert-octagon", over(-left))
        } else if left < SOON {
            ("soon", "clock-exclamation", text!("还剩 {n} 分钟", n = left.num_minutes()))
        } else {
            ("", "clock", rest(left))
        };
        Self { tone, icon, text, at }
    }
}

fn over(by: TimeDelta) -> Text {
    match (by.num_days(), by.num_hours()) {
        (0, 0) => text!("超时 {n} 分钟", n = by.num_minutes()),
        (0, hours) => text!("超时 {n} 小时", n = hours),
        (days, _) => text!("超时 {n} 天", n = days),
    }
}

fn rest(left: TimeDelta) -> Text {
    match (left.num_days(), left.num_hours()) {
        (0, 0 | 1) => text!("还剩 {n} 分钟", n = left.num_minutes()),
        (0 | 1, hours) => text!("还剩 {n} 小时", n = hours),
        (days, _) => text!("还剩 {n} 天", n = days),
    }
}

/// A day with its weekday: 11月21日 周六.
pub(crate) fn day(day: NaiveDate) -> Text {
    let weekday = WEEKDAYS[day.weekday().num_days_from_monday() as usize];
    text!("{month}月{day}日 {weekday}", month = day.month(), day = day.day()).with_words("weekday", weekday)
}

/// A window of arrival: 明天 14:00–16:00; one that passes midnight says so: 今天 22:00–次日 06:00.
pub(crate) fn window(from: Instant, to: Instant, today: NaiveDate) -> Text {
    let (day, end) = (business_day(from), business_day(to));
    let (from, to) = (local(from).format("%H:%M"), local(to).format("%H:%M"));
    match (day - today).num_days() {
        0 if end > day => text!("今天 {from}–次日 {to}", from = from, to = to),
        1 if end > day => text!("明天 {from}–次日 {to}", from = from, to = to),
        _ if end > day => text!("{day} {from}–次日 {to}", day = day.format("%m-%d"), from = from, to = to),
        0 => text!("今天 {from}–{to}", from = from, to = to),
        1 => text!("明天 {from}–{to}", from = from, to = to),
        _ => text!("{day} {from}–{to}", day = day.format("%m-%d"), from = from, to = to),
    }
}

/// Town and village, or the county where nothing narrower is known.
pub(crate) fn place(place: Option<Region>) -> String {
    let Some(place) = place else { return String::new() };
    let mut line: Vec<_> = place.line().take_while(|part| part.level() > kernel::Level::County).collect();
    line.reverse();
    let names: Vec<_> = line.into_iter().filter_map(places::name).collect();
    if names.is_empty() { places::name(place).unwrap_or_default().to_owned() } else { names.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_told_with_its_weekday() {
        assert_eq!(day(business_day(at("21T10:00"))).to_string(), "11月21日 周六");
        assert_eq!(day(business_day(at("23T00:10"))).to_string(), "11月23日 周一");
    }

    fn at(text: &str) -> Instant {
        format!("2026-11-{text}:00+08:00").parse().unwrap()
    }

    #[test]
    fn a_clock_speaks_in_minutes_hours_and_days() {
        let now = at("21T09:00");
        let said = |due: &str| (Due::of(at(due), now).tone, Due::of(at(due), now).text.to_string());
        assert_eq!(said("21T08:56"), ("bad", "超时 4 分钟".into()));
        assert_eq!(said("20T20:00"), ("bad", "超时 13 小时".into()));
        assert_eq!(said("21T09:03"), ("soon", "还剩 3 分钟".into()));
        assert_eq!(said("21T10:30"), ("", "还剩 90 分钟".into()));
        assert_eq!(said("22T10:00"), ("", "还剩 25 小时".into()));
        assert_eq!(said("28T09:00"), ("", "还剩 7 天".into()));
    }

    #[test]
    fn a_window_says_today_and_tomorrow() {
        let today = business_day(at("21T09:00"));
        assert_eq!(window(at("21T14:00"), at("21T16:00"), today).to_string(), "今天 14:00–16:00");
        assert_eq!(window(at("22T09:30"), at("22T11:00"), today).to_string(), "明天 09:30–11:00");
        assert_eq!(window(at("24T08:00"), at("24T09:00"), today).to_string(), "11-24 08:00–09:00");
        assert_eq!(window(at("21T22:00"), at("22T06:00"), today).to_string(), "今天 22:00–次日 06:00");
        assert_eq!(window(at("22T23:30"), at("23T00:00"), today).to_string(), "明天 23:30–次日 00:00");
        assert_eq!(window(at("24T22:00"), at("25T06:00"), today).to_string(), "11-24 22:00–次日 06:00");
    }

    #[test]
    fn a_place_is_told_by_town_and_village() {
        assert!(place("411002001001".parse().ok()).contains(' '));
        assert_eq!(place(None), "");
    }
}
