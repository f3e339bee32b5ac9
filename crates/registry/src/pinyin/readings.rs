//! The readings of a name and the two folded columns made of each.

use std::borrow::Cow;

use ::pinyin::ToPinyin as _;

use super::{surnames, syllables};

/// No name gets more search rows than this.
pub const MOST_READINGS: usize = 4;

/// Names of this many syllables and more have the unambiguous key of long names.
pub(super) const LONG: usize = 4;

/// Begins the key of long names; sorts before all letters.
pub(super) const LONG_MARK: char = '4';

/// One way to read a name, as the two columns of its search row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reading {
    /// `zxy`; for names of four and more syllables `4`, the first letter, and the initials that stand nowhere else.
    pub initials: String,
    /// `zhang xiu yun`: the syllables, ü as v, with one blank between.
    pub pinyin: String,
}

type Syllable<'a> = Cow<'a, str>;

/// The readings of a name, likeliest first: surname readings before everyday ones; at most four. None for a name
/// without any readable character.
#[must_use]
pub fn readings(name: &str) -> Vec<Reading> {
    let units = units(name);
    let mut spelled = vec![Spelled { departures: 0, syllables: Vec::new() }];
    for options in &units.options {
        spelled = spelled.iter().flat_map(|before| before.longer(options)).collect();
        spelled.sort_by_key(|way| way.departures);
        spelled.truncate(MOST_READINGS);
    }
    let readable = !units.options.is_empty();
    let spelled = spelled.into_iter().filter(|_| readable);
    spelled.map(|way| Reading::of(&way.syllables, units.latin)).collect()
}

/// A name spelled so far, and how far from the likeliest readings.
struct Spelled<'a> {
    departures: usize,
    syllables: Vec<&'a str>,
}

impl<'a> Spelled<'a> {
    fn longer(&self, options: &'a [Syllable<'_>]) -> impl Iterator<Item = Self> {
        options.iter().enumerate().map(|(at, option)| {
            let syllables = self.syllables.iter().copied().chain([option.as_ref()]).collect();
            Self { departures: self.departures + at, syllables }
        })
    }
}

struct Units<'a> {
    /// For each syllable (or word in Latin letters) its readings.
    options: Vec<Vec<Syllable<'a>>>,
    /// Whether there are words in Latin letters.
    latin: bool,
}

fn units(name: &str) -> Units<'_> {
    let name = name.trim();
    let mut units = Units { options: Vec::new(), latin: false };
    for word in name.split(|c: char| c.is_whitespace() || "·•・.．'’-".contains(c)) {
        if !word.is_empty() && word.chars().all(|c| c.is_ascii_alphabetic()) {
            units.options.push(vec![word.to_ascii_lowercase().into()]);
            units.latin = true;
            continue;
        }
        let mut chars = word.chars().peekable();
        while let Some(c) = chars.next() {
            let first = units.options.is_empty();
            let compound = chars.peek().filter(|_| first).and_then(|next| surnames::of_compound(c, *next));
            if let (Some(compound), Some(next)) = (compound, chars.peek().copied()) {
                chars.next();
                units.options.extend([(c, compound[0], true), (next, compound[1], false)].map(compound_part));
            } else {
                units.options.extend(Some(character(c, first)).filter(|options| !options.is_empty()));
            }
        }
    }
    units
}

fn compound_part<'a>((c, reading, first): (char, &'static str, bool)) -> Vec<Syllable<'a>> {
    let others = character(c, first).into_iter().filter(|other| other != reading);
    std::iter::once(reading.into()).chain(others.take(1)).collect()
}

fn character<'a>(c: char, surname: bool) -> Vec<Syllable<'a>> {
    let special = if surname { surnames::of_surname(c) } else { surnames::of_given(c) };
    if let Some(readings) = special {
        return readings.iter().map(|reading| Cow::Borrowed(*reading)).collect();
    }
    let reading = c.to_pinyin().map(|reading| syllables::fold(reading.plain()));
    reading.into_iter().filter(|syllable| syllables::is_whole(syllable)).collect()
}

impl Reading {
    fn of(syllables: &[&str], latin: bool) -> Self {
        let initials = if latin {
            long_key(&syllables.concat())
        } else if syllables.len() >= LONG {
            long_key(&initials(syllables))
        } else {
            initials(syllables)
        };
        Self { initials, pinyin: syllables.join(" ") }
    }
}

fn initials(syllables: &[&str]) -> String {
    syllables.iter().filter_map(|syllable| syllable.chars().next()).collect()
}

/// The key of a long name, from its initials or from whatever was typed of it.
pub(super) fn long_key(letters: &str) -> String {
    let first = letters.chars().next();
    let rest = letters.get(1..).unwrap_or_default();
    [LONG_MARK].into_iter().chain(first).chain(syllables::hard_initials(rest)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(name: &str) -> Vec<String> {
        readings(name).into_iter().map(|reading| reading.pinyin).collect()
    }

    #[test]
    fn a_plain_name_has_one_reading() {
        let reading = Reading { initials: "zxy".into(), pinyin: "zhang xiu yun".into() };
        for name in ["张秀云", " 张 秀云 "] {
            assert_eq!(readings(name), std::slice::from_ref(&reading));
        }
    }

    #[test]
    fn surnames_have_their_own_reading_first_and_the_everyday_one_after() {
        for (name, first) in [
            ("单玉兰", "shan yu lan"),
            ("曾国华", "zeng guo hua"),
            ("仇英", "qiu ying"),
            ("解放", "xie fang"),
            ("查良", "zha liang"),
            ("朴顺子", "piao shun zi"),
            ("区志强", "ou zhi qiang"),
            ("盖叫天", "ge jiao tian"),
            ("任桂花", "ren gui hua"),
            ("华秀英", "hua xiu ying"),
            ("乐山", "yue shan"),
            ("缪丽", "miao li"),
            ("翟建国", "zhai jian guo"),
            ("覃秀莲", "qin xiu lian"),
            ("尉迟恭", "yu chi gong"),
            ("万俟明", "mo qi ming"),
            ("长孙秀", "zhang sun xiu"),
            ("吕女", "lv nv"),
        ] {
            assert_eq!(spelled(name)[0], first, "{name}");
        }
        assert_eq!(spelled("单玉兰"), ["shan yu lan", "dan yu lan"]);
        assert!(spelled("尉迟恭").contains(&"wei chi gong".to_owned()));
        assert_eq!(spelled("万里"), ["wan li"]);
    }

    #[test]
    fn characters_with_two_likely_readings_in_given_names_keep_both_and_never_more_than_four_rows() {
        assert_eq!(spelled("李行"), ["li xing", "li hang"]);
        assert_eq!(spelled("王长重").len(), 4);
        assert_eq!(spelled("曾长行").len(), MOST_READINGS);
        assert_eq!(spelled("曾长行")[0], "zeng chang xing");
    }

    #[test]
    fn long_and_foreign_names_get_the_key_that_every_way_of_typing_leads_to() {
        assert_eq!(readings("尉迟敬德")[0].initials, "4ycjd");
        assert_eq!(
            readings("买买提·艾合买提")[0],
            Reading { initials: "4mmtmt".into(), pinyin: "mai mai ti ai he mai ti".into() }
        );
        assert_eq!(readings("John Smith")[0], Reading { initials: "4jsmt".into(), pinyin: "john smith".into() });
        assert!(readings("").is_empty() && readings("？？").is_empty());
    }
}
