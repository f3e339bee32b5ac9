//! The tokens of programs, as an administrator makes and revokes them. The secret stands on one answer and nowhere else;
//! so a token is made on the page, not by the API, whose answers are kept for a day to be replayed.

pub mod api;
pub mod pages;
mod refusal;

use chrono::TimeDelta;
use kernel::{Action, Result};
use store::{Tx, blind::Blinder};
use web::tokens::{self, Made, NewToken};

pub use refusal::Refusal;

use crate::accounts::{Post, actions::at_place};

/// How long a token may work, in days.
pub const DAYS: [i64; 4] = [30, 90, 180, 365];

/// Makes a token with a post that the actor may give.
///
/// # Errors
/// [`Refusal`]; [`crate::accounts::Refusal`]; [`kernel::Common::NotAllowed`].
pub async fn make(tx: &Tx, blinder: &Blinder, (name, days): (&str, i64), post: &Post) -> Result<Made> {
    tx.actor().may(Action::ManageTokens)?;
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 40 {
        return Err(Refusal::NameWanted.into());
    }
    if !DAYS.contains(&days) {
        return Err(Refusal::DaysWanted.into());
    }
    let (grant, _) = at_place(tx, post)?;
    let new = NewToken { name: name.to_owned(), grant, valid: TimeDelta::days(days) };
    tokens::make(tx, blinder, new).await
}

/// Revokes one of the actor's scope.
///
/// # Errors
/// [`kernel::Common`].
pub async fn revoke(tx: &Tx, id: uuid::Uuid) -> Result<()> {
    tx.actor().may(Action::ManageTokens)?;
    tokens::revoke(tx, id).await
}
