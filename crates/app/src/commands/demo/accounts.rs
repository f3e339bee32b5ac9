//! The accounts of the demo city: one login by name for each role, and everybody of `company`.

use care::orders::{self, Order, queries::Filter};
use kernel::{Failure, Level, Region, Result, Role, Scope};
use registry::{
    organisations::{Kind as OrganisationKind, Organisation},
    places,
};
use store::{
    Lane,
    grants::{self, Grant, Reason},
};
use uuid::Uuid;
use web::accounts::{self, Hashing, Kind, NewAccount, NewGrant, Profile};

use super::{city::Made, company};
use crate::platform::{Platform, operator};

/// The password of all demo accounts.
pub(crate) const PASSWORD: &str = "sangyu-demo";

/// A login to print.
pub(super) struct Login {
    pub(super) name: String,
    pub(super) does: String,
}

/// An account before it is opened.
pub(super) struct Draft {
    pub(super) login: String,
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) role: Role,
    pub(super) place: Region,
    pub(super) organisation: Option<Uuid>,
    pub(super) worker: Option<Uuid>,
    pub(super) label: String,
    pub(super) does: &'static str,
    /// Whose child holds a family's account: orders of theirs.
    pub(super) parents: Vec<Order>,
}

/// Opens the accounts and lists them in the data folder; the logins by name, and how many others there are.
pub(super) async fn open(platform: &Platform, made: &Made) -> Result<(Vec<Login>, usize)> {
    let (mut drafts, others) = (drafts(made, parents(platform, made).await?)?, company::drafts(made)?);
    let named = drafts.len();
    drafts.extend(others);
    company::list(platform.config.data(), &drafts)?;
    let (blinder, ids) = (platform.keys.blinder().await?, platform.db.ids());
    let hash = Hashing::new(2, ids)?.hash(PASSWORD, ids).await?;
    platform
        .db
        .write(Lane::Bulk, &operator(), async |tx| {
            for draft in &drafts {
                let new = NewAccount {
                    login: accounts::login_index(&blinder, &draft.login),
                    home: draft.place.home().ok_or_else(|| Failure::internal("an account has a home"))?,
                    name: draft.name.clone(),
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
                for order in &draft.parents {
                    let seen = Grant {
                        home: order.home()?,
                        grantee: account.id,
                        elder: order.elder,
                        place: order.place()?,
                        reason: Reason::Family,
                        cause: order.elder,
                        until: None,
                    };
                    grants::give(&tx, seen).await?;
                }
            }
            Ok(())
        })
        .await?;
    let others = drafts.len() - named;
    Ok((drafts.into_iter().take(named).map(Draft::login).collect(), others))
}

impl Draft {
    fn login(self) -> Login {
        Login { name: self.login, does: format!("{}（{}）：{}", self.label, self.role.word(), self.does) }
    }

    pub(super) fn staff(login: impl Into<String>, name: impl Into<String>, role: Role, place: Region) -> Self {
        let (login, name, label, parents) = (login.into(), name.into(), String::new(), Vec::new());
        Self { login, name, kind: Kind::Staff, role, place, organisation: None, worker: None, label, does: "", parents }
    }

    pub(super) fn at(mut self, label: impl Into<String>, does: &'static str) -> Self {
        (self.label, self.does) = (label.into(), does);
        self
    }
}

fn providers(made: &Made) -> Vec<&Organisation> {
    made.organisations.iter().filter(|o| o.kind() == Some(OrganisationKind::HomeCare)).collect()
}

/// Orders of two elders whom the first provider has served: their son or daughter has a login.
async fn parents(platform: &Platform, made: &Made) -> Result<Vec<Order>> {
    let Some(provider) = providers(made).first().map(|provider| provider.id) else { return Ok(Vec::new()) };
    let scope = Scope::Grantee(provider);
    let mut served = orders::queries::list(&platform.db, &scope, &Filter::default(), None, 20).await?;
    served.sort_by_key(|order| order.elder);
    served.dedup_by_key(|order| order.elder);
    served.truncate(2);
    Ok(served)
}

fn drafts(made: &Made, parents: Vec<Order>) -> Result<Vec<Draft>> {
    let missing = || Failure::internal("the demo city has a county with two providers, caregivers and villages");
    let providers = providers(made);
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
    let serves = |role, login: &str, name: &str, organisation: Uuid| Draft {
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
        Draft::staff("admin", "沈静", Role::CountyAdmin, county)
            .at(bureau(county), "登记单位，开户停用，改价目，发接口令牌"),
        serves(Role::ProviderAdmin, "provider", "韩梅", provider.id).at(provider.name.clone(), "管本单位的人员和账号"),
        serves(Role::Dispatcher, "dispatcher", "高晓", provider.id).at(provider.name.clone(), "看派单台，派给护理员"),
        serves(Role::Dispatcher, "rival", "何军", rival.id).at(rival.name.clone(), "同行：看不到别家的工单"),
        Draft {
            kind: Kind::Worker,
            worker: Some(worker.id),
            ..serves(Role::Caregiver, "caregiver", &worker.name, provider.id)
        }
        .at(format!("{} {}", provider.name, worker.name), "手机端：接单、签到、签退"),
        Draft { kind: Kind::Family, parents, ..Draft::staff("family", "王强", Role::Family, county) }
            .at("两位老人的家属", "门户：看上门服务，确认，评价"),
    ])
}
