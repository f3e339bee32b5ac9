//! Erasing: the one thing that makes a person's sealed cells unreadable in every copy at once.

use kernel::{Home, Instant, Result};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, OnConflict, Order, Query},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Keys, database::SubjectKeys};

/// What erasing found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erasure {
    /// The key is gone now.
    Done,
    /// It was gone before; who and when are kept as they were.
    DoneBefore,
}

/// One line of the erasure list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// Whose key was destroyed.
    pub subject: Uuid,
    /// The home in which the key was made, or the erasure asked for.
    pub home: i32,
    /// When.
    pub at: Instant,
    /// By whom, as the journal names actors.
    pub by: String,
}

impl Keys {
    /// Destroys a subject's key for ever and notes it in the erasure list. A subject that never had a key is noted too
    /// and will not get one.
    ///
    /// # Errors
    /// When the key store cannot be written.
    pub async fn erase(&self, home: Home, subject: Uuid, by: &str) -> Result<Erasure> {
        let line = Erased { subject, home: home.number(), at: self.now(), by: by.to_owned() };
        let done = self.replay(&[line]).await?;
        Ok(if done == 1 { Erasure::Done } else { Erasure::DoneBefore })
    }

    /// Erases what a list says, after a restore of older data; how many were not erased yet.
    ///
    /// # Errors
    /// When the key store cannot be written.
    pub async fn replay(&self, list: &[Erased]) -> Result<u64> {
        let mut done = 0;
        let tx = self.0.db.begin().await?;
        for line in list {
            done += tx.execute(&tombstone(line)).await?.rows_affected();
        }
        tx.commit().await?;
        for line in list {
            self.forget(line.subject);
        }
        self.0.db.scrub().await?;
        Ok(done)
    }

    /// The erasure list in the order of time: what a restore of business data must erase again.
    ///
    /// # Errors
    /// When the key store cannot be read.
    pub async fn erased(&self) -> Result<Vec<Erased>> {
        let list = Query::select()
            .columns([SubjectKeys::Subject, SubjectKeys::Home, SubjectKeys::ErasedAt, SubjectKeys::ErasedBy])
            .from(SubjectKeys::Table)
            .and_where(Expr::col(SubjectKeys::ErasedAt).is_not_null())
            .order_by(SubjectKeys::ErasedAt, Order::Asc)
            .order_by(SubjectKeys::Subject, Order::Asc)
            .to_owned();
        let rows = self.0.db.read().query_all(&list).await?;
        rows.iter()
            .map(|row| {
                Ok(Erased {
                    subject: row.try_get_by_index(0)?,
                    home: row.try_get_by_index(1)?,
                    at: row.try_get_by_index(2)?,
                    by: row.try_get_by_index(3)?,
                })
            })
            .collect()
    }
}

/// Puts a tombstone where the key is or would be; an older tombstone stays.
fn tombstone(line: &Erased) -> sea_orm::sea_query::InsertStatement {
    let replaced = [SubjectKeys::Ver, SubjectKeys::Wrapped, SubjectKeys::ErasedAt, SubjectKeys::ErasedBy];
    let only_living = Expr::col((SubjectKeys::Table, SubjectKeys::ErasedAt)).is_null();
    Query::insert()
        .into_table(SubjectKeys::Table)
        .columns([
            SubjectKeys::Subject,
            SubjectKeys::Home,
            SubjectKeys::Ver,
            SubjectKeys::Wrapped,
            SubjectKeys::MadeAt,
            SubjectKeys::ErasedAt,
            SubjectKeys::ErasedBy,
        ])
        .values_panic([
            line.subject.into(),
            line.home.into(),
            0_i16.into(),
            Option::<Vec<u8>>::None.into(),
            line.at.into(),
            line.at.into(),
            line.by.as_str().into(),
        ])
        .on_conflict(
            OnConflict::column(SubjectKeys::Subject).update_columns(replaced).action_and_where(only_living).to_owned(),
        )
        .to_owned()
}
