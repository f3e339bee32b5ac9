//! From a [`Scope`] to conditions: a place scope is a range of integers within its homes; a relation starts from
//! `grants`.

use kernel::{Home, PlaceRange, Result, Scope};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Condition, Expr, ExprTrait, IntoColumnRef, IntoIden, Query},
};

use crate::homes;

/// A scope with the homes behind it, ready to be put into queries of tables with `home`, `place` and an elder column.
#[derive(Clone, Debug)]
pub enum Reach {
    /// Rows of these homes in this range of places; no home list for the whole country.
    Places {
        /// Homes that can hold such rows; none means all.
        homes: Option<Vec<Home>>,
        /// Range of places.
        range: PlaceRange,
    },
    /// Rows of elders granted to this grantee.
    Granted(uuid::Uuid),
}

impl Reach {
    /// Resolves a scope.
    ///
    /// # Errors
    /// Internal failures only.
    pub async fn of(db: &impl ConnectionTrait, scope: &Scope) -> Result<Self> {
        Ok(match scope {
            Scope::Place(range) if *range == PlaceRange::WHOLE => Self::Places { homes: None, range: *range },
            Scope::Place(range) => Self::Places { homes: Some(homes::of_range(db, *range).await?), range: *range },
            Scope::Grantee(id) | Scope::Own(id) => Self::Granted(*id),
        })
    }

    /// The condition on rows that are found by their keys: each is looked up among the relations, however many there are.
    #[must_use]
    pub fn condition_by_key(&self, table: &'static str, elder: &'static str) -> Condition {
        let Self::Granted(grantee) = self else { return self.condition(table, elder) };
        let column = |table: &'static str, name: &'static str| {
            Expr::col((table.into_iden(), name.into_iden()).into_column_ref())
        };
        let granted = Query::select()
            .expr(Expr::val(1))
            .from("grants")
            .and_where(column("grants", "grantee").eq(*grantee))
            .and_where(column("grants", "home").eq(column(table, "home")))
            .and_where(column("grants", "elder").eq(column(table, elder)))
            .and_where(column("grants", "until").is_null())
            .to_owned();
        Condition::all().add(Expr::exists(granted))
    }

    /// The condition on a table whose rows belong to the elder in column `elder`; a list of relations starts from them.
    #[must_use]
    pub fn condition(&self, table: &'static str, elder: &'static str) -> Condition {
        let column = |name: &'static str| (table.into_iden(), name.into_iden()).into_column_ref();
        match self {
            Self::Places { homes, range } => {
                let mut all = Condition::all();
                if let Some(homes) = homes {
                    all = all.add(Expr::col(column("home")).is_in(homes.iter().map(|h| h.number())));
                }
                if *range != PlaceRange::WHOLE {
                    all = all.add(Expr::col(column("place")).between(range.lo, range.hi));
                }
                all
            }
            Self::Granted(grantee) => {
                let granted = Query::select()
                    .columns(["home", "elder"])
                    .from("grants")
                    .and_where(Expr::col("grantee").eq(*grantee))
                    .and_where(Expr::col("until").is_null())
                    .to_owned();
                let key = Expr::tuple([Expr::col(column("home")), Expr::col(column(elder))]);
                Condition::all().add(key.in_subquery(granted))
            }
        }
    }
}
