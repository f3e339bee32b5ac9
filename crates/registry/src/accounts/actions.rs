//! Writing accounts for others: load through the scope, may?, write, tell.

use chrono::NaiveDate;
use kernel::{Action, Failure, Level, Principal, Region, Result, Role};
use store::{Tx, blind::BlindIndex};
use uuid::Uuid;
use web::accounts::{
    self, Account, Kind, NewAccount, NewGrant, Profile,
    directory::{self, Listed},
};

use super::{REASONS, Refusal, offered};
use crate::{organisations, places, workers};

/// A post to give: a role at a place, in an organisation, or of a worker there.
#[derive(Clone, Debug, Default)]
pub struct Post {
    /// A code of [`Role`].
    pub role: String,
    /// Name or code of the place; for roles of an administration.
    pub place: String,
    /// Name of the unit, where it is not the place's.
    pub unit: String,
    /// For roles of an organisation.
    pub organisation: Option<Uuid>,
    /// For a caregiver.
    pub worker: Option<Uuid>,
}

/// An account to open.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Blind index of the checked login.
    pub login: BlindIndex,
    /// The person's name.
    pub name: String,
    /// The first post.
    pub post: Post,
    /// Hash of the first password, to be changed at the first sign-in.
    pub password_hash: String,
    /// What its passwords must be.
    pub profile: Profile,
}

/// Passes a login name.
///
/// # Errors
/// [`Refusal::LoginShape`].
pub fn check_login(login: &str) -> Result<&str> {
    let login = login.trim();
    let fits = (3..=32).contains(&login.len())
        && login.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    if fits { Ok(login) } else { Err(Refusal::LoginShape.into()) }
}

/// Opens an account with its first post.
///
/// # Errors
/// [`Refusal`]; [`accounts::Refusal::LoginTaken`]; [`kernel::Common`].
pub async fn open(tx: &Tx, opening: Opening) -> Result<Account> {
    tx.actor().may(Action::ManageAccounts)?;
    let name = opening.name.trim();
    if name.is_empty() || name.chars().count() > 40 {
        return Err(Refusal::NameWanted.into());
    }
    let (grant, seat) = grant(tx, &opening.post).await?;
    let new = NewAccount {
        login: opening.login,
        home: seat.home().ok_or_else(|| Failure::internal("a city at least has a home"))?,
        name: name.to_owned(),
        kind: if grant.role == Role::Caregiver { Kind::Worker } else { Kind::Staff },
        password_hash: Some(opening.password_hash),
        profile: opening.profile,
        demo: false,
    };
    let account = accounts::open(tx, new).await?;
    accounts::give(tx, &account, grant).await?;
    Ok(account)
}

/// Gives an account another post.
///
/// # Errors
/// [`Refusal`]; [`kernel::Common`].
pub async fn appoint(tx: &Tx, account: Uuid, post: &Post) -> Result<()> {
    let listed = others(tx, account).await?;
    let (new, _) = grant(tx, post).await?;
    let running = || listed.grants.iter().filter(|grant| grant.until.is_none());
    let is_phone = listed.account.kind == Kind::Worker.code();
    if is_phone != (new.role == Role::Caregiver) {
        return Err(Refusal::KindsUnited.into());
    }
    for grant in running() {
        if grant.role()?.is_admin() != new.role.is_admin() {
            return Err(Refusal::DutiesUnited.into());
        }
        let place = new.place.map(Region::code);
        let same = (grant.role.as_str(), grant.place, grant.organisation, grant.worker);
        if same == (new.role.code(), place, new.organisation, new.worker) {
            return Err(Refusal::AlreadyGiven.into());
        }
    }
    accounts::give(tx, &listed.account, new).await?;
    Ok(())
}

/// Ends a post; an administrator of a provider only one of their own organisation.
///
/// # Errors
/// [`Refusal::Own`]; [`kernel::Common`].
pub async fn release(tx: &Tx, account: Uuid, grant: Uuid) -> Result<()> {
    let listed = others(tx, account).await?;
    let own = tx.actor().acting.organisation;
    let found = listed.grants.iter().find(|held| held.id == grant);
    let found = found.filter(|held| own.is_none() || held.organisation == own).ok_or(kernel::Common::NotFound)?;
    if found.role()?.is_admin() && !tops(tx, found.role()?) {
        return Err(Refusal::Admins.into());
    }
    accounts::end_grant(tx, &listed.account, grant).await
}

/// Suspends an account: it is out at once, its phones are revoked.
///
/// # Errors
/// [`Refusal`]; [`kernel::Common`].
pub async fn suspend(tx: &Tx, account: Uuid, reason: &str) -> Result<()> {
    let listed = wholly(tx, account).await?;
    let reason = REASONS.iter().find(|(code, _)| *code == reason).ok_or(Refusal::ReasonWanted)?;
    accounts::suspend(tx, &listed.account, reason.0).await
}

/// Lets a suspended account in again.
///
/// # Errors
/// [`Refusal`]; [`kernel::Common`].
pub async fn reactivate(tx: &Tx, account: Uuid) -> Result<()> {
    accounts::reactivate(tx, &wholly(tx, account).await?.account).await
}

/// Sets a first password again, and takes a lost second factor off.
///
/// # Errors
/// [`Refusal`]; [`kernel::Common`].
pub async fn reset(tx: &Tx, account: Uuid, hash: String, factor: bool) -> Result<()> {
    let listed = wholly(tx, account).await?;
    if factor && listed.account.totp_sealed.is_some() {
        accounts::reset_factor(tx, &listed.account).await?;
    }
    accounts::reset_password(tx, &listed.account, hash).await
}

/// Ends one session of an account.
///
/// # Errors
/// [`Refusal`]; [`kernel::Common`].
pub async fn end_session(tx: &Tx, account: Uuid, session: Uuid) -> Result<()> {
    accounts::end_session(tx, &wholly(tx, account).await?.account, session).await
}

/// Somebody else's account, within the scope.
async fn others(tx: &Tx, account: Uuid) -> Result<Listed> {
    let listed = directory::get(tx, &tx.actor().scope(), account).await?;
    tx.actor().may(Action::ManageAccounts)?;
    if tx.actor().principal == Principal::Account(account) { Err(Refusal::Own.into()) } else { Ok(listed) }
}

/// Somebody else's account that is wholly the administrator's to keep.
async fn wholly(tx: &Tx, account: Uuid) -> Result<Listed> {
    let listed = others(tx, account).await?;
    let own = tx.actor().acting.organisation;
    for grant in listed.grants.iter().filter(|grant| grant.until.is_none()) {
        if own.is_some() && grant.organisation != own {
            return Err(Refusal::Shared.into());
        }
        if grant.role()?.is_admin() && !tops(tx, grant.role()?) {
            return Err(Refusal::Admins.into());
        }
    }
    Ok(listed)
}

/// Whether the actor stands above administrators of a role.
fn tops(tx: &Tx, role: Role) -> bool {
    let by = tx.actor().acting.role;
    by == Role::Operator || (by == Role::CountyAdmin && role == Role::ProviderAdmin)
}

/// The grant of a post that the actor may give, and the seat of its unit.
async fn grant(tx: &Tx, post: &Post) -> Result<(NewGrant, Region)> {
    match post.organisation {
        Some(organisation) => in_organisation(tx, post, organisation).await,
        None => at_place(tx, post),
    }
}

pub(crate) fn at_place(tx: &Tx, post: &Post) -> Result<(NewGrant, Region)> {
    let role = offered(tx.actor(), false).find(|role| role.code() == post.role).ok_or(Refusal::RoleWanted)?;
    let (level, wanted) = match role {
        Role::TownClerk => (Level::Town, Refusal::TownWanted),
        Role::VillageClerk => (Level::Village, Refusal::VillageWanted),
        _ => (Level::County, Refusal::CountyWanted),
    };
    let range = tx.actor().range().ok_or(Refusal::RoleWanted)?;
    let fits = |place: &Region| place.level() == level && range.contains(*place) && place.home().is_some();
    let typed = post.place.trim();
    let place = match (typed, tx.actor().acting.place) {
        ("", Some(own)) => Some(own).filter(fits),
        _ => near(typed, tx.actor().acting.place).into_iter().map(|place| place.region).find(fits),
    };
    let place = place.ok_or(wanted)?;
    let name = places::full_name(place).unwrap_or_default();
    let unit = post.unit.trim();
    let label = if unit.is_empty() { name.clone() } else { unit.chars().take(80).collect() };
    Ok((NewGrant { role, place: Some(place), organisation: None, worker: None, label, extent: name }, place))
}

/// What a text means to somebody at home in a place.
fn near(text: &str, home: Option<Region>) -> Vec<places::Place> {
    match home {
        Some(home) => places::find_near(text, home),
        None => places::find(text),
    }
}

async fn in_organisation(tx: &Tx, post: &Post, organisation: Uuid) -> Result<(NewGrant, Region)> {
    let unit = organisations::queries::visible(tx, &tx.actor().scope(), organisation).await?;
    let role = match (post.worker, post.role.as_str()) {
        (Some(worker), _) => {
            let today: NaiveDate = tx.today();
            if !workers::queries::works_for(tx, worker, unit.id, today).await? {
                return Err(workers::Refusal::NotEmployed.into());
            }
            Role::Caregiver
        }
        (None, "caregiver") => return Err(Refusal::WorkerWanted.into()),
        (None, code) => offered(tx.actor(), true).find(|role| role.code() == code).ok_or(Refusal::RoleWanted)?,
    };
    let extent = places::full_name(unit.serves()?).unwrap_or_default();
    let seat = unit.seat()?;
    let new = NewGrant {
        role,
        place: None,
        organisation: Some(unit.id),
        worker: post.worker,
        label: unit.name.clone(),
        extent,
    };
    Ok((new, seat))
}
