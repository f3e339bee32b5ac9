//! Backups taken while others write, and what comes back from them.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use kernel::{Actor, Failure, Home, Ids};
use store::{
    Db, Engine, Lane, Settings,
    backup::{self, Backup, Restoring, Taking},
    blobs::{Blobs, Upload},
    both, counters,
    heads::NodeKey,
    journal,
    sea_orm::{ConnectionTrait, Database},
    testing::TestDb,
};
use uuid::Uuid;

use super::happened;

const COUNTIES: [&str; 4] = ["411002", "411003", "411024", "411025"];

fn node() -> NodeKey {
    NodeKey::random(&Ids::seeded(9))
}

fn files(test: &TestDb) -> PathBuf {
    test.folder().join("files")
}

async fn take(test: &TestDb, into: &Path) -> Result<Backup, Failure> {
    let actor = test.operator();
    let files = files(test);
    let taking = Taking {
        db: &test.db,
        url: &test.url,
        files: &files,
        node: node(),
        program: "0.1.0",
        actor: &actor,
        watch: Arc::new(()),
    };
    backup::take(&taking, into).await
}

/// An empty place: a data folder, and a database of the same engine.
struct Empty {
    data: PathBuf,
    url: String,
}

impl Empty {
    async fn beside(test: &TestDb, name: &str) -> Self {
        let data = test.folder().join(name);
        let url = match test.db.engine() {
            Engine::Sqlite => format!("sqlite:{}", data.join("sangyu.db").display()),
            Engine::Postgres => empty_postgres().await,
        };
        Self { data, url }
    }

    async fn restore(&self, from: &Backup) -> Result<Vec<journal::Head>, Failure> {
        let files = self.data.join("files");
        let restoring = self.restoring(&files);
        let heads = backup::restore(from, &restoring).await?;
        restoring.finish()?;
        Ok(heads)
    }

    fn restoring<'a>(&'a self, files: &'a Path) -> Restoring<'a> {
        let signer = node().public();
        Restoring { data: &self.data, url: &self.url, files, signer, watch: Arc::new(()) }
    }

    async fn open(&self, test: &TestDb) -> Db {
        let settings = Settings { url: self.url.clone(), connections: 4, node: 0 };
        Db::open(&settings, test.clock.clone(), Arc::new(Ids::seeded(5))).await.unwrap()
    }

    /// What lies in the data folder.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.data).into_iter().flatten();
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }
}

async fn empty_postgres() -> String {
    let admin_url = std::env::var("SANGYU_TEST_POSTGRES").unwrap();
    let name = format!("restored_{}", data_encoding::HEXLOWER.encode(&Ids::from_os().bytes::<8>()));
    let admin = Database::connect(&admin_url).await.unwrap();
    admin.execute_unprepared(&format!("CREATE DATABASE {name} TEMPLATE template0 LOCALE 'C.UTF-8'")).await.unwrap();
    admin.close().await.unwrap();
    format!("{}/{name}", admin_url.rsplit_once('/').unwrap().0)
}

/// Writes an order's number and an event into one of the counties.
async fn write(db: &Db, n: i64) -> Result<(), Failure> {
    let county = COUNTIES[usize::try_from(n).unwrap() % COUNTIES.len()];
    db.write(Lane::Interactive, &Actor::cli("writer"), async |tx| {
        counters::take(&tx, Home::new(county.parse()?)?, "orders", 1).await?;
        tx.journal(happened(county, 1, n));
        Ok(())
    })
    .await
}

async fn stage(test: &TestDb, blobs: &Blobs, content: &'static str) {
    let place = "411002001001".parse().unwrap();
    let home = Home::new(411_002).unwrap();
    let content = Bytes::from_static(content.as_bytes());
    let upload = Upload { home, place, subject: Uuid::from_u128(7), media: "image/png".into(), content };
    blobs.stage(&test.db, &test.operator(), upload).await.unwrap();
}

fn code(outcome: Result<impl Sized, Failure>) -> Option<&'static str> {
    outcome.err().and_then(|failure| failure.code())
}

both! {
    async fn a_backup_under_eight_writers_is_of_one_moment_and_comes_back_whole(test: TestDb) {
        for n in 0..40 {
            write(&test.db, n).await.unwrap();
        }
        let stop = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = (0..8).map(|writer| {
            let (db, stop) = (test.db.clone(), stop.clone());
            tokio::spawn(async move {
                let mut written = 0;
                while !stop.load(Ordering::Relaxed) {
                    write(&db, writer + written * 8).await.unwrap();
                    written += 1;
                }
                written
            })
        }).collect();
        let before: i64 = journal::count(&test.db).await.unwrap();
        let made = take(&test, &test.folder().join("backups")).await.unwrap();
        let at_end: i64 = journal::count(&test.db).await.unwrap();
        stop.store(true, Ordering::Relaxed);
        for writer in writers {
            writer.await.unwrap();
        }
        let held: i64 = made.manifest.heads.iter().map(|head| head.seq).sum();
        assert!(before <= held && held < at_end, "{before} ≤ {held} < {at_end}: writers went on meanwhile");
        assert_eq!(made.manifest.rows["journal"], held);

        let empty = Empty::beside(&test, "restored").await;
        let heads = empty.restore(&made).await.unwrap();
        let restored = empty.open(&test).await;
        assert_eq!(backup::compare(&made, &restored).await.unwrap(), []);
        assert_eq!(journal::heads(&restored).await.unwrap(), heads);
        let report = journal::verify(&restored, &heads, |_| {}).await.unwrap();
        assert_eq!((report.homes, report.entries, report.breaks), (4, held, vec![]));
        write(&restored, 1).await.unwrap();
        assert_ne!(backup::compare(&made, &restored).await.unwrap(), []);
    }

    async fn every_county_can_see_that_its_data_were_backed_up(test: TestDb) {
        write(&test.db, 0).await.unwrap();
        let made = take(&test, &test.folder().join("backups")).await.unwrap();
        let noted = store::accesses::of(&test.db, Home::new(411_002).unwrap(), made.manifest.id, 9).await.unwrap();
        assert_eq!(noted.iter().map(|note| (note.what.as_str(), note.actor_name.as_str())).collect::<Vec<_>>(), [("backup", "tester")]);
    }

    async fn an_unchanged_sealed_file_is_stored_once_and_survives_its_first_backup(test: TestDb) {
        let blobs = Blobs::in_folder(&files(&test), test.keys().await, 1 << 20).unwrap();
        stage(&test, &blobs, "first photo").await;
        let place = test.folder().join("backups");
        let first = take(&test, &place).await.unwrap();
        stage(&test, &blobs, "second photo").await;
        let second = take(&test, &place).await.unwrap();
        assert_eq!((first.manifest.files, second.manifest.files), (1, 2));
        assert_ne!(first.folder, second.folder);
        assert_eq!(Backup::open(&place).unwrap().folder, second.folder, "the newest is taken");
        let links: Vec<u64> = sealed(&second.folder).iter().map(|file| std::os::unix::fs::MetadataExt::nlink(&file.metadata().unwrap())).collect();
        assert_eq!({ let mut sorted = links; sorted.sort_unstable(); sorted }, [1, 2]);
        fs::remove_dir_all(&first.folder).unwrap();
        let empty = Empty::beside(&test, "restored").await;
        empty.restore(&second).await.unwrap();
        let back = Blobs::in_folder(&empty.data.join("files"), test.keys().await, 1 << 20).unwrap();
        let report = back.verify(&empty.open(&test).await, |_| {}).await.unwrap();
        assert_eq!((report.whole, report.faulty), (2, vec![]));
    }

    async fn a_changed_or_missing_piece_is_named_and_nothing_is_restored(test: TestDb) {
        let blobs = Blobs::in_folder(&files(&test), test.keys().await, 1 << 20).unwrap();
        stage(&test, &blobs, "a photo").await;
        write(&test.db, 0).await.unwrap();
        let made = take(&test, &test.folder().join("backups")).await.unwrap();
        let empty = Empty::beside(&test, "restored").await;
        let mut pieces: Vec<PathBuf> = made.manifest.parts.iter().map(|part| made.folder.join(&part.name)).collect();
        pieces.extend(sealed(&made.folder));
        assert_eq!(pieces.len(), 4);
        for piece in &pieces {
            let whole = fs::read(piece).unwrap();
            let mut changed = whole.clone();
            changed[whole.len() / 2] ^= 1;
            fs::write(piece, changed).unwrap();
            assert_eq!(code(empty.restore(&made).await), Some("backup.damaged"), "{}", piece.display());
            fs::remove_file(piece).unwrap();
            assert_eq!(code(empty.restore(&made).await), Some("backup.missing"), "{}", piece.display());
            fs::write(piece, whole).unwrap();
        }
        assert_eq!(empty.names(), Vec::<String>::new());
        empty.restore(&made).await.unwrap();
    }

    async fn heads_that_another_signed_are_not_believed(test: TestDb) {
        write(&test.db, 0).await.unwrap();
        let made = take(&test, &test.folder().join("backups")).await.unwrap();
        let empty = Empty::beside(&test, "restored").await;
        let (files, signer) = (empty.data.join("files"), NodeKey::random(&Ids::seeded(10)).public());
        let restoring = Restoring { signer, ..empty.restoring(&files) };
        assert_eq!(code(backup::restore(&made, &restoring).await), Some("heads.bad_signature"));
        let mut other = made.clone();
        other.manifest.heads[0].seq += 1;
        assert_eq!(code(empty.restore(&other).await), Some("backup.other_heads"));
        assert_eq!(empty.names(), Vec::<String>::new());
    }

    async fn a_place_in_use_is_left_alone(test: TestDb) {
        write(&test.db, 0).await.unwrap();
        let made = take(&test, &test.folder().join("backups")).await.unwrap();
        let empty = Empty::beside(&test, "restored").await;
        fs::create_dir_all(&empty.data).unwrap();
        fs::write(empty.data.join("config.toml"), "node = 1").unwrap();
        fs::write(empty.data.join("letter.txt"), "dear").unwrap();
        assert_eq!(code(empty.restore(&made).await), Some("backup.folder_in_use"));
        fs::remove_file(empty.data.join("letter.txt")).unwrap();
        empty.restore(&made).await.unwrap();
        let again = code(empty.restore(&made).await);
        assert_eq!(again, Some("backup.folder_in_use"));
        let elsewhere = Empty { data: test.folder().join("elsewhere"), url: empty.url.clone() };
        let in_use = if test.db.engine() == Engine::Sqlite { "backup.folder_in_use" } else { "backup.database_in_use" };
        assert_eq!(code(elsewhere.restore(&made).await), Some(in_use));
    }

    async fn what_a_killed_restore_left_is_no_obstacle_to_the_next(test: TestDb) {
        write(&test.db, 0).await.unwrap();
        let made = take(&test, &test.folder().join("backups")).await.unwrap();
        let empty = Empty::beside(&test, "restored").await;
        fs::create_dir_all(empty.data.join("files/411002/00")).unwrap();
        fs::write(empty.data.join(backup::UNFINISHED), "").unwrap();
        fs::write(empty.data.join("files/411002/00/half"), "ha").unwrap();
        if test.db.engine() == Engine::Sqlite {
            fs::write(empty.data.join("sangyu.db"), "half a database").unwrap();
        }
        empty.restore(&made).await.unwrap();
        assert!(!empty.data.join("files/411002/00/half").exists() && !empty.data.join(backup::UNFINISHED).exists());
        assert_eq!(backup::compare(&made, &empty.open(&test).await).await.unwrap(), []);
    }

    async fn half_a_backup_is_never_taken_for_a_whole_one(test: TestDb) {
        let place = test.folder().join("backups");
        let half = place.join(".making-20261121T010000Z");
        fs::create_dir_all(&half).unwrap();
        fs::write(half.join("manifest.json"), "{}").unwrap();
        fs::create_dir_all(place.join("99999999T000000Z")).unwrap();
        assert_eq!(code(Backup::open(&place)), Some("backup.none"));
        let made = take(&test, &place).await.unwrap();
        assert!(!half.exists());
        assert_eq!(Backup::open(&place).unwrap().folder, made.folder);
        // A failure half way leaves nothing: the folder of sealed files is a file, which cannot be listed.
        fs::write(files(&test), "no folder").unwrap();
        assert!(take(&test, &place).await.is_err());
        let entries = fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
        assert_eq!(entries.filter(|name| name.starts_with(".making")).count(), 0);
        assert_eq!(Backup::open(&place).unwrap().folder, made.folder);
    }
}

fn sealed(backup: &Path) -> Vec<PathBuf> {
    let text = fs::read_to_string(backup.join("files.txt")).unwrap();
    text.lines().map(|line| backup.join("files").join(line.splitn(3, ' ').nth(2).unwrap())).collect()
}

#[tokio::test]
async fn a_backup_of_the_other_engine_or_of_a_newer_program_is_refused() {
    let test = TestDb::open(Engine::Sqlite).await;
    let made = take(&test, &test.folder().join("backups")).await.unwrap();
    let other = Empty { data: test.folder().join("restored"), url: "postgres://nowhere/city".into() };
    assert_eq!(code(other.restore(&made).await), Some("backup.other_engine"));
    let manifest = made.folder.join("manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("\"format\": 1", "\"format\": 2")).unwrap();
    assert_eq!(code(Backup::open(&made.folder)), Some("backup.newer"));
    fs::write(&manifest, &text[..text.len() / 2]).unwrap();
    assert_eq!(code(Backup::open(&made.folder)), Some("backup.unreadable"));
}

#[tokio::test]
async fn while_one_backup_runs_another_is_refused() {
    let test = TestDb::open(Engine::Sqlite).await;
    let place = test.folder().join("backups");
    fs::create_dir_all(&place).unwrap();
    let running = fs::File::create(place.join(".lock")).unwrap();
    running.lock().unwrap();
    assert_eq!(code(take(&test, &place).await), Some("backup.running"));
    running.unlock().unwrap();
    take(&test, &place).await.unwrap();
}
