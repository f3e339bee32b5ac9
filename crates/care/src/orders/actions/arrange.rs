//! From intake to a worker who has said yes.

use kernel::{Action, Key, Result, business_day};
use store::Tx;
use uuid::Uuid;

use super::{Telling, Why, lead, moved, of_administration, simple, visible};
use crate::orders::{Crew, DeclineReason, Order, Refusal, Stage, Step, events, staff, words_sealed::Words};

/// Whom a dispatcher chooses, and why.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The lead and perhaps a second.
    pub crew: Crew,
    /// Why these.
    pub why: Option<Words>,
}

/// 受理: the order is complete and can be given away.
///
/// # Errors
/// [`Refusal::Moved`]; [`kernel::Common`].
pub async fn accept(tx: &Tx, key: Key<Order>) -> Result<Order> {
    let order = visible(tx, key).await?;
    tx.actor().may(Action::PlaceOrder).or_else(|_| tx.actor().may(Action::AssignOrder))?;
    simple::<events::Accepted>(tx, &order, Step::Accept, None).await
}

/// 选定服务商, by an administration; the one chosen before no longer sees the order.
///
/// # Errors
/// [`Refusal::NotServed`], [`Refusal::Moved`]; [`kernel::Common`].
pub async fn dispatch(tx: &Tx, key: Key<Order>, provider: Uuid) -> Result<Order> {
    let order = visible(tx, key).await?;
    of_administration(tx)?;
    tx.actor().may(Action::PlaceOrder).or_else(|_| tx.actor().may(Action::AssignOrder))?;
    if !staff::serves(tx, provider, order.place()?).await? {
        return Err(Refusal::NotServed.into());
    }
    let after = Order { provider: Some(provider), ..order.step(Step::Dispatch)? };
    moved::<events::Dispatched>(tx, &order, after, Telling::default()).await
}

/// 服务商退回: the provider cannot serve; the county chooses another one.
///
/// # Errors
/// [`Refusal::NoProvider`], [`Refusal::Moved`], [`Refusal::ReasonWanted`]; [`kernel::Common`].
pub async fn give_back(tx: &Tx, key: Key<Order>, why: &Why<DeclineReason>) -> Result<Order> {
    let order = visible(tx, key).await?;
    tx.actor().may(Action::AssignOrder)?;
    why.told(why.reason == DeclineReason::Other)?;
    order.provider.ok_or(Refusal::NoProvider)?;
    let after = Order { provider: None, tries: order.tries + 1, ..order.step(Step::Return)? };
    let telling = Telling { reasons: &[why.reason.name()], words: why.words.as_ref(), at: None };
    moved::<events::Returned>(tx, &order, after, telling).await
}

/// 派单: offers the order to workers of its provider.
///
/// # Errors
/// [`Refusal::NoProvider`], [`Refusal::NotTheirs`], [`Refusal::PairWanted`], [`Refusal::NoPair`], [`Refusal::Moved`];
/// [`kernel::Common::Raced`] when another dispatcher was faster.
pub async fn assign(tx: &Tx, key: Key<Order>, assignment: &Assignment) -> Result<Order> {
    let order = visible(tx, key).await?;
    tx.actor().may(Action::AssignOrder)?;
    offered(tx, &order, assignment.crew, assignment.why.as_ref()).await
}

/// Offers the order to a crew; also the platform's own way.
pub(in crate::orders) async fn offered(tx: &Tx, order: &Order, crew: Crew, why: Option<&Words>) -> Result<Order> {
    let after = order.step(Step::Assign(crew))?;
    let provider = order.provider.ok_or(Refusal::NoProvider)?;
    match (order.pair, crew.second) {
        (true, None) => return Err(Refusal::PairWanted.into()),
        (true, Some(second)) if second == crew.lead => return Err(Refusal::PairWanted.into()),
        (false, Some(_)) => return Err(Refusal::NoPair.into()),
        _ => {}
    }
    let day = business_day(order.window_start);
    for worker in [Some(crew.lead), crew.second].into_iter().flatten() {
        if !staff::works_for(tx, worker, provider, day).await? {
            return Err(Refusal::NotTheirs.into());
        }
    }
    moved::<events::Assigned>(tx, order, after, Telling { words: why, ..Telling::default() }).await
}

/// 接单, by the lead.
///
/// # Errors
/// [`Refusal::NotYours`], [`Refusal::Moved`]; [`kernel::Common`].
pub async fn take(tx: &Tx, key: Key<Order>) -> Result<Order> {
    let order = visible(tx, key).await?;
    tx.actor().may(Action::PerformOrder)?;
    lead(tx, &order)?;
    simple::<events::Taken>(tx, &order, Step::Take, None).await
}

/// 退回, by the lead: back to the dispatcher, one try more.
///
/// # Errors
/// [`Refusal::NotYours`], [`Refusal::Moved`], [`Refusal::ReasonWanted`]; [`kernel::Common`].
pub async fn decline(tx: &Tx, key: Key<Order>, why: &Why<DeclineReason>) -> Result<Order> {
    let order = visible(tx, key).await?;
    tx.actor().may(Action::PerformOrder)?;
    lead(tx, &order)?;
    why.told(why.reason == DeclineReason::Other)?;
    let after = Order { tries: order.tries + 1, ..order.step(Step::Decline)? };
    let telling = Telling { reasons: &[why.reason.name()], words: why.words.as_ref(), at: None };
    moved::<events::Declined>(tx, &order, after, telling).await
}

/// 超时收回: the platform takes an offer back that nobody answered; one that no phone received blames nobody.
pub(in crate::orders) async fn lapsed(tx: &Tx, order: &Order) -> Result<Order> {
    let why = if order.seen_at.is_some() { DeclineReason::NoAnswer } else { DeclineReason::Unreached };
    let after = Order { tries: order.tries + 1, ..order.step(Step::Decline)? };
    moved::<events::Lapsed>(tx, order, after, Telling { reasons: &[why.name()], ..Telling::default() }).await
}

/// 收到: the phone of the lead has the offer; from now on the time to answer runs. Once.
///
/// # Errors
/// [`Refusal::NotYours`]; [`kernel::Common`].
pub async fn received(tx: &Tx, key: Key<Order>) -> Result<Order> {
    let order = visible(tx, key).await?;
    tx.actor().may(Action::PerformOrder)?;
    lead(tx, &order)?;
    if order.stage()? != Stage::Offered || order.seen_at.is_some() {
        return Ok(order);
    }
    let after = Order { seen_at: Some(tx.now()), ..order.clone() };
    moved::<events::Received>(tx, &order, after, Telling::default()).await
}

/// 收回, by the dispatcher, to choose somebody else; no try is counted.
///
/// # Errors
/// [`Refusal::Moved`], [`Refusal::ReasonWanted`]; [`kernel::Common`].
pub async fn withdraw(tx: &Tx, key: Key<Order>, why: &Why<DeclineReason>) -> Result<Order> {
    let order = visible(tx, key).await?;
    tx.actor().may(Action::AssignOrder)?;
    why.told(why.reason == DeclineReason::Other)?;
    let telling = Telling { reasons: &[why.reason.name()], words: why.words.as_ref(), at: None };
    moved::<events::Withdrawn>(tx, &order, order.step(Step::Withdraw)?, telling).await
}
