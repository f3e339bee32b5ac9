//! Attached files: sealed, kept once, referred to or swept, and proven.

use std::{path::PathBuf, sync::Arc};

use bytes::Bytes;
use chrono::TimeDelta;
use kernel::{Failure, Home, Ids};
use store::{
    Db, Lane,
    blobs::{Blobs, Fault, File, Report, Sm3, Upload},
    both,
    keys::{Keys, RootFile, Settings},
    planted,
    testing::TestDb,
};
use uuid::Uuid;

const PHOTO: &[u8] = b"\xff\xd8\xff\xe0 a photo of a door in 411002193903071234's house \xff\xd9";
const ELDER: Uuid = Uuid::from_u128(7);

/// Files beside the test's database, as a process has them.
async fn blobs(test: &TestDb) -> (Blobs, Keys) {
    let (ids, root) = (Arc::new(Ids::from_os()), test.folder().join("elsewhere/root.key"));
    let root = RootFile::load(&root, ids.clone()).or_else(|_| RootFile::init(&root, ids.clone())).unwrap();
    let url = format!("sqlite:{}", test.folder().join("keys.db").display());
    let keys = Keys::make(&Settings::new(url), Arc::new(root), ids, test.clock.clone()).await.unwrap();
    (Blobs::in_folder(&objects(test), keys.clone(), 20 << 20).unwrap(), keys)
}

fn objects(test: &TestDb) -> PathBuf {
    test.folder().join("blobs")
}

fn home() -> Home {
    Home::new(411_002).unwrap()
}

fn photo(subject: Uuid) -> Upload {
    let place = "411002001001".parse().unwrap();
    Upload { home: home(), place, subject, media: "image/jpeg".into(), content: Bytes::from_static(PHOTO) }
}

async fn refer(test: &TestDb, blobs: &Blobs, subject: Uuid, sums: &[Sm3]) -> Result<Vec<File>, Failure> {
    let write = async |tx| blobs.reference(&tx, home(), subject, sums).await;
    test.db.write(Lane::Interactive, &test.operator(), write).await
}

async fn sweep(test: &TestDb, blobs: &Blobs) -> u64 {
    blobs.sweep(&test.db, &test.operator(), TimeDelta::days(7)).await.unwrap()
}

/// The files in the object store, not counting folders.
fn stored(test: &TestDb) -> Vec<PathBuf> {
    fn walk(folder: PathBuf, found: &mut Vec<PathBuf>) {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() { walk(path, found) } else { found.push(path) }
        }
    }
    let mut found = Vec::new();
    walk(objects(test), &mut found);
    found
}

async fn stage(blobs: &Blobs, db: &Db, test: &TestDb, subject: Uuid) -> File {
    blobs.stage(db, &test.operator(), photo(subject)).await.unwrap()
}

both! {
    async fn a_photo_comes_back_as_it_was_and_lies_sealed(test: TestDb) {
        let (blobs, _) = blobs(&test).await;
        let file = stage(&blobs, &test.db, &test, ELDER).await;
        assert_eq!((file.sm3, file.bytes, file.media.as_str()), (Sm3::of(PHOTO), PHOTO.len() as i64, "image/jpeg"));
        assert_eq!(blobs.open(&file).await.unwrap(), PHOTO);
        assert_eq!(planted::search(&objects(&test), &["411002193903071234", "a photo of a door"]).unwrap(), []);
        let found = blobs.find(&test.db, home(), ELDER, file.sm3).await.unwrap();
        assert_eq!(found, Some(file));
        assert_eq!(blobs.find(&test.db, home(), Uuid::from_u128(8), Sm3::of(PHOTO)).await.unwrap(), None);
    }

    async fn sent_twice_it_is_kept_once_also_by_two_processes_at_once(test: TestDb) {
        let (one, _) = blobs(&test).await;
        let (two, _) = blobs(&test).await;
        let second = test.second().await;
        let (a, b) = tokio::join!(stage(&one, &test.db, &test, ELDER), stage(&two, &second, &test, ELDER));
        assert_eq!(a, b);
        assert_eq!(stage(&two, &second, &test, ELDER).await.id, a.id);
        assert_eq!(stored(&test).len(), 1);
        // The same picture of another elder is another file, under another key.
        let other = stage(&one, &test.db, &test, Uuid::from_u128(8)).await;
        assert_ne!(other.id, a.id);
        assert_eq!(stored(&test).len(), 2);
    }

    async fn a_photo_whose_object_is_gone_or_changed_is_kept_when_it_is_sent_again(test: TestDb) {
        let (blobs, _) = blobs(&test).await;
        let file = stage(&blobs, &test.db, &test, ELDER).await;
        for damage in ["gone", "changed"] {
            let object = stored(&test).pop().unwrap();
            if damage == "gone" { std::fs::remove_file(object).unwrap() } else { std::fs::write(object, "x").unwrap() }
            assert!(blobs.open(&file).await.is_err() && !blobs.is_whole(&file).await.unwrap(), "{damage}");
            assert_eq!(stage(&blobs, &test.db, &test, ELDER).await.id, file.id);
            assert_eq!(blobs.open(&file).await.unwrap(), PHOTO, "{damage}");
        }
    }

    async fn what_a_case_refers_to_stays_and_the_rest_goes_after_seven_days(test: TestDb) {
        let (blobs, _) = blobs(&test).await;
        let kept = stage(&blobs, &test.db, &test, ELDER).await;
        let left = stage(&blobs, &test.db, &test, Uuid::from_u128(8)).await;
        assert!(refer(&test, &blobs, ELDER, &[kept.sm3]).await.unwrap()[0].is_referenced);
        assert!(refer(&test, &blobs, ELDER, &[kept.sm3]).await.unwrap()[0].is_referenced, "a second case may refer too");
        test.clock.advance(TimeDelta::days(7));
        assert_eq!(sweep(&test, &blobs).await, 0);
        test.clock.advance(TimeDelta::seconds(1));
        assert_eq!(sweep(&test, &blobs).await, 1);
        assert_eq!(stored(&test).len(), 1);
        assert_eq!(blobs.open(&kept).await.unwrap(), PHOTO);
        let refused = refer(&test, &blobs, left.subject, &[left.sm3]).await.unwrap_err();
        assert_eq!(refused.code(), Some("files.not_staged"));
        // Sent again after the sweep, it is there again.
        let again = stage(&blobs, &test.db, &test, left.subject).await;
        assert_eq!(blobs.open(&again).await.unwrap(), PHOTO);
    }

    async fn sent_again_a_file_waits_its_whole_time_again(test: TestDb) {
        let (blobs, _) = blobs(&test).await;
        stage(&blobs, &test.db, &test, ELDER).await;
        test.clock.advance(TimeDelta::days(6));
        stage(&blobs, &test.db, &test, ELDER).await;
        test.clock.advance(TimeDelta::days(6));
        assert_eq!(sweep(&test, &blobs).await, 0);
    }

    async fn a_case_that_fails_keeps_no_reference(test: TestDb) {
        let (blobs, _) = blobs(&test).await;
        let file = stage(&blobs, &test.db, &test, ELDER).await;
        let missing = Sm3::of(b"never sent");
        let refused = refer(&test, &blobs, ELDER, &[file.sm3, missing]).await.unwrap_err();
        assert_eq!(refused.code(), Some("files.not_staged"));
        let found = blobs.find(&test.db, home(), ELDER, file.sm3).await.unwrap().unwrap();
        assert!(!found.is_referenced);
    }

    async fn verify_names_files_that_are_gone_changed_or_swapped(test: TestDb) {
        let (blobs, keys) = blobs(&test).await;
        let mut files = Vec::new();
        for subject in 1..=5 {
            files.push(stage(&blobs, &test.db, &test, Uuid::from_u128(subject)).await);
        }
        assert_eq!(blobs.verify(&test.db, |_| ()).await.unwrap(), Report { whole: 5, ..Report::default() });
        let object = |file: &File| {
            let name = file.id.simple().to_string();
            stored(&test).into_iter().find(|path| path.ends_with(&name)).unwrap()
        };
        let swapped = std::fs::read(object(&files[3])).unwrap();
        std::fs::remove_file(object(&files[0])).unwrap();
        let mut bytes = std::fs::read(object(&files[1])).unwrap();
        bytes[40] ^= 1;
        std::fs::write(object(&files[1]), bytes).unwrap();
        std::fs::write(object(&files[2]), swapped).unwrap();
        keys.erase(home(), files[4].subject, "cli:root").await.unwrap();
        let report = blobs.verify(&test.db, |_| ()).await.unwrap();
        assert_eq!((report.whole, report.erased), (1, 1));
        let mut faults: Vec<_> = report.faulty.iter().map(|f| (f.file.subject.as_u128(), f.fault)).collect();
        faults.sort_by_key(|(subject, _)| *subject);
        assert_eq!(faults, [(1, Fault::Missing), (2, Fault::Changed), (3, Fault::Changed)]);
        assert!(blobs.open(&files[2]).await.is_err());
    }

    async fn an_erased_elders_photos_cannot_be_opened_or_added(test: TestDb) {
        let (blobs, keys) = blobs(&test).await;
        let file = stage(&blobs, &test.db, &test, ELDER).await;
        keys.erase(home(), ELDER, "cli:root").await.unwrap();
        assert_eq!(blobs.open(&file).await.unwrap_err().code(), Some("keys.erased"));
        let other = Upload { content: Bytes::from_static(b"another"), ..photo(ELDER) };
        let refused = blobs.stage(&test.db, &test.operator(), other).await.unwrap_err();
        assert_eq!(refused.code(), Some("keys.erased"));
    }

    async fn a_stray_object_of_a_death_half_way_is_swept_and_no_other(test: TestDb) {
        let (blobs, _) = blobs(&test).await;
        let kept = stage(&blobs, &test.db, &test, ELDER).await;
        let object = stored(&test).remove(0);
        // A process died between the object and its row; somebody put a note into the folder.
        let stray = Ids::seeded(5).uuid(kept.made_at);
        let spread = format!("{:02x}", stray.as_bytes()[15]);
        let folder = objects(&test).join("411002").join(spread);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::copy(&object, folder.join(stray.simple().to_string())).unwrap();
        std::fs::write(objects(&test).join("README"), "not ours").unwrap();
        let sweep = async || blobs.sweep_strays(&test.db, TimeDelta::days(7)).await.unwrap();
        assert_eq!(sweep().await, 0, "it may still be on its way");
        test.clock.advance(TimeDelta::days(8));
        assert_eq!(sweep().await, 1);
        assert_eq!(stored(&test).len(), 2);
        assert_eq!(blobs.open(&kept).await.unwrap(), PHOTO);
    }

    async fn a_file_over_the_limit_is_refused_and_leaves_nothing(test: TestDb) {
        let (_, keys) = blobs(&test).await;
        let blobs = Blobs::in_folder(&objects(&test), keys, 1 << 20).unwrap();
        let large = Upload { content: Bytes::from(vec![0; (1 << 20) + 1]), ..photo(ELDER) };
        let refused = blobs.stage(&test.db, &test.operator(), large).await.unwrap_err();
        assert_eq!(refused.code(), Some("files.too_large"));
        assert!(stored(&test).is_empty());
    }
}
