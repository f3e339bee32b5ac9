//! Founding organisations.

use kernel::{CreditCode, Event, Facts, Key, Region, Result};
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde::{Deserialize, Serialize};
use store::{Tx, sea_orm};
use uuid::Uuid;

use super::{
    Entity, Organisation,
    model::{ActiveModel, Kind, Status},
};

/// A new organisation.
#[derive(Clone, Debug)]
pub struct New {
    /// Seat.
    pub place: Region,
    /// Name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Credit code, checked.
    pub credit_code: CreditCode,
    /// Telephone.
    pub phone: String,
    /// Who runs it, when that is another organisation.
    pub parent: Option<Uuid>,
}

/// An organisation was entered.
#[derive(Debug, Serialize, Deserialize)]
pub struct Founded {
    /// [`Kind`] code.
    pub kind: String,
    /// Those whom it concerns.
    pub parties: Vec<Uuid>,
}

impl Facts for Founded {
    const KIND: &'static str = "organisation.founded";
}

/// Enters an organisation.
///
/// # Errors
/// Internal failures; a credit code twice is one, since callers look first.
pub async fn found(tx: &Tx, new: New) -> Result<Organisation> {
    let row = ActiveModel {
        id: Set(tx.uuid()),
        place: Set(new.place.code()),
        name: Set(new.name),
        kind: Set(new.kind.code().to_owned()),
        credit_code: Set(new.credit_code.to_string()),
        parent: Set(new.parent),
        phone: Set(new.phone),
        status: Set(Status::Active.code().to_owned()),
        version: Set(1),
    };
    let organisation = Entity::insert(row).exec_with_returning(tx).await?;
    if let Some(home) = new.place.home() {
        let facts = Founded { kind: organisation.kind.clone(), parties: vec![organisation.id] };
        let key = Key::<Organisation>::new(home, organisation.id);
        tx.journal(Event::new(key, new.place, &facts)?);
    }
    Ok(organisation)
}
