//! Entering workers and employing them.

use kernel::{Event, Facts, Key, Region, Result, Sex};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, sea_query::Query};
use serde::{Deserialize, Serialize};
use store::{Tx, sea_orm};
use uuid::Uuid;

use super::model::{ActiveModel, Entity, Model as Worker, Status};

/// A new worker.
#[derive(Clone, Debug)]
pub struct New {
    /// Where the worker sets out from.
    pub place: Region,
    /// Name.
    pub name: String,
    /// Sex.
    pub sex: Sex,
    /// Work telephone.
    pub phone: String,
    /// Skill level of the certificate, 5 to 1.
    pub cert_level: Option<i16>,
    /// Bit set of service classes, see [`super::skill_bit`].
    pub skills: i64,
    /// Degrees east and north.
    pub point: Option<(f64, f64)>,
}

/// A worker began to work for an organisation.
#[derive(Debug, Serialize, Deserialize)]
pub struct Employed {
    /// Organisation and worker.
    pub parties: Vec<Uuid>,
}

impl Facts for Employed {
    const KIND: &'static str = "worker.employed";
}

/// Enters a worker who works for nobody yet.
///
/// # Errors
/// Internal failures only.
pub async fn enter(tx: &Tx, new: New) -> Result<Worker> {
    let row = ActiveModel {
        id: Set(tx.uuid()),
        place: Set(new.place.code()),
        name: Set(new.name),
        sex: Set(new.sex.code()),
        phone: Set(new.phone),
        cert_level: Set(new.cert_level),
        skills: Set(new.skills),
        longitude: Set(new.point.map(|point| point.0)),
        latitude: Set(new.point.map(|point| point.1)),
        status: Set(Status::Active.code().to_owned()),
        version: Set(1),
    };
    Ok(Entity::insert(row).exec_with_returning(tx).await?)
}

/// Employs a worker from today on.
///
/// # Errors
/// Internal failures only.
pub async fn employ(tx: &Tx, worker: &Worker, organisation: Uuid) -> Result<()> {
    let insert = Query::insert()
        .into_table("employments")
        .columns(["worker", "organisation", "since"])
        .values([worker.id.into(), organisation.into(), tx.today().into()])?
        .to_owned();
    tx.execute(&insert).await?;
    let place = worker.place()?;
    if let Some(home) = place.home() {
        let facts = Employed { parties: vec![organisation, worker.id] };
        tx.journal(Event::new(Key::<Worker>::new(home, worker.id), place, &facts)?);
    }
    Ok(())
}
