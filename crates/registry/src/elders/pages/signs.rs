//! A person's traits as signs: icon, word, colour. Never red for a person.

use askama::{Template, filters::HtmlSafe};
use kernel::{Sex, Text};
use web::filters;

use crate::elders::vocabulary::Tag;

/// One trait.
#[derive(Clone, Debug, Template)]
#[template(
    source = r#"<span class="sign {{ tone }}">{{ icon|icon }}{{ word|t }}{% if let Some(source) = source %} <small>{{ source|t }}</small>{% endif %}</span>"#,
    ext = "html"
)]
pub struct Sign {
    tone: &'static str,
    icon: &'static str,
    word: Text,
    source: Option<Text>,
}

impl HtmlSafe for Sign {}

impl Sign {
    /// The sign of a trait.
    #[must_use]
    pub const fn of(tag: Tag) -> Self {
        let (tone, icon) = match tag {
            Tag::Alone => ("dai", "home"),
            Tag::MinimumAllowance => ("info", "shield-check"),
            Tag::NearPoor => ("info", "shield-half"),
            Tag::Destitute => ("info", "lifebuoy"),
            Tag::Dementia => ("wait", "brain"),
            Tag::SeverelyDisabled | Tag::Disabled => ("wait", "wheelchair"),
            Tag::EmptyNest => ("hollow", "home-off"),
            Tag::LeftBehind => ("hollow", "map-pin"),
            Tag::LostOnlyChild => ("hollow", "user"),
            Tag::Entitled => ("hollow", "medal"),
            Tag::Aged => ("hollow", "cake"),
        };
        Self { tone, icon, word: Text::new(tag.word()), source: None }
    }

    /// Says where the trait comes from and since when.
    #[must_use]
    pub fn from(mut self, source: Text) -> Self {
        self.source = Some(source);
        self
    }
}

/// The word of a sex.
#[must_use]
pub const fn sex(sex: Sex) -> Text {
    Text::new(match sex {
        Sex::Male => "男",
        Sex::Female => "女",
        Sex::Unknown => "性别未知",
        Sex::Unstated => "性别未说明",
    })
}
