//! Withdrawing a file that an import opened and nothing touched since: what the sheet brought goes, the row stays as
//! 登记撤销 and is not found any more. The same person can be registered anew.

use kernel::{Event, Home, Result};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, Query},
};
use store::{Tx, guarded, journal::Entry, sea_orm};

use super::{Bench, Fate};
use crate::elders::{
    Elder,
    beside::{self, Whose},
    directory,
    events::{Changed, Moved, Withdrawn},
    model::{self, Status, tags_of},
    refusal::Refusal,
};

/// Withdraws a file, or says why it stays.
pub(super) async fn withdraw(bench: &Bench<'_>, elder: &Elder, entries: &[Entry]) -> Result<Fate> {
    if let Some(fate) = entries.iter().find_map(|entry| touched(bench, entry)) {
        return Ok(fate);
    }
    let tx = bench.tx;
    let whose = Whose { home: Home::new(elder.home)?, person: elder.id, place: elder.place()? };
    empty_row(tx, elder).await?;
    beside::forget(tx, "elder_names", "elder", whose).await?;
    directory::leave_phones(tx, elder.id).await?;
    beside::forget(tx, "person_certs", "person", whose).await?;
    beside::end_tags(tx, whose, &tags_of(elder.tags), tx.today()).await?;
    leave_home(tx, whose).await?;
    let facts = Withdrawn { status: Status::Withdrawn.code(), run: bench.run };
    tx.journal(Event::new(elder.key()?, whose.place, &facts)?.on_timeline_of(elder.id));
    Ok(Fate::Withdrawn)
}

/// What an entry that does not belong to the import says against withdrawing. The journal holds all that happens to a
/// person, in every room.
fn touched(bench: &Bench<'_>, entry: &Entry) -> Option<Fate> {
    let of_run = match entry.kind.as_str() {
        "elder.registered" | "elder.aged" => return None,
        "elder.changed" => entry.facts::<Changed>().ok().and_then(|facts| facts.run),
        "elder.moved" => entry.facts::<Moved>().ok().and_then(|facts| facts.run),
        kind if kind.starts_with("order.") || kind.starts_with("visit.") => return Some(Fate::Ordered),
        kind if kind.starts_with("elder.") => return Some(Fate::Edited),
        _ => return Some(Fate::Used),
    };
    (of_run != Some(bench.run)).then_some(Fate::Edited)
}

async fn empty_row(tx: &Tx, elder: &Elder) -> Result<()> {
    let update = model::Entity::update_many()
        .set(model::ActiveModel {
            cert_sealed: Set(None),
            cert_mask: Set(String::new()),
            mobile_sealed: Set(None),
            mobile_mask: Set(String::new()),
            landline_sealed: Set(None),
            landline_mask: Set(String::new()),
            details_sealed: Set(None),
            status: Set(Status::Withdrawn.code()),
            version: Set(elder.version + 1),
            updated_at: Set(tx.now()),
            ..Default::default()
        })
        .filter(model::Column::Home.eq(elder.home))
        .filter(model::Column::Id.eq(elder.id))
        .filter(model::Column::Version.eq(elder.version));
    guarded(update.exec(tx).await?.rows_affected).map_err(|_| Refusal::Changed.into())
}

async fn leave_home(tx: &Tx, whose: Whose) -> Result<()> {
    let update = Query::update()
        .table("person_homes")
        .value("until", tx.now())
        .and_where(Expr::col("person").eq(whose.person))
        .and_where(Expr::col("until").is_null())
        .to_owned();
    tx.execute(&update).await?;
    Ok(())
}
