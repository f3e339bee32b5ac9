//! A county gets another code: where cases are *now* is rewritten in every table that says so, a chunk at a time. Keys
//! keep the old home for ever ([`crate::homes`]), the journal keeps where a case was then, and figures are the business
//! of the room that counts.

use kernel::{Actor, Region, Result};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, Order, Query},
};
use uuid::Uuid;

use crate::{Db, Lane, Tx, homes, tables};

/// Keys of one transaction; the writer is held far less than 150 ms.
const CHUNK: u64 = 1_000;

/// Tables whose `place` is history, or is rewritten by who owns them.
const NOT_HERE: [&str; 4] = ["journal", "places", "rollups", "rulebooks"];

/// Moves the `place` of all rows from one county to another, which keeps towns and villages by their last six digits;
/// how many rows. What was moved before is not found again, so a killed run begins anew and only does the rest.
///
/// # Errors
/// Internal failures; what was moved stays moved.
pub async fn move_places(db: &Db, actor: &Actor, (from, to): (Region, Region)) -> Result<u64> {
    let mut moved = 0;
    let homes = homes::of_range(db, to.range()).await?;
    let placed = tables::with_place();
    for table in placed.iter().filter(|table| !NOT_HERE.contains(&table.name)) {
        let Some(key) = table.key_in_home else {
            moved += db.write(Lane::Bulk, actor, async |tx| shift(&tx, table.name, (from, to), None).await).await?;
            continue;
        };
        for home in &homes {
            let mut after = None;
            while let Some(last) = last_of_chunk(db, (table.name, key), home.number(), after).await? {
                let chunk = Chunk { home: home.number(), key, after, last };
                let shifted = async |tx: Tx| shift(&tx, table.name, (from, to), Some(chunk)).await;
                moved += db.write(Lane::Bulk, actor, shifted).await?;
                after = Some(last);
            }
        }
    }
    Ok(moved)
}

/// Rows of a home whose key lies after one and not after another.
#[derive(Clone, Copy)]
struct Chunk {
    home: i32,
    key: &'static str,
    after: Option<Uuid>,
    last: Uuid,
}

async fn last_of_chunk(
    db: &Db,
    (table, key): (&'static str, &'static str),
    home: i32,
    after: Option<Uuid>,
) -> Result<Option<Uuid>> {
    let mut select = Query::select();
    select.column(key).from(table).and_where(Expr::col("home").eq(home)).order_by(key, Order::Asc).limit(CHUNK);
    if let Some(after) = after {
        select.and_where(Expr::col(key).gt(after));
    }
    let rows = db.query_all(&select).await?;
    Ok(rows.last().map(|row| row.try_get("", key)).transpose()?)
}

async fn shift(tx: &Tx, table: &'static str, (from, to): (Region, Region), chunk: Option<Chunk>) -> Result<u64> {
    let range = from.range();
    let mut update = Query::update();
    update
        .table(table)
        .value("place", Expr::col("place").add(to.code() - from.code()))
        .and_where(Expr::col("place").between(range.lo, range.hi));
    if let Some(chunk) = chunk {
        update.and_where(Expr::col("home").eq(chunk.home)).and_where(Expr::col(chunk.key).lte(chunk.last));
        if let Some(after) = chunk.after {
            update.and_where(Expr::col(chunk.key).gt(after));
        }
    }
    Ok(tx.execute(&update).await?.rows_affected())
}
