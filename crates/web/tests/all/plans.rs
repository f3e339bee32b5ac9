//! The list and the count of what phones could not do read their index, on both engines, at a size at which the planner
//! has a reason to choose.

use kernel::Instant;
use sea_orm::{
    ConnectionTrait, DbBackend, Statement,
    sea_query::{Query, Value},
};
use store::{Engine, Lane, dialect, sea_orm, testing::TestDb};
use uuid::Uuid;
use web::commands::troubles;

const COMMANDS: u32 = 30_000;

/// Commands of a hundred providers in a month; one in a hundred is in trouble.
async fn fill(test: &TestDb) {
    let now = test.db.clock().now();
    for from in (0..COMMANDS).step_by(1_000) {
        let mut insert = Query::insert();
        insert.into_table("commands").columns([
            "home",
            "id",
            "account",
            "device",
            "subject",
            "seq",
            "verb",
            "made_at",
            "offset_ms",
            "true_at",
            "received_at",
            "state",
            "organisation",
            "trouble",
        ]);
        for n in from..from + 1_000 {
            let (id, at) = (Uuid::from_u128(u128::from(n) + 1), now - chrono::TimeDelta::minutes(i64::from(n)));
            let trouble = (n % 100 == 0).then_some("refused");
            let row: [Value; 14] = [
                411_002.into(),
                id.into(),
                id.into(),
                id.into(),
                id.into(),
                1_i64.into(),
                "order.accept".into(),
                at.into(),
                0_i64.into(),
                at.into(),
                at.into(),
                "decided".into(),
                Uuid::from_u128(u128::from(n / 100 % 100)).into(),
                trouble.into(),
            ];
            insert.values(row.map(Into::into)).unwrap();
        }
        test.db.write(Lane::Bulk, &test.operator(), async |tx| Ok(tx.execute(&insert).await?)).await.unwrap();
    }
    let writer = sea_orm::Database::connect(test.url.as_str()).await.unwrap();
    for sql in dialect::after_bulk(test.db.engine()) {
        writer.execute_raw(Statement::from_string(test.db.get_database_backend(), *sql)).await.unwrap();
    }
}

async fn reads_an_index(engine: Engine) {
    let test = TestDb::open(engine).await;
    fill(&test).await;
    let (now, provider, backend) = (test.db.clock().now(), Uuid::from_u128(7), test.db.get_database_backend());
    let after: Option<(Instant, Uuid)> = Some((now - chrono::TimeDelta::days(9), Uuid::from_u128(5)));
    for after in [None, after] {
        let statement = backend.build(&troubles::statement(provider, now, after, 26));
        let sql = format!("{}{}", dialect::explain(test.db.engine()), statement.sql);
        let rows = test.db.query_all_raw(Statement { sql, ..statement }).await.unwrap();
        let column = if backend == DbBackend::Sqlite { "detail" } else { "QUERY PLAN" };
        let plan: Vec<_> = rows.iter().map(|row| row.try_get::<String>("", column).unwrap()).collect();
        let plan = plan.join("\n");
        assert!(plan.contains("commands_in_trouble"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE") && !plan.contains("Sort"), "{plan}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_troubles_of_a_provider_read_their_index_on_sqlite() {
    reads_an_index(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_troubles_of_a_provider_read_their_index_on_postgres() {
    reads_an_index(Engine::Postgres).await;
}
