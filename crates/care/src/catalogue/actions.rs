//! Enacting price books.

use chrono::{Days, NaiveDate};
use kernel::{Action, Failure, Refused, Result, refusals};
use store::Tx;
use uuid::Uuid;

use super::PriceBook;

refusals! {
    /// How enacting price books says no.
    pub enum Refusal {
        /// It would begin today or before: orders of that day have their prices already.
        TooEarly { day: String } => (Invalid, "prices.too_early", "新价目最早从 {day} 起生效，已下的单不改价"),
        /// It would begin too far ahead.
        TooFar => (Invalid, "prices.too_far", "生效日期最远在一年之内"),
        /// It says what the book before says.
        Unchanged => (Invalid, "prices.unchanged", "和现在的价目一样，没有要改的"),
        /// No line.
        Empty => (Invalid, "prices.empty", "价目里至少要有一个项目"),
        /// The page that was sent is none of ours.
        Unreadable => (Invalid, "prices.unreadable", "价目读不懂，请回到编辑页重做"),
    }
}

/// Puts a book into force at the place of the actor, from tomorrow at the earliest. Orders that were placed keep the
/// price and the book of their placing.
///
/// # Errors
/// [`Refusal`]; invalid input when a line is faulty; [`store::rulebooks::Refusal`]; [`kernel::Common::NotAllowed`].
pub async fn replace(tx: &Tx, from: NaiveDate, book: &PriceBook) -> Result<Uuid> {
    tx.actor().may(Action::EnactPrices)?;
    let place = tx.actor().acting.place.ok_or(kernel::Common::NotAllowed)?;
    check(tx.today(), from, book)?;
    if super::find_menu(tx, place, from).await?.is_some_and(|before| before.book == *book) {
        return Err(Refusal::Unchanged.into());
    }
    super::enact(tx, Some(place), from, book).await
}

/// What can be said about a book without looking anything up.
///
/// # Errors
/// [`Refusal`]; invalid input when a line is faulty.
pub fn check(today: NaiveDate, from: NaiveDate, book: &PriceBook) -> Result<(), Refused> {
    let tomorrow = today + Days::new(1);
    if from < tomorrow {
        return Err(Refusal::TooEarly { day: tomorrow.to_string() }.into());
    }
    if from > today + Days::new(366) {
        return Err(Refusal::TooFar.into());
    }
    if book.items.is_empty() {
        return Err(Refusal::Empty.into());
    }
    book.check()
}

/// A book as the pages carry it from the preview to the enactment.
///
/// # Errors
/// [`Refusal::Unreadable`].
pub fn read(json: &str) -> Result<PriceBook> {
    serde_json::from_str(json).map_err(|_| Failure::from(Refusal::Unreadable))
}
