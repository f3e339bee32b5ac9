//! Reading accounts and grants.

use std::collections::HashMap;

use kernel::{Instant, Result};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Condition, Expr, ExprTrait},
};
use store::blind::{BlindIndex, Blinder};
use uuid::Uuid;

use super::{account, grant};

/// The blind index of a login name; case and blanks around it do not count.
#[must_use]
pub fn login_index(blinder: &Blinder, login: &str) -> BlindIndex {
    blinder.other("accounts.login", &login.trim().to_lowercase())
}

/// The account of a login.
///
/// # Errors
/// Internal failures only.
pub async fn by_login(db: &impl ConnectionTrait, login: BlindIndex) -> Result<Option<account::Model>> {
    Ok(account::Entity::find_by_id(login.0.to_vec()).one(db).await?)
}

/// The account of an id.
///
/// # Errors
/// Internal failures only.
pub async fn by_id(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<account::Model>> {
    Ok(account::Entity::find().filter(account::Column::Id.eq(id)).one(db).await?)
}

/// The names of some accounts; the unknown are absent.
///
/// # Errors
/// Internal failures only.
pub async fn names(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<HashMap<Uuid, String>> {
    let found = account::Entity::find().filter(account::Column::Id.is_in(ids.iter().copied())).all(db).await?;
    Ok(found.into_iter().map(|account| (account.id, account.name)).collect())
}

/// The account with a running grant of a worker in an organisation: the worker's phone account.
///
/// # Errors
/// Internal failures only.
pub async fn account_of_worker(db: &impl ConnectionTrait, worker: Uuid, organisation: Uuid) -> Result<Option<Uuid>> {
    let find = grant::Entity::find()
        .filter(grant::Column::Organisation.eq(organisation))
        .filter(grant::Column::Worker.eq(worker))
        .filter(grant::Column::Until.is_null());
    Ok(find.one(db).await?.map(|grant| grant.account))
}

/// One grant of an account, also when it ended.
///
/// # Errors
/// Internal failures only.
pub async fn grant_by_id(db: &impl ConnectionTrait, account: Uuid, id: Uuid) -> Result<Option<grant::Model>> {
    Ok(grant::Entity::find_by_id((account, id)).one(db).await?)
}

/// The grants of an account that hold at a moment, oldest first.
///
/// # Errors
/// Internal failures only.
pub async fn grants_of(db: &impl ConnectionTrait, account: Uuid, at: Instant) -> Result<Vec<grant::Model>> {
    let running = Condition::any().add(Expr::col("until").is_null()).add(Expr::col("until").gt(at));
    Ok(grant::Entity::find()
        .filter(grant::Column::Account.eq(account))
        .filter(grant::Column::Since.lte(at))
        .filter(running)
        .order_by_asc(grant::Column::Since)
        .order_by_asc(grant::Column::Id)
        .all(db)
        .await?)
}
