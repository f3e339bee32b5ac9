//! One row of an elders' sheet, checked: either a person's data in types, or every fault of the row.

mod certificate;
mod dates;
mod none;
mod phones;
mod places;
mod texts;
mod words;

use std::fmt;

use chrono::NaiveDate;
use kernel::{Region, Sex, text};

use self::certificate::word;
pub use self::{
    certificate::Certificate,
    places::{Named, Places},
};
use super::{
    columns::Column,
    fault::Fault,
    header::Header,
    record::{Cell, Form, Row},
};
use crate::{
    elders::vocabulary::{LivingSituation, Tag},
    normal::{self, Nothing},
};

/// What a row is checked against.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// The business day of the import: nobody is born after it.
    pub today: NaiveDate,
    /// Places, as codes and names lead to them.
    pub places: &'a dyn Places,
}

/// What a row turned out to be.
#[derive(Debug)]
pub enum Checked {
    /// A person's data.
    Elder(Box<ElderRow>),
    /// Everything that is wrong with the row; at least one fault.
    Bad(Vec<Fault>),
    /// No person's row.
    None(NoRow),
}

/// Why a row is no person's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRow {
    /// The example row of the template, left in the sheet.
    Example,
    /// Nothing stands in it but what no column reads, such as a serial number.
    Empty,
    /// A sum, a signature, a note under the table.
    Footer,
    /// The header once more.
    Header,
    /// A heading between rows: one text over the whole width.
    Heading,
}

/// A person as a sheet tells it. A field is `None` when its cell is empty or its column absent
/// ([`Header::has`] tells which).
#[derive(Clone, PartialEq)]
pub struct ElderRow {
    /// The row's number in the sheet, from 1.
    pub number: u32,
    /// Name, without blanks between Chinese characters.
    pub name: String,
    /// Kind and number of the certificate.
    pub certificate: Certificate,
    /// Sex; from the certificate's number where the sheet does not say.
    pub sex: Sex,
    /// Birth date; from the certificate's number where the sheet does not say.
    pub birth: NaiveDate,
    /// Mobile phone, 11 digits.
    pub mobile: Option<String>,
    /// Landline as `0374-2331234`, `2331234` or `0374-2331234-12`, or a second mobile phone.
    pub landline: Option<String>,
    /// Address in the household register.
    pub hukou_address: Option<String>,
    /// The place where the person lives: county, town or village.
    pub place: Region,
    /// The address where the person lives.
    pub address: String,
    /// Where that is on the globe.
    pub point: Option<Point>,
    /// With whom the person lives.
    pub living: Option<LivingSituation>,
    /// Traits, sorted, each once.
    pub tags: Vec<Tag>,
    /// Whom to call.
    pub contact: Option<Contact>,
    /// Remark.
    pub remark: Option<String>,
    /// What was not taken, though the person was.
    pub notes: Vec<Fault>,
}

/// A point in CGCS2000 degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Degrees east.
    pub longitude: f64,
    /// Degrees north.
    pub latitude: f64,
}

/// Somebody to call in need.
#[derive(Clone, PartialEq, Eq)]
pub struct Contact {
    /// Name.
    pub name: String,
    /// Mobile phone or landline.
    pub phone: Option<String>,
    /// What the contact is to the elder, as written.
    pub relation: Option<String>,
}

/// Nothing of the person but the masked number, so that no log tells more.
impl fmt::Debug for ElderRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ElderRow")
            .field("number", &self.number)
            .field("certificate", &self.certificate)
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

/// Nothing but that there is one.
impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contact").finish_non_exhaustive()
    }
}

/// How a name begins that only the template's example has.
pub(super) const EXAMPLE: &str = "（示例）";

/// Checks one row; all its faults are found, not only the first.
#[must_use]
pub fn check(row: &Row, header: &Header, rules: &Rules<'_>) -> Checked {
    let mut reading = Reading { row, header, rules, faults: Vec::new(), notes: Vec::new() };
    if let Some(none) = none::no_row(row, header) {
        return Checked::None(none);
    }
    reading.width();
    match reading.elder() {
        Some(elder) if reading.faults.is_empty() => {
            Checked::Elder(Box::new(ElderRow { notes: reading.notes, ..elder }))
        }
        _ => Checked::Bad(reading.faults),
    }
}

/// What stands in a cell.
enum Given<'a> {
    /// No such column, or an empty cell.
    Nothing,
    /// Something unreadable; its fault is noted.
    Unreadable,
    /// A text.
    Cell(Cell<'a>),
}

/// A row on its way through the checks. Whoever returns `None` where something is needed has noted a fault.
struct Reading<'a> {
    row: &'a Row,
    header: &'a Header,
    rules: &'a Rules<'a>,
    faults: Vec<Fault>,
    notes: Vec<Fault>,
}

impl<'a> Reading<'a> {
    fn elder(&mut self) -> Option<ElderRow> {
        let name = self.name(Column::Name);
        let certificate = self.certificate();
        let birth = self.birth(certificate.as_ref());
        let sex = self.sex(certificate.as_ref());
        let (mobile, landline) = self.phones();
        let hukou_address = self.free_text(Column::HukouAddress);
        let place = self.place();
        let address = self.address();
        let point = self.point();
        let living = self.living();
        let tags = self.tags();
        let contact = self.contact();
        let remark = self.free_text(Column::Remark);
        Some(ElderRow {
            number: self.row.number(),
            name: name?,
            certificate: certificate?,
            sex: sex?,
            birth: birth?,
            mobile,
            landline,
            hukou_address,
            place: place?,
            address: address?,
            point,
            living,
            tags,
            contact,
            remark,
            notes: Vec::new(),
        })
    }

    /// More cells than the header has names: a comma that no quotes hold together.
    fn width(&mut self) {
        let extra = (self.header.width()..self.row.width()).any(|at| self.row.holds(at));
        if extra {
            self.faults.push(Fault::of_row(
                text!("这一行比表头多出内容"),
                text!("内容里有逗号时，请用英文引号括起来，或删去多余的格"),
            ));
        }
    }

    fn peek(&self, column: Column) -> &'a str {
        self.header.position(column).map_or("", |at| self.row.cell(at).text)
    }

    fn given(&mut self, column: Column) -> Given<'a> {
        let Some(at) = self.header.position(column) else { return Given::Nothing };
        let cell = self.row.cell(at);
        if cell.text.is_empty() && cell.form != Form::Pending {
            return Given::Nothing;
        }
        let (reason, cure) = match cell.form {
            Form::Text | Form::Number | Form::Date => return self.said(column, cell),
            Form::Pending => (text!("这一格是公式，没有算出结果"), text!("请用 Excel 或 WPS 打开，保存一次再上传")),
            Form::Failed => (text!("这一格的公式出错了"), text!("改成文字或数字")),
            Form::Cut => (text!("这一格太长"), text!("缩短内容")),
            Form::Garbled => (text!("这一格有乱码"), text!("另存为“CSV UTF-8”或 .xlsx 再上传")),
        };
        self.fault(column, cell.text, reason, cure);
        Given::Unreadable
    }

    /// A text, unless it is a word for nothing; what is lost with such a word is noted.
    fn said(&mut self, column: Column, cell: Cell<'a>) -> Given<'a> {
        // 无 is a kind of certificate, 0 a sex.
        if matches!(column, Column::CertKind | Column::CertNumber | Column::Sex) {
            let none = column == Column::CertNumber && word(cell.text) != "无" && normal::nothing(cell.text).is_some();
            return if none { Given::Nothing } else { Given::Cell(cell) };
        }
        match normal::nothing(cell.text) {
            None => Given::Cell(cell),
            Some(Nothing::Plain) => Given::Nothing,
            Some(Nothing::Telling) => {
                let reason = text!("写的是“{word}”，没有收", word = cell.text);
                self.note(column, cell.text, reason, text!("填写实际的内容"));
                Given::Nothing
            }
        }
    }

    /// The cell's content, where one may be missing.
    fn optional(&mut self, column: Column) -> Option<Cell<'a>> {
        match self.given(column) {
            Given::Cell(cell) => Some(cell),
            Given::Nothing | Given::Unreadable => None,
        }
    }

    /// The cell's content, where one must not be missing.
    fn required(&mut self, column: Column) -> Option<Cell<'a>> {
        match self.given(column) {
            Given::Cell(cell) => Some(cell),
            Given::Unreadable => None,
            Given::Nothing => {
                self.missing(column);
                None
            }
        }
    }

    /// Nothing stands where something is needed, or a word for nothing.
    fn missing(&mut self, column: Column) {
        self.fault(column, self.peek(column), text!("没有填写"), text!("请补上"));
    }

    /// What is not taken of a person who is.
    fn note(&mut self, column: Column, value: &str, reason: kernel::Text, cure: kernel::Text) {
        self.notes.push(Fault::new(column, value, reason, cure));
    }

    fn fault(&mut self, column: Column, value: &str, reason: kernel::Text, cure: kernel::Text) {
        self.faults.push(Fault::new(column, value, reason, cure));
    }
}

/// Words of a list as people enumerate them.
pub(super) fn words(words: impl Iterator<Item = &'static str>) -> String {
    words.collect::<Vec<_>>().join("、")
}

#[cfg(test)]
mod tests;
