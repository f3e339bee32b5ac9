//! Everybody of a town or village that became another lives there from that day on, each with the journal's word for it.

use chrono::NaiveDate;
use kernel::{Actor, Region, Result};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use store::{Db, Lane, blind::Blinder, homes, keys::Keys, sea_orm};

use crate::elders::{
    file::File,
    model,
    revise::{Origin, Revision, revise},
};

/// People of one transaction.
const CHUNK: u64 = 200;

/// Moves everybody who lives in a place to the place that it became; how many. A killed run is run again and does the rest.
///
/// # Errors
/// Internal failures; who moved stays moved.
pub async fn follow(
    (db, keys): (&Db, &Keys),
    blinder: &Blinder,
    actor: &Actor,
    (from, to): (Region, Region),
    day: NaiveDate,
) -> Result<u64> {
    let (range, mut moved) = (from.range(), 0);
    for home in homes::of_range(db, range).await? {
        loop {
            let select = model::Entity::find()
                .filter(model::Column::Home.eq(home.number()))
                .filter(model::Column::Place.between(range.lo, range.hi))
                .filter(model::Column::MovedTo.is_null())
                .filter(model::Column::Name.ne(""))
                .order_by_asc(model::Column::Id)
                .limit(CHUNK);
            let people = select.all(db).await?;
            if people.is_empty() {
                break;
            }
            let opened = keys.find_keys(&people.iter().map(|elder| elder.id).collect::<Vec<_>>()).await?;
            let mut revisions = Vec::with_capacity(people.len());
            for elder in people {
                let Some(key) = opened.get(&elder.id) else { continue };
                let before = File::open(&elder, key)?;
                let mut after = before.clone();
                after.place = Region::new(before.place.code() + to.code() - from.code())?;
                revisions.push(Revision { elder, before, after, ends: Vec::new(), key: key.clone() });
            }
            if revisions.is_empty() {
                break;
            }
            let origin = Origin { source: "recode", day: Some(day), ..Origin::default() };
            db.write(Lane::Bulk, actor, async |tx| {
                for revision in &revisions {
                    revise(&tx, blinder, revision, origin).await?;
                }
                Ok(())
            })
            .await?;
            moved += revisions.len() as u64;
        }
    }
    Ok(moved)
}
