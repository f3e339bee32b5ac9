//! What each elder is counted as. The state last counted is kept, so that every change takes out exactly what was put
//! in, whatever the order of a late entry, a birthday and a move.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use kernel::{Home, Region, Result, business_day};
use sea_orm::{
    ConnectionTrait, QueryResult, Value,
    sea_query::{Expr, ExprTrait, Query},
};
use serde::Deserialize;
use store::{Tx, bulk::Into, journal::Entry};
use uuid::Uuid;

use super::{Counted, Delta, Measure, Source, sums::Sums};

const COLUMNS: [&str; 11] =
    ["home", "elder", "place", "sex", "birth_on", "living", "tags", "status", "band", "since", "turns_on"];
/// Whose birth date is as it was: the turn belongs to the birthdays job.
const SAME: Into<11> = Into::new("census", COLUMNS).or(
    " ON CONFLICT (home, elder) DO UPDATE SET place = excluded.place, sex = excluded.sex, living = excluded.living, \
     tags = excluded.tags, status = excluded.status, band = excluded.band, since = excluded.since",
);
/// Who is new, or has another birth date.
const BORN: Into<11> = Into::new("census", COLUMNS).or(
    " ON CONFLICT (home, elder) DO UPDATE SET place = excluded.place, sex = excluded.sex, living = excluded.living, \
     tags = excluded.tags, status = excluded.status, band = excluded.band, since = excluded.since, \
     birth_on = excluded.birth_on, turns_on = excluded.turns_on",
);

/// The facts of elders' events that change what somebody is counted as.
#[derive(Debug, Default, Deserialize)]
struct Says {
    sex: Option<i16>,
    birth_year: Option<i32>,
    age: Option<i32>,
    living: Option<Living>,
    tags: Option<Vec<i16>>,
    #[serde(default)]
    tags_added: Vec<i16>,
    #[serde(default)]
    tags_removed: Vec<i16>,
    to: Option<Region>,
    status: Option<i16>,
    band_from: Option<i16>,
    band_to: Option<i16>,
}

/// A living situation, or what it was before and after.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged)]
enum Living {
    Is(i16),
    Became((i16, i16)),
}

/// The elders of one batch of one home.
#[derive(Debug)]
pub(super) struct Census {
    home: Home,
    rows: BTreeMap<Uuid, Counted>,
    births: BTreeMap<Uuid, Option<NaiveDate>>,
    changed: BTreeMap<Uuid, bool>,
}

/// Kinds of entries that change what an elder is counted as. Others (a code was issued, a value was looked at) may say
/// what they like.
const KINDS: [&str; 10] = [
    "elder.registered",
    "elder.changed",
    "elder.moved",
    "elder.departed",
    "elder.arrived",
    "elder.withdrawn",
    "elder.tags_ended",
    "elder.ended",
    "elder.erased",
    "elder.aged",
];
/// Kinds with which a person comes into a home's register.
const COMES: [&str; 2] = ["elder.registered", "elder.arrived"];

/// Whether an entry may change what an elder is counted as.
pub(super) fn is_about_elder(entry: &Entry) -> bool {
    KINDS.contains(&entry.kind.as_str())
}

impl Census {
    /// Loads what the elders of these entries are counted as, and their birth dates (facts hold the year only).
    pub(super) async fn load(tx: &Tx, home: Home, entries: &[Entry]) -> Result<Self> {
        let mut ids: Vec<_> = entries.iter().filter(|entry| is_about_elder(entry)).map(|entry| entry.subject).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut census = Self { home, rows: BTreeMap::new(), births: BTreeMap::new(), changed: BTreeMap::new() };
        for ids in ids.chunks(500) {
            let of = |table: &'static str, key: &'static str, columns: &[&'static str]| {
                let mut select = Query::select();
                select.columns(columns.iter().copied()).from(table);
                select
                    .and_where(Expr::col("home").eq(home.number()))
                    .and_where(Expr::col(key).is_in(ids.iter().copied()));
                select
            };
            for row in tx.query_all(&of("census", "elder", &COLUMNS)).await? {
                census.rows.insert(row.try_get("", "elder")?, counted(&row)?);
            }
            for row in tx.query_all(&of("elders", "id", &["id", "birth_on"])).await? {
                census.births.insert(row.try_get("", "id")?, row.try_get("", "birth_on")?);
            }
        }
        Ok(census)
    }

    /// Takes an entry: the elder's new state, and what that changes in the figures.
    pub(super) fn take(&mut self, entry: &Entry, measures: &[&'static Measure], sums: &mut Sums) -> Result<()> {
        let before = self.rows.get(&entry.subject).copied();
        let Some(after) = self.state_after(before, entry)? else { return Ok(()) };
        if before == Some(after) {
            return Ok(());
        }
        // A late change reaches back to the last one at most: before that, the elder was counted as something else.
        let day = before.map_or(entry.business_day, |before| std::cmp::max(before.since, entry.business_day));
        for measure in measures {
            let Source::Elders(holds) = measure.source else { continue };
            if let Some(before) = before {
                count(sums, measure, holds, &before.path(day), -1);
            }
            count(sums, measure, holds, &after.path(day), 1);
        }
        let new_birth = before.is_none_or(|before| before.birth_on != after.birth_on);
        *self.changed.entry(entry.subject).or_default() |= new_birth;
        self.rows.insert(entry.subject, after);
        Ok(())
    }

    /// What the elder is counted as after an entry; none when the entry is about somebody never registered here.
    fn state_after(&self, before: Option<Counted>, entry: &Entry) -> Result<Option<Counted>> {
        let says: Says = entry.facts()?;
        if let (Some(from), Some(to)) = (says.band_from, says.band_to) {
            // Already counted otherwise: the birth date was corrected, or the person registered again, meanwhile.
            return Ok(before.filter(|state| state.band == from).map(|state| Counted { band: to, ..state }));
        }
        if before.is_none() && !COMES.contains(&entry.kind.as_str()) {
            return Ok(None);
        }
        let written = business_day(entry.at);
        let known = self.births.get(&entry.subject).copied().flatten();
        let birth_on = match before {
            Some(_) if self.births.contains_key(&entry.subject) => known,
            Some(before) => before.birth_on,
            None => {
                known.or_else(|| says.birth_year.zip(says.age).and_then(|(year, age)| born_about(year, age, written)))
            }
        };
        let mut after = before.unwrap_or(Counted {
            place: entry.place()?,
            sex: 0,
            birth_on,
            living: 0,
            tags: 0,
            status: 1,
            band: 0,
            since: entry.business_day,
            turns_on: None,
        });
        if before.is_none_or(|before| before.birth_on != birth_on) {
            after = Counted { birth_on, ..after }.aged_to(written);
        }
        says.applied_to(&mut after);
        if before.is_some_and(|before| before != after) {
            after.since = std::cmp::max(after.since, entry.business_day);
        }
        Ok(Some(after))
    }

    /// Writes the changed states back.
    pub(super) async fn write(self, tx: &Tx) -> Result<()> {
        let (born, same): (Vec<_>, Vec<_>) = self.changed.iter().partition(|(_, new_birth)| **new_birth);
        for (ids, into) in [(same, SAME), (born, BORN)] {
            let rows = ids.into_iter().filter_map(|(id, _)| Some(values(self.home, *id, self.rows.get(id)?)));
            into.insert(tx, rows).await?;
        }
        Ok(())
    }
}

impl Says {
    fn applied_to(&self, state: &mut Counted) {
        let bits = |tags: &[i16]| tags.iter().fold(0_i64, |bits, tag| bits | (1 << tag));
        state.place = self.to.unwrap_or(state.place);
        state.sex = self.sex.unwrap_or(state.sex);
        state.status = self.status.unwrap_or(state.status);
        state.living = match self.living {
            Some(Living::Is(living) | Living::Became((_, living))) => living,
            None => state.living,
        };
        state.tags = self.tags.as_deref().map_or(state.tags, bits);
        state.tags = (state.tags | bits(&self.tags_added)) & !bits(&self.tags_removed);
    }
}

/// A birth date of which only the year and the age on a day are known any more: the first or last day that fits.
fn born_about(year: i32, age: i32, day: NaiveDate) -> Option<NaiveDate> {
    if day.year() - year == age { NaiveDate::from_ymd_opt(year, 1, 1) } else { NaiveDate::from_ymd_opt(year, 12, 31) }
}

/// Adds (or takes out) a person for whom `holds` along the way of states.
fn count(sums: &mut Sums, measure: &Measure, holds: fn(&Counted) -> bool, path: &[(NaiveDate, Counted)], sign: i64) {
    let mut held = false;
    for (day, state) in path {
        let holds = state.is_registered() && holds(state);
        if holds != held {
            let value = if holds { sign } else { -sign };
            sums.add(measure, Delta { day: *day, place: state.place, value });
            held = holds;
        }
    }
}

fn counted(row: &QueryResult) -> Result<Counted> {
    Ok(Counted {
        place: Region::new(row.try_get("", "place")?)?,
        sex: row.try_get("", "sex")?,
        birth_on: row.try_get("", "birth_on")?,
        living: row.try_get("", "living")?,
        tags: row.try_get("", "tags")?,
        status: row.try_get("", "status")?,
        band: row.try_get("", "band")?,
        since: row.try_get("", "since")?,
        turns_on: row.try_get("", "turns_on")?,
    })
}

fn values(home: Home, id: Uuid, state: &Counted) -> [Value; 11] {
    [
        home.number().into(),
        id.into(),
        state.place.code().into(),
        state.sex.into(),
        state.birth_on.into(),
        state.living.into(),
        state.tags.into(),
        state.status.into(),
        state.band.into(),
        state.since.into(),
        state.turns_on.into(),
    ]
}
