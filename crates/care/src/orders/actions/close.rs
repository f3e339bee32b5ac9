//! Confirming, rating, calling off, breaking off.

use kernel::{Action, Common, Key, Result, Role};
use store::Tx;

use super::{Telling, Why, lead, moved, visible};
use crate::orders::{
    AbortReason, CancelReason, Complaint, Confirmation, Order, Refusal, Score, Step, events, words_sealed::Words,
};

/// What somebody thinks of a service.
#[derive(Clone, Debug)]
pub struct Rating {
    /// 1 to 5.
    pub score: Score,
    /// What displeased; wanted below three.
    pub reasons: Vec<Complaint>,
    /// Words, to read with the person's key only.
    pub words: Option<Words>,
}

/// 确认: the service was given.
///
/// # Errors
/// [`Refusal::Moved`]; [`Common`].
pub async fn confirm(tx: &Tx, key: Key<Order>) -> Result<Order> {
    let order = visible(tx, key).await?;
    tx.actor().may(Action::ConfirmOrder)?;
    let how = match tx.actor().acting.role {
        Role::Elder => Confirmation::Elder,
        Role::Family => Confirmation::Family,
        _ => Confirmation::Call,
    };
    confirmed(tx, &order, how).await
}

/// Confirms in a way; also the platform's own when nobody objects.
pub(in crate::orders) async fn confirmed(tx: &Tx, order: &Order, how: Confirmation) -> Result<Order> {
    let after = moved::<events::Confirmed>(tx, order, order.step(Step::Confirm(how))?, Telling::default()).await?;
    crate::visits::confirmed(tx, &after, how).await?;
    Ok(after)
}

/// 评价: completes the order.
///
/// # Errors
/// [`Refusal::ReasonWanted`] for a score below three without any reason; [`Refusal::Moved`]; [`Common`].
pub async fn rate(tx: &Tx, key: Key<Order>, rating: &Rating) -> Result<Order> {
    let order = visible(tx, key).await?;
    tx.actor().may(Action::ConfirmOrder)?;
    let explained = !rating.reasons.is_empty() || rating.words.is_some();
    if rating.score < Score::PASSABLE && !explained {
        return Err(Refusal::ReasonWanted.into());
    }
    completed(tx, &order, Some(rating)).await
}

/// Completes an order, rated or not; two entries where it was rated.
pub(in crate::orders) async fn completed(tx: &Tx, order: &Order, rating: Option<&Rating>) -> Result<Order> {
    let mut after = order.step(Step::Rate(rating.map(|rating| rating.score)))?;
    let Some(rating) = rating else {
        return moved::<events::Completed>(tx, order, after, Telling::default()).await;
    };
    after.rating_sealed = rating.words.as_ref().map(|words| words.for_column(tx.ids(), "rating_sealed", order.id));
    let reasons: Vec<_> = rating.reasons.iter().map(|reason| reason.name()).collect();
    let telling = Telling { reasons: &reasons, words: rating.words.as_ref(), at: None };
    let after = moved::<events::Rated>(tx, order, after, telling).await?;
    let facts = events::OrderFacts::of(Some(order), &after)?;
    tx.journal(events::event::<events::Completed>(tx, &after, facts, None).await?);
    Ok(after)
}

/// 取消, before the start.
///
/// # Errors
/// [`Refusal::Moved`], [`Refusal::ReasonWanted`]; [`Common`].
pub async fn cancel(tx: &Tx, key: Key<Order>, why: &Why<CancelReason>) -> Result<Order> {
    let order = visible(tx, key).await?;
    tx.actor().may(Action::CancelOrder)?;
    why.told(why.reason == CancelReason::Other)?;
    let telling = Telling { reasons: &[why.reason.name()], words: why.words.as_ref(), at: None };
    moved::<events::Cancelled>(tx, &order, order.step(Step::Cancel)?, telling).await
}

/// 中止, after the start: by the lead, or by a dispatcher who was called.
///
/// # Errors
/// [`Refusal::NotYours`], [`Refusal::Moved`], [`Refusal::ReasonWanted`]; [`Common`].
pub async fn abort(tx: &Tx, key: Key<Order>, why: &Why<AbortReason>) -> Result<Order> {
    let order = visible(tx, key).await?;
    match (tx.actor().may(Action::AssignOrder), tx.actor().may(Action::PerformOrder)) {
        (Ok(()), _) => {}
        (Err(_), Ok(())) => {
            lead(tx, &order)?;
        }
        (Err(_), Err(_)) => return Err(Common::NotAllowed.into()),
    }
    why.told(why.reason == AbortReason::Other)?;
    let telling = Telling { reasons: &[why.reason.name()], words: why.words.as_ref(), at: None };
    moved::<events::Aborted>(tx, &order, order.step(Step::Abort)?, telling).await
}
