//! The one way to write.

use std::sync::Arc;

use kernel::{Common, Failure, Ids, SystemClock};
use store::{Db, Lane, Settings, both, clocks, counters, journal};
use uuid::Uuid;

use super::happened;

const COUNTY: &str = "411002";

both! {
    async fn a_failed_write_keeps_neither_rows_nor_events(test: TestDb) {
        let failed = test.db.write(Lane::Interactive, &test.operator(), async |tx| {
            tx.journal(happened(COUNTY, 1, 1));
            counters::take(&tx, kernel::Home::new(411_002)?, "orders", 1).await?;
            Err::<(), _>(Common::NotAllowed.into())
        }).await;
        assert_eq!(failed.unwrap_err().code(), Some("not_allowed"));
        assert!(journal::heads(&test.db).await.unwrap().is_empty());
        let next = test.db.write(Lane::Interactive, &test.operator(), async |tx| {
            counters::number(&tx, kernel::Home::new(411_002)?, "orders").await
        }).await.unwrap();
        assert_eq!(next, "20261121-411002-00001");
    }

    async fn all_rows_of_a_write_bear_one_moment(test: TestDb) {
        let (before, after) = test.db.write(Lane::Interactive, &test.operator(), async |tx| {
            let before = tx.now();
            test.clock.advance(chrono::TimeDelta::seconds(3));
            Ok((before, tx.now()))
        }).await.unwrap();
        assert_eq!(before, after);
    }

    async fn a_handle_kept_beyond_its_write_fails_and_keeps_nothing(test: TestDb) {
        let mut kept = None;
        let failed = test.db.write(Lane::Interactive, &test.operator(), async |tx| {
            tx.journal(happened(COUNTY, 1, 1));
            kept = Some(tx);
            Ok(())
        }).await;
        assert!(matches!(failed, Err(Failure::Internal(_))));
        drop(kept);
        assert!(journal::heads(&test.db).await.unwrap().is_empty());
    }

    async fn many_writers_of_two_processes_lose_nothing(test: TestDb) {
        let second = test.second().await;
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..40 {
            let db = if n % 2 == 0 { test.db.clone() } else { second.clone() };
            let actor = test.operator();
            tasks.spawn(async move {
                let place = if n % 4 < 2 { COUNTY } else { "411003" };
                db.write(Lane::Interactive, &actor, async |tx| {
                    tx.journal(happened(place, 1, n));
                    tx.journal(happened("411081", 1, n));
                    Ok(())
                }).await
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap().unwrap();
        }
        let heads = journal::heads(&test.db).await.unwrap();
        assert_eq!(heads.iter().map(|h| (h.home.number(), h.seq)).collect::<Vec<_>>(), [(411_002, 20), (411_003, 20), (411_081, 40)]);
        assert_eq!(journal::verify(&test.db, &[], |_| {}).await.unwrap().breaks, []);
    }

    async fn a_writer_that_is_dropped_half_way_leaves_the_lane_free(test: TestDb) {
        let stuck = test.db.clone();
        let actor = test.operator();
        let task = tokio::spawn(async move {
            stuck.write(Lane::Interactive, &actor, async |tx| {
                clocks::start(&tx, kernel::Home::new(411_002)?, Uuid::nil(), "x", tx.now()).await?;
                std::future::pending::<kernel::Result<()>>().await
            }).await
        });
        tokio::task::yield_now().await;
        task.abort();
        let _ = task.await;
        test.db.write(Lane::Bulk, &test.operator(), async |tx| { tx.journal(happened(COUNTY, 1, 1)); Ok(()) }).await.unwrap();
        assert!(clocks::due(&test.db, test.clock.now_plus_a_year(), 10).await.unwrap().is_empty());
    }
}

trait Later {
    fn now_plus_a_year(&self) -> kernel::Instant;
}

impl Later for kernel::ManualClock {
    fn now_plus_a_year(&self) -> kernel::Instant {
        kernel::Clock::now(self) + chrono::TimeDelta::days(365)
    }
}

#[tokio::test]
async fn an_unknown_database_url_refuses_to_open() {
    for url in ["mysql://localhost/x", "data/sangyu.db", ""] {
        let settings = Settings { url: url.into(), connections: 2, node: 0 };
        let failure = Db::open(&settings, Arc::new(SystemClock), Arc::new(Ids::from_os())).await.unwrap_err();
        assert_eq!(failure.code(), Some("store.unknown_engine"), "{url}");
    }
}
