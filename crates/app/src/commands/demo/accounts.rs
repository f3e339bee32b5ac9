//! One login for each role of the demo city.

use kernel::{Failure, Level, Region, Result, Role};
use registry::{organisations::Kind as OrganisationKind, places};
use store::Lane;
use uuid::Uuid;
use web::accounts::{self, Hashing, Kind, NewAccount, NewGrant, Profile};

use super::city::Made;
use crate::platform::{Platform, operator};

/// The password of all demo accounts.
pub(super) const PASSWORD: &str = "sangyu-demo";

/// A login to print.
pub(super) struct Login {
    pub(super) name: &'static str,
    pub(super) does: String,
}

/// An account before it is opened.
struct Draft {
    login: &'static str,
    name: &'static str,
    kind: Kind,
    role: Role,
    place: Region,
    organisation: Option<Uuid>,
    worker: Option<Uuid>,
    label: String,
    does: &'static str,
}

/// Opens the accounts.
pub(super) async fn open(platform: &Platform, made: &Made) -> Result<Vec<Login>> {
    let drafts = drafts(made)?;
    let (blinder, ids) = (platform.keys.blinder().await?, platform.db.ids());
    let hash = Hashing::new(2, ids)?.hash(PASSWORD, ids).await?;
    platform
        .db
        .write(Lane::Bulk, &operator(), async |tx| {
            for draft in &drafts {
                let new = NewAccount {
                    login: accounts::login_index(&blinder, draft.login),
                    home: draft.place.home().ok_or_else(|| Failure::internal("an account has a home"))?,
                    name: draft.name.to_owned(),
                    kind: draft.kind,
                    password_hash: Some(hash.clone()),
                    profile: Profile::default(),
                    demo: true,
                };
                let account = accounts::open(&tx, new).await?;
                let grant = NewGrant {
                    role: draft.role,
                    place: draft.organisation.is_none().then_some(draft.place),
                    organisation: draft.organisation,
                    worker: draft.worker,
                    label: draft.label.clone(),
                    extent: places::full_name(draft.place).unwrap_or_default(),
                };
                accounts::give(&tx, &account, grant).await?;
            }
            Ok(())
        })
        .await?;
    Ok(drafts.into_iter().map(Draft::login).collect())
}

impl Draft {
    fn login(self) -> Login {
        Login { name: self.login, does: format!("{}（{}）：{}", self.label, self.role.word(), self.does) }
    }

    const fn staff(login: &'static str, name: &'static str, role: Role, place: Region) -> Self {
        let label = String::new();
        Self { login, name, kind: Kind::Staff, role, place, organisation: None, worker: None, label, does: "" }
    }

    fn at(mut self, label: impl Into<String>, does: &'static str) -> Self {
        (self.label, self.does) = (label.into(), does);
        self
    }
}

fn drafts(made: &Made) -> Result<Vec<Draft>> {
    let missing = || Failure::internal("the demo city has a county with two providers, caregivers and villages");
    let providers: Vec<_> =
        made.organisations.iter().filter(|o| o.kind() == Some(OrganisationKind::HomeCare)).collect();
    let provider = providers.first().ok_or_else(missing)?;
    let county = provider.serves()?;
    let rival = providers.iter().skip(1).find(|o| o.serves().is_ok_and(|place| place == county));
    let rival = rival.or_else(|| providers.get(1)).ok_or_else(missing)?;
    let (worker, _) = made.workers.iter().find(|(_, employer)| employer.id == provider.id).ok_or_else(missing)?;
    let village = provider.seat()?;
    let town = village.at(Level::Town).ok_or_else(missing)?;
    let other = places::children(made.city).into_iter().map(|place| place.region);
    let other = other.rev().find(|place| *place != county && place.level() == Level::County).ok_or_else(missing)?;
    let bureau = |place: Region| format!("{}民政局", places::name(place).unwrap_or_default());
    let serves = |role, login, name, organisation: Uuid| Draft {
        organisation: Some(organisation),
        ..Draft::staff(login, name, role, county)
    };
    Ok(vec![
        Draft::staff("city", "林岚", Role::CityOfficer, made.city).at(bureau(made.city), "看全市总览，逐级下钻"),
        Draft::staff("county", "周敏", Role::CountyClerk, county)
            .at(bureau(county), "导入表格，查看和修改档案，代老人下单"),
        Draft::staff("town", "赵晴", Role::TownClerk, town).at(places::name(town).unwrap_or_default(), "看本街道乡镇"),
        Draft::staff("village", "钱程", Role::VillageClerk, village)
            .at(places::name(village).unwrap_or_default(), "看本社区，给老人发验证码"),
        Draft::staff("agent", "刘畅", Role::CallAgent, county).at("12349 呼叫中心", "接电话，找人，下单，回访"),
        Draft::staff("neighbour", "孙宁", Role::CountyClerk, other).at(bureau(other), "邻县：什么也看不到"),
        serves(Role::Dispatcher, "dispatcher", "高晓", provider.id).at(provider.name.clone(), "看派单台，派给护理员"),
        serves(Role::Dispatcher, "rival", "何军", rival.id).at(rival.name.clone(), "同行：看不到别家的工单"),
        Draft { kind: Kind::Worker, worker: Some(worker.id), ..serves(Role::Caregiver, "caregiver", "", provider.id) }
            .at(format!("{} {}", provider.name, worker.name), "手机端：接单、签到、签退"),
    ])
}
