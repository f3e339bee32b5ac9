//! Every list, count and sweep of orders reads an index: no full scan and no sort, on both engines, at a size at which
//! the planner has a reason to choose.

use care::{
    orders::{Stage, queries},
    roster::gather,
};
use chrono::{NaiveDate, TimeDelta};
use kernel::{Instant, Scope};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbBackend, EntityTrait, QueryTrait, Statement, sea_query::Query};
use store::{Engine, dialect, sea_orm, testing::TestDb};
use uuid::Uuid;

use super::town::{GOOD_CARE, RIVAL, SUN, Town, VILLAGE, agent, at, dispatcher, region};

const ORDERS: u32 = 60_000;

/// Orders of two years in three homes, most of them closed.
async fn fill(town: &Town) {
    let sample = town.placed().await;
    let homes = [(411_002, VILLAGE), (411_003, "411003001001"), (411_081, "411081001001")];
    let backend = town.test.db.get_database_backend();
    let mut rows = Vec::new();
    for n in 0..ORDERS {
        let (home, place) = homes[n as usize % 3];
        let start = sample.window_start - TimeDelta::minutes(i64::from(n) * 17);
        let open = n % 50 == 0;
        let mut row = sample.clone();
        (row.home, row.place, row.id) =
            (home, region(place).code() + i64::from(n % 7), Uuid::from_u128(u128::from(n) + 1_000));
        row.number = format!("20261121-{home}-{n}");
        row.elder = Uuid::from_u128(u128::from(n % 3_000) + 10_000);
        (row.window_start, row.window_end) = (start, start + TimeDelta::hours(2));
        row.provider = Some(if n % 2 == 0 { GOOD_CARE } else { Uuid::from_u128(u128::from(n % 40) + 500) });
        row.worker = Some(Uuid::from_u128(u128::from(n % 200) + 700));
        row.status = if open { Stage::OPEN[n as usize % 7].code() } else { Stage::Completed.code() };
        row.due_at = open.then_some(start);
        rows.push(care::orders::row(row));
        if rows.len() == 500 {
            let batch = std::mem::take(&mut rows);
            let insert = care::orders::Entity::insert_many(batch);
            town.write(&town.test.operator(), async |tx| Ok(insert.exec_without_returning(&tx).await?)).await.unwrap();
        }
    }
    let writer = sea_orm::Database::connect(town.test.url.as_str()).await.unwrap();
    for sql in dialect::after_bulk(town.test.db.engine()) {
        writer.execute_raw(Statement::from_string(backend, *sql)).await.unwrap();
    }
}

async fn plan(town: &Town, statement: Statement) -> String {
    let explain = dialect::explain(town.test.db.engine());
    let statement = Statement { sql: format!("{explain}{}", statement.sql), ..statement };
    let rows = town.test.db.query_all_raw(statement).await.unwrap();
    let column = if town.test.db.get_database_backend() == DbBackend::Sqlite { "detail" } else { "QUERY PLAN" };
    rows.iter().map(|row| row.try_get::<String>("", column).unwrap()).collect::<Vec<_>>().join("\n")
}

/// Whether rows beyond a handful are sorted: at all on SQLite, more than 200 by PostgreSQL's own estimate.
fn sorts_many(plan: &str) -> bool {
    let estimate = |line: &str| -> Option<u64> { line.split("rows=").nth(1)?.split(' ').next()?.parse().ok() };
    let sorted = plan.lines().filter(|line| line.contains("Sort  (cost"));
    plan.contains("TEMP B-TREE") || sorted.filter_map(estimate).any(|rows| rows > 200)
}

async fn reads_an_index(engine: Engine) {
    let town = Town::open(TestDb::open(engine).await).await;
    fill(&town).await;
    let backend = town.test.db.get_database_backend();
    let now: Instant = at("2026-11-21T09:00");
    let day = NaiveDate::from_ymd_opt(2026, 6, 1);
    let scopes = [
        agent().scope(),
        Scope::of(region("4110")),
        Scope::of(region(VILLAGE)),
        dispatcher(GOOD_CARE).scope(),
        dispatcher(RIVAL).scope(),
        Scope::Grantee(SUN),
    ];
    let after = Some(queries::After { at: now - TimeDelta::days(100), id: Uuid::from_u128(5) });
    for scope in scopes {
        for stage in [None, Some(Stage::Accepted), Some(Stage::Completed)] {
            for (day, after) in [(None, None), (None, after), (day, None)] {
                let filter = queries::Filter { stage, day, ..queries::Filter::default() };
                for statement in queries::statements(&town.test.db, &scope, &filter, after, now).await.unwrap() {
                    let statement = backend.build(&statement);
                    let sql = statement.to_string();
                    let plan = plan(&town, statement).await;
                    assert!(
                        !plan.contains("SCAN orders") && !plan.contains("Seq Scan on orders"),
                        "{scope:?} {filter:?}\n{sql}\n{plan}"
                    );
                    // One worker's orders, or an open stage of one day: a handful by itself, whatever its order.
                    let handful = scope == Scope::Grantee(SUN) || stage.is_some_and(Stage::is_open) && day.is_some();
                    assert!(handful || !sorts_many(&plan), "{scope:?} {filter:?}\n{sql}\n{plan}");
                }
            }
        }
    }
}

/// The runs of four thousand days of some providers.
async fn fill_runs(town: &Town) {
    let start = at("2026-11-21T08:00");
    let columns = ["home", "provider", "day", "job", "asked_at", "asked_by"];
    for batch in 0..8_u32 {
        let mut insert = Query::insert();
        insert.into_table("plan_runs").columns(columns);
        for n in batch * 500..(batch + 1) * 500 {
            let day = kernel::business_day(start - TimeDelta::days(i64::from(n % 1_000)));
            let provider = [GOOD_CARE, RIVAL, Uuid::from_u128(501), Uuid::from_u128(502)][n as usize / 1_000];
            insert.values_panic([
                411_002.into(),
                provider.into(),
                day.into(),
                provider.into(),
                start.into(),
                "x".into(),
            ]);
        }
        town.write(&town.test.operator(), async |tx| Ok(tx.execute(&insert).await?)).await.unwrap();
    }
}

/// Four thousand plans, two hundred of them with a hundred visits each.
async fn fill_plans(town: &Town) {
    fill_runs(town).await;
    let start = at("2026-11-21T08:00");
    let (mut visits, mut plans) = (Vec::new(), Vec::new());
    for n in 0..4_000_u32 {
        let (id, day) = (Uuid::from_u128(u128::from(n) + 1), start - TimeDelta::days(i64::from(n)));
        plans.push(plan_row(id, kernel::business_day(day), if n % 3 == 0 { GOOD_CARE } else { RIVAL }));
        for k in 0..if n < 200 { 100_u32 } else { 0 } {
            let at = day + TimeDelta::minutes(i64::from(k) * 5);
            visits.push(visit_row(id, Uuid::from_u128(u128::from(n * 100 + k) + 1_000), (k % 40, at)));
        }
    }
    let operator = town.test.operator();
    for rows in plans.chunks(500) {
        let insert = care::roster::Entity::insert_many(rows.to_vec());
        town.write(&operator, async |tx| Ok(insert.exec_without_returning(&tx).await?)).await.unwrap();
    }
    for rows in visits.chunks(500) {
        let insert = care::roster::visit::Entity::insert_many(rows.to_vec());
        town.write(&operator, async |tx| Ok(insert.exec_without_returning(&tx).await?)).await.unwrap();
    }
}

fn plan_row(id: Uuid, day: NaiveDate, provider: Uuid) -> care::roster::ActiveModel {
    care::roster::ActiveModel::from(care::roster::Plan {
        home: 411_002,
        id,
        place: region(VILLAGE).code(),
        provider,
        day,
        number: 1,
        status: care::roster::Status::Published.code(),
        origin: care::roster::Origin::Computed.code(),
        based_on: None,
        rules: "default".into(),
        figures: "{}".into(),
        gaps: "[]".into(),
        made_by: "x".into(),
        made_at: at("2026-11-20T20:30"),
        took_millis: 1,
        published_at: None,
        closed_at: None,
        job: None,
        version: 1,
    })
    .reset_all()
}

fn visit_row(plan: Uuid, order_id: Uuid, (worker, start_at): (u32, Instant)) -> care::roster::visit::ActiveModel {
    care::roster::visit::ActiveModel::from(care::roster::visit::Model {
        home: 411_002,
        plan,
        order_id,
        part: 0,
        order_home: 411_002,
        worker: Uuid::from_u128(u128::from(worker) + 700),
        arrive_at: start_at,
        start_at,
        end_at: start_at + TimeDelta::minutes(30),
        way_mins: 5,
        hold: 0,
        moved: false,
    })
    .reset_all()
}

async fn the_roster_reads_an_index(engine: Engine) {
    let town = Town::open(TestDb::open(engine).await).await;
    fill_plans(&town).await;
    fill(&town).await;
    let backend = town.test.db.get_database_backend();
    let (day, since) = (NaiveDate::from_ymd_opt(2026, 6, 1).unwrap(), at("2026-01-01T00:00"));
    let elders: Vec<Uuid> = (10_000..10_050).map(Uuid::from_u128).collect();
    let worker = Uuid::from_u128(710);
    let orders = gather::orders_of_day(GOOD_CARE, day).build(backend);
    let sorted = plan(&town, orders.clone()).await;
    assert!(!sorts_many(&sorted), "{sorted}");
    for statement in [
        orders,
        gather::came(411_002, &elders, GOOD_CARE, since).build(backend),
        backend.build(&care::roster::queries::planned(worker, (day, day))),
        care::roster::queries::plans_of(GOOD_CARE, day).build(backend),
        care::roster::queries::visits_of(411_002, Uuid::from_u128(7)).build(backend),
        backend.build(&care::roster::queries::due_of(day, Some(Uuid::from_u128(3)), 500)),
    ] {
        let sql = statement.to_string();
        let plan = plan(&town, statement).await;
        let scans = ["orders", "plans", "plan_visits", "plan_runs"]
            .iter()
            .any(|table| plan.contains(&format!("SCAN {table}")) || plan.contains(&format!("Seq Scan on {table}")));
        assert!(!scans, "{sql}\n{plan}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_roster_reads_an_index_on_sqlite() {
    the_roster_reads_an_index(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_roster_reads_an_index_on_postgres() {
    the_roster_reads_an_index(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_and_counts_read_an_index_on_sqlite() {
    reads_an_index(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_and_counts_read_an_index_on_postgres() {
    reads_an_index(Engine::Postgres).await;
}
