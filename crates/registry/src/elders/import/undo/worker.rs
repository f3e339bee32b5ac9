//! Takes imports back as jobs: first a trial that says what would happen, then the deed, each with progress.

use async_trait::async_trait;
use kernel::Result;
use serde::{Deserialize, Serialize};
use store::{
    Db, Tx,
    jobs::{self, Handle, Job, Worker},
    keys::Keys,
};
use uuid::Uuid;

use super::{
    super::{runs, sheets, worker},
    Desk, Follower, Undone, undo,
};

/// The kind of the jobs.
const KIND: &str = "registry.import_undo";

/// Takes imports back.
#[derive(Clone, Debug)]
pub struct UndoWorker(pub Keys);

/// What a job is asked to do.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Asked {
    /// The sheet under whose account and grant it runs.
    sheet: Uuid,
    run: Uuid,
    dry_run: bool,
}

/// Asks for a trial, or for the deed.
///
/// # Errors
/// [`crate::elders::Refusal::NotReady`] while another such job runs; internal failures.
pub async fn ask(tx: &Tx, sheet: Uuid, run: Uuid, dry_run: bool) -> Result<()> {
    let run = runs::get(tx, run).await?;
    for job in [run.undo_trial, run.undo_job].into_iter().flatten() {
        if matches!(jobs::get(tx, job).await?.state.as_str(), "waiting" | "running") {
            return Err(crate::elders::Refusal::NotReady.into());
        }
    }
    let asked = Asked { sheet, run: run.id, dry_run };
    let job = jobs::ask(tx, KIND, &serde_json::to_value(asked)?).await?;
    runs::set_undo_job(tx, &run, job, dry_run).await
}

#[async_trait]
impl Worker for UndoWorker {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, db: &Db, job: &Job, handle: &Handle) -> Result<()> {
        let asked: Asked = serde_json::from_str(&job.body)?;
        let sheet = sheets::get(db, asked.sheet).await?;
        let actor = worker::actor(db, &sheet).await?;
        let desk = Desk { db, keys: &self.0, actor: &actor };
        let undone = undo(desk, asked.run, asked.dry_run, &mut Watch(handle)).await?;
        Watch(handle).progress(&undone).await
    }
}

struct Watch<'a>(&'a Handle);

impl Follower for Watch<'_> {
    async fn progress(&mut self, undone: &Undone) -> Result<()> {
        self.0.progress(undone.rows, undone.total, &serde_json::to_string(undone)?).await
    }
}
