//! Files by hand: one is opened, one is changed, each as a form or a JSON body types it.

use std::fmt;

use chrono::NaiveDate;
use kernel::{Action, Actor, Common, Home, Key, PlaceRange, Region, Result};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, Query},
};
use store::{Db, Lane, blind::Blinder, keys::Keys, sea_orm};

use super::{
    Elder,
    file::File,
    form, import, queries,
    refusal::Refusal,
    revise::{self, Origin, Revision},
    vocabulary::Tag,
};
use crate::places;

/// What filing needs.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// The database.
    pub db: &'a Db,
    /// The key store.
    pub keys: &'a Keys,
    /// Blind indexes.
    pub blinder: &'a Blinder,
}

impl fmt::Debug for Desk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Desk")
    }
}

/// Opens a file; its key.
///
/// # Errors
/// [`Refusal::Known`] or [`Refusal::Elsewhere`] when the person has one; [`Refusal::NoSuchPlace`] outside the actor's
/// places.
pub async fn open(desk: Desk<'_>, actor: &Actor, file: &File) -> Result<Key<Elder>> {
    actor.may(Action::EditElder)?;
    let range = actor.range().unwrap_or(PlaceRange { lo: 1, hi: 0 });
    if !range.contains(file.place) {
        return Err(Refusal::NoSuchPlace.into());
    }
    if let Some(key) = find(desk.db, desk.blinder, file).await? {
        return Err(there(file, key.home).into());
    }
    import::enrol(desk.db, desk.keys, actor, [file.clone()]).await?;
    find(desk.db, desk.blinder, file).await?.ok_or_else(|| Common::Raced.into())
}

fn there(file: &File, home: Home) -> Refusal {
    if file.place.home() == Some(home) {
        return Refusal::Known;
    }
    let county = Region::new(i64::from(home.number()) * 1_000_000).ok().and_then(places::full_name);
    Refusal::Elsewhere { county: county.unwrap_or_else(|| home.to_string()) }
}

/// The file of the same person, by certificate, or by name, birth date and place.
///
/// # Errors
/// Internal failures only.
pub async fn find(db: &impl ConnectionTrait, blinder: &Blinder, file: &File) -> Result<Option<Key<Elder>>> {
    let select = Query::select()
        .columns(["home", "person"])
        .from("person_certs")
        .and_where(Expr::col("digest").eq(file.identity(blinder).0.to_vec()))
        .to_owned();
    let row = db.query_one(&select).await?;
    row.map(|row| Ok(Key::new(Home::new(row.try_get("", "home")?)?, row.try_get("", "person")?))).transpose()
}

/// A trait that holds, and the day on which it ends by itself.
pub type TagEnd = (Tag, Option<NaiveDate>);

/// What a file says, and when its traits end.
///
/// # Errors
/// [`Refusal::Erased`].
pub async fn read(db: &impl ConnectionTrait, keys: &Keys, elder: &Elder) -> Result<(File, Vec<TagEnd>)> {
    let file = queries::open(keys, elder).await?;
    let held = queries::tag_sources(db, elder.key()?).await?;
    Ok((file, held.into_iter().map(|held| (held.tag, held.ends_on)).collect()))
}

/// Changes a file by what was sent; whether anything changed.
///
/// # Errors
/// [`Refusal::Changed`] when the file is no longer of that version; a refusal with every wrong field.
pub async fn revise(desk: Desk<'_>, actor: &Actor, key: Key<Elder>, version: i32, sent: &form::Sent) -> Result<bool> {
    actor.may(Action::EditElder)?;
    let data_key = desk.keys.find_key(key.id).await?.ok_or(Refusal::Erased)?;
    desk.db
        .write(Lane::Interactive, actor, async |tx| {
            let elder = queries::get(&tx, &actor.scope(), key).await?;
            if elder.moved_to.is_some() {
                return Err(Common::NotFound.into());
            }
            if elder.version != version {
                return Err(Refusal::Stale.into());
            }
            let before = File::open(&elder, &data_key)?;
            let held = queries::tag_sources(&tx, key).await?;
            let ends: Vec<TagEnd> = held.into_iter().map(|held| (held.tag, held.ends_on)).collect();
            let (after, ends) = form::revised(sent, &before, &ends, tx.today())?;
            let revision = Revision { elder, before, after, ends, key: data_key.clone() };
            revise::revise(&tx, desk.blinder, &revision, Origin { source: "form", ..Origin::default() }).await
        })
        .await
}
