//! Backups of the key store: what is wrapped stays wrapped, and the whole is sealed under a passphrase. The root key is
//! not in it; it is kept apart ([`RootFile::export`](super::RootFile::export)).

use std::io::{Read, Write};

use kernel::{Home, Instant, Result};
use sea_orm::{
    ConnectionTrait, QueryResult,
    sea_query::{Expr, ExprTrait, InsertStatement, OnConflict, Order, Query},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Erased, Keys, Refusal,
    counties::{insert_index, label},
    database::{CountyKeys, SharedKeys, SubjectKeys},
    export::{Passphrase, Reader, Writer},
};

const WHAT: &str = "keys";
/// Subject keys of one frame and one transaction.
const FRAME: u64 = 2_000;

/// What a restore of keys brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Subject keys that were missing here.
    pub keys: u64,
    /// Erasures that were not known here.
    pub erased: u64,
}

#[derive(Serialize, Deserialize)]
struct Frame {
    counties: Vec<County>,
    index: Option<Wrapped>,
    subjects: Vec<Subject>,
    erased: Vec<Erased>,
}

#[derive(Serialize, Deserialize)]
struct County {
    home: i32,
    ver: i16,
    key: Wrapped,
}

#[derive(Serialize, Deserialize)]
struct Subject {
    id: Uuid,
    home: i32,
    ver: i16,
    key: Wrapped,
}

#[derive(Serialize, Deserialize)]
struct Wrapped {
    hex: String,
    at: Instant,
}

impl Wrapped {
    fn new(bytes: &[u8], at: Instant) -> Self {
        Self { hex: data_encoding::HEXLOWER.encode(bytes), at }
    }

    fn bytes(&self) -> Result<Vec<u8>> {
        Ok(data_encoding::HEXLOWER.decode(self.hex.as_bytes())?)
    }
}

impl Keys {
    /// Writes the whole key store, sealed under a passphrase; how many subject keys.
    ///
    /// # Errors
    /// [`Refusal::ShortPassphrase`], or when reading or writing fails.
    pub async fn backup(&self, out: impl Write + Send, passphrase: &str) -> Result<u64> {
        let passphrase = Passphrase::new(passphrase, self.ids())?;
        let mut writer = Writer::new(out, &passphrase, WHAT)?;
        let head = Frame {
            counties: self.counties_for_backup().await?,
            index: self.index_for_backup().await?,
            subjects: Vec::new(),
            erased: self.erased().await?,
        };
        writer.frame(self.ids(), &serde_json::to_vec(&head)?)?;
        let (mut written, mut after) = (0, Uuid::nil());
        loop {
            let subjects = self.subjects_for_backup(after).await?;
            written += subjects.len() as u64;
            let last = (subjects.len() as u64) < FRAME;
            after = subjects.last().map_or(after, |subject| subject.id);
            let frame = Frame { counties: Vec::new(), index: None, subjects, erased: Vec::new() };
            let frame = serde_json::to_vec(&frame)?;
            if last {
                writer.last(self.ids(), &frame)?;
                return Ok(written);
            }
            writer.frame(self.ids(), &frame)?;
        }
    }

    /// How many keys and tombstones a backup holds.
    ///
    /// # Errors
    /// [`Refusal::NotOpened`].
    pub fn size_of_backup(from: impl Read + Send, passphrase: &str) -> Result<u64> {
        let (mut reader, mut size) = (Reader::new(from, passphrase, WHAT)?, 0);
        while let Some(frame) = reader.next()? {
            let frame: Frame = serde_json::from_slice(&frame)?;
            size += (frame.subjects.len() + frame.erased.len()) as u64;
        }
        Ok(size)
    }

    /// Adds what a backup holds and this store lacks. What is erased, here or there, stays erased.
    ///
    /// # Errors
    /// [`Refusal::NotOpened`]; [`Refusal::WrongRoot`] when the root at hand did not wrap it;
    /// [`Refusal::ForeignBackup`] and [`Refusal::IndexKeyInUse`] when this store already has other keys in their place.
    pub async fn restore(&self, from: impl Read + Send, passphrase: &str) -> Result<Restored> {
        let mut reader = Reader::new(from, passphrase, WHAT)?;
        let mut restored = Restored::default();
        while let Some(frame) = reader.next()? {
            let frame: Frame = serde_json::from_slice(&frame)?;
            for county in &frame.counties {
                self.restore_county(county).await?;
            }
            if let Some(index) = &frame.index {
                self.restore_index(index).await?;
            }
            restored.erased += self.replay(&frame.erased).await?;
            if let Some(insert) = insert_subjects(&frame.subjects)? {
                let tx = self.0.db.begin().await?;
                restored.keys += tx.execute(&insert).await?.rows_affected();
                tx.commit().await?;
            }
        }
        Ok(restored)
    }

    async fn counties_for_backup(&self) -> Result<Vec<County>> {
        let all = Query::select()
            .columns([CountyKeys::Home, CountyKeys::Ver, CountyKeys::Wrapped, CountyKeys::MadeAt])
            .from(CountyKeys::Table)
            .to_owned();
        let rows = self.0.db.read().query_all(&all).await?;
        rows.iter()
            .map(|row| {
                Ok(County { home: row.try_get_by_index(0)?, ver: row.try_get_by_index(1)?, key: wrapped(row, 2)? })
            })
            .collect()
    }

    async fn index_for_backup(&self) -> Result<Option<Wrapped>> {
        let index =
            Query::select().columns([SharedKeys::Wrapped, SharedKeys::MadeAt]).from(SharedKeys::Table).to_owned();
        let row = self.0.db.read().query_one(&index).await?;
        row.map(|row| wrapped(&row, 0)).transpose()
    }

    async fn subjects_for_backup(&self, after: Uuid) -> Result<Vec<Subject>> {
        let page = Query::select()
            .columns([
                SubjectKeys::Subject,
                SubjectKeys::Home,
                SubjectKeys::Ver,
                SubjectKeys::Wrapped,
                SubjectKeys::MadeAt,
            ])
            .from(SubjectKeys::Table)
            .and_where(Expr::col(SubjectKeys::Wrapped).is_not_null())
            .and_where(Expr::col(SubjectKeys::Subject).gt(after))
            .order_by(SubjectKeys::Subject, Order::Asc)
            .limit(FRAME)
            .to_owned();
        let rows = self.0.db.read().query_all(&page).await?;
        rows.iter()
            .map(|row| {
                Ok(Subject {
                    id: row.try_get_by_index(0)?,
                    home: row.try_get_by_index(1)?,
                    ver: row.try_get_by_index(2)?,
                    key: wrapped(row, 3)?,
                })
            })
            .collect()
    }

    /// A county key goes in unless it is there; there, it must be the same key (the root may have wrapped it anew).
    async fn restore_county(&self, county: &County) -> Result<()> {
        let (home, bytes) = (Home::new(county.home)?, county.key.bytes()?);
        let secret = self.0.root.unwrap(&label(home, county.ver), &bytes).await?;
        let insert = Query::insert()
            .into_table(CountyKeys::Table)
            .columns([CountyKeys::Home, CountyKeys::Ver, CountyKeys::Wrapped, CountyKeys::MadeAt])
            .values_panic([county.home.into(), county.ver.into(), bytes.into(), county.key.at.into()])
            .on_conflict(OnConflict::columns([CountyKeys::Home, CountyKeys::Ver]).do_nothing().to_owned())
            .to_owned();
        let tx = self.0.db.begin().await?;
        tx.execute(&insert).await?;
        tx.commit().await?;
        if self.county_key_of(home, county.ver).await? == secret {
            Ok(())
        } else {
            Err(Refusal::ForeignBackup { home: county.home }.into())
        }
    }

    async fn restore_index(&self, index: &Wrapped) -> Result<()> {
        let tx = self.0.db.begin().await?;
        tx.execute(&insert_index(index.bytes()?, index.at)).await?;
        tx.commit().await?;
        if self.index_key().await? == self.unwrap_index(&index.bytes()?).await? {
            Ok(())
        } else {
            Err(Refusal::IndexKeyInUse.into())
        }
    }
}

fn wrapped(row: &QueryResult, column: usize) -> Result<Wrapped> {
    let bytes: Vec<u8> = row.try_get_by_index(column)?;
    Ok(Wrapped::new(&bytes, row.try_get_by_index(column + 1)?))
}

fn insert_subjects(subjects: &[Subject]) -> Result<Option<InsertStatement>> {
    if subjects.is_empty() {
        return Ok(None);
    }
    let mut insert = Query::insert();
    insert.into_table(SubjectKeys::Table).columns([
        SubjectKeys::Subject,
        SubjectKeys::Home,
        SubjectKeys::Ver,
        SubjectKeys::Wrapped,
        SubjectKeys::MadeAt,
    ]);
    for subject in subjects {
        insert.values([
            subject.id.into(),
            subject.home.into(),
            subject.ver.into(),
            subject.key.bytes()?.into(),
            subject.key.at.into(),
        ])?;
    }
    insert.on_conflict(OnConflict::column(SubjectKeys::Subject).do_nothing().to_owned());
    Ok(Some(insert))
}
