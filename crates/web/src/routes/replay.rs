//! Each write takes effect once: a form posted twice is answered with its first result, a JSON write with the stored
//! answer of its `Idempotency-Key`.
//!
//! The key is claimed before the handler runs, so that two at a time cannot both run. A handler that refuses gives the
//! key back; one that a kill cut short keeps it, because nobody knows what it did.

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use bytes::Bytes;
use chrono::TimeDelta;
use kernel::{Actor, Failure, Result};
use sea_orm::{
    ConnectionTrait, FromQueryResult,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};
use sm3::{Digest as _, Sm3};
use store::{Db, Lane};
use uuid::Uuid;

use super::{RouteRow, forgery::Carried};
use crate::{accounts::Refusal, edge::problem, session::Session, state::AppState};

/// The header that names a JSON write, chosen by the client: 1 to 200 characters.
pub const IDEMPOTENCY_HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// How long a second request waits for the result of the first (a double click).
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
}

#[derive(Debug, FromQueryResult)]
struct Stored {
    request_hash: Vec<u8>,
    status: Option<i32>,
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
    let (request, claim) = claimed(row, &session, request).await?;
    let Some(claim) = claim else { return Ok(run(request).await) };
    if !claim.take(&state.db, &session.actor).await? {
        return claim.first_answer(&state.db).await;
    }
    let response = run(request).await;
    if response.status().is_success() || response.status().is_redirection() {
        claim.keep(&state.db, &session.actor, response).await
    } else {
        claim.give_back(&state.db, &session.actor).await?;
        Ok(response)
    }
}

/// The key that a request carries, if its route needs or takes one.
async fn claimed(row: &RouteRow, session: &Session, request: Request) -> Result<(Request, Option<Claim>)> {
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
    let claim = Claim {
        account: session.account_id(),
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

impl Claim {
    /// Whether this request is the first with its key.
    async fn take(&self, db: &Db, actor: &Actor) -> Result<bool> {
        db.write(Lane::Interactive, actor, async |tx| {
            let insert = Query::insert()
                .into_table("replays")
                .columns(["account", "key_hash", "route", "request_hash", "at"])
                .values([
                    self.account.into(),
                    self.key_hash.clone().into(),
                    self.route.into(),
                    self.request_hash.clone().into(),
                    tx.now().into(),
                ])?
                .on_conflict(OnConflict::columns(["account", "key_hash"]).do_nothing().to_owned())
                .to_owned();
            Ok(tx.execute(&insert).await?.rows_affected() == 1)
        })
        .await
    }

    /// What the first request was answered, waiting a moment for it.
    async fn first_answer(&self, db: &Db) -> Result<Response> {
        let waited = tokio::time::timeout(PATIENCE, async {
            loop {
                match self.stored(db).await? {
                    Some(Stored { status: None, .. }) => tokio::time::sleep(LOOK_EVERY).await,
                    stored => return Ok::<_, Failure>(stored),
                }
            }
        });
        let running = || if self.api { Refusal::StillRunning } else { Refusal::AlreadyPosted };
        // The first one was refused meanwhile and gave the key back; whoever posted twice has its answer.
        let stored = waited.await.map_err(|_| running())??.ok_or_else(running)?;
        if stored.request_hash != self.request_hash {
            return Err(if self.api { Refusal::KeyReused } else { Refusal::AlreadyPosted }.into());
        }
        replayed(stored, self.api)
    }

    async fn stored(&self, db: &Db) -> Result<Option<Stored>> {
        let find = Query::select()
            .columns(["request_hash", "status", "location", "content_type", "body"])
            .from("replays")
            .and_where(Expr::col("account").eq(self.account))
            .and_where(Expr::col("key_hash").eq(self.key_hash.clone()))
            .to_owned();
        let row = db.query_one(&find).await?;
        Ok(row.map(|row| Stored::from_query_result(&row, "")).transpose()?)
    }

    /// Keeps the answer for a replay.
    async fn keep(&self, db: &Db, actor: &Actor, response: Response) -> Result<Response> {
        let (location, content_type) = (text(&response, header::LOCATION), text(&response, header::CONTENT_TYPE));
        let status = i32::from(response.status().as_u16());
        let (response, body) = if self.api { copied(response).await? } else { (response, None) };
        db.write(Lane::Interactive, actor, async |tx| {
            let update = Query::update()
                .table("replays")
                .value("status", status)
                .value("location", location.clone())
                .value("content_type", content_type.clone())
                .value("body", body.as_ref().map(|body| body.to_vec()))
                .and_where(Expr::col("account").eq(self.account))
                .and_where(Expr::col("key_hash").eq(self.key_hash.clone()))
                .to_owned();
            tx.execute(&update).await?;
            Ok(())
        })
        .await?;
        Ok(response)
    }

    async fn give_back(&self, db: &Db, actor: &Actor) -> Result<()> {
        db.write(Lane::Interactive, actor, async |tx| {
            let delete = Query::delete()
                .from_table("replays")
                .and_where(Expr::col("account").eq(self.account))
                .and_where(Expr::col("key_hash").eq(self.key_hash.clone()))
                .to_owned();
            tx.execute(&delete).await?;
            Ok(())
        })
        .await
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

/// A form's answer is replayed when it led on to another page; a JSON answer always.
fn replayed(stored: Stored, api: bool) -> Result<Response> {
    let status = StatusCode::from_u16(u16::try_from(stored.status.unwrap_or_default())?)?;
    if !api && !status.is_redirection() {
        return Err(Refusal::AlreadyPosted.into());
    }
    let mut response = Response::new(stored.body.map_or_else(Body::empty, Body::from));
    *response.status_mut() = status;
    for (name, value) in [(header::LOCATION, stored.location), (header::CONTENT_TYPE, stored.content_type)] {
        if let Some(value) = value {
            response.headers_mut().insert(name, HeaderValue::from_str(&value)?);
        }
    }
    response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
    Ok(response)
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
