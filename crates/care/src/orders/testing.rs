//! An order for the unit tests.

use chrono::TimeDelta;
use kernel::Instant;
use uuid::Uuid;

use super::{Channel, Order, Stage};

/// A bath of an hour, placed by phone on 21 November 2026 at nine for the next day from 14 to 16.
pub(crate) fn order() -> Order {
    let start: Instant = "2026-11-22T14:00:00+08:00".parse().unwrap();
    Order {
        home: 411_002,
        id: Uuid::from_u128(1),
        place: 411_002_001_001,
        number: "20261121-411002-00001".into(),
        elder: Uuid::from_u128(2),
        item: "bath".into(),
        item_name: "助浴".into(),
        class: 1,
        minutes: 60,
        least_minutes: 40,
        pair: false,
        window_start: start,
        window_end: start + TimeDelta::hours(2),
        channel: Channel::Phone.code(),
        price_fen: 12_000,
        subsidy_fen: 9_600,
        own_fen: 2_400,
        rulebook: Uuid::from_u128(3),
        provider: Some(Uuid::from_u128(4)),
        worker: None,
        second: None,
        status: Stage::Placed.code(),
        tries: 0,
        due_at: None,
        seen_at: None,
        placed_at: start - TimeDelta::hours(29),
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
