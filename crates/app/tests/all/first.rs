//! The first hour of a real platform: keys, tables, an account, a sheet.

use store::both;

use crate::machine::Machine;

/// What others than its owner may do with a file.
fn others(path: &std::path::Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o077
}

both! {
    async fn nobody_else_reads_what_the_commands_write(test: TestDb) {
        let machine = Machine::new(test.db.engine()).await;
        machine.must(&["keys", "init"]);
        machine.must(&["migrate"]);
        machine.must(&["accounts", "open", "zhoumin", "--name", "周敏", "--role", "county_clerk", "--at", "411002"]);
        let exported = machine.path("root.sealed");
        machine.must(&["keys", "export", exported.to_str().unwrap()]);
        let written = [machine.path("data"), machine.path("data/keys.db"), exported];
        let own = machine.path("data/sangyu.db");
        for path in written.iter().chain(Some(&own).filter(|own| own.exists())) {
            assert_eq!(others(path), 0, "{}", path.display());
        }
    }

    async fn a_new_platform_gets_its_first_account_once(test: TestDb) {
        let machine = Machine::new(test.db.engine()).await;
        machine.must(&["keys", "init"]);
        machine.must(&["migrate"]);
        let open = ["accounts", "open", "zhoumin", "--name", "周敏", "--role", "county_clerk", "--at", "411002"];
        let told = machine.must(&open);
        assert!(told.contains("初始密码：") && told.contains("zhoumin（档案管理）"), "{told}");
        let again = machine.run(&open);
        assert!(!again.status.success() && String::from_utf8_lossy(&again.stderr).contains("这个登录名已经有人用了"));
    }

    async fn a_wrong_role_or_place_is_told_and_opens_nothing(test: TestDb) {
        let machine = Machine::new(test.db.engine()).await;
        machine.must(&["keys", "init"]);
        machine.must(&["migrate"]);
        for (role, at, says) in [("emperor", "411002", "不是可以这样开户的岗位"), ("county_clerk", "411099", "没有“411099”这个地方")] {
            let refused = machine.run(&["accounts", "open", "x", "--name", "周敏", "--role", role, "--at", at]);
            assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains(says), "{refused:?}");
        }
    }
}
