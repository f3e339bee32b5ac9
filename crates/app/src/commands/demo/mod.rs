//! `sangyu demo`: a city of invented people in real places, made by the same actions as a living one.

mod accounts;
mod casting;
mod city;
mod company;
mod desk;
mod ground;
mod history;
mod years;

use std::{process::ExitCode, sync::Arc};

use chrono::NaiveDate;
use clap::Args;
use kernel::{Clock, Ids, Level, ManualClock, Region, Result, SystemClock, refusals, start_of_day};
use registry::{elders::synthetic, places};
use store::keys::RootFile;

pub(super) use self::{accounts::PASSWORD, company::FILE as LOGINS};
use super::Place;
use crate::{
    config::Config,
    platform::{self, Platform},
    rooms,
};

refusals! {
    /// How a demo city says no.
    enum Refusal {
        /// Not a city with villages.
        NoCity { code: String } => (Invalid, "demo.no_city", "“{code}”不是有社区（村）的城市代码，例如许昌市是 411000"),
        /// There is a platform here already.
        NotEmpty { folder: String } => (Conflict, "demo.not_empty", "{folder} 里已有数据，演示城市要建在空文件夹里"),
    }
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    #[command(flatten)]
    place: Place,
    /// City code of six digits.
    #[arg(long, default_value = "411000")]
    city: String,
    /// How many elders.
    #[arg(long, default_value_t = 20_000)]
    elders: usize,
    /// How many orders, about: those beyond what ninety days bring are written at once, of two years, without visits;
    /// the journal tells of their last month.
    #[arg(long)]
    orders: Option<usize>,
    /// The same seed makes the same city.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The day up to which its ninety days of orders reach; today when left out.
    #[arg(long)]
    today: Option<NaiveDate>,
}

impl Demo {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let city = self.city()?;
        let config = self.prepare(city).await?;
        let today = self.today.unwrap_or_else(|| SystemClock.today());
        let clock = Arc::new(ManualClock::at(start_of_day(history::first_day(today, self.orders))));
        let ids = Arc::new(Ids::seeded(self.seed));
        platform::make_database(&config, clock.clone(), ids.clone()).await?;
        let platform = Platform::open_at(config, clock.clone(), ids).await?;
        platform.migrate().await?;
        platform.check_migrated().await?;
        let made = city::build(&platform, city, self.elders, self.seed).await?;
        let orders = history::live(&platform, &clock, &made, (today, self.orders), self.seed).await?;
        let (logins, others) = accounts::open(&platform, &made).await?;
        city::open_the_rest(&platform, &made).await?;
        rooms::catch_up(&platform.db).await?;
        // Those who came into another age band meanwhile, so that the first `serve` has nothing to make up for.
        insight::statistics::birthdays::turn(&platform.db).await?;
        rooms::catch_up(&platform.db).await?;
        println!(
            "演示城市{}：{} 位老人、{} 家机构、{} 名护理员、{orders} 张工单，全部为虚构",
            places::name(city).unwrap_or_default(),
            made.elders,
            made.organisations.len(),
            made.workers.len()
        );
        println!("登录名（密码都是 {}）：", accounts::PASSWORD);
        for login in logins {
            println!("  {:<12}{}", login.name, login.does);
        }
        let list = self.place.data.join(company::FILE);
        println!("另有 {others} 个登录名（话务员、派单员、护理员）列在 {}，供 sangyu simulate 使用", list.display());
        Ok(ExitCode::SUCCESS)
    }

    fn city(&self) -> Result<Region> {
        let city = self.city.parse::<Region>().ok().filter(|city| city.level() == Level::City);
        let city = city.filter(|city| synthetic::People::new(*city, 1, 0).next().is_some());
        city.ok_or_else(|| Refusal::NoCity { code: self.city.clone() }.into())
    }

    /// Settings and root key of a demo city; its root key lies in the data folder, which no real platform should do.
    async fn prepare(&self, city: Region) -> Result<Config> {
        let data = &self.place.data;
        if data.join("config.toml").exists() || data.join("sangyu.db").exists() {
            return Err(Refusal::NotEmpty { folder: data.display().to_string() }.into());
        }
        std::fs::create_dir_all(data)?;
        let root = data.join("demo-root.key");
        let root_file = Arc::new(RootFile::init(&root, Arc::new(Ids::from_os()))?);
        let text = format!(
            "# A demo city of invented people. Its root key lies beside the data: never do so with real people.\n\
             root_key = \"{{data}}/demo-root.key\"\nnode_name = \"{}\"\n",
            places::name(city).unwrap_or_default()
        );
        std::fs::write(data.join("config.toml"), text)?;
        println!("演示用的根密钥放在 {}，真实部署必须放在数据文件夹之外", root.display());
        let config = Config::read(data, &[])?;
        platform::make_key_store(&config, root_file).await?;
        Ok(config)
    }
}
