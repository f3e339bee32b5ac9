//! The store on both engines.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod backup;
mod blobs;
mod bulk;
mod commits;
mod consumers;
mod heads;
mod journal;
mod keys;
mod mechanisms;
mod proofs;
mod schema;
mod writing;

use kernel::{Event, Facts, Key, Region};
use serde::Serialize;
use uuid::Uuid;

/// Something that happened, for tests.
#[derive(Debug, Serialize)]
pub struct Happened {
    /// A number to tell events apart.
    pub n: i64,
}

impl Facts for Happened {
    const KIND: &'static str = "test.happened";
}

/// An event about a subject in a place.
pub fn happened(place: &str, subject: u128, n: i64) -> Event {
    let place: Region = place.parse().unwrap();
    let key = Key::<Happened>::new(place.home().unwrap(), Uuid::from_u128(subject));
    Event::new(key, place, &Happened { n }).unwrap()
}
