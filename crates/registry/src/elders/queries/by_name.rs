//! Pages of the list in the order of names, by their reading. Each home is one ordered read of its index; a city merges
//! those of its counties. Offered without a trait only: a trait's index is in the order of places.

use std::collections::BTreeSet;

use kernel::{Home, Key, Result, Scope};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Order},
};
use store::{homes, sea_orm};
use uuid::Uuid;

use super::{
    Elder, Filter,
    list::{Way, holds_counties, of_home, rows, within},
    model::{self, Column},
};

/// Where a page begins: the reading of the last row seen, its home, its id.
struct From {
    pinyin: String,
    home: Home,
    id: Uuid,
}

/// A page of a list in the order of names: the rows after `seen`, at most `limit`.
///
/// # Errors
/// Internal failures only.
pub async fn list_by_name(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
    seen: Option<Key<Elder>>,
    limit: u64,
) -> Result<Vec<Elder>> {
    read(db, scope, filter, (Way::On, seen), limit).await
}

/// The page of a list in the order of names before a row: nearest rows first, at most `limit`.
///
/// # Errors
/// Internal failures only.
pub async fn list_by_name_before(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
    seen: Option<Key<Elder>>,
    limit: u64,
) -> Result<Vec<Elder>> {
    read(db, scope, filter, (Way::Back, seen), limit).await
}

async fn read(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
    (way, seen): (Way, Option<Key<Elder>>),
    limit: u64,
) -> Result<Vec<Elder>> {
    // A relation sees few people and reads them in the order of places.
    let Some(range) = within(scope, filter) else { return Ok(Vec::new()) };
    let from = match seen {
        Some(key) => from(db, key).await?,
        None => None,
    };
    // Keys first, so that of a city's counties only the rows of the page are read.
    let mut found: Vec<(String, Home, Uuid)> = Vec::new();
    for home in homes::of_range(db, range).await? {
        let mut select = of_home(home, filter);
        if !holds_counties(range) {
            // At most some thousand people live there: reading them all costs less than the order of the county.
            select = select.filter(Column::Place.between(range.lo, range.hi));
        }
        if let Some(from) = &from {
            select = select.filter(beyond(from, home, way));
        }
        let order = if way == Way::On { Order::Asc } else { Order::Desc };
        let select = select.order_by(Column::Pinyin, order.clone()).order_by(Column::Id, order).limit(limit);
        let keys: Vec<(String, Uuid)> =
            select.select_only().column(Column::Pinyin).column(Column::Id).into_tuple().all(db).await?;
        found.extend(keys.into_iter().map(|(pinyin, id)| (pinyin, home, id)));
    }
    if way == Way::On {
        found.sort_unstable();
    } else {
        found.sort_unstable_by(|a, b| b.cmp(a));
    }
    found.truncate(usize::try_from(limit)?);
    let mut elders = Vec::with_capacity(found.len());
    let homes: BTreeSet<Home> = found.iter().map(|(_, home, _)| *home).collect();
    for home in homes {
        let ids: Vec<Uuid> = found.iter().filter(|key| key.1 == home).map(|key| key.2).collect();
        elders.extend(rows(db, home, &ids).await?);
    }
    elders.sort_by_key(|elder| found.iter().position(|key| key.2 == elder.id));
    Ok(elders)
}

/// The reading of a row; none when it is gone. A cursor in an address names nobody.
async fn from(db: &impl ConnectionTrait, key: Key<Elder>) -> Result<Option<From>> {
    let select = model::Entity::find()
        .select_only()
        .column(Column::Pinyin)
        .filter(Column::Home.eq(key.home.number()))
        .filter(Column::Id.eq(key.id));
    let pinyin: Option<String> = select.into_tuple().one(db).await?;
    Ok(pinyin.map(|pinyin| From { pinyin, home: key.home, id: key.id }))
}

/// What of a home lies beyond a row, in the order of readings, homes and ids. Bounded once, so that SQLite seeks.
fn beyond(from: &From, home: Home, way: Way) -> sea_orm::sea_query::SimpleExpr {
    let pinyin = || Expr::col(Column::Pinyin.as_column_ref());
    let row = Expr::tuple([pinyin(), Expr::col(Column::Id.as_column_ref())]);
    let seen = Expr::tuple([Expr::val(from.pinyin.as_str()), Expr::val(from.id)]);
    match (way, home.cmp(&from.home)) {
        (Way::On, std::cmp::Ordering::Equal) => row.gt(seen),
        (Way::On, std::cmp::Ordering::Less) => pinyin().gt(from.pinyin.as_str()),
        (Way::On, std::cmp::Ordering::Greater) => pinyin().gte(from.pinyin.as_str()),
        (Way::Back, std::cmp::Ordering::Equal) => row.lt(seen),
        (Way::Back, std::cmp::Ordering::Less) => pinyin().lte(from.pinyin.as_str()),
        (Way::Back, std::cmp::Ordering::Greater) => pinyin().lt(from.pinyin.as_str()),
    }
}
