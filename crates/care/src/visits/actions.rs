//! Writing visits: they begin and end with their order, in the same write.

use chrono::TimeDelta;
use kernel::{Common, Event, Facts, Home, Instant, Key, Result, Scope};
use registry::elders::{self, Elder, file::File};
use sea_orm::{
    ActiveModelTrait, ActiveValue::NotSet, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::Condition,
};
use serde::{Deserialize, Serialize};
use store::{
    Db, Tx,
    blobs::Sm3,
    guarded,
    keys::Keys,
    seal::{Cell, DataKey},
};
use uuid::Uuid;
use web::commands::Filed;

use super::{
    EvidenceRules, Flag, Kind, Moment, Point, Proof, Visit, evidence,
    model::{ActiveModel, Column, Entity},
    proof, queries,
};
use crate::orders::{Confirmation, Order, Span};

/// A running clock and times that were corrected may differ by this.
const MEASURED: TimeDelta = TimeDelta::minutes(2);

/// The elder's door, opened before the write.
#[derive(Clone, Debug)]
pub struct Door {
    /// The elder's key.
    pub key: DataKey,
    /// Where the elder lives, when the file says so.
    pub point: Option<Point>,
}

/// The door of an order's elder: the key, and the point of the address. Called before the write.
///
/// # Errors
/// When the person was erased; internal failures.
pub async fn door(db: &Db, keys: &Keys, order: &Order) -> Result<Door> {
    let key = keys.data_key(order.home()?, order.elder).await?;
    Ok(Door { key, point: door_point(db, keys, order).await? })
}

/// Where the elder of an order lives, when the file says so; the order was loaded through a scope.
///
/// # Errors
/// Internal failures only.
pub async fn door_point(db: &Db, keys: &Keys, order: &Order) -> Result<Option<Point>> {
    let key = Key::<Elder>::new(order.home()?, order.elder);
    let Some(elder) = elders::queries::find(db, &Scope::whole(), key).await? else { return Ok(None) };
    let (Some(_), Some(data_key)) = (&elder.details_sealed, keys.find_key(elder.id).await?) else { return Ok(None) };
    Ok(File::open(&elder, &data_key)?.details.point)
}

/// A proof as a phone tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// What it is.
    pub kind: Kind,
    /// When it was taken, the phone's time corrected; none is the moment of the check-in or check-out.
    pub at: Option<Instant>,
    /// Where the phone was.
    pub point: Option<Point>,
    /// Radius of the position, in metres.
    pub accuracy_m: Option<i32>,
    /// The phone admits that the position is made up.
    pub mocked: bool,
    /// SM3 of a photo.
    pub digest: Option<Sm3>,
}

impl Told {
    /// A proof without a place or a photo, of the moment of its step.
    #[must_use]
    pub const fn of(kind: Kind) -> Self {
        Self { kind, at: None, point: None, accuracy_m: None, mocked: false, digest: None }
    }
}

/// A check-in.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// When, the phone's time corrected; none is now.
    pub made_at: Option<Instant>,
    /// What proves it.
    pub proofs: Vec<Told>,
    /// The elder's door.
    pub door: Door,
}

/// A check-out.
#[derive(Clone, Debug)]
pub struct Departure {
    /// How long the visit lasted by the phone's running clock, in seconds, as far as it ran through.
    pub lasted_secs: Option<i32>,
    /// When, the phone's time corrected; none is now.
    pub made_at: Option<Instant>,
    /// What proves it.
    pub proofs: Vec<Told>,
    /// The elder's door.
    pub door: Door,
}

/// How well a visit is proven, as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proven {
    /// The order.
    pub order: Uuid,
    /// The lead of the crew.
    pub worker: Uuid,
    /// Since when.
    pub at: Moment,
    /// 0 to 100.
    pub strength: i16,
    /// As strong as the rules want.
    pub enough: bool,
    /// What speaks against it.
    pub flags: Vec<Flag>,
    /// Kinds of proof at hand.
    pub kinds: Vec<Kind>,
    /// Organisation and worker.
    pub parties: Vec<Uuid>,
}

impl Facts for Proven {
    const KIND: &'static str = "visit.proven";
}

/// The visit of an order begins.
///
/// # Errors
/// Internal failures only.
pub(crate) async fn arrive(tx: &Tx, order: &Order, at: Instant, arrival: &Arrival) -> Result<Visit> {
    let worker = order.worker.ok_or(Common::Raced)?;
    let visit = Visit {
        home: order.home,
        id: tx.uuid(),
        place: order.place,
        order_id: order.id,
        elder: order.elder,
        provider: order.provider,
        worker,
        started_at: at,
        started_received_at: tx.now(),
        ended_at: None,
        ended_received_at: None,
        lasted_secs: None,
        strength: 0,
        enough: false,
        flags: 0,
        version: 0,
    };
    Entity::insert(ActiveModel::from(visit.clone()).reset_all()).exec_without_returning(tx).await?;
    note(tx, &visit, (Moment::Arrival, at), &arrival.proofs, &arrival.door).await?;
    weigh(tx, order, visit, Moment::Arrival).await
}

/// The visit of an order ends.
///
/// # Errors
/// Internal failures only.
pub(crate) async fn depart(tx: &Tx, order: &Order, at: Instant, departure: &Departure) -> Result<Visit> {
    let visit = queries::of_order(tx, order).await?.ok_or(Common::Raced)?;
    note(tx, &visit, (Moment::Departure, at), &departure.proofs, &departure.door).await?;
    let lasted_secs = departure.lasted_secs;
    let visit = Visit { ended_at: Some(at), ended_received_at: Some(tx.now()), lasted_secs, ..visit };
    weigh(tx, order, visit, Moment::Departure).await
}

/// Somebody confirmed the visit of an order; silence proves nothing.
///
/// # Errors
/// Internal failures only.
pub(crate) async fn confirmed(tx: &Tx, order: &Order, how: Confirmation) -> Result<()> {
    if how == Confirmation::Silence {
        return Ok(());
    }
    if let Some(visit) = queries::of_order(tx, order).await? {
        let row = evidence::Model {
            kind: Kind::Confirmation.code(),
            moment: Moment::After.code(),
            ..blank(tx, &visit, tx.now())
        };
        evidence::Entity::insert(evidence::ActiveModel::from(row).reset_all()).exec_without_returning(tx).await?;
        weigh(tx, order, visit, Moment::After).await?;
    }
    Ok(())
}

/// A dispatcher gave the visit of an order other times; that proves nothing, and is told.
///
/// # Errors
/// Internal failures only.
pub(crate) async fn corrected(tx: &Tx, order: &Order, span: Span) -> Result<()> {
    let visit = queries::of_order(tx, order).await?.ok_or(Common::Raced)?;
    let row =
        evidence::Model { kind: Kind::Entered.code(), moment: Moment::After.code(), ..blank(tx, &visit, tx.now()) };
    evidence::Entity::insert(evidence::ActiveModel::from(row).reset_all()).exec_without_returning(tx).await?;
    let ended_received_at = visit.ended_received_at.or(Some(tx.now()));
    let visit = Visit { started_at: span.from, ended_at: Some(span.to), ended_received_at, ..visit };
    weigh(tx, order, visit, Moment::After).await?;
    Ok(())
}

/// A photo came that visits were told with: they are weighed anew.
///
/// # Errors
/// Internal failures only.
pub(crate) async fn photo_came(tx: &Tx, file: Filed) -> Result<()> {
    for (visit, moment) in queries::shown_by(tx, file).await? {
        let key = Key::<Order>::new(Home::new(visit.home)?, visit.order_id);
        if let Some(order) = crate::orders::queries::find(tx, &Scope::whole(), key).await? {
            weigh(tx, &order, visit, moment).await?;
        }
    }
    Ok(())
}

fn blank(tx: &Tx, visit: &Visit, at: Instant) -> evidence::Model {
    evidence::Model {
        home: visit.home,
        id: tx.uuid(),
        visit: visit.id,
        kind: 0,
        moment: 0,
        at,
        received_at: tx.now(),
        accuracy_m: None,
        distance_m: None,
        mocked: false,
        digest: None,
        point_sealed: None,
    }
}

/// Keeps proofs, positions sealed.
async fn note(tx: &Tx, visit: &Visit, when: (Moment, Instant), told: &[Told], door: &Door) -> Result<()> {
    let (moment, at) = when;
    let mut rows = Vec::with_capacity(told.len());
    for proof in told {
        let mut row = blank(tx, visit, proof.at.unwrap_or(at).min(tx.now()));
        (row.kind, row.moment) = (proof.kind.code(), moment.code());
        row.digest = proof.digest.map(|sum| sum.to_string());
        // A position that is the address to the last digit was copied from it.
        row.mocked = proof.mocked || (proof.point.is_some() && proof.point == door.point);
        row.accuracy_m = proof.accuracy_m;
        if let Some(point) = proof.point {
            let cell = Cell::new("evidence", "point_sealed", row.id);
            row.point_sealed = Some(door.key.seal(tx.ids(), cell, &serde_json::to_vec(&point)?));
            row.distance_m = door.point.map(|home| proof::metres(home, point).min(1e8) as i32);
        }
        rows.push(evidence::ActiveModel::from(row).reset_all());
    }
    if !rows.is_empty() {
        evidence::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Weighs all proofs of a visit anew, keeps the result and tells it.
async fn weigh(tx: &Tx, order: &Order, visit: Visit, moment: Moment) -> Result<Visit> {
    let rules: EvidenceRules = store::rulebooks::get_or_default(tx, order.place()?, tx.today()).await?;
    let proofs = queries::proofs(tx, &visit).await?;
    let mut strength = rules.strength(&proofs);
    strength.flags.extend(doubts(tx, order, &visit, &proofs).await?);
    strength.flags.sort_unstable();
    let after = Visit {
        strength: strength.points,
        enough: strength.enough,
        flags: proof::bits(&strength.flags),
        version: visit.version + 1,
        ..visit
    };
    let mut row = ActiveModel::from(after.clone()).reset_all();
    (row.home, row.id) = (NotSet, NotSet);
    let update = Entity::update_many()
        .set(row)
        .filter(Column::Home.eq(visit.home))
        .filter(Column::Id.eq(visit.id))
        .filter(Column::Version.eq(visit.version));
    guarded(update.exec(tx).await?.rows_affected)?;
    let mut kinds: Vec<_> = proofs.iter().map(|proof| proof.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let facts = Proven {
        order: order.id,
        worker: visit.worker,
        at: moment,
        strength: strength.points,
        enough: strength.enough,
        flags: strength.flags,
        kinds,
        parties: visit.provider.into_iter().chain([visit.worker]).collect(),
    };
    let key = Key::<Visit>::new(Home::new(visit.home)?, visit.id);
    tx.journal(Event::new(key, order.place()?, &facts)?.caused_by(order.id));
    Ok(after)
}

/// What speaks against the visit as a whole.
async fn doubts(tx: &Tx, order: &Order, visit: &Visit, proofs: &[Proof]) -> Result<Vec<Flag>> {
    let mut flags = Vec::new();
    if visit.started_at > order.window_end {
        flags.push(Flag::LateArrival);
    }
    if let Some(ended_at) = visit.ended_at
        && (ended_at - visit.started_at).num_minutes() < i64::from(order.least_minutes)
    {
        flags.push(Flag::Short);
    }
    if let (Some(ended_at), Some(lasted)) = (visit.ended_at, visit.lasted_secs)
        && TimeDelta::seconds(i64::from(lasted)) > ended_at - visit.started_at + MEASURED
    {
        flags.push(Flag::ClockMoved);
    }
    let received = visit.ended_received_at.unwrap_or(visit.started_received_at);
    if received - visit.ended_at.unwrap_or(visit.started_at) > TimeDelta::days(1) {
        flags.push(Flag::VeryLate);
    }
    let digests: Vec<_> = proofs.iter().filter_map(|proof| proof.digest).collect();
    if !digests.is_empty() && !queries::reused(tx, visit, &digests).await?.is_empty() {
        flags.push(Flag::ReusedPhoto);
    }
    if proofs.iter().any(|proof| proof.kind == Kind::Entered) {
        flags.push(Flag::ByHand);
    } else if let Some(received) = visit.ended_received_at
        && (received - visit.started_received_at).num_minutes() < i64::from(order.least_minutes)
    {
        flags.push(Flag::ClaimedLate);
    }
    if overlaps(tx, visit).await? {
        flags.push(Flag::Overlap);
    }
    Ok(flags)
}

/// Whether the worker was in another visit meanwhile; one that was never ended counts for its first half hour.
async fn overlaps(tx: &Tx, visit: &Visit) -> Result<bool> {
    let to = visit.ended_at.unwrap_or(visit.started_at);
    let select = Entity::find()
        .filter(Column::Worker.eq(visit.worker))
        .filter(Column::StartedAt.gt(visit.started_at - TimeDelta::days(1)))
        .filter(Column::StartedAt.lte(to))
        .filter(Column::Id.ne(visit.id))
        .filter(
            Condition::any().add(Column::EndedAt.gt(visit.started_at)).add(
                Condition::all()
                    .add(Column::EndedAt.is_null())
                    .add(Column::StartedAt.gt(visit.started_at - TimeDelta::minutes(30))),
            ),
        )
        .limit(1);
    Ok(select.one(tx).await?.is_some())
}
