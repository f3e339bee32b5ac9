//! A working day of the demo city, played through HTTP against the real program.

use std::{
    io::{BufRead, BufReader, Read as _},
    process::{Child, Command, Stdio},
};

use insight::statistics::recount;
use kernel::Scope;
use store::both;

use crate::{
    machine::{Machine, Serving, number, refused, until},
    outage::BEHIND,
};

/// The count that a line of the summary tells.
fn told(summary: &str, deed: &str) -> i64 {
    let line = summary.lines().filter_map(|line| line.trim().strip_prefix(deed)).find(|rest| rest.starts_with(' '));
    line.unwrap_or_else(|| panic!("no {deed}: {summary}")).split_whitespace().next().unwrap().parse().unwrap()
}

/// Begins a day and waits until the first hour was told.
fn begin(machine: &Machine, serving: &Serving, day_in: &str) -> (Child, BufReader<std::process::ChildStdout>) {
    let url = format!("http://{}", serving.address);
    let mut command = machine.command(&["simulate", "--url", &url, "--day-in", day_in, "--orders", "60"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("请求") {
        line.clear();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0, "it ended before the first hour was over");
    }
    (child, lines)
}

both! {
    async fn a_played_day_is_whole_in_the_journal_and_in_the_figures(test: TestDb) {
        let machine = Machine::demo(test.db.engine()).await;
        let db = machine.db().await;
        let before = number(&db, "SELECT count(*) FROM orders").await;
        let serving = machine.serve();
        let url = format!("http://{}", serving.address);
        let day = ["simulate", "--url", &url, "--once", "--day-in", "10s", "--orders", "24", "--seed", "7"];
        let summary = machine.must(&day);
        assert!(summary.contains("服务器错误 0，没有应答 0，意外 0"), "{summary}");

        // What it tells is what is there.
        assert_eq!(number(&db, "SELECT count(*) FROM orders").await - before, told(&summary, "下单"));
        for (deed, kind) in [("签退", "order.checked_out"), ("评价", "order.rated"), ("异议", "order.disputed"), ("改派", "order.withdrawn")] {
            let sql = format!("SELECT count(*) FROM journal WHERE kind = '{kind}' AND actor NOT LIKE 'system:%'");
            assert_eq!(number(&db, &sql).await, told(&summary, deed), "{deed}");
        }
        for provoked in ["order.duplicate", "order.window_past", "order.not_their_worker", "order.reason_wanted", "idempotency.reused", "not_found"] {
            assert!(told(&summary, provoked) > 0, "{summary}");
        }
        for deed in ["离线后补传", "照片", "取消", "护理员退回"] {
            assert!(told(&summary, deed) > 0, "{summary}");
        }
        assert_eq!(number(&db, "SELECT count(*) FROM sessions").await, 0, "everybody signed out");

        // The figures are those of a recount, and the journal is whole.
        until("the consumers have read all", || async { number(&db, BEHIND).await == 0 }).await;
        drop(serving);
        assert_eq!(recount::recount(&db, &Scope::whole()).await.unwrap(), []);
        assert!(machine.verified().contains("完整无误"));
    }

    async fn a_day_is_ended_cleanly_by_ctrl_c_and_loudly_by_a_server_that_goes_away(test: TestDb) {
        let machine = Machine::demo(test.db.engine()).await;
        let serving = machine.serve();
        let (mut child, mut lines) = begin(&machine, &serving, "60s");
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        let mut rest = String::new();
        lines.read_to_string(&mut rest).unwrap();
        assert!(child.wait().unwrap().success(), "{rest}");
        assert!(rest.contains("服务器错误 0，没有应答 0，意外 0") && rest.contains("做了什么"), "{rest}");
        assert_eq!(number(&machine.db().await, "SELECT count(*) FROM sessions").await, 0, "everybody signed out");

        let (mut child, mut lines) = begin(&machine, &serving, "20s");
        serving.kill();
        rest.clear();
        lines.read_to_string(&mut rest).unwrap();
        assert!(!child.wait().unwrap().success());
        assert!(!rest.contains("没有应答 0"), "{rest}");
    }
}

#[tokio::test]
async fn what_is_missing_is_told() {
    let machine = Machine::demo(store::Engine::Sqlite).await;
    let serving = machine.serve();
    let url = format!("http://{}", serving.address);
    let simulate = |words: &[&str]| refused(&machine.run(&[&["simulate", "--url", &url], words].concat()));
    assert!(simulate(&["--password", "wrong"]).contains("登录不上"));
    assert!(simulate(&["--logins", "nowhere.csv"]).contains("nowhere.csv 里没有演示城市的登录名"));
    assert!(simulate(&["--day-in", "soon"]).contains("不是时长"));
    serving.kill();
    assert!(simulate(&[]).contains("没有应答，请先在另一个终端运行 make demo"));
}
