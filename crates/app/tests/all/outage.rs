//! The database goes away under a running server, and comes back.

use std::{
    io::BufRead,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use kernel::Actor;
use serde_json::json;
use store::{Lane, jobs};

use crate::{
    browser::Browser,
    cluster::Cluster,
    killed::Placing,
    machine::{Machine, empty_postgres, number, until},
    stall::Way,
};

/// How long the database is away.
const AWAY: Duration = Duration::from_secs(10);
/// How long anybody may wait for the sentence that tells so.
const PATIENCE: Duration = Duration::from_secs(6);
const SENTENCE: &str = "系统正忙，刚才的操作没有保存，请稍后再试";

/// Whether all consumers read all that was journaled.
pub const BEHIND: &str = "SELECT count(*) FROM journal_heads h JOIN (SELECT DISTINCT consumer FROM cursors) k ON true \
                      LEFT JOIN cursors c ON c.home = h.home AND c.consumer = k.consumer WHERE h.seq > COALESCE(c.seq, 0)";

#[tokio::test(flavor = "multi_thread")]
async fn while_postgresql_is_away_people_are_told_and_afterwards_all_goes_on() {
    let mut cluster = Cluster::start().await;
    let machine = Machine::on(empty_postgres(&cluster.url()).await);
    machine.must(&["demo", "--elders", "300"]);
    let placing = Arc::new(Placing::new(&machine).await);
    let before = number(&machine.db().await, "SELECT count(*) FROM orders").await;
    let serving = machine.serve();
    let agent = Browser::sign_in(&serving.address, "agent");
    assert_eq!(agent.get(&serving.address, "/api/v1/orders").unwrap().status, 200);

    // Four clients go on placing orders all the time, whatever they are answered.
    let stop = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let (placing, agent, address, stop) =
                (placing.clone(), agent.clone(), serving.address.clone(), stop.clone());
            std::thread::spawn(move || placing.go_on_through(&agent, &address, &stop))
        })
        .collect();
    until("some orders are placed", || async { placing.acknowledged() > 20 }).await;
    cluster.stop();
    ask_while_away(&agent, &serving.address);
    let refused = placing.refused();
    assert!(refused > 0, "orders were refused meanwhile");
    let acknowledged = placing.acknowledged();

    // It comes back; the server was not touched.
    cluster.go_on().await;
    until("people are served again", || async { agent.get(&serving.address, "/api/v1/orders").unwrap().status == 200 })
        .await;
    until("orders are placed again", || async { placing.acknowledged() > acknowledged + 20 }).await;
    stop.store(true, Ordering::Relaxed);
    clients.into_iter().for_each(|client| client.join().unwrap());
    placing.send_again(&agent, &serving.address);
    let db = machine.db().await;
    assert_eq!(number(&db, "SELECT count(*) FROM orders").await, before + placing.sent(), "each order is there once");
    for key in placing.keys() {
        assert_eq!(agent.get(&serving.address, &format!("/api/v1/orders/{key}")).unwrap().status, 200, "{key}");
    }

    behind_the_doors(&machine, &placing, &agent, &serving.address).await;
    drop(serving);
    assert!(machine.verified().contains("完整无误"));
}

/// Statements of the test's server may take so long.
const LIMIT: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_hangs_is_told_as_away_and_people_go_on_when_it_does() {
    let mut machine = Machine::on(empty_postgres(&std::env::var("SANGYU_TEST_POSTGRES").unwrap()).await);
    machine.must(&["demo", "--elders", "300"]);
    let (before, name) = machine.url.rsplit_once('/').unwrap();
    let (user, port) = before.rsplit_once(':').unwrap();
    let way = Way::to(port.parse().unwrap());
    machine.url = format!("{user}:{}/{name}", way.port());
    let serving = machine.serve_with(&[("SANGYU_STATEMENT_SECONDS", LIMIT.as_secs().to_string())]);
    let agent = Browser::sign_in(&serving.address, "agent");
    assert_eq!(agent.get(&serving.address, "/api/v1/orders").unwrap().status, 200);
    way.stall();
    for path in ["/api/v1/orders", "/elders", "/account", "/api/v1/orders", "/elders"] {
        let begun = Instant::now();
        let answer = agent.get(&serving.address, path).unwrap();
        assert_eq!(answer.status, 503, "{path}: {answer:?}");
        assert!(answer.body.contains(SENTENCE), "{path}: {answer:?}");
        assert!(begun.elapsed() < LIMIT + PATIENCE, "{path} took {:?}", begun.elapsed());
    }
    way.go_on();
    until("people are served again", || async { agent.get(&serving.address, "/api/v1/orders").unwrap().status == 200 })
        .await;
}

/// Asks all the time while the database is away: signed in, as a stranger, for pages and for JSON.
fn ask_while_away(agent: &Browser, address: &str) {
    let away = Instant::now();
    let mut asked = 0;
    while away.elapsed() < AWAY {
        asked += 1;
        for path in ["/api/v1/orders", "/elders", "/account"] {
            let begun = Instant::now();
            let answer = agent.get(address, path).unwrap();
            assert_eq!(answer.status, 503, "{path}: {answer:?}");
            assert!(answer.body.contains(SENTENCE), "{path}: {answer:?}");
            assert!(begun.elapsed() < PATIENCE, "{path} took {:?}", begun.elapsed());
        }
        let begun = Instant::now();
        let stranger = Browser::default().knock(address, "clerk").unwrap();
        assert_eq!(stranger.status, 503, "{stranger:?}");
        assert!(stranger.body.contains(SENTENCE) && begun.elapsed() < PATIENCE, "{:?} {stranger:?}", begun.elapsed());
    }
    assert!(asked > 0);
}

/// What runs behind the doors goes on too: the tail tells screens, consumers follow, jobs are taken up.
async fn behind_the_doors(machine: &Machine, placing: &Placing, agent: &Browser, address: &str) {
    let db = machine.db().await;
    let stream = agent.follow(address).unwrap();
    placing.place(agent, address);
    let told = stream.lines().map_while(Result::ok).any(|line| line == "data: order");
    assert!(told, "the live stream told of the new order");
    until("the consumers have read all", || async { number(&db, BEHIND).await == 0 }).await;
    let tester = Actor::cli("tester");
    let ask = db.write(Lane::Jobs, &tester, async |tx| jobs::ask(&tx, "test.nothing", &json!({})).await);
    let job = ask.await.unwrap();
    until("the job was taken up", || async { jobs::get(&db, job).await.unwrap().tries > 0 }).await;
}
