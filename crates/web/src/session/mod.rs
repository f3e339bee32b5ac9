//! Sessions: who is signed in on which browser, under which one grant, until when.
//!
//! A session is a row; the browser holds a reference token in a cookie. It is read at each request, so a disabled
//! account, an ended grant or an ended session has no effect one request later.

mod account_pages;
mod api;
mod browser;
mod handlers;
mod live_until;
mod row;
mod sign_in;
mod throttle;
mod token;

use std::{ops::Deref, sync::Arc};

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts, Request, State},
    http::{HeaderMap, header, request::Parts},
    middleware::Next,
    response::Response,
};
use chrono::TimeDelta;
use data_encoding::BASE64URL_NOPAD;
use kernel::{Actor, Failure, Ids, Instant, Principal, Refused, Result, Scope};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait as _, QueryFilter, QueryOrder,
    sea_query::Expr,
};
use store::{Db, Lane, Tx};
use uuid::Uuid;

pub(crate) use self::throttle::sweep as sweep_failures;
pub(crate) use self::{api::description, handlers::routes, live_until::until_end};
pub use self::{
    row::Model as SessionRow,
    throttle::{Throttle, Who},
    token::Token,
};
use crate::{
    accounts::{self, Account, Grant, Kind, Refusal},
    edge::{Client, Wish},
    form::FormGuard,
    frame::{Frame, GrantChoice, Sitting},
    live,
    server::Arrival,
    state::AppState,
    tokens::{self, TokenRow},
};

/// The last request is noted at most this often.
const NOTED_EVERY: TimeDelta = TimeDelta::seconds(60);

/// Who is signed in. As an extractor it refuses everybody else: pages are sent to the sign-in, programs get a 401.
#[derive(Clone, Debug)]
pub struct Session(Arc<Seated>);

/// What a [`Session`] knows.
#[derive(Debug)]
pub struct Seated {
    /// The actor: account, name and the one grant.
    pub actor: Actor,
    /// The account.
    pub account: Account,
    /// The grant it acts under.
    pub grant: Grant,
    /// All grants of the account, this one included.
    pub grants: Vec<Grant>,
    /// The session's row.
    pub row: SessionRow,
    /// A program's token carried the request: no browser adds it by itself.
    pub(crate) by_token: bool,
    profile: accounts::Profile,
    ids: Arc<Ids>,
}

impl Deref for Session {
    type Target = Seated;

    fn deref(&self) -> &Seated {
        &self.0
    }
}

impl Seated {
    /// What it may see.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.actor.scope()
    }

    /// The account's id.
    #[must_use]
    pub const fn account_id(&self) -> Uuid {
        self.account.id
    }

    /// What sort of person.
    #[must_use]
    pub fn kind(&self) -> Kind {
        Kind::of(&self.account.kind).unwrap_or(Kind::Staff)
    }

    /// The hidden values of a form that is about to be shown: the CSRF token and a fresh key.
    #[must_use]
    pub fn guard(&self) -> FormGuard {
        FormGuard { csrf: self.row.csrf.clone(), key: BASE64URL_NOPAD.encode(&self.ids.bytes::<16>()) }
    }

    /// What its password must be.
    #[must_use]
    pub fn profile(&self) -> accounts::Profile {
        accounts::Profile::of(&self.account.password_profile).unwrap_or_default().or_stricter(self.profile)
    }

    /// Whether the password must be changed, or the second factor set up, before anything else. Demo data needs neither.
    #[must_use]
    pub fn is_unfinished(&self, now: Instant) -> bool {
        let old = match (self.profile().days(), self.account.password_at) {
            (Some(days), Some(at)) => now - at > TimeDelta::days(days),
            _ => false,
        };
        let no_factor = self.kind() == Kind::Staff && self.account.totp_sealed.is_none();
        !self.account.demo && (self.account.must_change || old || no_factor)
    }

    fn sitting(&self, now: Instant) -> Result<Sitting> {
        let choice = |grant: &Grant| {
            let (id, unit, current) = (grant.id.to_string(), grant.label.clone(), grant.id == self.grant.id);
            Ok::<_, Failure>(GrantChoice { id, unit, role: grant.role()?, current })
        };
        Ok(Sitting {
            unit: self.grant.label.clone(),
            scope: self.grant.extent.clone(),
            role: self.actor.acting.role,
            name: self.account.name.clone(),
            left_secs: (self.row.over_at() - now).num_seconds().max(0),
            unfinished: self.is_unfinished(now),
            grants: self.grants.iter().map(choice).collect::<Result<_>>()?,
        })
    }
}

/// The session could not be read; whoever needs one is told that the platform is busy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unreadable;

/// A token was refused; whoever needs a session is told why.
#[derive(Clone, Debug)]
pub(crate) struct Barred(pub(crate) Refused);

/// Reads the session of each request, and tells the page's frame who is signed in.
pub(crate) async fn read(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let tls = request.extensions().get::<Client>().is_some_and(|client| client.tls);
    let is_api = request.uri().path().starts_with("/api/");
    let secret = tokens::carried(request.headers()).filter(|_| is_api).map(str::to_owned);
    // Files ask for no session, unless only sessions are served.
    let needless = request.uri().path().starts_with("/assets/") && !is_kept(&request);
    let token = Token::of(request.headers(), tls).filter(|_| !needless);
    if let Some(secret) = secret {
        read_token(&state, &secret, &mut request).await;
    } else if let Some(token) = token {
        match find(&state, &token, asks_by_itself(&request)).await {
            Ok(Some(session)) => seat(&mut request, session, state.clock().now()),
            Ok(None) => {}
            Err(failure) => {
                tracing::error!(?failure, "a session could not be read");
                request.extensions_mut().insert(Unreadable);
            }
        }
    }
    request.extensions_mut().insert(state);
    next.run(request).await
}

/// The header of requests that a page makes by itself, when a topic changed: nobody sits there.
const BY_ITSELF: &str = "x-by-itself";

/// Whether nobody has to sit at the page for this request.
fn asks_by_itself(request: &Request) -> bool {
    request.headers().contains_key(BY_ITSELF) || request.uri().path() == live::ADDRESS
}

fn is_kept(request: &Request) -> bool {
    request.extensions().get::<Arrival>().is_some_and(|arrival| arrival.kept)
}

/// A program's token; a cookie beside it does not count.
async fn read_token(state: &AppState, secret: &str, request: &mut Request) {
    match tokens::admit(state, secret).await {
        Ok(Some(session)) => seat(request, session, state.clock().now()),
        Ok(None) => drop(request.extensions_mut().insert(Barred(Refusal::TokenWrong.into()))),
        Err(Failure::Refused(refused)) => drop(request.extensions_mut().insert(Barred(*refused))),
        Err(failure) => {
            tracing::error!(?failure, "a token could not be read");
            request.extensions_mut().insert(Unreadable);
        }
    }
}

/// The session of a token, for one request.
pub(crate) fn of_token(account: Account, grant: Grant, actor: Actor, (token, ids): (&TokenRow, Arc<Ids>)) -> Session {
    let row = SessionRow {
        token_hash: Vec::new(),
        id: token.id,
        account: account.id,
        grant_id: grant.id,
        csrf: String::new(),
        made_at: token.made_at,
        seen_at: token.made_at,
        idle_secs: (token.ends_at - token.made_at).num_seconds(),
        ends_at: token.ends_at,
        agent: token.name.clone(),
    };
    let (grants, profile) = (vec![grant.clone()], accounts::Profile::default());
    Session(Arc::new(Seated { actor, account, grants, grant, row, by_token: true, profile, ids }))
}

fn seat(request: &mut Request, session: Session, now: Instant) {
    if let Some(frame) = request.extensions_mut().get_mut::<Frame>() {
        match session.sitting(now) {
            Ok(sitting) => frame.sitting = Some(sitting),
            Err(failure) => tracing::error!(?failure, "a grant is stored wrong"),
        }
        frame.csrf.clone_from(&session.row.csrf);
    }
    request.extensions_mut().insert(session);
}

/// The session of a token; none when it ended in any way.
async fn find(state: &AppState, token: &Token, by_itself: bool) -> Result<Option<Session>> {
    let (db, now) = (&state.db, state.clock().now());
    let Some(row) = row::Entity::find_by_id(token.hash()).one(db).await? else { return Ok(None) };
    if row.over_at() <= now {
        return Ok(None);
    }
    let Some(account) = accounts::by_id(db, row.account).await?.filter(|account| account.disabled_at.is_none()) else {
        return Ok(None);
    };
    let grants = accounts::grants_of(db, account.id, now).await?;
    let Some(grant) = grants.iter().find(|grant| grant.id == row.grant_id).cloned() else { return Ok(None) };
    let actor =
        Actor { principal: Principal::Account(account.id), name: account.name.clone(), acting: grant.acting()? };
    if now - row.seen_at >= NOTED_EVERY && !by_itself {
        state.note_aside(row.id, note_seen(db.clone(), actor.clone(), row.clone(), now)).await;
    }
    let (profile, ids) = (state.config.profile, Arc::clone(db.ids()));
    let seated = Seated { actor, account, grant, grants, row, by_token: false, profile, ids };
    Ok(Some(Session(Arc::new(seated))))
}

async fn note_seen(db: Db, actor: Actor, row: SessionRow, now: Instant) -> Result<()> {
    db.write(Lane::Interactive, &actor, async |tx| {
        row::Entity::update_many()
            .col_expr(row::Column::SeenAt, Expr::value(now))
            .filter(row::Column::TokenHash.eq(row.token_hash.clone()))
            .filter(row::Column::SeenAt.eq(row.seen_at))
            .exec(&tx)
            .await?;
        Ok(())
    })
    .await
}

/// What begins with a session.
pub(crate) struct Begin<'a> {
    /// Whose.
    pub account: &'a Account,
    /// Under which grant.
    pub grant: Uuid,
    /// How long.
    pub life: accounts::Life,
    /// The browser.
    pub agent: String,
}

/// Begins a session; its token, which is told once.
pub(crate) async fn begin(tx: &Tx, begin: Begin<'_>) -> Result<Token> {
    let token = Token::new(tx.ids());
    let (idle, longest) = (TimeDelta::from_std(begin.life.idle)?, TimeDelta::from_std(begin.life.longest)?);
    let row = row::ActiveModel {
        token_hash: Set(token.hash()),
        id: Set(tx.uuid()),
        account: Set(begin.account.id),
        grant_id: Set(begin.grant),
        csrf: Set(BASE64URL_NOPAD.encode(&tx.ids().bytes::<32>())),
        made_at: Set(tx.now()),
        seen_at: Set(tx.now()),
        idle_secs: Set(idle.num_seconds()),
        ends_at: Set(tx.now() + longest),
        agent: Set(begin.agent),
    };
    row.insert(tx).await?;
    Ok(token)
}

/// Ends the oldest sessions of an account, so that one more makes `most`.
pub(crate) async fn make_room(tx: &Tx, account: Uuid, most: u64) -> Result<()> {
    let of = row::Entity::find().filter(row::Column::Account.eq(account)).order_by_desc(row::Column::SeenAt);
    let held = of.all(tx).await?;
    let kept = usize::try_from(most.saturating_sub(1))?;
    let over = held.into_iter().skip(kept).map(|row| row.token_hash);
    row::Entity::delete_many().filter(row::Column::TokenHash.is_in(over)).exec(tx).await?;
    Ok(())
}

/// Ends all sessions of an account.
///
/// # Errors
/// Internal failures only.
pub async fn end_all(tx: &Tx, account: Uuid) -> Result<()> {
    row::Entity::delete_many().filter(row::Column::Account.eq(account)).exec(tx).await?;
    Ok(())
}

/// Ends all sessions of all accounts: after a restore, which would bring ended ones back.
///
/// # Errors
/// Internal failures only.
pub async fn end_everybody(tx: &Tx) -> Result<()> {
    row::Entity::delete_many().exec(tx).await?;
    Ok(())
}

/// Ends the sessions of an account that act under a grant.
///
/// # Errors
/// Internal failures only.
pub async fn end_under(tx: &Tx, account: Uuid, grant: Uuid) -> Result<()> {
    let under = row::Entity::delete_many().filter(row::Column::Account.eq(account));
    under.filter(row::Column::GrantId.eq(grant)).exec(tx).await?;
    Ok(())
}

/// Ends one session of an account, by its public id.
///
/// # Errors
/// Internal failures only.
pub async fn end_one(tx: &Tx, account: Uuid, id: Uuid) -> Result<()> {
    let one = row::Entity::delete_many().filter(row::Column::Account.eq(account));
    one.filter(row::Column::Id.eq(id)).exec(tx).await?;
    Ok(())
}

/// The sessions of an account that run, newest first.
///
/// # Errors
/// Internal failures only.
pub async fn of_account(db: &Db, account: Uuid) -> Result<Vec<SessionRow>> {
    let now = db.clock().now();
    let of = row::Entity::find().filter(row::Column::Account.eq(account)).order_by_desc(row::Column::SeenAt);
    Ok(of.all(db).await?.into_iter().filter(|row| row.over_at() > now).collect())
}

/// Deletes sessions that are over; for the housekeeping of the process.
///
/// # Errors
/// Internal failures only.
pub async fn sweep(db: &Db) -> Result<u64> {
    let actor = Actor::system("session.sweep");
    let now = db.clock().now();
    let swept = db.write(Lane::Jobs, &actor, async |tx| {
        Ok(row::Entity::delete_many().filter(row::Column::EndsAt.lte(now)).exec(&tx).await?.rows_affected)
    });
    swept.await
}

/// How many sessions are stored.
///
/// # Errors
/// Internal failures only.
pub async fn count(db: &Db) -> Result<u64> {
    Ok(row::Entity::find().count(db).await?)
}

/// The browser's name for itself, cut to what a list shows.
fn agent(headers: &HeaderMap) -> String {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    agent.chars().take(200).collect()
}

impl<S: Sync> FromRequestParts<S> for Session {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let wish = Wish::of_parts(parts);
        parts.extensions.get::<Self>().cloned().ok_or_else(|| wish.refuse(Refusal::SignedOut.into()))
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Session {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned())
    }
}
