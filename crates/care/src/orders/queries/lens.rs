//! From a scope to conditions on orders. A provider sees the orders it was chosen for and a worker those of the crew,
//! not all orders of an elder whom they serve: rivals' prices, workers and ratings are no business of theirs.

use kernel::{Home, PlaceRange, Result, Scope};
use sea_orm::{
    ColumnTrait, ConnectionTrait,
    sea_query::{Condition, Expr, ExprTrait, Query},
};
use store::{homes, scope::Reach};
use uuid::Uuid;

use crate::orders::{Column, staff};

/// A scope as lists read it.
#[derive(Clone, Debug)]
pub enum Lens {
    /// Orders in these places, home by home.
    Places(Vec<Home>, PlaceRange),
    /// Orders of a provider.
    Provider(Uuid),
    /// Orders of a worker.
    Worker(Uuid),
    /// Orders of these elders: homes and ids.
    Elders(Vec<(i32, Uuid)>),
}

impl Lens {
    /// Resolves a scope.
    ///
    /// # Errors
    /// Internal failures only.
    pub async fn of(db: &impl ConnectionTrait, scope: &Scope) -> Result<Self> {
        Ok(match scope {
            Scope::Place(range) => Self::Places(homes::of_range(db, *range).await?, *range),
            Scope::Grantee(id) if staff::is_organisation(db, *id).await? => Self::Provider(*id),
            Scope::Grantee(id) => Self::Worker(*id),
            Scope::Own(account) => Self::Elders(granted(db, *account).await?),
        })
    }

    /// One condition for each ordered read that a list merges.
    pub(super) fn sources(&self) -> Vec<Condition> {
        match self {
            Self::Places(homes, range) => homes
                .iter()
                .map(|home| {
                    let mut here = Condition::all().add(Column::Home.eq(home.number()));
                    if *range != PlaceRange::WHOLE {
                        here = here.add(Column::Place.between(range.lo, range.hi));
                    }
                    here
                })
                .collect(),
            Self::Provider(id) => vec![Condition::all().add(Column::Provider.eq(*id))],
            // As lead, and as the second of a pair.
            Self::Worker(id) => {
                [Column::Worker, Column::Second].map(|column| Condition::all().add(column.eq(*id))).into()
            }
            Self::Elders(elders) => elders
                .iter()
                .map(|(home, elder)| Condition::all().add(Column::Home.eq(*home)).add(Column::Elder.eq(*elder)))
                .collect(),
        }
    }
}

async fn granted(db: &impl ConnectionTrait, account: Uuid) -> Result<Vec<(i32, Uuid)>> {
    let select = Query::select()
        .columns(["home", "elder"])
        .distinct()
        .from("grants")
        .and_where(Expr::col("grantee").eq(account))
        .and_where(Expr::col("until").is_null())
        .to_owned();
    let rows = db.query_all(&select).await?;
    rows.into_iter().map(|row| Ok((row.try_get("", "home")?, row.try_get("", "elder")?))).collect()
}

/// What makes one order, found by its key, visible.
pub(super) async fn visible(db: &impl ConnectionTrait, scope: &Scope) -> Result<Condition> {
    Ok(match scope {
        Scope::Place(range) if *range == PlaceRange::WHOLE => Condition::all(),
        Scope::Place(range) => Condition::all().add(Column::Place.between(range.lo, range.hi)),
        Scope::Grantee(id) => {
            Condition::any().add(Column::Provider.eq(*id)).add(Column::Worker.eq(*id)).add(Column::Second.eq(*id))
        }
        Scope::Own(_) => Reach::of(db, scope).await?.condition("orders", "elder"),
    })
}
