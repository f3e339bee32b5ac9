//! The tail: each process reads what was newly committed, by itself or by others, and tells its screens and caches.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use kernel::{Home, Result, Scope};
use serde::Deserialize;
use tokio::sync::{broadcast, watch};
use uuid::Uuid;

use crate::{Db, journal};

/// How often commits of other processes are looked for.
const INTERVAL: Duration = Duration::from_millis(250);
/// Entries kept for a screen that is slow to listen; a slower one is told to reload.
const BACKLOG: usize = 4_096;

/// The tail of one process.
#[derive(Clone, Debug)]
pub struct Tail(broadcast::Sender<Arc<journal::Entry>>);

/// The organisations, workers and accounts that an entry's facts name as taking part.
#[derive(Deserialize)]
struct Parties {
    #[serde(default)]
    parties: Vec<Uuid>,
}

/// Whether a screen of this scope has to do with an entry: it lies in its places, or names it among its `parties`.
#[must_use]
pub fn concerns(entry: &journal::Entry, scope: &Scope) -> bool {
    match scope {
        Scope::Place(range) => (range.lo..=range.hi).contains(&entry.place),
        Scope::Grantee(id) | Scope::Own(id) => {
            entry.person == Some(*id) || entry.facts::<Parties>().is_ok_and(|facts| facts.parties.contains(id))
        }
    }
}

impl Tail {
    /// Starts to follow the journal from its present end until `stop` is set.
    ///
    /// # Errors
    /// When the present end cannot be read.
    pub async fn start(db: Db, stop: watch::Receiver<bool>) -> Result<Self> {
        let tail = Self(broadcast::channel(BACKLOG).0);
        let seen = journal::heads(&db).await?.into_iter().map(|head| (head.home, head.seq)).collect();
        tokio::spawn(run(db, tail.0.clone(), seen, stop));
        Ok(tail)
    }

    /// Listens from now on.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Arc<journal::Entry>> {
        self.0.subscribe()
    }
}

async fn run(
    db: Db,
    tell: broadcast::Sender<Arc<journal::Entry>>,
    mut seen: BTreeMap<Home, i64>,
    mut stop: watch::Receiver<bool>,
) {
    let mut commits = db.commits();
    while !*stop.borrow() {
        if let Err(failure) = round(&db, &tell, &mut seen).await {
            tracing::warn!(?failure, "the tail could not read; it tries again");
        }
        tokio::select! {
            () = tokio::time::sleep(INTERVAL) => {}
            changed = commits.changed() => if changed.is_err() { return },
            changed = stop.changed() => if changed.is_err() { return },
        }
    }
}

async fn round(db: &Db, tell: &broadcast::Sender<Arc<journal::Entry>>, seen: &mut BTreeMap<Home, i64>) -> Result<()> {
    for head in journal::heads(db).await? {
        let at = seen.entry(head.home).or_insert(0);
        while *at < head.seq {
            let entries = journal::after(db, head.home, *at, 1_000).await?;
            let Some(last) = entries.last() else { break };
            *at = last.seq;
            for entry in entries {
                // Nobody listening is no fault.
                let _ = tell.send(Arc::new(entry));
            }
        }
    }
    Ok(())
}
