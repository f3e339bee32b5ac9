//! Keys that the root wraps: the county keys, and the blind-index key.

use std::collections::HashMap;

use kernel::{Home, Instant, Result};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, OnConflict, Order, Query},
};

use super::{
    Keys, NOTICED_WITHIN, Refusal,
    database::{CountyKeys, SharedKeys},
    export::Passphrase,
};
use crate::seal::{self, DataKey, Secret};

const INDEX: &str = "index";

/// County keys in memory; a county has few versions and there are some 3,000 counties.
#[derive(Default)]
pub(super) struct Cache {
    keys: HashMap<(Home, i16), Secret>,
    current: HashMap<Home, (i16, Instant)>,
}

/// A county key with its version.
pub(super) struct CountyKey {
    pub(super) version: i16,
    pub(super) secret: Secret,
}

impl CountyKey {
    /// The key as it wraps subject keys.
    pub(super) fn wrapping(&self) -> DataKey {
        DataKey::new(self.secret.clone(), self.sealed_version())
    }

    /// The version as sealed values carry it.
    pub(super) const fn sealed_version(&self) -> u16 {
        self.version.cast_unsigned()
    }
}

pub(super) fn label(home: Home, version: i16) -> String {
    format!("county {} {version}", home.number())
}

impl Keys {
    /// The current key of a county, made when it has none.
    pub(super) async fn county_key(&self, home: Home) -> Result<CountyKey> {
        let known = {
            let cache = self.county_cache();
            cache.current.get(&home).filter(|(_, seen)| self.now() - *seen < NOTICED_WITHIN).map(|(v, _)| *v)
        };
        let version = match known {
            Some(version) => version,
            None => self.current_version(home).await?,
        };
        Ok(CountyKey { version, secret: self.county_key_of(home, version).await? })
    }

    async fn current_version(&self, home: Home) -> Result<i16> {
        let found = match self.newest_version(home).await? {
            Some(version) => version,
            None => self.make_county_key(home, 1).await?,
        };
        self.county_cache().current.insert(home, (found, self.now()));
        Ok(found)
    }

    pub(super) async fn newest_version(&self, home: Home) -> Result<Option<i16>> {
        let newest = Query::select()
            .column(CountyKeys::Ver)
            .from(CountyKeys::Table)
            .and_where(Expr::col(CountyKeys::Home).eq(home.number()))
            .order_by(CountyKeys::Ver, Order::Desc)
            .limit(1)
            .to_owned();
        let row = self.0.db.read().query_one(&newest).await?;
        Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
    }

    /// Makes a version of a county's key, unless another process made it first.
    async fn make_county_key(&self, home: Home, version: i16) -> Result<i16> {
        let wrapped = self.0.root.wrap(&label(home, version), &Secret::random(self.ids())).await?;
        let insert = Query::insert()
            .into_table(CountyKeys::Table)
            .columns([CountyKeys::Home, CountyKeys::Ver, CountyKeys::Wrapped, CountyKeys::MadeAt])
            .values_panic([home.number().into(), version.into(), wrapped.into(), self.now().into()])
            .on_conflict(OnConflict::columns([CountyKeys::Home, CountyKeys::Ver]).do_nothing().to_owned())
            .to_owned();
        let tx = self.0.db.begin().await?;
        tx.execute(&insert).await?;
        tx.commit().await?;
        Ok(version)
    }

    /// A version of a county's key.
    pub(super) async fn county_key_of(&self, home: Home, version: i16) -> Result<Secret> {
        if let Some(secret) = self.county_cache().keys.get(&(home, version)) {
            return Ok(secret.clone());
        }
        let wrapped = Query::select()
            .column(CountyKeys::Wrapped)
            .from(CountyKeys::Table)
            .and_where(Expr::col(CountyKeys::Home).eq(home.number()))
            .and_where(Expr::col(CountyKeys::Ver).eq(version))
            .to_owned();
        let row = self.0.db.read().query_one(&wrapped).await?.ok_or(Refusal::WrongRoot)?;
        let wrapped: Vec<u8> = row.try_get_by_index(0)?;
        let secret = self.0.root.unwrap(&label(home, version), &wrapped).await?;
        self.county_cache().keys.insert((home, version), secret.clone());
        Ok(secret)
    }

    /// Gives a county a new key and wraps all its subject keys anew; how many. Sealed cells do not change. Running it
    /// again finishes an interrupted run and picks up what other processes wrapped meanwhile.
    ///
    /// # Errors
    /// When the key store or the root cannot be reached.
    pub async fn rotate_county(&self, home: Home) -> Result<u64> {
        let next = self.newest_version(home).await?.unwrap_or(0) + 1;
        let version = self.make_county_key(home, next).await?;
        self.county_cache().current.insert(home, (version, self.now()));
        let county = CountyKey { version, secret: self.county_key_of(home, version).await? };
        self.rewrap_subjects(home, &county).await
    }

    /// Renews the root and wraps all county keys and the blind-index key anew; how many.
    ///
    /// # Errors
    /// When the key store or the root cannot be reached.
    pub async fn rotate_root(&self) -> Result<u64> {
        self.0.root.renew().await?;
        let mut rewrapped = 0;
        // Again until nothing is left of the old versions: another process may be making a county key.
        loop {
            let changed = self.rewrap_under_root().await?;
            if changed == 0 {
                break;
            }
            rewrapped += changed;
        }
        self.0.root.retire().await?;
        self.0.db.scrub().await?;
        Ok(rewrapped)
    }

    async fn rewrap_under_root(&self) -> Result<u64> {
        let mut changed = 0;
        let probe = self.0.root.wrap("probe", &Secret::random(self.ids())).await?;
        let current = seal::version(&probe)?;
        for (home, version, wrapped) in self.wrapped_counties().await? {
            if let Some(anew) = self.rewrapped(&label(home, version), &wrapped, current).await? {
                let update = Query::update()
                    .table(CountyKeys::Table)
                    .value(CountyKeys::Wrapped, anew)
                    .and_where(Expr::col(CountyKeys::Home).eq(home.number()))
                    .and_where(Expr::col(CountyKeys::Ver).eq(version))
                    .to_owned();
                changed += self.write_one(&update).await?;
            }
        }
        if let Some(wrapped) = self.wrapped_index().await?
            && let Some(anew) = self.rewrapped(INDEX, &wrapped, current).await?
        {
            let update = Query::update()
                .table(SharedKeys::Table)
                .value(SharedKeys::Wrapped, anew)
                .and_where(Expr::col(SharedKeys::Name).eq(INDEX))
                .to_owned();
            changed += self.write_one(&update).await?;
        }
        Ok(changed)
    }

    async fn rewrapped(&self, label: &str, wrapped: &[u8], current: u16) -> Result<Option<Vec<u8>>> {
        if seal::version(wrapped)? == current {
            return Ok(None);
        }
        let key = self.0.root.unwrap(label, wrapped).await?;
        Ok(Some(self.0.root.wrap(label, &key).await?))
    }

    async fn write_one(&self, statement: &impl sea_orm::StatementBuilder) -> Result<u64> {
        let tx = self.0.db.begin().await?;
        let changed = tx.execute(statement).await?.rows_affected();
        tx.commit().await?;
        Ok(changed)
    }

    pub(super) async fn wrapped_counties(&self) -> Result<Vec<(Home, i16, Vec<u8>)>> {
        let all = Query::select()
            .columns([CountyKeys::Home, CountyKeys::Ver, CountyKeys::Wrapped])
            .from(CountyKeys::Table)
            .order_by(CountyKeys::Home, Order::Asc)
            .order_by(CountyKeys::Ver, Order::Asc)
            .to_owned();
        let rows = self.0.db.read().query_all(&all).await?;
        rows.iter()
            .map(|row| Ok((Home::new(row.try_get_by_index(0)?)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?)))
            .collect()
    }

    async fn wrapped_index(&self) -> Result<Option<Vec<u8>>> {
        let index = Query::select()
            .column(SharedKeys::Wrapped)
            .from(SharedKeys::Table)
            .and_where(Expr::col(SharedKeys::Name).eq(INDEX))
            .to_owned();
        let row = self.0.db.read().query_one(&index).await?;
        Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
    }

    /// Opens one wrapped key, if there is any: a store made with another root must not be served.
    pub(super) async fn check_root(&self) -> Result<()> {
        if let Some((home, version, wrapped)) = self.wrapped_counties().await?.first() {
            self.0.root.unwrap(&label(*home, *version), wrapped).await?;
        }
        if let Some(wrapped) = self.wrapped_index().await? {
            self.0.root.unwrap(INDEX, &wrapped).await?;
        }
        Ok(())
    }

    /// The blind-index key, made when there is none.
    ///
    /// # Errors
    /// When the key store or the root cannot be reached.
    pub async fn index_key(&self) -> Result<Secret> {
        let made = self.0.index.get_or_try_init(async || {
            if self.wrapped_index().await?.is_none() {
                self.keep_index_key(&Secret::random(self.ids())).await?;
            }
            self.stored_index_key().await
        });
        made.await.cloned()
    }

    async fn stored_index_key(&self) -> Result<Secret> {
        let wrapped = self.wrapped_index().await?.ok_or(Refusal::WrongRoot)?;
        self.unwrap_index(&wrapped).await
    }

    pub(super) async fn unwrap_index(&self, wrapped: &[u8]) -> Result<Secret> {
        self.0.root.unwrap(INDEX, wrapped).await
    }

    async fn keep_index_key(&self, key: &Secret) -> Result<u64> {
        let wrapped = self.0.root.wrap(INDEX, key).await?;
        self.write_one(&insert_index(wrapped, self.now())).await
    }

    /// The blind-index key sealed under a passphrase, to hand it down to another node of the province.
    ///
    /// # Errors
    /// [`Refusal::ShortPassphrase`].
    pub async fn hand_down_index_key(&self, passphrase: &str) -> Result<Vec<u8>> {
        let key = self.index_key().await?;
        Passphrase::new(passphrase, self.ids())?.seal_whole(self.ids(), INDEX, key.reveal())
    }

    /// Takes the province's blind-index key. Must come before the first person is registered.
    ///
    /// # Errors
    /// [`Refusal::NotOpened`]; [`Refusal::IndexKeyInUse`] when this store has another one already.
    pub async fn take_index_key(&self, handed: &[u8], passphrase: &str) -> Result<()> {
        let bytes = zeroize::Zeroizing::new(Passphrase::open_whole(passphrase, INDEX, handed)?);
        let key = Secret::from_slice(&bytes).ok_or(Refusal::NotOpened)?;
        self.keep_index_key(&key).await?;
        if self.stored_index_key().await? == key { Ok(()) } else { Err(Refusal::IndexKeyInUse.into()) }
    }
}

/// Inserts the wrapped blind-index key unless there is one.
pub(super) fn insert_index(wrapped: Vec<u8>, made_at: Instant) -> sea_orm::sea_query::InsertStatement {
    Query::insert()
        .into_table(SharedKeys::Table)
        .columns([SharedKeys::Name, SharedKeys::Wrapped, SharedKeys::MadeAt])
        .values_panic([INDEX.into(), wrapped.into(), made_at.into()])
        .on_conflict(OnConflict::column(SharedKeys::Name).do_nothing().to_owned())
        .to_owned()
}
