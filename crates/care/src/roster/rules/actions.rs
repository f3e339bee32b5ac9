//! Enacting the rules of rosters.

use chrono::{Days, NaiveDate};
use kernel::{Action, Common, Result};
use store::{Tx, rulebooks};
use uuid::Uuid;

use super::{RosterRules, table};
use crate::roster::Refusal;

/// How far ahead rules may begin, days.
const FAR: u64 = 366;

/// Puts rules into force at the place of the actor, from tomorrow at the earliest. Plans keep the rulebook they were
/// made by.
///
/// # Errors
/// [`Refusal`]; invalid input when a norm is out of bounds; [`rulebooks::Refusal`]; [`Common::NotAllowed`].
pub async fn enact(tx: &Tx, from: NaiveDate, rules: &RosterRules) -> Result<Uuid> {
    tx.actor().may(Action::EnactRoster)?;
    let place = tx.actor().acting.place.ok_or(Common::NotAllowed)?;
    let tomorrow = tx.today() + Days::new(1);
    if from < tomorrow {
        return Err(Refusal::RulesEarly { day: tomorrow.to_string() }.into());
    }
    if from > tx.today() + Days::new(FAR) {
        return Err(Refusal::RulesFar.into());
    }
    table::check(rules)?;
    if rulebooks::get_or_default::<RosterRules>(tx, place, from).await? == *rules {
        return Err(Refusal::RulesSame.into());
    }
    rulebooks::enact(tx, Some(place), from, rules).await
}
