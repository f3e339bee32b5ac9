//! The nightly plan: each evening, for every provider with orders on the next day, a draft is asked for once.

use std::{
    collections::{HashMap, hash_map::Entry},
    time::Duration,
};

use chrono::{NaiveDate, TimeDelta, Timelike as _};
use kernel::{Actor, Region, Result, business_day, local};
use store::{Db, Lane, leases::Recurring};
use tokio::sync::watch;
use uuid::Uuid;

use super::{
    Origin, actions, gather, queries,
    worker::{Asked, By},
};

const NAME: &str = "care.roster.nightly";
/// Providers read at once.
const STEP: u64 = 500;

/// Asks for the plans of the next day whose hour has come; how many.
///
/// # Errors
/// Internal failures of the reads; a provider that cannot be asked for is logged and passed over.
pub async fn round(db: &Db) -> Result<u64> {
    let now = local(db.clock().now());
    let tomorrow = business_day(db.clock().now()) + TimeDelta::days(1);
    let minute = i32::try_from(now.num_seconds_from_midnight() / 60)?;
    // Providers of a place follow the same rules.
    let (mut norms, mut asked, mut after) = (HashMap::new(), 0, None);
    loop {
        let page = queries::due(db, tomorrow, after, STEP).await?;
        let Some((last, _)) = page.last() else { return Ok(asked) };
        after = Some(*last);
        for (provider, place) in page {
            let rules = match norms.entry(place) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(gather::norms(db, place, tomorrow).await?.0),
            };
            if minute < rules.nightly_mins || place.home().is_none() {
                continue;
            }
            match ask(db, (provider, place), tomorrow, rules.ahead_days).await {
                Ok(()) => asked += 1,
                Err(failure) => tracing::warn!(?failure, provider.id = %provider, "no nightly plan for a provider"),
            }
        }
    }
}

/// Asks for one provider's plan.
async fn ask(db: &Db, (provider, place): (Uuid, Region), day: NaiveDate, ahead: i64) -> Result<()> {
    let asked = Asked { provider, day, origin: Origin::Nightly, from: None, by: By::platform() };
    let write = async |tx| actions::ask(&tx, (provider, place), &asked, ahead).await;
    db.write(Lane::Jobs, &Actor::system(NAME), write).await.map(drop)
}

/// Runs rounds every few minutes until `stop` is set; of several processes the one with the lease.
pub async fn follow(db: Db, stop: watch::Receiver<bool>) {
    let recurring = Recurring { name: NAME, term: TimeDelta::minutes(10), pause: Duration::from_mins(3) };
    let failed = |failure| tracing::warn!(?failure, "the nightly plans could not be asked for; trying again");
    recurring.follow(db, stop, |db| async move { round(&db).await }, failed).await;
}
