//! The versions of a rulebook as an administrator of a place meets them: all of them, one, and the lines of a history.

use chrono::NaiveDate;
use kernel::{Common, Result};
use registry::places;
use store::rulebooks::{self, Rules, Version};
use uuid::Uuid;
use web::{accounts, session::Session, state::AppState};

/// The versions that were made for the actor's place or above it, those that begin last first.
pub(crate) async fn all<R: Rules>(state: &AppState, session: &Session) -> Result<Vec<Version<R>>> {
    match session.actor.acting.place {
        Some(place) => rulebooks::history(&state.db, place).await,
        None => Ok(Vec::new()),
    }
}

/// One of them; what was made elsewhere is not there.
pub(crate) async fn get<R: Rules>(state: &AppState, session: &Session, id: Uuid) -> Result<Version<R>> {
    let found = all(state, session).await?.into_iter().find(|version| version.book.id == id);
    found.ok_or_else(|| Common::NotFound.into())
}

/// A version in a history.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) id: Uuid,
    /// Where it was made; none for the nation.
    pub(crate) made_at: Option<String>,
    pub(crate) from: NaiveDate,
    pub(crate) until: Option<NaiveDate>,
    pub(crate) number: i32,
    /// What the page counts in it.
    pub(crate) n: usize,
    pub(crate) signed_by: String,
    pub(crate) standing: Standing,
}

/// Whether a version decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It decides today.
    Now,
    /// It will.
    Later,
    /// It did, or a nearer one decides.
    Past,
}

impl Standing {
    pub(crate) const fn sign(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Now => ("circle-check", "正在用", "good"),
            Self::Later => ("hourglass", "还没到期", "info"),
            Self::Past => ("history", "不再用", "mute"),
        }
    }
}

/// The lines of a history, each with what `count` finds in it.
pub(crate) async fn lines<R: Rules>(
    state: &AppState,
    session: &Session,
    count: impl Fn(&R) -> usize,
) -> Result<Vec<Line>> {
    let today = state.clock().today();
    let decides = match session.actor.acting.place {
        Some(place) => rulebooks::find::<R>(&state.db, place, today).await?.map(|book| book.id),
        None => None,
    };
    let found = all::<R>(state, session).await?;
    let signers: Vec<Uuid> = found.iter().filter_map(|version| account_of(&version.signed_by)).collect();
    let names = accounts::names(&state.db, &signers).await?;
    let line = |version: Version<R>| Line {
        id: version.book.id,
        made_at: version.book.place.and_then(places::full_name),
        from: version.book.valid_from,
        until: version.until,
        number: version.number,
        n: count(&version.book.body),
        standing: if decides == Some(version.book.id) {
            Standing::Now
        } else if version.book.valid_from > today {
            Standing::Later
        } else {
            Standing::Past
        },
        signed_by: account_of(&version.signed_by).and_then(|id| names.get(&id).cloned()).unwrap_or(version.signed_by),
    };
    Ok(found.into_iter().map(line).collect())
}

/// The account of a signature, when an account signed.
fn account_of(signed_by: &str) -> Option<Uuid> {
    signed_by.strip_prefix("account:")?.parse().ok()
}

impl Line {
    /// One of each standing, for the samples of a history.
    pub(crate) fn samples(day: NaiveDate, n: usize) -> Vec<Self> {
        let line = |standing, made_at: Option<&str>, until| Self {
            id: Uuid::nil(),
            made_at: made_at.map(str::to_owned),
            from: day,
            until,
            number: 2,
            n,
            signed_by: "周敏".into(),
            standing,
        };
        let here = Some("河南省许昌市魏都区");
        vec![line(Standing::Later, here, None), line(Standing::Now, here, Some(day)), line(Standing::Past, None, None)]
    }
}
