//! Reading organisations. They are public: what is a rival's secret stands in other tables.

use kernel::{Common, CreditCode, Level, Region, Result, Scope};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Condition, Expr, ExprTrait},
};
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

/// What a list is narrowed by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// One kind.
    pub kind: Option<Kind>,
    /// One status.
    pub status: Option<Status>,
    /// Part of the name.
    pub name: Option<String>,
}

/// What an administrator of a scope looks after: organisations seated in the places, or one's own and those it runs.
fn managed(scope: &Scope) -> Option<Condition> {
    match scope {
        Scope::Place(range) => Some(Condition::all().add(Column::Place.between(range.lo, range.hi))),
        Scope::Grantee(id) => Some(Condition::any().add(Column::Id.eq(*id)).add(Column::Parent.eq(*id))),
        Scope::Own(_) => None,
    }
}

/// An organisation that the scope looks after.
///
/// # Errors
/// [`Common::NotFound`] when there is none, or not in the scope.
pub async fn visible(db: &impl ConnectionTrait, scope: &Scope, id: Uuid) -> Result<Organisation> {
    let managed = managed(scope).ok_or(Common::NotFound)?;
    Entity::find_by_id(id).filter(managed).one(db).await?.ok_or_else(|| Common::NotFound.into())
}

/// The statement of [`page`]; for the plan test. None where a scope looks after nobody.
#[must_use]
pub fn statement(scope: &Scope, filter: &Filter, after: Option<&(i64, String, Uuid)>) -> Option<Select<Entity>> {
    let mut select = Entity::find().filter(managed(scope)?);
    if let Some(kind) = filter.kind {
        select = select.filter(Column::Kind.eq(kind.code()));
    }
    if let Some(status) = filter.status {
        select = select.filter(Column::Status.eq(status.code()));
    }
    if let Some(name) = &filter.name {
        select = select.filter(Column::Name.contains(name.as_str()));
    }
    if let Some((place, name, id)) = after {
        let row = Expr::tuple([Expr::col(Column::Place), Expr::col(Column::Name), Expr::col(Column::Id)]);
        let last = Expr::tuple([Expr::val(*place), Expr::val(name.as_str()), Expr::val(*id)]);
        select = select.filter(row.gt(last));
    }
    Some(select.order_by_asc(Column::Place).order_by_asc(Column::Name).order_by_asc(Column::Id))
}

/// Organisations that a scope looks after, by seat and name, after a row, at most `limit`.
///
/// # Errors
/// Internal failures only.
pub async fn page(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
    after: Option<&(i64, String, Uuid)>,
    limit: u64,
) -> Result<Vec<Organisation>> {
    match statement(scope, filter, after) {
        Some(select) => Ok(select.limit(limit).all(db).await?),
        None => Ok(Vec::new()),
    }
}

/// How many a scope looks after, counted up to `cap`.
///
/// # Errors
/// Internal failures only.
pub async fn count(db: &impl ConnectionTrait, scope: &Scope, filter: &Filter, cap: u64) -> Result<u64> {
    let Some(select) = statement(scope, filter, None) else { return Ok(0) };
    Ok(select.limit(cap).all(db).await?.len() as u64)
}

/// The organisation of a credit code.
///
/// # Errors
/// Internal failures only.
pub async fn coded(db: &impl ConnectionTrait, code: &CreditCode) -> Result<Option<Organisation>> {
    Ok(Entity::find().filter(Column::CreditCode.eq(code.to_string())).one(db).await?)
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
