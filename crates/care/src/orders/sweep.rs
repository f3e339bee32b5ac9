//! The clocks of orders that ran out: what the rules say happens by itself, and what a person must look at.

use std::time::Duration;

use chrono::TimeDelta;
use kernel::{Actor, Key, Result, Scope};
use store::{Db, Lane, Tx, clocks, leases::Recurring};
use tokio::sync::watch;

use super::{
    Confirmation, Order, Stage, actions, candidates,
    events::{self, OrderFacts},
    queries,
};

const NAME: &str = "care.order_clocks";
/// Clocks looked at in one round.
const BATCH: u64 = 200;

/// Handles the clocks of orders that are due now; how many.
///
/// # Errors
/// When the clocks cannot be read; one that cannot be handled is logged and stays due.
pub async fn round(db: &Db) -> Result<u64> {
    let mut handled = 0;
    let due = clocks::due(db, db.clock().now(), BATCH).await?;
    for clock in due.iter().filter(|clock| clock.kind.starts_with("order.")) {
        let done = db.write(Lane::Jobs, &Actor::system(NAME), async |tx| ring(&tx, clock).await).await;
        match done {
            Ok(true) => handled += 1,
            Ok(false) => {}
            Err(failure) => {
                tracing::warn!(?failure, clock.kind = clock.kind, order.id = %clock.subject, "a clock stays due");
            }
        }
    }
    Ok(handled)
}

/// Runs rounds every few seconds until `stop` is set; of several processes the one with the lease.
pub async fn follow(db: Db, stop: watch::Receiver<bool>) {
    let recurring = Recurring { name: NAME, term: TimeDelta::seconds(30), pause: Duration::from_secs(5) };
    let failed = |failure| tracing::warn!(?failure, "the clocks of orders could not be read; trying again");
    recurring.follow(db, stop, |db| async move { round(&db).await }, failed).await;
}

/// Handles one clock, unless another process was faster.
async fn ring(tx: &Tx, clock: &clocks::Clock) -> Result<bool> {
    if !clocks::claim(tx, clock).await? {
        return Ok(false);
    }
    let key = Key::<Order>::new(clock.home, clock.subject);
    let Some(order) = queries::find(tx, &Scope::whole(), key).await? else { return Ok(true) };
    match (clock.kind.as_str(), order.stage()?) {
        ("order.take", Stage::Offered) => {
            actions::lapsed(tx, &order).await?;
        }
        // What somebody disputed waits for a person, also after its times were corrected.
        ("order.confirm", Stage::Served) if !actions::is_disputed(tx, &order).await? => {
            actions::confirmed(tx, &order, Confirmation::Silence).await?;
        }
        ("order.rate", Stage::Confirmed) => {
            actions::completed(tx, &order, None).await?;
        }
        ("order.dispatch", Stage::Accepted) if assigned(tx, &order).await? => {}
        (kind, _) => {
            let facts = OrderFacts::of(None, &order)?.clock(kind);
            tx.journal(events::event::<events::Overdue>(tx, &order, facts, None).await?);
        }
    }
    Ok(true)
}

/// Offers a late order to its first suitable candidate; false where the rules or the facts leave it to a person.
async fn assigned(tx: &Tx, order: &Order) -> Result<bool> {
    let rules = queries::rules(tx, order.place()?, tx.today()).await?;
    if !rules.assigned_when_late || order.tries >= rules.tries || order.provider.is_none() {
        return Ok(false);
    }
    let teams = candidates::teams(tx, order, None).await?;
    let Some(team) = teams.iter().find(|team| team.is_suitable()) else { return Ok(false) };
    actions::offered(tx, order, team.crew(), None).await?;
    Ok(true)
}
