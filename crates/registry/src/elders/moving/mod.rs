//! A move: within the county the file's place changes; to another county the file goes there under the same person's id,
//! and what stays is a tombstone with the history up to the day of the move.
//!
//! ```text
//! file ─ same county ─────► revise: place, address ─► elder.moved
//!      └ another county ──► across: new row, directory, traits, portal accounts ─► elder.departed │ elder.arrived
//! ```

mod across;
mod follow;

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use chrono::NaiveDate;
use kernel::{Action, Actor, Common, Key, Level, Region, Result, business_day};
use store::{Db, Lane, Tx, blind::Blinder, keys::Keys, seal::DataKey};

pub use self::follow::follow;
use super::{
    Elder,
    file::File,
    model::Status,
    queries,
    refusal::Refusal,
    revise::{Origin, Revision, revise},
};
use crate::places;

/// Why somebody moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoveReason {
    /// 搬家.
    House,
    /// 投靠子女或亲属.
    Kin,
    /// 入住外地养老机构.
    Institution,
    /// 原来登记有误.
    Correction,
}

impl MoveReason {
    /// All reasons.
    pub const ALL: [Self; 4] = [Self::House, Self::Kin, Self::Institution, Self::Correction];

    /// Stored form.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::House => "house",
            Self::Kin => "kin",
            Self::Institution => "institution",
            Self::Correction => "correction",
        }
    }

    /// The reason of a stored form.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }

    /// The Chinese words.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::House => "搬家",
            Self::Kin => "投靠子女或亲属",
            Self::Institution => "入住养老机构",
            Self::Correction => "原来登记有误",
        }
    }
}

/// Asked before somebody leaves a county: a room whose cases hold the person there refuses.
#[async_trait]
pub trait Leaving: Send + Sync {
    /// Passes when nothing of this room holds the person.
    ///
    /// # Errors
    /// The room's refusal, which says what must be ended first.
    async fn check(&self, tx: &Tx, elder: Key<Elder>) -> Result<()>;
}

/// Where somebody moves, when and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moving {
    /// The version of the file that the mover saw.
    pub version: i32,
    /// The new place: a county, town or village.
    pub to: Region,
    /// The new address.
    pub address: String,
    /// The day of the move; not in the future.
    pub day: NaiveDate,
    /// Why.
    pub reason: MoveReason,
}

/// What a move did or would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The file's key afterwards.
    pub key: Key<Elder>,
    /// Its number afterwards.
    pub number: String,
    /// The place before.
    pub from: Region,
    /// The place afterwards.
    pub to: Region,
    /// Whether another county is responsible from now on.
    pub leaves: bool,
    /// Portal accounts that go along.
    pub accounts: u64,
}

/// What a move needs beside the transaction.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// The database.
    pub db: &'a Db,
    /// The key store.
    pub keys: &'a Keys,
    /// Blind indexes.
    pub blinder: &'a Blinder,
    /// Who is asked before somebody leaves a county.
    pub leaving: &'a [Arc<dyn Leaving>],
}

impl fmt::Debug for Desk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Desk")
    }
}

/// Moves somebody. A trial does the same and keeps nothing.
///
/// # Errors
/// [`Refusal`]; what a [`Leaving`] room says; [`Common::NotAllowed`] for another county without the right to it.
pub async fn move_to(desk: Desk<'_>, actor: &Actor, elder: &Elder, moving: &Moving, trial: bool) -> Result<Outcome> {
    actor.may(Action::EditElder)?;
    let key = elder.key()?;
    let data_key = desk.keys.find_key(elder.id).await?.ok_or(Refusal::Erased)?;
    let mut outcome = None;
    let written = desk
        .db
        .write(Lane::Interactive, actor, async |tx| {
            outcome = Some(keep(&tx, desk, (key, &data_key), moving).await?);
            // A trial goes all the way and then takes itself back, so that it never promises what the move would refuse.
            if trial { Err(Common::Raced.into()) } else { Ok(()) }
        })
        .await;
    match (outcome, written) {
        (Some(outcome), Err(_)) if trial => Ok(outcome),
        (Some(outcome), Ok(())) => {
            if outcome.leaves {
                desk.keys.rehome(outcome.key.home, elder.id).await?;
            }
            Ok(outcome)
        }
        (_, Err(failure)) => Err(failure),
        (None, Ok(())) => Err(kernel::Failure::internal("a move that was written had an outcome")),
    }
}

async fn keep(tx: &Tx, desk: Desk<'_>, who: (Key<Elder>, &DataKey), moving: &Moving) -> Result<Outcome> {
    let (key, data_key) = who;
    let elder = queries::get(tx, &tx.actor().scope(), key).await?;
    check(tx, &elder, moving)?;
    let from = elder.place()?;
    let before = File::open(&elder, data_key)?;
    let mut after = before.clone();
    after.place = moving.to;
    if !moving.address.is_empty() && moving.address != before.details.address {
        after.details.address.clone_from(&moving.address);
        after.details.point = None;
    }
    let outcome = Outcome { key, number: elder.number.clone(), from, to: moving.to, leaves: false, accounts: 0 };
    let revision = Revision { elder, before, after, ends: Vec::new(), key: data_key.clone() };
    if county(moving.to) != county(from) {
        tx.actor().may(Action::MoveElder)?;
        for room in desk.leaving {
            room.check(tx, key).await?;
        }
        return across::go(tx, desk.blinder, &revision, moving).await;
    }
    let origin =
        Origin { source: "form", day: Some(moving.day), reason: Some(moving.reason.name()), ..Origin::default() };
    if revise(tx, desk.blinder, &revision, origin).await? { Ok(outcome) } else { Err(Refusal::SamePlace.into()) }
}

/// The county that is responsible for a place; the city where there are no counties.
fn county(place: Region) -> Option<Region> {
    place.at(Level::County).or_else(|| place.at(Level::City))
}

fn check(tx: &Tx, elder: &Elder, moving: &Moving) -> Result<(), Refusal> {
    if elder.version != moving.version {
        return Err(Refusal::Changed);
    }
    match elder.status() {
        Some(status @ (Status::MovedOut | Status::Dead | Status::Withdrawn)) => {
            return Err(Refusal::NotHere { status: status.word().to_owned() });
        }
        _ if elder.moved_to.is_some() => return Err(Refusal::NotHere { status: Status::MovedOut.word().to_owned() }),
        _ => {}
    }
    if county(moving.to).is_none() || !places::exists(moving.to) {
        return Err(Refusal::NoSuchPlace);
    }
    if moving.to.code() == elder.place && moving.address.is_empty() {
        return Err(Refusal::SamePlace);
    }
    let opened = business_day(elder.registered_at);
    if moving.day > tx.today() || moving.day < opened {
        return Err(Refusal::MoveDay { first: opened.to_string() });
    }
    Ok(())
}
