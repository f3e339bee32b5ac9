//! `sangyu simulate`: a working day of the demo city, played from outside through HTTP alone: the call centre, the
//! dispatchers, the phones and the portal, each signed in as a person would be. It opens neither database nor keys.
//!
//! ```text
//! Fate (drawn by seed) ─► Case (one order from hand to hand) ─► Seat / Phone / Guest (who is signed in) ─► Wire ─► serve
//!                              └─ Pace (the day's minutes)              Book (what was counted, timed, odd) ◄─┘
//! ```

mod book;
mod case;
mod company;
mod fate;
mod pace;
mod phone;
mod portal;
mod seat;
mod turn;
mod wire;

use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use clap::Args;
use kernel::{Clock, Result, SystemClock, refusals};
use tokio::task::JoinSet;

use self::{book::Book, case::Case, company::Company, fate::Fate, pace::Pace, turn::Turn, wire::Wire};
use super::{
    Place,
    demo::{LOGINS, PASSWORD},
};

refusals! {
    /// How a simulation says no.
    enum Refusal {
        /// Nobody answers there.
        NoAnswer { url: String } => (Unavailable, "simulate.no_answer", "{url} 没有应答，请先在另一个终端运行 make demo"),
        /// Not an address of a platform.
        NoAddress { url: String } => (Invalid, "simulate.no_address", "“{url}”不是平台的地址，例如 http://127.0.0.1:8080"),
        /// Not a certificate.
        NoAuthority { file: String } => (Invalid, "simulate.no_authority", "{file} 里没有 PEM 格式的 CA 证书"),
        /// The list of logins is missing or of another city.
        NoLogins { file: String } => (Invalid, "simulate.no_logins", "{file} 里没有演示城市的登录名，它由 sangyu demo 写出"),
        /// Nobody can sign in.
        NotLetIn { login: String } => (Forbidden, "simulate.not_let_in", "“{login}”登录不上，请检查地址、登录名清单和密码"),
        /// A duration that cannot be read.
        NoDuration { text: String } => (Invalid, "simulate.no_duration", "“{text}”不是时长，例如 90s、10m、10h"),
    }
}

#[derive(Debug, Args)]
pub(crate) struct Simulate {
    #[command(flatten)]
    place: Place,
    /// Where the demo city is served.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// The authority behind an https address, PEM: `data/tls/ca.pem` of `sangyu tls init`.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// How long a working day of ten hours takes: 90s, 10m; 10h is a day at its real pace.
    #[arg(long, value_name = "TIME", default_value = "10m")]
    day_in: String,
    /// Orders a day.
    #[arg(long, default_value_t = 240)]
    orders: usize,
    /// The same seed tries the same; drawn when left out, and printed.
    #[arg(long)]
    seed: Option<u64>,
    /// Play one day; without it one day after another until Ctrl-C.
    #[arg(long)]
    once: bool,
    /// Who can sign in, as `sangyu demo` lists it; in the data folder when left out.
    #[arg(long, value_name = "FILE")]
    logins: Option<PathBuf>,
    /// The password of all accounts of the demo city.
    #[arg(long, env = "SANGYU_DEMO_PASSWORD", hide_env_values = true, default_value = PASSWORD)]
    password: String,
}

impl Simulate {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let length = duration(&self.day_in)?;
        let seed = self.seed.unwrap_or_else(|| SystemClock.now().timestamp().cast_unsigned());
        let book = Arc::new(Book::default());
        let wire = Arc::new(Wire::new(&self.url, self.ca.as_deref(), book.clone())?);
        let logins = self.logins.clone().unwrap_or_else(|| self.place.data.join(LOGINS));
        let stop = pace::on_ctrl_c();
        let company = Company::gather(&wire, &logins, &self.password).await?;
        println!(
            "{}：{} 个县区，每天 {} 张工单，一天演 {}，种子 {seed}（Ctrl-C 结束）",
            self.url,
            company.counties.len(),
            self.orders,
            self.day_in
        );
        for day in 0_u64.. {
            let pace = Pace::begin(length, stop.clone());
            let company = Arc::new(company.of_day(pace.clone(), seed.wrapping_add(day)).await);
            play(&company, Fate::all(seed.wrapping_add(day), self.orders), &book).await;
            if self.once || pace.is_stopped() || !book.is_sound() {
                break;
            }
        }
        company.go_home().await;
        print!("{}", book.summary());
        Ok(if book.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Plays a day: each order on its own, an hour of it in each line.
async fn play(company: &Arc<Company>, fates: Vec<Fate>, book: &Arc<Book>) {
    let mut cases = JoinSet::new();
    for fate in fates {
        let company = Arc::clone(company);
        cases.spawn(async move { Case::play(&company, fate).await });
    }
    let line = book::line();
    let mut tick = tokio::time::interval(Duration::from_millis(250));
    let mut hour = 0;
    loop {
        tokio::select! {
            ended = cases.join_next() => match ended {
                Some(Ok(Err(Turn::Odd(text)))) => book.odd(text),
                Some(Err(panic)) => book.odd(panic.to_string()),
                Some(Ok(_)) => {}
                None => break,
            },
            _ = tick.tick() => {
                line.set_message(book.told(company.pace.time()));
                if company.pace.hour() > hour {
                    hour = company.pace.hour();
                    company.look_at_the_figures().await;
                    line.suspend(|| println!("{}", book.told(company.pace.time())));
                }
            }
        }
    }
    line.finish_and_clear();
    println!("{}", book.told(company.pace.time()));
}

/// `90s`, `10m`, `10h`.
fn duration(text: &str) -> Result<Duration> {
    let wrong = || Refusal::NoDuration { text: text.to_owned() };
    let unit = text.chars().last().ok_or_else(wrong)?;
    let secs = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        _ => return Err(wrong().into()),
    };
    let number: u64 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    if (1..=86_400).contains(&(number.saturating_mul(secs))) {
        Ok(Duration::from_secs(number * secs))
    } else {
        Err(wrong().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_takes_a_second_to_a_day() {
        assert_eq!(duration("90s").unwrap(), Duration::from_secs(90));
        assert_eq!(duration("10h").unwrap(), Duration::from_hours(10));
        for wrong in ["", "10", "m", "-1m", "0s", "25h", "1½h", "十m"] {
            assert_eq!(duration(wrong).unwrap_err().code(), Some("simulate.no_duration"), "{wrong}");
        }
    }
}
