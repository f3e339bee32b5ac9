//! Care: what may be ordered ([`catalogue`]), orders and their way to a rated service ([`orders`]), and what happens at
//! the door ([`visits`]).

pub mod catalogue;
pub mod orders;
pub mod visits;
mod words;

use chrono::NaiveDate;
use kernel::{Region, Result};
use store::{
    rulebooks::{self, Rules},
    sea_orm::ConnectionTrait,
    tables::{Class, Declared},
};

/// The tables of this crate.
pub const TABLES: &[Declared] =
    &[("orders", Class::Distributed), ("visits", Class::Distributed), ("evidence", Class::Distributed)];

/// The rulebook that holds, or our defaults where no authority enacted one.
pub(crate) async fn rules_or_default<R: Rules + Default>(
    db: &impl ConnectionTrait,
    place: Region,
    day: NaiveDate,
) -> Result<R> {
    match rulebooks::get::<R>(db, place, day).await {
        Ok(book) => Ok(book.body),
        Err(failure) if failure.code() == Some("rulebook.missing") => Ok(R::default()),
        Err(failure) => Err(failure),
    }
}

/// This crate as a room.
#[must_use]
pub fn module() -> web::module::Module {
    web::module::Module { tables: TABLES, ..web::module::Module::new("care") }
}
