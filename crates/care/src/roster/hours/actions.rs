//! Writing hours and absences, by dispatchers of the employer.

use chrono::NaiveDate;
use kernel::{Action, Common, Event, Facts, Key, Result};
use registry::workers::{self, Worker};
use sea_orm::{ActiveModelTrait, ActiveValue::NotSet, ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use store::{Tx, guarded};
use uuid::Uuid;

use super::{
    Mode, Reason,
    model::{self, Hours, absence},
    queries,
};
use crate::roster::{Refusal, RosterRules};

/// What a dispatcher writes about somebody's hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Bit 0 is Monday.
    pub weekdays: i16,
    /// Minutes after midnight.
    pub opens_mins: i32,
    /// Minutes after midnight.
    pub closes_mins: i32,
    /// Overtime of a day at most, in minutes.
    pub overtime_mins: i32,
    /// How the caregiver moves.
    pub mode: Mode,
}

/// A caregiver's hours were set; the whole new state.
#[derive(Debug, Serialize, Deserialize)]
pub struct HoursSet {
    /// Bit 0 is Monday.
    pub weekdays: i16,
    /// Minutes after midnight.
    pub opens_mins: i32,
    /// Minutes after midnight.
    pub closes_mins: i32,
    /// Minutes.
    pub overtime_mins: i32,
    /// How the caregiver moves.
    pub mode: Mode,
    /// Organisation and worker.
    pub parties: Vec<Uuid>,
}

impl Facts for HoursSet {
    const KIND: &'static str = "roster.hours_set";
}

/// A caregiver is away on a day.
#[derive(Debug, Serialize, Deserialize)]
pub struct Absent {
    /// The day.
    pub day: NaiveDate,
    /// Why.
    pub reason: Reason,
    /// Organisation and worker.
    pub parties: Vec<Uuid>,
}

impl Facts for Absent {
    const KIND: &'static str = "roster.absent";
}

/// A caregiver who was to be away comes after all.
#[derive(Debug, Serialize, Deserialize)]
pub struct Returned {
    /// The day.
    pub day: NaiveDate,
    /// Organisation and worker.
    pub parties: Vec<Uuid>,
}

impl Facts for Returned {
    const KIND: &'static str = "roster.absence_ended";
}

/// The longest overtime of a day, in minutes: 36 hours a month are the law's limit, three a day at most.
const MOST_OVERTIME: i32 = 180;

impl Written {
    fn checked(self) -> Result<Self> {
        let sound = self.weekdays & 0b111_1111 != 0
            && self.weekdays < 0b1000_0000
            && (0..=1_440).contains(&self.opens_mins)
            && (0..=1_440).contains(&self.closes_mins)
            && self.opens_mins < self.closes_mins;
        if !sound {
            return Err(Refusal::HoursWrong.into());
        }
        if !(0..=MOST_OVERTIME).contains(&self.overtime_mins) {
            return Err(Refusal::OvertimeWrong { most: MOST_OVERTIME }.into());
        }
        Ok(self)
    }
}

/// A caregiver of the acting dispatcher's organisation.
async fn own(tx: &Tx, worker: Uuid) -> Result<(Uuid, Worker)> {
    tx.actor().may(Action::AssignOrder)?;
    let organisation = tx.actor().acting.organisation.ok_or(Common::NotFound)?;
    if !workers::queries::works_for(tx, worker, organisation, tx.today()).await? {
        return Err(Common::NotFound.into());
    }
    Ok((organisation, workers::queries::get(tx, worker).await?))
}

fn tell(tx: &Tx, worker: &Worker, facts: &impl Facts) -> Result<()> {
    let place = worker.place()?;
    if let Some(home) = place.home() {
        tx.journal(Event::new(Key::<Worker>::new(home, worker.id), place, facts)?);
    }
    Ok(())
}

/// Sets somebody's hours.
///
/// # Errors
/// [`Refusal::HoursWrong`], [`Refusal::OvertimeWrong`]; [`kernel::Common`].
pub async fn set(tx: &Tx, worker: Uuid, written: Written) -> Result<Hours> {
    let (organisation, person) = own(tx, worker).await?;
    let Written { weekdays, opens_mins, closes_mins, overtime_mins, mode } = written.checked()?;
    let before = queries::find(tx, organisation, worker).await?;
    let base = before.unwrap_or_else(|| Hours::usual(organisation, worker, &RosterRules::default()));
    let version = base.version + 1;
    let after = Hours { weekdays, opens_mins, closes_mins, overtime_mins, mode: mode.code(), version, ..base };
    let mut row = model::ActiveModel::from(after).reset_all();
    if before.is_some() {
        (row.organisation, row.worker) = (NotSet, NotSet);
        let update = model::Entity::update_many()
            .set(row)
            .filter(model::Column::Organisation.eq(organisation))
            .filter(model::Column::Worker.eq(worker))
            .filter(model::Column::Version.eq(base.version));
        guarded(update.exec(tx).await?.rows_affected)?;
    } else {
        model::Entity::insert(row).exec_without_returning(tx).await?;
    }
    let parties = vec![organisation, worker];
    tell(tx, &person, &HoursSet { weekdays, opens_mins, closes_mins, overtime_mins, mode, parties })?;
    Ok(after)
}

/// Notes that somebody is away on a day.
///
/// # Errors
/// [`Refusal::AbsentAlready`], [`Refusal::DayPast`]; [`kernel::Common`].
pub async fn away(tx: &Tx, worker: Uuid, day: NaiveDate, reason: Reason) -> Result<()> {
    let (organisation, person) = own(tx, worker).await?;
    if day < tx.today() {
        return Err(Refusal::DayPast.into());
    }
    if queries::absences(tx, organisation, day).await?.contains_key(&worker) {
        return Err(Refusal::AbsentAlready.into());
    }
    let row = absence::Model { organisation, day, worker, reason: reason.code(), told_at: tx.now() };
    absence::Entity::insert(absence::ActiveModel::from(row).reset_all()).exec_without_returning(tx).await?;
    tell(tx, &person, &Absent { day, reason, parties: vec![organisation, worker] })
}

/// Takes an absence back.
///
/// # Errors
/// [`Common::NotFound`] when there is none; [`kernel::Common`].
pub async fn back(tx: &Tx, worker: Uuid, day: NaiveDate) -> Result<()> {
    let (organisation, person) = own(tx, worker).await?;
    let gone = absence::Entity::delete_by_id((organisation, day, worker)).exec(tx).await?.rows_affected;
    if gone == 0 {
        return Err(Common::NotFound.into());
    }
    tell(tx, &person, &Returned { day, parties: vec![organisation, worker] })
}
