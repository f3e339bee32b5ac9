//! Reads of persons: who looked at whose file, at what, and why. An unmasking, an export and a search by ID are written
//! before their answer leaves.

use chrono::{DateTime, Utc};
use kernel::{Actor, Home, Result};
use sea_orm::{
    ConnectionTrait, QueryResult,
    sea_query::{Expr, ExprTrait, Order, Query},
};
use uuid::Uuid;

use crate::{Db, Lane};

/// One read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// When.
    pub at: DateTime<Utc>,
    /// The reader's name then.
    pub actor_name: String,
    /// Role and place or organisation.
    pub acting_as: String,
    /// What was read: `view`, `cert_no`, `mobile`, `export`, `search_by_id`.
    pub what: String,
    /// The reason given, empty for a plain view.
    pub why: String,
}

/// Notes reads of one or several persons, and returns when they are durable.
///
/// # Errors
/// Internal failures only; then the caller does not answer either.
pub async fn note(db: &Db, actor: &Actor, subjects: &[(Home, Uuid)], what: &str, why: &str) -> Result<()> {
    db.write(Lane::Interactive, actor, async |tx| {
        for chunk in subjects.chunks(500) {
            let mut insert = Query::insert();
            insert.into_table("accesses").columns([
                "home",
                "id",
                "at",
                "actor",
                "actor_name",
                "acting_as",
                "subject",
                "what",
                "why",
            ]);
            for (home, subject) in chunk {
                insert.values([
                    home.number().into(),
                    tx.uuid().into(),
                    tx.now().into(),
                    actor.journal_name().into(),
                    actor.name.clone().into(),
                    actor.journal_acting().into(),
                    (*subject).into(),
                    what.into(),
                    why.into(),
                ])?;
            }
            tx.execute(&insert).await?;
        }
        Ok(())
    })
    .await
}

/// Who read a person's file, newest first, at most `limit`.
///
/// # Errors
/// Internal failures only.
pub async fn of(db: &impl ConnectionTrait, home: Home, subject: Uuid, limit: u64) -> Result<Vec<Access>> {
    let select = Query::select()
        .columns(["at", "actor_name", "acting_as", "what", "why"])
        .from("accesses")
        .and_where(Expr::col("home").eq(home.number()))
        .and_where(Expr::col("subject").eq(subject))
        .order_by("at", Order::Desc)
        .limit(limit)
        .to_owned();
    db.query_all(&select).await?.into_iter().map(|row| access(&row)).collect()
}

fn access(row: &QueryResult) -> Result<Access> {
    Ok(Access {
        at: row.try_get("", "at")?,
        actor_name: row.try_get("", "actor_name")?,
        acting_as: row.try_get("", "acting_as")?,
        what: row.try_get("", "what")?,
        why: row.try_get("", "why")?,
    })
}
