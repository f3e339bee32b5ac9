//! Brings the packed places into the table `places`, where SQL can join them and recodes are noted. Like a migration it
//! writes the program's own data and nothing about anybody, so it is not journaled. A second run changes nothing.

use chrono::NaiveDate;
use kernel::{Actor, Level, Region, Result};
use store::{
    Db, Lane, Tx,
    sea_orm::{
        ConnectionTrait,
        sea_query::{Expr, ExprTrait, OnConflict, Query},
    },
};

use super::{Place, at_level, children, full_name, villages_of};

/// Rows of one statement, and of one transaction.
const STATEMENT: usize = 250;
const TRANSACTION: usize = 2_000;

/// The day for which the statistics give their codes.
pub(super) fn state() -> NaiveDate {
    NaiveDate::from_ymd_opt(2023, 6, 30).unwrap_or_default()
}

/// Loads all provinces, cities and counties; part of every migration. Names that a newer program knows better are
/// corrected, recodes noted in the table stay. How many places there are.
///
/// # Errors
/// Internal failures only.
pub async fn upper(db: &Db) -> Result<usize> {
    let places: Vec<Place> = [Level::Province, Level::City, Level::County].into_iter().flat_map(at_level).collect();
    write(db, &places, true).await?;
    Ok(places.len())
}

/// Loads the towns and villages of the county that is or holds this place (of the city, where it has no counties) unless
/// they are there; how many were missing. None for a province or an unknown place.
///
/// # Errors
/// Internal failures only.
pub async fn county(db: &Db, place: Region) -> Result<usize> {
    let Some(county) = place.at(Level::County).or_else(|| place.at(Level::City)) else { return Ok(0) };
    let towns = children(county).into_iter().filter(|below| below.region.level() == Level::Town);
    let places: Vec<Place> = towns.chain(villages_of(county)).collect();
    let missing = places.len().saturating_sub(count_below(db, county).await?);
    if missing > 0 {
        write(db, &places, false).await?;
    }
    Ok(missing)
}

async fn count_below(db: &Db, county: Region) -> Result<usize> {
    let range = county.range();
    let select = Query::select()
        .expr_as(Expr::col("code").count(), "n")
        .from("places")
        .and_where(Expr::col("code").between(range.lo, range.hi))
        .and_where(Expr::col("level").gt(Level::County.number()))
        .and_where(Expr::col("valid_from").eq(state()))
        .to_owned();
    let row = db.query_one(&select).await?;
    let count: i64 = row.map(|row| row.try_get("", "n")).transpose()?.unwrap_or_default();
    Ok(count as usize)
}

async fn write(db: &Db, places: &[Place], corrects_names: bool) -> Result<()> {
    let actor = Actor::system("places");
    for part in places.chunks(TRANSACTION) {
        db.write(Lane::Bulk, &actor, async |tx| {
            for rows in part.chunks(STATEMENT) {
                insert(&tx, rows, corrects_names).await?;
            }
            Ok(())
        })
        .await?;
    }
    Ok(())
}

async fn insert(tx: &Tx, rows: &[Place], corrects_names: bool) -> Result<()> {
    let mut insert = Query::insert();
    insert.into_table("places").columns(["code", "parent", "level", "name", "full_name", "valid_from"]);
    for place in rows {
        let parent = place.region.parent().map(Region::code);
        insert.values([
            place.region.code().into(),
            parent.into(),
            place.region.level().number().into(),
            place.name.into(),
            full_name(place.region).unwrap_or_default().into(),
            state().into(),
        ])?;
    }
    let mut known = OnConflict::column("code");
    if corrects_names {
        known.update_columns(["name", "full_name"])
    } else {
        known.do_nothing()
    };
    tx.execute(insert.on_conflict(known)).await?;
    Ok(())
}
