//! What a page tells its shell: title, where it stands, how much it shows and as of when, what can be done.

use askama::{Template, filters::HtmlSafe};
use kernel::{Instant, Text};

use crate::filters;

/// Words on a page: ours, which are translated, or a person's or place's name, which is not.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(
    source = "{% match self %}{% when Self::Text(text) %}{{ text|t }}{% when Self::Data(name) %}<span data-user>{{ name }}</span>{% endmatch %}",
    ext = "html"
)]
pub enum Label {
    /// A sentence of ours.
    Text(Text),
    /// A name out of the data; marked `data-user` so that tests know it needs no English.
    Data(String),
}

impl HtmlSafe for Label {}

impl Label {
    /// A name out of the data.
    #[must_use]
    pub fn data(name: impl Into<String>) -> Self {
        Self::Data(name.into())
    }
}

impl From<Text> for Label {
    fn from(text: Text) -> Self {
        Self::Text(text)
    }
}

/// One step of the way to this page; the last has no address.
#[derive(Clone, Debug)]
pub struct Crumb {
    /// Words.
    pub label: Label,
    /// Address, unless it is this page.
    pub href: Option<String>,
}

/// How an action looks: exactly one of a page is solid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Outlined.
    Ghost,
    /// 黛, the page's main action.
    Solid,
}

/// An action of the page head: a link (things that write are forms in the page).
#[derive(Clone, Debug)]
pub struct Act {
    /// Words.
    pub text: Text,
    /// Icon of the sprite.
    pub icon: &'static str,
    /// Address.
    pub href: String,
    /// Ghost or solid.
    pub weight: Weight,
}

/// The head of a page, made by [`View::head`](crate::page::View::head).
#[derive(Clone, Debug)]
pub struct Head {
    /// The h1, and the first half of the title bar.
    pub title: Label,
    /// Beside the h1, softer.
    pub soft: Option<Label>,
    /// The menu entry that is current.
    pub menu: &'static str,
    /// The way here.
    pub crumbs: Vec<Crumb>,
    /// How much is shown within which scope.
    pub scope: Option<Text>,
    /// As of when.
    pub fresh: Option<Instant>,
    /// Right-hand actions.
    pub acts: Vec<Act>,
    /// A page with persons: unit, user and time lie over it and its print.
    pub watermark: bool,
    /// The narrow menu, where the work needs width.
    pub rail: bool,
    /// The page writes its own h1.
    pub own_heading: bool,
    /// The page shows a form with faults: its title starts with 有误：.
    pub faulty: bool,
}

impl Head {
    /// A head with a title of ours.
    #[must_use]
    pub fn new(title: Text) -> Self {
        Self::of(title.into())
    }

    /// A head whose title is a name out of the data.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self::of(Label::data(name))
    }

    fn of(title: Label) -> Self {
        Self {
            title,
            soft: None,
            menu: "",
            crumbs: Vec::new(),
            scope: None,
            fresh: None,
            acts: Vec::new(),
            watermark: false,
            rail: false,
            own_heading: false,
            faulty: false,
        }
    }

    /// Marks a menu entry as current, by its key.
    #[must_use]
    pub const fn menu(mut self, key: &'static str) -> Self {
        self.menu = key;
        self
    }

    /// Adds a step to the way here.
    #[must_use]
    pub fn crumb(mut self, label: impl Into<Label>, href: impl Into<String>) -> Self {
        self.crumbs.push(Crumb { label: label.into(), href: Some(href.into()) });
        self
    }

    /// Adds the last step of the way here.
    #[must_use]
    pub fn here(mut self, label: impl Into<Label>) -> Self {
        self.crumbs.push(Crumb { label: label.into(), href: None });
        self
    }

    /// Words beside the h1.
    #[must_use]
    pub fn soft(mut self, label: impl Into<Label>) -> Self {
        self.soft = Some(label.into());
        self
    }

    /// How much is shown within which scope: `text!("可见范围：{place}全部街道乡镇，{n} 人", ..)`.
    #[must_use]
    pub fn scope(mut self, text: Text) -> Self {
        self.scope = Some(text);
        self
    }

    /// As of when.
    #[must_use]
    pub const fn fresh(mut self, at: Instant) -> Self {
        self.fresh = Some(at);
        self
    }

    /// Adds an outlined action.
    #[must_use]
    pub fn ghost(self, text: Text, icon: &'static str, href: impl Into<String>) -> Self {
        self.act(text, icon, href, Weight::Ghost)
    }

    /// Adds the one solid action.
    #[must_use]
    pub fn solid(self, text: Text, icon: &'static str, href: impl Into<String>) -> Self {
        self.act(text, icon, href, Weight::Solid)
    }

    fn act(mut self, text: Text, icon: &'static str, href: impl Into<String>, weight: Weight) -> Self {
        self.acts.push(Act { text, icon, href: href.into(), weight });
        self
    }

    /// The page shows persons: watermark it.
    #[must_use]
    pub const fn with_persons(mut self) -> Self {
        self.watermark = true;
        self
    }

    /// The page needs width: narrow menu.
    #[must_use]
    pub const fn on_rail(mut self) -> Self {
        self.rail = true;
        self
    }

    /// The page's template writes the h1.
    #[must_use]
    pub const fn own_heading(mut self) -> Self {
        self.own_heading = true;
        self
    }

    /// The page shows a form with faults, or not.
    #[must_use]
    pub const fn faulty(mut self, faulty: bool) -> Self {
        self.faulty = faulty;
        self
    }
}
