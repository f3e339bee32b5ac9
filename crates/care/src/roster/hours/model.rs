//! The rows of hours and absences, and their words.

use chrono::{Datelike, NaiveDate};
use kernel::words;
use sea_orm::entity::prelude::*;

use crate::roster::RosterRules;

words! {
    /// How a caregiver moves.
    #[derive(utoipa::ToSchema)]
    #[schema(as = TravelMode)]
    pub enum Mode {
        /// On foot.
        Walk = 1, "walk", "步行";
        /// By electric bicycle.
        Ebike = 2, "ebike", "电动车";
        /// By car.
        Car = 3, "car", "汽车";
    }
}

words! {
    /// Why a caregiver is away.
    #[derive(utoipa::ToSchema)]
    #[schema(as = AbsenceReason)]
    pub enum Reason {
        /// Ill.
        Sick = 1, "sick", "病假";
        /// On leave.
        Leave = 2, "leave", "事假";
        /// In a course.
        Training = 3, "training", "培训";
        /// Day off in lieu.
        Rest = 4, "rest", "调休";
    }
}

/// A caregiver's hours at an organisation, a row of `work_hours`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "work_hours")]
pub struct Model {
    /// The employer.
    #[sea_orm(primary_key, auto_increment = false)]
    pub organisation: Uuid,
    /// The caregiver.
    #[sea_orm(primary_key, auto_increment = false)]
    pub worker: Uuid,
    /// Bit 0 set: works on Mondays; bit 6: on Sundays.
    pub weekdays: i16,
    /// Begins, minutes after midnight.
    pub opens_mins: i32,
    /// Ends.
    pub closes_mins: i32,
    /// Overtime of a day at most, in minutes.
    pub overtime_mins: i32,
    /// [`Mode`].
    pub mode: i16,
    /// Grows with each write.
    pub version: i32,
}

/// No relations: rooms join by query.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Hours as they hold for somebody.
pub type Hours = Model;

impl Model {
    /// The hours of somebody for whom none were written.
    #[must_use]
    pub fn usual(organisation: Uuid, worker: Uuid, rules: &RosterRules) -> Self {
        Self {
            organisation,
            worker,
            weekdays: rules.weekdays,
            opens_mins: rules.opens_mins,
            closes_mins: rules.closes_mins,
            overtime_mins: rules.overtime_mins,
            mode: Mode::Ebike.code(),
            version: 0,
        }
    }

    /// Whether a day is a working day.
    #[must_use]
    pub fn works_on(&self, day: NaiveDate) -> bool {
        self.weekdays >> day.weekday().num_days_from_monday() & 1 == 1
    }

    /// How the caregiver moves.
    #[must_use]
    pub fn mode(&self) -> Mode {
        Mode::of(self.mode).unwrap_or(Mode::Ebike)
    }
}

/// The days on which caregivers are away.
pub mod absence {
    use chrono::{DateTime, NaiveDate, Utc};
    use sea_orm::entity::prelude::*;

    use super::Reason;

    /// A row of `work_absences`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "work_absences")]
    pub struct Model {
        /// The employer.
        #[sea_orm(primary_key, auto_increment = false)]
        pub organisation: Uuid,
        /// The day.
        #[sea_orm(primary_key, auto_increment = false)]
        pub day: NaiveDate,
        /// The caregiver.
        #[sea_orm(primary_key, auto_increment = false)]
        pub worker: Uuid,
        /// [`Reason`].
        pub reason: i16,
        /// When it was told.
        pub told_at: DateTime<Utc>,
    }

    /// No relations: rooms join by query.
    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl Model {
        /// Why.
        #[must_use]
        pub fn reason(&self) -> Reason {
            Reason::of(self.reason).unwrap_or(Reason::Leave)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weekdays_are_bits_from_monday_on() {
        let mut hours = Model::usual(Uuid::nil(), Uuid::nil(), &RosterRules::default());
        hours.weekdays = 0b001_1111;
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert!(hours.works_on(day("2026-11-20")), "a Friday");
        assert!(!hours.works_on(day("2026-11-22")), "a Sunday");
    }
}
