//! Placing an order.

use chrono::TimeDelta;
use kernel::{Action, Instant, Key, Result};
use registry::elders::{self, Elder};
use store::{Tx, counters};
use uuid::Uuid;

use super::{Telling, moved};
use crate::{
    catalogue,
    orders::{
        Channel, Order, OrderClocks, Refusal, Step, change,
        draft::{Drafting, draft},
        events::{self, OrderFacts},
        queries, staff,
        words_sealed::Words,
    },
};

/// What is ordered, for whom and when.
#[derive(Clone, Debug)]
pub struct Placing {
    /// For whom.
    pub elder: Key<Elder>,
    /// Code in the price book of the elder's place.
    pub item: String,
    /// Earliest and latest arrival.
    pub window: (Instant, Instant),
    /// How it came in.
    pub channel: Channel,
    /// Who shall serve; none leaves the choice to the county's dispatcher.
    pub provider: Option<Uuid>,
    /// A note for the worker.
    pub note: Option<Words>,
}

/// 下单: checks the menu, the window, the elder, the provider and duplicates, and freezes the price. Orders of the
/// channels that the rules name pass intake at once.
///
/// # Errors
/// [`Refusal`]; [`store::rulebooks::Refusal::Missing`] where no price book holds; [`kernel::Common`].
pub async fn place(tx: &Tx, placing: &Placing) -> Result<Order> {
    let by = tx.actor();
    by.may(Action::PlaceOrder)?;
    // The number first: its counter row serialises the orders of a home, so the search for a duplicate sees them all, and
    // nobody who is just leaving the county gets another order.
    let number = counters::number(tx, placing.elder.home, "orders").await?;
    let elder = elders::queries::get(tx, &by.scope(), placing.elder).await?;
    if let Some(status) = elder.status().filter(|status| !status.can_be_served_at_home()) {
        return Err(Refusal::ElderAway { status: status.word().to_owned() }.into());
    }
    let place = elder.place()?;
    let rules = queries::rules(tx, place, tx.today()).await?;
    check_window(placing, tx.now(), &rules)?;
    if let Some(provider) = placing.provider
        && !staff::serves(tx, provider, place).await?
    {
        return Err(Refusal::NotServed.into());
    }
    if let Some(other) = queries::duplicate(tx, placing.elder, &placing.item, placing.window).await? {
        return Err(Refusal::Duplicate { number: other.number }.into());
    }
    let order = change::keep_first(tx, drafted(tx, placing, &elder, &number).await?, &rules).await?;
    let facts = OrderFacts::of(None, &order)?;
    tx.journal(events::event::<events::Placed>(tx, &order, facts, placing.note.as_ref()).await?);
    if rules.accepted_at_once.contains(&placing.channel) {
        return moved::<events::Accepted>(tx, &order, order.step(Step::Accept)?, Telling::default()).await;
    }
    Ok(order)
}

fn check_window(placing: &Placing, now: Instant, rules: &OrderClocks) -> Result<(), Refusal> {
    let (from, to) = placing.window;
    if to <= from || to - from > TimeDelta::days(1) {
        return Err(Refusal::WindowWrong);
    }
    if to <= now && placing.channel != Channel::OfflineEntry {
        return Err(Refusal::WindowPast);
    }
    if from > now + TimeDelta::days(rules.ahead_days) {
        return Err(Refusal::WindowFar { days: rules.ahead_days });
    }
    Ok(())
}

/// The row of a new order; the price is that of the day of the service.
async fn drafted(tx: &Tx, placing: &Placing, elder: &Elder, number: &str) -> Result<Order> {
    let place = elder.place()?;
    let menu = catalogue::menu(tx, place, kernel::business_day(placing.window.0)).await?;
    let item = menu.book.find(&placing.item).ok_or_else(|| Refusal::NotOnMenu { item: placing.item.clone() })?;
    let id = tx.uuid();
    let order = draft(&Drafting {
        id,
        number,
        elder: placing.elder,
        place,
        tags: elder.tags,
        item,
        rulebook: menu.rulebook,
        window: placing.window,
        channel: placing.channel,
        provider: placing.provider,
        placed_at: tx.now(),
    });
    let note_sealed = placing.note.as_ref().map(|note| note.for_column(tx.ids(), "note_sealed", id));
    Ok(Order { note_sealed, ..order })
}
