//! The tables beside an elder's row: words that searches read, traits, and the directories of certificates and phones.
//! Whoever changes a row keeps them with it in the same write.

use chrono::NaiveDate;
use kernel::{Home, Region, Result};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};
use store::{Tx, blind::BlindIndex, sea_orm};
use uuid::Uuid;

use super::{file::File, refusal::Refusal, vocabulary::Tag};
use crate::pinyin;

/// An elder's row as the tables beside it know it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whose {
    pub(super) home: Home,
    pub(super) person: Uuid,
    pub(super) place: Region,
}

/// Puts the words of a name in the place of older ones.
pub(super) async fn put_names(tx: &Tx, whose: Whose, name: &str) -> Result<()> {
    forget(tx, "elder_names", "elder", whose).await?;
    let mut insert = Query::insert();
    insert.into_table("elder_names").columns(["home", "elder", "place", "initials", "pinyin"]);
    let readings = pinyin::readings(name);
    for reading in &readings {
        insert.values([
            whose.home.number().into(),
            whose.person.into(),
            whose.place.code().into(),
            reading.initials.as_str().into(),
            reading.pinyin.as_str().into(),
        ])?;
    }
    if !readings.is_empty() {
        insert.on_conflict(OnConflict::new().do_nothing().to_owned());
        tx.execute(&insert).await?;
    }
    Ok(())
}

/// Puts the blind indexes of phones in the place of older ones.
pub(super) async fn put_phones(tx: &Tx, whose: Whose, phones: &[BlindIndex]) -> Result<()> {
    forget(tx, "person_phones", "person", whose).await?;
    if phones.is_empty() {
        return Ok(());
    }
    let mut insert = Query::insert();
    insert.into_table("person_phones").columns(["digest", "person", "home"]);
    for index in phones {
        insert.values([index.0.to_vec().into(), whose.person.into(), whose.home.number().into()])?;
    }
    tx.execute(insert.on_conflict(OnConflict::new().do_nothing().to_owned())).await?;
    Ok(())
}

/// Enters a person under an identity, in the place of the one entered before.
///
/// # Errors
/// [`Refusal::Known`] when somebody else is entered under it.
pub(super) async fn put_identity(tx: &Tx, whose: Whose, identity: BlindIndex) -> Result<()> {
    let delete = Query::delete().from_table("person_certs").and_where(Expr::col("person").eq(whose.person)).to_owned();
    tx.execute(&delete).await?;
    let insert = Query::insert()
        .into_table("person_certs")
        .columns(["digest", "person", "home"])
        .values([identity.0.to_vec().into(), whose.person.into(), whose.home.number().into()])?
        .on_conflict(OnConflict::column("digest").do_nothing().to_owned())
        .to_owned();
    if tx.execute(&insert).await?.rows_affected() == 1 { Ok(()) } else { Err(Refusal::Known.into()) }
}

/// Removes a person's rows of one home from a table.
pub(super) async fn forget(tx: &Tx, table: &'static str, column: &'static str, whose: Whose) -> Result<()> {
    let delete = Query::delete()
        .from_table(table)
        .and_where(Expr::col("home").eq(whose.home.number()))
        .and_where(Expr::col(column).eq(whose.person))
        .to_owned();
    tx.execute(&delete).await?;
    Ok(())
}

/// Brings the place of a person's rows up to date after a move within the home.
pub(super) async fn put_place(tx: &Tx, whose: Whose) -> Result<()> {
    for table in ["elder_names", "elder_tags"] {
        let update = Query::update()
            .table(table)
            .value("place", whose.place.code())
            .and_where(Expr::col("home").eq(whose.home.number()))
            .and_where(Expr::col("elder").eq(whose.person))
            .to_owned();
        tx.execute(&update).await?;
    }
    Ok(())
}

/// A trait that begins: since when, who answers for it, and on which day it ends by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Begun {
    pub(super) tag: Tag,
    pub(super) since: NaiveDate,
    pub(super) source: String,
    pub(super) ends_on: Option<NaiveDate>,
}

/// Begins traits; one that ended on the day on which it had begun goes on.
pub(super) async fn begin_tags(tx: &Tx, whose: Whose, begun: &[Begun]) -> Result<()> {
    if begun.is_empty() {
        return Ok(());
    }
    let mut insert = Query::insert();
    insert.into_table("elder_tags").columns(["home", "elder", "tag", "since", "place", "source", "ends_on"]);
    for tag in begun {
        insert.values([
            whose.home.number().into(),
            whose.person.into(),
            tag.tag.code().into(),
            tag.since.into(),
            whose.place.code().into(),
            tag.source.as_str().into(),
            tag.ends_on.into(),
        ])?;
    }
    let key = OnConflict::columns(["home", "elder", "tag", "since"])
        .update_columns(["place", "source", "ends_on", "until"])
        .to_owned();
    tx.execute(insert.on_conflict(key)).await?;
    Ok(())
}

/// Ends traits: the day is the first on which they hold no more.
pub(super) async fn end_tags(tx: &Tx, whose: Whose, tags: &[Tag], day: NaiveDate) -> Result<()> {
    if tags.is_empty() {
        return Ok(());
    }
    let update = Query::update()
        .table("elder_tags")
        .value("until", day)
        .and_where(Expr::col("home").eq(whose.home.number()))
        .and_where(Expr::col("elder").eq(whose.person))
        .and_where(Expr::col("tag").is_in(tags.iter().map(|tag| tag.code())))
        .and_where(Expr::col("until").is_null())
        .to_owned();
    tx.execute(&update).await?;
    Ok(())
}

/// The first reading of a name, for the order of lists.
pub(super) fn reading(file: &File) -> String {
    pinyin::readings(&file.name).into_iter().next().map(|reading| reading.pinyin).unwrap_or_default()
}
