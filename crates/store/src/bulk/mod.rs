//! Many rows of one table in few statements: what imports, journals and demo cities write.
//!
//! The statements are made here and not by the query builder, which costs more than the database does when a city's
//! registry is loaded. SQLite takes rows of placeholders, in statements of few lengths so that it parses each once;
//! PostgreSQL takes one array for each column.

mod arrays;
mod first_load;

use std::fmt::Write as _;

use futures::{FutureExt, future::BoxFuture};
use kernel::Result;
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

pub use first_load::{begin as begin_first_load, end as end_first_load};

/// Rows of SQLite's longest statement; shorter ones halve it, so that eight texts serve a table.
const LONGEST: usize = 128;

/// Rows of PostgreSQL's longest statement.
const ARRAY: usize = 1_000;

/// Values of one statement, below SQLite's limit of 32,766.
const MOST_VALUES: usize = 16_000;

/// Where rows go: a table and the columns that are given.
#[derive(Clone, Copy, Debug)]
pub struct Into<const N: usize> {
    table: &'static str,
    columns: [&'static str; N],
    conflict: &'static str,
}

impl<const N: usize> Into<N> {
    /// Rows of `columns` into `table`; a row whose key is there already fails the statement.
    #[must_use]
    pub const fn new(table: &'static str, columns: [&'static str; N]) -> Self {
        Self { table, columns, conflict: "" }
    }

    /// Leaves out rows whose key is there already.
    #[must_use]
    pub const fn or_skip(self) -> Self {
        self.or(" ON CONFLICT DO NOTHING")
    }

    /// Does something else with a row whose key is there already: the clause, with a blank before it.
    #[must_use]
    pub const fn or(mut self, conflict: &'static str) -> Self {
        self.conflict = conflict;
        self
    }

    /// Inserts rows; how many went in. The rows of a statement are made while the database enters those before.
    ///
    /// # Errors
    /// The database's, such as a key that is there already; the transaction has to be given up then.
    pub fn insert<'a, R>(&'a self, db: &'a impl ConnectionTrait, rows: R) -> BoxFuture<'a, Result<u64>>
    where
        R: IntoIterator<Item = [Value; N], IntoIter: Send + 'a>,
    {
        self.insert_alike(db, [], rows)
    }

    /// As [`Into::insert`], for rows that have the same in some further columns: those values are handed over once a
    /// statement.
    ///
    /// # Errors
    /// As [`Into::insert`].
    pub fn insert_alike<'a, const M: usize, R>(
        &'a self,
        db: &'a impl ConnectionTrait,
        alike: [(&'static str, Value); M],
        rows: R,
    ) -> BoxFuture<'a, Result<u64>>
    where
        R: IntoIterator<Item = [Value; N], IntoIter: Send + 'a>,
    {
        let mut statements = Statements {
            into: self,
            backend: db.get_database_backend(),
            alike,
            rows: rows.into_iter(),
            made: Vec::new(),
        };
        async move {
            let (mut next, mut inserted) = (statements.next(), 0);
            while let Some(statement) = next {
                let (done, following) = futures::join!(db.execute_raw(statement), async { statements.next() });
                inserted += done?.rows_affected();
                next = following;
            }
            Ok(inserted)
        }
        .boxed()
    }

    /// `INSERT OR FAIL INTO t (same, a, b) VALUES ($5, ?, ?), ($5, ?, ?)`: what is alike stands behind the rows' values.
    /// When a statement fails its transaction is given up, so SQLite need not keep a copy of each page to undo the statement
    /// alone.
    fn placeholders(&self, alike: &[&str], rows: usize) -> String {
        let columns: Vec<_> = alike.iter().chain(&self.columns).copied().collect();
        let alike = (1..=alike.len()).map(|at| format!("${}", rows * N + at));
        let row = format!("({})", alike.chain(self.columns.map(|_| "?".to_owned())).collect::<Vec<_>>().join(","));
        let mut sql = String::with_capacity(rows * (row.len() + 1) + 400);
        let _infallible = write!(sql, "INSERT OR FAIL INTO {} ({}) VALUES ", self.table, columns.join(", "));
        for at in 0..rows {
            sql.push_str(if at == 0 { "" } else { "," });
            sql.push_str(&row);
        }
        sql.push_str(self.conflict);
        sql
    }
}

/// The statements that insert some rows, one after the other.
struct Statements<'a, R, const N: usize, const M: usize> {
    into: &'a Into<N>,
    backend: DbBackend,
    alike: [(&'static str, Value); M],
    rows: R,
    /// Rows made that did not fit the statement before.
    made: Vec<[Value; N]>,
}

impl<R: Iterator<Item = [Value; N]>, const N: usize, const M: usize> Iterator for Statements<'_, R, N, M> {
    type Item = Statement;

    fn next(&mut self) -> Option<Statement> {
        let arrays = self.backend == DbBackend::Postgres;
        let most = if arrays { ARRAY } else { LONGEST.min(MOST_VALUES / N.max(1)) };
        self.made.extend(self.rows.by_ref().take(most - self.made.len()));
        if self.made.is_empty() {
            return None;
        }
        let alike = self.alike.each_ref().map(|(column, _)| *column);
        let values = self.alike.each_ref().map(|(_, value)| value.clone());
        if arrays {
            return Some(arrays::statement(self.into, (&alike, values), self.made.drain(..)));
        }
        let count = length(self.made.len(), N);
        let values = self.made.drain(..count).flatten().chain(values);
        Some(Statement::from_sql_and_values(self.backend, self.into.placeholders(&alike, count), values))
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
            into.placeholders(&[], 2),
            "INSERT OR FAIL INTO homes (home, county_now) VALUES (?,?),(?,?) ON CONFLICT DO NOTHING"
        );
        assert_eq!(
            into.placeholders(&["since"], 2),
            "INSERT OR FAIL INTO homes (since, home, county_now) VALUES ($5,?,?),($5,?,?) ON CONFLICT DO NOTHING"
        );
    }
}
