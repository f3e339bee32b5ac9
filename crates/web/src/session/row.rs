//! The row of a session.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::Instant;
use sea_orm::entity::prelude::*;

/// A signed-in browser, as stored.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// SM3 of the token in the cookie.
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_hash: Vec<u8>,
    /// A name for it that gives nothing away, to list and end it.
    pub id: Uuid,
    /// Whose.
    pub account: Uuid,
    /// The one grant it acts under.
    pub grant_id: Uuid,
    /// What its forms must carry.
    pub csrf: String,
    /// Since when.
    pub made_at: DateTime<Utc>,
    /// The last request, to the minute.
    pub seen_at: DateTime<Utc>,
    /// How many seconds without a request end it.
    pub idle_secs: i64,
    /// When it ends in any case.
    pub ends_at: DateTime<Utc>,
    /// The browser, as it names itself.
    pub agent: String,
}

/// None.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// When it ends if nothing more is asked.
    #[must_use]
    pub fn over_at(&self) -> Instant {
        self.ends_at.min(self.seen_at + TimeDelta::seconds(self.idle_secs))
    }
}
