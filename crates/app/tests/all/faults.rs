//! Disks that fail and answers that get lost: what was acknowledged is there once, what was said not to be saved is not
//! there, and the same key again settles what nobody knew.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::PathBuf,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
};

use store::Engine;

use crate::{
    browser::Browser,
    killed::Placing,
    machine::{Machine, Serving, empty_postgres, number},
    stall::Way,
};

const ENOSPC: i32 = 28;
const EIO: i32 = 5;
const EROFS: i32 = 30;

/// The library that makes the disk of a process fail, and the file that tells it when.
struct Shim {
    library: PathBuf,
    order: PathBuf,
    told: AtomicUsize,
}

impl Shim {
    fn new(machine: &Machine) -> Self {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/shim/disk.c");
        let (library, order) = (machine.path("disk.so"), machine.path("order"));
        let mut make = Command::new("cc");
        make.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).arg("-ldl");
        assert!(make.status().unwrap().success());
        fs::write(&order, "").unwrap();
        Self { library, order, told: AtomicUsize::new(0) }
    }

    fn serve(&self, machine: &Machine) -> Serving {
        let text = |path: &PathBuf| path.to_str().unwrap().to_owned();
        machine.serve_with(&[("LD_PRELOAD", text(&self.library)), ("SANGYU_SHIM", text(&self.order))])
    }

    /// After `skip` calls, `times` calls of a kind fail; replaced whole, so that it is never read half.
    fn fail(&self, what: &str, (code, skip, times): (i32, usize, i32), path: &str) {
        let draft = self.order.with_extension(format!("{}", self.told.fetch_add(1, Ordering::Relaxed)));
        fs::write(&draft, format!("{what} {code} {skip} {times} {path}\n")).unwrap();
        fs::rename(draft, &self.order).unwrap();
    }

    fn mend(&self) {
        self.fail("none", (0, 0, 0), "x");
    }
}

/// What a client was told of each order it sent.
#[derive(Default)]
struct Told {
    next: usize,
    acknowledged: HashMap<usize, String>,
    not_saved: HashSet<usize>,
    unknown: HashSet<usize>,
}

impl Told {
    fn send(&mut self, placing: &Placing, agent: &Browser, address: &str, count: usize) {
        for _ in 0..count {
            let n = self.next;
            self.next += 1;
            let answer = placing.send(agent, address, n).unwrap();
            match answer.status {
                201 => {
                    let key = answer.json()["key"].as_str().unwrap().to_owned();
                    let seen = agent.get(address, &format!("/api/v1/orders/{key}")).unwrap();
                    assert!(matches!(seen.status, 200 | 503), "order {n} was acknowledged: {seen:?}");
                    self.acknowledged.insert(n, key);
                }
                503 => {
                    self.not_saved.insert(n);
                }
                504 => {
                    self.unknown.insert(n);
                }
                _ => panic!("{answer:?}"),
            }
        }
    }

    /// An order that is there already is refused, as on any day.
    fn send_a_double(&self, placing: &Placing, agent: &Browser, address: &str) {
        if let Some(n) = self.acknowledged.keys().max() {
            let doubled = placing.send_under(agent, address, *n, &format!("double-{n}-{}", self.next)).unwrap();
            assert!(matches!(doubled.status, 409 | 503 | 504), "{doubled:?}");
        }
    }

    /// After a restart: all that was acknowledged is there, nothing that was said not to be saved is, each once.
    async fn hold(&self, machine: &Machine, before: i64) {
        let db = machine.db().await;
        let there = number(&db, "SELECT count(*) FROM orders").await - before;
        let sure = i64::try_from(self.acknowledged.len()).unwrap();
        let perhaps = i64::try_from(self.unknown.len()).unwrap();
        assert!((sure..=sure + perhaps).contains(&there), "{there} of {sure} to {} orders", sure + perhaps);
        let placed = "SELECT count(*) FROM journal WHERE kind = 'order.placed'";
        assert_eq!(number(&db, placed).await, before + there, "each order has its entry");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_failing_call_of_the_disk_loses_nothing_that_was_acknowledged() {
    let machine = Machine::demo(Engine::Sqlite).await;
    let before = number(&machine.db().await, "SELECT count(*) FROM orders").await;
    let placing = Placing::new(&machine).await;
    let shim = Shim::new(&machine);
    let serving = shim.serve(&machine);
    let (agent, address) = (Browser::sign_in(&serving.address, "agent"), serving.address.clone());
    let mut told = Told::default();
    told.send(&placing, &agent, &address, 3);
    for (what, code) in [("write", ENOSPC), ("write", EIO), ("sync", EIO), ("sync", ENOSPC), ("write", EROFS)] {
        for skip in 0..6 {
            shim.fail(what, (code, skip, 1), "sangyu.db");
            told.send(&placing, &agent, &address, 3);
            told.send_a_double(&placing, &agent, &address);
            told.send(&placing, &agent, &address, 3);
        }
    }
    shim.mend();
    assert!(told.acknowledged.len() > 120, "{}", told.acknowledged.len());
    serving.kill();
    told.hold(&machine, before).await;
    let serving = machine.serve();
    for (n, key) in &told.acknowledged {
        assert_eq!(agent.get(&serving.address, &format!("/api/v1/orders/{key}")).unwrap().status, 200, "order {n}");
    }
    for n in told.not_saved.iter().chain(&told.unknown) {
        assert_eq!(placing.send(&agent, &serving.address, *n).unwrap().status, 201, "the same key again");
    }
    let sent = i64::try_from(told.next).unwrap();
    assert_eq!(number(&machine.db().await, "SELECT count(*) FROM orders").await, before + sent);
    drop(serving);
    assert!(machine.verified().contains("完整无误"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_or_read_only_for_a_while_acknowledges_nothing_meanwhile() {
    let machine = Machine::demo(Engine::Sqlite).await;
    let before = number(&machine.db().await, "SELECT count(*) FROM orders").await;
    let placing = Placing::new(&machine).await;
    let shim = Shim::new(&machine);
    let serving = shim.serve(&machine);
    let (agent, address) = (Browser::sign_in(&serving.address, "agent"), serving.address.clone());
    let mut told = Told::default();
    for code in [ENOSPC, EROFS, EIO] {
        told.send(&placing, &agent, &address, 5);
        let acknowledged = told.acknowledged.len();
        shim.fail("write", (code, 0, -1), "sangyu.db");
        told.send(&placing, &agent, &address, 8);
        told.send_a_double(&placing, &agent, &address);
        assert_eq!(told.acknowledged.len(), acknowledged, "nothing is acknowledged on a disk that takes nothing");
        shim.mend();
        told.send(&placing, &agent, &address, 5);
        told.send_a_double(&placing, &agent, &address);
        told.send(&placing, &agent, &address, 20);
        assert_eq!(told.acknowledged.len(), acknowledged + 25, "afterwards all goes on");
    }
    serving.kill();
    told.hold(&machine, before).await;
    assert!(machine.verified().contains("完整无误"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_is_lost_is_found_and_its_key_places_no_second_order() {
    let mut machine = Machine::on(empty_postgres(&std::env::var("SANGYU_TEST_POSTGRES").unwrap()).await);
    machine.must(&["demo", "--elders", "300"]);
    let placing = Placing::new(&machine).await;
    let before = number(&machine.db().await, "SELECT count(*) FROM orders").await;
    let (head, name) = machine.url.rsplit_once('/').unwrap();
    let (user, port) = head.rsplit_once(':').unwrap();
    let way = Way::to(port.parse().unwrap());
    machine.url = format!("{user}:{}/{name}", way.port());
    let serving = machine.serve();
    let (agent, address) = (Browser::sign_in(&serving.address, "agent"), serving.address.clone());
    let (mut told, mut n) = (HashMap::<usize, u16>::new(), 0);
    while way.were_cut() < 20 {
        // Jobs commit, too; most cuts hit the order that is just sent.
        way.cut(1);
        told.insert(n, placing.send(&agent, &address, n).unwrap().status);
        n += 1;
        assert!(n < 200, "the commits are cut");
    }
    way.cut(0);
    assert!(told.values().all(|status| matches!(status, 201 | 503 | 504)), "{told:?}");
    let db = machine.db().await;
    let sure = i64::try_from(told.values().filter(|status| **status == 201).count()).unwrap();
    let not_saved = i64::try_from(told.values().filter(|status| **status == 503).count()).unwrap();
    let there = number(&db, "SELECT count(*) FROM orders").await - before;
    assert!((sure..=i64::try_from(n).unwrap() - not_saved).contains(&there), "{there} of {told:?}");
    for n in 0..n {
        assert_eq!(placing.send(&agent, &address, n).unwrap().status, 201, "the same key again");
    }
    assert_eq!(number(&db, "SELECT count(*) FROM orders").await, before + i64::try_from(n).unwrap(), "each order once");
    drop(serving);
    assert!(machine.verified().contains("完整无误"));
}
