//! At the door: check-in and check-out. A phone may have been offline: what it tells counts from when it happened.

use kernel::{Action, Instant, Key, Result, business_day};
use store::Tx;

use super::{Telling, lead, moved, visible};
use crate::{
    orders::{Order, Refusal, Step, events},
    visits::{self, Arrival, Departure},
};

/// 签到, by the lead, at `arrival.made_at` (the phone's time, corrected), not after now and not before the order.
///
/// # Errors
/// [`Refusal::NotYours`], [`Refusal::Moved`], [`Refusal::TooEarly`] on a day before the window's; [`kernel::Common`].
pub async fn check_in(tx: &Tx, key: Key<Order>, arrival: &Arrival) -> Result<Order> {
    let order = visible(tx, key).await?;
    tx.actor().may(Action::PerformOrder)?;
    lead(tx, &order)?;
    let at = happened(tx, &order, arrival.made_at);
    let after = order.step(Step::CheckIn(at))?;
    let day = business_day(order.window_start);
    if business_day(at) < day {
        return Err(Refusal::TooEarly { day: day.to_string() }.into());
    }
    let after = moved::<events::CheckedIn>(tx, &order, after, Telling { at: Some(at), ..Telling::default() }).await?;
    visits::arrive(tx, &after, at, arrival).await?;
    Ok(after)
}

/// 签退, by the lead, at `departure.made_at`.
///
/// # Errors
/// [`Refusal::NotYours`], [`Refusal::Moved`], [`Refusal::EndsBeforeStart`]; [`kernel::Common`].
pub async fn check_out(tx: &Tx, key: Key<Order>, departure: &Departure) -> Result<Order> {
    let order = visible(tx, key).await?;
    tx.actor().may(Action::PerformOrder)?;
    lead(tx, &order)?;
    let at = happened(tx, &order, departure.made_at);
    let after = order.step(Step::CheckOut(at))?;
    let after = moved::<events::CheckedOut>(tx, &order, after, Telling { at: Some(at), ..Telling::default() }).await?;
    visits::depart(tx, &after, at, departure).await?;
    Ok(after)
}

/// When something happened: as told, but neither after now nor before the order was placed.
fn happened(tx: &Tx, order: &Order, made_at: Option<Instant>) -> Instant {
    made_at.unwrap_or(tx.now()).max(order.placed_at).min(tx.now())
}
