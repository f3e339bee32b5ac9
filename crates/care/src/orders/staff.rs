//! What an order needs to know of organisations and workers.

use chrono::NaiveDate;
use kernel::{Region, Result};
use registry::{organisations, workers};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// Whether an organisation works and serves a place.
pub(super) async fn serves(db: &impl ConnectionTrait, organisation: Uuid, place: Region) -> Result<bool> {
    match organisations::queries::of_ids(db, &[organisation]).await?.first() {
        Some(found) => Ok(found.is_active() && found.serves()?.contains(place)),
        None => Ok(false),
    }
}

/// Whether a worker works, and for this organisation on that day.
pub(super) async fn works_for(
    db: &impl ConnectionTrait,
    worker: Uuid,
    organisation: Uuid,
    day: NaiveDate,
) -> Result<bool> {
    workers::queries::works_for(db, worker, organisation, day).await
}

/// Whether an id is an organisation's.
pub(super) async fn is_organisation(db: &impl ConnectionTrait, id: Uuid) -> Result<bool> {
    Ok(!organisations::queries::of_ids(db, &[id]).await?.is_empty())
}
