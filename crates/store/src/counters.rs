//! Numbers for people: `20261121-411002-00482`, from a counter row per home and day.

use chrono::NaiveDate;
use kernel::{Home, Result};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};

use crate::Tx;

/// The next `count` values of a home's counter; the first of them.
///
/// # Errors
/// Internal failures only.
pub async fn take(tx: &Tx, home: Home, name: &str, count: i64) -> Result<i64> {
    let insert = Query::insert()
        .into_table("counters")
        .columns(["home", "name", "value"])
        .values([home.number().into(), name.into(), count.into()])?
        .on_conflict(
            OnConflict::columns(["home", "name"])
                .value("value", Expr::col(("counters", "value")).add(count))
                .to_owned(),
        )
        .returning(Query::returning().column("value"))
        .to_owned();
    let row = tx.query_one(&insert).await?.ok_or_else(|| kernel::Failure::internal("a counter gave nothing"))?;
    Ok(row.try_get::<i64>("", "value")? - count + 1)
}

/// The next number of a kind of case in a home: `yyyymmdd-county-00001`.
///
/// # Errors
/// Internal failures only.
pub async fn number(tx: &Tx, home: Home, kind: &str) -> Result<String> {
    Ok(numbers(tx, home, kind, (tx.today(), 1)).await?.swap_remove(0))
}

/// The next `count` numbers of a kind of case in a home on a day.
///
/// # Errors
/// Internal failures only.
pub async fn numbers(tx: &Tx, home: Home, kind: &str, (day, count): (NaiveDate, i64)) -> Result<Vec<String>> {
    let first = take(tx, home, &of_day(kind, day), count).await?;
    let day = day.format("%Y%m%d");
    Ok((first..first + count).map(|value| format!("{day}-{home}-{value:05}")).collect())
}

/// Makes whoever takes a number of a kind in a home today wait until this write is over; takes none.
///
/// # Errors
/// Internal failures only.
pub async fn hold(tx: &Tx, home: Home, kind: &str) -> Result<()> {
    take(tx, home, &of_day(kind, tx.today()), 0).await?;
    Ok(())
}

/// After a restore of older data: the numbers of each day from `since` to today begin far above those that may have been
/// given and were lost, so that none is given twice.
///
/// # Errors
/// Internal failures only.
pub async fn leap(tx: &Tx, since: NaiveDate) -> Result<()> {
    let known = Query::select().distinct().columns(["home", "name"]).from("counters").to_owned();
    let mut kinds = std::collections::BTreeSet::new();
    for row in tx.query_all(&known).await? {
        let name: String = row.try_get("", "name")?;
        if let Some((kind, _)) = name.rsplit_once(':') {
            kinds.insert((Home::new(row.try_get("", "home")?)?, kind.to_owned()));
        }
    }
    for (home, kind) in kinds {
        for day in since.iter_days().take_while(|day| *day <= tx.today()) {
            take(tx, home, &of_day(&kind, day), LEAP).await?;
        }
    }
    Ok(())
}

/// More than a county gives out in a day, and still of five digits.
const LEAP: i64 = 50_000;

fn of_day(kind: &str, day: NaiveDate) -> String {
    format!("{kind}:{}", day.format("%Y%m%d"))
}
