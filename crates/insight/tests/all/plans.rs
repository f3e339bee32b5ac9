//! How the engines find the figures when there are a million of them: by key, without scanning.

use chrono::NaiveDate;
use insight::statistics::{
    measures,
    reading::{self, Days},
};
use kernel::{Level, Scope};
use registry::places;
use sea_orm::{ConnectionTrait, Statement};
use store::{Engine, both, dialect};

use super::register::place;

/// Homes × places × measures × days of the filled table.
const HOMES: i64 = 8;
const PLACES: i64 = 200;
const MEASURES: i64 = 8;
const DAYS: i64 = 80;

/// Fills the table by one statement: some counties with towns and villages, and their city and province.
async fn fill(test: &store::testing::TestDb) {
    let series = |name: &str, count: i64| {
        format!("{name}(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM {name} WHERE n + 1 < {count})")
    };
    let day = match test.db.engine() {
        Engine::Sqlite => "date('2026-09-03', '+' || d.n || ' days')",
        Engine::Postgres => "date '2026-09-03' + d.n",
    };
    let sql = format!(
        "INSERT INTO rollups (home, place, measure, business_day, value) WITH RECURSIVE {}, {}, {}, {} \
         SELECT 411001 + h.n, \
         CASE p.n WHEN 0 THEN 410000000000 WHEN 1 THEN 411000000000 WHEN 2 THEN 411001000000 + h.n * 1000000 \
         ELSE 411001000000 + h.n * 1000000 + (p.n / 20 + 1) * 1000 + p.n % 20 END, \
         CASE m.n WHEN 0 THEN 1 ELSE 99 + m.n END, {day}, 1 FROM h, p, m, d",
        series("h", HOMES),
        series("p", PLACES),
        series("m", MEASURES),
        series("d", DAYS),
    );
    let operator = test.operator();
    test.db
        .write(store::Lane::Bulk, &operator, async |tx| {
            tx.execute_unprepared(&sql).await?;
            for home in 0..HOMES {
                let county = 411_001_000_000 + home * 1_000_000;
                store::homes::settle(&tx, kernel::Region::new(county)?).await?;
            }
            for statement in dialect::after_bulk(tx.engine()).iter().filter(|sql| sql.contains("ANALYZE")) {
                tx.execute_unprepared(statement).await?;
            }
            Ok(())
        })
        .await
        .unwrap();
}

pub(super) async fn plan(db: &store::Db, statement: &Statement) -> String {
    let explain = Statement { sql: format!("{}{}", dialect::explain(db.engine()), statement.sql), ..statement.clone() };
    let rows = db.query_all_raw(explain).await.unwrap();
    let column = if db.engine() == Engine::Sqlite { "detail" } else { "QUERY PLAN" };
    rows.iter().map(|row| row.try_get::<String>("", column).unwrap()).collect::<Vec<_>>().join("\n")
}

/// The rows are found by key; what was found may be sorted to be added up.
fn assert_by_key(plan: &str, what: &str) {
    for bad in ["SCAN", "Seq Scan", "ORDER BY"] {
        assert!(!plan.contains(bad), "{what}: {plan}");
    }
    assert!(
        ["rollups_pkey", "USING PRIMARY KEY", "sqlite_autoindex_rollups_1"].iter().any(|key| plan.contains(key)),
        "{what}: {plan}"
    );
}

both! {
    async fn a_million_figures_are_read_by_key(test: TestDb) {
        fill(&test).await;
        let today: NaiveDate = "2026-11-21".parse().unwrap();
        let backend = test.db.get_database_backend();
        let all: Vec<_> = [&measures::ELDERS, &measures::PLACED, &measures::COMPLETED, &measures::ON_TIME].into();
        for at in ["41", "4110", "411002", "411002002", "411002002003"] {
            let region = place(at);
            let mut places: Vec<_> = places::children(region).iter().map(|child| child.region).take(30).collect();
            if region.level() == Level::Province { places.retain(|place| place.short() == "4110") }
            places.push(region);
            for statement in reading::statements(&test.db, &places, &all, Days::last(30, today)).await.unwrap() {
                assert_by_key(&plan(&test.db, &backend.build(&statement)).await, at);
            }
            let line = reading::series(&test.db, &Scope::whole(), region, &[&measures::PLACED], Days::last(30, today)).await.unwrap();
            let homes = if region.level() < Level::County { HOMES } else { 1 };
            assert_eq!(line[0], [homes; 30], "{at}");
        }
    }

    async fn who_is_due_is_found_by_key(test: TestDb) {
        let due = "SELECT home, elder, place, birth_on, turns_on FROM census WHERE turns_on <= '2026-11-21' ORDER BY turns_on LIMIT 250";
        let rows = "INSERT INTO census (home, elder, place, sex, birth_on, living, tags, status, band, since, turns_on) \
                    WITH RECURSIVE n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 20000) \
                    SELECT 411002, %, 411002000000, 2, '1950-01-01', 1, 0, 1, 3, '2026-01-01', '2030-01-01' FROM n";
        let rows = rows.replace('%', if test.db.engine() == Engine::Sqlite { "randomblob(16)" } else { "gen_random_uuid()" });
        let rows = if test.db.engine() == Engine::Sqlite { rows } else { rows.replace("'1950-01-01'", "date '1950-01-01'").replace("'2026-01-01'", "date '2026-01-01'").replace("'2030-01-01'", "date '2030-01-01'") };
        let operator = test.operator();
        test.db.write(store::Lane::Bulk, &operator, async |tx| {
            tx.execute_unprepared(&rows).await?;
            tx.execute_unprepared("ANALYZE").await?;
            Ok(())
        }).await.unwrap();
        let plan = plan(&test.db, &Statement::from_string(test.db.get_database_backend(), due)).await;
        assert!(plan.contains("census_by_turn") && !plan.contains("TEMP B-TREE") && !plan.contains("Sort"), "{plan}");
    }
}
