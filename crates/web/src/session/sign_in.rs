//! Signing in: throttle, password, second factor, grant; unknown and known logins take as long and get the same answer.

use kernel::{Acting, Actor, Failure, Principal, Result, Role};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use store::{Lane, Tx};
use uuid::Uuid;

use super::{Begin, Token, row};
use crate::{
    accounts::{self, Account, Kind, Refusal},
    edge::Client,
    state::AppState,
};

/// What somebody typed at the door.
pub(super) struct Claim {
    pub login: String,
    pub password: String,
    /// The second factor's code; empty without one.
    pub code: String,
}

/// From where.
pub(super) struct From {
    pub client: Client,
    pub agent: String,
    /// The session that the browser held before; it ends.
    pub before: Option<Token>,
}

/// A session that begins.
#[derive(Debug)]
pub(super) struct SignedIn {
    pub token: Token,
    pub kind: Kind,
}

impl SignedIn {
    /// How long the cookie is kept: staff's ends with the browser's window.
    pub(super) fn keep_secs(&self, state: &AppState) -> Option<i64> {
        let longest = state.config.life(self.kind).longest.as_secs();
        (self.kind != Kind::Staff).then(|| i64::try_from(longest).unwrap_or(i64::MAX))
    }
}

/// With login, password and code.
pub(super) async fn with_password(state: &AppState, claim: Claim, from: From) -> Result<SignedIn> {
    let login = accounts::login_index(&state.blinder, &claim.login);
    let attempt = state.throttle.attempt(&state.db, Some(login.0), from.client.address).await;
    let attempt = attempt.inspect_err(|_| state.metrics.login("throttled"))?;
    let known = accounts::by_login(&state.db, login).await?;
    let hash = known.as_ref().and_then(|account| account.password_hash.as_deref());
    let right = state.hashing.verify(&claim.password, hash).await?;
    let account = known.filter(|account| right && account.disabled_at.is_none());
    let outcome = match &account {
        Some(account) => admit(state, account, &claim.code, &from).await,
        None => Err(Refusal::NotYou.into()),
    };
    state.metrics.login(match &outcome {
        Ok(_) => "in",
        Err(_) => "refused",
    });
    let signed_in = outcome?;
    attempt.succeeded().await?;
    Ok(signed_in)
}

/// With a one-use code given by staff.
pub(super) async fn with_code(state: &AppState, code: &str, from: From) -> Result<SignedIn> {
    let attempt = state.throttle.attempt(&state.db, None, from.client.address).await?;
    let actor =
        Actor { principal: Principal::System("portal"), name: "portal".into(), acting: Acting::of(Role::System) };
    let signed_in = state
        .db
        .write(Lane::Interactive, &actor, async |tx| {
            let account = accounts::redeem(&tx, &state.blinder, code).await?;
            if account.disabled_at.is_some() {
                return Err(Refusal::CodeWrong.into());
            }
            enter(&tx, state, &account, &from).await
        })
        .await?;
    attempt.succeeded().await?;
    state.metrics.login("code");
    Ok(signed_in)
}

async fn admit(state: &AppState, account: &Account, code: &str, from: &From) -> Result<SignedIn> {
    let step = match account.totp_sealed {
        Some(_) => {
            let step = accounts::step_of(&state.keys, account, code, state.clock().now()).await?;
            Some(step.ok_or(Refusal::NotYou)?)
        }
        None => None,
    };
    let actor = itself(account);
    state
        .db
        .write(Lane::Interactive, &actor, async |tx| {
            if let Some(step) = step {
                accounts::use_code(&tx, account, step).await?;
            }
            enter(&tx, state, account, from).await
        })
        .await
}

async fn enter(tx: &Tx, state: &AppState, account: &Account, from: &From) -> Result<SignedIn> {
    let kind = Kind::of(&account.kind).ok_or_else(|| Failure::internal("an unknown kind of account is stored"))?;
    let grants = accounts::grants_of(tx, account.id, tx.now()).await?;
    let grant: Uuid = grants.first().ok_or(Refusal::NoGrant)?.id;
    if let Some(before) = &from.before {
        row::Entity::delete_many().filter(row::Column::TokenHash.eq(before.hash())).exec(tx).await?;
    }
    accounts::note(tx, account, &accounts::SignedIn { grant })?;
    let begin = Begin { account, grant, life: state.config.life(kind), agent: from.agent.clone() };
    Ok(SignedIn { token: super::begin(tx, begin).await?, kind })
}

/// The account as its own actor, before it acts under a grant.
pub(super) fn itself(account: &Account) -> Actor {
    let acting = Acting::of(match account.kind.as_str() {
        "elder" => Role::Elder,
        _ => Role::Family,
    });
    Actor { principal: Principal::Account(account.id), name: account.name.clone(), acting }
}
