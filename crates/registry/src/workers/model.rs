//! A row of `workers`.

use kernel::{Region, Result, Sex};
use sea_orm::entity::prelude::*;
use store::sea_orm;

/// A worker's row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "workers")]
pub struct Model {
    /// The worker.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Where the worker sets out from: a place.
    pub place: i64,
    /// Name.
    pub name: String,
    /// GB/T 2261.1.
    pub sex: i16,
    /// Work telephone, shown to those who are served.
    pub phone: String,
    /// Skill level of the certificate, 5 (junior) to 1 (senior technician).
    pub cert_level: Option<i16>,
    /// Bit n set: able to give services of class n of GB/T 43153, 1 to 7.
    pub skills: i64,
    /// Degrees east, CGCS2000, where the worker sets out from.
    pub longitude: Option<f64>,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// [`Status`].
    pub status: String,
    /// Grows with each write.
    pub version: i32,
}

/// No relations: rooms join by query.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Whether a worker works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// At work.
    Active,
    /// No longer.
    Left,
}

impl Status {
    /// Stored form.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Left => "left",
        }
    }
}

/// The bit of a service class, 1 to 7.
#[must_use]
pub const fn skill_bit(class: i16) -> i64 {
    1 << class
}

impl Model {
    /// Where the worker sets out from.
    ///
    /// # Errors
    /// When the stored number is no place.
    pub fn place(&self) -> Result<Region> {
        Ok(Region::new(self.place)?)
    }

    /// Sex.
    #[must_use]
    pub const fn sex(&self) -> Sex {
        Sex::of(self.sex)
    }

    /// Whether the worker can give services of a class.
    #[must_use]
    pub const fn can(&self, class: i16) -> bool {
        self.skills & skill_bit(class) != 0
    }

    /// Where the worker sets out from, degrees east and north.
    #[must_use]
    pub fn point(&self) -> Option<(f64, f64)> {
        self.longitude.zip(self.latitude)
    }
}
