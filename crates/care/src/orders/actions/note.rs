//! What a caregiver writes about an order.

use kernel::{Action, Key, Result};
use store::Tx;

use super::{lead, visible};
use crate::orders::{
    Order,
    events::{self, OrderFacts},
    words_sealed::Words,
};

/// 备注, by the lead: stands on the timeline, sealed; the order stays as it is.
///
/// # Errors
/// [`crate::orders::Refusal::NotYours`]; [`kernel::Common`].
pub async fn note(tx: &Tx, key: Key<Order>, words: &Words) -> Result<()> {
    let order = visible(tx, key).await?;
    tx.actor().may(Action::PerformOrder)?;
    lead(tx, &order)?;
    tx.journal(events::event::<events::Noted>(tx, &order, OrderFacts::of(None, &order)?, Some(words)).await?);
    Ok(())
}
