//! `sangyu tls init`

use std::process::ExitCode;

use clap::{Args, Subcommand};
use kernel::{Clock, Result, SystemClock};
use web::server::tls;

use super::Place;
use crate::config::Config;

#[derive(Debug, Args)]
pub(crate) struct Tls {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make an own certificate authority (once) and a server certificate under DATA/tls.
    Init {
        #[command(flatten)]
        place: Place,
        /// Host name or address that phones will use; may be given several times.
        #[arg(long = "host", default_values_t = ["localhost".to_owned(), "127.0.0.1".to_owned()])]
        hosts: Vec<String>,
    },
}

impl Tls {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let Verb::Init { place, hosts } = self.verb;
        let config = Config::read(&place.data, &[])?;
        let made = tls::init(&config.data().join("tls"), &hosts, SystemClock.today())?;
        println!("证书：{}\n私钥：{}", made.certificate.display(), made.key.display());
        println!("请把 {} 安装到手机的受信任证书里", made.authority.display());
        Ok(ExitCode::SUCCESS)
    }
}
