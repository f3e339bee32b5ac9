//! Phone numbers: the elder's own and the contact's.

use kernel::{Text, text};

use super::{Column, Contact, Reading};

/// A number in its normal form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Phone {
    /// 11 digits.
    Mobile(String),
    /// `0374-2331234`, `2331234`, `0374-2331234-12`.
    Landline(String),
}

impl Phone {
    fn into_text(self) -> String {
        match self {
            Self::Mobile(text) | Self::Landline(text) => text,
        }
    }
}

/// Why a text is no phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PhoneFault {
    /// More than one number.
    Several,
    /// Begins like a mobile phone, but with this many digits.
    Digits(usize),
    /// Nothing that can be called.
    Shape,
}

impl Reading<'_> {
    /// Mobile phone and landline; a number in the wrong one of the two columns moves over where that one is empty.
    pub(super) fn phones(&mut self) -> (Option<String>, Option<String>) {
        let first = self.phone(Column::Mobile);
        let second = self.phone(Column::Landline);
        match (first, second) {
            (Some(Phone::Landline(landline)), None) => (None, Some(landline)),
            (Some(Phone::Landline(landline)), Some(Phone::Mobile(mobile))) => (Some(mobile), Some(landline)),
            (Some(Phone::Landline(landline)), Some(Phone::Landline(_))) => {
                self.fault(Column::Mobile, &landline, text!("不是手机号码"), text!("手机列只填 11 位手机号码"));
                (None, None)
            }
            (None, Some(Phone::Mobile(mobile))) => (Some(mobile), None),
            (first, second) => (first.map(Phone::into_text), second.map(Phone::into_text)),
        }
    }

    fn phone(&mut self, column: Column) -> Option<Phone> {
        let cell = self.optional(column)?;
        match read(cell.text) {
            Ok(phone) => Some(phone),
            Err(fault) => {
                let (reason, cure) = sentences(fault);
                self.fault(column, cell.text, reason, cure);
                None
            }
        }
    }

    pub(super) fn contact(&mut self) -> Option<Contact> {
        let phone = self.phone(Column::ContactPhone).map(Phone::into_text);
        let relation = self.free_text(Column::ContactRelation);
        if self.peek(Column::Contact).is_empty() {
            if phone.is_some() || relation.is_some() {
                let cure = text!("补上联系人姓名，或清空电话和关系");
                self.fault(Column::Contact, "", text!("填了电话或关系，没有填联系人"), cure);
            }
            return None;
        }
        Some(Contact { name: self.name(Column::Contact)?, phone, relation })
    }
}

fn sentences(fault: PhoneFault) -> (Text, Text) {
    match fault {
        PhoneFault::Several => (text!("填了不止一个号码"), text!("只留一个，其余的写在备注里")),
        PhoneFault::Digits(digits) => {
            (text!("手机号码应为 11 位，现有 {digits} 位", digits = digits), text!("核对后改为 11 位"))
        }
        PhoneFault::Shape => (text!("不是电话号码"), text!("写成 13800001234 或 0374-2331234 的样子")),
    }
}

/// Reads a mobile phone or a landline with or without area code and extension.
pub(super) fn read(text: &str) -> Result<Phone, PhoneFault> {
    let mut groups = Groups::default();
    for c in without_country(text).chars() {
        groups.take(c)?;
    }
    let Groups { digits, extension, .. } = groups;
    if is_mobile(&digits) && extension.is_empty() {
        return Ok(Phone::Mobile(digits));
    }
    if let Some(area) = area_length(&digits) {
        let mut landline = digits;
        if area > 0 {
            landline.insert(area, '-');
        }
        if !extension.is_empty() {
            landline.push('-');
            landline.push_str(&extension);
        }
        return Ok(Phone::Landline(landline));
    }
    Err(match digits.as_bytes() {
        _ if digits.len() >= 18 => PhoneFault::Several,
        [b'1', ..] if digits.len() >= 9 => PhoneFault::Digits(digits.len()),
        _ => PhoneFault::Shape,
    })
}

/// Strips +86 and 0086 (ITU-T E.164), where enough digits follow.
fn without_country(text: &str) -> &str {
    let bare = text.trim_start_matches(['+', '＋']);
    let long = bare.bytes().filter(u8::is_ascii_digit).count() > 11;
    bare.strip_prefix("0086").or_else(|| bare.strip_prefix("86")).filter(|_| long).unwrap_or(bare)
}

/// Digits of a number, and those after a mark of extension.
#[derive(Default)]
struct Groups {
    digits: String,
    extension: String,
    in_extension: bool,
}

impl Groups {
    fn take(&mut self, c: char) -> Result<(), PhoneFault> {
        let digit = match c {
            '0'..='9' => c,
            '０'..='９' => char::from(b'0' + (c as u32 - '０' as u32) as u8),
            '/' | ',' | '，' | '、' | ';' | '；' | '或' if self.digits.len() >= 7 => {
                return Err(PhoneFault::Several);
            }
            '转' if self.digits.len() >= 7 => {
                self.in_extension = true;
                return Ok(());
            }
            // A hyphen behind seven digits or more stands before an extension; before that, behind the area code.
            '-' | '－' | '—' | '–' => {
                self.in_extension =
                    self.digits.len() >= 10 || (self.digits.len() >= 7 && !self.digits.starts_with(['0', '1']));
                return Ok(());
            }
            ' ' | '\u{a0}' | '\u{3000}' | '(' | ')' | '（' | '）' | '+' | '＋' => return Ok(()),
            _ => return Err(PhoneFault::Shape),
        };
        if self.in_extension {
            self.extension.push(digit)
        } else {
            self.digits.push(digit)
        }
        if self.extension.len() > 6 { Err(PhoneFault::Several) } else { Ok(()) }
    }
}

fn is_mobile(digits: &str) -> bool {
    matches!(digits.as_bytes(), [b'1', b'3'..=b'9', ..] if digits.len() == 11)
}

/// Length of the area code (3 for 010 and 02x, else 4, none for a local number); `None` when it is no landline.
fn area_length(digits: &str) -> Option<usize> {
    match (digits.as_bytes(), digits.len()) {
        ([b'0', b'1', b'0', ..] | [b'0', b'2', ..], 10 | 11) => Some(3),
        ([b'0', b'3'..=b'9', ..], 11 | 12) => Some(4),
        ([b'2'..=b'9', ..], 7 | 8) => Some(0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mobile(text: &str) -> Result<Phone, PhoneFault> {
        Ok(Phone::Mobile(text.to_owned()))
    }

    fn landline(text: &str) -> Result<Phone, PhoneFault> {
        Ok(Phone::Landline(text.to_owned()))
    }

    #[test]
    fn a_mobile_phone_is_read_with_prefix_blanks_and_hyphens() {
        for text in [
            "13800001234",
            "+86 138 0000 1234",
            "0086-138-0000-1234",
            "１３８００００１２３４",
            "138-0000-1234",
            "8613800001234",
        ] {
            assert_eq!(read(text), mobile("13800001234"), "{text}");
        }
    }

    #[test]
    fn a_landline_is_read_with_and_without_area_code_and_extension() {
        for (text, normal) in [
            ("0374-2331234", "0374-2331234"),
            ("03742331234", "0374-2331234"),
            ("(0374) 2331234", "0374-2331234"),
            ("2331234", "2331234"),
            ("010-12345678", "010-12345678"),
            ("0374-2331234-12", "0374-2331234-12"),
            ("2331234转12", "2331234-12"),
            ("86-0374-2331234", "0374-2331234"),
        ] {
            assert_eq!(read(text), landline(normal), "{text}");
        }
    }

    #[test]
    fn what_nobody_can_call_says_why() {
        assert_eq!(read("13800001234/13900001234"), Err(PhoneFault::Several));
        assert_eq!(read("13800001234 13900001234"), Err(PhoneFault::Several));
        assert_eq!(read("1380000123"), Err(PhoneFault::Digits(10)));
        assert_eq!(read("138000012345"), Err(PhoneFault::Digits(12)));
        assert_eq!(read("12800001234"), Err(PhoneFault::Digits(11)));
        assert_eq!(read("无"), Err(PhoneFault::Shape));
        assert_eq!(read("120"), Err(PhoneFault::Shape));
    }
}
