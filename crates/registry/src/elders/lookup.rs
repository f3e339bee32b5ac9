//! Searches by certificate number: budgeted for each user and day, and noted before the answer, found or not.

use kernel::{Common, Home, Result};
use serde::{Deserialize, Serialize};
use store::{
    Db, Lane, accesses, counters,
    rulebooks::{self, Rules},
};
use uuid::Uuid;
use web::session::Session;

use super::{
    Refusal,
    search::{Desk, Found, search},
};

/// How often one user may search by certificate number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchRules {
    /// Times a day.
    pub by_certificate_a_day: i64,
}

impl Rules for SearchRules {
    const KIND: &'static str = "registry.search";
}

/// Until an authority says otherwise.
impl Default for SearchRules {
    fn default() -> Self {
        Self { by_certificate_a_day: 60 }
    }
}

/// Searches by a certificate number.
///
/// # Errors
/// [`Refusal::SearchedEnough`] when the day's budget is spent; internal failures.
pub async fn by_certificate(desk: Desk<'_>, session: &Session, number: &str) -> Result<Found> {
    let place = session.actor.acting.place.ok_or(Common::NotAllowed)?;
    let home = Home::new(i32::try_from(place.code() / 1_000_000)?)?;
    spend(desk.db, session, home).await?;
    let found = search(desk, number, 3).await?;
    let mut subjects =
        found.elders.iter().map(|elder| Ok((elder.key()?.home, elder.id))).collect::<Result<Vec<_>>>()?;
    if subjects.is_empty() {
        // Asking whether somebody is registered is a look, too.
        subjects.push((home, Uuid::nil()));
    }
    accesses::note(desk.db, &session.actor, &subjects, "search_by_id", "").await?;
    Ok(found)
}

/// Takes one search from the day's budget.
async fn spend(db: &Db, session: &Session, home: Home) -> Result<()> {
    let day = db.clock().today();
    let place = session.actor.acting.place.ok_or(Common::NotAllowed)?;
    let most = rulebooks::get_or_default::<SearchRules>(db, place, day).await?.by_certificate_a_day;
    let name = format!("search_by_id:{}:{day}", session.account_id());
    db.write(Lane::Interactive, &session.actor, async |tx| {
        if counters::take(&tx, home, &name, 1).await? > most {
            return Err(Refusal::SearchedEnough { most }.into());
        }
        Ok(())
    })
    .await
}

/// The certificate number in what was typed, when it is one.
#[must_use]
pub fn certificate(typed: &str) -> Option<String> {
    match crate::pinyin::classify(typed) {
        crate::pinyin::Query::IdNumber(number) => Some(number),
        _ => None,
    }
}
