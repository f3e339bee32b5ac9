//! Which homes hold the rows of a place, and in which homes a person has lived.
//!
//! A home is the county code when a row was made; counties are recoded and people move, so both are tables.

use kernel::{Home, PlaceRange, Region, Result};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, OnConflict, Order, Query},
};
use uuid::Uuid;

use crate::{Tx, bulk::Into};

/// People who move in.
const MOVES: Into<2> = Into::new("person_homes", ["person", "home"]);

/// The homes whose rows can lie in a range of places now.
///
/// # Errors
/// Internal failures only.
pub async fn of_range(db: &impl ConnectionTrait, range: PlaceRange) -> Result<Vec<Home>> {
    // The county of a town or village holds it: widen the range to whole counties.
    let (lo, hi) = (range.lo - range.lo % 1_000_000, range.hi - range.hi % 1_000_000);
    let select = Query::select()
        .column("home")
        .from("homes")
        .and_where(Expr::col("county_now").between(lo, hi))
        .order_by("home", Order::Asc)
        .to_owned();
    let rows = db.query_all(&select).await?;
    rows.into_iter().map(|row| Ok(Home::new(row.try_get("", "home")?)?)).collect()
}

/// Notes that rows of `place` live in its own home from now on; nothing when that is known.
///
/// # Errors
/// Internal failures only.
pub async fn settle(tx: &Tx, place: Region) -> Result<()> {
    let Some(home) = place.home() else { return Ok(()) };
    let county = i64::from(home.number()) * 1_000_000;
    let insert = Query::insert()
        .into_table("homes")
        .columns(["home", "county_now"])
        .values([home.number().into(), county.into()])?
        .on_conflict(OnConflict::column("home").do_nothing().to_owned())
        .to_owned();
    tx.execute(&insert).await?;
    Ok(())
}

/// Makes the rows of a recoded county findable at its new code; the rows' `place` columns are the rooms' business.
///
/// # Errors
/// Internal failures only.
pub async fn recode(tx: &Tx, from: Region, to: Region) -> Result<()> {
    let update = Query::update()
        .table("homes")
        .value("county_now", to.code())
        .and_where(Expr::col("county_now").eq(from.code()))
        .to_owned();
    tx.execute(&update).await?;
    settle(tx, to).await
}

/// All homes in which a person has rows, each once, the present one last.
///
/// # Errors
/// Internal failures only.
pub async fn of_person(db: &impl ConnectionTrait, person: Uuid) -> Result<Vec<Home>> {
    let select = Query::select()
        .column("home")
        .from("person_homes")
        .and_where(Expr::col("person").eq(person))
        .order_by("since", Order::Asc)
        .to_owned();
    let mut found: Vec<Home> = Vec::new();
    for row in db.query_all(&select).await? {
        let home = Home::new(row.try_get("", "home")?)?;
        // Who came back to a home has lived there twice.
        found.retain(|other| *other != home);
        found.push(home);
    }
    Ok(found)
}

/// The home in which a person's file lives now.
///
/// # Errors
/// Internal failures only.
pub async fn present(db: &impl ConnectionTrait, person: Uuid) -> Result<Option<Home>> {
    let select = Query::select()
        .column("home")
        .from("person_homes")
        .and_where(Expr::col("person").eq(person))
        .and_where(Expr::col("until").is_null())
        .to_owned();
    let row = db.query_one(&select).await?;
    row.map(|row| Ok(Home::new(row.try_get("", "home")?)?)).transpose()
}

/// Enters a person into the directory, or moves them to another home.
///
/// # Errors
/// Internal failures only.
pub async fn move_in(tx: &Tx, person: Uuid, home: Home) -> Result<()> {
    let leave = Query::update()
        .table("person_homes")
        .value("until", tx.now())
        .and_where(Expr::col("person").eq(person))
        .and_where(Expr::col("until").is_null())
        .to_owned();
    tx.execute(&leave).await?;
    move_in_first(tx, &[(person, home)]).await
}

/// Enters many people who are in no home yet; at most 2,000.
///
/// # Errors
/// Internal failures only.
pub async fn move_in_first(tx: &Tx, people: &[(Uuid, Home)]) -> Result<()> {
    let row = |(person, home): &(Uuid, Home)| [(*person).into(), home.number().into()];
    MOVES.insert_alike(tx, [("since", tx.now().into())], people.iter().map(row)).await?;
    Ok(())
}
