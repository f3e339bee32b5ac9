//! The workers of an organisation as JSON.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use kernel::Action;
use serde::{Deserialize, Serialize};
use store::Lane;
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;
use web::{
    edge::ApiResult,
    query::{Cursor, ListQuery},
    routes::Routes,
    session::Session,
    state::AppState,
};

use super::{Particulars, Worker, actions, pages, queries};
use crate::organisations;

/// A worker.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkerOut {
    id: Uuid,
    name: String,
    /// GB/T 2261.1.
    sex: i16,
    phone: String,
    /// 5 (junior) to 1 (senior technician).
    cert_level: Option<i16>,
    /// Service classes of GB/T 43153, 1 to 7.
    skills: Vec<i16>,
    /// Where the worker sets out from.
    place: i64,
    version: i32,
}

/// A page of workers.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkersOut {
    items: Vec<WorkerOut>,
    /// Pass as `after` for the next page; none on the last.
    next: Option<String>,
}

/// A worker's particulars.
#[derive(Debug, Deserialize, ToSchema)]
pub struct WorkerIn {
    name: String,
    /// 1 male, 2 female.
    sex: i16,
    phone: String,
    cert_level: Option<i16>,
    skills: Vec<i16>,
    /// Name or code; the seat of the organisation when left out.
    #[serde(default)]
    place: String,
}

/// A worker who left.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeftOut {
    worker: Uuid,
    /// Always true.
    left: bool,
}

#[derive(OpenApi)]
#[openapi(paths(list, hire, revise, leave))]
struct Api;

/// The description of these routes.
pub(crate) fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}

pub(crate) fn routes() -> Routes {
    let may = Action::ManageWorkers;
    Routes::new("registry")
        .get("/api/v1/organisations/{organisation}/workers", may, list)
        .post("/api/v1/organisations/{organisation}/workers", may, hire)
        .post("/api/v1/organisations/{organisation}/workers/{worker}/revise", may, revise)
        .post("/api/v1/organisations/{organisation}/workers/{worker}/leave", may, leave)
}

impl From<Worker> for WorkerOut {
    fn from(row: Worker) -> Self {
        Self {
            skills: (1..=7).filter(|class| row.can(*class)).collect(),
            id: row.id,
            name: row.name,
            sex: row.sex,
            phone: row.phone,
            cert_level: row.cert_level,
            place: row.place,
            version: row.version,
        }
    }
}

impl From<WorkerIn> for Particulars {
    fn from(sent: WorkerIn) -> Self {
        Self {
            name: sent.name,
            sex: sent.sex.to_string(),
            phone: sent.phone,
            cert_level: sent.cert_level.map(|level| level.to_string()).unwrap_or_default(),
            skills: sent.skills,
            place: sent.place,
        }
    }
}

/// Who works for an organisation today, by name.
#[utoipa::path(get, path = "/api/v1/organisations/{organisation}/workers", tag = "organisations",
    params(("organisation" = Uuid, Path), ("size" = Option<u64>, Query), ("after" = Option<String>, Query)),
    responses((status = 200, body = WorkersOut), (status = 404)))]
async fn list(
    State(state): State<AppState>,
    session: Session,
    Path(organisation): Path<Uuid>,
    query: ListQuery,
) -> ApiResult<Json<WorkersOut>> {
    organisations::queries::visible(&state.db, &session.scope(), organisation).await?;
    let after = query.get("after").and_then(Cursor::decode).and_then(|cursor| pages::after(&cursor));
    let (size, today) = (query.size(), state.clock().today());
    let mut found = queries::employed(&state.db, organisation, today, after.as_ref(), size + 1).await?;
    let more = found.len() as u64 > size;
    found.truncate(usize::try_from(size)?);
    let next = found.last().filter(|_| more).map(|row| pages::cursor(row).encode());
    Ok(Json(WorkersOut { items: found.into_iter().map(Into::into).collect(), next }))
}

/// Takes a worker on.
#[utoipa::path(post, path = "/api/v1/organisations/{organisation}/workers", tag = "organisations",
    params(("organisation" = Uuid, Path)), request_body = WorkerIn,
    responses((status = 201, body = WorkerOut), (status = 404), (status = 409), (status = 422)))]
async fn hire(
    State(state): State<AppState>,
    session: Session,
    Path(organisation): Path<Uuid>,
    Json(sent): Json<WorkerIn>,
) -> ApiResult<(StatusCode, Json<WorkerOut>)> {
    let new = sent.into();
    let write = async |tx| actions::hire(&tx, organisation, &new).await;
    let made = state.db.write(Lane::Interactive, &session.actor, write).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// Changes a worker's particulars.
#[utoipa::path(post, path = "/api/v1/organisations/{organisation}/workers/{worker}/revise", tag = "organisations",
    params(("organisation" = Uuid, Path), ("worker" = Uuid, Path)), request_body = WorkerIn,
    responses((status = 200, body = WorkerOut), (status = 404), (status = 409), (status = 422)))]
async fn revise(
    State(state): State<AppState>,
    session: Session,
    Path((organisation, worker)): Path<(Uuid, Uuid)>,
    Json(sent): Json<WorkerIn>,
) -> ApiResult<Json<WorkerOut>> {
    let new = sent.into();
    let write = async |tx| actions::revise(&tx, organisation, worker, &new).await;
    Ok(Json(state.db.write(Lane::Interactive, &session.actor, write).await?.into()))
}

/// Ends an employment with yesterday, and the grants from it.
#[utoipa::path(post, path = "/api/v1/organisations/{organisation}/workers/{worker}/leave", tag = "organisations",
    params(("organisation" = Uuid, Path), ("worker" = Uuid, Path)),
    responses((status = 200, body = LeftOut), (status = 404)))]
async fn leave(
    State(state): State<AppState>,
    session: Session,
    Path((organisation, worker)): Path<(Uuid, Uuid)>,
) -> ApiResult<Json<LeftOut>> {
    let write = async |tx| actions::leave(&tx, organisation, worker).await;
    state.db.write(Lane::Interactive, &session.actor, write).await?;
    Ok(Json(LeftOut { worker, left: true }))
}
