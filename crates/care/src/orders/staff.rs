//! What an order needs to know of organisations and workers.

use chrono::NaiveDate;
use kernel::{Level, Region, Result};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Condition, Expr, ExprTrait, Query},
};
use uuid::Uuid;

/// Whether an organisation works and serves a place. It serves the whole county of its seat, or the whole place when
/// its seat is wider.
pub(super) async fn serves(db: &impl ConnectionTrait, organisation: Uuid, place: Region) -> Result<bool> {
    let select = Query::select()
        .columns(["place", "status"])
        .from("organisations")
        .and_where(Expr::col("id").eq(organisation))
        .to_owned();
    let Some(row) = db.query_one(&select).await? else { return Ok(false) };
    let (seat, status): (i64, String) = (row.try_get("", "place")?, row.try_get("", "status")?);
    let seat = Region::new(seat)?;
    Ok(status == "active" && seat.at(Level::County).unwrap_or(seat).contains(place))
}

/// Whether a worker works, and for this organisation on that day.
pub(super) async fn works_for(
    db: &impl ConnectionTrait,
    worker: Uuid,
    organisation: Uuid,
    day: NaiveDate,
) -> Result<bool> {
    let employed = Query::select()
        .expr(Expr::val(1))
        .from("employments")
        .inner_join("workers", Expr::col(("workers", "id")).equals(("employments", "worker")))
        .and_where(Expr::col(("employments", "organisation")).eq(organisation))
        .and_where(Expr::col(("employments", "worker")).eq(worker))
        .and_where(Expr::col(("employments", "since")).lte(day))
        .and_where(Expr::col(("workers", "status")).eq("active"))
        .cond_where(
            Condition::any()
                .add(Expr::col(("employments", "until")).is_null())
                .add(Expr::col(("employments", "until")).gte(day)),
        )
        .limit(1)
        .to_owned();
    Ok(db.query_one(&employed).await?.is_some())
}

/// Whether an id is an organisation's.
pub(super) async fn is_organisation(db: &impl ConnectionTrait, id: Uuid) -> Result<bool> {
    let select = Query::select().column("id").from("organisations").and_where(Expr::col("id").eq(id)).to_owned();
    Ok(db.query_one(&select).await?.is_some())
}

/// A worker as a dispatcher weighs one.
#[derive(Clone, Debug)]
pub(super) struct Hand {
    pub id: Uuid,
    pub name: String,
    pub sex: i16,
    /// 5 to 1, the lower the better.
    pub cert_level: Option<i16>,
    /// Bit n for class n of GB/T 43153-2023.
    pub skills: i64,
    /// Where the worker usually sets out.
    pub point: Option<(f64, f64)>,
}

/// The workers of an organisation on a day.
pub(super) async fn hands(db: &impl ConnectionTrait, organisation: Uuid, day: NaiveDate) -> Result<Vec<Hand>> {
    let select = Query::select()
        .columns(
            ["id", "name", "sex", "cert_level", "skills", "longitude", "latitude"].map(|column| ("workers", column)),
        )
        .from("employments")
        .inner_join("workers", Expr::col(("workers", "id")).equals(("employments", "worker")))
        .and_where(Expr::col(("employments", "organisation")).eq(organisation))
        .and_where(Expr::col(("employments", "since")).lte(day))
        .and_where(Expr::col(("workers", "status")).eq("active"))
        .cond_where(
            Condition::any()
                .add(Expr::col(("employments", "until")).is_null())
                .add(Expr::col(("employments", "until")).gte(day)),
        )
        .to_owned();
    let rows = db.query_all(&select).await?;
    rows.into_iter()
        .map(|row| {
            let (east, north): (Option<f64>, Option<f64>) =
                (row.try_get("", "longitude")?, row.try_get("", "latitude")?);
            Ok(Hand {
                id: row.try_get("", "id")?,
                name: row.try_get("", "name")?,
                sex: row.try_get("", "sex")?,
                cert_level: row.try_get("", "cert_level")?,
                skills: row.try_get("", "skills")?,
                point: east.zip(north),
            })
        })
        .collect()
}
