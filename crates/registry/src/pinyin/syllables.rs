//! The syllables of Mandarin in folded form (ü as v), taken from the readings of all unified Chinese characters.

use std::{borrow::Cow, collections::BTreeSet, sync::LazyLock};

use ::pinyin::ToPinyin as _;

static ALL: LazyLock<Vec<String>> = LazyLock::new(|| {
    let readings = ('\u{4e00}'..='\u{9fff}').filter_map(|c| c.to_pinyin());
    let folded: BTreeSet<_> = readings.map(|reading| fold(reading.plain()).into_owned()).collect();
    folded.into_iter().filter(|syllable| syllable.contains(['a', 'e', 'i', 'o', 'u', 'v'])).collect()
});

/// Letters that begin syllables and never stand inside one.
const HARD: &str = "bcdfjklmpqstwxyz";
const NEVER_FIRST: &str = "iuv";

/// ü as v.
pub(super) fn fold(syllable: &str) -> Cow<'_, str> {
    if syllable.contains('ü') { syllable.replace('ü', "v").into() } else { syllable.into() }
}

/// Whether the letters are a whole syllable.
pub(super) fn is_whole(letters: &str) -> bool {
    ALL.binary_search_by(|syllable| syllable.as_str().cmp(letters)).is_ok()
}

/// Whether some syllable begins with the letters.
pub(super) fn begins_one(letters: &str) -> bool {
    let at = ALL.partition_point(|syllable| syllable.as_str() < letters);
    ALL.get(at).is_some_and(|syllable| syllable.starts_with(letters))
}

/// Whether a syllable can begin with the letter.
pub(super) fn can_be_initial(letter: char) -> bool {
    letter.is_ascii_lowercase() && !NEVER_FIRST.contains(letter)
}

/// Those of the letters that can only be the first of a syllable: `zhangxiuyun` and `zxy` both give `zxy`.
pub(super) fn hard_initials(letters: &str) -> impl Iterator<Item = char> {
    letters.chars().filter(|letter| HARD.contains(*letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_the_syllables_of_mandarin_and_no_sounds_without_vowel() {
        assert!((400..=412).contains(&ALL.len()), "{}", ALL.len());
        assert!(is_whole("zhang") && is_whole("lv") && is_whole("nve") && is_whole("er"));
        assert!(!is_whole("hm") && !is_whole("zh") && !is_whole("lü"));
        assert!(begins_one("zh") && begins_one("zhan") && !begins_one("zx") && !begins_one("v"));
    }

    #[test]
    fn hard_letters_stand_at_the_beginning_only() {
        for syllable in ALL.iter() {
            assert_eq!(hard_initials(&syllable[1..]).count(), 0, "{syllable}");
            assert!(can_be_initial(syllable.chars().next().unwrap()));
        }
    }
}
