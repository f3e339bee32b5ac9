//! What the entries of a person's timeline say. Each room words its own kinds: a [`Wording`] that the assembly hangs in
//! with [`Guests`]; an entry that nobody words is shown by its kind.

use std::{fmt, sync::Arc};

use kernel::{Action, Text, text};
use store::journal::Entry;
use web::state::AppState;

use crate::elders::moving::Leaving;

/// How an entry looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// A step of a service.
    #[default]
    Plain,
    /// Something about the file itself.
    Mute,
    /// Something that waits.
    Soon,
    /// Something that went wrong.
    Bad,
}

impl Tone {
    /// The class of the entry.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Mute => "mute",
            Self::Soon => "soon",
            Self::Bad => "bad",
        }
    }
}

/// An entry in words. Numbers of persons stand masked in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What happened.
    pub text: Text,
    /// What else there is to know, one sentence each.
    pub details: Vec<Text>,
    /// How it looks.
    pub tone: Tone,
    /// The page of the case.
    pub href: Option<String>,
}

impl Told {
    /// One sentence.
    #[must_use]
    pub const fn new(text: Text) -> Self {
        Self { text, details: Vec::new(), tone: Tone::Plain, href: None }
    }

    /// With another look.
    #[must_use]
    pub const fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    /// With one more sentence.
    #[must_use]
    pub fn detail(mut self, text: Text) -> Self {
        self.details.push(text);
        self
    }

    /// With the page of the case.
    #[must_use]
    pub fn href(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }
}

/// The words of a room's kinds.
pub trait Wording: Send + Sync {
    /// An entry in words; none for kinds of other rooms. `private` is the opened private part, when the person's key
    /// still exists.
    fn tell(&self, entry: &Entry, private: Option<&[u8]>) -> Option<Told>;
}

/// A card on an elder's page that another room fills: `GET <path>/<key>` answers with a fragment.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its heading.
    pub title: Text,
    /// The path before the key: `/orders/of-elder`.
    pub path: &'static str,
    /// Who sees it.
    pub needs: Action,
    /// The live topic that refreshes it.
    pub live: &'static str,
}

/// Something that can be done from an elder's page: a link to `<path>?elder=<key>`.
#[derive(Clone, Debug)]
pub struct Act {
    /// Its words.
    pub text: Text,
    /// Icon of the sprite.
    pub icon: &'static str,
    /// The page that does it: `/orders/new`.
    pub path: &'static str,
    /// Who may.
    pub needs: Action,
}

/// What other rooms add to an elder's page; hung into the state by the assembly.
#[derive(Default)]
pub struct Guests {
    wordings: Vec<Box<dyn Wording>>,
    /// Cards, in their order.
    pub sections: Vec<Section>,
    /// Actions; the first is the page's main one.
    pub acts: Vec<Act>,
    /// Who is asked before somebody leaves the county.
    pub leaving: Vec<Arc<dyn Leaving>>,
}

impl fmt::Debug for Guests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guests").field("sections", &self.sections).field("acts", &self.acts).finish_non_exhaustive()
    }
}

impl Guests {
    /// What the assembly hung into the state; nothing in a house without other rooms.
    #[must_use]
    pub fn of(state: &AppState) -> Arc<Self> {
        state.room::<Self>().unwrap_or_default()
    }

    /// Adds the words of a room's kinds.
    #[must_use]
    pub fn wording(mut self, wording: impl Wording + 'static) -> Self {
        self.wordings.push(Box::new(wording));
        self
    }

    /// Adds a card.
    #[must_use]
    pub fn section(mut self, section: Section) -> Self {
        self.sections.push(section);
        self
    }

    /// Adds an action.
    #[must_use]
    pub fn act(mut self, act: Act) -> Self {
        self.acts.push(act);
        self
    }

    /// Adds a room that is asked before somebody leaves the county.
    #[must_use]
    pub fn leaving(mut self, room: impl Leaving + 'static) -> Self {
        self.leaving.push(Arc::new(room));
        self
    }

    /// An entry in words: those of the room that knows its kind, or its kind.
    #[must_use]
    pub fn tell(&self, own: &dyn Wording, entry: &Entry, private: Option<&[u8]>) -> Told {
        let mut rooms = std::iter::once(own).chain(self.wordings.iter().map(AsRef::as_ref));
        rooms
            .find_map(|room| room.tell(entry, private))
            .unwrap_or_else(|| Told::new(text!("有一条记录（{kind}）", kind = entry.kind)).tone(Tone::Mute))
    }
}
