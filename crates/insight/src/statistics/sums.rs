//! Changes of one batch, added up in memory, and written in a few statements.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use kernel::{Home, Region, Result};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, Query},
};
use store::{Tx, bulk::Into, homes};

use super::{Delta, Kind, Measure};

const ROWS: Into<5> = Into::new("rollups", ["home", "place", "measure", "business_day", "value"])
    .or(" ON CONFLICT (home, place, measure, business_day) DO UPDATE SET value = rollups.value + excluded.value");

/// The day under which a stock's total stands: behind all others, so that one range reads what changed since a day and
/// the total.
pub const TOTAL: NaiveDate = match NaiveDate::from_ymd_opt(9999, 12, 31) {
    Some(day) => day,
    None => NaiveDate::MAX,
};

/// Key of a row: home, place, measure, day.
pub type RowKey = (i32, i64, i16, NaiveDate);

/// Changes added up per row.
#[derive(Debug, Default)]
pub struct Sums(BTreeMap<RowKey, i64>);

impl Sums {
    /// Adds a change of a measure to its place and to all places above it.
    pub fn add(&mut self, measure: &Measure, delta: Delta) {
        // A province has no home, so a case that is known by its province only is counted nowhere.
        let Some(home) = delta.place.home() else { return };
        for place in delta.place.line() {
            let mut row =
                |day| *self.0.entry((home.number(), place.code(), measure.code, day)).or_default() += delta.value;
            row(delta.day);
            if measure.kind == Kind::Stock {
                row(TOTAL);
            }
        }
    }

    /// Adds what stood in another row.
    pub fn put(&mut self, key: RowKey, value: i64) {
        *self.0.entry(key).or_default() += value;
    }

    /// The sums by home, place, measure and day.
    pub fn into_rows(self) -> impl Iterator<Item = ((i32, i64, i16, NaiveDate), i64)> {
        self.0.into_iter()
    }

    /// Adds the sums to the stored rows; how many rows were touched.
    ///
    /// # Errors
    /// Internal failures only.
    pub async fn write(self, tx: &Tx) -> Result<usize> {
        let rows: Vec<_> = self.0.into_iter().filter(|(_, value)| *value != 0).collect();
        settle(tx, rows.iter().map(|(key, _)| key.0).collect()).await?;
        let count = rows.len();
        let row = |((home, place, measure, day), value): (RowKey, i64)| {
            [home.into(), place.into(), measure.into(), day.into(), value.into()]
        };
        ROWS.insert(tx, rows.into_iter().map(row)).await?;
        Ok(count)
    }
}

/// Makes the homes of these rows findable from the cities and provinces above; usually they are.
async fn settle(tx: &Tx, mut unknown: BTreeSet<i32>) -> Result<()> {
    if unknown.is_empty() {
        return Ok(());
    }
    let known = Query::select()
        .column("home")
        .from("homes")
        .and_where(Expr::col("home").is_in(unknown.iter().copied()))
        .to_owned();
    for row in tx.query_all(&known).await? {
        unknown.remove(&row.try_get("", "home")?);
    }
    for home in unknown {
        let home = Home::new(home)?;
        homes::settle(tx, Region::new(i64::from(home.number()) * 1_000_000)?).await?;
    }
    Ok(())
}
