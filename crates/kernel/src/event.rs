//! The envelope of the journal. Bodies are types of the crate that writes them.

use serde::Serialize;
use uuid::Uuid;

use crate::{Home, Key, Region};

/// The body of an event: what happened, with the full new state of its subject where the kind is exchanged.
pub trait EventBody: Serialize {
    /// The kind, `subject.verb` in the past tense: `order.placed`. Stable for ever.
    const KIND: &'static str;
    /// The version of the body's shape, from 1.
    const VER: i16 = 1;
}

/// Something that happened, as a room hands it to the journal. Home, time, actor and sequence come from the
/// transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The home of the subject.
    pub home: Home,
    /// `subject.verb`.
    pub kind: &'static str,
    /// Version of the body's shape.
    pub ver: i16,
    /// Whom or what it is about: an elder, an order, a worker.
    pub subject: Uuid,
    /// The person on whose timeline it stands, when it stands on one.
    pub person: Option<Uuid>,
    /// Where the case is now.
    pub place: Region,
    /// The event or command that caused it.
    pub cause: Option<Uuid>,
    /// The body as JSON, always an object.
    pub body: serde_json::Value,
}

impl Event {
    /// An event about `subject`, in the place where the case is now.
    ///
    /// # Errors
    /// When the body does not serialise to a JSON object.
    pub fn new<T: ?Sized, B: EventBody>(subject: Key<T>, place: Region, body: &B) -> serde_json::Result<Self> {
        let body = serde_json::to_value(body)?;
        if !body.is_object() {
            return Err(serde::ser::Error::custom("an event's body is a JSON object"));
        }
        Ok(Self {
            home: subject.home,
            kind: B::KIND,
            ver: B::VER,
            subject: subject.id,
            person: None,
            place,
            cause: None,
            body,
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Placed {
        minutes: i32,
    }

    impl EventBody for Placed {
        const KIND: &'static str = "order.placed";
    }

    #[derive(Serialize)]
    struct Bare(i32);

    impl EventBody for Bare {
        const KIND: &'static str = "order.bare";
    }

    #[test]
    fn a_body_is_an_object_never_a_bare_number() {
        let place: Region = "411002001001".parse().unwrap();
        let key = Key::<Placed>::new(place.home().unwrap(), Uuid::from_u128(1));
        assert_eq!(Event::new(key, place, &Placed { minutes: 60 }).unwrap().body["minutes"], 60);
        assert!(Event::new(key, place, &Bare(1)).is_err());
    }
}
