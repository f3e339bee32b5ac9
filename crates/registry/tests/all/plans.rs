//! At 50,000 elders no list and no search reads a table whole or sorts it, on either engine.

use std::sync::Mutex;

use async_trait::async_trait;
use kernel::{Clock as _, Region, Scope};
use registry::elders::{
    queries::{self, After, Filter},
    search,
    vocabulary::Tag,
};
use store::{
    Db, Engine,
    sea_orm::{self, ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement},
    testing::TestDb,
};

/// Passes reads on and remembers them.
pub(crate) struct Watched<'a> {
    db: &'a Db,
    seen: Mutex<Vec<Statement>>,
}

impl<'a> Watched<'a> {
    pub(crate) fn new(db: &'a Db) -> Self {
        Self { db, seen: Mutex::default() }
    }
}

#[async_trait]
impl ConnectionTrait for Watched<'_> {
    fn get_database_backend(&self) -> DbBackend {
        self.db.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.db.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.db.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.seen.lock().unwrap().push(statement.clone());
        self.db.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.seen.lock().unwrap().push(statement.clone());
        self.db.query_all_raw(statement).await
    }
}

const PEOPLE: u32 = 50_000;
/// How the tables of people begin.
const PEOPLES: [&str; 2] = ["elder", "person"];
/// A table of some thousand rows everywhere: counties.
const SMALL: &str = "FROM \"homes\"";

/// Invented elders of three counties, written without the ways of the house: only their number matters here.
async fn fill(test: &TestDb) {
    let (id, n) = match test.db.engine() {
        Engine::Sqlite => {
            ("randomblob(16)", "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < $1)")
        }
        Engine::Postgres => ("gen_random_uuid()", "WITH s AS (SELECT generate_series(1, $1) AS n)"),
    };
    let elders = format!(
        "INSERT INTO elders (home, id, place, number, name, name_key, pinyin, sex, birth_on, cert_kind, cert_mask, mobile_mask, \
         landline_mask, living, tags, status, version, registered_at, updated_at) {n} SELECT 411002 + n % 3, {id}, \
         CAST(411002 + n % 3 AS bigint) * 1000000 + (1 + n % 17) * 1000 + n % 30, CAST(n AS text), CASE n % 4 WHEN 0 THEN '陈秀云' WHEN 1 THEN \
         '李四' ELSE '王五' END, CASE n % 4 WHEN 0 THEN '陈秀云' WHEN 1 THEN '李四' ELSE '王五' END, 'x', 1 + n % 2, '1940-01-01', 1, '', '', '', 1, 16, 1, 1, '2026-01-01 00:00:00+00:00', \
         '2026-01-01 00:00:00+00:00' FROM s"
    );
    let db = sea_orm::Database::connect(test.url.as_str()).await.unwrap();
    let backend = db.get_database_backend();
    db.execute_raw(Statement::from_sql_and_values(backend, elders.replace("$1", &PEOPLE.to_string()), []))
        .await
        .unwrap();
    for sql in [
        "INSERT INTO elder_tags (home, elder, tag, since, place, source) SELECT home, id, 4, '2026-01-01', place, 'sheet' FROM elders",
        "INSERT INTO elder_names (home, elder, place, initials, pinyin) SELECT home, id, place, CASE name WHEN '陈秀云' THEN 'cxy' ELSE 'ls' END, CASE name WHEN '陈秀云' THEN 'chen xiu yun' ELSE 'li si' END FROM elders",
        "INSERT INTO person_phones (digest, person, home) SELECT CAST(number AS bytea), id, home FROM elders",
        "INSERT INTO person_certs (digest, person, home) SELECT CAST(number AS bytea), id, home FROM elders",
        "INSERT INTO homes (home, county_now) VALUES (411002, 411002000000), (411003, 411003000000), (411004, 411004000000)",
        "ANALYZE",
    ] {
        db.execute_unprepared(sql).await.unwrap();
    }
}

/// The database again, whose PostgreSQL scans and sorts only where nothing else is possible: so few rows are cheap to
/// scan, and a plan that still does it has no index.
pub(crate) async fn strict(test: &TestDb) -> Db {
    if test.db.engine() == Engine::Postgres {
        let name = test.url.rsplit('/').next().unwrap();
        for ways in ["enable_seqscan", "enable_sort", "enable_bitmapscan"] {
            let sql = format!("ALTER DATABASE {name} SET {ways} = off");
            sea_orm::Database::connect(test.url.as_str()).await.unwrap().execute_unprepared(&sql).await.unwrap();
        }
    }
    test.second().await
}

/// What is wrong with the plans of the statements that were read: they read one of these tables whole, or sort.
pub(crate) async fn faults(watched: &Watched<'_>, tables: &[&str], may_sort: bool) -> Vec<String> {
    let (seen, mut faults) = (watched.seen.lock().unwrap().clone(), Vec::new());
    for statement in seen.into_iter().filter(|statement| !statement.sql.contains(SMALL)) {
        let verb = if watched.get_database_backend() == DbBackend::Sqlite { "EXPLAIN QUERY PLAN" } else { "EXPLAIN" };
        let explain = Statement { sql: format!("{verb} {}", statement.sql), ..statement.clone() };
        let column = if verb == "EXPLAIN" { 0 } else { 3 };
        let rows = watched.db.query_all_raw(explain).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.try_get_by_index(column).unwrap()).collect();
        let bad = |line: &&String| {
            let of_table = |name: &&str| line.starts_with(&format!("SCAN {name}"));
            let whole = line.contains("Seq Scan on ") || tables.iter().any(of_table);
            whole || !may_sort && (line.contains("USE TEMP B-TREE FOR ORDER BY") || line.contains("Sort Key"))
        };
        faults.extend(
            plan.iter().filter(bad).map(|line| format!("{line}\n   in {}\n   {}", statement.sql, plan.join("\n   "))),
        );
    }
    faults
}

async fn no_list_or_search_scans_or_sorts(test: TestDb) {
    fill(&test).await;
    let city: Region = "4110".parse().unwrap();
    let db = strict(&test).await;
    let watched = Watched::new(&db);
    let plain = Filter::default();
    let tagged = Filter { tags: vec![Tag::Alone], ..Filter::default() };
    let narrow = Filter { born_by: "1930-01-01".parse().ok(), sex: Some(2), ..tagged.clone() };
    for scope in [Scope::of(city), Scope::of("411003".parse().unwrap()), Scope::of("411003001".parse().unwrap())] {
        for filter in [&plain, &tagged, &narrow] {
            let first = queries::list(&watched, &scope, filter, None, 200).await.unwrap();
            let deep = first.last().map(|elder| After::of(&After::cursor(elder)).unwrap());
            queries::list(&watched, &scope, filter, deep, 25).await.unwrap();
            queries::list_before(&watched, &scope, filter, deep, 25).await.unwrap();
            queries::count(&watched, &scope, filter, 1_000).await.unwrap();
        }
    }
    for scope in [Scope::of(city), Scope::of("411003".parse().unwrap())] {
        let first = queries::list_by_name(&watched, &scope, &plain, None, 200).await.unwrap();
        let deep = first.last().map(|elder| elder.key().unwrap());
        queries::list_by_name(&watched, &scope, &plain, deep, 25).await.unwrap();
        queries::list_by_name_before(&watched, &scope, &plain, deep, 25).await.unwrap();
    }
    assert_eq!(faults(&watched, &PEOPLES, false).await, Vec::<String>::new());
    watched.seen.lock().unwrap().clear();
    let keys = test.keys().await;
    let (blinder, today) = (keys.blinder().await.unwrap(), test.clock.today());
    for scope in [Scope::of(city), Scope::of("411003001".parse().unwrap())] {
        let desk = search::Desk { db: &watched, keys: &keys, blinder: &blinder, scope, today };
        for typed in ["陈秀云", "chenxy", "cxy", "6071", "13800006071", &crate::office::line("x", 1).cert] {
            search::search(desk, typed, 20).await.unwrap();
        }
    }
    assert_eq!(faults(&watched, &PEOPLES, false).await, Vec::<String>::new());
}

#[tokio::test]
async fn no_list_or_search_scans_or_sorts_on_sqlite() {
    no_list_or_search_scans_or_sorts(TestDb::open(Engine::Sqlite).await).await;
}

#[tokio::test]
async fn no_list_or_search_scans_or_sorts_on_postgres() {
    no_list_or_search_scans_or_sorts(TestDb::open(Engine::Postgres).await).await;
}
