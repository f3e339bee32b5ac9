//! What an office's own headings mean: told once for the place of who tells it, and known to every later sheet of that
//! place and of those inside it.

use kernel::{Actor, Common, Region, Result};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, OnConflict, Order, Query},
};
use store::{Tx, sea_orm};

use crate::elders::sheet::{Column, Mapping, known_as};

/// What leaves a column out.
pub const LEFT_OUT: &str = "不读这一列";

/// The headings that are known to who acts in a place: those of the place itself before those of the places above it.
///
/// # Errors
/// Internal failures only.
pub async fn of_place(db: &impl ConnectionTrait, place: Option<Region>) -> Result<Mapping> {
    let places: Vec<i64> = place.map_or(vec![0], |place| place.line().map(Region::code).chain([0]).collect());
    let select = Query::select()
        .columns(["heading", "means"])
        .from("import_headings")
        .and_where(Expr::col("place").is_in(places))
        .order_by("place", Order::Asc)
        .to_owned();
    let mut mapping = Mapping::new();
    for row in db.query_all(&select).await? {
        let (heading, means): (String, String) = (row.try_get("", "heading")?, row.try_get("", "means")?);
        mapping.insert(heading, Column::read(&means));
    }
    Ok(mapping)
}

/// Keeps what headings mean for the place of who tells it. A heading without a meaning is left out from now on.
///
/// # Errors
/// [`Common::NotAllowed`] without the right to import.
pub async fn tell(tx: &Tx, actor: &Actor, told: &[(String, Option<Column>)]) -> Result<()> {
    actor.may(kernel::Action::ImportElders)?;
    let place = actor.acting.place.map_or(0, Region::code);
    for (heading, column) in told {
        let heading = known_as(heading);
        if heading.is_empty() {
            return Err(Common::NotFound.into());
        }
        let mut insert = Query::insert();
        insert.into_table("import_headings").columns(["place", "heading", "means", "told_by", "told_at"]).values([
            place.into(),
            heading.into(),
            column.map_or(LEFT_OUT, Column::word).into(),
            actor.journal_name().into(),
            tx.now().into(),
        ])?;
        let key = OnConflict::columns(["place", "heading"]).update_columns(["means", "told_by", "told_at"]).to_owned();
        tx.execute(insert.on_conflict(key)).await?;
    }
    Ok(())
}
