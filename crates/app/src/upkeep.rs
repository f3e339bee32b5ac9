//! What a serving process holds against its machine: the clock, and the room on the disk.

use std::{path::PathBuf, sync::Arc, time::Duration};

use kernel::{Result, refusals};
use store::{
    Db,
    steady::{self, Standing},
};
use web::{metrics::Metrics, server::Stop};

refusals! {
    /// How a clock keeps a platform from serving.
    enum Refusal {
        /// The clock was put back, or ran ahead before.
        ClockBehind { now: String, newest: String } => (Conflict, "serve.clock_behind", "系统时间是 {now}，流水里却已有 {newest} 的记录：时钟慢了，或者曾经走快。请先校正时钟；确认现在的时间没有错，再用 --accept-clock 启动"),
        /// The clock runs ahead, or the platform rested very long.
        ClockAhead { now: String, newest: String } => (Conflict, "serve.clock_ahead", "系统时间是 {now}，流水里最新的记录是 {newest}：时钟可能走快了，启动会让期限过期、年龄增长，而且退不回去。确认现在的时间没有错，再用 --accept-clock 启动"),
    }
}

/// Passes when the clock fits the journal.
pub(crate) async fn check_clock(db: &Db) -> Result<()> {
    let shown = |at: kernel::Instant| kernel::local(at).format("%Y-%m-%d %H:%M").to_string();
    let now = shown(db.clock().now());
    match steady::standing(db).await? {
        Standing::Right => Ok(()),
        Standing::Behind(newest) => Err(Refusal::ClockBehind { now, newest: shown(newest) }.into()),
        Standing::Ahead(newest) => Err(Refusal::ClockAhead { now, newest: shown(newest) }.into()),
    }
}

/// Tells how much room there is, four times a minute.
pub(crate) async fn watch_disk(data: PathBuf, metrics: Arc<Metrics>, stop: Stop) {
    loop {
        if let Ok(disk) = rustix::fs::statvfs(&data) {
            metrics.disk_free(disk.f_bavail * disk.f_frsize);
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(15)) => {}
            () = stop.stopped() => return,
        }
    }
}

/// What the machine counted since it was started, its sleep too; nobody sets this clock.
pub(crate) fn passed() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or_default())
}
