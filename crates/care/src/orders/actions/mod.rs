//! Writing orders: one function per intent, each in the caller's write: load through the scope, may?, move, keep, tell.
//! The actor is the one of the write.

mod arrange;
mod close;
mod correct;
mod dispute;
mod enter;
mod note;
mod place;
mod serve;

use kernel::{Common, Facts, Instant, Key, Result};
use store::Tx;
use uuid::Uuid;

use super::{
    Order, Refusal, Step, change,
    events::{self, OrderFacts},
    queries,
    words_sealed::Words,
};
pub use arrange::{Assignment, accept, assign, decline, dispatch, give_back, received, take, withdraw};
pub(super) use arrange::{lapsed, offered};
pub use close::{Rating, abort, cancel, confirm, rate};
pub(super) use close::{completed, confirmed};
pub use correct::{Correction, correct};
pub use dispute::{dispute, is_disputed};
pub use enter::{Entry, dismiss, enter};
pub use note::note;
pub use place::{Placing, place};
pub use serve::{check_in, check_out};

/// Why somebody says no: a reason from the list, and perhaps words.
#[derive(Clone, Debug)]
pub struct Why<R> {
    /// The reason.
    pub reason: R,
    /// The words, wanted where the reason is “other”.
    pub words: Option<Words>,
}

impl<R> Why<R> {
    /// A reason that needs no words.
    #[must_use]
    pub const fn of(reason: R) -> Self {
        Self { reason, words: None }
    }

    fn told(&self, is_other: bool) -> Result<()> {
        if is_other && self.words.is_none() { Err(Refusal::ReasonWanted.into()) } else { Ok(()) }
    }
}

/// Loads the order through the actor's scope.
async fn visible(tx: &Tx, key: Key<Order>) -> Result<Order> {
    queries::get(tx, &tx.actor().scope(), key).await
}

/// The worker who acts, when the order is theirs as its lead.
fn lead(tx: &Tx, order: &Order) -> Result<Uuid> {
    match tx.actor().acting.worker {
        Some(worker) if order.worker == Some(worker) => Ok(worker),
        _ => Err(Refusal::NotYours.into()),
    }
}

/// A move that changes the stage alone, and its entry.
async fn simple<F: Facts + From<OrderFacts>>(
    tx: &Tx,
    before: &Order,
    step: Step,
    words: Option<&Words>,
) -> Result<Order> {
    moved::<F>(tx, before, before.step(step)?, Telling { words, ..Telling::default() }).await
}

/// What an entry says beside the new state.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Telling<'a> {
    pub reasons: &'a [&'a str],
    pub words: Option<&'a Words>,
    /// When it happened, if that was before this write: deadlines run from then and the day of business is that of
    /// then.
    pub at: Option<Instant>,
}

/// Keeps a row and tells it.
pub(super) async fn moved<F: Facts + From<OrderFacts>>(
    tx: &Tx,
    before: &Order,
    after: Order,
    telling: Telling<'_>,
) -> Result<Order> {
    let rules = queries::rules(tx, before.place()?, tx.today()).await?;
    let since = telling.at.unwrap_or(tx.now());
    let after = change::keep(tx, before, after, &rules, since).await?;
    let facts = OrderFacts::of(Some(before), &after)?.because(telling.reasons.iter().copied());
    let mut event = events::event::<F>(tx, &after, facts, telling.words).await?;
    if let Some(at) = telling.at {
        event = event.on_day(kernel::business_day(at));
    }
    tx.journal(event);
    Ok(after)
}

/// Passes for staff of an administration, who may choose among providers.
fn of_administration(tx: &Tx) -> Result<()> {
    if tx.actor().acting.organisation.is_none() { Ok(()) } else { Err(Common::NotAllowed.into()) }
}
