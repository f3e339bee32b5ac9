//! Guessing at the door. A stranger's failures slow the stranger down and nobody else: what counts is one login from one
//! address (IPv6: one line), or from one browser that signed in before, or with a right second factor.
//!
//! ```text
//! lane   (login, address) | (login, browser) | (login, address, factor): ten failures, then one try after 1, 2, 4 … minutes
//! tally  of a login, everywhere: over it, browsers that nobody knows have three tries instead of ten
//! tally  of an address: different logins, or codes, that failed. Over it, its tries take turns and failures answer 429
//! ```
//! Only failures are written, when they are known: while the database is away, nobody fails. What one process has in
//! flight counts as failed until it is known, so that many at a time cannot slip by.

use std::{
    cmp::min,
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Actor, Instant, Result};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};
use sm3::{Digest as _, Sm3};
use store::{Db, Lane, Tx};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};

use crate::{
    accounts::Refusal,
    server::household,
    shares::{Share, Shares},
    state::Attempts,
};

/// How long a lane is remembered after its last failure.
const REMEMBERED: TimeDelta = TimeDelta::hours(24);
/// Tries of an unknown browser while a login is guessed at from everywhere.
const BESIEGED: u32 = 3;
/// How long a try waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);
/// Addresses that take turns, before those without a try are forgotten.
const TURNS: usize = 10_000;

/// The hash of what is counted, so that the table tells neither logins nor addresses.
type Key = [u8; 16];

/// The failures of everybody.
#[derive(Debug)]
pub struct Throttle {
    limits: Attempts,
    in_flight: Arc<Shares<Key>>,
    turns: Mutex<HashMap<Key, Arc<Semaphore>>>,
}

/// Who tries.
#[derive(Clone, Copy, Debug)]
pub struct Who {
    /// Whose login, as its blind index; none for a one-use code.
    pub login: Option<[u8; 16]>,
    /// From where.
    pub address: IpAddr,
    /// A browser, or a session, that is known to be this login's.
    pub known: Option<[u8; 16]>,
}

/// A try that was let through; when it is dropped without a word, it never was.
#[derive(Debug)]
pub struct Attempt<'a> {
    throttle: &'a Throttle,
    db: &'a Db,
    lane: Option<(Key, Failures)>,
    login: Option<Key>,
    address: Option<(Key, Failures)>,
    turn: Option<OwnedSemaphorePermit>,
    _in_flight: Option<Share<Key>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Failures {
    count: u32,
    since: Option<Instant>,
}

impl Failures {
    /// Those that are younger than `age`.
    fn within(self, age: TimeDelta, now: Instant) -> Self {
        if self.since.is_some_and(|since| now - since < age) { self } else { Self::default() }
    }
}

fn key(kind: &str, parts: &[&[u8]]) -> Key {
    let hash = Sm3::digest([&[kind.as_bytes()], parts].concat().join(&b' '));
    std::array::from_fn(|at| hash[at])
}

impl Who {
    fn block(&self) -> String {
        household(self.address).to_string()
    }

    fn lane(&self) -> Option<Key> {
        let login = self.login?;
        Some(match self.known {
            Some(known) => key("known", &[&login, &known]),
            None => key("pair", &[&login, self.block().as_bytes()]),
        })
    }

    fn tally(&self) -> Key {
        key(if self.login.is_some() { "address" } else { "codes" }, &[self.block().as_bytes()])
    }
}

impl Throttle {
    /// Nobody failed yet.
    #[must_use]
    pub fn new(limits: Attempts) -> Self {
        Self { limits, in_flight: Arc::default(), turns: Mutex::default() }
    }

    /// Lets a try through.
    ///
    /// # Errors
    /// [`Refusal::TooOften`]; [`kernel::Common::Unavailable`] when the database is away.
    pub async fn attempt<'a>(&'a self, db: &'a Db, who: &Who) -> Result<Attempt<'a>> {
        let (lane, tally) = (who.lane(), who.tally());
        let login = who.login.filter(|_| who.known.is_none()).map(|login| key("login", &[&login]));
        let (share, held) = self.fly(lane)?;
        let now = db.clock().now();
        let window = TimeDelta::from_std(self.limits.window)?;
        let rows = read(db, &[lane, login, Some(tally)]).await?;
        let found = |key: &Key| rows.get(key).copied().unwrap_or_default();
        let besieged = login.is_some_and(|login| found(&login).within(window, now).count >= self.limits.everywhere);
        let lane = lane.map(|key| (key, found(&key).within(REMEMBERED, now)));
        if let Some((_, failures)) = lane {
            let most = if besieged { min(BESIEGED, self.limits.account) } else { self.limits.account };
            self.judge(failures, (held, most), now)?;
        }
        let address = who.known.is_none().then(|| (tally, found(&tally).within(window, now)));
        let over = address.filter(|(_, failures)| failures.count >= self.limits.address);
        let turn = match over {
            Some((key, _)) => Some(self.turn(key).await?),
            None => None,
        };
        Ok(Attempt { throttle: self, db, lane, login, address, turn, _in_flight: share })
    }

    /// Lets a try through whose second factor decides whether it counts at all: it passes where others are refused.
    ///
    /// # Errors
    /// Like [`Throttle::attempt`].
    pub async fn by_factor<'a>(&'a self, db: &'a Db, who: &Who) -> Result<Attempt<'a>> {
        let factor = key("factor", &[who.block().as_bytes()]);
        self.attempt(db, &Who { known: Some(factor), ..*who }).await
    }

    /// One more of a lane in flight, and how many it has there.
    fn fly(&self, lane: Option<Key>) -> Result<(Option<Share<Key>>, u32)> {
        let Some(lane) = lane else { return Ok((None, 0)) };
        let most = usize::try_from(self.limits.account)?;
        let share = self.in_flight.take(lane, most).ok_or(Refusal::TooOften { minutes: 1 })?;
        Ok((Some(share), u32::try_from(self.in_flight.count(&lane))?))
    }

    fn judge(&self, failures: Failures, (held, most): (u32, u32), now: Instant) -> Result<()> {
        if failures.count + held <= most {
            return Ok(());
        }
        let steps = min(failures.count.saturating_sub(most), 16);
        let wait = TimeDelta::minutes(1 << steps).min(TimeDelta::from_std(self.limits.window)?);
        let left = failures.since.map_or(wait, |since| since + wait - now);
        // One at a time after each wait.
        if left <= TimeDelta::zero() && held <= 1 {
            return Ok(());
        }
        Err(Refusal::TooOften { minutes: left.max(TimeDelta::zero()).num_minutes() + 1 }.into())
    }

    /// Waits for the turn among the tries of an address that is over its tally.
    async fn turn(&self, address: Key) -> Result<OwnedSemaphorePermit> {
        let turns = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            if turns.len() >= TURNS {
                turns.retain(|_, turn| Arc::strong_count(turn) > 1);
            }
            Arc::clone(turns.entry(address).or_insert_with(|| Arc::new(Semaphore::new(1))))
        };
        let turn = timeout(PATIENCE, turns.acquire_owned()).await;
        Ok(turn.map_err(|_| Refusal::TooOften { minutes: 1 })??)
    }
}

impl Attempt<'_> {
    /// It failed. The refusal to answer instead, when this address fails too often.
    ///
    /// # Errors
    /// Internal failures only.
    pub async fn failed(self) -> Result<Option<Refusal>> {
        let is_new = self.lane.is_none_or(|(_, failures)| failures.count == 0);
        let window = TimeDelta::from_std(self.throttle.limits.window)?;
        let lane = self.lane.map(|(key, _)| (key, REMEMBERED, true));
        let login = self.login.map(|key| (key, window, false));
        let address = self.address.filter(|_| is_new).map(|(key, _)| (key, window, false));
        // Always in the same order, so that two do not wait for each other.
        let mut counted: Vec<_> = [lane, login, address].into_iter().flatten().collect();
        counted.sort_unstable_by_key(|(key, ..)| *key);
        self.db
            .write(Lane::Interactive, &Actor::system("sign_in"), async |tx| {
                for (key, age, anew) in counted {
                    count(&tx, key, age, anew).await?;
                }
                Ok(())
            })
            .await?;
        let Some(turn) = self.turn else { return Ok(None) };
        let (pause, now) = (self.throttle.limits.pause, self.db.clock().now());
        tokio::spawn(async move {
            sleep(pause).await;
            drop(turn);
        });
        let since = self.address.and_then(|(_, failures)| failures.since).unwrap_or(now);
        Ok(Some(Refusal::TooOften { minutes: (since + window - now).num_minutes() + 1 }))
    }

    /// It was no failure: its lane begins anew, and the address gets back what the lane had cost.
    ///
    /// # Errors
    /// Internal failures only.
    pub async fn succeeded(self) -> Result<()> {
        let Some((lane, _)) = self.lane.filter(|(_, failures)| failures.count > 0) else { return Ok(()) };
        let address = self.address.map(|(key, _)| key);
        self.db
            .write(Lane::Interactive, &Actor::system("sign_in"), async |tx| {
                let this = |key: Key| Expr::col("key").eq(key.to_vec());
                let gone = Query::delete().from_table("sign_in_failures").and_where(this(lane)).to_owned();
                tx.execute(&gone).await?;
                if let Some(address) = address {
                    let back = Query::update()
                        .table("sign_in_failures")
                        .value("failures", Expr::col("failures").sub(1))
                        .and_where(this(address))
                        .and_where(Expr::col("failures").gt(0))
                        .to_owned();
                    tx.execute(&back).await?;
                }
                Ok(())
            })
            .await
    }
}

async fn read(db: &Db, keys: &[Option<Key>]) -> Result<HashMap<Key, Failures>> {
    let keys = keys.iter().flatten().map(|key| key.to_vec());
    let find = Query::select()
        .columns(["key", "failures", "since"])
        .from("sign_in_failures")
        .and_where(Expr::col("key").is_in(keys))
        .to_owned();
    let mut found = HashMap::new();
    for row in db.query_all(&find).await? {
        let (key, count): (Vec<u8>, i32) = (row.try_get("", "key")?, row.try_get("", "failures")?);
        let since: DateTime<Utc> = row.try_get("", "since")?;
        if let Ok(key) = key.try_into() {
            found.insert(key, Failures { count: u32::try_from(count)?, since: Some(since) });
        }
    }
    Ok(found)
}

/// Counts one failure of a key; from one again when the last ones are older than `age`. `anew` sets the moment each time.
async fn count(tx: &Tx, key: Key, age: TimeDelta, anew: bool) -> Result<()> {
    let this = || Expr::col("key").eq(key.to_vec());
    let enter = Query::insert()
        .into_table("sign_in_failures")
        .columns(["key", "failures", "since"])
        .values([key.to_vec().into(), 0.into(), tx.now().into()])?
        .on_conflict(OnConflict::column("key").do_nothing().to_owned())
        .to_owned();
    tx.execute(&enter).await?;
    let old = Query::update()
        .table("sign_in_failures")
        .value("failures", 0)
        .value("since", tx.now())
        .and_where(this())
        .and_where(Expr::col("since").lte(tx.now() - age))
        .to_owned();
    tx.execute(&old).await?;
    let mut add = Query::update();
    add.table("sign_in_failures").value("failures", Expr::col("failures").add(1)).and_where(this());
    if anew {
        add.value("since", tx.now());
    }
    tx.execute(&add).await?;
    Ok(())
}

/// Forgets failures that count no more; for the housekeeping of the process.
///
/// # Errors
/// Internal failures only.
pub(crate) async fn sweep(db: &Db) -> Result<()> {
    let over = db.clock().now() - REMEMBERED;
    db.write(Lane::Jobs, &Actor::system("sign_in.sweep"), async |tx| {
        let old = Query::delete().from_table("sign_in_failures").and_where(Expr::col("since").lte(over)).to_owned();
        tx.execute(&old).await?;
        Ok(())
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn throttle() -> (Throttle, Instant) {
        let limits = Attempts { account: 3, ..crate::state::Config::default().attempts };
        (Throttle::new(limits), "2026-11-21T01:00:00Z".parse().unwrap())
    }

    #[test]
    fn the_wait_doubles_with_each_failure_and_ends_at_the_window() {
        let (throttle, now) = throttle();
        let wait = |count| {
            let failures = Failures { count, since: Some(now) };
            (0..60).find(|minute| throttle.judge(failures, (1, 3), now + TimeDelta::minutes(*minute)).is_ok())
        };
        assert_eq!([2, 3, 4, 5, 6, 7, 30].map(wait), [0, 1, 2, 4, 8, 15, 15].map(Some));
    }

    #[test]
    fn many_at_a_time_cannot_slip_by() {
        let (throttle, now) = throttle();
        let lane = Some([1; 16]);
        let held: Vec<_> = (0..5).map(|_| throttle.fly(lane)).collect();
        assert_eq!(held.iter().filter(|flown| flown.is_ok()).count(), 3);
        let one_failed = Failures { count: 1, since: Some(now) };
        assert!(throttle.judge(one_failed, (3, 3), now).is_err());
    }

    #[test]
    fn lanes_differ_by_login_address_and_browser_and_not_within_one_line() {
        let who = |login: u8, address: &str, known: Option<[u8; 16]>| {
            Who { login: Some([login; 16]), address: address.parse().unwrap(), known }.lane().unwrap()
        };
        let lanes = [
            who(1, "203.0.113.1", None),
            who(1, "203.0.113.2", None),
            who(2, "203.0.113.1", None),
            who(1, "203.0.113.1", Some([9; 16])),
        ];
        assert!((0..4).all(|at| !lanes[at + 1..].contains(&lanes[at])));
        assert_eq!(who(1, "2001:db8::1", None), who(1, "2001:db8::2", None));
    }
}
