//! What a measure is.

use chrono::NaiveDate;
use kernel::{Region, Result};
use store::journal::Entry;

use super::Counted;

/// Something that is counted, as a room declares it.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// Stored number; stable for ever, never used again.
    pub code: i16,
    /// Name for programs: `orders.placed`.
    pub name: &'static str,
    /// Name for people, in Chinese.
    pub title: &'static str,
    /// What one is called, in Chinese: 人, 单.
    pub unit: &'static str,
    /// How it behaves over time.
    pub kind: Kind,
    /// Where it comes from.
    pub source: Source,
}

/// How a measure behaves over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Happens on a day: orders placed. Days add up.
    Flow,
    /// Stands at a number: elders in the register. Changes add up.
    Stock,
}

/// How a measure is counted.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// By what an entry of the journal says; entries of other kinds give nothing.
    Entries(fn(&Entry) -> Result<Vec<Delta>>),
    /// By the state of elders: those for whom this is true. Always a stock.
    Elders(fn(&Counted) -> bool),
}

/// One change of a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delta {
    /// The business day it belongs to.
    pub day: NaiveDate,
    /// The narrowest place it belongs to; the places above get it too.
    pub place: Region,
    /// How many more, or fewer.
    pub value: i64,
}

impl Delta {
    /// A change on the entry's own day in its own place.
    ///
    /// # Errors
    /// When the entry's place is none.
    pub fn of(entry: &Entry, value: i64) -> Result<Self> {
        Ok(Self { day: entry.business_day, place: entry.place()?, value })
    }
}
