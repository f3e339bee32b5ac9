//! The row of a token.

use chrono::{DateTime, Utc};
use kernel::Instant;
use sea_orm::entity::prelude::*;

/// A token of a program, as stored.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_tokens")]
pub struct Model {
    /// SM3 of the secret, which has 256 random bits, so no salt is needed.
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_hash: Vec<u8>,
    /// A name for it that gives nothing away.
    pub id: Uuid,
    /// The account that it acts as.
    pub account: Uuid,
    /// The one grant.
    pub grant_id: Uuid,
    /// The county that keeps it.
    pub home: i32,
    /// What it is for.
    pub name: String,
    /// The administrator who made it.
    pub made_by: Uuid,
    /// Since when.
    pub made_at: DateTime<Utc>,
    /// Until when.
    pub ends_at: DateTime<Utc>,
    /// The last request, to the minute.
    pub used_at: Option<DateTime<Utc>>,
    /// Since when it works no more.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// None.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Whether it works at a moment.
    #[must_use]
    pub fn works(&self, at: Instant) -> bool {
        self.revoked_at.is_none() && self.ends_at > at
    }
}
