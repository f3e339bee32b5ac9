//! Where elders live, as points without names: for engines that count who walks how far. The points stand sealed in the
//! files; they are opened in memory, a page at a time, and only counts may leave whoever asks.

use chrono::NaiveDate;
use kernel::{Home, Region, Result};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, Order, Query, SelectStatement},
};
use serde::Deserialize;
use store::{
    Db,
    keys::Keys,
    sea_orm,
    seal::{Cell, DataKey},
};
use uuid::Uuid;

use super::{
    model::Status,
    vocabulary::{LivingSituation, Tag},
};

/// An elder who lives at home, without a name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resident {
    /// Where the person lives: county, town or village.
    pub place: Region,
    /// Degrees east and north (CGCS2000); none when nobody has found the address on a map.
    pub point: Option<(f64, f64)>,
    /// Birth date; none after an erasure that left no year.
    pub birth_on: Option<NaiveDate>,
    /// Whether the person lives alone.
    pub is_alone: bool,
}

/// Where a page begins: after this place and person.
pub type After = (i64, Uuid);

/// The sealed details, as far as they are needed here.
#[derive(Deserialize)]
struct Sealed {
    point: Option<(f64, f64)>,
}

/// The statement of [`page`]: those of a home who live at home within a place; for the plan test too.
#[must_use]
pub fn statement(home: Home, place: Region, after: Option<After>, limit: u64) -> SelectStatement {
    let range = place.range();
    let mut select = Query::select();
    select
        .columns(["id", "place", "birth_on", "living", "tags", "details_sealed"])
        .from("elders")
        .and_where(Expr::col("home").eq(home.number()))
        .and_where(Expr::col("status").is_in([Status::Normal.code(), Status::LostContact.code()]))
        .and_where(Expr::col("moved_to").is_null())
        .order_by("place", Order::Asc)
        .order_by("id", Order::Asc)
        .limit(limit);
    match after {
        None => select.and_where(Expr::col("place").between(range.lo, range.hi)),
        Some((place, id)) => {
            let row = Expr::tuple([Expr::col("place"), Expr::col("id")]);
            let last = Expr::tuple([Expr::val(place), Expr::val(id)]);
            select.and_where(row.gt(last)).and_where(Expr::col("place").lte(range.hi))
        }
    };
    select
}

/// A page of a home's residents within a place, and where the next one begins.
///
/// # Errors
/// Internal failures; a cell that was changed is one.
pub async fn page(
    db: &Db,
    keys: &Keys,
    (home, place): (Home, Region),
    after: Option<After>,
    limit: u64,
) -> Result<(Vec<Resident>, Option<After>)> {
    let rows = db.query_all(&statement(home, place, after, limit)).await?;
    let ids = rows.iter().map(|row| row.try_get("", "id")).collect::<Result<Vec<Uuid>, _>>()?;
    let keys = keys.find_keys(&ids).await?;
    let (mut residents, mut last) = (Vec::with_capacity(rows.len()), None);
    for (row, id) in rows.iter().zip(ids) {
        let (place, living, tags): (i64, i16, i64) =
            (row.try_get("", "place")?, row.try_get("", "living")?, row.try_get("", "tags")?);
        let sealed: Option<Vec<u8>> = row.try_get("", "details_sealed")?;
        residents.push(Resident {
            place: Region::new(place)?,
            point: opened(id, sealed.as_deref(), keys.get(&id))?,
            birth_on: row.try_get("", "birth_on")?,
            is_alone: living == LivingSituation::Alone.code() || tags & (1 << Tag::Alone.code()) != 0,
        });
        last = Some((place, id));
    }
    let is_whole = residents.len() as u64 == limit;
    Ok((residents, last.filter(|_| is_whole)))
}

/// The point of a file; none without details, or where the key was destroyed.
fn opened(id: Uuid, sealed: Option<&[u8]>, key: Option<&DataKey>) -> Result<Option<(f64, f64)>> {
    let (Some(sealed), Some(key)) = (sealed, key) else { return Ok(None) };
    let text = key.open_text(Cell::new("elders", "details_sealed", id), sealed)?;
    Ok(serde_json::from_str::<Sealed>(&text)?.point)
}
