//! The service catalogue: the seven classes of GB/T 43153-2023 ([`Class`], [`SUB_ITEMS`]), the price book that an
//! authority keeps ([`PriceBook`], rulebook `care.prices`) and the menu that holds at a place on a day ([`menu`]).

pub mod actions;
pub mod api;
mod book;
mod changes;
mod class;
mod national;
pub mod pages;
pub mod prices;

use chrono::NaiveDate;
use kernel::{Region, Result};
use sea_orm::ConnectionTrait;
use store::{
    Tx,
    rulebooks::{self, Rulebook},
};
use uuid::Uuid;

pub use book::{Item, Parts, PriceBook, Share, Subsidy, Unit, Wanted};
pub use changes::{Change, What, changes};
pub use class::{Class, SUB_ITEMS, SubItem};
pub use national::national;

/// What may be ordered at a place on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Menu {
    /// The rulebook behind it; an order keeps it.
    pub rulebook: Uuid,
    /// Where the book was made; none for the nation.
    pub made_at: Option<Region>,
    /// Since when it holds.
    pub valid_from: NaiveDate,
    /// The book.
    pub book: PriceBook,
}

impl From<Rulebook<PriceBook>> for Menu {
    fn from(found: Rulebook<PriceBook>) -> Self {
        Self { rulebook: found.id, made_at: found.place, valid_from: found.valid_from, book: found.body }
    }
}

impl Menu {
    /// The classes that have lines, each with its lines.
    pub fn classes(&self) -> impl Iterator<Item = (Class, Vec<&Item>)> {
        Class::ALL
            .iter()
            .map(|class| (*class, self.book.items.iter().filter(|item| item.class() == *class).collect::<Vec<_>>()))
            .filter(|(_, items)| !items.is_empty())
    }
}

/// The menu that holds at `place` on `day`: the nearest price book up the tree.
///
/// # Errors
/// [`rulebooks::Refusal::Missing`] where none holds; internal failures.
pub async fn menu(db: &impl ConnectionTrait, place: Region, day: NaiveDate) -> Result<Menu> {
    Ok(rulebooks::get(db, place, day).await?.into())
}

/// The menu that holds at `place` on `day`; none where no price book holds.
///
/// # Errors
/// Internal failures only.
pub async fn find_menu(db: &impl ConnectionTrait, place: Region, day: NaiveDate) -> Result<Option<Menu>> {
    Ok(rulebooks::find(db, place, day).await?.map(Menu::from))
}

/// Puts a price book into force from a day on; `place` None is the nation.
///
/// # Errors
/// Invalid input when a line is faulty; [`rulebooks::Refusal::Overlap`]; internal failures.
pub async fn enact(tx: &Tx, place: Option<Region>, from: NaiveDate, book: &PriceBook) -> Result<Uuid> {
    book.check()?;
    rulebooks::enact(tx, place, from, book).await
}
