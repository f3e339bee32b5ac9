//! A register small enough to see through: rows of `elders` and their journal entries, as the registry writes them.

use chrono::{NaiveDate, TimeDelta};
use insight::statistics::{Rollups, birthdays, fold, recount};
use kernel::{Clock, Event, Facts, Instant, Key, Region, Scope, age_on};
use sea_orm::{ConnectionTrait, Statement};
use serde::Serialize;
use serde_json::{Value, json};
use store::{Lane, Tx, consumers::catch_up, testing::TestDb};
use uuid::Uuid;

pub fn place(text: &str) -> Region {
    text.parse().unwrap()
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Facts of any shape; the kind is put in afterwards.
#[derive(Serialize)]
#[serde(transparent)]
struct Any(Value);

impl Facts for Any {
    const KIND: &'static str = "test.any";
}

/// An event of any kind about a subject in a place.
pub fn event(kind: &'static str, subject: u128, at: Region, facts: Value) -> Event {
    let key = Key::<Any>::new(at.home().unwrap(), Uuid::from_u128(subject));
    Event { kind, ..Event::new(key, at, &Any(facts)).unwrap() }
}

/// An elder as the case table has them.
#[derive(Clone, Copy, Debug)]
pub struct Elder {
    pub id: u128,
    pub home: Region,
    pub place: Region,
    pub birth_on: NaiveDate,
    pub living: i16,
    pub tags: i64,
    pub status: i16,
}

/// An order as the case table has it.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    pub id: u128,
    pub place: Region,
    pub stage: i16,
    pub window_end: Instant,
    pub placed_at: Instant,
    pub started_at: Option<Instant>,
    pub ended_at: Option<Instant>,
    pub score: Option<i16>,
}

/// A database with a register in it.
pub struct Register {
    pub test: TestDb,
    pub rollups: Rollups,
}

impl Register {
    pub fn new(test: TestDb) -> Self {
        Self { test, rollups: Rollups::default() }
    }

    pub fn today(&self) -> NaiveDate {
        self.test.clock.today()
    }

    pub async fn write(&self, change: impl AsyncFnOnce(&Tx)) {
        let (db, actor) = (&self.test.db, self.test.operator());
        let written = db.write(Lane::Interactive, &actor, async |tx| {
            change(&tx).await;
            Ok(())
        });
        written.await.unwrap();
    }

    /// Journals events that are about no elder's file.
    pub async fn journal(&self, events: Vec<Event>) {
        self.write(async |tx| events.into_iter().for_each(|event| tx.journal(event))).await;
    }

    /// Opens a file; counted from `on`.
    pub async fn register(&self, elder: &Elder, on: NaiveDate) {
        self.write(async |tx| {
            let sql = "INSERT INTO elders (home, id, place, number, name, pinyin, sex, birth_on, cert_kind, cert_mask, \
                       mobile_mask, landline_mask, living, tags, status, version, registered_at, updated_at) \
                       VALUES ($1, $2, $3, '', '某', 'mou', 2, $4, 1, '', '', '', $5, $6, $7, 1, $8, $8)";
            let values: [sea_orm::Value; 8] = [
                elder.home.home().unwrap().number().into(),
                Uuid::from_u128(elder.id).into(),
                elder.place.code().into(),
                elder.birth_on.into(),
                elder.living.into(),
                elder.tags.into(),
                elder.status.into(),
                tx.now().into(),
            ];
            run(tx, sql, values).await;
            let tags: Vec<i16> = (1..=12).filter(|tag| elder.tags & (1 << tag) != 0).collect();
            let facts = json!({ "sex": 2, "birth_year": elder.birth_on.format("%Y").to_string().parse::<i32>().unwrap(),
                "age": age_on(elder.birth_on, on), "living": elder.living, "tags": tags, "run": null });
            tx.journal(event("elder.registered", elder.id, elder.place, facts).on_day(on));
        })
        .await;
    }

    /// Changes a file from `before` to `after`, as of a day.
    pub async fn change(&self, before: &Elder, after: &Elder, on: NaiveDate) {
        self.write(async |tx| {
            let sql = "UPDATE elders SET place = $1, birth_on = $2, living = $3, tags = $4, status = $5 \
                       WHERE home = $6 AND id = $7";
            let values: [sea_orm::Value; 7] = [
                after.place.code().into(),
                after.birth_on.into(),
                after.living.into(),
                after.tags.into(),
                after.status.into(),
                after.home.home().unwrap().number().into(),
                Uuid::from_u128(after.id).into(),
            ];
            run(tx, sql, values).await;
            let told = |kind, facts| {
                let key = Key::<Any>::new(after.home.home().unwrap(), Uuid::from_u128(after.id));
                let event = Event::new(key, after.place, &Any(facts)).unwrap();
                tx.journal(Event { kind, ..event }.on_day(on));
            };
            let codes = |bits: i64| (1..=12).filter(|tag| bits & (1 << tag) != 0).collect::<Vec<i16>>();
            if before.place != after.place {
                told(
                    "elder.moved",
                    json!({ "from": before.place, "to": after.place, "age": 0, "living": after.living,
                    "tags": codes(after.tags), "sex": 2 }),
                );
            } else if before.status != after.status {
                told("elder.ended", json!({ "status": after.status }));
            } else {
                let living = (before.living != after.living).then_some((before.living, after.living));
                told(
                    "elder.changed",
                    json!({ "fields": [], "living": living, "run": null,
                    "tags_added": codes(after.tags & !before.tags), "tags_removed": codes(before.tags & !after.tags) }),
                );
            }
        })
        .await;
    }

    /// Places an order, or moves one on: its row, and its entries.
    pub async fn order(&self, order: &Order, kinds: &[&'static str]) {
        self.write(async |tx| {
            run(tx, "DELETE FROM orders WHERE id = $1", [Uuid::from_u128(order.id).into()]).await;
            let sql = "INSERT INTO orders (home, id, place, number, elder, item, item_name, class, minutes, \
                       least_minutes, pair, window_start, window_end, channel, price_fen, subsidy_fen, own_fen, \
                       rulebook, status, tries, placed_at, started_at, ended_at, score, closed_at, version) \
                       VALUES ($1, $2, $3, $4, $2, 'A01', '助浴', 2, 60, 30, $5, $6, $6, 1, 100, 0, 100, $2, $7, 0, \
                       $8, $9, $10, $11, $12, 1)";
            let values: [sea_orm::Value; 12] = [
                order.place.home().unwrap().number().into(),
                Uuid::from_u128(order.id).into(),
                order.place.code().into(),
                order.id.to_string().into(),
                false.into(),
                order.window_end.into(),
                order.stage.into(),
                order.placed_at.into(),
                order.started_at.into(),
                order.ended_at.into(),
                order.score.into(),
                (order.stage >= 80).then_some(tx.now()).into(),
            ];
            run(tx, sql, values).await;
            for kind in kinds {
                let late = order.started_at.map(|at| (at - order.window_end).num_seconds());
                tx.journal(event(kind, order.id, order.place, json!({ "late_secs": late, "score": order.score })));
            }
        })
        .await;
    }

    /// Folds what is new.
    pub async fn fold(&self) -> u64 {
        catch_up(&self.test.db, &self.rollups).await.unwrap()
    }

    /// Lets days pass; at each midnight the birthdays are journaled.
    pub async fn pass(&self, days: i64) {
        for _ in 0..days {
            self.test.clock.advance(TimeDelta::days(1));
            self.fold().await;
            birthdays::turn(&self.test.db).await.unwrap();
        }
        self.fold().await;
    }

    /// Fails when a recount says anything else than the roll-ups.
    pub async fn assert_recounted(&self, what: &str) {
        self.fold().await;
        birthdays::turn(&self.test.db).await.unwrap();
        self.fold().await;
        let differences = recount::recount(&self.test.db, &Scope::whole()).await.unwrap();
        assert!(differences.is_empty(), "{what}: {differences:?}");
    }

    pub async fn cursor(&self) -> i64 {
        let sql = format!("SELECT COALESCE(MAX(seq), 0) AS n FROM cursors WHERE consumer = '{}'", fold::NAME);
        let db = &self.test.db;
        let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap().unwrap();
        row.try_get("", "n").unwrap()
    }
}

async fn run(tx: &Tx, sql: &str, values: impl IntoIterator<Item = sea_orm::Value>) {
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.unwrap();
}
