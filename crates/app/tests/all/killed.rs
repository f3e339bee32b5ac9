//! kill -9 at the worst moment: nothing acknowledged is lost, nothing is there twice.

use std::{
    fs,
    process::Stdio,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Clock, SystemClock};
use registry::elders::{model, synthetic};
use serde_json::json;
use store::{
    Engine,
    sea_orm::{ColumnTrait, EntityTrait, QueryFilter},
};

use crate::{
    browser::{Answer, Browser},
    machine::{Machine, number, until},
};

/// Rows of the sheet.
const PEOPLE: usize = 20_000;

/// Writes a sheet of invented people of a city.
fn write_sheet(machine: &Machine) -> std::path::PathBuf {
    a_sheet_of(machine, PEOPLE, 7)
}

/// Writes a sheet of so many people; another seed makes others.
pub fn a_sheet_of(machine: &Machine, people: usize, seed: u64) -> std::path::PathBuf {
    let mut sheet = "姓名,证件类型,证件号码,手机,居住地区划代码,居住地址,居住状况\n".to_owned();
    for person in synthetic::People::new("411000".parse().unwrap(), people, seed) {
        let mobile = person.mobile.unwrap_or_default();
        let (id, place, living) = (person.resident_id.reveal().to_owned(), person.place.code(), person.living.word());
        sheet += &format!("{},居民身份证,{id},{mobile},{place},{},{living}\n", person.name, person.address);
    }
    let path = machine.path("elders.csv");
    fs::write(&path, sheet).unwrap();
    path
}

async fn a_killed_import_given_again_brings_everybody_once(engine: Engine) {
    let machine = Machine::new(engine).await;
    machine.must(&["keys", "init"]);
    machine.must(&["migrate"]);
    let sheet = write_sheet(&machine);
    let words = ["import", "elders", sheet.to_str().unwrap()];
    let mut first = machine.command(&words).stdout(Stdio::null()).spawn().unwrap();
    let db = machine.db().await;
    let half = PEOPLE as i64 / 4;
    until("a quarter is in", || async { number(&db, "SELECT count(*) FROM elders").await >= half }).await;
    first.kill().unwrap();
    assert!(!first.wait().unwrap().success());
    let killed_at = number(&db, "SELECT count(*) FROM elders").await;
    assert!(killed_at < PEOPLE as i64, "it was killed half way");
    let told = machine.must(&words);
    let created = PEOPLE as i64 - killed_at;
    assert!(told.contains(&format!("新建 {created} 人")) && told.contains("有误 0 行"), "{told}");
    for (what, sql) in [
        ("files", "SELECT count(*) FROM elders"),
        ("persons", "SELECT count(DISTINCT id) FROM elders"),
        ("certificates", "SELECT count(*) FROM person_certs"),
        ("numbers", "SELECT count(DISTINCT number) FROM elders"),
        ("registrations", "SELECT count(*) FROM journal WHERE kind = 'elder.registered'"),
    ] {
        assert_eq!(number(&db, sql).await, PEOPLE as i64, "{what}");
    }
    assert!(machine.verified().contains("完整无误"));
}

/// Orders that several clients place, each for an elder and an hour of its own.
pub struct Placing {
    elders: Vec<String>,
    from: DateTime<Utc>,
    next: AtomicUsize,
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    /// Placed, by the order's key.
    acknowledged: Vec<(usize, String)>,
    /// Sent, and nobody knows.
    unknown: Vec<usize>,
    /// How often somebody was told to try again later.
    refused: usize,
}

impl Placing {
    pub async fn new(machine: &Machine) -> Self {
        let db = machine.db().await;
        let of_county = model::Entity::find().filter(model::Column::Home.eq(411_002));
        let elders = of_county.all(db.read()).await.unwrap();
        let elders: Vec<_> = elders.iter().map(|elder| elder.key().unwrap().to_string()).collect();
        assert!(elders.len() > 5);
        Self {
            elders,
            from: SystemClock.now() + TimeDelta::hours(2),
            next: AtomicUsize::new(0),
            book: Mutex::default(),
        }
    }

    /// Sends the n-th order under its own key, the first time and each time again.
    pub fn send(&self, agent: &Browser, address: &str, n: usize) -> std::io::Result<Answer> {
        self.send_under(agent, address, n, &format!("order-{n}"))
    }

    /// Sends the n-th order under a key.
    pub fn send_under(&self, agent: &Browser, address: &str, n: usize, key: &str) -> std::io::Result<Answer> {
        let hour = TimeDelta::minutes(20 * i64::try_from(n / self.elders.len()).unwrap());
        let start = self.from + hour;
        let order = json!({
            "elder": self.elders[n % self.elders.len()], "item": "meal", "channel": "phone",
            "window_start": start, "window_end": start + TimeDelta::minutes(20),
        });
        agent.post(address, "/api/v1/orders", key, &order)
    }

    /// Places orders until the program is gone, telling of each that was acknowledged.
    fn go_on(&self, agent: &Browser, address: &str, tell: &mpsc::Sender<()>) {
        loop {
            let n = self.next.fetch_add(1, Ordering::Relaxed);
            match self.send(agent, address, n) {
                Ok(answer) if answer.status == 201 => {
                    let key = answer.json()["key"].as_str().unwrap().to_owned();
                    self.book.lock().unwrap().acknowledged.push((n, key));
                    // Whoever listens may have stopped counting.
                    let _ = tell.send(());
                }
                Ok(answer) => panic!("{answer:?}"),
                Err(_) => return self.book.lock().unwrap().unknown.push(n),
            }
        }
    }

    /// Places orders until it is told to stop; refused ones are noted, to be sent again.
    pub fn go_on_through(&self, agent: &Browser, address: &str, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            self.place(agent, address);
        }
    }

    /// Places one order, or is told to try again later.
    pub fn place(&self, agent: &Browser, address: &str) {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        let answer = self.send(agent, address, n).unwrap();
        let mut book = self.book.lock().unwrap();
        match answer.status {
            201 => book.acknowledged.push((n, answer.json()["key"].as_str().unwrap().to_owned())),
            503 | 504 => {
                book.unknown.push(n);
                book.refused += 1;
            }
            _ => panic!("{answer:?}"),
        }
    }

    pub fn acknowledged(&self) -> usize {
        self.book.lock().unwrap().acknowledged.len()
    }

    pub fn refused(&self) -> usize {
        self.book.lock().unwrap().refused
    }

    pub fn sent(&self) -> i64 {
        i64::try_from(self.next.load(Ordering::Relaxed)).unwrap()
    }

    pub fn keys(&self) -> Vec<String> {
        self.book.lock().unwrap().acknowledged.iter().map(|(_, key)| key.clone()).collect()
    }

    /// Sends again, under the same key, what nobody knows of: whether it had been placed before or not, it is now.
    pub fn send_again(&self, agent: &Browser, address: &str) {
        let unknown = std::mem::take(&mut self.book.lock().unwrap().unknown);
        for n in unknown {
            let answer = self.send(agent, address, n).unwrap();
            assert_eq!(answer.status, 201, "{answer:?}");
            let key = answer.json()["key"].as_str().unwrap().to_owned();
            self.book.lock().unwrap().acknowledged.push((n, key));
        }
    }
}

/// How often the server is killed: `make faults` asks for more than `make test`.
fn kills() -> usize {
    std::env::var("FAULT_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(5)
}

async fn a_killed_server_loses_and_doubles_no_order(engine: Engine) {
    let machine = Machine::demo(engine).await;
    let placing = Arc::new(Placing::new(&machine).await);
    let before = number(&machine.db().await, "SELECT count(*) FROM orders").await;
    let mut serving = machine.serve();
    let agent = Browser::sign_in(&serving.address, "agent");
    for _ in 0..kills() {
        let (tell, told) = mpsc::channel();
        let clients: Vec<_> = (0..8)
            .map(|_| {
                let (placing, agent, address, tell) =
                    (placing.clone(), agent.clone(), serving.address.clone(), tell.clone());
                std::thread::spawn(move || placing.go_on(&agent, &address, &tell))
            })
            .collect();
        for _ in 0..40 {
            told.recv_timeout(Duration::from_secs(60)).unwrap();
        }
        serving.kill();
        clients.into_iter().for_each(|client| client.join().unwrap());
        serving = machine.serve();
        placing.send_again(&agent, &serving.address);
    }
    let book = std::mem::take(&mut *placing.book.lock().unwrap());
    assert!(book.acknowledged.len() >= 200);
    for (n, key) in &book.acknowledged {
        let answer = agent.get(&serving.address, &format!("/api/v1/orders/{key}")).unwrap();
        assert_eq!((answer.status, answer.json()["key"].as_str()), (200, Some(key.as_str())), "order {n}");
    }
    serving.kill();
    let db = machine.db().await;
    let sent = placing.sent();
    assert_eq!(
        number(&db, "SELECT count(*) FROM orders").await,
        before + sent,
        "each order that was sent is there once"
    );
    let placed = "SELECT count(*) FROM journal WHERE kind = 'order.placed'";
    assert_eq!(number(&db, placed).await, before + sent);
    assert!(machine.verified().contains("完整无误"));
}

#[tokio::test(flavor = "multi_thread")]
async fn import_on_sqlite() {
    a_killed_import_given_again_brings_everybody_once(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn import_on_postgres() {
    a_killed_import_given_again_brings_everybody_once(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn server_on_sqlite() {
    a_killed_server_loses_and_doubles_no_order(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn server_on_postgres() {
    a_killed_server_loses_and_doubles_no_order(Engine::Postgres).await;
}
