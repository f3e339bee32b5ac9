//! A PostgreSQL of one test's own, durable, that can be stopped and started.

use std::{
    fs,
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use crate::machine::{postgres_programs, until};

/// A cluster in a temporary folder. PostgreSQL refuses to run as root, so root lends it another user.
pub struct Cluster {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
    as_root: bool,
    server: Option<Child>,
}

impl Cluster {
    /// Makes one and starts it.
    pub async fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("sangyu-outage").tempdir_in("/tmp").unwrap();
        let who = Command::new("id").arg("-u").output().unwrap();
        let as_root = String::from_utf8(who.stdout).unwrap().trim() == "0";
        // Freed at once; the server binds it a moment later.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut cluster = Self { folder, programs: postgres_programs(), port, as_root, server: None };
        if as_root {
            let given = Command::new("chown").arg("postgres").arg(cluster.folder.path()).status().unwrap();
            assert!(given.success());
        }
        let made = cluster
            .command("initdb")
            .arg("--pgdata")
            .arg(cluster.data())
            .args(["--username=sangyu", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        cluster.go_on().await;
        cluster
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A program of PostgreSQL, run as a user that it accepts; it ends with this process.
    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "INT"]);
        if self.as_root {
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
        }
        command.arg(program).current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    /// The URL of its first database.
    pub fn url(&self) -> String {
        format!("postgres://sangyu@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts the server again on the same data and the same port.
    pub async fn go_on(&mut self) {
        let log = fs::File::create(self.folder.path().join("server.log")).unwrap();
        let mut server = self.command("postgres");
        server.arg("-D").arg(self.data()).args(["-p", &self.port.to_string()]).arg("-k").arg(self.folder.path());
        server.args(["-c", "listen_addresses=127.0.0.1", "-c", "timezone=UTC"]);
        self.server = Some(server.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap());
        let (ready, port) = (self.programs.join("pg_isready"), self.port.to_string());
        until("PostgreSQL accepts connections", || async {
            let asked = Command::new(&ready).args(["-q", "-h", "127.0.0.1", "-p", &port]).status();
            asked.unwrap().success()
        })
        .await;
    }

    /// Stops the server as an operator does: connections are cut, open transactions rolled back.
    pub fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            // Its own child, by its id; setpriv became the server.
            let told = Command::new("kill").args(["-INT", &server.id().to_string()]).status();
            let ended = told.is_ok_and(|told| told.success()) && server.wait().is_ok();
            assert!(ended, "PostgreSQL did not stop");
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.stop();
        } else if let Some(mut server) = self.server.take() {
            let _ = Command::new("kill").args(["-INT", &server.id().to_string()]).status();
            let _ = server.wait();
        }
    }
}
