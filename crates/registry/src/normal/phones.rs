//! Telephone numbers: mobile phones and landlines in all the ways in which people write them.

use super::{names::is_han, numbers::whole, text::fold};

/// A number in its normal form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phone {
    /// 11 digits.
    Mobile(String),
    /// `0374-2331234`, `2331234`, `0374-2331234-12`.
    Landline(String),
}

impl Phone {
    /// The number.
    #[must_use]
    pub fn into_text(self) -> String {
        match self {
            Self::Mobile(text) | Self::Landline(text) => text,
        }
    }
}

/// Why a text is no phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhoneFault {
    /// More than one number where one is asked for.
    Several,
    /// Begins like a mobile phone, but with this many digits.
    Digits(usize),
    /// A spreadsheet took it for a number and lost digits.
    Lost,
    /// Nothing that can be called.
    Shape,
}

/// What stands in a text: numbers, and words beside them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The numbers, each once, in their order.
    pub phones: Vec<Phone>,
    /// Words that are neither a number nor a label of one: 儿子, 李伟.
    pub words: String,
}

/// Labels before a number, which say nothing about it.
const LABELS: [&str; 17] = [
    "联系电话",
    "联系方式",
    "固定电话",
    "移动电话",
    "手机号码",
    "手机号",
    "电话号码",
    "手机",
    "电话",
    "座机",
    "固话",
    "号码",
    "tel",
    "mobile",
    "phone",
    "宅电",
    "本人",
];
/// What parts one number from another.
const BETWEEN: [char; 10] = ['/', ',', '、', ';', '|', '\n', '&', '\\', '。', '+'];

/// Reads the one number of a text.
///
/// # Errors
/// [`PhoneFault`].
pub fn phone(text: &str) -> Result<Phone, PhoneFault> {
    let mut written = phones(text)?;
    match written.phones.len() {
        1 => written.phones.pop().ok_or(PhoneFault::Shape),
        _ => Err(PhoneFault::Several),
    }
}

/// Reads all numbers of a text.
///
/// # Errors
/// [`PhoneFault`] when one of them is none.
pub fn phones(text: &str) -> Result<Written, PhoneFault> {
    let text = whole(&fold(text));
    if text.bytes().next().is_some_and(|b| b.is_ascii_digit()) && text.contains("e+") {
        return Err(PhoneFault::Lost);
    }
    let (text, words) = without_words(&text);
    let text = text.trim_matches(|c: char| c.is_whitespace() || (c != '+' && BETWEEN.contains(&c)));
    let mut written = Written { words, ..Written::default() };
    match one(text) {
        Ok(phone) => written.phones.push(phone),
        Err(fault) => written.phones = several(text, fault)?,
    }
    Ok(written)
}

/// Several numbers: parted by marks, else by blanks.
fn several(text: &str, fault: PhoneFault) -> Result<Vec<Phone>, PhoneFault> {
    let marked: Vec<&str> = text.split(BETWEEN).map(str::trim).filter(|part| has_digits(part)).collect();
    let blanks: Vec<&str> = text.split_whitespace().filter(|part| has_digits(part)).collect();
    let mut wrong = fault;
    for parts in [marked, blanks] {
        if parts.len() < 2 {
            continue;
        }
        let read: Result<Vec<Phone>, PhoneFault> = parts.iter().map(|part| one(part)).collect();
        match read {
            Ok(read) => {
                let mut phones: Vec<Phone> = Vec::with_capacity(read.len());
                read.into_iter().for_each(|phone| {
                    if !phones.contains(&phone) {
                        phones.push(phone)
                    }
                });
                return Ok(phones);
            }
            Err(fault) if matches!(wrong, PhoneFault::Shape | PhoneFault::Several) => wrong = fault,
            Err(_) => {}
        }
    }
    Err(wrong)
}

fn has_digits(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit())
}

/// The text with words and labels taken out, and the words: those that part numbers stand for a mark.
fn without_words(text: &str) -> (String, String) {
    let mut text = text.to_owned();
    for label in LABELS {
        text = text.replace(label, " ");
    }
    text = text
        .replace("分机", "转")
        .replace("ext", "转")
        .replace('#', "转")
        .replace("或者", "/")
        .replace(['或', '和', '及'], "/");
    let (mut kept, mut words) = (String::with_capacity(text.len()), String::new());
    for c in text.chars() {
        match c {
            '转' => kept.push('转'),
            c if is_han(c) || c.is_alphabetic() => {
                words.push(c);
                if !kept.ends_with(' ') {
                    kept.push(' ');
                }
            }
            ':' | '(' | ')' | '[' | ']' | '【' | '】' | '"' | '\'' | '“' | '”' | '=' => kept.push(' '),
            c => kept.push(c),
        }
    }
    (kept.trim().to_owned(), words)
}

/// Reads a mobile phone or a landline with or without area code and extension.
fn one(text: &str) -> Result<Phone, PhoneFault> {
    let mut groups = Groups::default();
    let bare = without_country(text.trim());
    for (at, c) in bare.char_indices() {
        groups.take(c, &bare[at + c.len_utf8()..])?;
    }
    let Groups { mut digits, extension, .. } = groups;
    // The zero that people dialled before a mobile phone of another city.
    if digits.len() == 12 && digits.starts_with('0') && is_mobile(&digits[1..]) {
        digits.remove(0);
    }
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
    let bare = text.trim_start_matches(['+', ' ']);
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
    fn take(&mut self, c: char, rest: &str) -> Result<(), PhoneFault> {
        match c {
            '0'..='9' if self.in_extension => self.extension.push(c),
            '0'..='9' => self.digits.push(c),
            '转' if self.digits.len() >= 7 => self.in_extension = true,
            // A hyphen behind seven digits or more stands before an extension; before that, behind the area code.
            '-' => {
                self.in_extension =
                    self.digits.len() >= 10 || (self.digits.len() >= 7 && !self.digits.starts_with(['0', '1']));
            }
            ' ' | '.' | '_' | '·' | '*' | '~' => {}
            '/' | '\\' if is_area(&self.digits) && rest.bytes().filter(u8::is_ascii_digit).count() <= 8 => {}
            '/' | ',' | '、' | ';' if self.digits.len() >= 7 => return Err(PhoneFault::Several),
            _ => return Err(PhoneFault::Shape),
        }
        if self.extension.len() > 6 { Err(PhoneFault::Several) } else { Ok(()) }
    }
}

fn is_area(digits: &str) -> bool {
    matches!(digits.as_bytes(), [b'0', ..] if matches!(digits.len(), 3 | 4))
}

fn is_mobile(digits: &str) -> bool {
    matches!(digits.as_bytes(), [b'1', b'3'..=b'9', ..] if digits.len() == 11)
}

/// Length of the area code (3 for 010 and 02x, else 4, none for a local number and for 400 and 800); `None` when it is no
/// landline.
fn area_length(digits: &str) -> Option<usize> {
    match (digits.as_bytes(), digits.len()) {
        ([b'0', b'1', b'0', ..] | [b'0', b'2', ..], 10 | 11) => Some(3),
        ([b'0', b'3'..=b'9', ..], 11 | 12) => Some(4),
        ([b'2'..=b'9', ..], 7 | 8) | ([b'4' | b'8', b'0', b'0', ..], 10) => Some(0),
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
    fn a_mobile_phone_is_read_however_it_is_set() {
        for text in [
            "13800001234",
            "+86 138 0000 1234",
            "0086-138-0000-1234",
            "１３８００００１２３４",
            "138-0000-1234",
            "8613800001234",
            "\u{202d}13800001234\u{202c}",
            "138\u{2060}00001234",
            "138.0000.1234",
            "138·0000·1234",
            "(+86)138 0000 1234",
            "手机：13800001234",
            "tel:13800001234",
            "13800001234.0",
            "1.3800001234E10",
            "013800001234",
            "138—0000—1234",
            "13800001234（微信同号）",
            "'13800001234",
            "138_0000_1234",
            "13800001234/13800001234",
            "13800001234、",
        ] {
            assert_eq!(phone(text), mobile("13800001234"), "{text}");
        }
    }

    #[test]
    fn a_landline_is_read_with_and_without_area_code_and_extension() {
        for (text, normal) in [
            ("0374-2331234", "0374-2331234"),
            ("03742331234", "0374-2331234"),
            ("(0374) 2331234", "0374-2331234"),
            ("（0374）2331234", "0374-2331234"),
            ("0374/2331234", "0374-2331234"),
            ("0374－2331234", "0374-2331234"),
            ("0374 233 1234", "0374-2331234"),
            ("2331234", "2331234"),
            ("010-12345678", "010-12345678"),
            ("0374-2331234-12", "0374-2331234-12"),
            ("2331234转12", "2331234-12"),
            ("0374-2331234 分机12", "0374-2331234-12"),
            ("0374-2331234#12", "0374-2331234-12"),
            ("86-0374-2331234", "0374-2331234"),
            ("固话0374-2331234", "0374-2331234"),
            ("400-123-4567", "4001234567"),
        ] {
            assert_eq!(phone(text), landline(normal), "{text}");
        }
    }

    #[test]
    fn several_numbers_and_words_beside_them_are_told_apart() {
        for text in [
            "13800001234/13900001234",
            "13800001234 13900001234",
            "13800001234、13900001234",
            "13800001234或13900001234",
            "13800001234;13900001234",
            "13800001234\n13900001234",
            "13800001234，13900001234",
        ] {
            let written = phones(text).unwrap();
            assert_eq!(
                written.phones,
                [Phone::Mobile("13800001234".into()), Phone::Mobile("13900001234".into())],
                "{text}"
            );
            assert_eq!(phone(text), Err(PhoneFault::Several));
        }
        let written = phones("13800001234（儿子李伟）").unwrap();
        assert_eq!((written.phones.len(), written.words.as_str()), (1, "儿子李伟"));
    }

    #[test]
    fn what_nobody_can_call_says_why() {
        assert_eq!(phone("1380000123"), Err(PhoneFault::Digits(10)));
        assert_eq!(phone("138000012345"), Err(PhoneFault::Digits(12)));
        assert_eq!(phone("12800001234"), Err(PhoneFault::Digits(11)));
        assert_eq!(phone("1.38E+10"), Err(PhoneFault::Lost));
        assert_eq!(phone("13800001234/1390000123"), Err(PhoneFault::Digits(10)));
        for text in ["李伟", "120", "", "转12", "=A1&B1"] {
            assert_eq!(phone(text), Err(PhoneFault::Shape), "{text}");
        }
    }
}
