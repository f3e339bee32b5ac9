//! The job that answers a siting, with progress.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use kernel::{Actor, Common, Key, Level, Result, Scope};
use store::{
    Db, Lane,
    jobs::{Handle, Job, Worker},
    keys::Keys,
};
use tokio::{sync::watch, task::spawn_blocking};

use super::{KIND, Siting, answer, get};
use crate::circle::{Circle, siting};

/// How often progress is noted.
const TOLD_EVERY: Duration = Duration::from_millis(500);
/// Who answers.
const NAME: &str = "insight.circle";

/// Answers sitings.
#[derive(Clone, Debug)]
pub struct SitingWorker {
    /// The maps in memory.
    pub circle: Circle,
    /// Opens the points.
    pub keys: Keys,
}

#[async_trait]
impl Worker for SitingWorker {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, db: &Db, job: &Job, handle: &Handle) -> Result<()> {
        let body: serde_json::Value = serde_json::from_str(&job.body)?;
        let key: Key<Siting> = body["siting"].as_str().unwrap_or_default().parse().map_err(|_| Common::NotFound)?;
        let siting = get(db, &Scope::whole(), key).await?;
        let city = siting.place.at(Level::City).ok_or(Common::NotFound)?;
        let model = self.circle.model((db, &self.keys), city).await?;
        let (look, candidates) = (siting.wanted.look(), siting::listed(&siting.wanted.candidates)?);
        let asked = (look.walk.number(), look.minutes, look.group);
        let (place, count) = (siting.place, siting.wanted.count);
        let (tell, mut told) = watch::channel(0.0_f64);
        let model = Arc::clone(&model);
        let mut work = spawn_blocking(move || {
            siting::site(&model, place, asked, (count, &candidates), &mut |share| {
                tell.send_replace(share);
            })
        });
        let mut beat = tokio::time::interval(TOLD_EVERY);
        let sited = loop {
            tokio::select! {
                done = &mut work => break done??,
                _ = beat.tick() => {
                    let share = *told.borrow_and_update();
                    handle.progress((share * 100.0) as i64, 100, "").await?;
                }
            }
        };
        db.write(Lane::Jobs, &Actor::system(NAME), async |tx| answer(&tx, &siting, &sited).await).await
    }
}
