//! Reading figures: sums over the homes of a place. Each query names its rows by key and lets the database add them up: a
//! county's dashboard is some 2,400 daily figures, and a hundred sums.

use std::{collections::BTreeMap, ops::Bound};

use chrono::{NaiveDate, TimeDelta};
use kernel::{Common, Home, Instant, Level, Region, Result, Scope};
use sea_orm::{
    ConnectionTrait, QueryResult,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};
use store::{Db, Engine, dialect, homes, journal};

use super::{Kind, Measure, fold, sums::TOTAL};

/// Passes when somebody of this scope may see the figures of a place.
///
/// # Errors
/// [`Common::NotFound`] otherwise.
pub fn visible(scope: &Scope, place: Region) -> Result<()> {
    match scope {
        Scope::Place(range) if range.lo <= place.range().lo && place.range().hi <= range.hi => Ok(()),
        _ => Err(Common::NotFound.into()),
    }
}

/// Figures by place and measure code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures(BTreeMap<(Region, i16), i64>);

impl Figures {
    /// The figure of a measure in a place; 0 when nothing was ever counted.
    #[must_use]
    pub fn get(&self, place: Region, measure: &Measure) -> i64 {
        self.0.get(&(place, measure.code)).copied().unwrap_or(0)
    }
}

/// Days, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    /// The first.
    pub from: NaiveDate,
    /// The last.
    pub to: NaiveDate,
}

impl Days {
    /// One day.
    #[must_use]
    pub const fn one(day: NaiveDate) -> Self {
        Self { from: day, to: day }
    }

    /// So many days, the last of which is `to`.
    #[must_use]
    pub fn last(count: i64, to: NaiveDate) -> Self {
        Self { from: to - TimeDelta::days(count - 1), to }
    }

    /// The days in order.
    pub fn each(self) -> impl Iterator<Item = NaiveDate> {
        self.from.iter_days().take_while(move |day| *day <= self.to)
    }
}

/// Sums of flows over `days`, and stocks at the end of the last of them, of several places.
///
/// # Errors
/// [`Common::NotFound`] when one of the places is not visible; internal failures.
pub async fn figures(db: &Db, scope: &Scope, places: &[Region], measures: &[&Measure], days: Days) -> Result<Figures> {
    for place in places {
        visible(scope, *place)?;
    }
    let mut figures = Figures::default();
    let groups = groups(db, places).await?;
    let (stocks, flows): (Vec<&Measure>, Vec<&Measure>) = measures.iter().partition(|m| m.kind == Kind::Stock);
    for (measures, period) in [(flows, Period::Of(days)), (stocks, Period::After(days.to))] {
        for row in rows(db, &groups, &measures, period, By::Place).await? {
            let sum = (Region::new(row.try_get("", "place")?)?, row.try_get("", "measure")?);
            *figures.0.entry(sum).or_default() += row.try_get::<i64>("", "value")?;
        }
    }
    Ok(figures)
}

/// One value for each of the days: flows of the day, stocks at its end; in the order of `measures`.
///
/// # Errors
/// [`Common::NotFound`] when the place is not visible; internal failures.
pub async fn series(db: &Db, scope: &Scope, place: Region, measures: &[&Measure], days: Days) -> Result<Vec<Vec<i64>>> {
    visible(scope, place)?;
    let groups = groups(db, &[place]).await?;
    let (stocks, flows): (Vec<&Measure>, Vec<&Measure>) = measures.iter().partition(|m| m.kind == Kind::Stock);
    let mut by_day = BTreeMap::<(i16, NaiveDate), i64>::new();
    for (measures, period) in [(flows, Period::Of(days)), (stocks, Period::After(days.from))] {
        for row in rows(db, &groups, &measures, period, By::Day).await? {
            let sum = (row.try_get("", "measure")?, row.try_get("", "business_day")?);
            *by_day.entry(sum).or_default() += row.try_get::<i64>("", "value")?;
        }
    }
    let all = measures.iter().map(|measure| match measure.kind {
        Kind::Flow => days.each().map(|day| by_day.get(&(measure.code, day)).copied().unwrap_or(0)).collect(),
        Kind::Stock => standing(&by_day, measure.code, days),
    });
    Ok(all.collect())
}

/// A stock at the end of each day: its total, less what changed after that day.
fn standing(by_day: &BTreeMap<(i16, NaiveDate), i64>, measure: i16, days: Days) -> Vec<i64> {
    let total = by_day.get(&(measure, TOTAL)).copied().unwrap_or(0);
    let later = |day| (Bound::Excluded((measure, day)), Bound::Excluded((measure, TOTAL)));
    days.each().map(|day| total - by_day.range(later(day)).map(|(_, value)| value).sum::<i64>()).collect()
}

/// How fresh the figures of a place are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// Everything that happened until then is counted.
    pub as_of: Instant,
    /// Entries of the journal not yet counted.
    pub behind: i64,
}

/// How fresh the figures of a place are.
///
/// # Errors
/// Internal failures only.
pub async fn freshness(db: &Db, place: Region) -> Result<Freshness> {
    let within = homes_of(db, place).await?;
    let mut fresh = Freshness { as_of: db.clock().now(), behind: 0 };
    for (home, counted) in journal::behind(db, fold::NAME).await? {
        if within.contains(&home)
            && let Some(next) = journal::after(db, home, counted, 1).await?.first()
        {
            fresh.as_of = std::cmp::min(fresh.as_of, next.at);
            fresh.behind += head(db, home).await? - counted;
        }
    }
    Ok(fresh)
}

async fn head(db: &Db, home: Home) -> Result<i64> {
    let select =
        Query::select().column("seq").from("journal_heads").and_where(Expr::col("home").eq(home.number())).to_owned();
    Ok(match db.query_one(&select).await? {
        Some(row) => row.try_get("", "seq")?,
        None => 0,
    })
}

/// The homes whose cases lie in a place.
///
/// # Errors
/// Internal failures only.
async fn homes_of(db: &Db, place: Region) -> Result<Vec<Home>> {
    let mut found = match place.level() {
        Level::City | Level::Province => homes::of_range(db, place.range()).await?,
        Level::County | Level::Town | Level::Village => Vec::new(),
    };
    // The county itself; of a city, cases whose county nobody knows.
    found.extend(place.home());
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// Places that share their homes: rows are found by home and place.
struct Group {
    homes: Vec<Home>,
    places: Vec<Region>,
}

/// Homes for which places below the city are asked for together, though each has rows in one of them only.
const SHARED_HOMES: usize = 32;

/// A city or province has homes of its own; places below the city have one, and are asked for together.
async fn groups(db: &Db, places: &[Region]) -> Result<Vec<Group>> {
    let mut groups = BTreeMap::<Vec<Home>, Vec<Region>>::new();
    for place in places {
        groups.entry(homes_of(db, *place).await?).or_default().push(*place);
    }
    let (single, many): (Vec<_>, Vec<_>) = groups.into_iter().partition(|(homes, _)| homes.len() == 1);
    let mut groups: Vec<_> = many.into_iter().map(|(homes, places)| Group { homes, places }).collect();
    for singles in single.chunks(SHARED_HOMES) {
        let homes = singles.iter().flat_map(|(homes, _)| homes).copied().collect();
        groups.push(Group { homes, places: singles.iter().flat_map(|(_, places)| places).copied().collect() });
    }
    Ok(groups)
}

#[derive(Clone, Copy)]
enum Period {
    /// The rows of these days.
    Of(Days),
    /// A stock's changes after this day, and its total.
    After(NaiveDate),
}

/// What the database adds up.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// Over homes and days: one sum for each place and measure. A stock's sum is what stood at the end of the period.
    Place,
    /// Over homes and places: one sum for each measure and day.
    Day,
}

/// Places asked for in one statement.
const STATEMENT_PLACES: usize = 500;

async fn rows(db: &Db, groups: &[Group], measures: &[&Measure], period: Period, by: By) -> Result<Vec<QueryResult>> {
    let mut found = Vec::new();
    if measures.is_empty() {
        return Ok(found);
    }
    for Group { homes, places } in groups {
        for places in places.chunks(STATEMENT_PLACES) {
            found.extend(db.query_all(&select(db.engine(), (homes, places), measures, period, by)).await?);
        }
    }
    Ok(found)
}

/// The statements that [`figures`] and [`series`] run, for tests of their plans.
///
/// # Errors
/// Internal failures only.
pub async fn statements(db: &Db, places: &[Region], measures: &[&Measure], days: Days) -> Result<Vec<SelectStatement>> {
    let mut statements = Vec::new();
    for Group { homes, places } in groups(db, places).await? {
        for period in [Period::Of(days), Period::After(days.to)] {
            for by in [By::Place, By::Day] {
                statements.push(select(db.engine(), (&homes, &places), measures, period, by));
            }
        }
    }
    Ok(statements)
}

fn select(
    engine: Engine,
    (homes, places): (&[Home], &[Region]),
    measures: &[&Measure],
    period: Period,
    by: By,
) -> SelectStatement {
    let (day, value) = (|| Expr::col("business_day"), || Expr::col("value"));
    let summed = match (by, period) {
        (By::Place, Period::After(_)) => {
            Expr::case(day().eq(TOTAL), value()).finally(Expr::val(0_i64).sub(value())).into()
        }
        _ => value(),
    };
    let by = match by {
        By::Place => ["place", "measure"],
        By::Day => ["measure", "business_day"],
    };
    Query::select()
        .columns(by)
        .expr_as(dialect::sum_i64(engine, summed), "value")
        .from("rollups")
        .and_where(Expr::col("home").is_in(homes.iter().map(|home| home.number())))
        .and_where(Expr::col("place").is_in(places.iter().map(|place| place.code())))
        .and_where(Expr::col("measure").is_in(measures.iter().map(|measure| measure.code)))
        .and_where(match period {
            Period::Of(days) => day().between(days.from, days.to),
            Period::After(at) => day().gt(at),
        })
        .group_by_columns(by)
        .to_owned()
}
