//! Reading hours and absences of an organisation.

use std::collections::HashMap;

use chrono::NaiveDate;
use kernel::Result;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::model::{self, Hours, absence};

/// The hours that were written, by caregiver.
///
/// # Errors
/// Internal failures only.
pub async fn written(db: &impl ConnectionTrait, organisation: Uuid) -> Result<HashMap<Uuid, Hours>> {
    let found = model::Entity::find().filter(model::Column::Organisation.eq(organisation)).all(db).await?;
    Ok(found.into_iter().map(|hours| (hours.worker, hours)).collect())
}

/// The hours that were written for one caregiver.
///
/// # Errors
/// Internal failures only.
pub async fn find(db: &impl ConnectionTrait, organisation: Uuid, worker: Uuid) -> Result<Option<Hours>> {
    Ok(model::Entity::find_by_id((organisation, worker)).one(db).await?)
}

/// Who is away on a day, by caregiver.
///
/// # Errors
/// Internal failures only.
pub async fn absences(
    db: &impl ConnectionTrait,
    organisation: Uuid,
    day: NaiveDate,
) -> Result<HashMap<Uuid, absence::Model>> {
    let found = absence::Entity::find()
        .filter(absence::Column::Organisation.eq(organisation))
        .filter(absence::Column::Day.eq(day))
        .all(db)
        .await?;
    Ok(found.into_iter().map(|absence| (absence.worker, absence)).collect())
}
