//! What nobody referred to goes; what is referred to is proven to be there.

use chrono::{DateTime, TimeDelta, Utc};
use futures::TryStreamExt;
use kernel::{Actor, Home, Result};
use object_store::{ObjectStore, ObjectStoreExt};
use uuid::Uuid;

use super::{Blobs, File, object_path, path, rows};
use crate::{Db, Lane, keys};

/// Rows of one transaction, objects of one look-up.
const CHUNK: usize = 500;

/// What is wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Its object is gone.
    Missing,
    /// Its object does not open, or is another content than the row says.
    Changed,
}

/// A file that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faulty {
    /// The file.
    pub file: File,
    /// What is wrong.
    pub fault: Fault,
}

/// The outcome of a proof of all files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Files whose content was read and is right.
    pub whole: u64,
    /// Files of erased subjects: unreadable by intention.
    pub erased: u64,
    /// The others.
    pub faulty: Vec<Faulty>,
}

impl Blobs {
    /// Deletes files that no case referred to within `kept` since they were sent last; how many.
    ///
    /// # Errors
    /// Internal failures only; the next sweep goes on.
    pub async fn sweep(&self, db: &Db, actor: &Actor, kept: TimeDelta) -> Result<u64> {
        let (mut swept, before) = (0, db.clock().now() - kept);
        for home in rows::homes_with_staged(db).await? {
            loop {
                let waiting = rows::waiting(db, home, before, CHUNK as u64).await?;
                let dropped = db
                    .write(Lane::Jobs, actor, async |tx| {
                        let mut dropped = Vec::with_capacity(waiting.len());
                        for file in &waiting {
                            if rows::drop_waiting(&tx, file, before).await? {
                                dropped.push(path(file));
                            }
                        }
                        Ok(dropped)
                    })
                    .await?;
                for object in &dropped {
                    self.delete(object).await?;
                    swept += 1;
                }
                if waiting.len() < CHUNK {
                    break;
                }
            }
        }
        Ok(swept)
    }

    /// Deletes objects older than `kept` that have no row: left by a death between object and row. Reads the whole
    /// listing, so once a week is enough; how many.
    ///
    /// # Errors
    /// Internal failures only.
    pub async fn sweep_strays(&self, db: &Db, kept: TimeDelta) -> Result<u64> {
        let before = db.clock().now() - kept;
        let mut listing = self.objects.list(None).try_chunks(CHUNK);
        let mut swept = 0;
        while let Some(objects) = listing.try_next().await? {
            let mut old: Vec<(Home, Uuid)> =
                objects.iter().filter_map(|o| named(&o.location)).filter(|(_, id)| made_before(*id, before)).collect();
            old.sort_unstable();
            for of_home in old.chunk_by(|a, b| a.0 == b.0) {
                let ids: Vec<Uuid> = of_home.iter().map(|(_, id)| *id).collect();
                let known = rows::known(db, of_home[0].0, &ids).await?;
                for id in ids.iter().filter(|id| !known.contains(id)) {
                    self.delete(&object_path(of_home[0].0, *id)).await?;
                    swept += 1;
                }
            }
        }
        Ok(swept)
    }

    /// Reads every file and says which are gone or changed; `progress` is told how many were read.
    ///
    /// # Errors
    /// Internal failures only; a faulty file is a finding, not an error.
    pub async fn verify(&self, db: &Db, mut progress: impl FnMut(u64)) -> Result<Report> {
        let (mut report, mut after, mut read) = (Report::default(), (0, Uuid::nil()), 0);
        loop {
            let page = rows::page(db, after, CHUNK as u64).await?;
            for file in &page {
                self.judge(file, &mut report).await?;
                read += 1;
                progress(read);
            }
            match page.last() {
                Some(last) if page.len() == CHUNK => after = (last.home.number(), last.id),
                _ => return Ok(report),
            }
        }
    }

    pub(super) async fn judge(&self, file: &File, report: &mut Report) -> Result<()> {
        let erased = kernel::Refused::from(keys::Refusal::Erased).code;
        match self.open(file).await {
            Ok(_) => report.whole += 1,
            Err(failure) if failure.code() == Some(erased) => report.erased += 1,
            Err(failure) if is_missing(&failure) => {
                report.faulty.push(Faulty { file: file.clone(), fault: Fault::Missing });
            }
            Err(failure) if failure.cause::<crate::sea_orm::DbErr>().is_some() => return Err(failure),
            Err(_) => report.faulty.push(Faulty { file: file.clone(), fault: Fault::Changed }),
        }
        Ok(())
    }

    /// Deletes an object; one that is gone already is as good.
    async fn delete(&self, object: &object_store::path::Path) -> Result<()> {
        match self.objects.delete(object).await {
            Err(object_store::Error::NotFound { .. }) => Ok(()),
            deleted => Ok(deleted?),
        }
    }
}

fn is_missing(failure: &kernel::Failure) -> bool {
    matches!(failure.cause::<object_store::Error>(), Some(object_store::Error::NotFound { .. }))
}

/// The home and id in an object's name; none for files that others put there.
fn named(object: &object_store::path::Path) -> Option<(Home, Uuid)> {
    let mut parts = object.parts();
    let home = Home::new(parts.next()?.as_ref().parse().ok()?).ok()?;
    let id = Uuid::try_parse(parts.nth(1)?.as_ref()).ok()?;
    (object_path(home, id) == *object).then_some((home, id))
}

/// Ids carry the millisecond in which they were made (version 7).
fn made_before(id: Uuid, moment: DateTime<Utc>) -> bool {
    id.get_timestamp().is_some_and(|made| {
        let (seconds, _) = made.to_unix();
        i64::try_from(seconds).is_ok_and(|seconds| seconds < moment.timestamp())
    })
}
