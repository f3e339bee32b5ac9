//! What a serving process does now and then: its figures, the patience with parked
//! commands, and sweeping out sessions, keys and answers that are over.

use std::time::Duration;

use chrono::TimeDelta;
use kernel::{Actor, Result};
use store::{blobs::Blobs, health::Health};

use crate::{commands, routes::sweep_replays, session, state::AppState};

/// How often the figures are read.
const FIGURES_EVERY: Duration = Duration::from_secs(15);
/// Rounds of figures between two sweeps.
const SWEEP_EVERY: u32 = 40;
/// How long a form key or an `Idempotency-Key` is remembered.
const REMEMBERED: TimeDelta = TimeDelta::days(7);

/// Runs until the process stops.
pub async fn run(state: AppState) {
    let stop = state.stop.clone();
    for round in (0..SWEEP_EVERY).cycle() {
        if let Err(failure) = once(&state, round == 0).await {
            tracing::warn!(?failure, "housekeeping failed; it tries again");
        }
        tokio::select! {
            () = tokio::time::sleep(FIGURES_EVERY) => {}
            () = stop.stopped() => return,
        }
    }
}

/// One round: the figures, and the sweep when it is its turn.
///
/// # Errors
/// Internal failures only.
pub async fn once(state: &AppState, sweep: bool) -> Result<()> {
    state.metrics.writers_waiting(state.db.waiting_writers());
    state.metrics.health(&Health::read(&state.db).await?);
    commands::troubles::round(&state.db).await?;
    if sweep {
        session::sweep(&state.db).await?;
        session::sweep_failures(&state.db).await?;
        sweep_replays(&state.db, REMEMBERED).await?;
        commands::sweep(&state.db).await?;
        // A house without files has none to sweep.
        if let Ok(blobs) = state.room::<Blobs>() {
            blobs.sweep(&state.db, &Actor::system("files.sweep"), REMEMBERED).await?;
        }
    }
    state.metrics.sessions(session::count(&state.db).await?);
    Ok(())
}
