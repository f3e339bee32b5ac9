//! The one search box: what kind of thing somebody typed into it.

use store::blind::phone_digits;

use super::Pattern;
use crate::normal;

/// What a text in the search box may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// The beginning of a name in Chinese characters.
    Name(String),
    /// Chinese characters and the letters with which the name goes on: 张xy.
    Mixed(String, Pattern),
    /// A name in letters.
    Pinyin(Pattern),
    /// The last 4 to 11 digits of a phone number.
    PhoneTail(String),
    /// A resident identity number of 18 or 15 characters by its shape; its check is the caller's.
    IdNumber(String),
    /// The number of an order, `yyyymmdd-county-n`.
    OrderNumber(String),
    /// Nothing that can be looked for: empty, fewer than 4 digits, a mix.
    Nothing,
}

/// Tells what a text in the search box is, in whatever widths, with whatever marks and unseen characters it was pasted.
#[must_use]
pub fn classify(text: &str) -> Query {
    let text = normal::fold(text);
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if is_order_number(&compact) {
        return Query::OrderNumber(compact);
    }
    let digits: String =
        compact.chars().filter(|c| !"-()+._·/'\"*×".contains(*c) || (*c == '×' && compact.len() > 17)).collect();
    if let Some(query) = number(&normal::certificate(&digits)) {
        return query;
    }
    if let Some(name) = normal::prefixes(&text) {
        return Query::Name(name);
    }
    if compact.bytes().any(|b| b.is_ascii_digit()) {
        return labelled(&text);
    }
    let begins: String = compact.chars().take_while(|c| normal::is_han(*c)).collect();
    match Pattern::parse(&compact[begins.len()..]) {
        Some(pattern) if begins.is_empty() => Query::Pinyin(pattern),
        Some(pattern) => Query::Mixed(normal::key(&begins), pattern),
        None => Query::Nothing,
    }
}

/// A number among words: 电话：138 0000 1234, 李伟 13900001234.
fn labelled(text: &str) -> Query {
    let parts = text.split(|c: char| normal::is_han(c) || matches!(c, ':' | ',' | ';'));
    let mut numbers = parts.map(normal::certificate).filter(|part| part.len() >= 4);
    match (numbers.next().as_deref().and_then(number), numbers.next()) {
        (Some(query), None) => query,
        _ => match normal::phone(text) {
            Ok(phone) => Query::PhoneTail(phone_digits(&phone.into_text())),
            Err(_) => Query::Nothing,
        },
    }
}

fn number(digits: &str) -> Option<Query> {
    let body = digits.strip_suffix(['x', 'X']).filter(|body| body.len() == 17);
    if !body.unwrap_or(digits).bytes().all(|b| b.is_ascii_digit()) || digits.is_empty() {
        return None;
    }
    // +86 and the zero that some dial before a mobile number are not part of it.
    let bare = digits.strip_prefix("00").unwrap_or(digits);
    let phone = bare.strip_prefix("86").filter(|phone| phone.len() == 11).unwrap_or(digits);
    Some(match digits.len() {
        15 | 18 if phone.len() != 11 => Query::IdNumber(digits.to_ascii_uppercase()),
        _ if (4..=11).contains(&phone.len()) => Query::PhoneTail(phone.to_owned()),
        12 if digits.starts_with('0') => Query::PhoneTail(digits[1..].to_owned()),
        _ => Query::Nothing,
    })
}

fn is_order_number(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let digits = |part: &str, len: std::ops::RangeInclusive<usize>| {
        len.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
    };
    matches!(parts[..], [day, county, n] if digits(day, 8..=8) && digits(county, 6..=6) && digits(n, 1..=9))
}

/// The range of all texts that begin with `prefix`: `lo <= text < hi` in byte order.
#[must_use]
pub fn prefix_range(prefix: &str) -> (String, String) {
    let mut hi: Vec<char> = prefix.chars().collect();
    while let Some(last) = hi.pop() {
        // The next character, over the gap of the surrogates.
        if let Some(next) = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32) {
            hi.push(next);
            break;
        }
    }
    let hi = if hi.is_empty() { char::MAX.to_string() } else { hi.into_iter().collect() };
    (prefix.to_owned(), hi)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pinyin(text: &str) -> Query {
        Query::Pinyin(Pattern::parse(text).unwrap())
    }

    #[test]
    fn each_kind_of_text_is_told_apart() {
        for (text, query) in [
            ("张秀", Query::Name("张秀".into())),
            (" 张 秀云 ", Query::Name("张秀云".into())),
            ("阿不都·热合曼", Query::Name("阿不都热合曼".into())),
            ("买买提•艾力", Query::Name("买买提艾力".into())),
            ("买买提.艾力", Query::Name("买买提艾力".into())),
            ("买买提 艾力", Query::Name("买买提艾力".into())),
            ("张\u{200b}秀云", Query::Name("张秀云".into())),
            ("张xy", Query::Mixed("张".into(), Pattern::parse("xy").unwrap())),
            ("\u{202d}13800008001\u{202c}", Query::PhoneTail("13800008001".into())),
            ("138.0000.8001", Query::PhoneTail("13800008001".into())),
            ("（0374）2345678", Query::PhoneTail("03742345678".into())),
            ("0086 138 0000 8001", Query::PhoneTail("13800008001".into())),
            ("电话：138 0000 8001", Query::PhoneTail("13800008001".into())),
            ("李伟 13800008001", Query::PhoneTail("13800008001".into())),
            ("tel:13800008001", Query::PhoneTail("13800008001".into())),
            ("身份证411002194305120010", Query::IdNumber("411002194305120010".into())),
            ("411002-19430512-0010", Query::IdNumber("411002194305120010".into())),
            ("41100219400101004×", Query::IdNumber("41100219400101004X".into())),
            ("zhangxy", pinyin("zhangxy")),
            ("Zhang Xiu Yun", pinyin("zhangxiuyun")),
            ("xi'an", pinyin("xian")),
            ("lü", pinyin("lv")),
            ("ｚｘｙ", pinyin("zxy")),
            ("3456", Query::PhoneTail("3456".into())),
            ("138 0374 3456", Query::PhoneTail("13803743456".into())),
            ("+86 138-0374-3456", Query::PhoneTail("13803743456".into())),
            ("0374-2345678", Query::PhoneTail("03742345678".into())),
            ("0374-23456789", Query::PhoneTail("37423456789".into())),
            ("41100219400101004x", Query::IdNumber("41100219400101004X".into())),
            ("４１１００２19430512 0010", Query::IdNumber("411002194305120010".into())),
            ("411002400101123", Query::IdNumber("411002400101123".into())),
            ("20261121-411002-17", Query::OrderNumber("20261121-411002-17".into())),
            ("", Query::Nothing),
            ("123", Query::Nothing),
            ("张x3", Query::Nothing),
            ("123456789012345678901", Query::Nothing),
        ] {
            assert_eq!(classify(text), query, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_prefix_range_holds_exactly_what_begins_so(prefix in "\\PC{1,3}", text in "\\PC{0,5}") {
            let (lo, hi) = prefix_range(&prefix);
            let longer = format!("{prefix}{text}");
            prop_assert!(lo <= longer && longer < hi);
            prop_assert_eq!(lo <= text && text < hi, text.starts_with(&prefix));
        }

        #[test]
        fn no_text_makes_the_search_box_panic(text in "\\PC{0,24}") {
            let _ = classify(&text);
        }
    }
}
