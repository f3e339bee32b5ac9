//! Each write takes effect once: a form posted twice is answered with its first result, a JSON write with the stored
//! answer of its `Idempotency-Key`.
//!
//! What the handler writes and the answer it gives are one transaction ([`store::unit`]): whoever asks again finds the
//! answer or finds nothing, whatever was killed or cut in between. Two at a time may both run; the one that comes second
//! to keep its answer is taken back and answered like the first.
//!
//! A body is kept sealed under a key that only the client's own key opens: no copy of the database tells what was answered.

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use bytes::Bytes;
use chrono::TimeDelta;
use kernel::{Actor, Common, Failure, Result};
use sea_orm::{
    ConnectionTrait, FromQueryResult,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};
use sm3::{Digest as _, Sm3};
use store::{
    Db, Lane, Tx,
    seal::{Cell, DataKey, Secret},
    unit::{self, Unit},
};
use uuid::Uuid;

use super::{RouteRow, forgery::Carried};
use crate::{accounts::Refusal, edge::problem, session::Session, state::AppState};

/// The header that names a JSON write, chosen by the client: 1 to 200 characters.
pub const IDEMPOTENCY_HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// How long a lost commit is looked for before the client is told that nobody knows.
const PATIENCE: Duration = Duration::from_secs(3);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// The largest answer that is kept for a replay.
const KEPT: usize = 256 * 1024;

/// A key and what it was used for.
struct Claim {
    account: Uuid,
    key_hash: Vec<u8>,
    request_hash: Vec<u8>,
    route: &'static str,
    api: bool,
    seal: DataKey,
}

#[derive(Debug, FromQueryResult)]
struct Stored {
    request_hash: Vec<u8>,
    status: i32,
    location: Option<String>,
    content_type: Option<String>,
    body: Option<Vec<u8>>,
}

/// Runs the handler unless this very request was answered before.
pub(super) async fn once<R>(
    row: &RouteRow,
    state: &AppState,
    request: Request,
    run: impl FnOnce(Request) -> R,
) -> Result<Response>
where
    R: Future<Output = Response>,
{
    let Some(session) = request.extensions().get::<Session>().cloned() else { return Ok(run(request).await) };
    let (request, claim) = claimed(row, state, &session, request).await?;
    let Some(claim) = claim else { return Ok(run(request).await) };
    if let Some(stored) = claim.stored(&state.db).await? {
        return claim.replayed(stored);
    }
    let (response, unit) = unit::within(&state.db, run(request)).await;
    claim.settled(state, &session.actor, (response, unit)).await
}

/// The key that a request carries, if its route needs or takes one.
async fn claimed(
    row: &RouteRow,
    state: &AppState,
    session: &Session,
    request: Request,
) -> Result<(Request, Option<Claim>)> {
    if row.own_keys {
        return Ok((request, None));
    }
    let path = request.uri().path().to_owned();
    let api = path.starts_with("/api/");
    let key = if api {
        let key = request.headers().get(IDEMPOTENCY_HEADER).and_then(|key| key.to_str().ok()).map(str::to_owned);
        Some(key.filter(|key| (1..=200).contains(&key.len())).ok_or(Refusal::KeyMissing)?)
    } else {
        request.extensions().get::<Carried>().and_then(|carried| carried.form_key.clone())
    };
    let Some(key) = key.filter(|key| !key.is_empty()) else { return Ok((request, None)) };
    let (request, content) = content(request).await?;
    let hash = |parts: [&[u8]; 2]| Sm3::digest([parts[0], b"\0", parts[1]].concat()).to_vec();
    let account = session.account_id();
    let claim = Claim {
        account,
        seal: seal(state, &format!("{account}\0{path}\0{key}"))?,
        key_hash: hash([key.as_bytes(), path.as_bytes()]),
        request_hash: hash([row.method.as_str().as_bytes(), &content]),
        route: row.path,
        api,
    };
    Ok((request, Some(claim)))
}

/// The body to compare by; a form with files is compared by its key alone, its files are streamed on.
async fn content(request: Request) -> Result<(Request, Bytes)> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    if kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/")) {
        return Ok((request, Bytes::new()));
    }
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.map_err(|_| problem::too_large())?;
    Ok((Request::from_parts(parts, Body::from(bytes.clone())), bytes))
}

/// The key of an answer: whoever has neither the client's key nor the province's cannot make it.
fn seal(state: &AppState, named: &str) -> Result<DataKey> {
    let secret = Secret::from_slice(&state.blinder.other("replays.body", named).0);
    Ok(DataKey::new(secret.ok_or_else(|| Failure::internal("a blind index has 16 bytes"))?, 1))
}

impl Claim {
    async fn stored(&self, db: &Db) -> Result<Option<Stored>> {
        let find = Query::select()
            .columns(["request_hash", "status", "location", "content_type", "body"])
            .from("replays")
            .and_where(Expr::col("account").eq(self.account))
            .and_where(Expr::col("key_hash").eq(self.key_hash.clone()))
            .and_where(Expr::col("status").is_not_null())
            .to_owned();
        let row = db.query_one(&find).await?;
        Ok(row.map(|row| Stored::from_query_result(&row, "")).transpose()?)
    }

    /// Ends what the handler wrote: kept with its answer; taken back when the handler failed or another request with this
    /// key came first; kept without an answer when it refused (what it noted of the attempt stays, and the key is free).
    async fn settled(&self, state: &AppState, actor: &Actor, ran: (Response, Unit)) -> Result<Response> {
        let (response, unit) = ran;
        let status = response.status();
        if status.is_server_error() {
            unit.roll_back().await;
            return Ok(response);
        }
        if !status.is_success() && !status.is_redirection() {
            if unit.wrote().await {
                unit.commit(actor, async |_| Ok(true)).await?;
            }
            // Perhaps it was refused because the same request had just been done beside it.
            return match self.stored(&state.db).await? {
                Some(stored) => self.replayed(stored),
                None => Ok(response),
            };
        }
        let (response, answer) = self.answer(state, response).await?;
        match unit.commit(actor, async |tx| self.keep(&tx, answer).await).await {
            Ok(true) => Ok(response),
            Ok(false) => self.first_answer(&state.db).await,
            Err(failure) if failure.code() == Some("unknown") => self.looked_for(&state.db, response).await,
            Err(failure) => Err(store::unavailable_if_away(failure)),
        }
    }

    /// The answer as it is kept; a JSON body is copied and sealed, a form's answer is its redirect.
    async fn answer(&self, state: &AppState, response: Response) -> Result<(Response, Stored)> {
        let (location, content_type) = (text(&response, header::LOCATION), text(&response, header::CONTENT_TYPE));
        let status = i32::from(response.status().as_u16());
        let (response, body) = if self.api { copied(response).await? } else { (response, None) };
        let body = body.map(|body| self.seal.seal(state.keys.ids(), self.cell(), &body));
        Ok((response, Stored { request_hash: self.request_hash.clone(), status, location, content_type, body }))
    }

    fn cell(&self) -> Cell<'static> {
        Cell::new("replays", "body", self.account)
    }

    /// Keeps the answer; false when another request with this key kept its own.
    async fn keep(&self, tx: &Tx, answer: Stored) -> Result<bool> {
        let insert = Query::insert()
            .into_table("replays")
            .columns([
                "account",
                "key_hash",
                "route",
                "request_hash",
                "at",
                "status",
                "location",
                "content_type",
                "body",
            ])
            .values([
                self.account.into(),
                self.key_hash.clone().into(),
                self.route.into(),
                answer.request_hash.into(),
                tx.now().into(),
                answer.status.into(),
                answer.location.into(),
                answer.content_type.into(),
                answer.body.into(),
            ])?
            .on_conflict(OnConflict::columns(["account", "key_hash"]).do_nothing().to_owned())
            .to_owned();
        Ok(tx.execute(&insert).await?.rows_affected() == 1)
    }

    /// What the request that came first was answered.
    async fn first_answer(&self, db: &Db) -> Result<Response> {
        let stored = self.stored(db).await?;
        self.replayed(stored.ok_or(if self.api { Refusal::StillRunning } else { Refusal::AlreadyPosted })?)
    }

    /// After a commit whose answer was lost: whether the write is there tells its row. Not there yet means that nobody
    /// knows; asking again with the same key settles it.
    async fn looked_for(&self, db: &Db, response: Response) -> Result<Response> {
        let looked = tokio::time::timeout(PATIENCE, async {
            while !matches!(self.stored(db).await, Ok(Some(_))) {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        });
        looked.await.map(|()| response).map_err(|_| Common::Unknown.into())
    }

    /// A form's answer is replayed when it led on to another page; a JSON answer always.
    fn replayed(&self, stored: Stored) -> Result<Response> {
        if stored.request_hash != self.request_hash {
            return Err(if self.api { Refusal::KeyReused } else { Refusal::AlreadyPosted }.into());
        }
        let status = StatusCode::from_u16(u16::try_from(stored.status)?)?;
        if !self.api && !status.is_redirection() {
            return Err(Refusal::AlreadyPosted.into());
        }
        let body = stored.body.map(|sealed| self.seal.open(self.cell(), &sealed)).transpose()?;
        let mut response = Response::new(body.map_or_else(Body::empty, Body::from));
        *response.status_mut() = status;
        for (name, value) in [(header::LOCATION, stored.location), (header::CONTENT_TYPE, stored.content_type)] {
            if let Some(value) = value {
                response.headers_mut().insert(name, HeaderValue::from_str(&value)?);
            }
        }
        response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
        Ok(response)
    }
}

fn text(response: &Response, name: HeaderName) -> Option<String> {
    response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

async fn copied(response: Response) -> Result<(Response, Option<Bytes>)> {
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, KEPT).await?;
    Ok((Response::from_parts(parts, Body::from(bytes.clone())), Some(bytes)))
}

/// Forgets keys older than `age`; for the housekeeping of the process.
///
/// # Errors
/// Internal failures only.
pub async fn sweep(db: &Db, age: TimeDelta) -> Result<u64> {
    let actor = Actor::system("replay.sweep");
    let swept = db.write(Lane::Jobs, &actor, async |tx| {
        let old = Query::delete().from_table("replays").and_where(Expr::col("at").lt(tx.now() - age)).to_owned();
        Ok(tx.execute(&old).await?.rows_affected())
    });
    swept.await
}
