//! `sangyu migrate`

use std::{process::ExitCode, sync::Arc};

use clap::Args;
use kernel::{Ids, Result, SystemClock};

use super::Place;
use crate::{config::Config, platform};

#[derive(Debug, Args)]
pub(crate) struct Migrate {
    #[command(flatten)]
    place: Place,
}

impl Migrate {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let config = Config::read(&self.place.data, &[])?;
        let db = platform::make_database(&config, Arc::new(SystemClock), Arc::new(Ids::from_os())).await?;
        let ran = platform::migrate_database(&db).await?;
        match ran.len() {
            0 => println!("数据库已是最新"),
            n => println!("执行了 {n} 个迁移，直到 {}", ran[n - 1]),
        }
        Ok(ExitCode::SUCCESS)
    }
}
