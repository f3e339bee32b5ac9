//! Subject keys in memory: bounded in number and in age; what leaves is wiped.

use std::collections::HashMap;

use chrono::TimeDelta;
use kernel::Instant;
use uuid::Uuid;

use crate::seal::DataKey;

/// Two generations: new entries are young, a hit makes an old one young again, and when the young fill half of the
/// capacity they become the old ones. So what was used recently stays, without keeping a list.
pub(super) struct Cache {
    half: usize,
    lasts: TimeDelta,
    young: HashMap<Uuid, Entry>,
    old: HashMap<Uuid, Entry>,
    forgotten: u64,
}

struct Entry {
    key: DataKey,
    read_at: Instant,
}

/// How many keys were forgotten when a read began; a read that was overtaken by one must not fill the cache.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark(u64);

impl Cache {
    pub(super) fn new(capacity: usize, lasts: TimeDelta) -> Self {
        let half = (capacity / 2).max(1);
        Self { half, lasts, young: HashMap::new(), old: HashMap::new(), forgotten: 0 }
    }

    pub(super) const fn mark(&self) -> Mark {
        Mark(self.forgotten)
    }

    pub(super) fn get(&mut self, subject: Uuid, now: Instant) -> Option<DataKey> {
        if let Some(entry) = self.young.get(&subject) {
            return (now - entry.read_at < self.lasts).then(|| entry.key.clone());
        }
        let entry = self.old.remove(&subject)?;
        if now - entry.read_at >= self.lasts {
            return None;
        }
        let key = entry.key.clone();
        self.put(subject, entry);
        Some(key)
    }

    /// Keeps a key that was read after `mark` was taken.
    pub(super) fn keep(&mut self, subject: Uuid, key: DataKey, read_at: Instant, mark: Mark) {
        if mark == self.mark() {
            self.put(subject, Entry { key, read_at });
        }
    }

    fn put(&mut self, subject: Uuid, entry: Entry) {
        self.old.remove(&subject);
        self.young.insert(subject, entry);
        if self.young.len() >= self.half {
            self.old = std::mem::take(&mut self.young);
        }
    }

    pub(super) fn forget(&mut self, subject: Uuid) {
        self.forgotten += 1;
        self.young.remove(&subject);
        self.old.remove(&subject);
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }
}

#[cfg(test)]
mod tests {
    use kernel::Ids;

    use super::*;
    use crate::seal::Secret;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn key(n: u64) -> DataKey {
        DataKey::new(Secret::random(&Ids::seeded(n)), 1)
    }

    fn at(seconds: i64) -> Instant {
        Instant::from_timestamp(seconds, 0).unwrap()
    }

    fn cache() -> Cache {
        Cache::new(10, TimeDelta::seconds(60))
    }

    #[test]
    fn what_is_used_stays_while_ten_thousand_others_pass() {
        let mut cache = cache();
        let mark = cache.mark();
        cache.keep(id(0), key(0), at(0), mark);
        for n in 1..10_000 {
            cache.keep(id(n), key(1), at(0), mark);
            assert!(cache.len() <= 10);
            assert_eq!(cache.get(id(0), at(0)), Some(key(0)), "after {n}");
        }
        assert_eq!(cache.get(id(9_900), at(0)), None);
    }

    #[test]
    fn no_key_outlives_its_time_however_often_it_is_used() {
        let mut cache = cache();
        cache.keep(id(1), key(1), at(0), cache.mark());
        for second in 0..60 {
            assert!(cache.get(id(1), at(second)).is_some());
        }
        assert_eq!(cache.get(id(1), at(60)), None);
    }

    #[test]
    fn a_read_that_an_erasure_overtook_does_not_bring_the_key_back() {
        let mut cache = cache();
        let before = cache.mark();
        cache.forget(id(1));
        cache.keep(id(1), key(1), at(0), before);
        assert_eq!(cache.get(id(1), at(0)), None);
    }
}
