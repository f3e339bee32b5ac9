//! How often an account or an address may fail to sign in. Counted twice: in the memory of each process first, so that a
//! flood does not write, then in the database for all processes together.

use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Actor, Instant, Result};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};
use sm3::{Digest as _, Sm3};
use store::{Db, Lane, Tx};

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
    here: Here<'a>,
    db: &'a Db,
    keys: Keys,
}

/// An attempt as this process counts it.
#[derive(Debug)]
struct Here<'a> {
    throttle: &'a Throttle,
    account: Option<[u8; 16]>,
    address: IpAddr,
}

/// The rows of an attempt: hashes, so that the table tells neither logins nor addresses.
#[derive(Clone, Debug)]
struct Keys {
    account: Option<Vec<u8>>,
    address: Vec<u8>,
}

impl Keys {
    fn of(account: Option<[u8; 16]>, address: IpAddr) -> Self {
        let hash = |kind: &[u8], what: &[u8]| Sm3::digest([kind, what].concat())[..16].to_vec();
        let address = hash(b"address ", household(address).to_string().as_bytes());
        Self { account: account.map(|account| hash(b"account ", &account)), address }
    }
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
    /// [`Refusal::TooOften`]; [`kernel::Common::Unavailable`] when the database is away.
    pub async fn attempt<'a>(&'a self, db: &'a Db, account: Option<[u8; 16]>, address: IpAddr) -> Result<Attempt<'a>> {
        let here = self.here(account, address, db.clock().now())?;
        let keys = Keys::of(account, address);
        let window = TimeDelta::from_std(self.limits.window)?;
        db.write(Lane::Interactive, &Actor::system("sign_in"), async |tx| {
            // Always in the same order, so that two attempts do not wait for each other.
            count(&tx, &keys.address, self.limits.address, window).await?;
            if let Some(account) = &keys.account {
                count(&tx, account, self.limits.account, window).await?;
            }
            Ok(())
        })
        .await?;
        Ok(Attempt { here, db, keys })
    }

    fn here(&self, account: Option<[u8; 16]>, address: IpAddr, now: Instant) -> Result<Here<'_>> {
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
        Ok(Here { throttle: self, account, address })
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

/// Counts one failure of a key; too many within the window are refused and not counted.
async fn count(tx: &Tx, key: &[u8], limit: u32, window: TimeDelta) -> Result<()> {
    let this = || Expr::col("key").eq(key.to_vec());
    let enter = Query::insert()
        .into_table("sign_in_failures")
        .columns(["key", "failures", "since"])
        .values([key.to_vec().into(), 0.into(), tx.now().into()])?
        .on_conflict(OnConflict::column("key").do_nothing().to_owned())
        .to_owned();
    tx.execute(&enter).await?;
    let anew = Query::update()
        .table("sign_in_failures")
        .value("failures", 0)
        .value("since", tx.now())
        .and_where(this())
        .and_where(Expr::col("since").lte(tx.now() - window))
        .to_owned();
    tx.execute(&anew).await?;
    let add = Query::update()
        .table("sign_in_failures")
        .value("failures", Expr::col("failures").add(1))
        .and_where(this())
        .to_owned();
    tx.execute(&add).await?;
    let read = Query::select().columns(["failures", "since"]).from("sign_in_failures").and_where(this()).to_owned();
    let Some(row) = tx.query_one(&read).await? else { return Ok(()) };
    let (failures, since): (i32, DateTime<Utc>) = (row.try_get("", "failures")?, row.try_get("", "since")?);
    if i64::from(failures) > i64::from(limit) {
        return Err(Refusal::TooOften { minutes: (since + window - tx.now()).num_minutes() + 1 }.into());
    }
    Ok(())
}

/// Forgets failures whose window is over; for the housekeeping of the process.
///
/// # Errors
/// Internal failures only.
pub(crate) async fn sweep(db: &Db, limits: Attempts) -> Result<()> {
    let over = db.clock().now() - TimeDelta::from_std(limits.window)?;
    db.write(Lane::Jobs, &Actor::system("sign_in.sweep"), async |tx| {
        let old = Query::delete().from_table("sign_in_failures").and_where(Expr::col("since").lte(over)).to_owned();
        tx.execute(&old).await?;
        Ok(())
    })
    .await
}

impl Attempt<'_> {
    /// It was no failure: the account begins anew, the address gets this one back.
    ///
    /// # Errors
    /// Internal failures only.
    pub async fn succeeded(self) -> Result<()> {
        self.here.succeeded();
        let keys = self.keys;
        self.db
            .write(Lane::Interactive, &Actor::system("sign_in"), async |tx| {
                let back = Query::update()
                    .table("sign_in_failures")
                    .value("failures", Expr::col("failures").sub(1))
                    .and_where(Expr::col("key").eq(keys.address))
                    .and_where(Expr::col("failures").gt(0))
                    .to_owned();
                tx.execute(&back).await?;
                if let Some(account) = keys.account {
                    let gone = Query::delete()
                        .from_table("sign_in_failures")
                        .and_where(Expr::col("key").eq(account))
                        .to_owned();
                    tx.execute(&gone).await?;
                }
                Ok(())
            })
            .await
    }
}

impl Here<'_> {
    fn succeeded(self) {
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
            throttle.here(account, address(from), now).unwrap();
        }
        let refused = throttle.here(account, address(3), now).unwrap_err();
        assert_eq!(refused.code(), Some("session.too_often"));
        throttle.here(Some([2; 16]), address(3), now).unwrap();
        throttle.here(account, address(3), now + TimeDelta::minutes(15)).unwrap();
    }

    #[test]
    fn an_address_that_tries_many_accounts_is_stopped() {
        let (throttle, now) = throttle();
        for account in 0..4 {
            throttle.here(Some([account; 16]), address(1), now).unwrap();
        }
        assert!(throttle.here(Some([9; 16]), address(1), now).is_err());
        assert!(throttle.here(Some([9; 16]), address(2), now).is_ok());
    }

    #[test]
    fn success_forgives() {
        let (throttle, now) = throttle();
        for _ in 0..20 {
            throttle.here(Some([1; 16]), address(1), now).unwrap().succeeded();
        }
    }
}
