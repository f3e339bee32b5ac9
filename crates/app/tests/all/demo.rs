//! Accounts whose password stands in the manual.

use std::{
    io::{BufRead as _, BufReader},
    process::Stdio,
};

use kernel::Actor;
use store::{
    Lane, both,
    sea_orm::{ConnectionTrait as _, sea_query::Query},
};

use crate::machine::Machine;

/// What `serve` says first when it serves to everybody; it ends then.
fn serves(machine: &Machine, words: &[&str]) -> String {
    let mut command = machine.command(&[&["serve", "--listen", "0.0.0.0:0"], words].concat());
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    line
}

both! {
    async fn demo_accounts_are_served_to_this_machine_alone_until_they_are_closed(test: TestDb) {
        let machine = Machine::new(test.db.engine()).await;
        machine.must(&["keys", "init"]);
        machine.must(&["migrate"]);
        machine.must(&["accounts", "open", "zhoumin", "--name", "周敏", "--role", "county_clerk", "--at", "411002"]);
        let write = machine.db().await;
        let tester = Actor::cli("tester");
        let made_demo = write.write(Lane::Interactive, &tester, async |tx| {
            tx.execute(&Query::update().table("accounts").value("demo", true).to_owned()).await?;
            Ok(())
        });
        made_demo.await.unwrap();
        drop(write);

        machine.serve();
        let refused = machine.run(&["serve", "--listen", "0.0.0.0:0"]);
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(!refused.status.success() && said.contains("这里有 1 个演示账号"), "{said}");
        let told = serves(&machine, &["--demo"]);
        assert!(told.starts_with("listening on http://0.0.0.0:"), "{told}");
        assert!(machine.must(&["accounts", "close-demo"]).contains("已停用 1 个演示账号"));
        let told = serves(&machine, &[]);
        assert!(told.starts_with("listening on http://0.0.0.0:"), "{told}");
    }
}
