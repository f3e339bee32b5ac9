//! Who leaves the county has no order there that somebody would still set out for.

use async_trait::async_trait;
use kernel::{Key, Result};
use registry::elders::{Elder, moving::Leaving};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait as _, QueryFilter};
use store::{Tx, counters};

use super::{Column, Entity, Refusal, Stage};

/// Refuses while an order is placed but not served. What waits for a word of the elder does not hold anybody: it is
/// confirmed from anywhere.
#[derive(Clone, Copy, Debug)]
pub struct OpenOrders;

#[async_trait]
impl Leaving for OpenOrders {
    async fn check(&self, tx: &Tx, elder: Key<Elder>) -> Result<()> {
        // Whoever orders now waits until the move is over, and sees it.
        counters::hold(tx, elder.home, "orders").await?;
        let open = Entity::find()
            .filter(Column::Home.eq(elder.home.number()))
            .filter(Column::Elder.eq(elder.id))
            .filter(Column::Status.lt(Stage::Served.code()));
        match open.count(tx).await? {
            0 => Ok(()),
            n => Err(Refusal::StillOpen { n }.into()),
        }
    }
}
