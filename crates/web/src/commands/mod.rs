//! Commands of phones that were offline: each takes effect exactly once, in the order of its case, however late.
//!
//! ```text
//! envelope ─ known? ──yes──▶ already
//!    │ no
//!    ├─ case not visible, verb unknown, foreign device ──▶ refused
//!    ├─ predecessor (same device and case, seq - 1) missing ──▶ parked, sealed; run when the predecessor is there
//!    ├─ somebody else changed the case since base_version ──▶ conflict(current)
//!    └─ effect and answer in one transaction ──▶ done
//! ```
//!
//! Rooms bring verbs as a [`Bench`]. An answer is kept for 90 days ([`sweep`]); what is parked for longer than 72 hours
//! is trouble for the dispatcher, and so is what was refused or in conflict ([`troubles`]). Photos come by themselves, in pieces, named by their SM3 (`files`).

mod book;
mod devices;
mod envelope;
mod files;
mod intake;
mod photo;
mod refusal;
pub mod troubles;

use std::sync::Arc;

use async_trait::async_trait;
use axum::{Extension, Json, extract::State};
use kernel::{Actor, Common, Home, Instant, Region, Result};
use serde_json::Value;
use store::{
    Tx,
    blobs::Sm3,
    tables::{Class, Declared},
};
use utoipa::OpenApi as _;
use uuid::Uuid;

pub(crate) use self::devices::{hear, revoke_phones};
pub use self::{
    book::sweep,
    devices::{DeviceIn, DeviceOut},
    envelope::{Answer, BatchIn, BatchOut, DeviceState, Envelope, Outcome, Why},
    files::Received,
    refusal::Refusal,
    troubles::{Settlement, Trouble},
};
use crate::{
    edge::ApiResult,
    frame::Frame,
    routes::{Access, Routes},
    session::Session,
    state::AppState,
};

/// The tables of this room.
pub(crate) const TABLES: &[Declared] = &[
    ("devices", Class::Own),
    ("commands", Class::Distributed),
    ("command_files", Class::Distributed),
    ("file_chunks", Class::Distributed),
];

/// A case that commands are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// The home of its key.
    pub home: Home,
    /// The case.
    pub id: Uuid,
    /// Where it is now.
    pub place: Region,
    /// The person whose data it holds; files are sealed with this person's key.
    pub person: Uuid,
}

/// A case as it stands, for a phone that knew an older one.
#[derive(Clone, Debug, PartialEq)]
pub struct Current {
    /// Its version.
    pub version: i32,
    /// What the phone needs to show: a JSON object.
    pub shown: Value,
}

/// A command on its way to its effect.
#[derive(Clone, Debug)]
pub struct Command {
    /// Its id, made on the phone.
    pub id: Uuid,
    /// The case's public key.
    pub key: String,
    /// The verb.
    pub verb: String,
    /// When it happened: the phone's time corrected, not before the last contact and not after now.
    pub at: Instant,
    /// The phone may have been silent then, as it says; else nobody but a person can tell when it happened.
    pub is_believed: bool,
    /// What is added to the phone's times to correct them, in milliseconds.
    pub offset_ms: i64,
    /// What the verb needs.
    pub body: Value,
    /// Files that it speaks of.
    pub files: Vec<Sm3>,
}

/// The verbs of one kind of case.
#[async_trait]
pub trait Bench: Send + Sync {
    /// The verbs: `order.check_in`.
    fn verbs(&self) -> &'static [&'static str];

    /// The case of a public key, when the actor may see it.
    ///
    /// # Errors
    /// [`Common::NotFound`] when it is not there or not visible.
    async fn case(&self, state: &AppState, actor: &Actor, key: &str) -> Result<Case>;

    /// Makes a command ready outside any transaction: reads its body, opens keys.
    ///
    /// # Errors
    /// Whatever refuses it; the phone is told and the command is over.
    async fn prepare(&self, state: &AppState, actor: &Actor, command: &Command) -> Result<Box<dyn Effect>>;

    /// A file of which a command spoke is here now, in the write that keeps it for good.
    ///
    /// # Errors
    /// Internal failures only.
    async fn filed(&self, _tx: &Tx, _file: Filed) -> Result<()> {
        Ok(())
    }
}

/// A file that came and stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filed {
    /// The home of its person.
    pub home: Home,
    /// Whose data it is.
    pub person: Uuid,
    /// Its name.
    pub sm3: Sm3,
}

/// A command made ready.
#[async_trait]
pub trait Effect: Send + Sync {
    /// The case as it stands.
    ///
    /// # Errors
    /// [`Common::NotFound`]; internal failures.
    async fn current(&self, tx: &Tx) -> Result<Current>;

    /// Takes effect; the case's version afterwards.
    ///
    /// # Errors
    /// What the room refuses; nothing of the write is kept then, and the phone is told.
    async fn run(&self, tx: &Tx) -> Result<i32>;
}

/// All benches of the house.
#[derive(Clone, Default)]
pub(crate) struct Benches(Arc<Vec<Arc<dyn Bench>>>);

impl Benches {
    pub(crate) fn new(benches: Vec<Arc<dyn Bench>>) -> Self {
        Self(Arc::new(benches))
    }

    fn of_verb(&self, verb: &str) -> Result<&dyn Bench> {
        let found = self.0.iter().find(|bench| bench.verbs().contains(&verb));
        Ok(found.ok_or_else(|| Refusal::UnknownVerb { verb: verb.to_owned() })?.as_ref())
    }

    /// Tells every room of a file.
    async fn filed(&self, tx: &Tx, file: Filed) -> Result<()> {
        for bench in self.0.iter() {
            bench.filed(tx, file).await?;
        }
        Ok(())
    }

    /// The case of a key of any kind.
    async fn case(&self, state: &AppState, actor: &Actor, key: &str) -> Result<Case> {
        for bench in self.0.iter() {
            match bench.case(state, actor, key).await {
                Err(failure) if failure.code() == Some("not_found") => {}
                found => return found,
            }
        }
        Err(Common::NotFound.into())
    }
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(post_commands, devices::post_device, devices::post_revocation, files::post_file))]
struct Api;

/// The description of these routes.
pub(crate) fn api() -> utoipa::openapi::OpenApi {
    Api::openapi()
}

/// Where phones send what they have queued.
pub(crate) const ADDRESS: &str = "/api/v1/commands";

pub(crate) fn routes() -> Routes {
    Routes::new("web")
        .commands(ADDRESS, Access::SignedIn, envelope::LARGEST_BATCH, post_commands)
        .commands("/api/v1/files/{sm3}", Access::SignedIn, files::LARGEST_CHUNK, files::post_file)
        .commands("/api/v1/devices", Access::SignedIn, 4096, devices::post_device)
        .commands("/api/v1/devices/revocations", Access::SignedIn, 4096, devices::post_revocation)
}

/// Takes commands, answers each.
#[utoipa::path(
    post, path = "/api/v1/commands", tag = "phone", request_body = BatchIn, security(("session" = [])),
    responses((status = 200, description = "An answer for each command that could be judged.", body = BatchOut))
)]
async fn post_commands(
    State(state): State<AppState>,
    Extension(frame): Extension<Frame>,
    session: Session,
    Json(mut batch): Json<BatchIn>,
) -> ApiResult<Json<BatchOut>> {
    batch.commands.iter_mut().for_each(|command| command.clean(state.clock().now()));
    Ok(Json(intake::take(&state, &session, batch).await?.told(frame.locale)))
}
