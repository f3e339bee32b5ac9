//! People's names: one form to keep, one key by which they are compared and found.

use unicode_normalization::UnicodeNormalization as _;

use super::text::{is_unseen, visible};

/// The dot between the parts of a name (GB/T 15834-2011, 4.14: U+00B7).
const DOT: char = '·';

/// A name as it is kept: NFKC, without what nobody sees, one form of the middle dot, no blanks between Chinese
/// characters.
///
/// A point or a dash between Chinese characters is a middle dot. So is a blank behind three characters or more: no
/// surname is that long, and a name that was transcribed is (买买提 艾力, but 欧阳 娜娜).
#[must_use]
pub fn name(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    let mut blank = false;
    let chars: Vec<char> = visible(text).nfkc().filter(|c| !is_unseen(*c)).map(one_form).collect();
    for (at, &c) in chars.iter().enumerate() {
        if c.is_whitespace() {
            blank = true;
            continue;
        }
        let last = name.chars().last();
        let next = chars[at + 1..].iter().copied().find(|c| !c.is_whitespace());
        let c = if is_joint(c) && last.is_some_and(is_han) && next.is_some_and(is_han) { DOT } else { c };
        if std::mem::take(&mut blank)
            && let Some(last) = last
        {
            if is_han(last) && is_han(c) {
                let part = name.chars().rev().take_while(|c| is_han(*c)).count();
                let rest = chars[at..].iter().take_while(|c| is_han(**c)).count();
                if part >= 3 && rest >= 2 {
                    name.push(DOT);
                }
            } else if c.is_ascii_alphabetic() && (last.is_ascii_alphabetic() || last == '.') {
                name.push(' ');
            }
        }
        if !(c == DOT && name.ends_with(DOT)) {
            name.push(c);
        }
    }
    name
}

/// The key by which names are compared and found: without dots, blanks and marks, in small letters.
#[must_use]
pub fn key(text: &str) -> String {
    let marks = |c: &char| !matches!(c, '·' | ' ' | '.' | '-' | '\'');
    name(text).chars().filter(marks).flat_map(char::to_lowercase).collect()
}

/// The key of the beginning of a name as somebody types it, when it is one: Chinese characters and marks between them.
#[must_use]
pub fn prefixes(text: &str) -> Option<String> {
    let key = key(text);
    (!key.is_empty() && key.chars().all(is_han)).then_some(key)
}

const fn one_form(c: char) -> char {
    match c {
        '\u{2022}' | '\u{2027}' | '\u{2218}' | '\u{2219}' | '\u{22c5}' | '\u{25cf}' | '\u{25e6}' | '\u{26ab}'
        | '\u{2981}' | '\u{2e31}' | '\u{2e33}' | '\u{30fb}' | '\u{318d}' | '\u{a78f}' | '\u{16eb}' | '\u{1427}'
        | '\u{10101}' => DOT,
        '\u{2018}' | '\u{2019}' | '`' | '\u{b4}' | '\u{2032}' => '\'',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        c => c,
    }
}

/// What stands between the parts of a name for want of the dot.
const fn is_joint(c: char) -> bool {
    matches!(c, '.' | '-' | '。' | '_' | '~')
}

/// Whether a character is a Chinese one.
pub(crate) const fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' | '〇')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_in_many_spellings_is_kept_in_one_form() {
        for written in [
            "买买提·艾力",
            "买买提•艾力",
            "买买提・艾力",
            "买买提．艾力",
            "买买提.艾力",
            "买买提-艾力",
            "买买提 艾力",
            "买买提‧艾力",
            "买买提∙艾力",
            "买买提⋅艾力",
            "买买提●艾力",
            "买买提･艾力",
            "买买提 · 艾力",
            "买买提。艾力",
            "买买提—艾力",
            "买\u{200b}买提··艾力",
            "买买提\u{387}艾力",
            "买买提\u{3000}艾力",
        ] {
            assert_eq!(name(written), "买买提·艾力", "{written}");
            assert_eq!(key(written), "买买提艾力", "{written}");
        }
        assert_eq!(key("买买提艾力"), "买买提艾力");
    }

    #[test]
    fn blanks_inside_a_chinese_name_vanish() {
        for (written, kept) in [
            ("张 三", "张三"),
            ("张\u{3000}\u{3000}三", "张三"),
            ("欧阳 娜娜", "欧阳娜娜"),
            ("张  桂  英", "张桂英"),
            ("John  A. Smith", "John A. Smith"),
            ("O’Brien", "O'Brien"),
            ("Ｊｏｈｎ Ｓｍｉｔｈ", "John Smith"),
            ("⽂丽", "文丽"),
        ] {
            assert_eq!(name(written), kept);
        }
    }

    #[test]
    fn letters_are_no_beginning_in_chinese_characters() {
        assert_eq!(prefixes("买买提•"), Some("买买提".into()));
        assert_eq!([prefixes("zhang"), prefixes("张x"), prefixes("·")], [None, None, None]);
    }
}
