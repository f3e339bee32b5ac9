//! The envelope of the journal. Facts are types of the crate that writes them.

use chrono::NaiveDate;
use serde::Serialize;
use uuid::Uuid;

use crate::{Home, Key, Region};

/// What happened, in words that name nobody: states, places, items, amounts, ids. Stored in clear, counted downstream.
/// Names, numbers, addresses and notes go into the event's private part, which is sealed with the person's key.
pub trait Facts: Serialize {
    /// The kind, `subject.verb` in the past tense: `order.placed`. Stable for ever.
    const KIND: &'static str;
    /// The version of the shape, from 1.
    const VER: i16 = 1;
}

/// Something that happened, as a room hands it to the journal. Time, actor and sequence come from the transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The home of the subject; its chain takes the event.
    pub home: Home,
    /// `subject.verb`.
    pub kind: &'static str,
    /// Version of the shape of `facts`.
    pub ver: i16,
    /// Whom or what it is about: an elder, an order, a worker.
    pub subject: Uuid,
    /// The person on whose timeline it stands, when it stands on one.
    pub person: Option<Uuid>,
    /// Where the case is now.
    pub place: Region,
    /// The event or command that caused it.
    pub cause: Option<Uuid>,
    /// The day of business it belongs to, when that is not the day of the write (a late entry).
    pub day: Option<NaiveDate>,
    /// JSON object of [`Facts`].
    pub facts: serde_json::Value,
    /// The private part, already sealed with the person's key.
    pub private: Option<Vec<u8>>,
}

impl Event {
    /// An event about `subject`, in the place where the case is now.
    ///
    /// # Errors
    /// When the facts do not serialise to a JSON object.
    pub fn new<T: ?Sized, F: Facts>(subject: Key<T>, place: Region, facts: &F) -> serde_json::Result<Self> {
        let facts = serde_json::to_value(facts)?;
        if !facts.is_object() {
            return Err(serde::ser::Error::custom("an event's facts are a JSON object"));
        }
        Ok(Self {
            home: subject.home,
            kind: F::KIND,
            ver: F::VER,
            subject: subject.id,
            person: None,
            place,
            cause: None,
            day: None,
            facts,
            private: None,
        })
    }

    /// Puts it on a person's timeline.
    #[must_use]
    pub const fn on_timeline_of(mut self, person: Uuid) -> Self {
        self.person = Some(person);
        self
    }

    /// Names its cause.
    #[must_use]
    pub const fn caused_by(mut self, cause: Uuid) -> Self {
        self.cause = Some(cause);
        self
    }

    /// Counts it on another day of business than today's.
    #[must_use]
    pub const fn on_day(mut self, day: NaiveDate) -> Self {
        self.day = Some(day);
        self
    }

    /// Adds what only holders of the person's key may read.
    #[must_use]
    pub fn with_private(mut self, sealed: Vec<u8>) -> Self {
        self.private = Some(sealed);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Placed {
        minutes: i32,
    }

    impl Facts for Placed {
        const KIND: &'static str = "order.placed";
    }

    #[derive(Serialize)]
    struct Bare(i32);

    impl Facts for Bare {
        const KIND: &'static str = "order.bare";
    }

    #[test]
    fn facts_are_an_object_never_a_bare_number() {
        let place: Region = "411002001001".parse().unwrap();
        let key = Key::<Placed>::new(place.home().unwrap(), Uuid::from_u128(1));
        assert_eq!(Event::new(key, place, &Placed { minutes: 60 }).unwrap().facts["minutes"], 60);
        assert!(Event::new(key, place, &Bare(1)).is_err());
    }
}
