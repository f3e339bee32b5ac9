//! A machine that Sangyu runs on: a data folder, a database, and the program's processes.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use kernel::{Ids, SystemClock};
use store::{
    Db, Engine, Settings,
    sea_orm::{ConnectionTrait, Database, Statement},
};
use tempfile::TempDir;

pub const PASSPHRASE: &str = "eight monks, no water";

/// Data folder, database and environment of one platform.
pub struct Machine {
    pub folder: TempDir,
    pub url: String,
}

impl Machine {
    pub async fn new(engine: Engine) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = match engine {
            Engine::Sqlite => format!("sqlite:{}", folder.path().join("data/sangyu.db").display()),
            Engine::Postgres => empty_postgres(&std::env::var("SANGYU_TEST_POSTGRES").unwrap()).await,
        };
        Self { folder, url }
    }

    /// On a database that is there already.
    pub fn on(url: String) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), url }
    }

    /// A demo city of 300 elders.
    pub async fn demo(engine: Engine) -> Self {
        let machine = Self::new(engine).await;
        machine.must(&["demo", "--elders", "300"]);
        machine
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command of the program in this machine's environment.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sangyu"));
        command.args(words).stdin(Stdio::null());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SANGYU_")) {
            command.env_remove(name);
        }
        command.env("SANGYU_DATA", self.path("data")).env("SANGYU_DATABASE_URL", &self.url);
        command.env("SANGYU_PASSPHRASE", PASSPHRASE).env("XDG_CONFIG_HOME", self.path("config"));
        command
    }

    pub fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// Runs a command that succeeds; what it said.
    pub fn must(&self, words: &[&str]) -> String {
        said(&self.run(words))
    }

    /// Proves the platform; what that said. There is nothing outside to hold it against, which the exit code tells.
    pub fn verified(&self) -> String {
        let output = self.run(&["verify"]);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(2), "{text}{}", String::from_utf8_lossy(&output.stderr));
        text
    }

    /// Serves on a free port; the process ends with the value.
    pub fn serve(&self) -> Serving {
        self.serve_with(&[])
    }

    /// Serves with more of an environment.
    pub fn serve_with(&self, environment: &[(&str, String)]) -> Serving {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        let more = environment.iter().map(|(name, value)| (*name, value));
        let mut child = command.envs(more).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").map(str::to_owned);
        let address = address.unwrap_or_else(|| panic!("serve said {line:?}"));
        Serving { child, address }
    }

    /// The database, opened as another process.
    pub async fn db(&self) -> Db {
        let settings = Settings { url: self.url.clone(), connections: 2, node: 0 };
        Db::open(&settings, Arc::new(SystemClock), Arc::new(Ids::from_os())).await.unwrap()
    }
}

/// Another place for the same root key and key store settings: an empty one.
pub async fn beside(machine: &Machine, engine: Engine) -> Machine {
    let other = Machine::new(engine).await;
    std::fs::create_dir_all(other.path("data")).unwrap();
    let config = std::fs::read_to_string(machine.path("data/config.toml")).unwrap();
    std::fs::write(other.path("data/config.toml"), config).unwrap();
    std::fs::copy(machine.path("data/demo-root.key"), other.path("data/demo-root.key")).unwrap();
    other
}

/// A running `sangyu serve`.
pub struct Serving {
    child: Child,
    pub address: String,
}

impl Serving {
    /// kill -9.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may be dead already; then there is nobody to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a successful command printed.
pub fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// What a command that was refused printed.
pub fn refused(output: &Output) -> String {
    assert!(!output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A number from the database.
pub async fn number(conn: &impl ConnectionTrait, sql: &str) -> i64 {
    let row = conn.query_one_raw(Statement::from_string(conn.get_database_backend(), sql)).await.unwrap();
    row.unwrap().try_get_by_index(0).unwrap()
}

/// Looks again until something is so; fails after a minute.
pub async fn until<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    let begun = Instant::now();
    let mut ticks = tokio::time::interval(Duration::from_millis(25));
    while !is_so().await {
        assert!(begun.elapsed() < Duration::from_secs(60), "it never came to be that {what}");
        ticks.tick().await;
    }
}

pub async fn empty_postgres(admin_url: &str) -> String {
    let name = format!("machine_{}", Ids::from_os().below(u64::MAX));
    let admin = Database::connect(admin_url).await.unwrap();
    admin.execute_unprepared(&format!("CREATE DATABASE {name} TEMPLATE template0 LOCALE 'C.UTF-8'")).await.unwrap();
    admin.close().await.unwrap();
    format!("{}/{name}", admin_url.rsplit_once('/').unwrap().0)
}

/// The newest folder of PostgreSQL's programs, as scripts/with-postgres finds it.
pub fn postgres_programs() -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/with-postgres");
    let found = Command::new(script).arg("--find").output().unwrap();
    PathBuf::from(String::from_utf8(found.stdout).unwrap().trim())
}
