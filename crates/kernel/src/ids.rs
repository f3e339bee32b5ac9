//! Ids and randomness. One seeded generator behind a lock: from the operating system in service, from a fixed seed in
//! tests and in the demo city.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha12Rng;
use uuid::Uuid;

use crate::Instant;

/// The source of ids, tokens and nonces.
pub struct Ids(Mutex<State>);

struct State {
    rng: ChaCha12Rng,
    /// Microsecond of the last id, and how many ids were made in it.
    last: (u64, u16),
}

impl Ids {
    /// Seeded by the operating system.
    #[must_use]
    pub fn from_os() -> Self {
        Self::of(rand::make_rng())
    }

    /// The same sequence for the same seed: tests and demo data only.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::of(ChaCha12Rng::seed_from_u64(seed))
    }

    fn of(rng: ChaCha12Rng) -> Self {
        Self(Mutex::new(State { rng, last: (0, 0) }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while filling leaves the generator usable, so a poisoned lock is taken all the same.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A version 7 id for a moment (RFC 9562): ids of later microseconds sort later, and ids of one microsecond in the
    /// order in which they were made (the first 16,384 of them).
    #[must_use]
    pub fn uuid(&self, at: Instant) -> Uuid {
        let micros = at.timestamp_micros().max(0).cast_unsigned();
        let mut tail = [0; 10];
        let mut state = self.state();
        state.rng.fill_bytes(&mut tail);
        let count = if state.last.0 == micros { state.last.1.wrapping_add(1) } else { 0 };
        state.last = (micros, count);
        drop(state);
        let fraction = ((micros % 1_000) * 4_096 / 1_000) as u16;
        [tail[0], tail[1]] = fraction.to_be_bytes();
        [tail[2], tail[3]] = (count & 0x3fff).to_be_bytes();
        uuid::Builder::from_unix_timestamp_millis(micros / 1_000, &tail).into_uuid()
    }

    /// Random bytes for tokens, nonces and keys.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.state().rng.fill_bytes(&mut bytes);
        bytes
    }

    /// A number below `limit` (0 gives 0); its bias is below 2⁻³² for limits under 2³².
    #[must_use]
    pub fn below(&self, limit: u64) -> u64 {
        u64::from_le_bytes(self.bytes()) % limit.max(1)
    }
}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ids")
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn ids_of_later_microseconds_sort_later() {
        let (ids, start) = (Ids::seeded(1), "2026-11-21T00:00:00Z".parse::<Instant>().unwrap());
        let made: Vec<_> = (0..5_000).map(|i| ids.uuid(start + TimeDelta::microseconds(i))).collect();
        assert!(made.is_sorted() && made.iter().all(|id| id.get_version_num() == 7));
    }

    #[test]
    fn ids_of_one_microsecond_sort_in_the_order_they_were_made() {
        let (ids, at) = (Ids::seeded(1), "2026-11-21T00:00:00Z".parse::<Instant>().unwrap());
        let made: Vec<_> = (0..5_000).map(|_| ids.uuid(at)).collect();
        assert!(made.is_sorted() && made.iter().all(|id| id.get_variant() == uuid::Variant::RFC4122));
    }

    #[test]
    fn a_seed_gives_the_same_ids_and_the_system_others() {
        let at = Instant::default();
        assert_eq!(Ids::seeded(7).uuid(at), Ids::seeded(7).uuid(at));
        assert_ne!(Ids::from_os().uuid(at), Ids::from_os().uuid(at));
    }
}
