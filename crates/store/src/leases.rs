//! Leases: one holder at a time does a recurring piece of work. A lease only saves work; every piece is guarded by
//! itself, so two holders by mistake do no harm.

use chrono::TimeDelta;
use kernel::{Actor, Result};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Condition, Expr, ExprTrait, OnConflict, Query},
};
use uuid::Uuid;

use crate::{Db, Lane};

/// Takes or prolongs a lease; whether `holder` has it now.
///
/// # Errors
/// Internal failures only.
pub async fn hold(db: &Db, name: &'static str, holder: Uuid, term: TimeDelta) -> Result<bool> {
    db.write(Lane::Jobs, &Actor::system(name), async |tx| {
        let first = Query::insert()
            .into_table("leases")
            .columns(["name", "holder", "until"])
            .values([name.into(), holder.into(), tx.now().into()])?
            .on_conflict(OnConflict::column("name").do_nothing().to_owned())
            .to_owned();
        tx.execute(&first).await?;
        let take = Query::update()
            .table("leases")
            .value("holder", holder)
            .value("until", tx.now() + term)
            .and_where(Expr::col("name").eq(name))
            .cond_where(Condition::any().add(Expr::col("holder").eq(holder)).add(Expr::col("until").lte(tx.now())))
            .to_owned();
        Ok(tx.execute(&take).await?.rows_affected() == 1)
    })
    .await
}
