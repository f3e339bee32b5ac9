//! What an older copy of the data brings back to life and must not: whoever lost a phone, whose token was revoked, whose
//! code was used after the copy was made.

use kernel::Result;
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, Query},
};
use store::Tx;

/// What was ended after a restore.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// Tokens of programs.
    pub tokens: u64,
    /// Codes that nobody had used yet.
    pub codes: u64,
    /// Phones.
    pub phones: u64,
}

/// Ends every session, token, unused code and phone: the copy does not know which of them were ended since. People sign in
/// again; programs get new tokens.
///
/// # Errors
/// Internal failures only.
pub async fn end_all(tx: &Tx) -> Result<Ended> {
    crate::session::end_everybody(tx).await?;
    Ok(Ended {
        tokens: end(tx, "api_tokens", "revoked_at").await?,
        codes: end(tx, "one_use_codes", "used_at").await?,
        phones: end(tx, "devices", "revoked_at").await?,
    })
}

async fn end(tx: &Tx, table: &'static str, column: &'static str) -> Result<u64> {
    let update = Query::update().table(table).value(column, tx.now()).and_where(Expr::col(column).is_null()).to_owned();
    Ok(tx.execute(&update).await?.rows_affected())
}
