//! Dates in all the ways in which people and their programs write them. What is beyond doubt is read; what can mean two
//! days is told as such, so that a certificate's number may decide.

use std::ops::RangeInclusive;

use chrono::{Days, NaiveDate};

use super::text::fold;

/// Why a text is not one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DateFault {
    /// Not written as a date.
    Shape,
    /// No such day in the calendar.
    NoSuchDay,
    /// A day of the lunar calendar.
    Lunar,
    /// Year and month only.
    NoDay {
        /// The year.
        year: i32,
        /// The month.
        month: u32,
    },
    /// The year only.
    NoMonth {
        /// The year.
        year: i32,
    },
    /// Month and day only.
    NoYear {
        /// The month.
        month: u32,
        /// The day.
        day: u32,
    },
    /// It can mean each of these days.
    Either(Vec<NaiveDate>),
}

/// Words that no solar date has.
const LUNAR: [&str; 14] =
    ["农历", "阴历", "旧历", "夏历", "古历", "农 历", "初", "闰", "腊月", "正月", "冬月", "廿", "卅", "lunar"];
/// Words that say nothing of the day.
const WORDS: [&str; 14] =
    ["公历", "阳历", "新历", "西历", "公元", "出生于", "生于", "出生", "生日", "星期", "礼拜", "周", "凌晨", "生"];
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Reads a day.
///
/// # Errors
/// [`DateFault`].
pub fn day(text: &str) -> Result<NaiveDate, DateFault> {
    let text = fold(text);
    if LUNAR.iter().any(|word| text.contains(word)) {
        return Err(DateFault::Lunar);
    }
    let text = without_time(&without_words(&text));
    let text = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '.' | ',' | ';' | '。'));
    let text = text.strip_suffix(".0").unwrap_or(text);
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return digits(text);
    }
    if text.chars().any(|c| c.is_ascii_alphabetic()) {
        return english(text);
    }
    let text = arabic(text);
    let parts: Vec<&str> = text.split(is_between).filter(|part| !part.is_empty()).collect();
    let has_year = text.contains('年');
    match parts[..] {
        [year, month, day] => parted(year, month, day),
        [year, rest] if year.len() == 4 && rest.len() == 4 && rest.is_ascii() => {
            ymd(number(year, 4..=4)?, number(&rest[..2], 2..=2)?, number(&rest[2..], 2..=2)?)
        }
        [year, month] if year.len() == 4 => match (number(year, 4..=4)?, number(month, 1..=2)?) {
            (year, month @ 1..=12) => Err(DateFault::NoDay { year: year as i32, month }),
            _ => Err(DateFault::Shape),
        },
        [month, day] if !has_year => match (number(month, 1..=2)?, number(day, 1..=2)?) {
            (month @ 1..=12, day @ 1..=31) => Err(DateFault::NoYear { month, day }),
            _ => Err(DateFault::Shape),
        },
        [year] => match number(year, 4..=4)? {
            year @ 1800..2100 => Err(DateFault::NoMonth { year: year as i32 }),
            _ => Err(DateFault::Shape),
        },
        _ => Err(DateFault::Shape),
    }
}

const fn is_between(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '-' | '/' | '.' | '年' | '月' | '日' | '号' | '、' | ',' | '\\' | '_' | '。' | '·' | '~')
}

/// Three numbers: year first where it has four digits, else in any order that the calendar has.
fn parted(first: &str, second: &str, third: &str) -> Result<NaiveDate, DateFault> {
    if first.len() == 4 {
        return ymd(number(first, 4..=4)?, number(second, 1..=2)?, number(third, 1..=2)?);
    }
    let (a, b) = (number(first, 1..=2)?, number(second, 1..=2)?);
    let mut days: Vec<NaiveDate> = if third.len() == 4 {
        let year = number(third, 4..=4)? as i32;
        [(a, b), (b, a)].into_iter().filter_map(|(month, day)| NaiveDate::from_ymd_opt(year, month, day)).collect()
    } else {
        let c = number(third, 1..=2)?;
        let orders = [(a, b, c), (c, b, a), (c, a, b)];
        let in_order = |(year, month, day): (u32, u32, u32)| {
            [1800, 1900, 2000].map(|century| NaiveDate::from_ymd_opt(century + year as i32, month, day))
        };
        let mut days: Vec<_> = orders.into_iter().flat_map(in_order).flatten().collect();
        days.sort_unstable();
        days
    };
    days.dedup();
    match days[..] {
        [] => Err(DateFault::NoSuchDay),
        [day] if third.len() == 4 => Ok(day),
        _ => Err(DateFault::Either(days)),
    }
}

/// `May 12 1943`, `12-May-43`: the month is a word, so that only a year of two digits leaves a doubt.
fn english(text: &str) -> Result<NaiveDate, DateFault> {
    let between = |c: char| !c.is_ascii_alphanumeric();
    let (mut month, mut numbers) = (None, Vec::new());
    for part in text.split(between).filter(|part| !part.is_empty()) {
        if part.bytes().all(|b| b.is_ascii_digit()) {
            numbers.push(part);
        } else if let Some(at) = part.get(..3).and_then(|head| MONTHS.iter().position(|name| *name == head)) {
            month = Some(at as u32 + 1);
        } else if !["mon", "tue", "wed", "thu", "fri", "sat", "sun"].iter().any(|name| part.starts_with(name)) {
            return Err(DateFault::Shape);
        }
    }
    let Some(month) = month else { return Err(DateFault::Shape) };
    match numbers[..] {
        [year, day] if year.len() == 4 => ymd(number(year, 4..=4)?, month, number(day, 1..=2)?),
        [day, year] if year.len() == 4 => ymd(number(year, 4..=4)?, month, number(day, 1..=2)?),
        [day, year] => {
            let (day, year) = (number(day, 1..=2)?, number(year, 2..=2)? as i32);
            let days = [1800, 1900, 2000].map(|century| NaiveDate::from_ymd_opt(century + year, month, day));
            Err(DateFault::Either(days.into_iter().flatten().collect()))
        }
        _ => Err(DateFault::Shape),
    }
}

/// The text without what stands in brackets, words that say nothing, and the name of the week's day.
fn without_words(text: &str) -> String {
    let mut depth = 0_usize;
    let mut bare = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '(' | '[' | '【' => depth += 1,
            ')' | ']' | '】' => depth = depth.saturating_sub(1),
            c if depth == 0 => bare.push(c),
            _ => {}
        }
    }
    for word in ["星期", "礼拜", "周"] {
        if let Some(at) = bare.find(word) {
            let name: String =
                bare[at + word.len()..].chars().take(1).filter(|c| "一二三四五六日天末".contains(*c)).collect();
            bare.replace_range(at..at + word.len() + name.len(), " ");
        }
    }
    for word in WORDS {
        bare = bare.replace(word, "");
    }
    if let Some((_, rest)) = bare.split_once("民国")
        && let Some((year, rest)) = rest.split_once('年')
        && let Ok(year) = arabic(year).trim().parse::<u32>()
    {
        return format!("{}年{rest}", 1911 + year);
    }
    bare.trim_start_matches([':', ' ']).to_owned()
}

/// Cuts off a time of the day: behind a T, or from the number before the first colon on.
fn without_time(text: &str) -> String {
    let text = match text.split_once('t') {
        Some((date, time))
            if date.ends_with(|c: char| c.is_ascii_digit()) && time.starts_with(|c: char| c.is_ascii_digit()) =>
        {
            date
        }
        _ => text,
    };
    let Some(colon) = text.find(':') else { return text.to_owned() };
    let hours = text[..colon].trim_end_matches(|c: char| c.is_ascii_digit());
    hours.trim_end_matches(|c: char| c.is_whitespace() || is_han_word(c)).to_owned()
}

/// 上午, 下午 before a time.
const fn is_han_word(c: char) -> bool {
    matches!(c, '上' | '下' | '中' | '午' | '早' | '晚')
}

/// Chinese numerals as digits: 一九四三年五月十二日 as 1943年5月12日.
fn arabic(text: &str) -> String {
    const ONES: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    let one = |c: char| match c {
        '零' | '○' => Some(0),
        '两' => Some(2),
        '元' => Some(1),
        c => ONES.iter().position(|digit| *digit == c),
    };
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    for (at, &c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| one(chars[at])).is_some();
        let after = chars.get(at + 1).copied().and_then(one).is_some();
        match (c, one(c)) {
            ('十', _) => out.push_str(match (before, after) {
                (true, true) => "",
                (true, false) => "0",
                (false, true) => "1",
                (false, false) => "10",
            }),
            (_, Some(digit)) => out.push(char::from(b'0' + digit as u8)),
            (c, None) => out.push(c),
        }
    }
    out
}

fn digits(text: &str) -> Result<NaiveDate, DateFault> {
    match text.len() {
        8 => ymd(number(&text[..4], 4..=4)?, number(&text[4..6], 2..=2)?, number(&text[6..], 2..=2)?),
        6 => match (number(&text[..4], 4..=4)?, number(&text[4..], 2..=2)?) {
            (year @ 1800..2100, month @ 1..=12) => Err(DateFault::NoDay { year: year as i32, month }),
            _ => Err(DateFault::Shape),
        },
        // The serial day numbers of spreadsheets, from 1927 on: four digits are a year.
        5 => {
            let days = u64::from(number(text, 5..=5)?);
            NaiveDate::from_ymd_opt(1899, 12, 30)
                .and_then(|epoch| epoch.checked_add_days(Days::new(days)))
                .ok_or(DateFault::Shape)
        }
        4 => match number(text, 4..=4)? {
            year @ 1800..2100 => Err(DateFault::NoMonth { year: year as i32 }),
            _ => Err(DateFault::Shape),
        },
        _ => Err(DateFault::Shape),
    }
}

fn number(text: &str, lengths: RangeInclusive<usize>) -> Result<u32, DateFault> {
    let plain = lengths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten().ok_or(DateFault::Shape)
}

fn ymd(year: u32, month: u32, day: u32) -> Result<NaiveDate, DateFault> {
    NaiveDate::from_ymd_opt(year as i32, month, day).ok_or(DateFault::NoSuchDay)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<String, DateFault> {
        day(text).map(|day| day.to_string())
    }

    #[test]
    fn a_date_beyond_doubt_is_read_in_all_the_ways_people_write_it() {
        for text in [
            "1943-05-12",
            "1943/5/12",
            "1943.5.12",
            "19430512",
            "1943年5月12日",
            "1943年05月12号",
            "15838",
            "15838.0",
            "1943-05-12 00:00:00",
            "1943-05-12T00:00:00",
            "1943/05/12 0:00",
            "1943 年 5 月 12 日",
            "1943年 5月12日",
            "1943、5、12",
            "1943,5,12",
            "1943．5．12",
            "１９４３-０５-１２",
            "1943-5-12日",
            "1943.5.12.",
            "1943－05－12",
            "1943–05–12",
            "公历1943年5月12日",
            "1943/05/12 星期三",
            "1943-05-12T00:00:00.000Z",
            "19430512.0",
            "1943.0512",
            "1943年五月十二日",
            "一九四三年五月十二日",
            "Wed May 12 1943",
            "12 May 1943",
            "\u{202d}1943-05-12\u{202c}",
            "1943 05 12",
            "阳历1943年5月12日",
            "1943年5月12日生",
            "1943年5月12日（83岁）",
            "1943-05-12(公历)",
            "民国32年5月12日",
            "1943\\5\\12",
            "May 12, 1943",
            "1943。5。12",
            "１９４３年５月１２日",
            "1943年5月12日 上午8:30",
            "生于1943年5月12日",
            "1943_05_12",
            "1943年05月12",
        ] {
            assert_eq!(read(text).as_deref(), Ok("1943-05-12"), "{text}");
        }
        assert_eq!(read("一九四三年十月二十日").as_deref(), Ok("1943-10-20"));
        assert_eq!(read("一九四三年十一月三十一日"), Err(DateFault::NoSuchDay));
        assert_eq!(read("13/5/1943").as_deref(), Ok("1943-05-13"));
    }

    #[test]
    fn what_is_not_a_day_says_why() {
        for text in ["1951-02-30", "19510230", "1951年13月1日", "1943-00-00", "31/11/1943"] {
            assert_eq!(read(text), Err(DateFault::NoSuchDay), "{text}");
        }
        for text in ["农历1943年四月初九", "1943年四月初九", "阴历四月初九", "1943-05-12（农历）", "1943年腊月二十"]
        {
            assert_eq!(read(text), Err(DateFault::Lunar), "{text}");
        }
        assert_eq!(read("1943年5月"), Err(DateFault::NoDay { year: 1943, month: 5 }));
        assert_eq!(read("194305"), Err(DateFault::NoDay { year: 1943, month: 5 }));
        assert_eq!(read("1943-5"), Err(DateFault::NoDay { year: 1943, month: 5 }));
        assert_eq!(read("1943年"), Err(DateFault::NoMonth { year: 1943 }));
        assert_eq!(read("5月12日"), Err(DateFault::NoYear { month: 5, day: 12 }));
        for text in ["不详", "1943-5-12-1", "1943-005-12", "", "年月日", "12345678901", "=A1"] {
            assert_eq!(read(text), Err(DateFault::Shape), "{text}");
        }
    }

    #[test]
    fn what_can_mean_two_days_is_told_with_both() {
        let both = |text: &str| match day(text) {
            Err(DateFault::Either(days)) => days.iter().any(|day| day.to_string() == "1943-05-12"),
            other => panic!("{text}: {other:?}"),
        };
        for text in ["12/5/1943", "5/12/1943", "43.5.12", "12-May-43", "43-05-12"] {
            assert!(both(text), "{text}");
        }
        assert_eq!(read("5/5/1943").as_deref(), Ok("1943-05-05"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,24}|[0-9年月日十一二./: -]{0,16}") {
            let _ = day(&text);
        }
    }
}
