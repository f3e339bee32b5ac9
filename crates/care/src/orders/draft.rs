//! The row of an order that was just placed, with the price that its elder pays.

use kernel::{Instant, Key, Region};
use registry::elders::Elder;
use uuid::Uuid;

use super::{Channel, Order, Stage};
use crate::catalogue::Item;

/// What a new row is made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drafting<'a> {
    pub(super) id: Uuid,
    pub(super) number: &'a str,
    pub(super) elder: Key<Elder>,
    /// Where the elder lives.
    pub(super) place: Region,
    /// Bit set of the elder's tags: they decide who pays.
    pub(super) tags: i64,
    pub(super) item: &'a Item,
    /// The price book that holds the item.
    pub(super) rulebook: Uuid,
    pub(super) window: (Instant, Instant),
    pub(super) channel: Channel,
    pub(super) provider: Option<Uuid>,
    pub(super) placed_at: Instant,
}

/// The row, in its first stage.
pub(super) fn draft(of: &Drafting<'_>) -> Order {
    let (item, parts) = (of.item, of.item.parts(of.tags));
    Order {
        home: of.elder.home.number(),
        id: of.id,
        place: of.place.code(),
        number: of.number.to_owned(),
        elder: of.elder.id,
        item: item.code.clone(),
        item_name: item.name.clone(),
        class: item.class().code(),
        minutes: item.minutes,
        least_minutes: item.least_minutes,
        pair: item.pair,
        window_start: of.window.0,
        window_end: of.window.1,
        channel: of.channel.code(),
        price_fen: parts.price.0,
        subsidy_fen: parts.subsidy.0,
        own_fen: parts.own.0,
        rulebook: of.rulebook,
        provider: of.provider,
        worker: None,
        second: None,
        status: Stage::Placed.code(),
        tries: 0,
        due_at: None,
        seen_at: None,
        placed_at: of.placed_at,
        started_at: None,
        ended_at: None,
        confirmed_how: None,
        score: None,
        closed_at: None,
        note_sealed: None,
        rating_sealed: None,
        version: 1,
    }
}
