//! Migrations and the schema they make, the same on both engines.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, Statement};
use store::{Engine, both, migrate, sea_orm, testing::TestDb};

const COLUMNS: [(Engine, &str); 2] = [
    (
        Engine::Sqlite,
        "SELECT m.name AS t, c.name AS c, c.\"notnull\" AS n FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'",
    ),
    (
        Engine::Postgres,
        "SELECT table_name::text AS t, column_name::text AS c, CASE is_nullable WHEN 'NO' THEN 1 ELSE 0 END AS n FROM information_schema.columns WHERE table_schema = 'public'",
    ),
];

async fn columns(engine: Engine) -> BTreeMap<(String, String), i32> {
    let test = TestDb::open(engine).await;
    let (_, sql) = COLUMNS.into_iter().find(|(of, _)| *of == engine).unwrap();
    let rows = test.db.query_all_raw(Statement::from_string(test.db.get_database_backend(), sql)).await.unwrap();
    rows.iter()
        .map(|r| ((r.try_get("", "t").unwrap(), r.try_get("", "c").unwrap()), r.try_get("", "n").unwrap()))
        .collect()
}

#[tokio::test]
async fn both_engines_have_the_same_tables_and_columns() {
    let (sqlite, postgres) = (columns(Engine::Sqlite).await, columns(Engine::Postgres).await);
    assert!(sqlite.len() > 50);
    assert_eq!(sqlite, postgres);
}

#[tokio::test]
async fn postgres_plans_each_question_with_its_own_values() {
    let test = TestDb::open(Engine::Postgres).await;
    let sql = "SELECT current_setting('plan_cache_mode') AS mode";
    let row =
        test.db.query_one_raw(Statement::from_string(test.db.get_database_backend(), sql)).await.unwrap().unwrap();
    assert_eq!(row.try_get::<String>("", "mode").unwrap(), "force_custom_plan");
}

both! {
    async fn migrating_again_changes_nothing(test: TestDb) {
        assert_eq!(migrate::run(&test.db).await.unwrap(), Vec::<&str>::new());
    }

    async fn an_edited_migration_and_a_newer_database_are_refused(test: TestDb) {
        let intruder = sea_orm::Database::connect(test.url.as_str()).await.unwrap();
        intruder.execute_unprepared("UPDATE migrations SET name = '9999_future' WHERE name = '0002_store_cases'").await.unwrap();
        assert_eq!(migrate::run(&test.db).await.unwrap_err().code(), Some("store.database_newer"));
        assert_eq!(migrate::pending(&test.db).await.unwrap_err().code(), Some("store.database_newer"), "nobody serves it");
        intruder.execute_unprepared("UPDATE migrations SET name = '0002_store_cases' WHERE name = '9999_future'").await.unwrap();
        intruder.execute_unprepared("UPDATE migrations SET digest = (SELECT digest FROM migrations WHERE name = '0001_store_journal') WHERE name = '0002_store_cases'").await.unwrap();
        assert_eq!(migrate::run(&test.db).await.unwrap_err().code(), Some("store.migration_edited"));
        assert_eq!(migrate::pending(&test.db).await.unwrap_err().code(), Some("store.migration_edited"));
    }
}
