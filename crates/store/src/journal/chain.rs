//! The links of the chain: SM3 (GB/T 32905) over the previous link and every column of the row, each with its length.

use kernel::{Failure, Result};
use sm3::{Digest, Sm3};

use super::Entry;

/// A link: 32 bytes.
pub type Hash = [u8; 32];

/// What the first entry of a home links to.
pub(super) const GENESIS: Hash = [0; 32];

pub(super) fn hash_of(bytes: Vec<u8>) -> Result<Hash> {
    bytes.try_into().map_err(|_| Failure::internal("a link of the chain has 32 bytes"))
}

/// The link of `row` after the link `previous`.
pub(super) fn link(previous: &Hash, row: &Entry) -> Hash {
    let mut hasher = Sm3::new();
    hasher.update(previous);
    for number in
        [i64::from(row.home), row.seq, i64::from(row.node), row.at.timestamp_micros(), i64::from(row.ver), row.place]
    {
        hasher.update(number.to_be_bytes());
    }
    let day = row.business_day.to_string();
    for text in [&day, &row.actor, &row.actor_name, &row.acting_as, &row.kind, &row.facts] {
        part(&mut hasher, Some(text.as_bytes()));
    }
    part(&mut hasher, Some(row.subject.as_bytes()));
    part(&mut hasher, row.person.as_ref().map(|id| id.as_bytes().as_slice()));
    part(&mut hasher, row.cause.as_ref().map(|id| id.as_bytes().as_slice()));
    part(&mut hasher, row.private.as_deref());
    hasher.finalize().into()
}

/// Adds one variable part: its length plus one and its bytes; 0 for an absent one.
fn part(hasher: &mut Sm3, bytes: Option<&[u8]>) {
    let length = bytes.map_or(0, |b| b.len() as u64 + 1);
    hasher.update(length.to_be_bytes());
    hasher.update(bytes.unwrap_or_default());
}
