//! The one search box: what kind of thing somebody typed into it.

use super::Pattern;

/// What a text in the search box may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// The beginning of a name in Chinese characters.
    Name(String),
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

/// Tells what a text in the search box is. Full-width digits and letters count as plain ones.
#[must_use]
pub fn classify(text: &str) -> Query {
    let text: String = text.trim().chars().map(half_width).collect();
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if is_order_number(&compact) {
        return Query::OrderNumber(compact);
    }
    let digits: String = compact.chars().filter(|c| !"-()+".contains(*c)).collect();
    if let Some(query) = number(&digits) {
        return query;
    }
    if compact.chars().any(is_han) && compact.chars().all(|c| is_han(c) || "·•".contains(c)) {
        return Query::Name(compact);
    }
    Pattern::parse(&text).map_or(Query::Nothing, Query::Pinyin)
}

fn number(digits: &str) -> Option<Query> {
    let body = digits.strip_suffix(['x', 'X']).filter(|body| body.len() == 17);
    if !body.unwrap_or(digits).bytes().all(|b| b.is_ascii_digit()) || digits.is_empty() {
        return None;
    }
    // +86 and the zero that some dial before a mobile number are not part of it.
    let phone = digits.strip_prefix("86").filter(|phone| phone.len() == 11).unwrap_or(digits);
    Some(match digits.len() {
        15 | 18 => Query::IdNumber(digits.to_ascii_uppercase()),
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

const fn half_width(c: char) -> char {
    match c {
        '—' | '–' => '-',
        '！'..='～' => (c as u32 - '！' as u32 + '!' as u32) as u8 as char,
        '\u{3000}' => ' ',
        _ => c,
    }
}

const fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' | '〇')
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
            ("阿不都·热合曼", Query::Name("阿不都·热合曼".into())),
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
