//! Two languages, one table. Text is Chinese in the source and is its own key; `locales/en.json` holds the English.
//!
//! A homonym carries its context behind a bar, which is never shown: `完成|order`. Gaps are named: `共 {n} 人`.

use std::{borrow::Cow, collections::HashMap, sync::LazyLock};

use kernel::{Filling, Text};

/// The languages of the interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Locale {
    /// 中文, the source.
    #[default]
    Zh,
    /// English.
    En,
}

impl Locale {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Zh, Self::En];

    /// The value of `<html lang>`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// The other one, for the switch.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Zh => Self::En,
            Self::En => Self::Zh,
        }
    }

    /// The language of a stored choice (`zh`, `en`, `zh-CN` …).
    #[must_use]
    pub fn of(tag: &str) -> Option<Self> {
        match tag.get(..2)? {
            "zh" => Some(Self::Zh),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// The first language we have among an `Accept-Language` header's, in the order written; Chinese without one.
    #[must_use]
    pub fn accepted(header: &str) -> Self {
        header.split(',').find_map(|part| Self::of(part.trim())).unwrap_or_default()
    }
}

/// English by Chinese source.
static ENGLISH: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../locales/en.json")).unwrap_or_else(|fault| {
        tracing::error!(%fault, "locales/en.json is not a flat JSON object");
        HashMap::new()
    })
});

/// The sentence in a language, with its gaps filled. A source without English is shown in Chinese; the tests of
/// [`crate::check`] and of this module find it first.
/// Chinese names that fill gaps of an English sentence are set apart by the invisible isolates U+2068 and U+2069.
#[must_use]
pub fn translate(locale: Locale, zh: &str, args: &[(&'static str, Filling)]) -> String {
    let pattern = pattern(locale, zh);
    args.iter().fold(pattern.into_owned(), |text, (name, filling)| {
        let gap = format!("{{{name}}}");
        match (locale, filling) {
            (Locale::En, Filling::Words(words)) => {
                let words: Vec<_> = words.split('；').map(|word| word.in_locale(locale)).collect();
                text.replace(&gap, &words.join("; "))
            }
            (Locale::En, Filling::Data(name)) if name.chars().any(is_han) => {
                text.replace(&gap, &format!("\u{2068}{name}\u{2069}"))
            }
            _ => text.replace(&gap, filling.zh()),
        }
    })
}

/// Whether a character is Chinese writing or its punctuation.
#[must_use]
pub const fn is_han(char: char) -> bool {
    matches!(char, '\u{3000}'..='\u{303f}' | '\u{3400}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}')
}

fn pattern(locale: Locale, zh: &str) -> Cow<'_, str> {
    match locale {
        Locale::En if ENGLISH.contains_key(zh) => Cow::Borrowed(ENGLISH[zh].as_str()),
        _ => Cow::Borrowed(zh.rsplit_once('|').map_or(zh, |(shown, _)| shown)),
    }
}

/// What the filter `t` accepts.
pub trait Translate {
    /// The sentence in a language.
    fn in_locale(&self, locale: Locale) -> String;
}

impl Translate for str {
    fn in_locale(&self, locale: Locale) -> String {
        translate(locale, self, &[])
    }
}

impl Translate for String {
    fn in_locale(&self, locale: Locale) -> String {
        translate(locale, self, &[])
    }
}

impl Translate for Text {
    fn in_locale(&self, locale: Locale) -> String {
        translate(locale, self.zh, &self.args)
    }
}

impl<T: Translate + ?Sized> Translate for &T {
    fn in_locale(&self, locale: Locale) -> String {
        (**self).in_locale(locale)
    }
}

/// What the filter `with` accepts: a literal, or what `with` returned.
pub trait IntoText {
    /// The sentence with its gaps so far.
    fn into_text(self) -> Text;
}

impl IntoText for &'static str {
    fn into_text(self) -> Text {
        Text::new(self)
    }
}

impl IntoText for &&'static str {
    fn into_text(self) -> Text {
        Text::new(self)
    }
}

impl IntoText for Text {
    fn into_text(self) -> Text {
        self
    }
}

impl IntoText for &Text {
    fn into_text(self) -> Text {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use kernel::text;

    use super::*;

    #[test]
    fn the_context_of_a_homonym_is_never_shown() {
        assert_eq!("完成|order".in_locale(Locale::Zh), "完成");
    }

    #[test]
    fn gaps_are_filled_by_name_in_both_languages() {
        let text = text!("共 {n} 条", n = 12);
        assert_eq!(text.in_locale(Locale::Zh), "共 12 条");
        assert_eq!(text.in_locale(Locale::En), "12 in total");
    }

    #[test]
    fn words_of_ours_in_a_gap_are_told_in_english_and_names_are_not() {
        let words = text!("人员类别改为{to}").with_words("to", "独居；低保");
        assert_eq!(words.to_string(), "人员类别改为独居；低保");
        assert!(words.in_locale(Locale::En).contains("Lives alone; Minimum income"));
        let name = text!("姓名由{from}改为{to}", from = "陈秀芸", to = "陈秀云");
        assert!(name.in_locale(Locale::En).contains("\u{2068}陈秀云\u{2069}"));
    }

    #[test]
    fn the_browsers_first_known_language_wins() {
        assert_eq!(Locale::accepted("fr, en;q=0.8, zh;q=0.5"), Locale::En);
        assert_eq!(Locale::accepted("fr"), Locale::Zh);
    }
}
