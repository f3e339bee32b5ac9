//! The figures of a county that got another code stand at the new one afterwards, those of past days, too.

use kernel::{Actor, Level, Region, Result};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, Order, Query},
};
use store::{Db, Lane, Tx};

use super::sums::Sums;

/// Moves the roll-ups of one county, place by place; how many rows. A killed run begins anew and does the rest. What was
/// journaled must be folded first.
///
/// # Errors
/// Internal failures; what was moved stays moved.
pub async fn recode(db: &Db, actor: &Actor, from: Region, to: Region) -> Result<u64> {
    let mut moved = 0;
    while let Some(place) = next(db, from).await? {
        moved += db.write(Lane::Bulk, actor, async |tx| one(&tx, place, (from, to)).await).await?;
    }
    Ok(moved)
}

fn home(county: Region) -> Result<i32> {
    Ok(i32::try_from(county.code() / 1_000_000)?)
}

async fn next(db: &Db, from: Region) -> Result<Option<Region>> {
    let select = Query::select()
        .column("place")
        .from("rollups")
        .and_where(Expr::col("home").eq(home(from)?))
        .order_by("place", Order::Asc)
        .limit(1)
        .to_owned();
    let row = db.query_one(&select).await?;
    row.map(|row| Ok(Region::new(row.try_get("", "place")?)?)).transpose()
}

async fn one(tx: &Tx, place: Region, (from, to): (Region, Region)) -> Result<u64> {
    let of_place = Expr::col("home").eq(home(from)?).and(Expr::col("place").eq(place.code()));
    let select = Query::select()
        .columns(["measure", "business_day", "value"])
        .from("rollups")
        .and_where(of_place.clone())
        .to_owned();
    let there = if from.contains(place) {
        Region::new(place.code() + to.code() - from.code())?
    } else {
        // The city and the province above: those of the new code.
        to.at(place.level()).or_else(|| to.at(Level::Province)).unwrap_or(place)
    };
    let mut sums = Sums::default();
    for row in tx.query_all(&select).await? {
        let key = (home(to)?, there.code(), row.try_get("", "measure")?, row.try_get("", "business_day")?);
        sums.put(key, row.try_get("", "value")?);
    }
    let delete = Query::delete().from_table("rollups").and_where(of_place).to_owned();
    let gone = tx.execute(&delete).await?.rows_affected();
    sums.write(tx).await?;
    Ok(gone)
}
