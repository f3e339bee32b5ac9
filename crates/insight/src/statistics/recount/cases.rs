//! Reading the case tables page by page.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{PlaceRange, Region, Result, business_day};
use sea_orm::{
    ConnectionTrait, QueryResult,
    sea_query::{Expr, ExprTrait, Order, Query},
};
use store::{Db, homes};
use uuid::Uuid;

use super::super::{Counted, Delta, Measure, Source, measures, sums::Sums};

/// Rows read at once.
const PAGE: u64 = 5_000;
/// Stored stages of an order (care's `Stage`) that are no longer open.
const COMPLETED: i16 = 80;
const CANCELLED: i16 = 90;
const ABORTED: i16 = 95;
/// The stage in which the caregiver is with the elder.
const SERVING: i16 = 50;

/// Counts the elders who live in a range of places today.
pub(super) async fn elders(db: &Db, range: PlaceRange, sums: &mut Sums) -> Result<()> {
    let today = db.clock().today();
    let columns = ["place", "sex", "birth_on", "living", "tags", "status", "registered_at"];
    let mut after = None;
    while let Some(page) = page(db, "elders", &columns, range, &mut after).await? {
        for row in page {
            let state = counted(&row, today)?;
            for measure in measures::ALL {
                if let Source::Elders(holds) = measure.source
                    && state.is_registered()
                    && holds(&state)
                {
                    sums.add(measure, Delta { day: today, place: state.place, value: 1 });
                }
            }
        }
    }
    Ok(())
}

/// Counts the orders of a range of places by their own moments.
pub(super) async fn orders(db: &Db, range: PlaceRange, sums: &mut Sums) -> Result<()> {
    let columns = ["place", "status", "placed_at", "started_at", "ended_at", "closed_at", "window_end", "score"];
    let mut after = None;
    while let Some(page) = page(db, "orders", &columns, range, &mut after).await? {
        for row in page {
            count_order(&row, sums)?;
        }
    }
    Ok(())
}

fn count_order(row: &QueryResult, sums: &mut Sums) -> Result<()> {
    type At = Option<DateTime<Utc>>;
    let place = Region::new(row.try_get("", "place")?)?;
    let (status, score): (i16, Option<i16>) = (row.try_get("", "status")?, row.try_get("", "score")?);
    let (placed, started, ended): (At, At, At) =
        (row.try_get("", "placed_at")?, row.try_get("", "started_at")?, row.try_get("", "ended_at")?);
    let (closed, window_end): (At, DateTime<Utc>) = (row.try_get("", "closed_at")?, row.try_get("", "window_end")?);
    let mut count = |measure: &Measure, at: At, holds: bool| {
        if let Some(day) = at.filter(|_| holds).map(business_day) {
            sums.add(measure, Delta { day, place, value: 1 });
        }
    };
    count(&measures::PLACED, placed, true);
    count(&measures::CHECKED_IN, started, true);
    count(&measures::ON_TIME, started, started.is_some_and(|at| at <= window_end));
    count(&measures::CHECKED_OUT, ended, true);
    count(&measures::COMPLETED, closed, status == COMPLETED);
    count(&measures::CANCELLED, closed, status == CANCELLED);
    count(&measures::ABORTED, closed, status == ABORTED);
    count(&measures::RATED, closed, score.is_some());
    count(&measures::SATISFIED, closed, score.is_some_and(|score| i64::from(score) >= measures::SATISFIED_FROM));
    count(&measures::OPEN, placed, status < COMPLETED);
    count(&measures::IN_SERVICE, started, status == SERVING);
    Ok(())
}

/// The next page of a case table in the order of its key; none after the last.
async fn page(
    db: &Db,
    table: &'static str,
    columns: &[&'static str],
    range: PlaceRange,
    after: &mut Option<(i32, Uuid)>,
) -> Result<Option<Vec<QueryResult>>> {
    let of_range = homes::of_range(db, range).await?;
    let mut select = Query::select();
    select
        .columns(["home", "id"])
        .columns(columns.iter().copied())
        .from(table)
        .and_where(Expr::col("home").is_in(of_range.iter().map(|home| home.number())))
        .and_where(Expr::col("place").between(range.lo, range.hi))
        .order_by("home", Order::Asc)
        .order_by("id", Order::Asc)
        .limit(PAGE);
    if let Some((home, id)) = after {
        let key = Expr::tuple([Expr::col("home"), Expr::col("id")]);
        select.and_where(key.gt(Expr::tuple([Expr::val(*home), Expr::val(*id)])));
    }
    let rows = db.query_all(&select).await?;
    let Some(last) = rows.last() else { return Ok(None) };
    *after = Some((last.try_get("", "home")?, last.try_get("", "id")?));
    Ok(Some(rows))
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
