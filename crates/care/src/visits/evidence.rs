//! The row of a proof.

use chrono::{DateTime, Utc};
use kernel::{Failure, Result};
use sea_orm::entity::prelude::*;

use super::{Kind, Moment, Proof};

/// A proof's row of the table `evidence`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "evidence")]
pub struct Model {
    /// The visit's home.
    #[sea_orm(primary_key, auto_increment = false)]
    pub home: i32,
    /// The proof.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The visit.
    pub visit: Uuid,
    /// [`Kind`].
    pub kind: i16,
    /// [`Moment`].
    pub moment: i16,
    /// When it was taken, by the phone's corrected time.
    pub at: DateTime<Utc>,
    /// When it reached us.
    pub received_at: DateTime<Utc>,
    /// Radius of a position, in metres.
    pub accuracy_m: Option<i32>,
    /// From the elder's address, in metres.
    pub distance_m: Option<i32>,
    /// The phone admits that the position is made up.
    pub mocked: bool,
    /// SM3 of a photo, in hexadecimal.
    pub digest: Option<String>,
    /// Sealed position: JSON of degrees east and north.
    pub point_sealed: Option<Vec<u8>>,
}

/// No relations: rooms join by query.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The proof as it was told; whether a photo is here and how old it is are looked up apart.
    ///
    /// # Errors
    /// When a stored code is unknown.
    pub fn proof(&self) -> Result<Proof> {
        let broken = || Failure::internal(format!("evidence {} has an unknown code", self.id));
        Ok(Proof {
            kind: Kind::of(self.kind).ok_or_else(broken)?,
            moment: Moment::of(self.moment).ok_or_else(broken)?,
            at: self.at,
            accuracy_m: self.accuracy_m,
            distance_m: self.distance_m,
            mocked: self.mocked,
            digest: self.digest.as_deref().and_then(|digest| digest.parse().ok()),
            is_kept: false,
            age_secs: 0,
        })
    }
}
