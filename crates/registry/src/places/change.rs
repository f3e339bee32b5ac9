//! Towns and villages that are new, that merge, or that got another code, with the day since which it holds. The program's
//! tree is a year's; offices do not wait for the next one.

use chrono::NaiveDate;
use kernel::{Event, Facts, Key, Level, Region, Result};
use serde::{Deserialize, Serialize};
use store::{
    Db, Tx,
    sea_orm::{
        ConnectionTrait,
        sea_query::{Expr, ExprTrait, OnConflict, Query},
    },
};
use uuid::Uuid;

use super::{
    children, full_name, get, load, overlay,
    recode::{Recoded, Refusal},
};

/// A town or village was added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    /// Its code.
    pub place: Region,
    /// Its name.
    pub name: String,
}

impl Facts for Added {
    const KIND: &'static str = "place.added";
}

/// Adds a town or village.
///
/// # Errors
/// [`Refusal`].
pub async fn add(tx: &Tx, place: Region, name: &str, day: NaiveDate) -> Result<()> {
    let name = crate::normal::plain(name);
    if day > tx.today() {
        return Err(Refusal::NotYet.into());
    }
    if place.level() < Level::Town || place.parent().and_then(get).is_none() {
        return Err(Refusal::NoParent { place: place.short() }.into());
    }
    if get(place).is_some() || name.chars().count() < 2 || name.chars().count() > 40 {
        return Err(Refusal::Taken { place: place.short() }.into());
    }
    enter(tx, place, &name, day).await?;
    let facts = Added { place, name };
    if let Some(home) = place.home() {
        tx.journal(Event::new(Key::<Added>::new(home, Uuid::nil()), place, &facts)?.on_day(day));
    }
    Ok(())
}

async fn enter(tx: &Tx, place: Region, name: &str, day: NaiveDate) -> Result<()> {
    let above = place.parent().and_then(full_name).unwrap_or_default();
    let insert = Query::insert()
        .into_table("places")
        .columns(["code", "parent", "level", "name", "full_name", "valid_from"])
        .values([
            place.code().into(),
            place.parent().map(Region::code).into(),
            place.level().number().into(),
            name.into(),
            format!("{above}{name}").into(),
            day.into(),
        ])?
        .on_conflict(OnConflict::column("code").do_nothing().to_owned())
        .to_owned();
    tx.execute(&insert).await?;
    overlay::add(place, name);
    Ok(())
}

/// Passes when a town or village can become another of its county.
///
/// # Errors
/// [`Refusal`].
pub fn check((from, to): (Region, Region), day: NaiveDate, today: NaiveDate) -> Result<()> {
    let alike = from.level() == to.level() && from.level() >= Level::Town && from.home() == to.home() && from != to;
    if !alike {
        return Err(Refusal::NoChange { from: from.short(), to: to.short() }.into());
    }
    if get(from).is_none() {
        return Err(Refusal::NotKnown { place: from.short() }.into());
    }
    if day > today {
        return Err(Refusal::NotYet.into());
    }
    Ok(())
}

/// Notes that a town or village became another: merged into it, or got its code. What does not stand under the new code yet
/// is added with its old name; what lies inside keeps its last digits. A second time it changes nothing.
///
/// # Errors
/// Internal failures only.
pub async fn note(tx: &Tx, (from, to): (Region, Region), day: NaiveDate) -> Result<()> {
    let inside = if from.level() == Level::Town { children(from) } else { Vec::new() };
    let moving: Vec<_> = get(from).into_iter().chain(inside).collect();
    for place in &moving {
        let there = Region::new(place.region.code() + to.code() - from.code())?;
        if get(there).is_none() {
            enter(tx, there, place.name, day).await?;
        }
        // An added place stands in the table; one of the program's tree perhaps not yet.
        let above = full_name(place.region).unwrap_or_default();
        let noted = Query::insert()
            .into_table("places")
            .columns(["code", "parent", "level", "name", "full_name", "valid_from", "valid_to", "successor"])
            .values([
                place.region.code().into(),
                place.region.parent().map(Region::code).into(),
                place.region.level().number().into(),
                place.name.into(),
                above.into(),
                load::state().into(),
                day.into(),
                there.code().into(),
            ])?
            .on_conflict(OnConflict::column("code").update_columns(["valid_to", "successor"]).to_owned())
            .to_owned();
        tx.execute(&noted).await?;
    }
    overlay::retire(from, to);
    if let Some(home) = from.home() {
        let facts = Recoded { from, to };
        tx.journal(Event::new(Key::<Recoded>::new(home, Uuid::nil()), to, &facts)?.on_day(day));
    }
    Ok(())
}

/// Reads which towns and villages were added.
pub(super) async fn load_added(db: &Db) -> Result<()> {
    let select = Query::select()
        .columns(["code", "name"])
        .from("places")
        .and_where(Expr::col("level").gte(Level::Town.number()))
        .and_where(Expr::col("valid_from").gt(load::state()))
        .to_owned();
    for row in db.query_all(&select).await? {
        let name: String = row.try_get("", "name")?;
        overlay::add(Region::new(row.try_get("", "code")?)?, &name);
    }
    Ok(())
}
