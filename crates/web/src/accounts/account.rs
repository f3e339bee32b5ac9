//! The row of an account.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// Somebody who may sign in, as stored.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "accounts")]
pub struct Model {
    /// Blind index of the login name, or of person and holder for a portal account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub login_index: Vec<u8>,
    /// Who, wherever an actor is named.
    pub id: Uuid,
    /// The county whose key seals this account's cells.
    pub home: i32,
    /// The name to show.
    pub name: String,
    /// A code of [`Kind`](super::Kind).
    pub kind: String,
    /// Argon2id in PHC form; none when the account has no password.
    pub password_hash: Option<String>,
    /// A code of [`Profile`](super::Profile).
    pub password_profile: String,
    /// When the password was set.
    pub password_at: Option<DateTime<Utc>>,
    /// The password was given by somebody else and works once.
    pub must_change: bool,
    /// The secret of the second factor, sealed; none without one.
    pub totp_sealed: Option<Vec<u8>>,
    /// The last 30-second step whose code was used; 0 at first.
    pub totp_step: i64,
    /// An account of demo data: no second factor, no forced change.
    pub demo: bool,
    /// Since when.
    pub made_at: DateTime<Utc>,
    /// Since when it may not sign in.
    pub disabled_at: Option<DateTime<Utc>>,
}

/// None.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
