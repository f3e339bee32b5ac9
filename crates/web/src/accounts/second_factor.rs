//! The second factor of staff: time-based codes (RFC 6238), each usable once.

use kernel::{Failure, Instant, Result};
use sea_orm::{
    ConnectionTrait as _,
    sea_query::{Expr, ExprTrait, Query},
};
use serde::Serialize;
use store::{Tx, guarded, keys::Keys, seal::Cell};
use totp_rs::{Builder, Secret, Totp};

use super::{Account, Refusal, actions::note};

/// What an authenticator app needs; shown once.
#[derive(Clone, Debug)]
pub struct Enrolment {
    /// The secret in base32, for typing.
    pub secret: String,
    sealed: Vec<u8>,
    bytes: Vec<u8>,
}

#[derive(Serialize)]
struct Enrolled {}

impl kernel::Facts for Enrolled {
    const KIND: &'static str = "account.second_factor_set";
}

fn totp(secret: &[u8]) -> Result<Totp> {
    Ok(Builder::new().with_secret(Secret::from(secret.to_vec())).build()?)
}

fn cell(account: &Account) -> Cell<'static> {
    Cell::new("accounts", "totp", account.id)
}

impl Enrolment {
    /// A fresh secret for an account, sealed with its key.
    ///
    /// # Errors
    /// When the key store is away.
    pub async fn begin(keys: &Keys, account: &Account) -> Result<Self> {
        let bytes = keys.ids().bytes::<20>().to_vec();
        Self::of(keys, account, bytes).await
    }

    /// The secret that was shown, on its way back with the first code.
    ///
    /// # Errors
    /// [`Refusal::NotYou`] when it is no secret; when the key store is away.
    pub async fn shown(keys: &Keys, account: &Account, secret: &str) -> Result<Self> {
        let bytes = data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).map_err(|_| Refusal::NotYou)?;
        Self::of(keys, account, bytes).await
    }

    async fn of(keys: &Keys, account: &Account, bytes: Vec<u8>) -> Result<Self> {
        let key = keys.data_key(kernel::Home::new(account.home)?, account.id).await?;
        let sealed = key.seal(keys.ids(), cell(account), &bytes);
        Ok(Self { secret: data_encoding::BASE32_NOPAD.encode(&bytes), sealed, bytes })
    }

    /// The code of a moment; what the app shows.
    ///
    /// # Errors
    /// When the secret is too short.
    pub fn code(&self, at: Instant) -> Result<String> {
        Ok(totp(&self.bytes)?.generate(seconds(at)).to_string())
    }
}

fn seconds(at: Instant) -> u64 {
    u64::try_from(at.timestamp()).unwrap_or_default()
}

/// Sets the second factor once the app proved with a code that it holds the secret.
///
/// # Errors
/// [`Refusal::NotYou`] for a wrong code.
pub async fn enrol(tx: &Tx, account: &Account, enrolment: &Enrolment, code: &str) -> Result<()> {
    let step = totp(&enrolment.bytes)?.check(code.trim(), seconds(tx.now())).ok_or(Refusal::NotYou)?;
    let change = Query::update()
        .table("accounts")
        .value("totp_sealed", enrolment.sealed.clone())
        .value("totp_step", i64::try_from(step)?)
        .and_where(Expr::col("login_index").eq(account.login_index.clone()))
        .and_where(Expr::col("totp_sealed").is_null())
        .to_owned();
    guarded(tx.execute(&change).await?.rows_affected())?;
    note(tx, account, &Enrolled {})
}

/// The step of a code that the account's app shows now (one step early or late counts); none for a wrong one.
pub(crate) async fn step_of(keys: &Keys, account: &Account, code: &str, now: Instant) -> Result<Option<i64>> {
    let Some(sealed) = &account.totp_sealed else { return Ok(None) };
    let key = keys.find_key(account.id).await?.ok_or_else(|| Failure::internal("an account's key is gone"))?;
    let secret = key.open(cell(account), sealed)?;
    Ok(totp(&secret)?.check(code.trim(), seconds(now)).map(i64::try_from).transpose()?)
}

/// Uses a code's step up: it and all earlier ones work no more.
///
/// # Errors
/// [`Refusal::NotYou`] when it was used before.
pub async fn use_code(tx: &Tx, account: &Account, step: i64) -> Result<()> {
    let change = Query::update()
        .table("accounts")
        .value("totp_step", step)
        .and_where(Expr::col("login_index").eq(account.login_index.clone()))
        .and_where(Expr::col("totp_step").lt(step))
        .to_owned();
    if tx.execute(&change).await?.rows_affected() == 1 { Ok(()) } else { Err(Refusal::NotYou.into()) }
}
