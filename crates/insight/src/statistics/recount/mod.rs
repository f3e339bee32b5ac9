//! The same figures once more, from the case tables, and where they differ from the roll-ups.
//!
//! Flows are compared for each day; of stocks the case tables know the present only, so their totals are compared, and
//! that each total is the sum of its changes.

mod cases;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use kernel::{Home, PlaceRange, Region, Result, Scope};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, Query},
};
use store::{Db, homes};

use super::{
    Kind, measures,
    sums::{Sums, TOTAL},
};

/// A figure that is not what a recount says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where.
    pub place: Region,
    /// Which measure, by its number.
    pub measure: i16,
    /// Of which day; none for a stock's total.
    pub day: Option<NaiveDate>,
    /// What the roll-ups say.
    pub stored: i64,
    /// What the case tables say.
    pub recounted: i64,
}

/// Counts elders and orders of a scope of places anew, county by county, and compares; empty when all is equal.
/// Everything that happened must be folded first.
///
/// # Errors
/// Internal failures only; a scope that is a relation compares nothing.
pub async fn recount(db: &Db, scope: &Scope) -> Result<Vec<Difference>> {
    let Scope::Place(range) = scope else { return Ok(Vec::new()) };
    let mut differences = Vec::new();
    for home in homes::of_range(db, *range).await? {
        if let Some(within) = county(home).meet(*range) {
            differences.extend(of_home(db, home, within).await?);
        }
    }
    Ok(differences)
}

/// The places whose rows stand in a home.
fn county(home: Home) -> PlaceRange {
    let lo = i64::from(home.number()) * 1_000_000;
    PlaceRange { lo, hi: lo + 999_999 }
}

type Figures = BTreeMap<(i64, i16, NaiveDate), i64>;

async fn of_home(db: &Db, home: Home, within: PlaceRange) -> Result<Vec<Difference>> {
    let (stored, changes) = stored(db, home).await?;
    let mut sums = Sums::default();
    cases::elders(db, county(home), &mut sums).await?;
    cases::orders(db, county(home), &mut sums).await?;
    let recounted: Figures = sums.into_rows().filter(|((_, _, measure, day), _)| is_compared(*measure, *day)).fold(
        Figures::new(),
        |mut figures, ((_, place, measure, day), value)| {
            *figures.entry((place, measure, day)).or_default() += value;
            figures
        },
    );
    let keys: BTreeSet<_> = stored.keys().chain(recounted.keys()).copied().collect();
    // Wider places hold cases outside the scope only when the scope is narrower than the county.
    let whole = within == county(home);
    let of_scope = |place: Region| whole || (within.lo <= place.range().lo && place.range().hi <= within.hi);
    let mut differences = Vec::new();
    for (code, measure, day) in keys {
        let place = Region::new(code)?;
        let says = |figures: &Figures| figures.get(&(code, measure, day)).copied().unwrap_or(0);
        let difference = |stored, recounted| {
            let day = (day != TOTAL).then_some(day);
            (stored != recounted && of_scope(place)).then_some(Difference { place, measure, day, stored, recounted })
        };
        differences.extend(difference(says(&stored), says(&recounted)));
        if day == TOTAL {
            differences.extend(difference(changes.get(&(code, measure)).copied().unwrap_or(0), says(&recounted)));
        }
    }
    Ok(differences)
}

/// Flows by day, stocks by total.
fn is_compared(measure: i16, day: NaiveDate) -> bool {
    measures::numbered(measure).is_some_and(|measure| (measure.kind == Kind::Stock) == (day == TOTAL))
}

/// What the roll-ups of a home say, and for each stock the sum of its changes.
async fn stored(db: &Db, home: Home) -> Result<(Figures, BTreeMap<(i64, i16), i64>)> {
    let select = Query::select()
        .columns(["place", "measure", "business_day", "value"])
        .from("rollups")
        .and_where(Expr::col("home").eq(home.number()))
        .to_owned();
    let (mut figures, mut changes) = (Figures::new(), BTreeMap::new());
    for row in db.query_all(&select).await? {
        let (place, measure, day) =
            (row.try_get("", "place")?, row.try_get("", "measure")?, row.try_get("", "business_day")?);
        let value: i64 = row.try_get("", "value")?;
        if is_compared(measure, day) {
            figures.insert((place, measure, day), value);
        } else {
            *changes.entry((place, measure)).or_default() += value;
        }
    }
    Ok((figures, changes))
}
