//! What time alone changes: on their birthday people come into another age band, and the journal says so.
//!
//! Who is due stands in the census, so missed days are made up for by themselves; moving the next turn on and writing
//! the event is one transaction, so everybody turns once.

use std::time::Duration;

use chrono::{NaiveDate, TimeDelta};
use kernel::{Actor, Event, Facts, Home, Key, Region, Result};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, Order, Query},
};
use serde::{Deserialize, Serialize};
use store::{Db, Lane, Tx, leases::Recurring};
use tokio::sync::watch;
use uuid::Uuid;

use super::counted::{band_on, turns_after};

const NAME: &str = "insight.birthdays";
/// People turned in one transaction: a few hundred guarded updates hold SQLite's writer well below 150 ms.
const BATCH: u64 = 250;

/// An elder came into another age band; the entry's business day is the birthday.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aged {
    /// The band counted until then: 1 below 60, 2 from 60, … 5 from 90.
    pub band_from: i16,
    /// The band from this birthday on.
    pub band_to: i16,
}

impl Facts for Aged {
    const KIND: &'static str = "elder.aged";
}

/// Somebody whose turn has come.
struct Due {
    home: Home,
    elder: Uuid,
    place: Region,
    birth_on: NaiveDate,
    turns_on: NaiveDate,
}

/// Journals all birthdays up to today at which a band begins, missed days too; how many.
///
/// # Errors
/// Internal failures; what was journaled before stays.
pub async fn turn(db: &Db) -> Result<u64> {
    let mut turned = 0;
    loop {
        let due = due(db, db.clock().today()).await?;
        if due.is_empty() {
            return Ok(turned);
        }
        turned += db
            .write(Lane::Jobs, &Actor::system(NAME), async |tx| {
                let mut turned = 0;
                for due in &due {
                    turned += u64::from(turn_one(&tx, due).await?);
                }
                Ok(turned)
            })
            .await?;
    }
}

async fn due(db: &Db, today: NaiveDate) -> Result<Vec<Due>> {
    let select = Query::select()
        .columns(["home", "elder", "place", "birth_on", "turns_on"])
        .from("census")
        .and_where(Expr::col("turns_on").lte(today))
        .order_by("turns_on", Order::Asc)
        .limit(BATCH)
        .to_owned();
    let rows = db.query_all(&select).await?;
    rows.into_iter()
        .map(|row| {
            Ok(Due {
                home: Home::new(row.try_get("", "home")?)?,
                elder: row.try_get("", "elder")?,
                place: Region::new(row.try_get("", "place")?)?,
                birth_on: row.try_get("", "birth_on")?,
                turns_on: row.try_get("", "turns_on")?,
            })
        })
        .collect()
}

/// Moves the next turn on and journals this one; false when another process was faster.
async fn turn_one(tx: &Tx, due: &Due) -> Result<bool> {
    // The band that begins with this turn follows from the birth date; the census may be some entries behind.
    let band_to = band_on(due.birth_on, due.turns_on);
    let update = Query::update()
        .table("census")
        .value("turns_on", turns_after(due.birth_on, band_to))
        .and_where(Expr::col("home").eq(due.home.number()))
        .and_where(Expr::col("elder").eq(due.elder))
        .and_where(Expr::col("turns_on").eq(due.turns_on))
        .to_owned();
    let won = tx.execute(&update).await?.rows_affected() == 1;
    if won {
        let facts = Aged { band_from: band_to - 1, band_to };
        tx.journal(Event::new(Key::<Aged>::new(due.home, due.elder), due.place, &facts)?.on_day(due.turns_on));
    }
    Ok(won)
}

/// Keeps the bands up to date until `stop` is set: at the start, at each midnight in Shanghai, and for those who came
/// in between; of several processes the one with the lease.
pub async fn follow(db: Db, stop: watch::Receiver<bool>) {
    let recurring = Recurring { name: NAME, term: TimeDelta::seconds(90), pause: Duration::from_secs(30) };
    let failed = |failure| tracing::error!(?failure, "birthdays were not journaled; trying again");
    recurring.follow(db, stop, |db| async move { turn(&db).await }, failed).await;
}
