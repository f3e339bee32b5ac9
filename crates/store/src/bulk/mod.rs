//! Many rows of one table in few statements: what imports, journals and demo cities write.
//!
//! The statements are made here and not by the query builder, which costs more than the database does when a city's
//! registry is loaded. SQLite takes rows of placeholders, in statements of few lengths so that it parses each once;
//! PostgreSQL takes one array for each column.

mod arrays;
mod first_load;

use std::fmt::Write as _;

use kernel::Result;
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

pub use first_load::{begin as begin_first_load, end as end_first_load};

/// Rows of SQLite's longest statement; shorter ones halve it, so that eight texts serve a table.
const LONGEST: usize = 128;

/// Values of one statement, below SQLite's limit of 32,766.
const MOST_VALUES: usize = 16_000;

/// Where rows go: a table and the columns that are given.
#[derive(Clone, Copy, Debug)]
pub struct Into<const N: usize> {
    table: &'static str,
    columns: [&'static str; N],
    skips: bool,
}

impl<const N: usize> Into<N> {
    /// Rows of `columns` into `table`; a row whose key is there already fails the statement.
    #[must_use]
    pub const fn new(table: &'static str, columns: [&'static str; N]) -> Self {
        Self { table, columns, skips: false }
    }

    /// Leaves out rows whose key is there already.
    #[must_use]
    pub const fn or_skip(mut self) -> Self {
        self.skips = true;
        self
    }

    /// Inserts rows; how many went in.
    ///
    /// # Errors
    /// The database's, such as a key that is there already.
    pub async fn insert(&self, db: &impl ConnectionTrait, rows: Vec<[Value; N]>) -> Result<u64> {
        let mut inserted = 0;
        match db.get_database_backend() {
            DbBackend::Postgres if !rows.is_empty() => {
                let statement = arrays::statement(self.table, &self.columns, self.conflict(), rows);
                inserted += db.execute_raw(statement).await?.rows_affected();
            }
            backend => {
                let mut rows = rows.into_iter();
                while rows.len() > 0 {
                    let count = length(rows.len(), N);
                    let values = rows.by_ref().take(count).flatten();
                    let statement = Statement::from_sql_and_values(backend, self.placeholders(count), values);
                    inserted += db.execute_raw(statement).await?.rows_affected();
                }
            }
        }
        Ok(inserted)
    }

    fn conflict(&self) -> &'static str {
        if self.skips { " ON CONFLICT DO NOTHING" } else { "" }
    }

    /// `INSERT INTO t (a, b) VALUES (?, ?), (?, ?)`.
    fn placeholders(&self, rows: usize) -> String {
        let row = format!("({})", vec!["?"; N].join(","));
        let mut sql = String::with_capacity(rows * (row.len() + 1) + 200);
        let _infallible = write!(sql, "INSERT INTO {} ({}) VALUES ", self.table, self.columns.join(", "));
        for at in 0..rows {
            sql.push_str(if at == 0 { "" } else { "," });
            sql.push_str(&row);
        }
        sql.push_str(self.conflict());
        sql
    }
}

/// The largest power of two of rows that is left and fits one statement.
fn length(rows: usize, columns: usize) -> usize {
    let most = LONGEST.min(MOST_VALUES / columns.max(1)).min(rows).max(1);
    1 << most.ilog2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_have_few_lengths_and_stay_below_the_limit() {
        assert_eq!((length(2_000, 5), length(100, 5), length(3, 5), length(1, 5)), (128, 64, 2, 1));
        assert!((1..=100).all(|columns| length(2_000, columns) * columns <= 32_766));
    }

    #[test]
    fn the_text_holds_a_placeholder_for_each_value() {
        let into = Into::new("homes", ["home", "county_now"]).or_skip();
        assert_eq!(
            into.placeholders(2),
            "INSERT INTO homes (home, county_now) VALUES (?,?),(?,?) ON CONFLICT DO NOTHING"
        );
    }
}
