//! Orders of years, written at once: a platform that is to be as full as a real one cannot live them step by step. The
//! rows, moves, deadlines, relations and entries are those of living orders; nobody is asked whether they may.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kernel::{Event, Facts, Home, Instant, Key, Region, Result, business_day};
use registry::elders::Elder;
use sea_orm::EntityTrait;
use store::{Tx, counters};
use uuid::Uuid;

use super::{
    CancelReason, Channel, Entity, Order, Status, Step, change,
    draft::{Drafting, draft},
    events::{self, OrderFacts},
    queries, row,
};
use crate::catalogue::Item;

/// Rows of one INSERT: 34 values each, below the limits of both engines.
const STATEMENT_ROWS: usize = 500;

/// An order and all that it went through.
#[derive(Clone, Debug)]
pub struct Past<'a> {
    /// For whom.
    pub elder: Key<Elder>,
    /// Where the elder lives.
    pub place: Region,
    /// Bit set of the elder's tags.
    pub tags: i64,
    /// What was ordered.
    pub item: &'a Item,
    /// The price book that holds it.
    pub rulebook: Uuid,
    /// Who served.
    pub provider: Uuid,
    /// Earliest and latest arrival.
    pub window: (Instant, Instant),
    /// How it came in.
    pub channel: Channel,
    /// When it was placed.
    pub placed_at: Instant,
    /// What followed, in order.
    pub steps: Vec<(Step, Instant)>,
}

/// Writes orders; with `told`, each step is journaled on its own day, otherwise the rows stand alone, as they do once
/// their part of the journal has been archived.
///
/// # Errors
/// [`super::Refusal::Moved`] when a step does not follow from the one before; internal failures.
pub async fn enter(tx: &Tx, past: &[Past<'_>], told: bool) -> Result<()> {
    let mut numbers = numbers(tx, past).await?;
    let mut rows = Vec::with_capacity(past.len());
    for one in past {
        let number = numbers.get_mut(&drawer(one)).and_then(Iterator::next).unwrap_or_default();
        let first = draft(&Drafting {
            id: tx.ids().uuid(one.placed_at),
            number: &number,
            elder: one.elder,
            place: one.place,
            tags: one.tags,
            item: one.item,
            rulebook: one.rulebook,
            window: one.window,
            channel: one.channel,
            provider: Some(one.provider),
            placed_at: one.placed_at,
        });
        rows.push(if told { lived(tx, first, &one.steps).await? } else { reached(tx, first, &one.steps).await? });
    }
    for chunk in rows.chunks(STATEMENT_ROWS) {
        Entity::insert_many(chunk.iter().cloned().map(row)).exec_without_returning(tx).await?;
    }
    for (order, one) in rows.iter().zip(past) {
        if order.stage()?.is_open() {
            let since = one.steps.last().map_or(one.placed_at, |(_, at)| *at);
            change::follow(tx, order, since).await?;
        }
    }
    Ok(())
}

/// Where an order's number comes from.
fn drawer(one: &Past<'_>) -> (Home, NaiveDate) {
    (one.elder.home, business_day(one.placed_at))
}

type Numbers = BTreeMap<(Home, NaiveDate), std::vec::IntoIter<String>>;

async fn numbers(tx: &Tx, past: &[Past<'_>]) -> Result<Numbers> {
    let mut wanted = BTreeMap::<_, i64>::new();
    for one in past {
        *wanted.entry(drawer(one)).or_default() += 1;
    }
    let mut numbers = Numbers::new();
    for ((home, day), count) in wanted {
        let drawn = counters::numbers(tx, home, "orders", (day, count)).await?;
        numbers.insert((home, day), drawn.into_iter());
    }
    Ok(numbers)
}

/// The row after all steps. Only an open one has a deadline, and so rules to look up.
async fn reached(tx: &Tx, first: Order, steps: &[(Step, Instant)]) -> Result<Order> {
    let status = steps.iter().try_fold(Status::Placed, |status, (step, _)| status.step(*step))?;
    let last = steps.last().map_or(first.placed_at, |(_, at)| *at);
    let order = Order { version: 1 + i32::try_from(steps.len())?, ..first.at(status) };
    if !status.stage().is_open() {
        return Ok(Order { closed_at: Some(last), ..order });
    }
    let rules = queries::rules(tx, order.place()?, business_day(last)).await?;
    change::dated(order, &rules, last)
}

/// The row after all steps, each journaled.
async fn lived(tx: &Tx, first: Order, steps: &[(Step, Instant)]) -> Result<Order> {
    let rules = queries::rules(tx, first.place()?, business_day(first.placed_at)).await?;
    let placed_on = business_day(first.placed_at);
    let mut order = change::dated(first.clone(), &rules, first.placed_at)?;
    let facts = OrderFacts::of(None, &order)?;
    tx.journal(events::event::<events::Placed>(tx, &order, facts, None).await?.on_day(placed_on));
    for (step, at) in steps {
        let after = Order { version: order.version + 1, ..change::dated(order.step(*step)?, &rules, *at)? };
        for event in entries(tx, *step, &order, &after).await? {
            tx.journal(event.on_day(business_day(*at)));
        }
        order = after;
    }
    Ok(order)
}

/// What the journal keeps of a step.
async fn entries(tx: &Tx, step: Step, before: &Order, after: &Order) -> Result<Vec<Event>> {
    Ok(match step {
        Step::Accept => vec![entry::<events::Accepted>(tx, before, after).await?],
        Step::Dispatch => vec![entry::<events::Dispatched>(tx, before, after).await?],
        Step::Return => vec![entry::<events::Returned>(tx, before, after).await?],
        Step::Assign(_) => vec![entry::<events::Assigned>(tx, before, after).await?],
        Step::Take => vec![entry::<events::Taken>(tx, before, after).await?],
        Step::Decline => vec![entry::<events::Declined>(tx, before, after).await?],
        Step::Withdraw => vec![entry::<events::Withdrawn>(tx, before, after).await?],
        Step::CheckIn(_) => vec![entry::<events::CheckedIn>(tx, before, after).await?],
        Step::CheckOut(_) => vec![entry::<events::CheckedOut>(tx, before, after).await?],
        Step::Correct(_) => vec![entry::<events::Corrected>(tx, before, after).await?],
        Step::Confirm(_) => vec![entry::<events::Confirmed>(tx, before, after).await?],
        Step::Rate(None) => vec![entry::<events::Completed>(tx, before, after).await?],
        Step::Rate(Some(_)) => {
            vec![entry::<events::Rated>(tx, before, after).await?, entry::<events::Completed>(tx, before, after).await?]
        }
        Step::Cancel => {
            let facts = OrderFacts::of(Some(before), after)?.because([CancelReason::Away.name()]);
            vec![events::event::<events::Cancelled>(tx, after, facts, None).await?]
        }
        Step::Abort => vec![entry::<events::Aborted>(tx, before, after).await?],
    })
}

async fn entry<F: Facts + From<OrderFacts>>(tx: &Tx, before: &Order, after: &Order) -> Result<Event> {
    events::event::<F>(tx, after, OrderFacts::of(Some(before), after)?, None).await
}
