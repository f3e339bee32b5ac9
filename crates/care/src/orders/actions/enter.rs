//! What a dispatcher does about a phone's command that did not take effect: enter it by hand, or dismiss it.

use kernel::{Action, Instant, Key, Result, business_day};
use store::Tx;
use uuid::Uuid;
use web::commands::{
    Settlement,
    troubles::{self, settle},
};

use super::{Telling, Why, moved, visible};
use crate::{
    orders::{
        DismissReason, Order, Refusal, Stage, Step,
        events::{self, BY_HAND, OrderFacts},
        troubles::Case,
        words_sealed::Words,
    },
    visits::{self, Arrival, Departure, Door, Kind, Told},
};

/// What is entered for a phone.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The worker whose phone it was; the order must still be theirs.
    pub worker: Uuid,
    /// Check-in, where the order waits for it.
    pub from: Option<Instant>,
    /// Check-out.
    pub to: Option<Instant>,
    /// What the phone told with a check-in.
    pub arrival: Vec<Told>,
    /// What the phone told with a check-out.
    pub departure: Vec<Told>,
    /// The elder's door.
    pub door: Door,
    /// How it is known.
    pub grounds: Words,
}

/// Enters what a phone wanted, as far as the order allows: take, check in, check out, each told as entered by hand. The
/// trouble is settled with it, and with both times entered those of the same phone beside it.
///
/// # Errors
/// [`Refusal::OtherWorker`], [`Refusal::TimeWanted`], [`Refusal::NotYet`], [`Refusal::TooEarly`], [`Refusal::Moved`],
/// [`Refusal::EndsBeforeStart`]; [`kernel::Common`].
pub async fn enter(tx: &Tx, key: Key<Order>, case: &Case, entry: &Entry) -> Result<Order> {
    let order = visible(tx, key).await?;
    tx.actor().may(Action::AssignOrder)?;
    if order.worker != Some(entry.worker) {
        return Err(Refusal::OtherWorker.into());
    }
    if entry.from.into_iter().chain(entry.to).any(|at| at > tx.now()) {
        return Err(Refusal::NotYet.into());
    }
    let telling = Telling { reasons: &[BY_HAND], words: Some(&entry.grounds), at: None };
    let mut now = order.clone();
    if now.stage()? == Stage::Offered {
        now = moved::<events::Taken>(tx, &now, now.step(Step::Take)?, telling).await?;
    }
    if let (Stage::Taken, Some(at)) = (now.stage()?, entry.from) {
        now = checked_in(tx, &now, at, entry).await?;
    }
    if let (Stage::Serving, Some(at)) = (now.stage()?, entry.to) {
        let after = now.step(Step::CheckOut(at))?;
        now = moved::<events::CheckedOut>(tx, &now, after, Telling { at: Some(at), ..telling }).await?;
        let proofs = by_hand(&entry.departure);
        visits::depart(
            tx,
            &now,
            at,
            &Departure { lasted_secs: None, made_at: Some(at), proofs, door: entry.door.clone() },
        )
        .await?;
    }
    if now.version == order.version {
        let waits = matches!(order.stage()?, Stage::Taken | Stage::Serving);
        let moved = || Refusal::Moved { from: order.stage().map_or_else(|_| String::new(), |at| at.word().to_owned()) };
        return Err(if waits { Refusal::TimeWanted } else { moved() }.into());
    }
    settle(tx, &case.trouble, Settlement::Entered).await?;
    if now.stage()? == Stage::Served {
        // Check-in and check-out go to a person together: with both times entered nothing of them is left to do.
        for other in troubles::beside(tx, &case.trouble).await? {
            if matches!(other.verb.as_str(), "order.accept" | "order.check_in" | "order.check_out") {
                settle(tx, &other, Settlement::Entered).await?;
            }
        }
    }
    Ok(now)
}

async fn checked_in(tx: &Tx, order: &Order, at: Instant, entry: &Entry) -> Result<Order> {
    let day = business_day(order.window_start);
    if business_day(at) < day {
        return Err(Refusal::TooEarly { day: day.to_string() }.into());
    }
    let telling = Telling { reasons: &[BY_HAND], words: Some(&entry.grounds), at: Some(at) };
    let after = moved::<events::CheckedIn>(tx, order, order.step(Step::CheckIn(at))?, telling).await?;
    let proofs = by_hand(&entry.arrival);
    visits::arrive(tx, &after, at, &Arrival { made_at: Some(at), proofs, door: entry.door.clone() }).await?;
    Ok(after)
}

/// What the phone told, and that a person entered it.
fn by_hand(told: &[Told]) -> Vec<Told> {
    told.iter().cloned().chain([Told::of(Kind::Entered)]).collect()
}

/// Lets go of what a phone wanted.
///
/// # Errors
/// [`Refusal::ReasonWanted`] without words where the reason is “other”; [`kernel::Common`].
pub async fn dismiss(tx: &Tx, case: &Case, why: &Why<DismissReason>) -> Result<()> {
    tx.actor().may(Action::AssignOrder)?;
    why.told(why.reason == DismissReason::Other)?;
    settle(tx, &case.trouble, Settlement::Dismissed(why.reason.name())).await?;
    if let Some(order) = &case.order {
        let facts = OrderFacts::of(None, order)?.because([why.reason.name()]);
        let event = events::event::<events::TroubleDismissed>(tx, order, facts, why.words.as_ref()).await?;
        tx.journal(event);
    }
    Ok(())
}
