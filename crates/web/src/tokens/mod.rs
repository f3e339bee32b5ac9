//! Tokens of programs: an administrator makes one with one grant, a name and an end; the program sends it as
//! `Authorization: Bearer …` to the JSON API. Only its hash is stored, so it is shown once.
//!
//! ```text
//! make ──▶ in use ──revoke──▶ revoked        a token is its own account of kind `program`, without a login: the
//!             └──── its end ──▶ over         journal names it like everybody, and it acts under its one grant
//! ```

mod rate;
mod row;

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use chrono::TimeDelta;
use data_encoding::BASE64URL_NOPAD;
use kernel::{Actor, Common, Event, Facts, Home, Ids, Key, Principal, Region, Result, Scope};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Query},
};
use serde::Serialize;
use sm3::{Digest as _, Sm3};
use store::{Db, Lane, Tx, blind::Blinder, guarded, homes};
use uuid::Uuid;

pub(crate) use self::rate::Rate;
pub use self::row::Model as TokenRow;
use crate::{
    accounts::{self, Grant, Kind, NewAccount, NewGrant, Profile},
    session::{self, Session},
    state::AppState,
};

/// What a token begins with, so that scanners of leaked secrets know it.
const PREFIX: &str = "sangyu_";
/// The last use is noted at most this often.
const NOTED_EVERY: TimeDelta = TimeDelta::seconds(60);
/// The longest life of a token.
pub const LONGEST: TimeDelta = TimeDelta::days(366);

/// A token to make.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub grant: NewGrant,
    /// How long it works, at most [`LONGEST`].
    pub valid: TimeDelta,
}

/// A token that was just made: the secret is told once.
#[derive(Clone, Debug)]
pub struct Made {
    /// What programs send.
    pub secret: String,
    /// Its row.
    pub row: TokenRow,
}

/// A token with its grant.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The token.
    pub token: TokenRow,
    /// What it may do.
    pub grant: Grant,
}

#[derive(Serialize)]
struct TokenMade {
    account: Uuid,
    role: &'static str,
    ends_at: kernel::Instant,
}

impl Facts for TokenMade {
    const KIND: &'static str = "token.made";
}

#[derive(Serialize)]
struct TokenRevoked {
    account: Uuid,
}

impl Facts for TokenRevoked {
    const KIND: &'static str = "token.revoked";
}

fn hash(secret: &str) -> Vec<u8> {
    Sm3::digest(secret.as_bytes()).to_vec()
}

fn fresh(ids: &Ids) -> String {
    format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&ids.bytes::<32>()))
}

/// The token that a request carries.
pub(crate) fn carried(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(str::trim)
}

/// Makes a token in the home of its grant's place.
///
/// # Errors
/// [`Common::NotAllowed`] for a grant without a place; internal failures.
pub async fn make(tx: &Tx, blinder: &Blinder, new: NewToken) -> Result<Made> {
    let place = new.grant.place.ok_or(Common::NotAllowed)?;
    let home = place.home().ok_or(Common::NotAllowed)?;
    let (id, secret, role) = (tx.uuid(), fresh(tx.ids()), new.grant.role);
    let account = NewAccount {
        login: blinder.other("accounts.token", &id.to_string()),
        home,
        name: new.name.clone(),
        kind: Kind::Program,
        password_hash: None,
        profile: Profile::default(),
        demo: false,
    };
    let account = accounts::open(tx, account).await?;
    let grant = accounts::give(tx, &account, new.grant).await?;
    let row = TokenRow {
        token_hash: hash(&secret),
        id,
        account: account.id,
        grant_id: grant,
        home: home.number(),
        name: new.name,
        made_by: by(tx.actor()),
        made_at: tx.now(),
        ends_at: tx.now() + new.valid.min(LONGEST),
        used_at: None,
        revoked_at: None,
    };
    let insert = row::ActiveModel {
        token_hash: Set(row.token_hash.clone()),
        id: Set(row.id),
        account: Set(row.account),
        grant_id: Set(row.grant_id),
        home: Set(row.home),
        name: Set(row.name.clone()),
        made_by: Set(row.made_by),
        made_at: Set(row.made_at),
        ends_at: Set(row.ends_at),
        used_at: Set(None),
        revoked_at: Set(None),
    };
    insert.insert(tx).await?;
    let facts = TokenMade { account: account.id, role: role.code(), ends_at: row.ends_at };
    tx.journal(Event::new(Key::<TokenRow>::new(home, id), place, &facts)?);
    Ok(Made { secret, row })
}

fn by(actor: &Actor) -> Uuid {
    match &actor.principal {
        Principal::Account(id) => *id,
        Principal::Cli(_) | Principal::System(_) => Uuid::nil(),
    }
}

/// The tokens of a scope's counties.
async fn of(db: &impl ConnectionTrait, scope: &Scope) -> Result<Vec<i32>> {
    let Scope::Place(range) = scope else { return Ok(Vec::new()) };
    let mut numbers: Vec<_> = homes::of_range(db, *range).await?.into_iter().map(Home::number).collect();
    // A token may be there before anything else of its county.
    let (lo, hi) = range.homes();
    numbers.extend(Some(lo).filter(|_| lo == hi));
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

/// The tokens of a scope, newest first, at most `limit`.
///
/// # Errors
/// Internal failures only.
pub async fn list(db: &impl ConnectionTrait, scope: &Scope, limit: u64) -> Result<Vec<Listed>> {
    let homes = of(db, scope).await?;
    if homes.is_empty() {
        return Ok(Vec::new());
    }
    let find = row::Entity::find()
        .filter(row::Column::Home.is_in(homes))
        .order_by_desc(row::Column::MadeAt)
        .order_by_desc(row::Column::Id)
        .limit(limit);
    let mut listed = Vec::new();
    for token in find.all(db).await? {
        if let Some(grant) = accounts::grant_by_id(db, token.account, token.grant_id).await? {
            listed.push(Listed { token, grant });
        }
    }
    Ok(listed)
}

/// Revokes a token of the actor's scope; the next request with it is refused.
///
/// # Errors
/// [`Common::NotFound`]; [`Common::Raced`] when it was revoked before.
pub async fn revoke(tx: &Tx, id: Uuid) -> Result<()> {
    let find = row::Entity::find()
        .filter(row::Column::Home.is_in(of(tx, &tx.actor().scope()).await?))
        .filter(row::Column::Id.eq(id));
    let token = find.one(tx).await?.ok_or(Common::NotFound)?;
    let change = Query::update()
        .table("api_tokens")
        .value("revoked_at", tx.now())
        .and_where(Expr::col("token_hash").eq(token.token_hash))
        .and_where(Expr::col("revoked_at").is_null())
        .to_owned();
    guarded(tx.execute(&change).await?.rows_affected())?;
    let (home, place) = (Home::new(token.home)?, Region::new(i64::from(token.home) * 1_000_000)?);
    let facts = TokenRevoked { account: token.account };
    tx.journal(Event::new(Key::<TokenRow>::new(home, id), place, &facts)?);
    Ok(())
}

/// The session of a token: it lasts one request. None for one that is unknown, revoked or over.
pub(crate) async fn admit(state: &AppState, secret: &str) -> Result<Option<Session>> {
    let (db, now) = (&state.db, state.clock().now());
    let Some(token) = row::Entity::find_by_id(hash(secret)).one(db).await? else { return Ok(None) };
    if token.revoked_at.is_some() || token.ends_at <= now {
        return Ok(None);
    }
    let account = accounts::by_id(db, token.account).await?.filter(|account| account.disabled_at.is_none());
    let grant = accounts::grants_of(db, token.account, now).await?.into_iter().find(|held| held.id == token.grant_id);
    let (Some(account), Some(grant)) = (account, grant) else { return Ok(None) };
    state.tokens.pass(token.id, now)?;
    let actor =
        Actor { principal: Principal::Account(account.id), name: account.name.clone(), acting: grant.acting()? };
    if token.used_at.is_none_or(|at| now - at >= NOTED_EVERY) {
        state.note_aside(token.id, note_used(db.clone(), actor.clone(), token.token_hash.clone())).await;
    }
    Ok(Some(session::of_token(account, grant, actor, (&token, Arc::clone(db.ids())))))
}

async fn note_used(db: Db, actor: Actor, token: Vec<u8>) -> Result<()> {
    db.write(Lane::Interactive, &actor, async |tx| {
        let change = Query::update()
            .table("api_tokens")
            .value("used_at", tx.now())
            .and_where(Expr::col("token_hash").eq(token.clone()))
            .to_owned();
        tx.execute(&change).await?;
        Ok(())
    })
    .await
}
