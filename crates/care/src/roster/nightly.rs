//! The nightly plan: each evening, for every provider with orders on the next day, a draft is asked for once.

use std::time::Duration;

use chrono::{NaiveDate, TimeDelta, Timelike as _};
use kernel::{Actor, Result, business_day, local};
use registry::organisations::{self, Organisation};
use sea_orm::QuerySelect as _;
use store::{Db, Lane, leases::Rounds};
use tokio::sync::watch;

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
    let (mut asked, mut after) = (0, None);
    loop {
        let page = organisations::queries::active_after(db, after, STEP).await?;
        let Some(last) = page.last() else { return Ok(asked) };
        after = Some(last.id);
        for provider in &page {
            match ask(db, provider, (tomorrow, minute)).await {
                Ok(true) => asked += 1,
                Ok(false) => {}
                Err(failure) => tracing::warn!(?failure, provider.id = %provider.id, "no nightly plan for a provider"),
            }
        }
    }
}

/// Asks for one provider's plan, when its hour has come, it has orders and nobody has asked before.
async fn ask(db: &Db, provider: &Organisation, (day, minute): (NaiveDate, i32)) -> Result<bool> {
    let place = provider.seat()?;
    let Some(home) = place.home() else { return Ok(false) };
    let (rules, _) = gather::norms(db, place, day).await?;
    if minute < rules.nightly_mins || queries::run(db, home.number(), provider.id, day).await?.is_some() {
        return Ok(false);
    }
    if gather::orders_of_day(provider.id, day).limit(1).one(db).await?.is_none() {
        return Ok(false);
    }
    let asked = Asked { provider: provider.id, day, origin: Origin::Nightly, from: None, by: By::platform() };
    let actor = Actor::system(NAME);
    let write = async |tx| actions::ask(&tx, (provider.id, place), &asked, rules.ahead_days).await;
    db.write(Lane::Jobs, &actor, write).await?;
    Ok(true)
}

/// Runs rounds every few minutes until `stop` is set; of several processes the one with the lease.
pub async fn follow(db: Db, stop: watch::Receiver<bool>) {
    let rounds = Rounds { name: NAME, term: TimeDelta::minutes(10), pause: Duration::from_mins(3) };
    let failed = |failure| tracing::warn!(?failure, "the nightly plans could not be asked for; trying again");
    rounds.follow(db, stop, |db| async move { round(&db).await }, failed).await;
}
