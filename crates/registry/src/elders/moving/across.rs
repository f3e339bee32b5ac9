//! Across the border of a county: the file, its directory entries, traits and portal accounts go to the new home; the
//! old row becomes a tombstone without sealed cells.

use chrono::Datelike as _;
use kernel::{Event, Failure, Home, Key, Region, Result, age_on};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, Query},
};
use store::{Tx, blind::Blinder, counters, grants, guarded, homes, sea_orm};
use web::accounts;

use super::{Moving, Outcome, county};
use crate::elders::{
    Elder,
    beside::{self, Begun, Whose},
    directory,
    events::{Arrived, Departed},
    model::{self, Status, tags_of},
    refusal::Refusal,
    revise::{Revision, codes, seal_private},
    vocabulary::Tag,
};

/// Takes a file over the border.
pub(super) async fn go(tx: &Tx, blinder: &Blinder, revision: &Revision, moving: &Moving) -> Result<Outcome> {
    let (elder, to) = (&revision.elder, moving.to);
    let from = elder.place()?;
    let home = to.home().ok_or_else(|| Failure::internal("a county has a home"))?;
    if home.number() == elder.home {
        // Only a county that was recoded since the file was opened has another code than its home.
        return Err(Refusal::SamePlace.into());
    }
    let old = Whose { home: Home::new(elder.home)?, person: elder.id, place: from };
    let new = Whose { home, person: elder.id, place: to };
    homes::settle(tx, to).await?;
    let there = arrive(tx, revision, new).await?;
    take_tags(tx, (old, new), revision.after.tags, moving).await?;
    leave(tx, elder, home).await?;
    beside::forget(tx, "elder_names", "elder", old).await?;
    beside::put_names(tx, new, &revision.after.name).await?;
    directory::put_phones(tx, elder.id, home, revision.after.phones(blinder)).await?;
    let digest = revision.after.identity(blinder);
    directory::put_certificate(tx, directory::Entry { digest, home, person: elder.id }).await?;
    homes::move_in(tx, elder.id, home).await?;
    let accounts = grants::follow(tx, elder.id, old.home, (home, to)).await?;
    accounts::follow_codes(tx, elder.id, home, to).await?;
    tell(tx, revision, (old, new), moving)?;
    Ok(Outcome { key: Key::new(home, elder.id), number: there, from, to, leaves: true, accounts })
}

/// The row in the new home: a new one, or the tombstone of somebody who comes back. Its number.
async fn arrive(tx: &Tx, revision: &Revision, new: Whose) -> Result<String> {
    let (elder, after) = (&revision.elder, &revision.after);
    let sealed = after.seal(&revision.key.sealer(), tx.ids(), elder.id)?;
    let known = model::Entity::find()
        .filter(model::Column::Home.eq(new.home.number()))
        .filter(model::Column::Id.eq(elder.id))
        .one(tx)
        .await?;
    let number = match &known {
        Some(tombstone) => tombstone.number.clone(),
        None => format!("{}-{:07}", new.home, counters::take(tx, new.home, "elders", 1).await?),
    };
    let row = Elder {
        home: new.home.number(),
        place: new.place.code(),
        number: number.clone(),
        cert_sealed: sealed.cert,
        mobile_sealed: sealed.mobile,
        landline_sealed: sealed.landline,
        details_sealed: sealed.details,
        moved_to: None,
        version: known.as_ref().map_or(1, |tombstone| tombstone.version + 1),
        registered_at: known.as_ref().map_or(tx.now(), |tombstone| tombstone.registered_at),
        updated_at: tx.now(),
        ..elder.clone()
    };
    let row = model::ActiveModel::from(row).reset_all();
    if known.is_some() {
        row.update(tx).await?
    } else {
        row.insert(tx).await?
    };
    Ok(number)
}

/// What stays in the old home: who it was, and where the file went.
async fn leave(tx: &Tx, elder: &Elder, to: Home) -> Result<()> {
    let update = model::Entity::update_many()
        .set(model::ActiveModel {
            cert_sealed: Set(None),
            mobile_sealed: Set(None),
            landline_sealed: Set(None),
            details_sealed: Set(None),
            status: Set(Status::MovedOut.code()),
            moved_to: Set(Some(to.number())),
            version: Set(elder.version + 1),
            updated_at: Set(tx.now()),
            ..Default::default()
        })
        .filter(model::Column::Home.eq(elder.home))
        .filter(model::Column::Id.eq(elder.id))
        .filter(model::Column::Version.eq(elder.version));
    guarded(update.exec(tx).await?.rows_affected).map_err(|_| Refusal::Changed.into())
}

/// Traits go along with the day since which they hold, their source and their end.
async fn take_tags(tx: &Tx, (old, new): (Whose, Whose), bits: i64, moving: &Moving) -> Result<()> {
    let select = Query::select()
        .columns(["tag", "since", "source", "ends_on"])
        .from("elder_tags")
        .and_where(Expr::col("home").eq(old.home.number()))
        .and_where(Expr::col("elder").eq(old.person))
        .and_where(Expr::col("until").is_null())
        .to_owned();
    let mut begun = Vec::new();
    for row in tx.query_all(&select).await? {
        if let Some(tag) = Tag::of(row.try_get("", "tag")?) {
            let (since, source) = (row.try_get("", "since")?, row.try_get("", "source")?);
            begun.push(Begun { tag, since, source, ends_on: row.try_get("", "ends_on")? });
        }
    }
    beside::end_tags(tx, old, &tags_of(bits), moving.day).await?;
    beside::begin_tags(tx, new, &begun).await
}

fn tell(tx: &Tx, revision: &Revision, (old, new): (Whose, Whose), moving: &Moving) -> Result<()> {
    let (elder, after, reason) = (&revision.elder, &revision.after, moving.reason.name().to_owned());
    let county_of = |place: Region| county(place).unwrap_or(place);
    let departed = Departed { county: county_of(new.place), status: Status::MovedOut.code(), reason: reason.clone() };
    let arrived = Arrived {
        county: county_of(old.place),
        to: new.place,
        sex: after.sex,
        birth_year: after.birth_on.year(),
        age: age_on(after.birth_on, tx.today()),
        living: after.living,
        tags: codes(after.tags),
        status: elder.status,
        reason,
    };
    let key = |home| Key::<Elder>::new(home, elder.id);
    let left = Event::new(key(old.home), old.place, &departed)?.on_timeline_of(elder.id).on_day(moving.day);
    let private = seal_private(tx.ids(), &revision.key.sealer(), elder.id, after)?;
    let came = Event::new(key(new.home), new.place, &arrived)?.on_timeline_of(elder.id).on_day(moving.day);
    tx.journal(left);
    tx.journal(came.with_private(private));
    Ok(())
}
