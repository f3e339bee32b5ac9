//! Pages of the list in the order home, place, id. Each home is one ordered read of one index, so a page costs the same
//! at any depth and any size; with a tag that index is the tag's own, so a filter that twelve people meet reads twelve.

use kernel::{Home, PlaceRange, Result, Scope};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Alias, ColumnRef, Expr, ExprTrait, IntoColumnRef, Order, Query},
};
use store::{homes, scope::Reach, sea_orm};
use uuid::Uuid;

use super::{After, Elder, Filter, Status, model};

/// Which way a list is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    On,
    Back,
}

/// A page of a list: the rows after `after`, at most `limit`.
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
    read(db, scope, filter, (Way::On, after), limit).await
}

/// The page of a list before a row: nearest rows first, at most `limit`.
///
/// # Errors
/// Internal failures only.
pub async fn list_before(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
    before: Option<After>,
    limit: u64,
) -> Result<Vec<Elder>> {
    read(db, scope, filter, (Way::Back, before), limit).await
}

/// How many rows a list holds; counting stops at `cap`.
///
/// # Errors
/// Internal failures only.
pub async fn count(db: &impl ConnectionTrait, scope: &Scope, filter: &Filter, cap: u64) -> Result<u64> {
    let Some(range) = within(scope, filter) else {
        return count_of(db, granted(db, scope, filter).await?.limit(cap)).await;
    };
    let mut counted = 0;
    for home in homes::of_range(db, range).await? {
        let stretch = Stretch { by_tag: !filter.tags.is_empty(), range, way: Way::On, from: None };
        counted += count_of(db, stretch.bound(of_home(home, filter)).limit(cap - counted)).await?;
        if counted >= cap {
            break;
        }
    }
    Ok(counted)
}

async fn count_of(db: &impl ConnectionTrait, select: Select<model::Entity>) -> Result<u64> {
    let mut rows = select.into_query();
    rows.clear_selects().expr(Expr::val(1));
    let all = Query::select().expr(Expr::cust("COUNT(*)")).from_subquery(rows, Alias::new("counted")).to_owned();
    let row = db.query_one(&all).await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
    Ok(u64::try_from(count)?)
}

/// The range of a place scope, narrowed by the filter; none for relations.
fn within(scope: &Scope, filter: &Filter) -> Option<PlaceRange> {
    match (scope, filter.place) {
        (Scope::Place(range), None) => Some(*range),
        (Scope::Place(range), Some(place)) => Some(range.meet(place.range()).unwrap_or(PlaceRange { lo: 1, hi: 0 })),
        (Scope::Grantee(_) | Scope::Own(_), _) => None,
    }
}

async fn read(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
    (way, from): (Way, Option<After>),
    limit: u64,
) -> Result<Vec<Elder>> {
    let Some(range) = within(scope, filter) else {
        return read_granted(db, scope, filter, (way, from), limit).await;
    };
    let mut homes = homes::of_range(db, range).await?;
    if way == Way::Back {
        homes.reverse();
    }
    let mut found: Vec<Elder> = Vec::new();
    for home in homes {
        let passed = from.is_some_and(|from| if way == Way::On { home < from.home } else { home > from.home });
        let left = limit - found.len() as u64;
        if passed || left == 0 {
            continue;
        }
        let from = from.filter(|from| from.home == home).map(|from| (from.place, from.id));
        let stretch = Stretch { by_tag: !filter.tags.is_empty(), range, way, from };
        found.extend(stretch.ordered(of_home(home, filter)).limit(left).all(db).await?);
    }
    Ok(found)
}

/// The rows of one home that the filter leaves.
fn of_home(home: Home, filter: &Filter) -> Select<model::Entity> {
    let mut select = model::Entity::find().filter(model::Column::Home.eq(home.number())).filter(rest_of(filter));
    match filter.tags.first() {
        None => select,
        Some(tag) => {
            let tags = |name: &'static str| Expr::col(("elder_tags", name).into_column_ref());
            let [home_of, id_of] = [model::Column::Home, model::Column::Id].map(|column| column.as_column_ref());
            let same = tags("home").equals(home_of).and(tags("elder").equals(id_of));
            QueryTrait::query(&mut select)
                .inner_join("elder_tags", same)
                .and_where(tags("home").eq(home.number()))
                .and_where(tags("tag").eq(tag.code()))
                .and_where(tags("until").is_null());
            select
        }
    }
}

/// What the filter asks of a row beside its place and its first tag. Who moved away is listed in the new home only.
fn rest_of(filter: &Filter) -> sea_orm::Condition {
    let mut all = sea_orm::Condition::all()
        .add(model::Column::Status.ne(Status::Withdrawn.code()))
        .add(model::Column::MovedTo.is_null());
    for tag in filter.tags.iter().skip(1) {
        let bit = 1_i64 << tag.code();
        all = all.add(Expr::col(model::Column::Tags.as_column_ref()).bit_and(bit).ne(0_i64));
    }
    if let Some(day) = filter.born_by {
        all = all.add(model::Column::BirthOn.lte(day));
    }
    if let Some(sex) = filter.sex {
        all = all.add(model::Column::Sex.eq(sex));
    }
    all
}

/// The part of one home's index that is read: a range of places, or what of it lies beyond a row. Each side is bounded
/// once, so that SQLite seeks.
#[derive(Clone, Copy)]
struct Stretch {
    by_tag: bool,
    range: PlaceRange,
    way: Way,
    from: Option<(i64, Uuid)>,
}

impl Stretch {
    fn place(self) -> ColumnRef {
        if self.by_tag { ("elder_tags", "place").into_column_ref() } else { ("elders", "place").into_column_ref() }
    }

    fn id(self) -> ColumnRef {
        if self.by_tag { ("elder_tags", "elder").into_column_ref() } else { ("elders", "id").into_column_ref() }
    }

    fn bound(self, select: Select<model::Entity>) -> Select<model::Entity> {
        let place = || Expr::col(self.place());
        let row = Expr::tuple([place(), Expr::col(self.id())]);
        match (self.way, self.from) {
            (_, None) => select.filter(place().between(self.range.lo, self.range.hi)),
            (Way::On, Some((at, id))) => {
                let seen = Expr::tuple([Expr::val(at), Expr::val(id)]);
                select.filter(row.gt(seen)).filter(place().lte(self.range.hi))
            }
            (Way::Back, Some((at, id))) => {
                let seen = Expr::tuple([Expr::val(at), Expr::val(id)]);
                select.filter(row.lt(seen)).filter(place().gte(self.range.lo))
            }
        }
    }

    /// In the order of the index.
    fn ordered(self, select: Select<model::Entity>) -> Select<model::Entity> {
        let order = || if self.way == Way::On { Order::Asc } else { Order::Desc };
        let mut select = self.bound(select);
        QueryTrait::query(&mut select).order_by(self.place(), order()).order_by(self.id(), order());
        select
    }
}

/// The rows of a relation: few, found from `grants`.
async fn granted(db: &impl ConnectionTrait, scope: &Scope, filter: &Filter) -> Result<Select<model::Entity>> {
    let reach = Reach::of(db, scope).await?;
    let mut select = model::Entity::find().filter(reach.condition("elders", "id")).filter(rest_of(filter));
    if let Some(place) = filter.place {
        let range = place.range();
        select = select.filter(model::Column::Place.between(range.lo, range.hi));
    }
    if let Some(tag) = filter.tags.first() {
        let bit = 1_i64 << tag.code();
        select = select.filter(Expr::col(model::Column::Tags.as_column_ref()).bit_and(bit).ne(0_i64));
    }
    Ok(select)
}

async fn read_granted(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
    (way, from): (Way, Option<After>),
    limit: u64,
) -> Result<Vec<Elder>> {
    let mut select = granted(db, scope, filter).await?;
    let columns = [model::Column::Home, model::Column::Place, model::Column::Id];
    if let Some(from) = from {
        let row = Expr::tuple(columns.map(|column| Expr::col(column.as_column_ref())));
        let seen = Expr::tuple([Expr::val(from.home.number()), Expr::val(from.place), Expr::val(from.id)]);
        select = select.filter(if way == Way::On { row.gt(seen) } else { row.lt(seen) });
    }
    for column in columns {
        let order = if way == Way::On { Order::Asc } else { Order::Desc };
        QueryTrait::query(&mut select).order_by(column.as_column_ref(), order);
    }
    Ok(select.limit(limit).all(db).await?)
}
