//! Backup and restore by the program itself, on both engines.

use std::{
    fs,
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use kernel::{Ids, SystemClock};
use registry::elders::{Elder, file::File, model};
use store::{
    Engine, journal,
    keys::{self, Keys, RootFile},
    planted,
    sea_orm::{ConnectionTrait, EntityTrait},
};

use crate::{
    browser::Browser,
    killed::Placing,
    machine::{Machine, beside, number, postgres_programs, refused, until},
};

/// The machine's key store, as another process opens it.
async fn key_store(machine: &Machine) -> Keys {
    let ids = Arc::new(Ids::from_os());
    let root = RootFile::load(&machine.path("data/demo-root.key"), ids.clone()).unwrap();
    let url = format!("sqlite:{}", machine.path("data/keys.db").display());
    Keys::make(&keys::Settings::new(url), Arc::new(root), ids, Arc::new(SystemClock)).await.unwrap()
}

/// Some elder who can be called and has somebody to call, and what stands in the sealed cells.
async fn somebody(machine: &Machine, keys: &Keys) -> (Elder, File) {
    let db = machine.db().await;
    let elders = model::Entity::find().all(db.read()).await.unwrap();
    for elder in elders {
        let Some(key) = keys.find_key(elder.id).await.unwrap() else { continue };
        let file = File::open(&elder, &key).unwrap();
        if file.mobile.is_some() && file.details.contacts.first().is_some_and(|contact| contact.phone.is_some()) {
            return (elder, file);
        }
    }
    panic!("nobody can be called");
}

/// The database of a backup as plain SQL or pages: a dump of PostgreSQL is compressed.
fn readable(backup: &Path, into: &Path) {
    let dump = backup.join("sangyu.dump");
    if dump.exists() {
        let program = postgres_programs().join("pg_restore");
        let done = Command::new(program).arg("--file").arg(into).arg(dump).status().unwrap();
        assert!(done.success());
    }
}

async fn a_restored_city_is_the_one_that_was_backed_up_and_whoever_was_erased_since_stays_so(engine: Engine) {
    let machine = Machine::demo(engine).await;
    let keys = key_store(&machine).await;
    let (elder, file) = somebody(&machine, &keys).await;
    let (backups, kept) = (machine.path("backups"), machine.path("safe/keys.backup"));
    let told = machine.must(&["backup", backups.to_str().unwrap(), "--keys-to", kept.to_str().unwrap()]);
    assert!(told.contains("备份完成"), "{told}");
    let backup = store::backup::Backup::open(&backups).unwrap();

    // Nothing that is secret stands in the business backup.
    readable(&backup.folder, &backup.folder.join("plain.sql"));
    let contact = &file.details.contacts[0];
    let needles = [
        file.cert_number.as_str(),
        file.mobile.as_deref().unwrap(),
        file.details.address.as_str(),
        contact.phone.as_deref().unwrap(),
    ];
    assert!(needles.iter().all(|needle| needle.len() > 5), "{needles:?}");
    assert_eq!(planted::search(&backups, &needles).unwrap(), []);
    assert_ne!(planted::search(&backups, &[&elder.name]).unwrap(), [], "the search finds what stands in clear");
    let _ = fs::remove_file(backup.folder.join("plain.sql"));

    // Erased after the backup; the keys are backed up again, as every day.
    keys.erase(elder.key().unwrap().home, elder.id, "cli:tester").await.unwrap();
    machine.must(&["backup", machine.path("later").to_str().unwrap(), "--keys-to", kept.to_str().unwrap()]);

    let other = beside(&machine, engine).await;
    let told = other.must(&["restore", backups.to_str().unwrap(), "--keys", kept.to_str().unwrap()]);
    assert!(told.contains("恢复完成") && told.contains("1 位已按要求删除的老人再次删除"), "{told}");
    let (db, keys) = (other.db().await, key_store(&other).await);
    assert_eq!(number(&db, "SELECT count(*) FROM elders").await, backup.manifest.rows["elders"]);
    let found = model::Entity::find_by_id((elder.home, elder.id)).one(db.read()).await.unwrap().unwrap();
    let year = chrono::Datelike::with_ordinal(&file.birth_on, 1);
    assert_eq!((found.name.as_str(), found.birth_on, found.mobile_mask.as_str()), ("", year, ""), "the year stays");
    assert!(found.cert_sealed.is_some() && keys.find_key(elder.id).await.unwrap().is_none());
    let timeline = journal::history(&db, elder.key().unwrap().home, elder.id).await.unwrap();
    assert!(timeline.iter().any(|entry| entry.private.is_some()));
    assert_eq!(timeline.last().unwrap().kind, "elder.erased");
    assert_eq!(keys.data_key(elder.key().unwrap().home, elder.id).await.unwrap_err().code(), Some("keys.erased"));

    // Everybody else can be read as before, and the journal holds.
    let (neighbour, opened) = somebody(&other, &keys).await;
    assert_ne!(neighbour.id, elder.id);
    assert!(opened.mobile.is_some());
    let heads = backup.folder.join("heads.txt");
    assert!(other.must(&["verify", "--heads", heads.to_str().unwrap()]).contains("完整无误"));
}

async fn a_city_that_goes_on_serving_is_backed_up_as_of_one_moment(engine: Engine) {
    let machine = Machine::demo(engine).await;
    let placing = Arc::new(Placing::new(&machine).await);
    let serving = machine.serve();
    let agent = Browser::sign_in(&serving.address, "agent");
    let stop = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let (placing, agent, address, stop) =
                (placing.clone(), agent.clone(), serving.address.clone(), stop.clone());
            std::thread::spawn(move || placing.go_on_through(&agent, &address, &stop))
        })
        .collect();
    until("some orders are placed", || async { placing.acknowledged() > 20 }).await;
    let before = placing.keys();
    machine.must(&["backup", machine.path("backups").to_str().unwrap()]);
    until("orders are placed afterwards", || async { placing.acknowledged() > before.len() + 20 }).await;
    stop.store(true, Ordering::Relaxed);
    clients.into_iter().for_each(|client| client.join().unwrap());
    serving.kill();

    // The key store survived where it is; only the business data come back, elsewhere.
    let other = beside(&machine, engine).await;
    let config = fs::read_to_string(other.path("data/config.toml")).unwrap();
    let keys_url = format!("keys_url = \"sqlite:{}\"\n", machine.path("data/keys.db").display());
    fs::write(other.path("data/config.toml"), config + &keys_url).unwrap();
    let told = other.must(&["restore", machine.path("backups").to_str().unwrap()]);
    assert!(told.contains("与备份清单一致") && told.contains("完整无误"), "{told}");
    let (db, later) = (other.db().await, machine.db().await);
    let orders = number(&db, "SELECT count(*) FROM orders").await;
    assert_eq!(number(&db, "SELECT count(*) FROM journal WHERE kind = 'order.placed'").await, orders);
    assert!(orders < number(&later, "SELECT count(*) FROM orders").await, "orders were placed after its moment");
    assert_eq!(number(&db, "SELECT count(*) FROM sessions").await, 0, "everybody signs in again");
    let serving = other.serve();
    let agent = Browser::sign_in(&serving.address, "agent");
    for key in before {
        assert_eq!(agent.get(&serving.address, &format!("/api/v1/orders/{key}")).unwrap().status, 200, "{key}");
    }
}

async fn what_cannot_be_restored_is_refused_in_plain_words(engine: Engine) {
    let machine = Machine::demo(engine).await;
    let (backups, kept) = (machine.path("backups"), machine.path("keys.backup"));
    let (place, keys) = (backups.to_str().unwrap(), kept.to_str().unwrap());
    let beside_data = backups.join("keys.backup");
    let told = refused(&machine.run(&["backup", place, "--keys-to", beside_data.to_str().unwrap()]));
    assert!(told.contains("密钥备份不能放在业务数据的备份文件夹里"), "{told}");
    let short = machine.command(&["backup", place, "--keys-to", keys]).env("SANGYU_PASSPHRASE", "short").output();
    assert!(refused(&short.unwrap()).contains("至少要 12 个字符"));
    assert!(machine.must(&["backup", place]).contains("不含密钥"));
    machine.must(&["backup", place, "--keys-to", keys]);

    let other = beside(&machine, engine).await;
    let none = other.path("nothing");
    assert!(refused(&other.run(&["restore", none.to_str().unwrap()])).contains("没有完整的备份"));
    assert!(refused(&other.run(&["restore", place])).contains("没有密钥"));
    let wrong =
        other.command(&["restore", place, "--keys", keys]).env("SANGYU_PASSPHRASE", "another passphrase").output();
    assert!(refused(&wrong.unwrap()).contains("口令不对"));
    let newest = store::backup::Backup::open(&backups).unwrap();
    let database = newest.folder.join(&newest.manifest.parts[0].name);
    let whole = fs::read(&database).unwrap();
    let mut changed = whole.clone();
    changed[whole.len() / 3] ^= 1;
    fs::write(&database, changed).unwrap();
    assert!(refused(&other.run(&["restore", place, "--keys", keys])).contains("备份已损坏"));
    fs::remove_file(&database).unwrap();
    assert!(refused(&other.run(&["restore", place, "--keys", keys])).contains("备份不完整"));
    fs::write(&database, whole).unwrap();
    let used = refused(&machine.run(&["restore", place, "--keys", keys]));
    assert!(used.contains("不是空文件夹"), "{used}");
    other.must(&["restore", place, "--keys", keys]);
    let again = refused(&other.run(&["restore", place, "--keys", keys]));
    assert!(again.contains("不是空文件夹"), "{again}");
    fs::write(other.path("data").join(store::backup::UNFINISHED), "").unwrap();
    assert!(refused(&other.run(&["verify"])).contains("恢复没有完成"));
}

/// A demo platform with its keys beside it in backups; where they are.
async fn backed_up(machine: &Machine) -> (String, String) {
    let place = |name: &str| machine.path(name).to_str().unwrap().to_owned();
    let (backups, kept) = (place("backups"), place("safe/keys.backup"));
    machine.must(&["backup", &backups, "--keys-to", &kept]);
    (backups, kept)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_fewer_keys_replaces_nothing() {
    let machine = Machine::demo(Engine::Sqlite).await;
    let (backups, kept) = backed_up(&machine).await;
    let good = fs::read(&kept).unwrap();
    // The key store's disk is not mounted.
    let store = machine.path("data/keys.db");
    let away = |there: bool| {
        for beside in ["keys.db", "keys.db-wal", "keys.db-shm"] {
            let (here, aside) = (machine.path("data").join(beside), machine.path("away").join(beside));
            let (from, to) = if there { (here, aside) } else { (aside, here) };
            let _ = fs::rename(from, to);
        }
    };
    fs::create_dir(machine.path("away")).unwrap();
    away(true);
    for words in [&["backup", backups.as_str(), "--keys-to", kept.as_str()][..], &["serve", "--listen", "127.0.0.1:0"]]
    {
        let told = refused(&machine.run(words));
        assert!(told.contains("密钥库") && told.contains("不在"), "{told}");
    }
    assert!(!store.exists() && fs::read(&kept).unwrap() == good);
    // Another store in its place, sealed under the same root, is not this platform's.
    drop(key_store(&machine).await);
    let told = refused(&machine.run(&["backup", &backups, "--keys-to", &kept]));
    assert!(told.contains("不是用现在的密钥库封存的"), "{told}");
    assert!(fs::read(&kept).unwrap() == good);
    // The right one, after it lost some keys.
    for beside in ["keys.db", "keys.db-wal", "keys.db-shm"] {
        let _ = fs::remove_file(machine.path("data").join(beside));
    }
    away(false);
    let keys = store::sea_orm::Database::connect(format!("sqlite:{}", store.display())).await.unwrap();
    keys.execute_unprepared("DELETE FROM subject_keys WHERE subject IN (SELECT subject FROM subject_keys LIMIT 20)")
        .await
        .unwrap();
    keys.close().await.unwrap();
    let told = refused(&machine.run(&["backup", &backups, "--keys-to", &kept]));
    assert!(told.contains("位老人的密钥不在密钥库里") || told.contains("没有覆盖它"), "{told}");
    assert!(fs::read(&kept).unwrap() == good);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_older_than_the_data_are_told() {
    let machine = Machine::demo(Engine::Sqlite).await;
    let (_, old) = backed_up(&machine).await;
    let (one, later) = (crate::killed::a_sheet_of(&machine, 40, 99), machine.path("later"));
    machine.must(&["import", "elders", one.to_str().unwrap()]);
    machine.must(&["backup", later.to_str().unwrap()]);
    let other = beside(&machine, Engine::Sqlite).await;
    let restored = other.run(&["restore", later.to_str().unwrap(), "--keys", &old]);
    assert!(refused(&restored).contains("位老人的密钥不在密钥库里"), "{restored:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_revives_nothing() {
    let machine = Machine::demo(Engine::Sqlite).await;
    let db = machine.db().await;
    for sql in [
        "UPDATE one_use_codes SET used_at = NULL",
        "INSERT INTO devices (id, account, agent, made_at, until, contact_at, revoked_at) VALUES (x'01', x'02', 'phone', '2026-01-01', '2027-01-01', '2026-01-01', NULL)",
        "INSERT INTO api_tokens VALUES (x'01', x'02', x'03', x'04', 411002, 'x', x'05', '2026-01-01', '2027-01-01', NULL, NULL)",
    ] {
        let writer = store::sea_orm::Database::connect(machine.url.as_str()).await.unwrap();
        writer.execute_unprepared(sql).await.unwrap();
        writer.close().await.unwrap();
    }
    drop(db);
    let (backups, kept) = backed_up(&machine).await;
    let other = beside(&machine, Engine::Sqlite).await;
    let told = other.must(&["restore", &backups, "--keys", &kept]);
    assert!(told.contains("1 个接口令牌") && told.contains("1 部手机"), "{told}");
    let db = other.db().await;
    for (what, sql) in [
        ("tokens", "SELECT count(*) FROM api_tokens WHERE revoked_at IS NULL"),
        ("codes", "SELECT count(*) FROM one_use_codes WHERE used_at IS NULL"),
        ("phones", "SELECT count(*) FROM devices WHERE revoked_at IS NULL"),
        ("sessions", "SELECT count(*) FROM sessions"),
    ] {
        assert_eq!(number(&db, sql).await, 0, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_that_was_killed_or_undone_by_an_older_copy_is_finished_at_the_next_start() {
    let machine = Machine::demo(Engine::Sqlite).await;
    let keys = key_store(&machine).await;
    let (elder, _) = somebody(&machine, &keys).await;
    let name = format!("SELECT count(*) FROM elders WHERE name = '{}'", elder.name);
    assert_ne!(number(&machine.db().await, &name).await, 0);
    // The key went and the kill came, or an older copy of the database was put back under newer keys.
    keys.erase(elder.key().unwrap().home, elder.id, "cli:tester").await.unwrap();
    machine.serve().kill();
    let db = machine.db().await;
    let found = model::Entity::find_by_id((elder.home, elder.id)).one(db.read()).await.unwrap().unwrap();
    assert_eq!(found.name, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn drill_on_sqlite() {
    a_restored_city_is_the_one_that_was_backed_up_and_whoever_was_erased_since_stays_so(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn drill_on_postgres() {
    a_restored_city_is_the_one_that_was_backed_up_and_whoever_was_erased_since_stays_so(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn under_load_on_sqlite() {
    a_city_that_goes_on_serving_is_backed_up_as_of_one_moment(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn under_load_on_postgres() {
    a_city_that_goes_on_serving_is_backed_up_as_of_one_moment(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_on_sqlite() {
    what_cannot_be_restored_is_refused_in_plain_words(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_on_postgres() {
    what_cannot_be_restored_is_refused_in_plain_words(Engine::Postgres).await;
}
