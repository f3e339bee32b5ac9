//! `sangyu accounts open | close-demo`: the first accounts of a platform, and the end of those of its demo data, for those
//! who run the server.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use kernel::{Failure, Region, Result, Role, refusals};
use registry::places;
use store::Lane;
use web::accounts::{self, Hashing, Kind, NewAccount, NewGrant, Profile};

use super::Place;
use crate::{
    config::Config,
    platform::{Platform, operator},
};

refusals! {
    /// How opening an account says no.
    enum Refusal {
        /// Not a role of an administration.
        NoRole { role: String } => (Invalid, "accounts.no_role", "“{role}”不是可以这样开户的岗位，可用：city_officer county_admin county_clerk town_clerk village_clerk call_agent"),
        /// Not a place.
        NoPlace { place: String } => (Invalid, "accounts.no_place", "没有“{place}”这个地方，请填 4 到 12 位区划代码"),
    }
}

#[derive(Debug, Args)]
pub(crate) struct Accounts {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Open an account of an administration and print its first password, to be changed at the first sign-in.
    Open(Open),
    /// Suspend all accounts of demo data: their password is printed in the manual.
    CloseDemo(Place),
}

#[derive(Debug, Args)]
struct Open {
    #[command(flatten)]
    place: Place,
    /// Login name.
    login: String,
    /// The person's name.
    #[arg(long)]
    name: String,
    /// city_officer, county_admin, county_clerk, town_clerk, village_clerk or call_agent.
    #[arg(long)]
    role: String,
    /// Place code of the grant.
    #[arg(long)]
    at: String,
    /// The unit's name; made of the place when left out.
    #[arg(long)]
    unit: Option<String>,
}

impl Accounts {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        match self.verb {
            Verb::Open(open) => open.run().await,
            Verb::CloseDemo(place) => close_demo(&place).await,
        }
    }
}

/// How many accounts are suspended in one write.
const AT_ONCE: usize = 50;

async fn close_demo(place: &Place) -> Result<ExitCode> {
    let platform = Platform::open(Config::read(&place.data, &[])?).await?;
    platform.check_migrated().await?;
    let open = accounts::demo(&platform.db).await?;
    let operator = operator();
    for some in open.chunks(AT_ONCE) {
        let close = platform.db.write(Lane::Bulk, &operator, async |tx| {
            for account in some {
                accounts::suspend(&tx, account, "demo").await?;
            }
            Ok(())
        });
        close.await?;
    }
    println!("已停用 {} 个演示账号", open.len());
    Ok(ExitCode::SUCCESS)
}

impl Open {
    async fn run(self) -> Result<ExitCode> {
        let open = self;
        let (role, place) = (open.role()?, open.region()?);
        let platform = Platform::open(Config::read(&open.place.data, &[])?).await?;
        platform.check_migrated().await?;
        let password = accounts::first_password(platform.db.ids());
        open.write(&platform, role, place, &password).await?;
        println!("已开户：{}（{}）\n初始密码：{password}\n首次登录时要改密码并开通动态码", open.login, role.word());
        Ok(ExitCode::SUCCESS)
    }

    fn role(&self) -> Result<Role> {
        const ROLES: [Role; 6] = [
            Role::CityOfficer,
            Role::CountyAdmin,
            Role::CountyClerk,
            Role::TownClerk,
            Role::VillageClerk,
            Role::CallAgent,
        ];
        let role = Role::of(&self.role).filter(|role| ROLES.contains(role));
        role.ok_or_else(|| Refusal::NoRole { role: self.role.clone() }.into())
    }

    fn region(&self) -> Result<Region> {
        let place = self.at.parse().ok().filter(|place: &Region| places::exists(*place) && place.home().is_some());
        place.ok_or_else(|| Refusal::NoPlace { place: self.at.clone() }.into())
    }

    async fn write(&self, platform: &Platform, role: Role, place: Region, password: &str) -> Result<()> {
        let (blinder, ids) = (platform.keys.blinder().await?, platform.db.ids());
        let name_of_place = places::full_name(place).unwrap_or_default();
        let new = NewAccount {
            login: accounts::login_index(&blinder, &self.login),
            home: place.home().ok_or_else(|| Failure::internal("a city at least has a home"))?,
            name: self.name.clone(),
            kind: Kind::Staff,
            password_hash: Some(Hashing::new(1, ids)?.hash(password, ids).await?),
            profile: Profile::of(platform.config.text("password_profile")).unwrap_or_default(),
            demo: false,
        };
        let grant = NewGrant {
            role,
            place: Some(place),
            organisation: None,
            worker: None,
            label: self.unit.clone().unwrap_or_else(|| name_of_place.clone()),
            extent: name_of_place,
        };
        platform
            .db
            .write(Lane::Interactive, &operator(), async |tx| {
                let account = accounts::open(&tx, new).await?;
                accounts::give(&tx, &account, grant).await?;
                Ok(())
            })
            .await
    }
}
