//! The key store on both engines: two processes agree, erasing is for ever, rotation and backups lose nothing.

use std::{env, path::PathBuf, sync::Arc};

use chrono::TimeDelta;
use kernel::{Clock, Home, Ids, ManualClock};
use store::{
    keys::{Erasure, Keys, Root, RootFile, Settings},
    sea_orm::{ConnectionTrait, Database, DatabaseConnection},
    seal::{Cell, DataKey, SealFault},
};
use tempfile::TempDir;
use uuid::Uuid;

const PASSPHRASE: &str = "八个和尚没水喝，九个和尚更没水喝";

/// One key store that several processes may open.
struct Place {
    folder: TempDir,
    url: String,
    clock: Arc<ManualClock>,
    admin: Option<(DatabaseConnection, String)>,
}

impl Place {
    fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite:{}", folder.path().join("keys.db").display());
        Self { folder, url, clock: clock(), admin: None }
    }

    async fn postgres() -> Self {
        let admin_url = env::var("SANGYU_TEST_POSTGRES").expect("SANGYU_TEST_POSTGRES names a superuser's URL");
        let admin = Database::connect(&admin_url).await.unwrap();
        let name = format!("keys_{}", Ids::from_os().uuid(clock().now()).simple());
        admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
        let url = format!("{}/{name}", admin_url.rsplit_once('/').unwrap().0);
        Self { folder: TempDir::new().unwrap(), url, clock: clock(), admin: Some((admin, name)) }
    }

    fn root_path(&self) -> PathBuf {
        self.folder.path().join("elsewhere/root.key")
    }

    fn root(&self) -> Arc<RootFile> {
        let ids = Arc::new(Ids::from_os());
        Arc::new(
            RootFile::load(&self.root_path(), ids.clone()).or_else(|_| RootFile::init(&self.root_path(), ids)).unwrap(),
        )
    }

    /// Opens it as another process would: nothing is shared but the files.
    async fn open(&self) -> Keys {
        self.open_with(self.root()).await.unwrap()
    }

    async fn open_with(&self, root: Arc<dyn Root>) -> kernel::Result<Keys> {
        Keys::make(&Settings::new(&self.url), root, Arc::new(Ids::from_os()), self.clock.clone()).await
    }

    async fn leave(self) {
        if let Some((admin, name)) = self.admin {
            admin.execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
        }
    }
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at("2026-11-21T02:00:00Z".parse().unwrap()))
}

fn home() -> Home {
    Home::new(411_002).unwrap()
}

fn subjects(count: u128) -> Vec<Uuid> {
    (1..=count).map(Uuid::from_u128).collect()
}

fn sealed(keys: &Keys, key: &DataKey, subject: Uuid) -> Vec<u8> {
    key.seal(keys.ids(), Cell::new("elders", "phone", subject), b"13800138000")
}

fn opens(key: &DataKey, subject: Uuid, sealed: &[u8]) -> Result<String, SealFault> {
    key.open_text(Cell::new("elders", "phone", subject), sealed)
}

/// Each test runs on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($(async fn $name:ident($place:ident: &Place) $body:block)*) => { $(
        mod $name {
            use super::*;

            async fn holds($place: &Place) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                holds(&Place::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                let place = Place::postgres().await;
                holds(&place).await;
                place.leave().await;
            }
        }
    )* };
}

on_both! {
    async fn a_key_made_once_is_the_same_for_ever(place: &Place) {
        let subject = Uuid::from_u128(7);
        let keys = place.open().await;
        assert_eq!(keys.find_key(subject).await.unwrap(), None);
        let made = keys.data_key(home(), subject).await.unwrap();
        let cell = sealed(&keys, &made, subject);
        // Another home does not count once it is made, and another process reads the same.
        let other = place.open().await;
        let found = other.data_key(Home::new(411_003).unwrap(), subject).await.unwrap();
        assert_eq!(opens(&found, subject, &cell).as_deref(), Ok("13800138000"));
        assert_eq!(keys.data_key(home(), subject).await.unwrap(), made);
        assert_eq!(other.find_keys(&subjects(9)).await.unwrap().len(), 1);
    }

    async fn processes_that_race_for_the_same_subjects_agree(place: &Place) {
        place.root();
        let open = || async { place.open().await };
        let processes = futures::future::join_all((0..4).map(|_| open())).await;
        let all = subjects(3_000);
        let reversed: Vec<Uuid> = all.iter().rev().copied().collect();
        let runs = processes.iter().enumerate().map(|(n, keys)| {
            let keys = keys.clone();
            let wanted = if n % 2 == 0 { all.clone() } else { reversed.clone() };
            tokio::spawn(async move {
                let mut got: Vec<_> = wanted.iter().copied().zip(keys.data_keys(home(), &wanted).await.unwrap()).collect();
                got.sort_by_key(|(subject, _)| *subject);
                got
            })
        });
        let got: Vec<_> = futures::future::join_all(runs).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(got[0].len(), 3_000);
        assert!(got.iter().all(|keys| *keys == got[0]), "every process got the same keys");
        assert_eq!(processes[0].index_key().await.unwrap(), processes[3].index_key().await.unwrap());
    }

    async fn fifty_single_requests_for_one_new_subject_get_one_key(place: &Place) {
        let (one, two, subject) = (place.open().await, place.open().await, Uuid::from_u128(1));
        let asks = (0..50).map(|n| {
            let keys = if n % 2 == 0 { one.clone() } else { two.clone() };
            tokio::spawn(async move { keys.data_key(home(), subject).await.unwrap() })
        });
        let got: Vec<_> = futures::future::join_all(asks).await.into_iter().map(Result::unwrap).collect();
        assert!(got.iter().all(|key| *key == got[0]));
    }

    async fn an_erased_subject_is_unreadable_and_never_gets_a_key_again(place: &Place) {
        let keys = place.open().await;
        let (erased, kept) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let key = keys.data_key(home(), erased).await.unwrap();
        keys.data_key(home(), kept).await.unwrap();
        let cell = sealed(&keys, &key, erased);
        assert_eq!(keys.erase(home(), erased, "cli:root").await.unwrap(), Erasure::Done);
        assert_eq!(keys.erase(home(), erased, "cli:other").await.unwrap(), Erasure::DoneBefore);
        for process in [keys.clone(), place.open().await] {
            assert_eq!(process.find_key(erased).await.unwrap(), None);
            assert_eq!(process.data_key(home(), erased).await.unwrap_err().code(), Some("keys.erased"));
            assert!(process.find_key(kept).await.unwrap().is_some());
        }
        let list = keys.erased().await.unwrap();
        assert_eq!((list.len(), list[0].subject, list[0].by.as_str()), (1, erased, "cli:root"));
        assert_eq!(list[0].at, place.clock.now());
        assert!(opens(&keys.find_key(kept).await.unwrap().unwrap(), erased, &cell).is_err());
    }

    async fn erasing_somebody_who_never_had_a_key_keeps_one_from_being_made(place: &Place) {
        let (keys, nobody) = (place.open().await, Uuid::from_u128(5));
        assert_eq!(keys.erase(home(), nobody, "cli:root").await.unwrap(), Erasure::Done);
        assert_eq!(keys.data_key(home(), nobody).await.unwrap_err().code(), Some("keys.erased"));
    }

    async fn another_process_notices_an_erasure_within_a_minute(place: &Place) {
        let (keys, other, subject) = (place.open().await, place.open().await, Uuid::from_u128(1));
        keys.data_key(home(), subject).await.unwrap();
        assert!(other.find_key(subject).await.unwrap().is_some());
        keys.erase(home(), subject, "cli:root").await.unwrap();
        place.clock.advance(TimeDelta::seconds(60));
        assert_eq!(other.find_key(subject).await.unwrap(), None);
    }

    async fn a_rotated_county_still_opens_every_cell(place: &Place) {
        let (keys, all) = (place.open().await, subjects(1_200));
        let before = keys.data_keys(home(), &all).await.unwrap();
        keys.erase(home(), all[0], "cli:root").await.unwrap();
        let elsewhere = keys.data_key(Home::new(411_003).unwrap(), Uuid::from_u128(9_999)).await.unwrap();
        assert_eq!(keys.rotate_county(home()).await.unwrap(), 1_199);
        let other = place.open().await;
        assert_eq!(other.data_keys(home(), &all[1..]).await.unwrap(), before[1..]);
        assert_eq!(other.find_key(all[0]).await.unwrap(), None);
        assert_eq!(other.find_key(Uuid::from_u128(9_999)).await.unwrap(), Some(elsewhere));
        // A process that did not notice the rotation yet still reads and makes keys.
        assert!(keys.data_key(home(), Uuid::from_u128(5_000)).await.is_ok());
        assert_eq!(other.rotate_county(home()).await.unwrap(), 1_200);
    }

    async fn a_renewed_root_opens_everything_and_the_old_root_nothing(place: &Place) {
        let keys = place.open().await;
        let old_root = tempfile::NamedTempFile::new_in(place.folder.path()).unwrap();
        std::fs::copy(place.root_path(), old_root.path()).unwrap();
        let (key, index) = (keys.data_key(home(), Uuid::from_u128(1)).await.unwrap(), keys.index_key().await.unwrap());
        let running = place.open().await;
        assert_eq!(keys.rotate_root().await.unwrap(), 2);
        let restarted = place.open().await;
        assert_eq!(restarted.find_key(Uuid::from_u128(1)).await.unwrap(), Some(key.clone()));
        assert_eq!(restarted.index_key().await.unwrap(), index);
        // A process that runs on with the file it read before the renewal finds the new root by itself.
        assert_eq!(running.find_key(Uuid::from_u128(1)).await.unwrap(), Some(key));
        let file = std::fs::read_to_string(place.root_path()).unwrap();
        assert_eq!(file.lines().filter(|line| line.starts_with("root ")).count(), 1, "the old root is destroyed");
        let stale = RootFile::load(old_root.path(), Arc::new(Ids::from_os())).unwrap();
        let refused = place.open_with(Arc::new(stale)).await.unwrap_err();
        assert_eq!(refused.code(), Some("keys.wrong_root"));
    }

    async fn another_platforms_root_refuses_to_start(place: &Place) {
        let keys = place.open().await;
        keys.data_key(home(), Uuid::from_u128(1)).await.unwrap();
        let foreign = RootFile::init(&place.folder.path().join("foreign.key"), Arc::new(Ids::from_os())).unwrap();
        assert_eq!(place.open_with(Arc::new(foreign)).await.unwrap_err().code(), Some("keys.wrong_root"));
    }

    async fn a_backup_brings_lost_keys_back_but_no_erased_one(place: &Place) {
        let (keys, all) = (place.open().await, subjects(4_500));
        let made = keys.data_keys(home(), &all).await.unwrap();
        let index = keys.index_key().await.unwrap();
        keys.erase(home(), all[0], "cli:root").await.unwrap();
        let mut backup = Vec::new();
        assert_eq!(keys.backup(&mut backup, PASSPHRASE).await.unwrap(), 4_499);

        // The key store is lost; the root file and the backup are not. One more person asks to be erased meanwhile.
        let mut anew = Place::sqlite();
        std::fs::create_dir_all(anew.root_path().parent().unwrap()).unwrap();
        std::fs::copy(place.root_path(), anew.root_path()).unwrap();
        anew.clock = place.clock.clone();
        let restored = anew.open().await;
        restored.erase(home(), all[1], "cli:root").await.unwrap();
        let brought = restored.restore(backup.as_slice(), PASSPHRASE).await.unwrap();
        assert_eq!((brought.keys, brought.erased), (4_498, 1));
        assert_eq!(restored.data_keys(home(), &all[2..]).await.unwrap(), made[2..]);
        assert_eq!(restored.find_keys(&all[..2]).await.unwrap().len(), 0);
        assert_eq!(restored.index_key().await.unwrap(), index);
        assert_eq!(restored.erased().await.unwrap().len(), 2);
        // Twice changes nothing, and the business backup's erasures are a list to replay.
        let again = restored.restore(backup.as_slice(), PASSPHRASE).await.unwrap();
        assert_eq!((again.keys, again.erased), (0, 0));
        assert_eq!(keys.replay(&restored.erased().await.unwrap()).await.unwrap(), 1);
    }

    async fn the_provinces_index_key_is_handed_down_before_the_first_person_only(place: &Place) {
        let province = Place::sqlite();
        let (above, below) = (province.open().await, place.open().await);
        let handed = above.hand_down_index_key(PASSPHRASE).await.unwrap();
        assert_eq!(below.take_index_key(&handed, "不是这个口令不是这个口令").await.unwrap_err().code(), Some("keys.not_opened"));
        below.take_index_key(&handed, PASSPHRASE).await.unwrap();
        assert_eq!(below.index_key().await.unwrap(), above.index_key().await.unwrap());
        below.take_index_key(&handed, PASSPHRASE).await.unwrap();
        let stranger = Place::sqlite();
        let other = stranger.open().await;
        other.blinder().await.unwrap();
        assert_eq!(other.take_index_key(&handed, PASSPHRASE).await.unwrap_err().code(), Some("keys.index_key_in_use"));
    }
}

#[tokio::test]
async fn an_erased_key_is_in_no_file_of_the_key_store() {
    let place = Place::sqlite();
    let keys = place.open().await;
    keys.data_keys(home(), &subjects(50)).await.unwrap();
    let raw = Database::connect(&place.url).await.unwrap();
    let statement = "SELECT hex(wrapped) FROM subject_keys WHERE subject = X'00000000000000000000000000000007'";
    let query = store::sea_orm::Statement::from_string(store::sea_orm::DbBackend::Sqlite, statement);
    let wrapped: String = raw.query_one_raw(query).await.unwrap().unwrap().try_get_by_index(0).unwrap();
    raw.close().await.unwrap();
    let wrapped = data_encoding::HEXUPPER.decode(wrapped.as_bytes()).unwrap();
    let stands = || {
        let files = std::fs::read_dir(place.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        files
            .filter(|path| path.is_file())
            .any(|path| std::fs::read(path).unwrap().windows(wrapped.len()).any(|window| window == wrapped))
    };
    assert!(stands(), "the wrapped key is in the store before");
    keys.erase(home(), Uuid::from_u128(7), "cli:root").await.unwrap();
    assert!(!stands(), "and in no file after");
}

#[tokio::test]
async fn a_backup_of_another_platform_or_a_damaged_one_is_refused() {
    let (place, foreign) = (Place::sqlite(), Place::sqlite());
    let (keys, other) = (place.open().await, foreign.open().await);
    keys.data_keys(home(), &subjects(3)).await.unwrap();
    other.data_keys(home(), &subjects(3)).await.unwrap();
    let mut backup = Vec::new();
    other.backup(&mut backup, PASSPHRASE).await.unwrap();
    let code = |result: kernel::Result<_>| result.unwrap_err().code();
    assert_eq!(code(keys.restore(backup.as_slice(), PASSPHRASE).await), Some("keys.wrong_root"));
    assert_eq!(code(other.restore(backup.as_slice(), "另一个很长很长的口令啊啊").await), Some("keys.not_opened"));
    assert_eq!(code(other.restore(&backup[..backup.len() - 1], PASSPHRASE).await), Some("keys.not_opened"));
    let first_frame = u32::from_be_bytes(backup[24..28].try_into().unwrap()) as usize + 28;
    assert_eq!(code(other.restore(&backup[..first_frame], PASSPHRASE).await), Some("keys.not_opened"), "a cut tail");
    let without_first = [&backup[..24], &backup[first_frame..]].concat();
    assert_eq!(
        code(other.restore(without_first.as_slice(), PASSPHRASE).await),
        Some("keys.not_opened"),
        "a lost frame"
    );
    backup[40] ^= 1;
    assert_eq!(code(other.restore(backup.as_slice(), PASSPHRASE).await), Some("keys.not_opened"));
    assert_eq!(
        code(other.backup(Vec::new(), "short").await.map(|_| Default::default())),
        Some("keys.short_passphrase")
    );
}

#[tokio::test]
async fn a_backup_under_the_same_root_but_of_other_county_keys_is_refused() {
    let (place, twin) = (Place::sqlite(), Place::sqlite());
    place.root();
    std::fs::create_dir_all(twin.root_path().parent().unwrap()).unwrap();
    std::fs::copy(place.root_path(), twin.root_path()).unwrap();
    let (keys, other) = (place.open().await, twin.open().await);
    keys.data_keys(home(), &subjects(1)).await.unwrap();
    other.data_keys(home(), &subjects(1)).await.unwrap();
    let mut backup = Vec::new();
    other.backup(&mut backup, PASSPHRASE).await.unwrap();
    let refused = keys.restore(backup.as_slice(), PASSPHRASE).await.unwrap_err();
    assert_eq!(refused.code(), Some("keys.foreign_backup"));
}

#[tokio::test]
async fn an_unknown_key_store_url_refuses_to_start() {
    let place = Place::sqlite();
    let settings = Settings::new("mysql://root@localhost/keys");
    let refused = Keys::open(&settings, place.root(), Arc::new(Ids::from_os()), place.clock.clone()).await.unwrap_err();
    assert_eq!(refused.code(), Some("keys.unknown_engine"));
}

mod root_file {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn path(folder: &TempDir) -> PathBuf {
        folder.path().join("deep/er/root.key")
    }

    fn ids() -> Arc<Ids> {
        Arc::new(Ids::from_os())
    }

    #[test]
    fn is_made_once_for_its_owner_alone() {
        let folder = TempDir::new().unwrap();
        let missing = RootFile::load(&path(&folder), ids()).unwrap_err();
        assert_eq!(missing.code(), Some("keys.root_missing"));
        RootFile::init(&path(&folder), ids()).unwrap();
        assert_eq!(std::fs::metadata(path(&folder)).unwrap().permissions().mode() & 0o777, 0o600);
        let before = std::fs::read(path(&folder)).unwrap();
        assert_eq!(RootFile::init(&path(&folder), ids()).unwrap_err().code(), Some("keys.root_there"));
        assert_eq!(std::fs::read(path(&folder)).unwrap(), before);
    }

    #[test]
    fn that_others_may_read_or_that_is_damaged_is_refused() {
        let folder = TempDir::new().unwrap();
        RootFile::init(&path(&folder), ids()).unwrap();
        std::fs::set_permissions(path(&folder), std::fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(RootFile::load(&path(&folder), ids()).unwrap_err().code(), Some("keys.root_open"));
        std::fs::set_permissions(path(&folder), std::fs::Permissions::from_mode(0o600)).unwrap();
        for damaged in ["", "root 1 00", "root 1 00112233445566778899aabbccddeeff\n", "hello"] {
            std::fs::write(path(&folder), damaged).unwrap();
            let refused = RootFile::load(&path(&folder), ids()).unwrap_err();
            assert_eq!(refused.code(), Some("keys.root_damaged"), "{damaged}");
            assert!(!format!("{refused:?}").contains("00112233"), "no key in a message");
        }
    }

    #[test]
    fn comes_back_from_its_sealed_copy() {
        let (folder, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let root = RootFile::init(&path(&folder), ids()).unwrap();
        let exported = root.export(PASSPHRASE).unwrap();
        let wrong = RootFile::restore(&path(&other), &exported, "不是这个口令不是这个口令", ids()).unwrap_err();
        assert_eq!(wrong.code(), Some("keys.not_opened"));
        let restored = RootFile::restore(&path(&other), &exported, PASSPHRASE, ids()).unwrap();
        assert_eq!(std::fs::read(path(&other)).unwrap(), std::fs::read(path(&folder)).unwrap());
        assert_eq!(restored.node_key().public().to_string(), root.node_key().public().to_string());
    }
}
