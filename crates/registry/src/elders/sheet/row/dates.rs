//! Birth dates, held against the certificate's number.

use chrono::{Datelike, NaiveDate};
use kernel::{Text, text};

use super::{Certificate, Column, Given, Reading};
use crate::normal::dates::{DateFault, day};

impl Reading<'_> {
    pub(super) fn birth(&mut self, certificate: Option<&Certificate>) -> Option<NaiveDate> {
        let told = certificate.and_then(Certificate::told).map(|(birth, _)| birth);
        let cell = match self.given(Column::Birth) {
            Given::Cell(cell) => cell,
            Given::Unreadable => return None,
            Given::Nothing => {
                if certificate.is_some() && told.is_none() {
                    self.missing(Column::Birth);
                }
                return told;
            }
        };
        match (day(cell.text), told) {
            (Ok(day), Some(told)) if day == told => Some(day),
            (Err(fault), Some(told)) if agrees(&fault, told) => Some(told),
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
                let (reason, cure) = sentences(&fault);
                let cure = told.map_or(cure, |told| text!("证件号码上是 {birth}", birth = told));
                self.fault(Column::Birth, cell.text, reason, cure);
                None
            }
        }
    }
}

/// Whether what is written in part, or can mean several days, can mean the day that the number tells.
fn agrees(fault: &DateFault, told: NaiveDate) -> bool {
    match fault {
        DateFault::NoDay { year, month } => (told.year(), told.month()) == (*year, *month),
        DateFault::NoMonth { year } => told.year() == *year,
        DateFault::NoYear { month, day } => (told.month(), told.day()) == (*month, *day),
        DateFault::Either(days) => days.contains(&told),
        DateFault::Shape | DateFault::NoSuchDay | DateFault::Lunar => false,
    }
}

fn sentences(fault: &DateFault) -> (Text, Text) {
    let like = || text!("写成 1943-05-12 的样子");
    match fault {
        DateFault::Shape => (text!("看不出是哪一天"), like()),
        DateFault::NoSuchDay => (text!("没有这一天"), text!("核对年、月、日")),
        DateFault::Lunar => (text!("写的是农历"), text!("换算成公历，写成 1943-05-12 的样子")),
        DateFault::NoDay { .. } => (text!("没有写到日"), like()),
        DateFault::NoMonth { .. } => (text!("只写了年份"), like()),
        DateFault::NoYear { .. } => (text!("没有写年份"), like()),
        DateFault::Either(_) => (text!("可以读成不同的日子"), text!("年份写四位，写成 1943-05-12 的样子")),
    }
}
