//! The tables beside an elder's row: words that searches read, and traits. The directories of
//! certificates and phones are [`super::directory`].
//! Whoever changes a row keeps them with it in the same write.

use chrono::NaiveDate;
use kernel::{Home, Region, Result};
use sea_orm::{
    ConnectionTrait, Value,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};
use store::{Tx, bulk::Into, sea_orm};
use uuid::Uuid;

use super::{file::File, vocabulary::Tag};
use crate::pinyin::{self, Reading};

/// An elder's row as the tables beside it know it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whose {
    pub(super) home: Home,
    pub(super) person: Uuid,
    pub(super) place: Region,
}

impl Whose {
    /// A row of [`NAMES`].
    pub(super) fn name(self, reading: &Reading) -> [Value; 5] {
        [
            self.home.number().into(),
            self.person.into(),
            self.place.code().into(),
            reading.initials.as_str().into(),
            reading.pinyin.as_str().into(),
        ]
    }
}

/// The words of names; two readings of one name may be the same.
pub(super) const NAMES: Into<5> = Into::new("elder_names", ["home", "elder", "place", "initials", "pinyin"]).or_skip();

/// Puts the words of a name in the place of older ones.
pub(super) async fn put_names(tx: &Tx, whose: Whose, name: &str) -> Result<()> {
    forget(tx, "elder_names", "elder", whose).await?;
    NAMES.insert(tx, pinyin::readings(name).iter().map(|reading| whose.name(reading))).await?;
    Ok(())
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

/// Sets the day on which a trait that holds ends by itself; none lets it hold on.
pub(super) async fn set_end(tx: &Tx, whose: Whose, tag: Tag, ends_on: Option<NaiveDate>) -> Result<()> {
    let update = Query::update()
        .table("elder_tags")
        .value("ends_on", ends_on)
        .and_where(Expr::col("home").eq(whose.home.number()))
        .and_where(Expr::col("elder").eq(whose.person))
        .and_where(Expr::col("tag").eq(tag.code()))
        .and_where(Expr::col("until").is_null())
        .to_owned();
    tx.execute(&update).await?;
    Ok(())
}

/// The first reading of a name, for the order of lists.
pub(super) fn reading(file: &File) -> String {
    pinyin::readings(&file.name).into_iter().next().map(|reading| reading.pinyin).unwrap_or_default()
}
