//! The row of a visit.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{Flag, proof};

/// A visit's row of the table `visits`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "visits")]
pub struct Model {
    /// The order's home.
    #[sea_orm(primary_key, auto_increment = false)]
    pub home: i32,
    /// The visit.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Where the elder lives.
    pub place: i64,
    /// The order, of the same home.
    pub order_id: Uuid,
    /// The elder.
    pub elder: Uuid,
    /// The organisation.
    pub provider: Option<Uuid>,
    /// The lead of the crew.
    pub worker: Uuid,
    /// Check-in, by the phone's corrected time.
    pub started_at: DateTime<Utc>,
    /// When the check-in reached us.
    pub started_received_at: DateTime<Utc>,
    /// Check-out, by the phone's corrected time.
    pub ended_at: Option<DateTime<Utc>>,
    /// When the check-out reached us.
    pub ended_received_at: Option<DateTime<Utc>>,
    /// How long it lasted by the phone's running clock, in seconds.
    pub lasted_secs: Option<i32>,
    /// Strength of the proof, 0 to 100.
    pub strength: i16,
    /// As strong as the rules want.
    pub enough: bool,
    /// Bit set of [`Flag`].
    pub flags: i64,
    /// Grows with each write.
    pub version: i32,
}

/// No relations: rooms join by query.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// What speaks against it.
    #[must_use]
    pub fn flags(&self) -> Vec<Flag> {
        proof::flags(self.flags)
    }
}
