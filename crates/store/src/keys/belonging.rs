//! Which database belongs to which key store, and whether every person's key is there.

use kernel::{Actor, Result};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, OnConflict, Order, Query},
};
use uuid::Uuid;

use super::{Keys, Refusal, database::SubjectKeys};
use crate::{Db, Lane};

/// People looked up by one statement.
const PAGE: u64 = 500;

impl Keys {
    /// Passes when a database was sealed under this store; the first time, it is noted there.
    ///
    /// # Errors
    /// [`Refusal::OtherStore`].
    pub async fn check_belonging(&self, db: &Db) -> Result<()> {
        let mark = self.blinder().await?.other("key_store", "mark").0.to_vec();
        let find = Query::select().column("mark").from("key_store").to_owned();
        if let Some(row) = db.query_one(&find).await? {
            let noted: Vec<u8> = row.try_get("", "mark")?;
            return if noted == mark { Ok(()) } else { Err(Refusal::OtherStore.into()) };
        }
        // A database of an older program knows no store yet; people in it and no keys here tell that this is not it.
        let somebody = Query::select().column("person").from("person_homes").limit(1).to_owned();
        if self.is_empty().await? && db.query_one(&somebody).await?.is_some() {
            return Err(Refusal::OtherStore.into());
        }
        db.write(Lane::Interactive, &Actor::system("keys"), async |tx| {
            let note = Query::insert()
                .into_table("key_store")
                .columns(["one", "mark"])
                .values([1_i16.into(), mark.into()])?
                .on_conflict(OnConflict::column("one").do_nothing().to_owned())
                .to_owned();
            tx.execute(&note).await?;
            Ok(())
        })
        .await
    }

    /// Passes when every person of a database has a key here, or was erased; about a second for 200,000 people.
    ///
    /// # Errors
    /// [`Refusal::Missing`].
    pub async fn check_complete(&self, db: &Db) -> Result<()> {
        let (mut missing, mut after) = (0, Uuid::nil());
        loop {
            let page = Query::select()
                .distinct()
                .column("person")
                .from("person_homes")
                .and_where(Expr::col("person").gt(after))
                .order_by("person", Order::Asc)
                .limit(PAGE)
                .to_owned();
            let rows = db.query_all(&page).await?;
            let people: Vec<Uuid> = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
            let Some(last) = people.last() else { break };
            after = *last;
            missing += people.len() as u64 - self.known(&people).await?;
        }
        if missing == 0 { Ok(()) } else { Err(Refusal::Missing { people: missing }.into()) }
    }

    /// How many of these subjects have a key or a tombstone.
    async fn known(&self, subjects: &[Uuid]) -> Result<u64> {
        let count = Query::select()
            .expr(Expr::col(SubjectKeys::Subject).count())
            .from(SubjectKeys::Table)
            .and_where(Expr::col(SubjectKeys::Subject).is_in(subjects.iter().copied()))
            .to_owned();
        let row = self.0.db.read().query_one(&count).await?;
        let known: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
        Ok(known.cast_unsigned())
    }

    /// How many keys and tombstones there are.
    ///
    /// # Errors
    /// When the key store cannot be read.
    pub async fn size(&self) -> Result<u64> {
        let count = Query::select().expr(Expr::col(SubjectKeys::Subject).count()).from(SubjectKeys::Table).to_owned();
        let row = self.0.db.read().query_one(&count).await?;
        let size: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
        Ok(size.cast_unsigned())
    }
}
