//! Proofs: true while others write, and not to be had without the platform's key; a database and its keys.

use kernel::{Home, Ids};
use sea_orm::ConnectionTrait;
use store::{
    Lane, both, counters,
    heads::NodeKey,
    homes,
    journal::{self, Fault},
    keys,
    testing::TestDb,
};
use uuid::Uuid;

use super::happened;

const COUNTY: &str = "411002";

async fn happen(test: &TestDb, n: i64) {
    test.db
        .write(Lane::Interactive, &test.operator(), async |tx| {
            tx.journal(happened(COUNTY, 1, n));
            Ok(())
        })
        .await
        .unwrap();
}

async fn sql(test: &TestDb, text: &str) {
    test.db
        .write(Lane::Interactive, &test.operator(), async |tx| {
            tx.execute_unprepared(text).await?;
            Ok(())
        })
        .await
        .unwrap();
}

both! {
    async fn a_proof_is_true_while_others_write(test: TestDb) {
        happen(&test, 0).await;
        let (db, actor) = (test.db.clone(), test.operator());
        let writing = tokio::spawn(async move {
            for n in 0..200 {
                db.write(Lane::Interactive, &actor, async |tx| {
                    tx.journal(happened(COUNTY, 1, n));
                    tx.journal(happened("411003", 2, n));
                    Ok(())
                }).await.unwrap();
            }
        });
        let mut proofs = 0;
        while !writing.is_finished() {
            let report = journal::verify(&test.db, &[], |_| {}).await.unwrap();
            assert_eq!(report.breaks, []);
            proofs += 1;
        }
        writing.await.unwrap();
        assert!(proofs > 1, "{proofs}");
        let report = journal::verify(&test.db, &[], |_| {}).await.unwrap();
        assert_eq!((report.entries, report.proven.len()), (401, 2));
    }

    async fn a_chain_that_was_made_anew_without_the_key_has_no_right_seal(test: TestDb) {
        let seal = NodeKey::random(&Ids::seeded(9)).head_seal();
        happen(&test, 0).await;
        test.db.seal_heads(seal.clone());
        journal::seal_unsealed(&test.db).await.unwrap();
        let faults = async || {
            let mut report = journal::verify(&test.db, &[], |_| {}).await.unwrap();
            report.hold_seals(&seal);
            report.breaks.into_iter().map(|broken| broken.fault).collect::<Vec<_>>()
        };
        assert_eq!(faults().await, []);
        for n in 1..4 {
            happen(&test, n).await;
        }
        assert_eq!(faults().await, []);
        // The tail is cut and the head mended: whole in itself.
        sql(&test, "DELETE FROM journal WHERE seq = 4").await;
        sql(&test, "UPDATE journal_heads SET seq = 3, hash = (SELECT hash FROM journal WHERE seq = 3)").await;
        assert_eq!(faults().await, [Fault::Unsealed]);
        // Losing the seal altogether is a finding, too, and nothing seals it again.
        happen(&test, 4).await;
        assert_eq!(faults().await, []);
        sql(&test, "UPDATE journal_heads SET seal = NULL").await;
        assert_eq!(faults().await, [Fault::Unsealed]);
    }

    async fn a_database_opens_with_its_own_keys_only(test: TestDb) {
        let own = test.keys().await;
        own.check_belonging(&test.db).await.unwrap();
        own.check_belonging(&test.db).await.unwrap();
        let ids = std::sync::Arc::new(Ids::from_os());
        let root = keys::RootFile::init(&test.folder().join("other/root.key"), ids.clone()).unwrap();
        let settings = keys::Settings::new(format!("sqlite:{}", test.folder().join("other/keys.db").display()));
        let other = keys::Keys::make(&settings, std::sync::Arc::new(root), ids, test.clock.clone()).await.unwrap();
        assert_eq!(other.check_belonging(&test.db).await.unwrap_err().code(), Some("keys.other_store"));
    }

    async fn people_of_an_older_database_are_not_given_to_an_empty_key_store(test: TestDb) {
        let home = Home::new(411_002).unwrap();
        let person = Uuid::from_u128(7);
        test.db.write(Lane::Interactive, &test.operator(), async |tx| homes::move_in(&tx, person, home).await).await.unwrap();
        let keys = test.keys().await;
        assert_eq!(keys.check_belonging(&test.db).await.unwrap_err().code(), Some("keys.other_store"));
        assert_eq!(keys.check_complete(&test.db).await.unwrap_err().code(), Some("keys.missing"));
        keys.data_key(home, person).await.unwrap();
        keys.check_complete(&test.db).await.unwrap();
        keys.check_belonging(&test.db).await.unwrap();
        keys.erase(home, person, "tester").await.unwrap();
        keys.check_complete(&test.db).await.unwrap();
    }

    async fn numbers_given_after_a_restore_are_none_of_those_that_were_lost(test: TestDb) {
        let home = Home::new(411_002).unwrap();
        let number = async || {
            test.db.write(Lane::Interactive, &test.operator(), async |tx| counters::number(&tx, home, "orders").await).await.unwrap()
        };
        assert_eq!(number().await, "20261121-411002-00001");
        test.clock.advance(chrono::TimeDelta::days(1));
        let yesterday = "2026-11-21".parse().unwrap();
        test.db.write(Lane::Interactive, &test.operator(), async |tx| counters::leap(&tx, yesterday).await).await.unwrap();
        assert_eq!(number().await, "20261122-411002-50001");
    }
}

#[tokio::test]
async fn a_key_store_that_is_gone_is_not_made_anew_and_leaves_no_file() {
    let test = TestDb::open(store::Engine::Sqlite).await;
    drop(test.keys().await);
    let file = test.folder().join("keys.db");
    for beside in ["keys.db", "keys.db-wal", "keys.db-shm"] {
        let _ = std::fs::remove_file(test.folder().join(beside));
    }
    let ids = std::sync::Arc::new(Ids::from_os());
    let root = keys::RootFile::load(&test.folder().join("root.key"), ids.clone()).unwrap();
    let settings = keys::Settings::new(format!("sqlite:{}", file.display()));
    let opened = keys::Keys::open(&settings, std::sync::Arc::new(root), ids, test.clock.clone()).await;
    assert_eq!(opened.unwrap_err().code(), Some("keys.no_store"));
    assert!(!file.exists());
}

#[tokio::test]
async fn a_folder_without_a_database_stays_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("sangyu.db").display());
    let settings = store::Settings { url, connections: 2, node: 0 };
    let clock = std::sync::Arc::new(kernel::SystemClock);
    let opened = store::Db::open(&settings, clock, std::sync::Arc::new(Ids::from_os())).await;
    assert_eq!(opened.unwrap_err().code(), Some("store.no_database"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
