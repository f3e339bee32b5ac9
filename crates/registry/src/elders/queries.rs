//! Reading elders' files. Each read takes a scope; a row outside it is not there.

mod list;

use chrono::NaiveDate;
use kernel::{Common, Home, Key, Region, Result, Scope};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use store::{keys::Keys, scope::Reach, sea_orm};
use uuid::Uuid;

pub use self::list::{count, list, list_before};
use super::{
    Elder,
    file::File,
    model::{self, Status},
    refusal::Refusal,
    vocabulary::Tag,
};

/// What a list is narrowed to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only in this place.
    pub place: Option<Region>,
    /// Only with all these tags.
    pub tags: Vec<Tag>,
    /// Only born on this day or earlier (an age and over).
    pub born_by: Option<NaiveDate>,
    /// Only of this sex code.
    pub sex: Option<i16>,
}

/// Where a page of a list begins: after this row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After {
    /// Home of the last row seen.
    pub home: Home,
    /// Its place.
    pub place: i64,
    /// Its id.
    pub id: Uuid,
}

/// The file's row, if it is visible.
///
/// # Errors
/// Internal failures only.
pub async fn find(db: &impl ConnectionTrait, scope: &Scope, key: Key<Elder>) -> Result<Option<Elder>> {
    let reach = Reach::of(db, scope).await?;
    let select = model::Entity::find()
        .filter(model::Column::Home.eq(key.home.number()))
        .filter(model::Column::Id.eq(key.id))
        .filter(model::Column::Status.ne(Status::Withdrawn.code()))
        .filter(reach.condition("elders", "id"));
    Ok(select.one(db).await?)
}

/// The file's row.
///
/// # Errors
/// [`Common::NotFound`] when it is not there or not visible.
pub async fn get(db: &impl ConnectionTrait, scope: &Scope, key: Key<Elder>) -> Result<Elder> {
    find(db, scope, key).await?.ok_or_else(|| Common::NotFound.into())
}

/// Opens a file with the person's key.
///
/// # Errors
/// [`Refusal::Erased`] when the key was destroyed.
pub async fn open(keys: &Keys, elder: &Elder) -> Result<File> {
    let key = keys.find_key(elder.id).await?.ok_or(Refusal::Erased)?;
    File::open(elder, &key)
}

/// The rows of several keys that are visible, in no order: for lists of other rooms.
///
/// # Errors
/// Internal failures only.
pub async fn of_keys(db: &impl ConnectionTrait, scope: &Scope, keys: &[Key<Elder>]) -> Result<Vec<Elder>> {
    let reach = Reach::of(db, scope).await?;
    let mut homes: Vec<i32> = keys.iter().map(|key| key.home.number()).collect();
    homes.sort_unstable();
    homes.dedup();
    let select = model::Entity::find()
        .filter(model::Column::Home.is_in(homes))
        .filter(model::Column::Id.is_in(keys.iter().map(|key| key.id)))
        .filter(reach.condition("elders", "id"));
    Ok(select.all(db).await?)
}
