//! Characters: those that nobody sees, those of another width, those of no standard.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;

/// Whether a character is one that nobody sees: format characters (Unicode Cf: marks of direction, joiners, the soft
/// hyphen, byte order marks, tags), variation selectors, fillers, and controls that are no blank.
#[must_use]
pub const fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}'
        | '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}' | '\u{891}' | '\u{8e2}'
        | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a text holds a character of a private use area: what it shows depends on the computer.
#[must_use]
pub fn has_private_use(text: &str) -> bool {
    text.chars().any(is_private_use)
}

const fn is_private_use(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{ffffd}' | '\u{100000}'..='\u{10fffd}')
}

/// Characters that GB 18030 kept in the private use area until they had a place of their own (GB 18030-2022 annex D).
const GB_18030: [(char, char); 14] = [
    ('\u{e816}', '\u{20087}'),
    ('\u{e817}', '\u{20089}'),
    ('\u{e818}', '\u{200cc}'),
    ('\u{e81e}', '\u{9fb4}'),
    ('\u{e826}', '\u{9fb5}'),
    ('\u{e82b}', '\u{9fb6}'),
    ('\u{e82c}', '\u{9fb7}'),
    ('\u{e831}', '\u{215d7}'),
    ('\u{e832}', '\u{9fb8}'),
    ('\u{e83b}', '\u{2298f}'),
    ('\u{e843}', '\u{9fb9}'),
    ('\u{e854}', '\u{9fba}'),
    ('\u{e855}', '\u{241fe}'),
    ('\u{e864}', '\u{9fbb}'),
];

fn placed(c: char) -> char {
    GB_18030.iter().find(|(private, _)| *private == c).map_or(c, |(_, own)| *own)
}

/// A text without what nobody sees, blanks of any width as one form, blanks around it cut off.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    let plain = |c: char| !is_unseen(c) && (!c.is_whitespace() || matches!(c, ' ' | '\n')) && !is_private_use(c);
    let trimmed = text.trim();
    if trimmed.chars().all(plain) {
        return Cow::Borrowed(trimmed);
    }
    let seen: String = trimmed
        .chars()
        .filter(|c| !is_unseen(*c))
        .map(|c| if c.is_whitespace() && c != '\n' { ' ' } else { placed(c) })
        .collect();
    Cow::Owned(seen.trim().to_owned())
}

/// A text to keep, such as an address: as [`visible`], letters and digits of full width as plain ones, Chinese
/// punctuation as it was written, without characters of private use.
#[must_use]
pub fn plain(text: &str) -> String {
    let half = |c: char| match c {
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{2f00}'..='\u{2fdf}' | '\u{f900}'..='\u{faff}' => c.nfkc().next().unwrap_or(c),
        _ => c,
    };
    let kept: String = visible(text).chars().filter(|c| !is_private_use(*c)).map(half).collect();
    kept.trim().to_owned()
}

/// A text to be compared with words or read as a number: as [`visible`], in Unicode's form NFKC, dashes of any length as
/// one, small letters.
#[must_use]
pub fn fold(text: &str) -> String {
    let dash = |c: char| match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}' | '\u{fe63}' | '\u{2500}' | '\u{fe58}' => '-',
        c => c,
    };
    let text = visible(text);
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfkc().filter(|c| !is_unseen(*c)).map(dash).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_gone_wherever_it_stood() {
        for unseen in [
            "\u{200b}",
            "\u{202a}",
            "\u{202c}",
            "\u{202d}",
            "\u{2060}",
            "\u{ad}",
            "\u{feff}",
            "\u{fe0f}",
            "\u{e0100}",
            "\u{2066}",
            "\u{2069}",
            "\u{200e}",
            "\u{61c}",
            "\u{180e}",
            "\u{3164}",
            "\u{e0041}",
            "\u{7}",
            "\u{2800}",
        ] {
            for text in [format!("{unseen}郑国强"), format!("郑{unseen}国强"), format!("郑国强{unseen}{unseen}")]
            {
                assert_eq!(visible(&text), "郑国强", "{text:?}");
                assert_eq!(plain(&text), "郑国强");
                assert_eq!(fold(&text), "郑国强");
            }
        }
        assert!(matches!(visible("郑国强"), Cow::Borrowed(_)));
    }

    #[test]
    fn widths_do_not_count_and_chinese_punctuation_stays_in_a_text_to_keep() {
        assert_eq!(plain("\u{3000}文昌街道３号楼（东）２０１\u{a0}"), "文昌街道3号楼（东）201");
        assert_eq!(fold("ＳＦＺ１２３Ｘ（１）"), "sfz123x(1)");
        assert_eq!(fold("138—0000–1234"), "138-0000-1234");
        assert_eq!(plain("⽂昌街"), "文昌街");
    }

    #[test]
    fn characters_of_private_use_get_their_place_or_vanish_from_texts() {
        assert_eq!(plain("1号楼\u{e00e}"), "1号楼");
        assert_eq!(visible("王\u{e81e}"), "王\u{9fb4}");
        assert!(has_private_use("王\u{e900}") && !has_private_use("王"));
    }
}
