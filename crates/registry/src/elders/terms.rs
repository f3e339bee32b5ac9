//! Traits that end by date: on their last day's morrow they are taken off, as dated events. Who is due stands in
//! `elder_tags.ends_on`, so missed days are made up for by themselves.

use std::{collections::BTreeMap, time::Duration};

use chrono::{NaiveDate, TimeDelta};
use kernel::{Actor, Event, Home, Key, Result};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, Order, Query},
};
use store::{Db, Lane, Tx, guarded, leases::Recurring, sea_orm};
use tokio::sync::watch;
use uuid::Uuid;

use super::{
    Elder,
    beside::{self, Whose},
    events::TagsEnded,
    model::{self, bits_of},
    vocabulary::Tag,
};

const NAME: &str = "registry.tag_terms";
/// Traits ended in one transaction.
const BATCH: u64 = 200;

/// The traits of one person that end on one day.
type Due = BTreeMap<(i32, Uuid, NaiveDate), Vec<Tag>>;

/// Ends all traits whose day has come, those of missed days too; how many.
///
/// # Errors
/// Internal failures; what was ended before stays ended.
pub async fn end_due(db: &Db) -> Result<u64> {
    let mut ended = 0;
    loop {
        let due = due(db, db.clock().today()).await?;
        if due.is_empty() {
            return Ok(ended);
        }
        ended += db
            .write(Lane::Jobs, &Actor::system(NAME), async |tx| {
                let mut ended = 0;
                for ((home, person, day), tags) in &due {
                    ended += end(&tx, Key::new(Home::new(*home)?, *person), *day, tags).await?;
                }
                Ok(ended)
            })
            .await?;
    }
}

async fn due(db: &Db, today: NaiveDate) -> Result<Due> {
    let select = Query::select()
        .columns(["home", "elder", "tag", "ends_on"])
        .from("elder_tags")
        .and_where(Expr::col("ends_on").lte(today))
        .and_where(Expr::col("until").is_null())
        .order_by("ends_on", Order::Asc)
        .limit(BATCH)
        .to_owned();
    let mut due = Due::new();
    for row in db.query_all(&select).await? {
        let key = (row.try_get("", "home")?, row.try_get("", "elder")?, row.try_get("", "ends_on")?);
        let tag: i16 = row.try_get("", "tag")?;
        due.entry(key).or_default().extend(Tag::of(tag));
    }
    Ok(due)
}

/// Ends the traits of one person; needs no key, so it holds for the erased, too.
async fn end(tx: &Tx, key: Key<Elder>, day: NaiveDate, tags: &[Tag]) -> Result<u64> {
    let of_key = model::Column::Home.eq(key.home.number()).and(model::Column::Id.eq(key.id));
    let Some(elder) = model::Entity::find().filter(of_key.clone()).one(tx).await? else { return Ok(0) };
    let place = elder.place()?;
    let whose = Whose { home: key.home, person: key.id, place };
    beside::end_tags(tx, whose, tags, day).await?;
    let held: Vec<Tag> = tags.iter().copied().filter(|tag| elder.tags().contains(tag)).collect();
    if held.is_empty() {
        return Ok(0);
    }
    let after = model::ActiveModel {
        tags: Set(elder.tags & !bits_of(&held)),
        version: Set(elder.version + 1),
        updated_at: Set(tx.now()),
        ..Default::default()
    };
    let update = model::Entity::update_many().set(after).filter(of_key);
    guarded(update.filter(model::Column::Version.eq(elder.version)).exec(tx).await?.rows_affected)?;
    let facts = TagsEnded { tags_removed: held.iter().map(|tag| tag.code()).collect() };
    tx.journal(Event::new(key, place, &facts)?.on_timeline_of(key.id).on_day(day));
    Ok(held.len() as u64)
}

/// Ends traits at the start, at each midnight and when somebody sets a day that has come, until `stop` is set; of several
/// processes the one with the lease.
pub async fn follow(db: Db, stop: watch::Receiver<bool>) {
    let recurring = Recurring { name: NAME, term: TimeDelta::seconds(90), pause: Duration::from_secs(30) };
    let failed = |failure| tracing::error!(?failure, "traits that end today still hold; trying again");
    recurring.follow(db, stop, |db| async move { end_due(&db).await }, failed).await;
}
