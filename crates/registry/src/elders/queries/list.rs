//! Pages of the list in the order home, place, id. What filters ask for stands in the indexes themselves, so a page is
//! found in an index alone, and then its rows are read:
//!
//! ```text
//! no filter, sex, an age that many have ─▶ elders_by_place, in order
//! traits                                ─▶ elders_by_tag_…, in order: the planner takes the rarest one
//! an age that few have                  ─▶ elders_by_birth: the few, put in order here
//! ```

use kernel::{Home, PlaceRange, Result, Scope};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Alias, Expr, ExprTrait, Order, Query},
};
use store::{homes, scope::Reach, sea_orm};
use uuid::Uuid;

use super::{After, Elder, Filter, Status, model};

/// People of one home whose age is rare enough to be put in order after reading.
const RARE: u64 = 300;

/// Which way a list is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
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
        let mut select = of_home(home, filter);
        if !holds_counties(range) {
            select = Stretch { range, way: Way::On, from: None }.bound(select);
        }
        counted += count_of(db, select.limit(cap - counted)).await?;
        if counted >= cap {
            break;
        }
    }
    Ok(counted)
}

/// Whether all places of each home that lies in a range lie in it.
pub(super) const fn holds_counties(range: PlaceRange) -> bool {
    const COUNTY: i64 = 1_000_000;
    range.lo % COUNTY == 0 && range.hi % COUNTY == COUNTY - 1
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
pub(super) fn within(scope: &Scope, filter: &Filter) -> Option<PlaceRange> {
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
        let stretch = Stretch { range, way, from };
        let ids = stretch.ids(db, home, filter, left).await?;
        found.extend(rows(db, home, &ids).await?);
    }
    Ok(found)
}

/// The rows of some people of a home, in the order of their ids in `ids`.
pub(super) async fn rows(db: &impl ConnectionTrait, home: Home, ids: &[Uuid]) -> Result<Vec<Elder>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let select = model::Entity::find()
        .filter(model::Column::Home.eq(home.number()))
        .filter(model::Column::Id.is_in(ids.iter().copied()));
    let mut rows = select.all(db).await?;
    rows.sort_by_key(|elder| ids.iter().position(|id| *id == elder.id));
    Ok(rows)
}

/// The rows of one home that the filter leaves.
pub(super) fn of_home(home: Home, filter: &Filter) -> Select<model::Entity> {
    model::Entity::find().filter(model::Column::Home.eq(home.number())).filter(rest_of(filter))
}

/// What the filter asks of a row beside its place. Who moved away is listed in the new home only.
fn rest_of(filter: &Filter) -> sea_orm::Condition {
    let mut all = sea_orm::Condition::all()
        .add(model::Column::Status.ne(Status::Withdrawn.code()))
        .add(model::Column::MovedTo.is_null());
    for tag in &filter.tags {
        // Written out, not bound: as the partial index of the trait says it.
        let bit = Expr::cust((1_i64 << tag.code()).to_string());
        all = all.add(Expr::col(model::Column::Tags.as_column_ref()).bit_and(bit).ne(Expr::cust("0")));
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
    range: PlaceRange,
    way: Way,
    from: Option<(i64, Uuid)>,
}

/// What the indexes tell of a person: place, id, traits, sex, life state, home moved to.
type Told = (i64, Uuid, i64, i16, i16, Option<i32>);

impl Stretch {
    /// The first people of this part whom the filter leaves.
    async fn ids(self, db: &impl ConnectionTrait, home: Home, filter: &Filter, limit: u64) -> Result<Vec<Uuid>> {
        if let Some(mut rare) = self.rare(db, home, filter).await? {
            rare.truncate(usize::try_from(limit)?);
            return Ok(rare);
        }
        let select = self.ordered(of_home(home, filter)).limit(limit);
        Ok(select.select_only().column(model::Column::Id).into_tuple().all(db).await?)
    }

    /// The people of an age that few of the home have; none when many have it, or no age is asked for.
    async fn rare(self, db: &impl ConnectionTrait, home: Home, filter: &Filter) -> Result<Option<Vec<Uuid>>> {
        use model::Column as C;
        let Some(day) = filter.born_by else { return Ok(None) };
        let oldest =
            || model::Entity::find().filter(C::Home.eq(home.number())).filter(C::BirthOn.lte(day)).select_only();
        let beyond = oldest().column(C::Id).offset(RARE).limit(1).into_tuple::<Uuid>();
        if beyond.one(db).await?.is_some() {
            return Ok(None);
        }
        let columns = [C::Place, C::Id, C::Tags, C::Sex, C::Status, C::MovedTo];
        let told: Vec<Told> = oldest().columns(columns).into_tuple().all(db).await?;
        let mut keys: Vec<_> =
            told.into_iter().filter(|one| self.admits(filter, one)).map(|one| (one.0, one.1)).collect();
        keys.sort_unstable();
        if self.way == Way::Back {
            keys.reverse();
        }
        Ok(Some(keys.into_iter().map(|(_, id)| id).collect()))
    }

    /// What [`rest_of`] and [`Self::bound`] ask, but for the age.
    fn admits(self, filter: &Filter, (place, id, tags, sex, status, moved_to): &Told) -> bool {
        let beyond = self.from.is_none_or(|from| match self.way {
            Way::On => (*place, *id) > from,
            Way::Back => (*place, *id) < from,
        });
        let here = (self.range.lo..=self.range.hi).contains(place) && moved_to.is_none();
        let holds = filter.tags.iter().all(|tag| tags & (1 << tag.code()) != 0);
        beyond && here && holds && filter.sex.is_none_or(|wanted| wanted == *sex) && *status != Status::Withdrawn.code()
    }

    fn bound(self, select: Select<model::Entity>) -> Select<model::Entity> {
        let place = || Expr::col(model::Column::Place.as_column_ref());
        let row = Expr::tuple([place(), Expr::col(model::Column::Id.as_column_ref())]);
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
        for column in [model::Column::Place, model::Column::Id] {
            QueryTrait::query(&mut select).order_by(column.as_column_ref(), order());
        }
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
