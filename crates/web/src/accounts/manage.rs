//! What an administrator does to somebody else's account, beside opening it: each write is journaled, ends the sessions
//! that it must end, and revokes phones that may work offline.

use kernel::{Facts, Ids, Result};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, Query},
};
use serde::Serialize;
use store::{Tx, guarded};
use uuid::Uuid;

use super::{Account, account, actions::note, grant};
use crate::{commands, session};

#[derive(Serialize)]
struct Suspended<'a> {
    reason: &'a str,
}

impl Facts for Suspended<'_> {
    const KIND: &'static str = "account.suspended";
}

#[derive(Serialize)]
struct Reactivated {}

impl Facts for Reactivated {
    const KIND: &'static str = "account.reactivated";
}

#[derive(Serialize)]
struct FactorReset {}

impl Facts for FactorReset {
    const KIND: &'static str = "account.factor_reset";
}

#[derive(Serialize)]
struct SessionEnded {
    session: Uuid,
}

impl Facts for SessionEnded {
    const KIND: &'static str = "account.session_ended";
}

/// Four groups of letters and digits that cannot be mistaken for each other: 80 random bits, to be changed at the first
/// sign-in.
#[must_use]
pub fn first_password(ids: &Ids) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789A";
    let bytes: [u8; 16] = ids.bytes();
    let letters: Vec<char> = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-")
}

/// The accounts of demo data that may sign in.
///
/// # Errors
/// Internal failures only.
pub async fn demo(db: &impl ConnectionTrait) -> Result<Vec<Account>> {
    let open = account::Entity::find().filter(account::Column::Demo.eq(true));
    Ok(open.filter(account::Column::DisabledAt.is_null()).all(db).await?)
}

/// Suspends an account for a reason, by its name: its sessions end and its phones are revoked.
///
/// # Errors
/// [`Common::Raced`](kernel::Common::Raced) when it was suspended before.
pub async fn suspend(tx: &Tx, account: &Account, reason: &str) -> Result<()> {
    let change = Query::update()
        .table("accounts")
        .value("disabled_at", tx.now())
        .and_where(Expr::col("login_index").eq(account.login_index.clone()))
        .and_where(Expr::col("disabled_at").is_null())
        .to_owned();
    guarded(tx.execute(&change).await?.rows_affected())?;
    session::end_all(tx, account.id).await?;
    commands::revoke_phones(tx, account.id).await?;
    note(tx, account, &Suspended { reason })
}

/// Lets a suspended account sign in again.
///
/// # Errors
/// [`Common::Raced`](kernel::Common::Raced) when it was not suspended.
pub async fn reactivate(tx: &Tx, account: &Account) -> Result<()> {
    let change = Query::update()
        .table("accounts")
        .value("disabled_at", Option::<kernel::Instant>::None)
        .and_where(Expr::col("login_index").eq(account.login_index.clone()))
        .and_where(Expr::col("disabled_at").is_not_null())
        .to_owned();
    guarded(tx.execute(&change).await?.rows_affected())?;
    note(tx, account, &Reactivated {})
}

/// Takes a lost second factor off; a new one must be set before anything else. All sessions end.
///
/// # Errors
/// [`Common::Raced`](kernel::Common::Raced) when there was none.
pub async fn reset_factor(tx: &Tx, account: &Account) -> Result<()> {
    let change = Query::update()
        .table("accounts")
        .value("totp_sealed", Option::<Vec<u8>>::None)
        .value("demo", false)
        .and_where(Expr::col("login_index").eq(account.login_index.clone()))
        .and_where(Expr::col("totp_sealed").is_not_null())
        .to_owned();
    guarded(tx.execute(&change).await?.rows_affected())?;
    session::end_all(tx, account.id).await?;
    note(tx, account, &FactorReset {})
}

/// Ends one session of somebody else, by its public id.
///
/// # Errors
/// Internal failures only.
pub async fn end_session(tx: &Tx, account: &Account, id: Uuid) -> Result<()> {
    session::end_one(tx, account.id, id).await?;
    note(tx, account, &SessionEnded { session: id })
}

/// The running grants that a worker's accounts have from an organisation, with their accounts.
///
/// # Errors
/// Internal failures only.
pub async fn grants_of_worker(tx: &Tx, worker: Uuid, organisation: Uuid) -> Result<Vec<(Account, Uuid)>> {
    let grants = grant::Entity::find()
        .filter(grant::Column::Organisation.eq(organisation))
        .filter(grant::Column::Worker.eq(worker))
        .filter(grant::Column::Until.is_null())
        .all(tx)
        .await?;
    let mut found = Vec::with_capacity(grants.len());
    for grant in grants {
        let account = account::Entity::find().filter(account::Column::Id.eq(grant.account)).one(tx).await?;
        found.extend(account.map(|account| (account, grant.id)));
    }
    Ok(found)
}
