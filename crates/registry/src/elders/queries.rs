//! Reading elders' files. Each read takes a scope; a row outside it is not there.

use chrono::NaiveDate;
use kernel::{Common, Home, Key, PlaceRange, Region, Result, Scope};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, ExprTrait, Query},
};
use store::{homes, keys::Keys, scope::Reach, sea_orm};
use uuid::Uuid;

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

/// A page of a list in the order home, place, id; at most `limit` rows. Each home is one ordered read of one index, so
/// a page costs the same at any depth and any size.
///
/// # Errors
/// Internal failures only.
pub async fn list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
    after: Option<After>,
    limit: u64,
) -> Result<Vec<Elder>> {
    let range = match (scope, filter.place) {
        (Scope::Place(range), None) => *range,
        (Scope::Place(range), Some(place)) => match range.meet(place.range()) {
            Some(range) => range,
            None => return Ok(Vec::new()),
        },
        (Scope::Grantee(_) | Scope::Own(_), _) => return list_granted(db, scope, filter, after, limit).await,
    };
    let mut found = Vec::new();
    for home in homes::of_range(db, range).await? {
        if after.is_some_and(|after| home < after.home) {
            continue;
        }
        let from = after.filter(|after| after.home == home).map(|after| (after.place, after.id));
        let left = limit - found.len() as u64;
        found.extend(of_home(home, range, filter, from, left).all(db).await?);
        if found.len() as u64 >= limit {
            break;
        }
    }
    Ok(found)
}

fn of_home(
    home: Home,
    range: PlaceRange,
    filter: &Filter,
    from: Option<(i64, Uuid)>,
    limit: u64,
) -> Select<model::Entity> {
    let mut select = model::Entity::find()
        .filter(model::Column::Home.eq(home.number()))
        .filter(model::Column::Place.between(range.lo, range.hi))
        .filter(model::Column::Status.ne(Status::Withdrawn.code()));
    if let Some((place, id)) = from {
        let row = Expr::tuple([Expr::col(model::Column::Place), Expr::col(model::Column::Id)]);
        select = select.filter(row.gt(Expr::tuple([Expr::val(place), Expr::val(id)])));
    }
    narrow(select, home, range, filter).order_by_asc(model::Column::Place).order_by_asc(model::Column::Id).limit(limit)
}

/// Applies the filters. Tags go through their own index: a filter that twelve people meet reads twelve rows.
fn narrow(mut select: Select<model::Entity>, home: Home, range: PlaceRange, filter: &Filter) -> Select<model::Entity> {
    for tag in &filter.tags {
        let tagged = Query::select()
            .column("elder")
            .from("elder_tags")
            .and_where(Expr::col("home").eq(home.number()))
            .and_where(Expr::col("tag").eq(tag.code()))
            .and_where(Expr::col("place").between(range.lo, range.hi))
            .and_where(Expr::col("until").is_null())
            .to_owned();
        select = select.filter(model::Column::Id.in_subquery(tagged));
    }
    if let Some(day) = filter.born_by {
        select = select.filter(model::Column::BirthOn.lte(day));
    }
    if let Some(sex) = filter.sex {
        select = select.filter(model::Column::Sex.eq(sex));
    }
    select
}

async fn list_granted(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
    after: Option<After>,
    limit: u64,
) -> Result<Vec<Elder>> {
    let reach = Reach::of(db, scope).await?;
    let mut select = model::Entity::find().filter(reach.condition("elders", "id"));
    if let Some(after) = after {
        let row = Expr::tuple([Expr::col(model::Column::Home), Expr::col(model::Column::Id)]);
        select = select.filter(row.gt(Expr::tuple([Expr::val(after.home.number()), Expr::val(after.id)])));
    }
    if let Some(place) = filter.place {
        let range = place.range();
        select = select.filter(model::Column::Place.between(range.lo, range.hi));
    }
    if let Some(day) = filter.born_by {
        select = select.filter(model::Column::BirthOn.lte(day));
    }
    if let Some(sex) = filter.sex {
        select = select.filter(model::Column::Sex.eq(sex));
    }
    let select = select.order_by_asc(model::Column::Home).order_by_asc(model::Column::Id).limit(limit);
    Ok(select.all(db).await?)
}
