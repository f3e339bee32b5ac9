//! A clock that jumps must not age people, let deadlines pass or stop figures: while it differs from the time that really
//! passed, recurring work rests and an alarm is told.

use std::time::Duration;

use chrono::TimeDelta;
use kernel::{Instant, Result};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, Order, Query},
};
use tokio::sync::watch;

use crate::{Db, journal};

/// How far wall clock and machine may differ since the start: more than a leap second, less than anybody's deadline.
const MAY_DIFFER: TimeDelta = TimeDelta::seconds(60);
/// Newest entries further ahead than this say that the clock was put back.
pub const BEHIND: TimeDelta = TimeDelta::seconds(60);
/// A platform that nobody wrote to for so long was off, or its clock ran ahead.
pub const AHEAD: TimeDelta = TimeDelta::days(30);
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// What the wall clock says beside what the journal knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// As it should.
    Right,
    /// Entries stand in its future.
    Behind(Instant),
    /// Nothing was written for very long.
    Ahead(Instant),
}

/// Holds the clock against the newest entry of the journal.
///
/// # Errors
/// Internal failures only.
pub async fn standing(db: &Db) -> Result<Standing> {
    let (now, mut newest) = (db.clock().now(), None::<Instant>);
    for head in journal::heads(db).await? {
        let last = Query::select()
            .column("at")
            .from("journal")
            .and_where(Expr::col("home").eq(head.home.number()))
            .order_by("seq", Order::Desc)
            .limit(1)
            .to_owned();
        let row = db.query_one(&last).await?;
        newest = std::cmp::max(newest, row.map(|row| row.try_get("", "at")).transpose()?);
    }
    Ok(match newest {
        Some(newest) if newest > now + BEHIND => Standing::Behind(newest),
        Some(newest) if newest < now - AHEAD => Standing::Ahead(newest),
        _ => Standing::Right,
    })
}

/// Compares the wall clock with the time that the machine counted since the start, until `stop` is set; `passed` is a clock
/// that nobody sets and that goes on while the machine sleeps.
pub async fn watch(db: Db, passed: impl Fn() -> Duration, mut stop: watch::Receiver<bool>) {
    let (wall, machine) = (db.clock().now(), passed());
    while !*stop.borrow() {
        let counted = TimeDelta::from_std(passed().saturating_sub(machine)).unwrap_or(TimeDelta::MAX);
        judge(&db, (db.clock().now() - wall) - counted);
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            changed = stop.changed() => if changed.is_err() { return },
        }
    }
}

/// Notes whether the clock may be believed, by how far it jumped; tells of each change.
pub fn judge(db: &Db, jumped: TimeDelta) {
    let doubtful = jumped.abs() > MAY_DIFFER;
    if doubtful != db.doubt_clock(doubtful) {
        let seconds = jumped.num_seconds();
        if doubtful {
            tracing::error!(
                seconds,
                "ALARM: the clock jumped; deadlines, birthdays and nightly work rest until it is right"
            );
        } else {
            tracing::warn!(seconds, "the clock is right again; recurring work goes on");
        }
    }
}
