//! Reading elders' files. Each read takes a scope; a row outside it is not there.

mod by_name;
mod list;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kernel::{Common, Home, Key, Region, Result, Scope};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, Order, Query},
};
use store::{homes, keys::Keys, scope::Reach, sea_orm};
use uuid::Uuid;
use web::query::Cursor;

pub use self::{
    by_name::{list_by_name, list_by_name_before},
    list::{count, list, list_before},
};
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

impl After {
    /// The cursor of a row, as addresses carry it.
    #[must_use]
    pub fn cursor(elder: &Elder) -> Cursor {
        Cursor(vec![elder.home.to_string(), elder.place.to_string(), elder.id.to_string()])
    }

    /// Reads a cursor; none of a broken one.
    #[must_use]
    pub fn of(cursor: &Cursor) -> Option<Self> {
        let [home, place, id] = cursor.0.as_slice() else { return None };
        let home = Home::new(home.parse().ok()?).ok()?;
        Some(Self { home, place: place.parse().ok()?, id: id.parse().ok()? })
    }
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
        .filter(reach.condition_by_key("elders", "id"));
    Ok(select.one(db).await?)
}

/// The row of a person's file where it lives now, when that is another home than the key's and visible.
///
/// # Errors
/// Internal failures only.
pub async fn find_present(db: &impl ConnectionTrait, scope: &Scope, key: Key<Elder>) -> Result<Option<Elder>> {
    match homes::present(db, key.id).await? {
        Some(home) if home != key.home => find(db, scope, Key::new(home, key.id)).await,
        _ => Ok(None),
    }
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
    let mut by_home = BTreeMap::<i32, Vec<Uuid>>::new();
    for key in keys {
        by_home.entry(key.home.number()).or_default().push(key.id);
    }
    let mut found = Vec::new();
    // Home by home: homes and ids crossed would look for each id in every home.
    for (home, ids) in by_home {
        let select = model::Entity::find()
            .filter(model::Column::Home.eq(home))
            .filter(model::Column::Id.is_in(ids))
            .filter(reach.condition_by_key("elders", "id"));
        found.extend(select.all(db).await?);
    }
    Ok(found)
}

/// A trait of a person and who is answerable for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagSource {
    /// The trait.
    pub tag: Tag,
    /// Since when it is held.
    pub since: NaiveDate,
    /// Where it comes from: `sheet` for an import.
    pub source: String,
    /// The first day on which it holds no more, when that is set.
    pub ends_on: Option<NaiveDate>,
}

/// The traits that hold of a person now, each with its source.
///
/// # Errors
/// Internal failures only.
pub async fn tag_sources(db: &impl ConnectionTrait, key: Key<Elder>) -> Result<Vec<TagSource>> {
    let select = Query::select()
        .columns(["tag", "since", "source", "ends_on"])
        .from("elder_tags")
        .and_where(Expr::col("home").eq(key.home.number()))
        .and_where(Expr::col("elder").eq(key.id))
        .and_where(Expr::col("until").is_null())
        .order_by("tag", Order::Asc)
        .to_owned();
    let mut found = Vec::new();
    for row in db.query_all(&select).await? {
        if let Some(tag) = Tag::of(row.try_get("", "tag")?) {
            let (since, source) = (row.try_get("", "since")?, row.try_get("", "source")?);
            found.push(TagSource { tag, since, source, ends_on: row.try_get("", "ends_on")? });
        }
    }
    Ok(found)
}
