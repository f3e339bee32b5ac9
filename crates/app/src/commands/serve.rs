//! `sangyu serve`: all doors, and what runs behind them.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use care::roster;
use clap::Args;
use insight::circle::{
    Circle,
    count::{self, CountWorker},
    sitings::worker::SitingWorker,
};
use kernel::{Result, refusals};
use registry::elders::{
    import::{self, ImportWorker, sheets::Staging, undo::UndoWorker},
    sheet::Program,
};
use store::{consumers, jobs, steady, tail::Tail, watchdog};
use tokio::task::JoinSet;
use web::{
    accounts::{self, Profile},
    base_map::BaseMap,
    live::Live,
    module::assemble,
    server::{Server, Settings, Stop},
    state::{self, AppState},
};

use super::{Place, restore::finish_erasures};
use crate::{
    config::Config,
    platform::{self, Platform},
    rooms, upkeep,
};

#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    place: Place,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Serve over TLS with this certificate chain and key, both PEM.
    #[arg(long, num_args = 2, value_names = ["CERTIFICATE", "KEY"])]
    tls: Option<Vec<PathBuf>>,
    /// Start although the clock stands before the newest entry of the journal, or long after it.
    #[arg(long)]
    accept_clock: bool,
    /// Serve demo accounts to others than this machine, too: their password is printed in the manual.
    #[arg(long)]
    demo: bool,
}

refusals! {
    /// How serving says no.
    enum Refusal {
        /// Accounts whose password everybody knows would be open to others.
        DemoAccounts { count: usize } => (Conflict, "serve.demo_accounts", "这里有 {count} 个演示账号，密码是公开的，不能给别的机器用。请先运行 sangyu accounts close-demo；确实只作演示，就加 --demo"),
    }
}

impl Serve {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let config = Config::read(&self.place.data, &self.flags())?;
        let platform = Platform::open(config).await?;
        platform.check_migrated().await?;
        if !self.accept_clock {
            upkeep::check_clock(&platform.db).await?;
        }
        self.check_demo(&platform).await?;
        // What an import that was killed left undone.
        import::settle(&platform.db).await?;
        finish_erasures(&platform).await?;
        platform.db.limit_statements(Duration::from_secs(platform.config.parse("statement_seconds")?));
        let stop = Stop::on_signals()?;
        let tail = Tail::start(platform.db.clone(), stop.receiver()).await?;
        let mut state = AppState::new(platform.db.clone(), platform.keys.clone(), doors(&platform.config)?).await?;
        state.stop = stop.clone();
        let staging = staging(&platform)?;
        let circle = Circle::keeping(platform.config.data(), platform.config.parse("circle_days")?);
        let state = state.with(Live::new(tail)).with(platform.blobs.clone()).with(staging.clone());
        let maps = roster::Maps::new(platform.config.data());
        let state = state.with(rooms::guests()).with(circle.clone()).with(maps.clone());
        let mut behind = follow(&platform, (staging, circle, maps), &stop);
        behind.spawn(web::housekeeping::run(state.clone()));
        behind.spawn(watchdog::watch(platform.db.clone(), stop.receiver()));
        behind.spawn(upkeep::watch_disk(platform.config.data().to_owned(), Arc::clone(&state.metrics), stop.clone()));
        behind.spawn(steady::watch(platform.db.clone(), upkeep::passed, stop.receiver()));
        let house = assemble(rooms::all(), &state)?;
        let server = Server::bind(listener(&platform.config)?, Arc::clone(&state.metrics)).await?;
        if let Some(address) = platform.config.optional("metrics_listen") {
            let settings = Settings::at(address.parse().map_err(|_| wrong("metrics_listen", address))?);
            let figures = Server::bind(settings, Arc::clone(&state.metrics)).await?;
            behind.spawn(figures.run(state.metrics.router(), stop.clone()));
        }
        warn_of_proxy(&platform.config);
        server.announce()?;
        server.run(house.router, stop).await;
        while behind.join_next().await.is_some() {}
        Ok(ExitCode::SUCCESS)
    }

    /// Demo accounts have a printed password and no second factor.
    async fn check_demo(&self, platform: &Platform) -> Result<()> {
        let listen: SocketAddr = platform.config.parse("listen")?;
        let stays_here = listen.ip().is_loopback() && platform.config.optional("origin").is_none();
        let count = accounts::demo(&platform.db).await?.len();
        if count == 0 || stays_here {
            return Ok(());
        }
        if !self.demo {
            return Err(Refusal::DemoAccounts { count }.into());
        }
        tracing::warn!(count, "demo accounts are served to other machines: their password is public");
        Ok(())
    }

    fn flags(&self) -> Vec<(&'static str, String)> {
        let mut flags = Vec::new();
        if let Some(listen) = &self.listen {
            flags.push(("listen", listen.clone()));
        }
        if let Some([certificate, key]) = self.tls.as_deref() {
            flags.push(("tls_certificate", certificate.display().to_string()));
            flags.push(("tls_key", key.display().to_string()));
        }
        flags
    }
}

/// Where uploaded sheets wait.
fn staging(platform: &Platform) -> Result<Staging> {
    let folder = platform::imports_of(&platform.config);
    std::fs::create_dir_all(&folder)?;
    Ok(Staging { keys: platform.keys.clone(), folder, program: Program::this()? })
}

/// Starts what the rooms want done behind the doors.
fn follow(platform: &Platform, (staging, circle, maps): (Staging, Circle, roster::Maps), stop: &Stop) -> JoinSet<()> {
    let (db, mut behind) = (&platform.db, JoinSet::new());
    let sitings = SitingWorker { circle: circle.clone(), keys: platform.keys.clone() };
    let counts = CountWorker { circle, keys: platform.keys.clone() };
    let mut workers: Vec<Arc<dyn jobs::Worker>> = vec![
        Arc::new(UndoWorker(platform.keys.clone())),
        Arc::new(ImportWorker(staging)),
        Arc::new(counts.clone()),
        Arc::new(sitings),
        Arc::new(roster::worker::Planner(roster::desk::Tools { keys: platform.keys.clone(), maps })),
        Arc::new(roster::worker::Publisher),
    ];
    for room in rooms::all() {
        for consumer in room.consumers {
            behind.spawn(consumers::follow(db.clone(), consumer, stop.receiver()));
        }
        workers.extend(room.workers);
    }
    // Two at once: a city's plan takes a minute, and neither imports nor the next provider wait for it.
    for _ in 0..2 {
        behind.spawn(jobs::work(db.clone(), workers.clone(), stop.receiver()));
    }
    behind.spawn(roster::nightly::follow(db.clone(), stop.receiver()));
    behind.spawn(care::orders::sweep::follow(db.clone(), stop.receiver()));
    behind.spawn(registry::elders::terms::follow(db.clone(), stop.receiver()));
    behind.spawn(insight::statistics::birthdays::follow(db.clone(), stop.receiver()));
    behind.spawn(count::follow(db.clone(), counts, stop.receiver()));
    behind
}

fn wrong(key: &'static str, value: &str) -> kernel::Failure {
    crate::config::Refusal::Wrong { key: key.to_owned(), value: value.to_owned() }.into()
}

fn proxies(config: &Config) -> Result<Vec<IpAddr>> {
    let text = config.text("proxies");
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| part.parse().map_err(|_| wrong("proxies", part))).collect()
}

/// The map under our own, if the settings name one.
fn base_map(config: &Config) -> Result<Option<BaseMap>> {
    let Some(template) = config.optional("base_map") else { return Ok(None) };
    let licence = config.optional("base_map_licence").ok_or_else(|| wrong("base_map_licence", ""))?;
    BaseMap::new(template, licence).map(Some).ok_or_else(|| wrong("base_map", template))
}

/// Behind a proxy that the settings do not name everybody has one address, and shares one budget of attempts.
fn warn_of_proxy(config: &Config) {
    if config.optional("origin").is_some() && config.optional("proxies").is_none() {
        tracing::warn!("origin is set and proxies is empty: if a proxy stands in front, everybody has its address");
    }
}

fn doors(config: &Config) -> Result<state::Config> {
    let profile = config.text("password_profile");
    Ok(state::Config {
        base_map: base_map(config)?,
        node: config.text("node_name").to_owned(),
        origin: config.optional("origin").map(str::to_owned),
        proxies: proxies(config)?,
        half_sent: config.parse("half_sent")?,
        profile: Profile::of(profile).ok_or_else(|| wrong("password_profile", profile))?,
        ..state::Config::default()
    })
}

fn listener(config: &Config) -> Result<Settings> {
    let tls = config.optional("tls_certificate").zip(config.optional("tls_key"));
    Ok(Settings {
        tls: tls.map(|(certificate, key)| (certificate.into(), key.into())),
        proxies: proxies(config)?,
        connections: config.parse("sockets")?,
        kept: config.parse("sockets_kept")?,
        per_address: config.parse("sockets_per_address")?,
        ..Settings::at(config.parse("listen")?)
    })
}
