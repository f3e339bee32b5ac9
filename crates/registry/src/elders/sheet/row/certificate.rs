//! Kind and number of a certificate, and what the number tells: birth date and sex.

use std::fmt;

use chrono::NaiveDate;
use kernel::{ResidentId, ResidentIdFault, Sex, Text, text};

use super::{Cell, Column, Form, Given, Reading, words};
use crate::{elders::vocabulary::CertKind, normal};

/// A checked certificate. `Debug` shows the number masked; [`Certificate::reveal`] is the one way to its text.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    kind: CertKind,
    number: String,
    told: Option<(NaiveDate, Sex)>,
}

impl Certificate {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> CertKind {
        self.kind
    }

    /// The full number in its normal form, for sealing and look-up only; empty for an elder without certificate.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.number
    }

    /// `4110**********1234`.
    #[must_use]
    pub fn masked(&self) -> String {
        super::super::fault::shown(Column::CertNumber, &self.number)
    }

    /// Birth date and sex, where the number holds them.
    #[must_use]
    pub const fn told(&self) -> Option<(NaiveDate, Sex)> {
        self.told
    }

    fn of_id(kind: CertKind, id: &ResidentId) -> Self {
        Self { kind, number: id.reveal().to_owned(), told: Some((id.birth(), id.sex())) }
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({})", self.kind, self.masked())
    }
}

impl Reading<'_> {
    pub(super) fn certificate(&mut self) -> Option<Certificate> {
        let kind = match self.given(Column::CertKind) {
            Given::Nothing => None,
            Given::Unreadable => return None,
            Given::Cell(cell) => match CertKind::read(&word(cell.text)) {
                Some(kind) => Some(kind),
                None => {
                    let cure = text!("只能填：{words}", words = words(CertKind::ALL.iter().map(|k| k.word())));
                    self.fault(Column::CertKind, cell.text, text!("没有这种证件类型"), cure);
                    return None;
                }
            },
        };
        let cell = match (kind, self.given(Column::CertNumber)) {
            (_, Given::Unreadable) => return None,
            (Some(CertKind::None), Given::Nothing) => {
                return Some(Certificate { kind: CertKind::None, number: String::new(), told: None });
            }
            (_, Given::Nothing) => {
                let cure = text!("补上证件号码；确实没有证件的，证件类型填“{word}”", word = CertKind::None.word());
                self.fault(Column::CertNumber, self.peek(Column::CertNumber), text!("没有填写"), cure);
                return None;
            }
            // 无证件 in the place of the number says the kind.
            (None, Given::Cell(cell)) if CertKind::read(&word(cell.text)) == Some(CertKind::None) => {
                return Some(Certificate { kind: CertKind::None, number: String::new(), told: None });
            }
            (_, Given::Cell(cell)) => cell,
        };
        if let Some((reason, cure)) = mangled(cell) {
            self.fault(Column::CertNumber, cell.text, reason, cure);
            return None;
        }
        self.number(kind, cell.text)
    }

    fn number(&mut self, kind: Option<CertKind>, number: &str) -> Option<Certificate> {
        let normal = normal::certificate(number);
        match kind {
            Some(CertKind::None) => {
                let cure = text!("改正证件类型，或清空证件号码");
                self.fault(
                    Column::CertNumber,
                    number,
                    text!("证件类型是“{word}”，却填了号码", word = CertKind::None.word()),
                    cure,
                );
                None
            }
            Some(CertKind::Passport) => self.other(CertKind::Passport, number, is_passport),
            Some(CertKind::ForeignPermanent) if normal.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                self.other(CertKind::ForeignPermanent, number, is_old_permanent)
            }
            _ => self.resident(kind, number),
        }
    }

    fn resident(&mut self, kind: Option<CertKind>, number: &str) -> Option<Certificate> {
        let normal = normal::certificate(number);
        let id = match ResidentId::parse(&normal, self.rules.today) {
            Ok(id) => id,
            Err(fault) => {
                let (reason, cure) = sentences(fault, &normal);
                self.fault(Column::CertNumber, number, reason, cure);
                return None;
            }
        };
        let told = match id.reveal().as_bytes() {
            [b'8', b'1'..=b'3', ..] => CertKind::HkMoTwPermit,
            [b'9', ..] => CertKind::ForeignPermanent,
            _ => CertKind::ResidentId,
        };
        if kind.is_some_and(|kind| kind != told) {
            let cure = text!("核对证件类型和证件号码，把填错的一个改过来");
            self.fault(Column::CertKind, kind.map_or("", CertKind::word), text!("与证件号码不符"), cure);
            return None;
        }
        Some(Certificate::of_id(told, &id))
    }

    fn other(&mut self, kind: CertKind, number: &str, is_one: fn(&[u8]) -> bool) -> Option<Certificate> {
        let normal = normal::certificate(number);
        if is_one(normal.as_bytes()) {
            return Some(Certificate { kind, number: normal, told: None });
        }
        self.fault(
            Column::CertNumber,
            number,
            text!("不是这种证件的号码"),
            text!("照证件上的号码填写，只有字母和数字"),
        );
        None
    }
}

/// Five to seventeen letters and digits, at least one of them a digit.
fn is_passport(number: &[u8]) -> bool {
    (5..=17).contains(&number.len())
        && number.iter().all(u8::is_ascii_alphanumeric)
        && number.iter().any(u8::is_ascii_digit)
}

/// The form before 2023: three letters of the country and twelve digits.
fn is_old_permanent(number: &[u8]) -> bool {
    number.len() == 15 && number[..3].iter().all(u8::is_ascii_uppercase) && number[3..].iter().all(u8::is_ascii_digit)
}

/// A number that a spreadsheet has spoilt: beyond its 15 digits it keeps zeros.
fn mangled(cell: Cell<'_>) -> Option<(Text, Text)> {
    let cure = text!("把证件号码列设为文本，再重新填写");
    let bytes = cell.text.as_bytes();
    let scientific = bytes.first().is_some_and(u8::is_ascii_digit)
        && bytes.windows(2).any(|pair| matches!(pair, [b'E' | b'e', b'+']));
    if scientific {
        return Some((text!("被当成数字，变成了科学计数法，后几位已经丢失"), cure));
    }
    if cell.form == Form::Date {
        return Some((text!("这一格是日期格式"), cure));
    }
    None
}

fn sentences(fault: ResidentIdFault, number: &str) -> (Text, Text) {
    let digits = number.chars().filter(|c| c.is_alphanumeric()).count();
    match fault {
        ResidentIdFault::Length if digits < 18 => (text!("只有 {digits} 位", digits = digits), text!("补全 18 位")),
        ResidentIdFault::Length => (text!("有 {digits} 位", digits = digits), text!("核对后改为 18 位")),
        ResidentIdFault::Character => (text!("有不该出现的字符"), text!("只能是数字，末位可以是 X")),
        ResidentIdFault::NoSuchDate => (text!("号码里的出生日期不存在"), text!("核对第 7 到 14 位")),
        ResidentIdFault::OutOfTime => (text!("号码里的出生日期太早，或在今天以后"), text!("核对第 7 到 14 位")),
        ResidentIdFault::Check { .. } if number.ends_with("000") => {
            (text!("末三位成了 000，像是被当成数字截断了"), text!("把证件号码列设为文本，再重新填写"))
        }
        ResidentIdFault::Check { expected } => {
            (text!("校验位应为 {expected}", expected = expected), text!("核对身份证末位"))
        }
    }
}

/// A word of a closed list as it is compared: without blanks, in the widths of the list.
pub(super) fn word(text: &str) -> String {
    normal::fold(text).to_uppercase().chars().filter(|c| !c.is_whitespace()).collect()
}
