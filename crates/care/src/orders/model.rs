//! The row of an order, and the typed status inside it.

use chrono::{DateTime, Utc};
use kernel::{Failure, Fen, Home, Key, Region, Result};
use sea_orm::entity::prelude::*;

use super::{Channel, Confirmation, Crew, Score, Span, Stage, Status, Step};
use crate::catalogue::{Class, Parts};

/// An order's row of the table `orders`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "orders")]
pub struct Model {
    /// The elder's home when it was placed.
    #[sea_orm(primary_key, auto_increment = false)]
    pub home: i32,
    /// The order.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Where the elder lives.
    pub place: i64,
    /// `20261121-411002-00482`.
    pub number: String,
    /// The elder, of the same home.
    pub elder: Uuid,
    /// Code in the price book.
    pub item: String,
    /// The item's name when it was placed.
    pub item_name: String,
    /// [`Class`].
    pub class: i16,
    /// Planned time, in minutes.
    pub minutes: i32,
    /// Time below which the visit is too short, in minutes.
    pub least_minutes: i32,
    /// Two workers come.
    pub pair: bool,
    /// Earliest arrival.
    pub window_start: DateTime<Utc>,
    /// Latest arrival.
    pub window_end: DateTime<Utc>,
    /// [`Channel`].
    pub channel: i16,
    /// The price, frozen.
    pub price_fen: i64,
    /// What the public purse pays.
    pub subsidy_fen: i64,
    /// What the elder pays.
    pub own_fen: i64,
    /// The price book that said so.
    pub rulebook: Uuid,
    /// The organisation that serves; none until one is chosen.
    pub provider: Option<Uuid>,
    /// The lead of the crew.
    pub worker: Option<Uuid>,
    /// The second of a pair.
    pub second: Option<Uuid>,
    /// [`Stage`].
    pub status: i16,
    /// How often it was given back.
    pub tries: i16,
    /// Until when the present stage should end; none when nothing is left to do.
    pub due_at: Option<DateTime<Utc>>,
    /// When the phone of the one who is asked received the offer; none before, and in all other stages.
    pub seen_at: Option<DateTime<Utc>>,
    /// When it was placed.
    pub placed_at: DateTime<Utc>,
    /// Check-in.
    pub started_at: Option<DateTime<Utc>>,
    /// Check-out.
    pub ended_at: Option<DateTime<Utc>>,
    /// [`Confirmation`].
    pub confirmed_how: Option<i16>,
    /// 1 to 5.
    pub score: Option<i16>,
    /// When it was completed, cancelled or aborted.
    pub closed_at: Option<DateTime<Utc>>,
    /// Sealed note for the worker.
    pub note_sealed: Option<Vec<u8>>,
    /// Sealed words of the rating.
    pub rating_sealed: Option<Vec<u8>>,
    /// Grows with each write.
    pub version: i32,
}

/// No relations: rooms join by query.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// A row to be written whole: for bulk loads that make their orders through [`Status`].
#[must_use]
pub fn row(order: Model) -> ActiveModel {
    ActiveModel::from(order).reset_all()
}

impl Model {
    /// The key.
    ///
    /// # Errors
    /// When the stored home is none.
    pub fn key(&self) -> Result<Key<Self>> {
        Ok(Key::new(self.home()?, self.id))
    }

    /// The home.
    ///
    /// # Errors
    /// When the stored number is none.
    pub fn home(&self) -> Result<Home> {
        Ok(Home::new(self.home)?)
    }

    /// Where the elder lives.
    ///
    /// # Errors
    /// When the stored number is no place.
    pub fn place(&self) -> Result<Region> {
        Ok(Region::new(self.place)?)
    }

    /// The stage.
    ///
    /// # Errors
    /// When the stored code is none.
    pub fn stage(&self) -> Result<Stage> {
        Stage::of(self.status).ok_or_else(|| self.broken("status"))
    }

    /// The class of service.
    #[must_use]
    pub fn class(&self) -> Option<Class> {
        Class::of(self.class)
    }

    /// How it came in.
    #[must_use]
    pub fn channel(&self) -> Option<Channel> {
        Channel::of(self.channel)
    }

    /// Who pays what.
    #[must_use]
    pub const fn parts(&self) -> Parts {
        Parts { price: Fen(self.price_fen), subsidy: Fen(self.subsidy_fen), own: Fen(self.own_fen) }
    }

    /// Where it stands, with what is known there.
    ///
    /// # Errors
    /// When the row lacks what its stage needs.
    pub fn status(&self) -> Result<Status> {
        let crew = || {
            let lead = self.worker.ok_or_else(|| self.broken("worker"))?;
            Ok::<_, Failure>(Crew { lead, second: self.second })
        };
        let from = || self.started_at.ok_or_else(|| self.broken("started_at"));
        let span = || {
            let to = self.ended_at.ok_or_else(|| self.broken("ended_at"))?;
            Ok::<_, Failure>(Span { from: from()?, to })
        };
        let how = || self.confirmed_how.and_then(Confirmation::of).ok_or_else(|| self.broken("confirmed_how"));
        Ok(match self.stage()? {
            Stage::Placed => Status::Placed,
            Stage::Accepted => Status::Accepted,
            Stage::Offered => Status::Offered(crew()?),
            Stage::Taken => Status::Taken(crew()?),
            Stage::Serving => Status::Serving(crew()?, from()?),
            Stage::Served => Status::Served(crew()?, span()?),
            Stage::Confirmed => Status::Confirmed(crew()?, span()?, how()?),
            Stage::Completed => {
                let score = self.score.map(Score::new).transpose().map_err(|_| self.broken("score"))?;
                Status::Completed(crew()?, span()?, how()?, score)
            }
            Stage::Cancelled => Status::Cancelled,
            Stage::Aborted => Status::Aborted(crew()?, from()?),
        })
    }

    fn broken(&self, column: &str) -> Failure {
        Failure::internal(format!("order {} has no sound {column}", self.id))
    }

    /// The row after a move; version, deadline and the columns that no status holds stay.
    ///
    /// # Errors
    /// What [`Status::step`] refuses; internal failures.
    pub fn step(&self, step: Step) -> Result<Self> {
        Ok(self.at(self.status()?.step(step)?))
    }

    /// The row at a status.
    #[must_use]
    pub fn at(&self, status: Status) -> Self {
        let crew = status.crew();
        let mut next = self.clone();
        next.status = status.stage().code();
        next.worker = crew.map(|crew| crew.lead);
        next.second = crew.and_then(|crew| crew.second);
        next.seen_at = self.seen_at.filter(|_| matches!(status, Status::Offered(_)));
        (next.started_at, next.ended_at) = match status {
            Status::Serving(_, from) | Status::Aborted(_, from) => (Some(from), None),
            Status::Served(_, span) | Status::Confirmed(_, span, _) | Status::Completed(_, span, ..) => {
                (Some(span.from), Some(span.to))
            }
            _ => (None, None),
        };
        next.confirmed_how = match status {
            Status::Confirmed(_, _, how) | Status::Completed(_, _, how, _) => Some(how.code()),
            _ => None,
        };
        next.score = match status {
            Status::Completed(.., score) => score.map(Score::number),
            _ => None,
        };
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::testing::order;

    #[test]
    fn a_row_keeps_each_status_whole() {
        let crew = Crew { lead: Uuid::from_u128(1), second: Some(Uuid::from_u128(2)) };
        let (from, to) = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + chrono::TimeDelta::hours(1));
        let (span, how) = (Span { from, to }, Confirmation::Family);
        for status in [
            Status::Placed,
            Status::Accepted,
            Status::Offered(crew),
            Status::Taken(crew),
            Status::Serving(crew, from),
            Status::Served(crew, span),
            Status::Confirmed(crew, span, how),
            Status::Completed(crew, span, how, Score::new(2).ok()),
            Status::Completed(crew, span, Confirmation::Silence, None),
            Status::Cancelled,
            Status::Aborted(crew, from),
        ] {
            assert_eq!(order().at(status).status().unwrap(), status);
        }
    }

    #[test]
    fn a_row_that_lacks_what_its_stage_needs_is_a_fault_not_a_guess() {
        let mut row = order().at(Status::Offered(Crew { lead: Uuid::nil(), second: None }));
        row.worker = None;
        assert!(matches!(row.status(), Err(Failure::Internal(_))));
        row.status = 33;
        assert!(row.status().is_err());
    }
}
