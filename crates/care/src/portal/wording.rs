//! How the portal says days, times, states and names: as people say them at a table.

use chrono::{Datelike, TimeDelta, Timelike};
use kernel::{Instant, Sex, Text, business_day, local, text};

use crate::orders::{Complaint, Stage};

/// Surnames of two characters that are still met.
const COMPOUND: [&str; 16] = [
    "欧阳", "司马", "上官", "诸葛", "夏侯", "皇甫", "尉迟", "公孙", "令狐", "慕容", "司徒", "东方", "端木", "长孙",
    "宇文", "南宫",
];

/// 今天, 明天, 昨天, or the date.
pub(super) fn day(at: Instant, now: Instant) -> Text {
    let (day, today) = (business_day(at), business_day(now));
    match (day - today).num_days() {
        0 => text!("今天"),
        1 => text!("明天"),
        -1 => text!("昨天"),
        _ => text!("{month}月{day}日", month = day.month(), day = day.day()),
    }
}

/// 今天的服务, 明天的服务, or with the date.
pub(super) fn next_title(at: Instant, now: Instant) -> Text {
    let (day, today) = (business_day(at), business_day(now));
    match (day - today).num_days() {
        0 => text!("今天的服务"),
        1 => text!("明天的服务"),
        _ => text!("{month}月{day}日的服务", month = day.month(), day = day.day()),
    }
}

/// 上午 10:45, 下午 2:00: the time of day in twelve hours.
pub(super) fn clock(at: Instant) -> Text {
    let at = local(at);
    let (hour, minute) = (at.hour(), at.minute());
    let time = format!("{}:{minute:02}", if hour % 12 == 0 { 12 } else { hour % 12 });
    match hour {
        0..5 => text!("凌晨 {time}", time = time),
        5..12 => text!("上午 {time}", time = time),
        12 => text!("中午 {time}", time = time),
        13..18 => text!("下午 {time}", time = time),
        _ => text!("晚上 {time}", time = time),
    }
}

/// How long somebody stayed, in minutes, at least one.
pub(super) fn minutes(from: Instant, to: Instant) -> i64 {
    ((to - from + TimeDelta::seconds(30)).num_minutes()).max(1)
}

/// Where a visit stands, in the words of those who are visited.
pub(super) fn state(stage: Stage) -> Text {
    match stage {
        Stage::Placed | Stage::Accepted | Stage::Offered => text!("正在安排人"),
        Stage::Taken => text!("安排好了"),
        Stage::Serving => text!("正在服务"),
        Stage::Served => text!("等您确认"),
        Stage::Confirmed => text!("等您打分"),
        Stage::Completed => text!("已经办完"),
        Stage::Cancelled => text!("已经取消"),
        Stage::Aborted => text!("中途停了"),
    }
}

/// What was wrong, in the words of those who are visited.
pub(super) fn complaint(reason: Complaint) -> Text {
    match reason {
        Complaint::Late => text!("来晚了"),
        Complaint::Short => text!("时间太短"),
        Complaint::Manner => text!("态度不好"),
        Complaint::Skill => text!("活没做好"),
        Complaint::Charge => text!("多收了钱"),
        Complaint::Absent => text!("没有人来"),
        Complaint::Other => text!("别的，请打给我"),
    }
}

/// 陈奶奶，您好.
pub(super) fn greeting(name: &str, sex: Sex) -> Text {
    match sex {
        Sex::Female => text!("{name}奶奶，您好", name = surname(name)),
        Sex::Male => text!("{name}爷爷，您好", name = surname(name)),
        _ => text!("{name}，您好", name = name),
    }
}

/// The surname: one character, or two of a compound one.
pub(super) fn surname(name: &str) -> &str {
    let compound = COMPOUND.into_iter().find(|surname| name.starts_with(surname) && name.len() > surname.len());
    let first = name.chars().next().map_or(0, char::len_utf8);
    compound.unwrap_or(&name[..first])
}

/// The address that dials a number; none when it holds no digit.
pub(super) fn tel(number: &str) -> Option<String> {
    let digits: String = number.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    (digits.len() >= 3).then(|| format!("tel:{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        format!("{text}:00+08:00").parse().unwrap()
    }

    #[test]
    fn days_and_times_are_said_as_people_say_them() {
        let now = at("2026-11-21T09:00");
        let said = |text: &str| format!("{} {}", day(at(text), now), clock(at(text)));
        assert_eq!(said("2026-11-21T10:45"), "今天 上午 10:45");
        assert_eq!(said("2026-11-22T14:00"), "明天 下午 2:00");
        assert_eq!(said("2026-11-20T12:05"), "昨天 中午 12:05");
        assert_eq!(said("2026-12-01T00:30"), "12月1日 凌晨 12:30");
        assert_eq!(said("2026-11-21T23:59"), "今天 晚上 11:59");
    }

    #[test]
    fn people_are_greeted_by_surname() {
        assert_eq!(greeting("陈秀云", Sex::Female).to_string(), "陈奶奶，您好");
        assert_eq!(greeting("欧阳修", Sex::Male).to_string(), "欧阳爷爷，您好");
        assert_eq!(surname("东方"), "东");
        assert_eq!(surname(""), "");
    }

    #[test]
    fn a_number_is_dialled_without_its_dashes() {
        assert_eq!(tel("0374-2331234").as_deref(), Some("tel:03742331234"));
        assert_eq!(tel(""), None);
    }
}
