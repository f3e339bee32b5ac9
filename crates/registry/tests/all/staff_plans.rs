//! In a province of 5,000 organisations and 20,000 accounts the administrations' lists read what they list and no more.

use kernel::{Region, Scope};
use registry::{organisations, workers};
use store::{
    Engine,
    sea_orm::{self, ConnectionTrait},
    testing::TestDb,
};
use web::{accounts::directory, tokens};

use crate::plans::{Watched, faults, strict};

const TABLES: [&str; 6] = ["organisations", "workers", "employments", "accounts", "account_grants", "api_tokens"];

/// Rows written without the ways of the house: only their number matters here. A hundred counties, each with its
/// organisations, workers, accounts and tokens.
async fn fill(test: &TestDb) {
    let (id, digest, rows) = match test.db.engine() {
        Engine::Sqlite => (
            (|n| format!("CAST(printf('%016d', {n}) AS BLOB)")) as fn(&str) -> String,
            "CAST(n AS BLOB)",
            "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 20000)",
        ),
        Engine::Postgres => (
            (|n| format!("CAST(lpad(to_hex({n}), 32, '0') AS uuid)")) as fn(&str) -> String,
            "CAST(CAST(n AS text) AS bytea)",
            "WITH s AS (SELECT generate_series(1, 20000) AS n)",
        ),
    };
    let (of_row, of_organisation) = (id("n"), id("1 + n % 5000"));
    let at = "'2026-01-01 00:00:00+00:00'";
    let place = "CAST(411001 + n % 98 AS bigint) * 1000000";
    let db = sea_orm::Database::connect(test.url.as_str()).await.unwrap();
    for sql in [
        format!(
            "INSERT INTO organisations (id, place, name, kind, credit_code, phone, status, version) {rows} \
             SELECT {of_row}, {place}, 'x', 'home_care', CAST(n AS text), '', 'active', 1 FROM s WHERE n <= 5000"
        ),
        format!(
            "INSERT INTO workers (id, place, name, sex, phone, skills, status, version) {rows} \
             SELECT {of_row}, {place}, 'x', 1, '', 0, 'active', 1 FROM s"
        ),
        format!(
            "INSERT INTO employments (worker, organisation, since) {rows} \
             SELECT {of_row}, {of_organisation}, '2026-01-01' FROM s"
        ),
        format!(
            "INSERT INTO accounts (login_index, id, home, name, kind, password_profile, must_change, totp_step, demo, \
             made_at) {rows} SELECT {digest}, {of_row}, 411001 + n % 98, 'x', 'staff', '', false, 0, false, {at} FROM s"
        ),
        format!(
            "INSERT INTO account_grants (account, id, role, organisation, label, extent, since) {rows} \
             SELECT {of_row}, {of_row}, 'dispatcher', {of_organisation}, '', '', {at} FROM s"
        ),
        format!("INSERT INTO homes (home, county_now) {rows} SELECT 411001 + n % 98, {place} FROM s WHERE n <= 98"),
        "ANALYZE".to_owned(),
    ] {
        db.execute_unprepared(&sql).await.unwrap_or_else(|fault| panic!("{fault}\n{sql}"));
    }
}

async fn no_administration_reads_a_table_whole(test: TestDb) {
    fill(&test).await;
    let db = strict(&test).await;
    let watched = Watched::new(&db);
    let county: Region = "411002".parse().unwrap();
    let first = organisations::queries::page(&db, &Scope::of(county), &Default::default(), None, 1).await.unwrap();
    let organisation = first[0].id;
    for scope in [Scope::of(county), Scope::Grantee(organisation)] {
        let filter = organisations::queries::Filter::default();
        let first = organisations::queries::page(&watched, &scope, &filter, None, 25).await.unwrap();
        let last = first.last().map(|row| (row.place, row.name.clone(), row.id));
        organisations::queries::page(&watched, &scope, &filter, last.as_ref(), 25).await.unwrap();
        organisations::queries::count(&watched, &scope, &filter, 1_000).await.unwrap();
        let filter = directory::Filter::default();
        let first = directory::page(&watched, &scope, &filter, None, 25).await.unwrap();
        let last = first.last().map(|row| (row.account.name.clone(), row.account.id));
        directory::page(&watched, &scope, &filter, last.as_ref(), 25).await.unwrap();
        directory::count(&watched, &scope, &filter, 1_000).await.unwrap();
        tokens::list(&watched, &scope, 100).await.unwrap();
    }
    organisations::queries::providers_for(&watched, county).await.unwrap();
    workers::queries::of_organisation(&watched, organisation, "2026-11-21".parse().unwrap()).await.unwrap();
    assert_eq!(faults(&watched, &TABLES, true).await, Vec::<String>::new());
}

#[tokio::test]
async fn no_administration_reads_a_table_whole_on_sqlite() {
    no_administration_reads_a_table_whole(TestDb::open(Engine::Sqlite).await).await;
}

#[tokio::test]
async fn no_administration_reads_a_table_whole_on_postgres() {
    no_administration_reads_a_table_whole(TestDb::open(Engine::Postgres).await).await;
}
