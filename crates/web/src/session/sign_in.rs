//! Signing in: throttle, password, second factor, grant; unknown and known logins take as long and get the same answer.

use kernel::{Acting, Actor, Failure, Principal, Result, Role, Verdict};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use store::{Lane, Tx};
use uuid::Uuid;

use super::{Begin, Token, Who, browser::Browser, row, throttle::Attempt};
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
    /// The browser itself.
    pub browser: Browser,
}

/// A session that begins.
#[derive(Debug)]
pub(super) struct SignedIn {
    pub token: Token,
    pub kind: Kind,
    pub account: Uuid,
}

impl SignedIn {
    /// How long the cookie is kept: staff's ends with the browser's window.
    pub(super) fn keep_secs(&self, state: &AppState) -> Option<i64> {
        let longest = state.config.life(self.kind).longest.as_secs();
        (self.kind != Kind::Staff).then(|| i64::try_from(longest).unwrap_or(i64::MAX))
    }
}

/// With login, password and code.
pub(super) async fn with_password(state: &AppState, claim: Claim, from: &From) -> Result<SignedIn> {
    let login = accounts::login_index(&state.blinder, &claim.login);
    let account = accounts::by_login(&state.db, login).await?;
    let known = account.as_ref().and_then(|account| from.browser.known(&state.blinder, account.id));
    let who = Who { login: Some(login.0), address: from.client.address, known };
    let attempt = let_in(state, &who, (account.as_ref(), &claim.code)).await;
    let attempt = attempt.inspect_err(|_| state.metrics.login("throttled"))?;
    let hash = account.as_ref().and_then(|account| account.password_hash.as_deref());
    let right = state.hashing.verify(&claim.password, hash).await?;
    let outcome = match account.filter(|account| right && account.disabled_at.is_none()) {
        Some(account) => admit(state, &account, &claim.code, from).await,
        None => Err(Refusal::NotYou.into()),
    };
    state.metrics.login(if outcome.is_ok() { "in" } else { "refused" });
    settled(attempt, outcome).await
}

/// With a one-use code given by staff.
pub(super) async fn with_code(state: &AppState, code: &str, from: &From) -> Result<SignedIn> {
    let who = Who { login: None, address: from.client.address, known: None };
    let attempt = state.throttle.attempt(&state.db, &who).await?;
    let actor =
        Actor { principal: Principal::System("portal"), name: "portal".into(), acting: Acting::of(Role::System) };
    let entered = state.db.write(Lane::Interactive, &actor, async |tx| {
        let account = accounts::redeem(&tx, &state.blinder, code).await?;
        if account.disabled_at.is_some() {
            return Err(Refusal::CodeWrong.into());
        }
        enter(&tx, state, &account, from).await
    });
    let signed_in = settled(attempt, entered.await).await?;
    state.metrics.login("code");
    Ok(signed_in)
}

/// Lets a try through. Where strangers' guesses have used the tries up, a right second factor is let through, too.
async fn let_in<'a>(state: &'a AppState, who: &Who, (account, code): (Option<&Account>, &str)) -> Result<Attempt<'a>> {
    let refused = match state.throttle.attempt(&state.db, who).await {
        Err(Failure::Refused(refused)) if refused.verdict == Verdict::TooMany => refused,
        decided => return decided,
    };
    let Some(account) = account.filter(|account| account.totp_sealed.is_some() && !code.trim().is_empty()) else {
        return Err(Failure::Refused(refused));
    };
    let attempt = state.throttle.by_factor(&state.db, who).await?;
    if accounts::step_of(&state.keys, account, code, state.clock().now()).await?.is_some() {
        return Ok(attempt);
    }
    attempt.failed().await?;
    Err(Failure::Refused(refused))
}

/// Counts a wrong password, factor or code as a failure; any other, such as a database that is away, is nobody's guess.
async fn settled(attempt: Attempt<'_>, outcome: Result<SignedIn>) -> Result<SignedIn> {
    match outcome {
        Ok(signed_in) => {
            if let Err(failure) = attempt.succeeded().await {
                tracing::warn!(?failure, "failures before a sign-in could not be forgotten");
            }
            Ok(signed_in)
        }
        Err(Failure::Refused(refused)) if matches!(refused.code, "session.not_you" | "portal.code_wrong") => {
            let instead = attempt.failed().await?;
            Err(instead.map_or(Failure::Refused(refused), Failure::from))
        }
        Err(failure) => Err(failure),
    }
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
    super::make_room(tx, account.id, state.config.sessions).await?;
    let begin = Begin { account, grant, life: state.config.life(kind), agent: from.agent.clone() };
    Ok(SignedIn { token: super::begin(tx, begin).await?, kind, account: account.id })
}

/// The account as its own actor, before it acts under a grant.
pub(super) fn itself(account: &Account) -> Actor {
    let acting = Acting::of(match account.kind.as_str() {
        "elder" => Role::Elder,
        _ => Role::Family,
    });
    Actor { principal: Principal::Account(account.id), name: account.name.clone(), acting }
}
