//! Subject keys: one per person or organisation, got or made, one or fifty thousand at a time.

use std::collections::HashMap;

use kernel::{Home, Result};
use sea_orm::{
    ConnectionTrait, Value,
    sea_query::{Expr, ExprTrait, Order, Query, SelectStatement},
};
use uuid::Uuid;

use super::{Keys, Refusal, counties::CountyKey, database::SubjectKeys};
use crate::{
    bulk::Into,
    seal::{Cell, DataKey, Sealer, Secret},
};

/// Subjects looked up by one statement.
const STATEMENT: usize = 500;
/// Rows of one transaction: about 50 ms on SQLite, whose writer is shared.
const TRANSACTION: usize = 4_000;
/// Cells sealed with a subject's key carry this version; a second one would come with re-sealing.
const VERSION: u16 = 1;

/// New keys.
const KEYS: Into<4> = Into::new("subject_keys", ["subject", "home", "ver", "wrapped"]).or_skip();

type Found = HashMap<Uuid, Stored>;

/// Versions and keys of counties that subject keys are wrapped with.
type Wrapping = HashMap<Home, (i16, Sealer)>;

enum Stored {
    Key(DataKey),
    Erased,
}

impl Keys {
    /// The key of a subject, made when it has none; `home` counts only when it is made.
    ///
    /// # Errors
    /// [`Refusal::Erased`].
    pub async fn data_key(&self, home: Home, subject: Uuid) -> Result<DataKey> {
        self.data_keys(home, &[subject]).await?.pop().ok_or_else(|| Refusal::Erased.into())
    }

    /// The keys of many subjects in their order, made where they have none. An import calls it before its transaction.
    ///
    /// # Errors
    /// [`Refusal::Erased`] when one of them was erased.
    pub async fn data_keys(&self, home: Home, subjects: &[Uuid]) -> Result<Vec<DataKey>> {
        let mut found = self.stored(subjects).await?;
        let missing: Vec<Uuid> = sorted(subjects.iter().filter(|subject| !found.contains_key(subject)));
        if !missing.is_empty() {
            let missing: Vec<_> = missing.into_iter().map(|subject| (home, subject)).collect();
            found.extend(self.make_keys(&missing).await?);
        }
        in_order(subjects.iter(), &found)
    }

    /// The keys of subjects that did not exist before, in their order: as [`Keys::data_keys`] of many counties at once,
    /// without looking first, and without keeping a city's keys in memory.
    ///
    /// # Errors
    /// When the key store cannot be written.
    pub async fn first_keys(&self, subjects: &[(Home, Uuid)]) -> Result<Vec<DataKey>> {
        let mut sorted = subjects.to_vec();
        sorted.sort_unstable_by_key(|(_, subject)| *subject);
        let made = self.write_keys(&sorted).await?;
        in_order(subjects.iter().map(|(_, subject)| subject), &made)
    }

    /// The key of a subject; none when it was erased or never had one.
    ///
    /// # Errors
    /// When the key store cannot be read.
    pub async fn find_key(&self, subject: Uuid) -> Result<Option<DataKey>> {
        Ok(self.find_keys(&[subject]).await?.remove(&subject))
    }

    /// The keys of those subjects that have one; the erased are absent. For pages of many rows.
    ///
    /// # Errors
    /// When the key store cannot be read.
    pub async fn find_keys(&self, subjects: &[Uuid]) -> Result<HashMap<Uuid, DataKey>> {
        let stored = self.stored(subjects).await?.into_iter();
        Ok(stored
            .filter_map(|(subject, stored)| match stored {
                Stored::Key(key) => Some((subject, key)),
                Stored::Erased => None,
            })
            .collect())
    }

    /// Forgets a key in memory; for the journal's event that another process erased the subject.
    pub fn forget(&self, subject: Uuid) {
        self.cache().forget(subject);
    }

    /// What is there, from memory or the store.
    async fn stored(&self, subjects: &[Uuid]) -> Result<Found> {
        let (mut found, unknown, mark) = {
            let (mut cache, now) = (self.cache(), self.now());
            let held = subjects.iter().filter_map(|s| Some((*s, Stored::Key(cache.get(*s, now)?))));
            let found: Found = held.collect();
            let unknown = sorted(subjects.iter().filter(|subject| !found.contains_key(subject)));
            (found, unknown, cache.mark())
        };
        let read_at = self.now();
        for chunk in unknown.chunks(STATEMENT) {
            for (subject, stored) in self.rows(self.0.db.read(), chunk).await? {
                if let Stored::Key(key) = &stored {
                    self.cache().keep(subject, key.clone(), read_at, mark);
                }
                found.insert(subject, stored);
            }
        }
        Ok(found)
    }

    async fn rows(&self, db: &impl ConnectionTrait, subjects: &[Uuid]) -> Result<Vec<(Uuid, Stored)>> {
        let select = columns().and_where(Expr::col(SubjectKeys::Subject).is_in(subjects.iter().copied())).to_owned();
        let mut stored = Vec::with_capacity(subjects.len());
        for row in db.query_all(&select).await? {
            let (subject, home, version): (Uuid, i32, i16) =
                (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            let wrapped: Option<Vec<u8>> = row.try_get_by_index(3)?;
            let key = match wrapped {
                None => Stored::Erased,
                Some(wrapped) => {
                    Stored::Key(unwrapped(&self.county_key_of(Home::new(home)?, version).await?, subject, &wrapped)?)
                }
            };
            stored.push((subject, key));
        }
        Ok(stored)
    }

    /// Makes keys and keeps them in memory.
    async fn make_keys(&self, subjects: &[(Home, Uuid)]) -> Result<Found> {
        let mark = self.cache().mark();
        let made = self.write_keys(subjects).await?;
        let (mut cache, now) = (self.cache(), self.now());
        for (subject, stored) in &made {
            if let Stored::Key(key) = stored {
                cache.keep(*subject, key.clone(), now, mark);
            }
        }
        drop(cache);
        Ok(made)
    }

    /// Wraps a person's key under the county key of another home: where the file went, the key goes. Nothing when it is
    /// there already or was erased.
    ///
    /// # Errors
    /// When the key store cannot be written.
    pub async fn rehome(&self, home: Home, subject: Uuid) -> Result<()> {
        let Some(key) = self.find_key(subject).await? else { return Ok(()) };
        let county = self.county_key(home).await?;
        // Guarded: an erasure that came first stays.
        let update = Query::update()
            .table(SubjectKeys::Table)
            .value(SubjectKeys::Home, home.number())
            .value(SubjectKeys::Ver, county.version)
            .value(SubjectKeys::Wrapped, self.wrapped(&county, subject, &key))
            .and_where(Expr::col(SubjectKeys::Subject).eq(subject))
            .and_where(Expr::col(SubjectKeys::Home).ne(home.number()))
            .and_where(Expr::col(SubjectKeys::Wrapped).is_not_null())
            .to_owned();
        let tx = self.0.db.begin().await?;
        tx.execute(&update).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Makes keys for subjects in ascending order (so that two processes never wait for each other in a circle). Who
    /// finds that another process was faster takes the other's key.
    async fn write_keys(&self, subjects: &[(Home, Uuid)]) -> Result<Found> {
        let mut counties = HashMap::new();
        for (home, _) in subjects {
            if !counties.contains_key(home) {
                let county = self.county_key(*home).await?;
                counties.insert(*home, (county.version, county.wrapping().sealer()));
            }
        }
        let mut made = Found::with_capacity(subjects.len());
        for batch in subjects.chunks(TRANSACTION) {
            let key = || DataKey::new(Secret::random(self.ids()), VERSION);
            let new: Vec<_> = batch.iter().map(|(home, subject)| (*home, *subject, key())).collect();
            let rows = self.key_rows(&counties, &new)?;
            let tx = self.0.db.begin().await?;
            let inserted = KEYS.insert_alike(&tx, [("made_at", self.now().into())], rows).await?;
            let others = if inserted as usize == batch.len() {
                Vec::new()
            } else {
                self.rows(&tx, &batch.iter().map(|(_, subject)| *subject).collect::<Vec<_>>()).await?
            };
            tx.commit().await?;
            made.extend(new.into_iter().map(|(_, subject, key)| (subject, Stored::Key(key))));
            made.extend(others);
        }
        Ok(made)
    }

    fn key_rows(&self, counties: &Wrapping, new: &[(Home, Uuid, DataKey)]) -> Result<Vec<[Value; 4]>> {
        let row = |(home, subject, key): &(Home, Uuid, DataKey)| {
            let (version, wrapping) = counties.get(home).ok_or(Refusal::WrongRoot)?;
            let wrapped = wrapping.seal(self.ids(), cell(*subject), key.secret().reveal());
            Ok([(*subject).into(), home.number().into(), (*version).into(), wrapped.into()])
        };
        new.iter().map(row).collect()
    }

    fn wrapped(&self, county: &CountyKey, subject: Uuid, key: &DataKey) -> Vec<u8> {
        county.wrapping().seal(self.ids(), cell(subject), key.secret().reveal())
    }

    /// Wraps the keys of a county's subjects under its current key; how many.
    pub(super) async fn rewrap_subjects(&self, home: Home, county: &CountyKey) -> Result<u64> {
        let (mut rewrapped, mut after) = (0, Uuid::nil());
        loop {
            let page = columns()
                .and_where(Expr::col(SubjectKeys::Home).eq(home.number()))
                .and_where(Expr::col(SubjectKeys::Ver).lt(county.version))
                .and_where(Expr::col(SubjectKeys::Wrapped).is_not_null())
                .and_where(Expr::col(SubjectKeys::Subject).gt(after))
                .order_by(SubjectKeys::Subject, Order::Asc)
                .limit(STATEMENT as u64)
                .to_owned();
            let tx = self.0.db.begin().await?;
            let rows = tx.query_all(&page).await?;
            for row in &rows {
                let (subject, version): (Uuid, i16) = (row.try_get_by_index(0)?, row.try_get_by_index(2)?);
                let wrapped: Vec<u8> = row.try_get_by_index(3)?;
                let key = unwrapped(&self.county_key_of(home, version).await?, subject, &wrapped)?;
                // Guarded: an erasure or another rotation that came first stays.
                let update = Query::update()
                    .table(SubjectKeys::Table)
                    .value(SubjectKeys::Wrapped, self.wrapped(county, subject, &key))
                    .value(SubjectKeys::Ver, county.version)
                    .and_where(Expr::col(SubjectKeys::Subject).eq(subject))
                    .and_where(Expr::col(SubjectKeys::Ver).eq(version))
                    .and_where(Expr::col(SubjectKeys::Wrapped).is_not_null())
                    .to_owned();
                rewrapped += tx.execute(&update).await?.rows_affected();
                after = subject;
            }
            tx.commit().await?;
            if rows.len() < STATEMENT {
                self.0.db.scrub().await?;
                return Ok(rewrapped);
            }
        }
    }
}

fn in_order<'a>(subjects: impl Iterator<Item = &'a Uuid>, found: &Found) -> Result<Vec<DataKey>> {
    let key = |subject| match found.get(subject) {
        Some(Stored::Key(key)) => Ok(key.clone()),
        _ => Err(Refusal::Erased.into()),
    };
    subjects.map(key).collect()
}

fn columns() -> SelectStatement {
    let columns = [SubjectKeys::Subject, SubjectKeys::Home, SubjectKeys::Ver, SubjectKeys::Wrapped];
    Query::select().columns(columns).from(SubjectKeys::Table).to_owned()
}

fn cell(subject: Uuid) -> Cell<'static> {
    Cell::new("subject_keys", "wrapped", subject)
}

fn unwrapped(county: &Secret, subject: Uuid, wrapped: &[u8]) -> Result<DataKey> {
    let wrapping = DataKey::new(county.clone(), crate::seal::version(wrapped)?);
    let bytes = zeroize::Zeroizing::new(wrapping.open(cell(subject), wrapped)?);
    let secret = Secret::from_slice(&bytes).ok_or(Refusal::WrongRoot)?;
    Ok(DataKey::new(secret, VERSION))
}

fn sorted<'a>(subjects: impl Iterator<Item = &'a Uuid>) -> Vec<Uuid> {
    let mut sorted: Vec<Uuid> = subjects.copied().collect();
    sorted.sort_unstable();
    sorted.dedup();
    sorted
}
