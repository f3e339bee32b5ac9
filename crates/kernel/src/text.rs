//! A sentence for people: its Chinese source and what stands in its gaps. The web crate translates it.

use std::fmt;

/// A sentence whose Chinese source is also its key in `locales/en.json`; `{name}` marks a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The Chinese sentence.
    pub zh: &'static str,
    /// What fills the gaps, by name.
    pub args: Vec<(&'static str, Filling)>,
}

/// What fills a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filling {
    /// A number or a name, the same in every language.
    Data(String),
    /// Words of ours, each translated; several are set apart by ；.
    Words(String),
}

impl Filling {
    /// As it stands in the Chinese sentence.
    #[must_use]
    pub fn zh(&self) -> &str {
        match self {
            Self::Data(text) | Self::Words(text) => text,
        }
    }
}

impl Text {
    /// A sentence without gaps.
    #[must_use]
    pub const fn new(zh: &'static str) -> Self {
        Self { zh, args: Vec::new() }
    }

    /// Fills one gap.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.args.push((name, Filling::Data(value.to_string())));
        self
    }

    /// Fills one gap with words of ours.
    #[must_use]
    pub fn with_words(mut self, name: &'static str, words: impl Into<String>) -> Self {
        self.args.push((name, Filling::Words(words.into())));
        self
    }

    /// A translation of the source (or the source itself) with its gaps filled.
    #[must_use]
    pub fn fill(&self, pattern: &str) -> String {
        self.args
            .iter()
            .fold(pattern.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value.zh()))
    }
}

/// The Chinese sentence.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fill(self.zh))
    }
}

/// A [`Text`](crate::Text): `text!("第 {row} 行", row = 3)`.
#[macro_export]
macro_rules! text {
    ($zh:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::Text::new($zh)$(.with(stringify!($name), &$value))*
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn gaps_are_filled_by_name_in_any_language() {
        let text = text!("第 {row} 行的{column}", row = 3, column = "手机");
        assert_eq!(text.to_string(), "第 3 行的手机");
        assert_eq!(text.fill("{column} in row {row}"), "手机 in row 3");
    }
}
