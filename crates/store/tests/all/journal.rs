//! Chains and their proof.

use kernel::{Home, PlaceRange, Region, Scope};
use sea_orm::{ConnectionTrait, Statement};
use store::{
    Lane, both, homes,
    journal::{self, Break, Fault},
    sea_orm,
    testing::TestDb,
};
use uuid::Uuid;

use super::happened;

const COUNTY: &str = "411002";

fn home() -> Home {
    Home::new(411_002).unwrap()
}

async fn ten_entries(test: &TestDb) {
    for n in 1..=10 {
        test.db
            .write(Lane::Interactive, &test.operator(), async |tx| {
                tx.journal(happened(COUNTY, 1, n));
                Ok(())
            })
            .await
            .unwrap();
    }
    test.db
        .write(Lane::Interactive, &test.operator(), async |tx| {
            tx.journal(happened("411003", 2, 1));
            Ok(())
        })
        .await
        .unwrap();
}

/// What somebody with the database's password could do.
async fn tamper(test: &TestDb, sql: &str) {
    let intruder = sea_orm::Database::connect(test.url.as_str()).await.unwrap();
    let done = intruder.execute_raw(Statement::from_string(intruder.get_database_backend(), sql)).await.unwrap();
    assert!(done.rows_affected() > 0, "{sql}");
    intruder.close().await.unwrap();
}

async fn first_break(test: &TestDb, kept: &[journal::Head]) -> Vec<(i64, Fault)> {
    let report = journal::verify(&test.db, kept, |_| {}).await.unwrap();
    report
        .breaks
        .into_iter()
        .map(|Break { home: at, seq, fault }| {
            assert_eq!(at, home());
            (seq, fault)
        })
        .collect()
}

both! {
    async fn a_whole_chain_is_proven(test: TestDb) {
        ten_entries(&test).await;
        let kept = journal::heads(&test.db).await.unwrap();
        let report = journal::verify(&test.db, &kept, |_| {}).await.unwrap();
        assert_eq!((report.homes, report.entries, report.breaks), (2, 11, vec![]));
    }

    async fn a_changed_byte_is_named(test: TestDb) {
        ten_entries(&test).await;
        tamper(&test, "UPDATE journal SET facts = '{\"n\":99}' WHERE home = 411002 AND seq = 4").await;
        assert_eq!(first_break(&test, &[]).await, [(4, Fault::Changed)]);
    }

    async fn a_changed_name_is_named(test: TestDb) {
        ten_entries(&test).await;
        tamper(&test, "UPDATE journal SET actor_name = 'somebody else' WHERE home = 411002 AND seq = 10").await;
        assert_eq!(first_break(&test, &[]).await, [(10, Fault::Changed)]);
    }

    async fn a_deleted_row_is_named(test: TestDb) {
        ten_entries(&test).await;
        tamper(&test, "DELETE FROM journal WHERE home = 411002 AND seq = 6").await;
        assert_eq!(first_break(&test, &[]).await, [(6, Fault::Missing)]);
    }

    async fn a_cut_tail_is_named(test: TestDb) {
        ten_entries(&test).await;
        tamper(&test, "DELETE FROM journal WHERE home = 411002 AND seq > 8").await;
        assert_eq!(first_break(&test, &[]).await, [(9, Fault::Missing)]);
    }

    async fn a_tail_cut_with_its_head_is_named_by_the_head_kept_outside(test: TestDb) {
        ten_entries(&test).await;
        let kept = journal::heads(&test.db).await.unwrap();
        tamper(&test, "DELETE FROM journal WHERE home = 411002 AND seq > 8").await;
        tamper(&test, "UPDATE journal_heads SET seq = 8, hash = (SELECT hash FROM journal WHERE home = 411002 AND seq = 8) WHERE home = 411002").await;
        assert_eq!(first_break(&test, &[]).await, []);
        assert_eq!(first_break(&test, &kept).await, [(9, Fault::NotAsKept)]);
    }

    async fn two_swapped_rows_are_named(test: TestDb) {
        ten_entries(&test).await;
        tamper(&test, "UPDATE journal SET seq = 1000 WHERE home = 411002 AND seq = 3").await;
        tamper(&test, "UPDATE journal SET seq = 3 WHERE home = 411002 AND seq = 7").await;
        tamper(&test, "UPDATE journal SET seq = 7 WHERE home = 411002 AND seq = 1000").await;
        assert_eq!(first_break(&test, &[]).await, [(3, Fault::Changed)]);
    }

    async fn a_recomputed_chain_differs_from_the_head_kept_outside(test: TestDb) {
        ten_entries(&test).await;
        let kept = journal::heads(&test.db).await.unwrap();
        tamper(&test, "DELETE FROM journal WHERE home = 411002").await;
        tamper(&test, "DELETE FROM journal_heads WHERE home = 411002").await;
        for n in 1..=10 {
            test.db.write(Lane::Interactive, &test.operator(), async |tx| {
                tx.journal(happened(COUNTY, 1, if n == 5 { 500 } else { n }));
                Ok(())
            }).await.unwrap();
        }
        assert_eq!(first_break(&test, &[]).await, []);
        assert_eq!(first_break(&test, &kept).await, [(10, Fault::NotAsKept)]);
    }

    async fn a_removed_head_is_noticed(test: TestDb) {
        ten_entries(&test).await;
        tamper(&test, "DELETE FROM journal_heads WHERE home = 411002").await;
        assert_eq!(first_break(&test, &[]).await, [(1, Fault::Beyond)]);
    }

    async fn a_timeline_reads_all_homes_newest_first_and_stops_at_the_scope(test: TestDb) {
        let person = Uuid::from_u128(7);
        let places = ["411002001001", "411003001001"];
        for (n, place) in places.iter().enumerate() {
            let home = place.parse::<Region>().unwrap().home().unwrap();
            test.clock.advance(chrono::TimeDelta::hours(1));
            test.db.write(Lane::Interactive, &test.operator(), async |tx| {
                homes::move_in(&tx, person, home).await?;
                tx.journal(happened(place, 70, n as i64).on_timeline_of(person));
                Ok(())
            }).await.unwrap();
        }
        let seen = async |scope: &Scope| {
            let entries = journal::timeline(&test.db, scope, person, None, 10).await.unwrap();
            entries.iter().map(|e| e.place).collect::<Vec<_>>()
        };
        assert_eq!(seen(&Scope::whole()).await, [411_003_001_001, 411_002_001_001]);
        assert_eq!(seen(&Scope::Place(places[0].parse::<Region>().unwrap().range())).await, [411_002_001_001]);
        assert_eq!(seen(&Scope::Place(PlaceRange { lo: 411_004_000_000, hi: 411_004_999_999 })).await, [0_i64; 0]);
        let first = &journal::timeline(&test.db, &Scope::whole(), person, None, 1).await.unwrap()[0];
        let older = journal::timeline(&test.db, &Scope::whole(), person, Some((first.at, first.seq)), 5).await.unwrap();
        assert_eq!(older.len(), 1);
    }
}
