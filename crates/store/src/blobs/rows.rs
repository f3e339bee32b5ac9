//! The rows of `files`.

use chrono::{DateTime, Utc};
use kernel::{Home, Region, Result};
use sea_orm::{
    ConnectionTrait, QueryResult,
    sea_query::{Expr, ExprTrait, OnConflict, Order, Query, UpdateStatement},
};
use uuid::Uuid;

use super::{File, Sm3};
use crate::Tx;

const COLUMNS: [&str; 8] = ["home", "id", "subject", "sm3", "bytes", "media", "state", "made_at"];
const STAGED: &str = "staged";
const REFERENCED: &str = "referenced";

impl File {
    fn of(row: &QueryResult) -> Result<Self> {
        let state: String = row.try_get("", "state")?;
        Ok(Self {
            home: Home::new(row.try_get("", "home")?)?,
            id: row.try_get("", "id")?,
            subject: row.try_get("", "subject")?,
            sm3: row.try_get::<Vec<u8>>("", "sm3")?.try_into()?,
            bytes: row.try_get("", "bytes")?,
            media: row.try_get("", "media")?,
            is_referenced: state == REFERENCED,
            made_at: row.try_get("", "made_at")?,
        })
    }
}

pub(super) async fn find(db: &impl ConnectionTrait, home: Home, subject: Uuid, sm3: Sm3) -> Result<Option<File>> {
    let select = Query::select()
        .columns(COLUMNS)
        .from("files")
        .and_where(Expr::col("home").eq(home.number()))
        .and_where(Expr::col("subject").eq(subject))
        .and_where(Expr::col("sm3").eq(sm3.0.to_vec()))
        .to_owned();
    db.query_one(&select).await?.map(|row| File::of(&row)).transpose()
}

/// Inserts a staged file unless its subject has the same content already.
pub(super) async fn insert(tx: &Tx, file: &File, place: Region) -> Result<()> {
    let insert = Query::insert()
        .into_table("files")
        .columns(["home", "id", "place", "subject", "sm3", "bytes", "media", "state", "made_by", "made_at"])
        .values([
            file.home.number().into(),
            file.id.into(),
            i64::from(place).into(),
            file.subject.into(),
            file.sm3.0.to_vec().into(),
            file.bytes.into(),
            file.media.as_str().into(),
            STAGED.into(),
            tx.actor().journal_name().into(),
            file.made_at.into(),
        ])?
        .on_conflict(OnConflict::columns(["home", "subject", "sm3"]).do_nothing().to_owned())
        .to_owned();
    tx.execute(&insert).await?;
    Ok(())
}

/// Sent again, a staged file waits its whole time again.
pub(super) async fn refresh(tx: &Tx, home: Home, subject: Uuid, sm3: Sm3) -> Result<()> {
    tx.execute(staged(home, subject, sm3).value("made_at", tx.now())).await?;
    Ok(())
}

/// A staged file becomes a referenced one; one that is referenced already stays as it is.
pub(super) async fn reference(tx: &Tx, home: Home, subject: Uuid, sm3: Sm3) -> Result<()> {
    tx.execute(staged(home, subject, sm3).value("state", REFERENCED).value("referenced_at", tx.now())).await?;
    Ok(())
}

fn staged(home: Home, subject: Uuid, sm3: Sm3) -> UpdateStatement {
    Query::update()
        .table("files")
        .and_where(Expr::col("home").eq(home.number()))
        .and_where(Expr::col("subject").eq(subject))
        .and_where(Expr::col("sm3").eq(sm3.0.to_vec()))
        .and_where(Expr::col("state").eq(STAGED))
        .to_owned()
}

/// Homes that have files waiting.
pub(super) async fn homes_with_staged(db: &impl ConnectionTrait) -> Result<Vec<Home>> {
    let select =
        Query::select().distinct().column("home").from("files").and_where(Expr::col("state").eq(STAGED)).to_owned();
    let rows = db.query_all(&select).await?;
    rows.iter().map(|row| Ok(Home::new(row.try_get("", "home")?)?)).collect()
}

/// Staged files of a home last sent before a moment, oldest first.
pub(super) async fn waiting(
    db: &impl ConnectionTrait,
    home: Home,
    before: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<File>> {
    let select = Query::select()
        .columns(COLUMNS)
        .from("files")
        .and_where(Expr::col("home").eq(home.number()))
        .and_where(Expr::col("state").eq(STAGED))
        .and_where(Expr::col("made_at").lt(before))
        .order_by("made_at", Order::Asc)
        .limit(limit)
        .to_owned();
    db.query_all(&select).await?.iter().map(File::of).collect()
}

/// Deletes a row unless somebody referred to the file or sent it again meanwhile; whether it is gone.
pub(super) async fn drop_waiting(tx: &Tx, file: &File, before: DateTime<Utc>) -> Result<bool> {
    let delete = Query::delete()
        .from_table("files")
        .and_where(Expr::col("home").eq(file.home.number()))
        .and_where(Expr::col("id").eq(file.id))
        .and_where(Expr::col("state").eq(STAGED))
        .and_where(Expr::col("made_at").lt(before))
        .to_owned();
    Ok(tx.execute(&delete).await?.rows_affected() == 1)
}

/// Files in the order of their keys, after one.
pub(super) async fn page(db: &impl ConnectionTrait, after: (i32, Uuid), limit: u64) -> Result<Vec<File>> {
    let select = Query::select()
        .columns(COLUMNS)
        .from("files")
        .and_where(
            Expr::tuple([Expr::col("home"), Expr::col("id")]).gt(Expr::tuple([Expr::val(after.0), Expr::val(after.1)])),
        )
        .order_by("home", Order::Asc)
        .order_by("id", Order::Asc)
        .limit(limit)
        .to_owned();
    db.query_all(&select).await?.iter().map(File::of).collect()
}

/// Which of these ids of one home have a row.
pub(super) async fn known(db: &impl ConnectionTrait, home: Home, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    let select = Query::select()
        .column("id")
        .from("files")
        .and_where(Expr::col("home").eq(home.number()))
        .and_where(Expr::col("id").is_in(ids.iter().copied()))
        .to_owned();
    let rows = db.query_all(&select).await?;
    rows.iter().map(|row| Ok(row.try_get("", "id")?)).collect()
}
