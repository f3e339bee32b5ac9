//! Reading organisations. They are public: what is a rival's secret stands in other tables.

use kernel::{Common, Level, Region, Result};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use store::sea_orm;
use uuid::Uuid;

use super::{
    Organisation,
    model::{Column, Entity, Kind, Status},
};

/// An organisation.
///
/// # Errors
/// [`Common::NotFound`], or internal failures.
pub async fn get(db: &impl ConnectionTrait, id: Uuid) -> Result<Organisation> {
    Entity::find_by_id(id).one(db).await?.ok_or_else(|| Common::NotFound.into())
}

/// Several organisations, in no order; the unknown are absent.
///
/// # Errors
/// Internal failures only.
pub async fn of_ids(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<Organisation>> {
    Ok(Entity::find().filter(Column::Id.is_in(ids.iter().copied())).all(db).await?)
}

/// The organisations seated in a place, by name.
///
/// # Errors
/// Internal failures only.
pub async fn list(db: &impl ConnectionTrait, place: Region, kind: Option<Kind>) -> Result<Vec<Organisation>> {
    let range = place.range();
    let mut select = Entity::find().filter(Column::Place.between(range.lo, range.hi));
    if let Some(kind) = kind {
        select = select.filter(Column::Kind.eq(kind.code()));
    }
    Ok(select.order_by_asc(Column::Name).all(db).await?)
}

/// The working home-care providers that serve a place, by name.
///
/// # Errors
/// Internal failures only.
pub async fn providers_for(db: &impl ConnectionTrait, place: Region) -> Result<Vec<Organisation>> {
    let area = place.at(Level::County).or_else(|| place.at(Level::City)).unwrap_or(place);
    let range = area.range();
    let select = Entity::find()
        .filter(Column::Place.between(range.lo, range.hi))
        .filter(Column::Kind.eq(Kind::HomeCare.code()))
        .filter(Column::Status.eq(Status::Active.code()))
        .order_by_asc(Column::Name);
    Ok(select.all(db).await?)
}
