//! How often an account or an address may fail to sign in. Kept in memory of each process: a flood must not write.

use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::TimeDelta;
use kernel::{Instant, Result};

use crate::{accounts::Refusal, server::household, state::Attempts};

/// Entries of one kind before old ones are swept out.
const SWEEP_AT: usize = 50_000;

/// The failures of one process.
#[derive(Debug)]
pub struct Throttle {
    limits: Attempts,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    accounts: HashMap<[u8; 16], Failures>,
    addresses: HashMap<IpAddr, Failures>,
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    since: Instant,
}

/// An attempt that was let through and counts as failed until [`Attempt::succeeded`].
#[derive(Debug)]
pub struct Attempt<'a> {
    throttle: &'a Throttle,
    account: Option<[u8; 16]>,
    address: IpAddr,
}

impl Throttle {
    /// Nobody failed yet.
    #[must_use]
    pub fn new(limits: Attempts) -> Self {
        Self { limits, state: Mutex::default() }
    }

    /// Lets an attempt through, counting it as failed at once so that many at a time cannot slip by.
    ///
    /// # Errors
    /// [`Refusal::TooOften`].
    pub fn attempt(&self, account: Option<[u8; 16]>, address: IpAddr, now: Instant) -> Result<Attempt<'_>> {
        let (address, mut state) = (household(address), self.state());
        let window = TimeDelta::from_std(self.limits.window)?;
        let by_address = look(&mut state.addresses, address, (now, window));
        let by_account = account.map(|account| look(&mut state.accounts, account, (now, window)));
        let over = [(Some(by_address), self.limits.address), (by_account, self.limits.account)]
            .into_iter()
            .filter_map(|(failures, limit)| failures.filter(|failures| failures.count >= limit))
            .map(|failures| failures.since + window - now)
            .max();
        if let Some(wait) = over {
            return Err(Refusal::TooOften { minutes: wait.num_minutes() + 1 }.into());
        }
        state.addresses.entry(address).and_modify(|failures| failures.count += 1);
        if let Some(account) = account {
            state.accounts.entry(account).and_modify(|failures| failures.count += 1);
        }
        Ok(Attempt { throttle: self, account, address })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn look<K: Eq + Hash>(of: &mut HashMap<K, Failures>, key: K, (now, window): (Instant, TimeDelta)) -> Failures {
    if of.len() >= SWEEP_AT {
        of.retain(|_, failures| now - failures.since < window);
    }
    let failures = of.entry(key).or_insert(Failures { count: 0, since: now });
    if now - failures.since >= window {
        *failures = Failures { count: 0, since: now };
    }
    *failures
}

impl Attempt<'_> {
    /// It was no failure: the account begins anew, the address gets this one back.
    pub fn succeeded(self) {
        let mut state = self.throttle.state();
        if let Some(account) = self.account {
            state.accounts.remove(&account);
        }
        if let Some(failures) = state.addresses.get_mut(&self.address) {
            failures.count = failures.count.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn throttle() -> (Throttle, Instant) {
        let limits = Attempts { account: 2, address: 4, window: Duration::from_mins(15) };
        (Throttle::new(limits), "2026-11-21T01:00:00Z".parse().unwrap())
    }

    fn address(last: u8) -> IpAddr {
        [203, 0, 113, last].into()
    }

    #[test]
    fn an_account_that_failed_too_often_waits_until_the_window_is_over() {
        let (throttle, now) = throttle();
        let account = Some([1; 16]);
        for from in [1, 2] {
            throttle.attempt(account, address(from), now).unwrap();
        }
        let refused = throttle.attempt(account, address(3), now).unwrap_err();
        assert_eq!(refused.code(), Some("session.too_often"));
        throttle.attempt(Some([2; 16]), address(3), now).unwrap();
        throttle.attempt(account, address(3), now + TimeDelta::minutes(15)).unwrap();
    }

    #[test]
    fn an_address_that_tries_many_accounts_is_stopped() {
        let (throttle, now) = throttle();
        for account in 0..4 {
            throttle.attempt(Some([account; 16]), address(1), now).unwrap();
        }
        assert!(throttle.attempt(Some([9; 16]), address(1), now).is_err());
        assert!(throttle.attempt(Some([9; 16]), address(2), now).is_ok());
    }

    #[test]
    fn success_forgives() {
        let (throttle, now) = throttle();
        for _ in 0..20 {
            throttle.attempt(Some([1; 16]), address(1), now).unwrap().succeeded();
        }
    }
}
