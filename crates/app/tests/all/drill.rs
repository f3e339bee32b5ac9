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
    sea_orm::EntityTrait,
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
    Keys::open(&keys::Settings::new(url), Arc::new(root), ids, Arc::new(SystemClock)).await.unwrap()
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
