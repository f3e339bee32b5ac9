//! When a dispatcher finds that a visit did not begin or end when the phone says: corrected with the grounds, in the open.

use kernel::{Action, Instant, Key, Result, business_day};
use store::Tx;

use super::{Telling, moved, visible};
use crate::{
    orders::{
        Order, Refusal, Span, Stage, Status, Step,
        events::{self, BY_HAND},
        words_sealed::Words,
    },
    visits,
};

/// What is right.
#[derive(Clone, Debug)]
pub struct Correction {
    /// Check-in; none leaves it.
    pub from: Option<Instant>,
    /// Check-out; none leaves it.
    pub to: Option<Instant>,
    /// How it is known.
    pub grounds: Words,
}

/// 更正: other times for a visit that waits for its confirmation, or the end of one that nobody ended. The visit is
/// weighed anew and marked as entered by hand; what the phone told stays in the journal.
///
/// # Errors
/// [`Refusal::TimeWanted`] without any time; [`Refusal::NotYet`], [`Refusal::TooEarly`], [`Refusal::EndsBeforeStart`],
/// [`Refusal::Moved`]; [`kernel::Common`].
pub async fn correct(tx: &Tx, key: Key<Order>, correction: &Correction) -> Result<Order> {
    let order = visible(tx, key).await?;
    tx.actor().may(Action::AssignOrder)?;
    let times = [correction.from, correction.to];
    if times.into_iter().flatten().any(|at| at > tx.now()) {
        return Err(Refusal::NotYet.into());
    }
    let day = business_day(order.window_start);
    if correction.from.is_some_and(|from| business_day(from) < day) {
        return Err(Refusal::TooEarly { day: day.to_string() }.into());
    }
    let span = match order.status()? {
        Status::Served(_, span) if correction.from.is_some() || correction.to.is_some() => {
            Span { from: correction.from.unwrap_or(span.from), to: correction.to.unwrap_or(span.to) }
        }
        Status::Serving(_, from) => {
            let to = correction.to.ok_or(Refusal::TimeWanted)?;
            Span { from: correction.from.unwrap_or(from), to }
        }
        Status::Served(..) => return Err(Refusal::TimeWanted.into()),
        other => return Err(Refusal::Moved { from: other.stage().word().to_owned() }.into()),
    };
    let after = order.step(Step::Correct(span))?;
    // The time to confirm runs anew: whoever confirms must have seen what is confirmed.
    let telling = Telling { reasons: &[BY_HAND], words: Some(&correction.grounds), at: None };
    let after = moved::<events::Corrected>(tx, &order, after, telling).await?;
    debug_assert_eq!(after.stage().ok(), Some(Stage::Served));
    visits::corrected(tx, &after, span).await?;
    Ok(after)
}
