//! Relations that let somebody see an elder: written by the action that creates the relation, ended by the one that
//! ends it or by time.

use kernel::{Home, Instant, Region, Result};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Condition, Expr, ExprTrait, OnConflict, Query},
};
use uuid::Uuid;

use crate::Tx;

/// A new relation.
#[derive(Clone, Copy, Debug)]
pub struct Grant {
    /// The elder's home.
    pub home: Home,
    /// Organisation, worker or account that may see.
    pub grantee: Uuid,
    /// Whom.
    pub elder: Uuid,
    /// Where the elder is.
    pub place: Region,
    /// Why: decides which fields are seen.
    pub reason: Reason,
    /// The order, agreement or binding that makes the relation.
    pub cause: Uuid,
    /// Until when, if that is known.
    pub until: Option<Instant>,
}

/// Why a grantee sees an elder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A provider that was offered or has taken an order.
    Order,
    /// The worker assigned to an order.
    Visit,
    /// The elder's own account.
    Self_,
    /// A family member's account.
    Family,
}

impl Reason {
    /// Stored form.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Visit => "visit",
            Self::Self_ => "self",
            Self::Family => "family",
        }
    }
}

/// Creates a relation; one that the same cause made already lasts on, one that it ended begins again.
///
/// # Errors
/// Internal failures only.
pub async fn give(tx: &Tx, grant: Grant) -> Result<()> {
    let insert = Query::insert()
        .into_table("grants")
        .columns(["home", "id", "grantee", "elder", "place", "reason", "cause", "since", "until"])
        .values([
            grant.home.number().into(),
            tx.uuid().into(),
            grant.grantee.into(),
            grant.elder.into(),
            grant.place.code().into(),
            grant.reason.code().into(),
            grant.cause.into(),
            tx.now().into(),
            grant.until.into(),
        ])?
        .on_conflict(OnConflict::columns(["home", "cause", "grantee", "reason"]).update_column("until").to_owned())
        .to_owned();
    tx.execute(&insert).await?;
    Ok(())
}

/// Lets those who belong to a person (the own account, the family's) see the file in its new home, too; the relations of
/// the old home stay for the cases there. How many.
///
/// # Errors
/// Internal failures only.
pub async fn follow(tx: &Tx, elder: Uuid, from: Home, (to, place): (Home, Region)) -> Result<u64> {
    let mut followed = 0;
    for reason in [Reason::Self_, Reason::Family] {
        let select = Query::select()
            .columns(["grantee", "cause", "until"])
            .from("grants")
            .and_where(Expr::col("home").eq(from.number()))
            .and_where(Expr::col("elder").eq(elder))
            .and_where(Expr::col("reason").eq(reason.code()))
            .cond_where(running(tx.now()))
            .to_owned();
        for row in tx.query_all(&select).await? {
            let (grantee, cause) = (row.try_get("", "grantee")?, row.try_get("", "cause")?);
            give(tx, Grant { home: to, grantee, elder, place, reason, cause, until: row.try_get("", "until")? })
                .await?;
            followed += 1;
        }
    }
    Ok(followed)
}

/// Ends the relations that `cause` made with `grantee`.
///
/// # Errors
/// Internal failures only.
pub async fn end(tx: &Tx, home: Home, cause: Uuid, grantee: Uuid) -> Result<()> {
    let update = Query::update()
        .table("grants")
        .value("until", tx.now())
        .and_where(Expr::col("home").eq(home.number()))
        .and_where(Expr::col("cause").eq(cause))
        .and_where(Expr::col("grantee").eq(grantee))
        .cond_where(running(tx.now()))
        .to_owned();
    tx.execute(&update).await?;
    Ok(())
}

/// The accounts that see an elder for themselves or as family.
///
/// # Errors
/// Internal failures only.
pub async fn accounts_of(tx: &Tx, home: Home, elder: Uuid) -> Result<Vec<Uuid>> {
    let select = Query::select()
        .column("grantee")
        .from("grants")
        .and_where(Expr::col("home").eq(home.number()))
        .and_where(Expr::col("elder").eq(elder))
        .and_where(Expr::col("reason").is_in([Reason::Self_.code(), Reason::Family.code()]))
        .cond_where(running(tx.now()))
        .to_owned();
    let rows = tx.query_all(&select).await?;
    rows.iter().map(|row| Ok(row.try_get("", "grantee")?)).collect()
}

/// Ends all relations with an elder of a home.
///
/// # Errors
/// Internal failures only.
pub async fn end_of_elder(tx: &Tx, home: Home, elder: Uuid) -> Result<()> {
    let update = Query::update()
        .table("grants")
        .value("until", tx.now())
        .and_where(Expr::col("home").eq(home.number()))
        .and_where(Expr::col("elder").eq(elder))
        .cond_where(running(tx.now()))
        .to_owned();
    tx.execute(&update).await?;
    Ok(())
}

/// Grants that hold at a moment.
#[must_use]
pub fn running(at: Instant) -> Condition {
    Condition::any().add(Expr::col("until").is_null()).add(Expr::col("until").gt(at))
}
