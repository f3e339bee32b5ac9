//! A row of the journal.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Failure, Home, Region, Result};
use sea_orm::entity::prelude::*;
use serde::de::DeserializeOwned;

/// One entry of a chain, as stored.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "journal")]
pub struct Model {
    /// Whose chain.
    #[sea_orm(primary_key, auto_increment = false)]
    pub home: i32,
    /// Its number in the chain, from 1 without gaps.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    /// The node that wrote it.
    pub node: i16,
    /// When.
    pub at: DateTime<Utc>,
    /// The day of business it belongs to.
    pub business_day: NaiveDate,
    /// `account:<uuid>`, `cli:<user>` or `system:<name>`.
    pub actor: String,
    /// The actor's name at that moment.
    pub actor_name: String,
    /// Role and place, organisation or worker.
    pub acting_as: String,
    /// `subject.verb`.
    pub kind: String,
    /// Version of the facts' shape.
    pub ver: i16,
    /// Whom or what it is about.
    pub subject: Uuid,
    /// On whose timeline it stands.
    pub person: Option<Uuid>,
    /// Where the case was then.
    pub place: i64,
    /// What caused it.
    pub cause: Option<Uuid>,
    /// JSON text, exactly as hashed.
    pub facts: String,
    /// The private part, sealed with the person's key.
    pub private: Option<Vec<u8>>,
    /// The link of the chain: SM3 over the previous link and all columns above.
    pub hash: Vec<u8>,
}

/// No relations: rooms join by query, never by entity graph.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The chain it stands in.
    ///
    /// # Errors
    /// When the stored number is no home.
    pub fn home(&self) -> Result<Home> {
        Ok(Home::new(self.home)?)
    }

    /// Where the case was then.
    ///
    /// # Errors
    /// When the stored number is no place.
    pub fn place(&self) -> Result<Region> {
        Ok(Region::new(self.place)?)
    }

    /// The facts in their type.
    ///
    /// # Errors
    /// When they are of another kind or version.
    pub fn facts<F: DeserializeOwned>(&self) -> Result<F> {
        serde_json::from_str(&self.facts).map_err(Failure::from)
    }
}
