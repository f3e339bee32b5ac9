//! The accounts that an administrator looks after: those of the county's staff and workers, or those with a grant in
//! the administrator's own organisation.

use kernel::{Common, Result, Role, Scope};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Condition, Expr, ExprTrait, Query},
};
use store::{blind::BlindIndex, homes};
use uuid::Uuid;

use super::{Account, Grant, Kind, account, grant};

/// An account with the grants that it has or had, oldest first.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The account.
    pub account: Account,
    /// Its grants, ended ones included.
    pub grants: Vec<Grant>,
}

/// What a list is narrowed by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// With a grant in this organisation.
    pub organisation: Option<Uuid>,
    /// Suspended or not.
    pub suspended: Option<bool>,
    /// Part of the name.
    pub name: Option<String>,
    /// Or exactly this login.
    pub login: Option<BlindIndex>,
}

impl Listed {
    /// The roles of the grants that still hold, in one organisation or at all.
    #[must_use]
    pub fn roles_at(&self, organisation: Option<Uuid>) -> Vec<&'static str> {
        let here = |grant: &&Grant| organisation.is_none() || grant.organisation == organisation;
        let holding = self.grants.iter().filter(|grant| grant.until.is_none()).filter(here);
        holding.filter_map(|grant| grant.role().ok()).map(Role::word).collect()
    }
}

/// Accounts with a grant in an organisation.
fn in_organisation(id: Uuid) -> Condition {
    let theirs =
        Query::select().column("account").from("account_grants").and_where(Expr::col("organisation").eq(id)).to_owned();
    Condition::all().add(account::Column::Id.in_subquery(theirs))
}

/// The accounts of a scope; none for those who look after nobody.
async fn managed(db: &impl ConnectionTrait, scope: &Scope) -> Result<Option<Condition>> {
    Ok(match scope {
        Scope::Place(range) => {
            let (lo, hi) = range.homes();
            let home = account::Column::Home;
            // An account may be there before anything else of its county.
            let mut here = Condition::any().add(if lo == hi { home.eq(lo) } else { home.between(lo, hi) });
            // Counties that had another code once.
            let before = homes::of_range(db, *range).await?.into_iter().map(|home| home.number());
            let before: Vec<_> = before.filter(|number| !(lo..=hi).contains(number)).collect();
            if !before.is_empty() {
                here = here.add(home.is_in(before));
            }
            let kinds = [Kind::Staff.code(), Kind::Worker.code()];
            Some(Condition::all().add(here).add(account::Column::Kind.is_in(kinds)))
        }
        Scope::Grantee(id) => Some(in_organisation(*id)),
        Scope::Own(_) => None,
    })
}

/// The statement of [`page`], without its limit; for the plan test.
///
/// # Errors
/// Internal failures only.
pub async fn statement(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
    after: Option<&(String, Uuid)>,
) -> Result<Option<Select<account::Entity>>> {
    let Some(managed) = managed(db, scope).await? else { return Ok(None) };
    let mut select = account::Entity::find().filter(managed);
    if let Some(id) = filter.organisation {
        select = select.filter(in_organisation(id));
    }
    if let Some(suspended) = filter.suspended {
        let at = account::Column::DisabledAt;
        select = select.filter(if suspended { at.is_not_null() } else { at.is_null() });
    }
    let named = filter.name.as_ref().map(|name| account::Column::Name.contains(name.as_str()));
    let login = filter.login.map(|login| account::Column::LoginIndex.eq(login.0.to_vec()));
    if named.is_some() || login.is_some() {
        let either = named.into_iter().chain(login).fold(Condition::any(), Condition::add);
        select = select.filter(either);
    }
    if let Some((name, id)) = after {
        let row = Expr::tuple([Expr::col(account::Column::Name), Expr::col(account::Column::Id)]);
        select = select.filter(row.gt(Expr::tuple([Expr::val(name.as_str()), Expr::val(*id)])));
    }
    Ok(Some(select.order_by_asc(account::Column::Name).order_by_asc(account::Column::Id)))
}

/// Accounts of a scope by name, after a row, at most `limit`.
///
/// # Errors
/// Internal failures only.
pub async fn page(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
    after: Option<&(String, Uuid)>,
    limit: u64,
) -> Result<Vec<Listed>> {
    let Some(select) = statement(db, scope, filter, after).await? else { return Ok(Vec::new()) };
    let accounts = select.limit(limit).all(db).await?;
    with_grants(db, accounts).await
}

/// How many accounts a scope looks after, counted up to `cap`.
///
/// # Errors
/// Internal failures only.
pub async fn count(db: &impl ConnectionTrait, scope: &Scope, filter: &Filter, cap: u64) -> Result<u64> {
    let Some(select) = statement(db, scope, filter, None).await? else { return Ok(0) };
    Ok(select.limit(cap).all(db).await?.len() as u64)
}

/// An account that the scope looks after.
///
/// # Errors
/// [`Common::NotFound`] when there is none, or not in the scope.
pub async fn get(db: &impl ConnectionTrait, scope: &Scope, id: Uuid) -> Result<Listed> {
    let managed = managed(db, scope).await?.ok_or(Common::NotFound)?;
    let found = account::Entity::find().filter(account::Column::Id.eq(id)).filter(managed).all(db).await?;
    with_grants(db, found).await?.into_iter().next().ok_or_else(|| Common::NotFound.into())
}

async fn with_grants(db: &impl ConnectionTrait, accounts: Vec<Account>) -> Result<Vec<Listed>> {
    if accounts.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = accounts.iter().map(|account| account.id).collect();
    let grants = grant::Entity::find()
        .filter(grant::Column::Account.is_in(ids))
        .order_by_asc(grant::Column::Since)
        .order_by_asc(grant::Column::Id)
        .all(db)
        .await?;
    let of = |id: Uuid| grants.iter().filter(|grant| grant.account == id).cloned().collect();
    Ok(accounts.into_iter().map(|account| Listed { grants: of(account.id), account }).collect())
}
