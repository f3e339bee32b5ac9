//! The same figures once more, from the case tables, and where they differ from the roll-ups.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use kernel::{PlaceRange, Region, Result, Scope, business_day};
use sea_orm::{
    ConnectionTrait, QueryResult,
    sea_query::{Expr, ExprTrait, Order, Query},
};
use store::{Db, homes};
use uuid::Uuid;

use super::{Counted, Delta, Kind, Measure, Source, measures, sums::Sums};

/// Rows of the case tables read at once.
const PAGE: u64 = 5_000;

/// A figure that is not what a recount says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where.
    pub place: Region,
    /// Which measure, by its number.
    pub measure: i16,
    /// What the roll-ups say.
    pub stored: i64,
    /// What the case tables say.
    pub recounted: i64,
}

/// Counts the elders of a scope of places anew and compares all their stocks as they stand today, in every place of
/// each level inside; empty when all are equal. Everything that happened must be folded first.
///
/// # Errors
/// Internal failures only; a scope that is a relation compares nothing.
pub async fn recount(db: &Db, scope: &Scope) -> Result<Vec<Difference>> {
    let Scope::Place(range) = scope else { return Ok(Vec::new()) };
    let stocks: Vec<_> = measures::ALL.iter().filter(|m| matches!(m.source, Source::Elders(_))).collect();
    let mut counted = counted_anew(db, *range, &stocks).await?;
    let stored = stored(db, *range, &stocks).await?;
    let keys: BTreeSet<_> = counted.keys().chain(stored.keys()).copied().collect();
    let differences = keys.into_iter().filter_map(|(place, measure)| {
        let recounted = counted.remove(&(place, measure)).unwrap_or(0);
        let stored = stored.get(&(place, measure)).copied().unwrap_or(0);
        let place = Region::new(place).ok().filter(|place| inside(*range, *place))?;
        (stored != recounted).then_some(Difference { place, measure, stored, recounted })
    });
    Ok(differences.collect())
}

/// Places wider than the range hold cases outside it, so they are not compared.
fn inside(range: PlaceRange, place: Region) -> bool {
    range.lo <= place.range().lo && place.range().hi <= range.hi
}

type Totals = BTreeMap<(i64, i16), i64>;

async fn counted_anew(db: &Db, range: PlaceRange, stocks: &[&'static Measure]) -> Result<Totals> {
    let (today, mut sums, mut after) = (db.clock().today(), Sums::default(), None);
    loop {
        let page = elders(db, range, after).await?;
        let Some(last) = page.last() else { break };
        after = Some((last.try_get("", "home")?, last.try_get("", "id")?));
        for row in &page {
            let state = counted(row, today)?;
            for measure in stocks {
                if let Source::Elders(holds) = measure.source
                    && state.is_registered()
                    && holds(&state)
                {
                    sums.add(measure, Delta { day: today, place: state.place, value: 1 });
                }
            }
        }
    }
    Ok(sums.by_place().into_iter().map(|((place, measure, _), value)| ((place, measure), value)).collect())
}

async fn elders(db: &Db, range: PlaceRange, after: Option<(i32, Uuid)>) -> Result<Vec<QueryResult>> {
    let mut select = Query::select();
    select
        .columns(["home", "id", "place", "sex", "birth_on", "living", "tags", "status", "registered_at"])
        .from("elders")
        .and_where(Expr::col("place").between(range.lo, range.hi))
        .order_by("home", Order::Asc)
        .order_by("id", Order::Asc)
        .limit(PAGE);
    if range != PlaceRange::WHOLE {
        let homes = homes::of_range(db, range).await?;
        select.and_where(Expr::col("home").is_in(homes.iter().map(|home| home.number())));
    }
    if let Some((home, id)) = after {
        let key = Expr::tuple([Expr::col("home"), Expr::col("id")]);
        select.and_where(key.gt(Expr::tuple([Expr::val(home), Expr::val(id)])));
    }
    Ok(db.query_all(&select).await?)
}

fn counted(row: &QueryResult, today: NaiveDate) -> Result<Counted> {
    let registered_at = row.try_get("", "registered_at")?;
    let state = Counted {
        place: Region::new(row.try_get("", "place")?)?,
        sex: row.try_get("", "sex")?,
        birth_on: row.try_get("", "birth_on")?,
        living: row.try_get("", "living")?,
        tags: row.try_get("", "tags")?,
        status: row.try_get("", "status")?,
        band: 0,
        since: business_day(registered_at),
        turns_on: None,
    };
    Ok(state.aged_to(today))
}

/// What the roll-ups say now: the totals, and for each the sum of its days as a check of the totals themselves.
async fn stored(db: &Db, range: PlaceRange, stocks: &[&'static Measure]) -> Result<Totals> {
    let mut totals = Totals::new();
    let select = Query::select()
        .columns(["place", "measure", "value"])
        .from("rollups")
        .and_where(Expr::col("business_day").eq(super::sums::TOTAL))
        .and_where(Expr::col("place").between(range.lo, range.hi))
        .and_where(Expr::col("measure").is_in(stocks.iter().filter(|m| m.kind == Kind::Stock).map(|m| m.code)))
        .to_owned();
    for row in db.query_all(&select).await? {
        *totals.entry((row.try_get("", "place")?, row.try_get("", "measure")?)).or_default() +=
            row.try_get::<i64>("", "value")?;
    }
    Ok(totals)
}
