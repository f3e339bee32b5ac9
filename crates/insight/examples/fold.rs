//! Figures folded a second, and what a dashboard costs: `cargo run --release -p insight --example fold -- URL ENTRIES`.
//!
//! Journals ENTRIES registrations and orders in the counties of one city, folds them, reads the city's board and
//! recounts it. With 0 entries it folds and recounts a database as it is (`sangyu demo`, `sangyu serve`).
#![expect(clippy::unwrap_used, reason = "a measurement stops at the first surprise")]
#![expect(clippy::print_stdout, reason = "a measurement prints its figures")]

use std::{sync::Arc, time::Instant};

use insight::{
    dashboards::board,
    statistics::{Rollups, birthdays, recount},
};
use kernel::{Actor, Event, Facts, Ids, Key, Region, Scope, SystemClock};
use registry::places;
use sea_orm::{ConnectionTrait, Statement};
use serde::Serialize;
use serde_json::{Value, json};
use store::{Db, Lane, Settings, consumers, migrate};

#[derive(Serialize)]
#[serde(transparent)]
struct Any(Value);

impl Facts for Any {
    const KIND: &'static str = "bench.any";
}

fn event(db: &Db, ids: &Ids, at: Region, kind: &'static str, facts: Value) -> Event {
    let key = Key::<Any>::new(at.home().unwrap(), ids.uuid(db.clock().now()));
    Event { kind, ..Event::new(key, at, &Any(facts)).unwrap() }
}

fn one(db: &Db, ids: &Ids, villages: &[Region]) -> Event {
    let at = villages[usize::try_from(ids.below(villages.len() as u64)).unwrap()];
    let registered = json!({ "sex": 1 + ids.below(2), "birth_year": 1930 + ids.below(36), "age": 70,
        "living": 1 + ids.below(8), "tags": [1 + ids.below(12)], "run": null });
    match ids.below(4) {
        0 => event(db, ids, at, "order.placed", json!({})),
        1 => event(db, ids, at, "order.rated", json!({ "score": 1 + ids.below(5) })),
        _ => event(db, ids, at, "elder.registered", registered),
    }
}

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let url = args.next().unwrap_or_else(|| "sqlite:/tmp/sangyu-fold.db".to_owned());
    let entries: usize = args.next().and_then(|count| count.parse().ok()).unwrap_or(100_000);
    let settings = Settings { url, connections: 6, node: 0 };
    let db = Db::open(&settings, Arc::new(SystemClock), Arc::new(Ids::from_os())).await.unwrap();
    migrate::run(&db).await.unwrap();
    let city: Region = "4110".parse().unwrap();
    let villages: Vec<_> = places::children(city)
        .into_iter()
        .flat_map(|county| places::villages_of(county.region))
        .map(|v| v.region)
        .collect();
    let ids = Ids::seeded(1);
    for begun in (0..entries).step_by(2_000) {
        let batch: Vec<_> = (begun..entries.min(begun + 2_000)).map(|_| one(&db, &ids, &villages)).collect();
        let actor = Actor::cli("bench");
        db.write(Lane::Bulk, &actor, async |tx| {
            batch.into_iter().for_each(|event| tx.journal(event));
            Ok(())
        })
        .await
        .unwrap();
    }
    let begun = Instant::now();
    let folded = consumers::catch_up(&db, &Rollups::default()).await.unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    let turned = birthdays::turn(&db).await.unwrap();
    consumers::catch_up(&db, &Rollups::default()).await.unwrap();
    println!("{turned} birthdays made up for");
    let count = Statement::from_string(db.get_database_backend(), "SELECT count(*) AS n FROM rollups");
    let rows: i64 = db.query_one_raw(count).await.unwrap().unwrap().try_get("", "n").unwrap();
    let (entries_a_second, figures_a_second) = (folded as f64 / seconds, rows as f64 / seconds);
    println!(
        "{folded} entries folded in {seconds:.2} s: {entries_a_second:.0} entries/s, {figures_a_second:.0} figures/s"
    );
    println!("{rows} rows of figures");
    for at in ["41", "4110", "411002", "411002001"] {
        let place: Region = at.parse().unwrap();
        let mut times: Vec<f64> = Vec::new();
        for _ in 0..200 {
            let begun = Instant::now();
            board::read(&db, &Scope::whole(), place, db.clock().today()).await.unwrap();
            times.push(begun.elapsed().as_secs_f64() * 1_000.0);
        }
        times.sort_by(f64::total_cmp);
        println!("board of {at}: p50 {:.1} ms, p95 {:.1} ms", times[100], times[190]);
    }
    let begun = Instant::now();
    let differences = recount::recount(&db, &Scope::of(city)).await.unwrap();
    let made_up = if entries > 0 { " (the entries made here have no case rows)" } else { "" };
    println!("recount: {} differences{made_up} in {:.2} s", differences.len(), begun.elapsed().as_secs_f64());
    for difference in differences.iter().take(if entries > 0 { 0 } else { 20 }) {
        println!("  {difference:?}");
    }
}
