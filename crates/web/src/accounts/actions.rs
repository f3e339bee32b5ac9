//! Writing accounts and grants; each write is journaled in the account's home and ends the sessions it must end.

use kernel::{Event, Facts, Home, Key, Region, Result, Role};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait as _, EntityTrait, QueryFilter, SqlErr,
    sea_query::{Expr, ExprTrait, Query},
};
use serde::Serialize;
use store::{Tx, blind::BlindIndex, guarded};
use uuid::Uuid;

use super::{Account, Kind, Profile, Refusal, account, grant};
use crate::{commands, session};

/// An account to open.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Blind index of the login, see [`login_index`](super::login_index).
    pub login: BlindIndex,
    /// The county that keeps it: its key seals the second factor, its chain takes the events.
    pub home: Home,
    /// The name to show.
    pub name: String,
    /// What sort of person.
    pub kind: Kind,
    /// Made by [`Hashing::hash`](super::Hashing::hash); none for accounts without a password.
    pub password_hash: Option<String>,
    /// What its passwords must be.
    pub profile: Profile,
    /// Demo data: no second factor, no forced change.
    pub demo: bool,
}

/// A grant to give.
#[derive(Clone, Debug)]
pub struct NewGrant {
    /// The role.
    pub role: Role,
    /// The place of the administration, organisation or person.
    pub place: Option<Region>,
    /// The organisation of a provider's grant.
    pub organisation: Option<Uuid>,
    /// The worker of a caregiver's grant.
    pub worker: Option<Uuid>,
    /// The unit's name.
    pub label: String,
    /// How far it reaches, in words.
    pub extent: String,
}

#[derive(Serialize)]
struct Opened {
    account_kind: &'static str,
    demo: bool,
}

impl Facts for Opened {
    const KIND: &'static str = "account.opened";
}

#[derive(Serialize)]
struct Given {
    grant: Uuid,
    role: &'static str,
    place: Option<i64>,
    organisation: Option<Uuid>,
}

impl Facts for Given {
    const KIND: &'static str = "account.grant_given";
}

#[derive(Serialize)]
struct Ended {
    grant: Uuid,
}

impl Facts for Ended {
    const KIND: &'static str = "account.grant_ended";
}

#[derive(Serialize)]
struct PasswordChanged {}

impl Facts for PasswordChanged {
    const KIND: &'static str = "account.password_changed";
}

#[derive(Serialize)]
struct PasswordReset {}

impl Facts for PasswordReset {
    const KIND: &'static str = "account.password_reset";
}

/// Somebody signed in, or changed the grant they act under.
#[derive(Serialize)]
pub(crate) struct SignedIn {
    /// The grant from now on.
    pub(crate) grant: Uuid,
}

impl Facts for SignedIn {
    const KIND: &'static str = "account.signed_in";
}

/// Notes in the chain of the account's home what happened to it.
pub(crate) fn note(tx: &Tx, account: &Account, facts: &impl Facts) -> Result<()> {
    let home = Home::new(account.home)?;
    let place = Region::new(i64::from(account.home) * 1_000_000)?;
    tx.journal(Event::new(Key::<Account>::new(home, account.id), place, facts)?);
    Ok(())
}

/// Opens an account. A password that somebody else set must be changed at the first sign-in, except in demo data.
///
/// # Errors
/// [`Refusal::LoginTaken`].
pub async fn open(tx: &Tx, new: NewAccount) -> Result<Account> {
    let has_password = new.password_hash.is_some();
    let row = account::ActiveModel {
        login_index: Set(new.login.0.to_vec()),
        id: Set(tx.uuid()),
        home: Set(new.home.number()),
        name: Set(new.name),
        kind: Set(new.kind.code().to_owned()),
        password_hash: Set(new.password_hash),
        password_profile: Set(new.profile.code().to_owned()),
        password_at: Set(has_password.then(|| tx.now())),
        must_change: Set(has_password && !new.demo),
        totp_sealed: Set(None),
        totp_step: Set(0),
        demo: Set(new.demo),
        made_at: Set(tx.now()),
        disabled_at: Set(None),
    };
    let account = row.insert(tx).await.map_err(|error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Refusal::LoginTaken.into(),
        _ => kernel::Failure::from(error),
    })?;
    note(tx, &account, &Opened { account_kind: new.kind.code(), demo: new.demo })?;
    Ok(account)
}

/// Gives a grant; its id.
///
/// # Errors
/// Internal failures only.
pub async fn give(tx: &Tx, account: &Account, new: NewGrant) -> Result<Uuid> {
    let id = tx.uuid();
    let place = new.place.map(Region::code);
    let row = grant::ActiveModel {
        account: Set(account.id),
        id: Set(id),
        role: Set(new.role.code().to_owned()),
        place: Set(place),
        organisation: Set(new.organisation),
        worker: Set(new.worker),
        label: Set(new.label),
        extent: Set(new.extent),
        since: Set(tx.now()),
        until: Set(None),
    };
    row.insert(tx).await?;
    note(tx, account, &Given { grant: id, role: new.role.code(), place, organisation: new.organisation })?;
    Ok(id)
}

/// Ends a grant and the sessions under it.
///
/// # Errors
/// [`Common::Raced`](kernel::Common::Raced) when it is none of the account's, or ended before.
pub async fn end_grant(tx: &Tx, account: &Account, grant: Uuid) -> Result<()> {
    let ended = grant::Entity::update_many()
        .col_expr(grant::Column::Until, Expr::value(tx.now()))
        .filter(grant::Column::Account.eq(account.id))
        .filter(grant::Column::Id.eq(grant))
        .filter(grant::Column::Until.is_null())
        .exec(tx)
        .await?;
    guarded(ended.rows_affected)?;
    session::end_under(tx, account.id, grant).await?;
    // A phone works offline by a grant of a worker: whatever grant ends, it must ask anew.
    commands::revoke_phones(tx, account.id).await?;
    note(tx, account, &Ended { grant })
}

/// Sets a password that its owner chose, checked and hashed before; all sessions end.
///
/// # Errors
/// [`Common::Raced`](kernel::Common::Raced) when the password changed meanwhile.
pub async fn change_password(tx: &Tx, account: &Account, hash: String) -> Result<()> {
    set_password(tx, account, hash, false).await?;
    note(tx, account, &PasswordChanged {})
}

/// Sets a password for somebody else, who must change it at the next sign-in; all sessions end.
///
/// # Errors
/// [`Common::Raced`](kernel::Common::Raced) when the password changed meanwhile.
pub async fn reset_password(tx: &Tx, account: &Account, hash: String) -> Result<()> {
    set_password(tx, account, hash, true).await?;
    note(tx, account, &PasswordReset {})
}

async fn set_password(tx: &Tx, account: &Account, hash: String, must_change: bool) -> Result<()> {
    let change = Query::update()
        .table("accounts")
        .value("password_hash", hash)
        .value("password_at", tx.now())
        .value("must_change", must_change)
        // What somebody else set is the beginning of real work.
        .value("demo", account.demo && !must_change)
        .and_where(Expr::col("login_index").eq(account.login_index.clone()))
        .and_where(match &account.password_hash {
            Some(old) => Expr::col("password_hash").eq(old.as_str()),
            None => Expr::col("password_hash").is_null(),
        })
        .to_owned();
    guarded(tx.execute(&change).await?.rows_affected())?;
    session::end_all(tx, account.id).await
}
