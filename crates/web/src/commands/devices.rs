//! Phones that may work offline: each is registered by an account for a time and may be revoked.

use axum::{
    Json,
    extract::{Request, State},
    http::HeaderMap,
    middleware::Next,
    response::Response,
};
use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Actor, Instant, Result};
use sea_orm::{
    ConnectionTrait, FromQueryResult,
    sea_query::{Expr, ExprTrait, Query},
};
use serde::{Deserialize, Serialize};
use store::{Db, Lane, Tx};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{DeviceState, Refusal};
use crate::{edge::ApiResult, session::Session, state::AppState};

const COLUMNS: [&str; 9] =
    ["id", "account", "made_at", "until", "contact_at", "seen_at", "quiet_from", "back_at", "revoked_at"];

/// A phone's row.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Device {
    pub id: Uuid,
    pub account: Uuid,
    pub made_at: DateTime<Utc>,
    pub until: DateTime<Utc>,
    pub contact_at: DateTime<Utc>,
    /// The last request of its owner, of any kind.
    pub seen_at: Option<DateTime<Utc>>,
    /// The last silence of its owner: since when, and when the first request came after it.
    pub quiet_from: Option<DateTime<Utc>>,
    pub back_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// What a phone cannot have sent for so long counts as made without a network.
const QUIET: TimeDelta = TimeDelta::minutes(5);
/// What the silence left behind is sent within this.
const CATCHING_UP: TimeDelta = TimeDelta::minutes(30);
/// Clocks are measured, not known.
const SLACK: TimeDelta = TimeDelta::minutes(2);
/// A request is noted at most this often.
const NOTED_EVERY: TimeDelta = TimeDelta::seconds(60);

impl Device {
    /// Since when a moment that the phone tells is believed; none when it is not: it lies ahead, before the last contact,
    /// or in a time in which the phone's owner was heard of and the phone sent nothing.
    pub(super) fn believes(&self, told: Instant, now: Instant) -> Option<Instant> {
        let floor = Ord::max(self.contact_at, self.made_at);
        let recent = Ord::max(now - QUIET, floor);
        if told >= recent - SLACK && told <= now + SLACK {
            return Some(recent);
        }
        let (from, back) = self.quiet_from.zip(self.back_at)?;
        let from = Ord::max(from, floor);
        (now - back <= CATCHING_UP && told >= from - SLACK && told <= back + SLACK).then_some(from)
    }
}

/// Registers a phone or prolongs its time.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct DeviceIn {
    /// The phone, when it is registered already.
    #[serde(default)]
    pub device: Option<Uuid>,
}

/// A registered phone.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeviceOut {
    /// The phone.
    pub device: Uuid,
    /// How long it may work offline.
    pub until: DateTime<Utc>,
    /// Our time.
    pub now: DateTime<Utc>,
}

/// Revokes a phone.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct RevocationIn {
    /// The phone.
    pub device: Uuid,
}

/// What the phone may be told about itself.
pub(super) fn state_of(device: Option<&Device>, account: Uuid, now: Instant) -> DeviceState {
    match device {
        Some(device) if device.account != account => DeviceState::Foreign,
        Some(device) if device.revoked_at.is_some() => DeviceState::Revoked,
        Some(device) if device.until <= now => DeviceState::Over,
        Some(_) => DeviceState::Active,
        None => DeviceState::Foreign,
    }
}

pub(super) async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Device>> {
    let select = Query::select().columns(COLUMNS).from("devices").and_where(Expr::col("id").eq(id)).to_owned();
    let row = db.query_one(&select).await?;
    Ok(row.map(|row| Device::from_query_result(&row, "")).transpose()?)
}

/// Notes that the owner of phones was heard of: whatever they were silent about happened before now. A silence is
/// remembered until the next one.
async fn heard(db: &Db, actor: &Actor, account: Uuid) -> Result<()> {
    let now = db.clock().now();
    let select = Query::select()
        .columns(COLUMNS)
        .from("devices")
        .and_where(Expr::col("account").eq(account))
        .and_where(Expr::col("revoked_at").is_null())
        .and_where(Expr::col("seen_at").is_null().or(Expr::col("seen_at").lte(now - NOTED_EVERY)))
        .to_owned();
    let rows = db.query_all(&select).await?;
    let stale: Vec<_> = rows.iter().map(|row| Device::from_query_result(row, "")).collect::<Result<_, _>>()?;
    if stale.is_empty() {
        return Ok(());
    }
    db.write(Lane::Interactive, actor, async |tx| {
        for device in &stale {
            let seen = device.seen_at.unwrap_or(device.made_at);
            let mut update = Query::update();
            update.table("devices").value("seen_at", now).and_where(Expr::col("id").eq(device.id)).and_where(
                match device.seen_at {
                    Some(at) => Expr::col("seen_at").eq(at),
                    None => Expr::col("seen_at").is_null(),
                },
            );
            if now - seen >= QUIET {
                update.value("quiet_from", seen).value("back_at", now);
            }
            tx.execute(&update).await?;
        }
        Ok(())
    })
    .await
}

/// Notes each request of somebody who is signed in, of whatever kind, against the phones of the account.
pub(crate) async fn hear(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if let Some(session) = request.extensions().get::<Session>() {
        let now = state.clock().now();
        // The session's own time is written once a minute; one that has just begun is looked at each time.
        let noted = now - session.row.seen_at < NOTED_EVERY && now - session.row.made_at >= NOTED_EVERY;
        if !noted && let Err(failure) = heard(&state.db, &session.actor, session.account_id()).await {
            // A request that reads must not fail because its time could not be noted.
            tracing::warn!(?failure, "the time of a phone's owner could not be noted");
        }
    }
    next.run(request).await
}

/// Notes that nothing made before now waits on the phone any more.
pub(super) async fn contact(tx: &Tx, device: Uuid) -> Result<()> {
    set(tx, device, "contact_at", tx.now()).await
}

async fn set(tx: &Tx, device: Uuid, column: &'static str, at: Instant) -> Result<()> {
    let update = Query::update().table("devices").value(column, at).and_where(Expr::col("id").eq(device)).to_owned();
    tx.execute(&update).await?;
    Ok(())
}

/// Registers the phone that asks, or prolongs its offline time.
#[utoipa::path(
    post, path = "/api/v1/devices", tag = "phone", request_body = DeviceIn, security(("session" = [])),
    responses((status = 200, description = "The phone and how long it may work offline.", body = DeviceOut))
)]
pub(super) async fn post_device(
    State(state): State<AppState>,
    session: Session,
    headers: HeaderMap,
    Json(asked): Json<DeviceIn>,
) -> ApiResult<Json<DeviceOut>> {
    let agent: String =
        headers.get("user-agent").and_then(|agent| agent.to_str().ok()).unwrap_or_default().chars().take(200).collect();
    let account = session.account_id();
    let length = TimeDelta::from_std(state.config.offline)?;
    let registered = state.db.write(Lane::Interactive, &session.actor, async |tx| {
        let until = tx.now() + length;
        if let Some(known) = known(&tx, asked.device, account).await? {
            set(&tx, known, "until", until).await?;
            return Ok(DeviceOut { device: known, until, now: tx.now() });
        }
        let device = tx.uuid();
        let insert = Query::insert()
            .into_table("devices")
            .columns(["id", "account", "agent", "made_at", "until", "contact_at", "seen_at"])
            .values([
                device.into(),
                account.into(),
                agent.into(),
                tx.now().into(),
                until.into(),
                tx.now().into(),
                tx.now().into(),
            ])?
            .to_owned();
        tx.execute(&insert).await?;
        Ok(DeviceOut { device, until, now: tx.now() })
    });
    Ok(Json(registered.await?))
}

/// The phone, when it is this account's; one that is unknown here gets a new registration.
async fn known(tx: &Tx, device: Option<Uuid>, account: Uuid) -> Result<Option<Uuid>> {
    let Some(id) = device else { return Ok(None) };
    let found = find(tx, id).await?;
    match state_of(found.as_ref(), account, tx.now()) {
        DeviceState::Active | DeviceState::Over => Ok(Some(id)),
        DeviceState::Revoked => Err(Refusal::RevokedDevice.into()),
        DeviceState::Foreign if found.is_none() => Ok(None),
        DeviceState::Foreign => Err(Refusal::ForeignDevice.into()),
    }
}

/// Revokes all phones of an account; each wipes itself at its next contact.
pub(crate) async fn revoke_phones(tx: &Tx, account: Uuid) -> Result<()> {
    let update = Query::update()
        .table("devices")
        .value("revoked_at", tx.now())
        .and_where(Expr::col("account").eq(account))
        .and_where(Expr::col("revoked_at").is_null())
        .to_owned();
    tx.execute(&update).await?;
    Ok(())
}

/// Revokes one of one's own phones; it wipes itself at its next contact.
#[utoipa::path(
    post, path = "/api/v1/devices/revocations", tag = "phone", request_body = RevocationIn, security(("session" = [])),
    responses((status = 200, description = "The phone is revoked."), (status = 404, description = "Not one's own."))
)]
pub(super) async fn post_revocation(
    State(state): State<AppState>,
    session: Session,
    Json(asked): Json<RevocationIn>,
) -> ApiResult<Json<serde_json::Value>> {
    let account = session.account_id();
    let revoked = state.db.write(Lane::Interactive, &session.actor, async |tx| {
        let update = Query::update()
            .table("devices")
            .value("revoked_at", tx.now())
            .and_where(Expr::col("id").eq(asked.device))
            .and_where(Expr::col("account").eq(account))
            .to_owned();
        Ok(tx.execute(&update).await?.rows_affected())
    });
    if revoked.await? == 0 {
        return Err(kernel::Common::NotFound.into());
    }
    Ok(Json(serde_json::json!({ "device": asked.device, "revoked": true })))
}
