//! The rows of a plan and of its visits.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Failure, Home, Key, Region, Result};
use sea_orm::entity::prelude::*;

use super::{Figures, Gap, Hold, Origin, Status, Step, figures::Compared};

/// A plan's row of the table `plans`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "plans")]
pub struct Model {
    /// The home of the provider's seat.
    #[sea_orm(primary_key, auto_increment = false)]
    pub home: i32,
    /// The plan.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The provider's seat.
    pub place: i64,
    /// Whose day it is.
    pub provider: Uuid,
    /// The day.
    pub day: NaiveDate,
    /// Of the plans of this provider and day, from 1.
    pub number: i32,
    /// [`Status`].
    pub status: i16,
    /// [`Origin`].
    pub origin: i16,
    /// The plan it was made from.
    pub based_on: Option<Uuid>,
    /// The rulebook it was made under: its id, or `default`.
    pub rules: String,
    /// [`Compared`], as JSON.
    pub figures: String,
    /// What nobody serves, a list of [`Gap`] as JSON.
    pub gaps: String,
    /// Who asked for it, by name.
    pub made_by: String,
    /// When.
    pub made_at: DateTime<Utc>,
    /// How long the computation took, in milliseconds.
    pub took_millis: i64,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
    /// When it was superseded or withdrawn.
    pub closed_at: Option<DateTime<Utc>>,
    /// The job that assigns its orders.
    pub job: Option<Uuid>,
    /// Grows with each write.
    pub version: i32,
}

/// No relations: rooms join by query.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The key.
    ///
    /// # Errors
    /// When the stored home is none.
    pub fn key(&self) -> Result<Key<Self>> {
        Ok(Key::new(Home::new(self.home)?, self.id))
    }

    /// The provider's seat.
    ///
    /// # Errors
    /// When the stored number is no place.
    pub fn place(&self) -> Result<Region> {
        Ok(Region::new(self.place)?)
    }

    /// Where it stands.
    ///
    /// # Errors
    /// When the stored code is none.
    pub fn status(&self) -> Result<Status> {
        Status::of(self.status).ok_or_else(|| Failure::internal(format!("plan {} has no sound status", self.id)))
    }

    /// Where it came from.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin::of(self.origin).unwrap_or(Origin::Computed)
    }

    /// Its figures, and those it is compared with.
    ///
    /// # Errors
    /// When the stored JSON is none.
    pub fn figures(&self) -> Result<Compared> {
        Ok(serde_json::from_str(&self.figures)?)
    }

    /// Its own figures.
    ///
    /// # Errors
    /// When the stored JSON is none.
    pub fn own_figures(&self) -> Result<Figures> {
        Ok(self.figures()?.plan)
    }

    /// What nobody serves, with reasons.
    ///
    /// # Errors
    /// When the stored JSON is none.
    pub fn gaps(&self) -> Result<Vec<Gap>> {
        Ok(serde_json::from_str(&self.gaps)?)
    }

    /// The row after a move; its other columns stay.
    ///
    /// # Errors
    /// What [`Status::step`] refuses.
    pub fn step(&self, step: Step) -> Result<Self> {
        Ok(Self { status: self.status()?.step(step)?.code(), ..self.clone() })
    }
}

/// The visits of plans.
pub mod visit {
    use super::{DateTime, Hold, Utc};
    use sea_orm::entity::prelude::*;

    /// A visit's row of the table `plan_visits`.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "plan_visits")]
    pub struct Model {
        /// The plan's home.
        #[sea_orm(primary_key, auto_increment = false)]
        pub home: i32,
        /// The plan.
        #[sea_orm(primary_key, auto_increment = false)]
        pub plan: Uuid,
        /// The order.
        #[sea_orm(primary_key, auto_increment = false)]
        pub order_id: Uuid,
        /// 0 the lead, 1 the second of a pair.
        #[sea_orm(primary_key, auto_increment = false)]
        pub part: i16,
        /// The order's home.
        pub order_home: i32,
        /// Who comes.
        pub worker: Uuid,
        /// When they are there.
        pub arrive_at: DateTime<Utc>,
        /// When the service starts.
        pub start_at: DateTime<Utc>,
        /// When it ends.
        pub end_at: DateTime<Utc>,
        /// Minutes on the way to it.
        pub way_mins: i16,
        /// [`Hold`].
        pub hold: i16,
        /// Another caregiver or another time than in the plan before.
        pub moved: bool,
    }

    /// No relations: rooms join by query.
    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl Model {
        /// How firmly it stands.
        #[must_use]
        pub fn hold(&self) -> Hold {
            Hold::of(self.hold).unwrap_or(Hold::Free)
        }
    }
}
