//! A commit is true: what was acknowledged is there for everybody, and what was not is said so.

use std::sync::Arc;

use kernel::{Common, Failure, Home, Ids, Result, SystemClock};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use store::{Db, Engine, Lane, Settings, Tx, both, counters, journal, testing::TestDb, unit, watchdog};

use super::happened;

const COUNTY: &str = "411002";

async fn placed(db: &Db, test: &TestDb, n: i64) -> Result<()> {
    db.write(Lane::Interactive, &test.operator(), async |tx| {
        tx.journal(happened(COUNTY, 1, n));
        Ok(())
    })
    .await
}

async fn refused(db: &Db, test: &TestDb) {
    let operator = test.operator();
    let refused = db.write(Lane::Interactive, &operator, async |tx| {
        counters::take(&tx, Home::new(411_002)?, "orders", 1).await?;
        Err::<(), _>(Common::NotAllowed.into())
    });
    assert_eq!(refused.await.unwrap_err().code(), Some("not_allowed"));
}

/// The last number of the county's chain as another process sees it.
async fn seen(db: &Db) -> i64 {
    let heads = journal::heads(db).await.unwrap();
    heads.iter().find(|head| head.home.number() == 411_002).map_or(0, |head| head.seq)
}

/// Two tables whose constraint is asked at the commit only.
async fn owing(test: &TestDb) {
    test.db
        .write(Lane::Interactive, &test.operator(), async |tx| {
            tx.execute_unprepared("CREATE TABLE creditors (id integer NOT NULL PRIMARY KEY)").await?;
            let debts =
                "CREATE TABLE debts (to_whom integer NOT NULL REFERENCES creditors (id) DEFERRABLE INITIALLY DEFERRED)";
            tx.execute_unprepared(debts).await?;
            Ok(())
        })
        .await
        .unwrap();
}

async fn owe(tx: Tx) -> Result<()> {
    tx.execute_unprepared("INSERT INTO debts (to_whom) VALUES (7)").await?;
    Ok(())
}

both! {
    async fn after_a_failed_commit_everything_acknowledged_is_there(test: TestDb) {
        owing(&test).await;
        let other = test.second().await;
        for round in 0..3_i64 {
            let failed = test.db.write(Lane::Interactive, &test.operator(), owe).await;
            assert!(failed.is_err());
            placed(&test.db, &test, round).await.unwrap();
            refused(&test.db, &test).await;
            for n in 0..5 {
                placed(&test.db, &test, n).await.unwrap();
            }
            assert_eq!(seen(&other).await, 6 * (round + 1));
        }
        assert_eq!(journal::verify(&other, &[], |_| {}).await.unwrap().breaks, []);
    }

    async fn a_write_that_goes_on_after_a_failed_statement_keeps_nothing(test: TestDb) {
        let swallowed = test.db.write(Lane::Interactive, &test.operator(), async |tx| {
            tx.journal(happened(COUNTY, 1, 1));
            let _ = tx.execute_unprepared("INSERT INTO no_such_table (id) VALUES (1)").await;
            Ok(())
        }).await;
        assert!(matches!(swallowed, Err(Failure::Internal(_))), "{swallowed:?}");
        let last = test.db.write(Lane::Interactive, &test.operator(), async |tx| {
            counters::take(&tx, Home::new(411_002)?, "orders", 1).await?;
            let _ = tx.execute_unprepared("INSERT INTO no_such_table (id) VALUES (1)").await;
            Ok(())
        }).await;
        assert!(matches!(last, Err(Failure::Internal(_))), "{last:?}");
        placed(&test.db, &test, 1).await.unwrap();
        assert_eq!(seen(&test.second().await).await, 1);
    }

    async fn a_unit_sees_its_own_writes_and_ends_them_together(test: TestDb) {
        let other = test.second().await;
        let (done, unit) = unit::within(&test.db, async {
            placed(&test.db, &test, 1).await?;
            placed(&test.db, &test, 2).await?;
            assert_eq!(seen(&test.db).await, 2, "its own reads see them");
            assert_eq!(seen(&other).await, 0, "nobody else does");
            Ok::<_, Failure>(())
        }).await;
        done.unwrap();
        assert!(unit.wrote().await);
        let kept = unit.commit(&test.operator(), async |tx| { tx.journal(happened(COUNTY, 1, 3)); Ok(true) }).await;
        assert!(kept.unwrap());
        assert_eq!(seen(&other).await, 3);
    }

    async fn a_write_refused_in_a_unit_leaves_what_was_written_before_it(test: TestDb) {
        let (done, unit) = unit::within(&test.db, async {
            placed(&test.db, &test, 1).await?;
            refused(&test.db, &test).await;
            let broken = test.db.write(Lane::Interactive, &test.operator(), async |tx| {
                tx.execute_unprepared("INSERT INTO no_such_table (id) VALUES (1)").await?;
                Ok(())
            }).await;
            assert!(broken.is_err());
            placed(&test.db, &test, 2).await
        }).await;
        done.unwrap();
        assert!(unit.commit(&test.operator(), async |_| Ok(true)).await.unwrap());
        assert_eq!(seen(&test.second().await).await, 2);
        let number = test.db.write(Lane::Interactive, &test.operator(), async |tx| {
            counters::number(&tx, Home::new(411_002)?, "orders").await
        }).await.unwrap();
        assert_eq!(number, "20261121-411002-00001", "the refused one took no number");
    }

    async fn a_unit_that_is_dropped_or_declined_keeps_nothing_and_leaves_the_lane_free(test: TestDb) {
        for declined in [false, true] {
            let (done, unit) = unit::within(&test.db, placed(&test.db, &test, 1)).await;
            done.unwrap();
            if declined {
                assert!(!unit.commit(&test.operator(), async |_| Ok(false)).await.unwrap());
            } else {
                drop(unit);
            }
        }
        placed(&test.db, &test, 1).await.unwrap();
        assert_eq!(seen(&test.second().await).await, 1);
    }

    async fn a_first_load_inside_a_unit_waits_for_nobody(test: TestDb) {
        let (done, unit) = unit::within(&test.db, async {
            store::bulk::begin_first_load(&test.db, &["grants"]).await?;
            placed(&test.db, &test, 1).await?;
            store::bulk::end_first_load(&test.db).await
        }).await;
        done.unwrap();
        assert!(unit.commit(&test.operator(), async |_| Ok(true)).await.unwrap());
        assert_eq!(seen(&test.second().await).await, 1);
    }

    async fn a_commit_that_no_reader_sees_stops_all_writes(test: TestDb) {
        placed(&test.db, &test, 1).await.unwrap();
        let home = Home::new(411_002).unwrap();
        watchdog::hold(&test.db, watchdog::Witness { home, seq: 1 }).await;
        assert!(!test.db.is_halted());
        watchdog::hold(&test.db, watchdog::Witness { home, seq: 2 }).await;
        assert!(test.db.is_halted());
        assert_eq!(placed(&test.db, &test, 2).await.unwrap_err().code(), Some("store.halted"));
        assert_eq!(seen(&test.db).await, 1, "reading goes on");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_for_a_moment_loses_nothing_that_was_acknowledged() {
    let test = TestDb::open(Engine::Sqlite).await;
    let other = test.second().await;
    let mut acknowledged = 0;
    for n in 0..300_i64 {
        if n % 100 == 10 {
            test.fill().await;
        }
        match placed(&test.db, &test, n).await {
            Ok(()) => acknowledged += 1,
            Err(failure) => assert_eq!(failure.code(), Some("unavailable")),
        }
        if n % 50 == 20 {
            refused(&test.db, &test).await;
        }
        assert_eq!(seen(&other).await, acknowledged, "after {n}");
    }
    assert!((250..300).contains(&acknowledged), "{acknowledged}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_lock_held_elsewhere_is_told_within_seconds() {
    let test = TestDb::open(Engine::Sqlite).await;
    let mut options = ConnectOptions::new(&test.url);
    options.max_connections(1);
    let foreign = Database::connect(options).await.unwrap();
    let immediate =
        TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
    let lock = foreign.begin_with_options(immediate).await.unwrap();
    let begun = std::time::Instant::now();
    assert_eq!(placed(&test.db, &test, 1).await.unwrap_err().code(), Some("unavailable"));
    assert!(begun.elapsed() < std::time::Duration::from_secs(15), "{:?}", begun.elapsed());
    lock.rollback().await.unwrap();
    placed(&test.db, &test, 1).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_became_read_only_is_away_and_not_a_fault() {
    let test = TestDb::open(Engine::Postgres).await;
    let name = test.url.rsplit('/').next().unwrap();
    let read_only = format!("ALTER DATABASE {name} SET default_transaction_read_only = on");
    let write = async |tx: Tx| Ok(tx.execute_unprepared(&read_only).await.map(|_| ())?);
    test.db.write(Lane::Interactive, &test.operator(), write).await.unwrap();
    let after_failover = test.second().await;
    assert_eq!(placed(&after_failover, &test, 1).await.unwrap_err().code(), Some("unavailable"));
    assert_eq!(seen(&after_failover).await, 0, "reading goes on");
}

/// What docs/decisions/008-a-commit-is-true.md says of the crates below. When an upgrade mends it, this fails: read the
/// decision again.
#[tokio::test]
async fn the_crates_below_lend_a_connection_that_counts_one_transaction_too_many() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}?mode=rwc", folder.path().join("x.db").display());
    let mut options = ConnectOptions::new(&url);
    options.max_connections(1).map_sqlx_sqlite_opts(|o| o.pragma("journal_mode", "WAL"));
    let writer = Database::connect(options.clone()).await.unwrap();
    writer.execute_unprepared("CREATE TABLE t (v blob)").await.unwrap();
    writer.execute_unprepared("PRAGMA max_page_count = 1").await.unwrap();
    let full = writer.begin().await.unwrap();
    full.execute_unprepared("INSERT INTO t VALUES (zeroblob(100000))").await.unwrap_err();
    full.rollback().await.unwrap_err();
    // The next transaction is a savepoint; rolled back, it leaves a transaction open that nobody counts.
    let refused = writer.begin().await.unwrap();
    refused.rollback().await.unwrap();
    let acknowledged = writer.begin().await.unwrap();
    acknowledged.execute_unprepared("INSERT INTO t VALUES (1)").await.unwrap();
    acknowledged.commit().await.unwrap();
    let reader = Database::connect(options).await.unwrap();
    let count = Statement::from_string(reader.get_database_backend(), "SELECT count(*) FROM t");
    let seen: i64 = reader.query_one_raw(count).await.unwrap().unwrap().try_get_by_index(0).unwrap();
    assert_eq!(seen, 0, "acknowledged, and gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_store_keeps_every_key_it_hands_out_through_a_full_disk() {
    let test = TestDb::open(Engine::Sqlite).await;
    let keys = test.keys().await;
    let home = Home::new(411_002).unwrap();
    let mut handed = Vec::new();
    for n in 0..60_u128 {
        if n % 20 == 5 {
            keys.fill().await;
        }
        let subject = uuid::Uuid::from_u128(n);
        if keys.data_key(home, subject).await.is_ok() {
            handed.push(subject);
        }
    }
    let again = test.keys().await;
    assert!(handed.len() > 50);
    assert_eq!(again.find_keys(&handed).await.unwrap().len(), handed.len());
}

#[tokio::test]
async fn a_read_only_disk_is_away_and_acknowledges_nothing() {
    let test = TestDb::open(Engine::Sqlite).await;
    let url = format!("{}?mode=ro", test.url);
    let settings = Settings { url, connections: 2, node: 0 };
    // It may refuse to open, too; what it must not do is acknowledge.
    if let Ok(db) = Db::open(&settings, Arc::new(SystemClock), Arc::new(Ids::from_os())).await {
        assert_eq!(placed(&db, &test, 1).await.unwrap_err().code(), Some("unavailable"));
    }
    assert_eq!(seen(&test.db).await, 0);
}
