//! Birth dates in all the ways in which sheets hold them, held against the certificate's number.

use chrono::{Datelike, Days, NaiveDate};
use kernel::{Text, text};

use super::{Cell, Certificate, Column, Given, Reading};

/// Why a text is not a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DateFault {
    /// Not written as a date.
    Shape,
    /// No such day in the calendar.
    NoSuchDay,
    /// Year and month only.
    NoDay { year: i32, month: u32 },
}

impl Reading<'_> {
    pub(super) fn birth(&mut self, certificate: Option<&Certificate>) -> Option<NaiveDate> {
        let told = certificate.and_then(Certificate::told).map(|(birth, _)| birth);
        let cell = match self.given(Column::Birth) {
            Given::Cell(cell) => cell,
            Given::Unreadable => return None,
            Given::Nothing => {
                if certificate.is_some() && told.is_none() {
                    self.fault(Column::Birth, "", text!("没有填写"), text!("请补上"));
                }
                return told;
            }
        };
        match (read(cell), told) {
            (Ok(day), Some(told)) if day == told => Some(day),
            (Err(DateFault::NoDay { year, month }), Some(told)) if (told.year(), told.month()) == (year, month) => {
                Some(told)
            }
            (Ok(_), Some(told)) => {
                let cure = text!("证件号码上是 {birth}，核对后改成一致", birth = told);
                self.fault(Column::Birth, cell.text, text!("与证件号码不符"), cure);
                None
            }
            (Ok(day), None) if day > self.rules.today || day.year() < 1850 => {
                self.fault(Column::Birth, cell.text, text!("太早，或在今天以后"), text!("核对年份"));
                None
            }
            (Ok(day), None) => Some(day),
            (Err(fault), told) => {
                let (reason, cure) = sentences(fault);
                let cure = told.map_or(cure, |told| text!("证件号码上是 {birth}", birth = told));
                self.fault(Column::Birth, cell.text, reason, cure);
                None
            }
        }
    }
}

fn sentences(fault: DateFault) -> (Text, Text) {
    match fault {
        DateFault::Shape => (text!("看不出是哪一天"), text!("写成 1943-05-12 的样子")),
        DateFault::NoSuchDay => (text!("没有这一天"), text!("核对年、月、日")),
        DateFault::NoDay { .. } => (text!("没有写到日"), text!("写成 1943-05-12 的样子")),
    }
}

/// Reads 1943-05-12, 1943/5/12, 1943.5.12, 19430512, 1943年5月12日, each perhaps with a time behind it, and the serial day
/// numbers of spreadsheets (five digits, so from 1927 on: four digits are a year).
pub(super) fn read(cell: Cell<'_>) -> Result<NaiveDate, DateFault> {
    let text = cell.text.split([' ', 'T']).next().unwrap_or_default();
    let text = text.strip_suffix(".0").unwrap_or(text);
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return digits(text);
    }
    let mut parts = [0_u32; 3];
    let mut count = 0;
    for part in text.split(['-', '/', '.', '年', '月', '日', '号']).filter(|p| !p.is_empty()) {
        let slot = parts.get_mut(count).ok_or(DateFault::Shape)?;
        *slot = number(part, if count == 0 { 4..=4 } else { 1..=2 })?;
        count += 1;
    }
    match (count, parts) {
        (3, [year, month, day]) => ymd(year, month, day),
        (2, [year, month, _]) if (1..=12).contains(&month) => Err(DateFault::NoDay { year: year as i32, month }),
        _ => Err(DateFault::Shape),
    }
}

fn digits(text: &str) -> Result<NaiveDate, DateFault> {
    match text.len() {
        8 => ymd(number(&text[..4], 4..=4)?, number(&text[4..6], 2..=2)?, number(&text[6..], 2..=2)?),
        6 => match (number(&text[..4], 4..=4)?, number(&text[4..], 2..=2)?) {
            (year @ 1800..2100, month @ 1..=12) => Err(DateFault::NoDay { year: year as i32, month }),
            _ => Err(DateFault::Shape),
        },
        5 => {
            let days = u64::from(number(text, 5..=5)?);
            NaiveDate::from_ymd_opt(1899, 12, 30)
                .and_then(|epoch| epoch.checked_add_days(Days::new(days)))
                .ok_or(DateFault::Shape)
        }
        _ => Err(DateFault::Shape),
    }
}

fn number(text: &str, lengths: std::ops::RangeInclusive<usize>) -> Result<u32, DateFault> {
    let plain = lengths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten().ok_or(DateFault::Shape)
}

fn ymd(year: u32, month: u32, day: u32) -> Result<NaiveDate, DateFault> {
    NaiveDate::from_ymd_opt(year as i32, month, day).ok_or(DateFault::NoSuchDay)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elders::sheet::record::Form;

    fn day(text: &str) -> Result<String, DateFault> {
        read(Cell { text, form: Form::Text }).map(|day| day.to_string())
    }

    #[test]
    fn a_date_is_read_in_all_the_ways_sheets_hold_it() {
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
        ] {
            assert_eq!(day(text).as_deref(), Ok("1943-05-12"), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_day_says_why() {
        assert_eq!(day("1951-02-30"), Err(DateFault::NoSuchDay));
        assert_eq!(day("19510230"), Err(DateFault::NoSuchDay));
        assert_eq!(day("1943年5月"), Err(DateFault::NoDay { year: 1943, month: 5 }));
        assert_eq!(day("194305"), Err(DateFault::NoDay { year: 1943, month: 5 }));
        for text in
            ["1943", "43-5-12", "5/12/1943", "不详", "1943-5-12-1", "-1943", "１９４３", "1943-005-12", "", "年月日"]
        {
            assert_eq!(day(text), Err(DateFault::Shape), "{text}");
        }
    }
}
