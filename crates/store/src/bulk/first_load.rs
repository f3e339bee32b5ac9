//! A first load into empty tables drops their secondary indexes and makes them again at its end: sorting a whole index
//! costs a fifth of filling it row by row. What rests is noted in `resting_indexes` in the same transaction, so a load that
//! was killed leaves nothing forgotten: the next load, or the next start of the service, makes the indexes.

use kernel::{Actor, Result};
use sea_orm::{ConnectionTrait, Statement, Value};

use super::Into;
use crate::{Db, Lane, Tx, dialect, unit};

const RESTING: Into<2> = Into::new("resting_indexes", ["name", "definition"]).or_skip();

/// Drops the secondary indexes of those tables that are empty.
///
/// # Errors
/// Internal failures only.
pub async fn begin(db: &Db, tables: &[&str]) -> Result<()> {
    // One person by form into an empty county is no load, and its request holds the writer until it is answered.
    if unit::current(db).is_some() {
        return Ok(());
    }
    let actor = Actor::system("bulk");
    let first = db.write(Lane::Bulk, &actor, async |tx| {
        let mut first = false;
        for table in tables {
            let any = format!("SELECT 1 AS one FROM {table} LIMIT 1");
            if tx.query_one_raw(statement(&tx, &any, [])).await?.is_none() {
                rest(&tx, table).await?;
                first = true;
            }
        }
        Ok(first)
    });
    if first.await? {
        for sql in dialect::before_first_load(db.engine()) {
            db.maintenance().execute_unprepared(sql).await?;
        }
    }
    Ok(())
}

async fn rest(tx: &Tx, table: &str) -> Result<()> {
    for row in tx.query_all_raw(statement(tx, dialect::list_indexes(tx.engine()), [table.into()])).await? {
        let (name, definition): (String, String) = (row.try_get("", "name")?, row.try_get("", "definition")?);
        tx.execute_unprepared(&format!("DROP INDEX {name}")).await?;
        RESTING.insert(tx, [[name.into(), definition.into()]]).await?;
    }
    Ok(())
}

/// Makes the indexes that rest, each in a transaction of its own, and lets the planner count anew.
///
/// # Errors
/// Internal failures only; what is made stays made.
pub async fn end(db: &Db) -> Result<()> {
    if unit::current(db).is_some() {
        return Ok(());
    }
    let all = statement(db, "SELECT name, definition FROM resting_indexes ORDER BY name", []);
    let resting = db.query_all_raw(all).await?;
    for row in &resting {
        let (name, definition): (String, String) = (row.try_get("", "name")?, row.try_get("", "definition")?);
        let make = definition.replacen("CREATE INDEX ", "CREATE INDEX IF NOT EXISTS ", 1);
        db.write(Lane::Bulk, &Actor::system("bulk"), async |tx| {
            tx.execute_unprepared(&make).await?;
            tx.execute_raw(statement(&tx, "DELETE FROM resting_indexes WHERE name = $1", [name.into()])).await?;
            Ok(())
        })
        .await?;
    }
    if !resting.is_empty() {
        for sql in dialect::after_bulk(db.engine()) {
            db.maintenance().execute_unprepared(sql).await?;
        }
    }
    Ok(())
}

fn statement<const N: usize>(db: &impl ConnectionTrait, sql: &str, values: [Value; N]) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), sql, values)
}
