//! Effects that follow the journal, and screens that follow it.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use kernel::{Failure, Home, Result, Scope};
use store::{
    Db, Lane, Tx, both,
    consumers::{Consumer, catch_up},
    counters, journal,
    tail::{Tail, concerns},
    testing::TestDb,
};
use tokio::sync::{oneshot, watch};

use super::happened;

const COUNTY: &str = "411002";

/// Counts entries in the database, and notes in memory which it was shown.
#[derive(Default)]
struct Counting {
    shown: Mutex<Vec<i64>>,
    dies: AtomicBool,
}

#[async_trait]
impl Consumer for Counting {
    fn name(&self) -> &'static str {
        "counting"
    }

    async fn take(&self, tx: &Tx, entries: &[journal::Entry]) -> Result<()> {
        for entry in entries {
            counters::take(tx, entry.home()?, "effects", 1).await?;
            self.shown.lock().unwrap().push(entry.seq);
        }
        if self.dies.swap(false, Ordering::SeqCst) { Err(Failure::internal("killed")) } else { Ok(()) }
    }
}

async fn effects(test: &TestDb) -> i64 {
    test.db
        .write(Lane::Interactive, &test.operator(), async |tx| {
            Ok(counters::take(&tx, Home::new(411_002)?, "effects", 0).await? - 1)
        })
        .await
        .unwrap()
}

async fn write(db: &Db, test: &TestDb, n: i64) {
    db.write(Lane::Interactive, &test.operator(), async |tx| {
        tx.journal(happened(COUNTY, 1, n));
        Ok(())
    })
    .await
    .unwrap();
}

both! {
    async fn a_consumer_takes_each_entry_once_in_order(test: TestDb) {
        let counting = Counting::default();
        for n in 1..=5 { write(&test.db, &test, n).await; }
        assert_eq!(catch_up(&test.db, &counting).await.unwrap(), 5);
        for n in 6..=7 { write(&test.db, &test, n).await; }
        assert_eq!(catch_up(&test.db, &counting).await.unwrap(), 2);
        assert_eq!(catch_up(&test.db, &counting).await.unwrap(), 0);
        assert_eq!(*counting.shown.lock().unwrap(), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(effects(&test).await, 7);
    }

    async fn death_between_the_effect_and_the_cursor_gives_the_effect_once(test: TestDb) {
        let counting = Counting::default();
        for n in 1..=3 { write(&test.db, &test, n).await; }
        counting.dies.store(true, Ordering::SeqCst);
        assert!(catch_up(&test.db, &counting).await.is_err());
        assert_eq!(effects(&test).await, 0);
        assert_eq!(catch_up(&test.db, &counting).await.unwrap(), 3);
        assert_eq!(effects(&test).await, 3);
    }

    async fn a_home_that_fails_holds_back_no_other(test: TestDb) {
        struct Picky(Counting);
        #[async_trait]
        impl Consumer for Picky {
            fn name(&self) -> &'static str {
                "picky"
            }
            async fn take(&self, tx: &Tx, entries: &[journal::Entry]) -> Result<()> {
                if entries[0].home == 411_002 { Err(Failure::internal("unreadable")) } else { self.0.take(tx, entries).await }
            }
        }
        write(&test.db, &test, 1).await;
        test.db.write(Lane::Interactive, &test.operator(), async |tx| { tx.journal(happened("411003", 2, 1)); Ok(()) }).await.unwrap();
        let picky = Picky(Counting::default());
        assert!(catch_up(&test.db, &picky).await.is_err());
        assert_eq!(picky.0.shown.lock().unwrap().len(), 1);
    }

    async fn two_processes_that_both_believe_in_their_lease_do_no_harm(test: TestDb) {
        let second = test.second().await;
        for n in 1..=20 { write(&test.db, &test, n).await; }
        let (a, b) = (Counting::default(), Counting::default());
        let _ = tokio::join!(catch_up(&test.db, &a), catch_up(&second, &b));
        catch_up(&test.db, &a).await.unwrap();
        assert_eq!(effects(&test).await, 20);
    }

    async fn a_write_that_takes_a_lower_number_and_waits_is_seen_before_the_one_that_commits_after_it(test: TestDb) {
        let counting = Counting::default();
        let (entered, is_in) = oneshot::channel();
        let (go, may_go) = oneshot::channel::<()>();
        let (db, actor) = (test.db.clone(), test.operator());
        let slow = tokio::spawn(async move {
            db.write(Lane::Interactive, &actor, async |tx| {
                tx.journal(happened(COUNTY, 1, 1));
                entered.send(()).unwrap();
                may_go.await.unwrap();
                Ok(())
            }).await
        });
        is_in.await.unwrap();
        let (db, actor) = (test.second().await, test.operator());
        let quick = tokio::spawn(async move {
            db.write(Lane::Interactive, &actor, async |tx| { tx.journal(happened(COUNTY, 1, 2)); Ok(()) }).await
        });
        catch_up(&test.db, &counting).await.unwrap();
        go.send(()).unwrap();
        slow.await.unwrap().unwrap();
        quick.await.unwrap().unwrap();
        catch_up(&test.db, &counting).await.unwrap();
        assert_eq!(*counting.shown.lock().unwrap(), [1, 2]);
        assert_eq!(effects(&test).await, 2);
    }

    async fn the_tail_hears_the_commits_of_another_process_once_each(test: TestDb) {
        let second = test.second().await;
        write(&test.db, &test, 0).await;
        let (_stop, stopped) = watch::channel(false);
        let tail = Tail::start(test.db.clone(), stopped).await.unwrap();
        let mut screen = tail.listen();
        for n in 1..=3 {
            write(if n == 2 { &test.db } else { &second }, &test, n).await;
        }
        let mut heard = Vec::new();
        while heard.len() < 3 {
            heard.push(screen.recv().await.unwrap());
        }
        assert_eq!(heard.iter().map(|e| e.seq).collect::<Vec<_>>(), [2, 3, 4]);
        assert!(concerns(&heard[0], &Scope::of(COUNTY.parse().unwrap())));
        assert!(!concerns(&heard[0], &Scope::of("411003".parse().unwrap())));
        assert!(!concerns(&heard[0], &Scope::Grantee(uuid::Uuid::from_u128(9))));
    }

    async fn a_consumer_that_follows_hears_another_process(test: TestDb) {
        let second = test.second().await;
        let (stop, stopped) = watch::channel(false);
        let counting = Arc::new(Counting::default());
        let follower = tokio::spawn(store::consumers::follow(test.db.clone(), counting.clone(), stopped));
        let mut commits = test.db.commits();
        write(&second, &test, 1).await;
        while counting.shown.lock().unwrap().is_empty() {
            // The follower looks by itself; its own commit wakes this loop.
            let _ = tokio::time::timeout(std::time::Duration::from_millis(50), commits.changed()).await;
        }
        stop.send(true).unwrap();
        follower.await.unwrap();
    }
}
