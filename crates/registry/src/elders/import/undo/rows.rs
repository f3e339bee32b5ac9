//! The rows of a run that are still to be taken back, and the list of those that stay.

use kernel::{Home, Key, Result};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, Order, Query},
};
use store::{Tx, sea_orm};
use uuid::Uuid;

use super::{Fate, Undone};
use crate::elders::{Elder, import::read::label, model, sheet::At};

/// A row that created a file.
const CREATED: i16 = 1;
/// A row that changed one.
const CHANGED: i16 = 2;

/// A row of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) home: i32,
    pub(super) row: i32,
    pub(super) elder: Uuid,
    outcome: i16,
}

impl Line {
    pub(super) const fn is_new(&self) -> bool {
        self.outcome == CREATED
    }

    pub(super) const fn position(&self) -> (i32, i32) {
        (self.row, self.home)
    }
}

/// The rows before a position, last first, at most `limit`, that were not taken back yet.
pub(super) async fn before(
    db: &impl ConnectionTrait,
    run: Uuid,
    before: Option<(i32, i32)>,
    limit: u64,
) -> Result<Vec<Line>> {
    let mut select = Query::select();
    select
        .columns(["home", "row_number", "elder", "outcome"])
        .from("import_rows")
        .and_where(Expr::col("run").eq(run))
        .and_where(Expr::col("outcome").is_in([CREATED, CHANGED]))
        .order_by("row_number", Order::Desc)
        .order_by("home", Order::Desc)
        .limit(limit);
    if let Some((row, home)) = before {
        let key = Expr::tuple([Expr::col("row_number"), Expr::col("home")]);
        select.and_where(key.lt(Expr::tuple([Expr::val(row), Expr::val(home)])));
    }
    let rows = db.query_all(&select).await?;
    rows.into_iter()
        .map(|row| {
            Ok(Line {
                home: row.try_get("", "home")?,
                row: row.try_get("", "row_number")?,
                elder: row.try_get("", "elder")?,
                outcome: row.try_get("", "outcome")?,
            })
        })
        .collect()
}

/// How many rows are still to be taken back.
pub(super) async fn count(db: &impl ConnectionTrait, run: Uuid) -> Result<i64> {
    let select = Query::select()
        .expr_as(Expr::col("row_number").count(), "n")
        .from("import_rows")
        .and_where(Expr::col("run").eq(run))
        .and_where(Expr::col("outcome").is_in([CREATED, CHANGED]))
        .to_owned();
    let row = db.query_one(&select).await?;
    Ok(row.map(|row| row.try_get("", "n")).transpose()?.unwrap_or_default())
}

/// What became of all rows of a run.
pub(super) async fn counted(db: &impl ConnectionTrait, run: Uuid) -> Result<Undone> {
    let select = Query::select()
        .column("outcome")
        .expr_as(Expr::col("row_number").count(), "n")
        .from("import_rows")
        .and_where(Expr::col("run").eq(run))
        .add_group_by([Expr::col("outcome")])
        .to_owned();
    let mut undone = Undone::default();
    for row in db.query_all(&select).await? {
        let (outcome, n): (i16, i64) = (row.try_get("", "outcome")?, row.try_get("", "n")?);
        undone.rows += n;
        undone.fates.insert(outcome, n);
    }
    Ok(undone)
}

/// Notes what became of some rows.
pub(super) async fn note(tx: &Tx, run: Uuid, lines: &[Line], fates: &[Fate]) -> Result<()> {
    for (line, fate) in lines.iter().zip(fates) {
        let update = Query::update()
            .table("import_rows")
            .value("outcome", fate.code())
            .and_where(Expr::col("home").eq(line.home))
            .and_where(Expr::col("run").eq(run))
            .and_where(Expr::col("row_number").eq(line.row))
            .to_owned();
        tx.execute(&update).await?;
    }
    Ok(())
}

/// The files of some people in a home.
pub(super) async fn elders(tx: &Tx, home: i32, people: &[Uuid]) -> Result<Vec<Elder>> {
    let select = model::Entity::find()
        .filter(model::Column::Home.eq(home))
        .filter(model::Column::Id.is_in(people.iter().copied()));
    Ok(select.all(tx).await?)
}

/// A row that stays, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptRow {
    /// Its number in the sheet.
    pub row: i32,
    /// The person.
    pub elder: Key<Elder>,
    /// The name as it stands now; empty when it is not there.
    pub name: String,
    /// The file number.
    pub number: String,
    /// Why it stays.
    pub fate: Fate,
}

impl KeptRow {
    /// The row as people find it in the sheet.
    #[must_use]
    pub fn label(&self) -> String {
        label(At::of(self.row.unsigned_abs()))
    }
}

/// The rows that stay or came back in part only, after a row, at most `limit`; after taking back.
///
/// # Errors
/// Internal failures only.
pub async fn kept(db: &impl ConnectionTrait, run: Uuid, after: i32, limit: u64) -> Result<Vec<KeptRow>> {
    let of_row = |name: &'static str| Expr::col(("import_rows", name));
    let of_elder = |name: &'static str| Expr::col(("elders", name));
    let same = of_row("home").equals(("elders", "home")).and(of_row("elder").equals(("elders", "id")));
    let select = Query::select()
        .columns([
            ("import_rows", "home"),
            ("import_rows", "row_number"),
            ("import_rows", "elder"),
            ("import_rows", "outcome"),
        ])
        .expr_as(of_elder("name"), "name")
        .expr_as(of_elder("number"), "number")
        .from("import_rows")
        .left_join("elders", same)
        .and_where(of_row("run").eq(run))
        .and_where(of_row("outcome").gt(Fate::Restored.code()))
        .and_where(of_row("row_number").gt(after))
        .order_by(("import_rows", "row_number"), Order::Asc)
        .limit(limit)
        .to_owned();
    let mut found = Vec::new();
    for row in db.query_all(&select).await? {
        let Some(fate) = Fate::of(row.try_get("", "outcome")?) else { continue };
        let (name, number): (Option<String>, Option<String>) = (row.try_get("", "name")?, row.try_get("", "number")?);
        found.push(KeptRow {
            row: row.try_get("", "row_number")?,
            elder: Key::new(Home::new(row.try_get("", "home")?)?, row.try_get("", "elder")?),
            name: name.unwrap_or_default(),
            number: number.unwrap_or_default(),
            fate,
        });
    }
    Ok(found)
}
