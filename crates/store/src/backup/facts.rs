//! What a database holds at one moment: migrations, heads, rows.

use std::collections::BTreeMap;

use kernel::Result;
use sea_orm::{ConnectionTrait, Statement};

use crate::{
    Engine, dialect,
    journal::{self, Head},
    migrate,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) migrations: Vec<String>,
    pub(super) heads: Vec<Head>,
    pub(super) rows: BTreeMap<String, i64>,
}

impl Facts {
    pub(super) async fn read(conn: &impl ConnectionTrait, engine: Engine) -> Result<Self> {
        Ok(Self {
            migrations: migrate::names(conn).await?,
            heads: journal::heads(conn).await?,
            rows: rows(conn, engine).await?,
        })
    }
}

/// The tables of a database, by name.
pub(super) async fn tables(conn: &impl ConnectionTrait, engine: Engine) -> Result<Vec<String>> {
    let all = Statement::from_string(engine.backend(), dialect::list_tables(engine));
    let rows = conn.query_all_raw(all).await?;
    rows.iter().map(|row| Ok(row.try_get("", "name")?)).collect()
}

async fn rows(conn: &impl ConnectionTrait, engine: Engine) -> Result<BTreeMap<String, i64>> {
    let mut rows = BTreeMap::new();
    for table in tables(conn, engine).await? {
        let count = format!("SELECT count(*) AS n FROM \"{table}\"");
        let row = conn.query_one_raw(Statement::from_string(engine.backend(), count)).await?;
        if let Some(row) = row {
            rows.insert(table, row.try_get("", "n")?);
        }
    }
    Ok(rows)
}
