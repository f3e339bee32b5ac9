//! So many at once for each: connections of an address, streams of a session, half-sent requests of either.

use std::{
    collections::HashMap,
    fmt,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What everybody holds now.
pub struct Shares<K>(Mutex<HashMap<K, usize>>);

/// One that is held; dropping it gives it back.
pub struct Share<K: Eq + Hash> {
    shares: Arc<Shares<K>>,
    key: K,
}

impl<K> Default for Shares<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K> fmt::Debug for Shares<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shares(…)")
    }
}

impl<K: Eq + Hash> fmt::Debug for Share<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Share(…)")
    }
}

impl<K: Eq + Hash + Clone> Shares<K> {
    /// One more for `key`; none when it holds `most` already.
    #[must_use]
    pub fn take(self: &Arc<Self>, key: K, most: usize) -> Option<Share<K>> {
        let mut held = self.held();
        let count = held.get(&key).copied().unwrap_or_default();
        if count >= most {
            return None;
        }
        held.insert(key.clone(), count + 1);
        drop(held);
        Some(Share { shares: Arc::clone(self), key })
    }
}

impl<K: Eq + Hash> Shares<K> {
    /// How many `key` holds.
    #[must_use]
    pub fn count(&self, key: &K) -> usize {
        self.held().get(key).copied().unwrap_or_default()
    }
}

impl<K> Shares<K> {
    fn held(&self) -> MutexGuard<'_, HashMap<K, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash> Drop for Share<K> {
    fn drop(&mut self) {
        let mut held = self.shares.held();
        match held.get_mut(&self.key) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(held.remove(&self.key)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_holds_its_share_and_one_given_back_is_given_again() {
        let shares = Arc::new(Shares::default());
        let held = [shares.take("a", 2).unwrap(), shares.take("a", 2).unwrap()];
        assert!(shares.take("a", 2).is_none());
        let _other = shares.take("b", 2).unwrap();
        drop(held);
        shares.take("a", 2).unwrap();
        assert_eq!(shares.held().len(), 1, "nothing is remembered of whoever holds nothing");
    }
}
