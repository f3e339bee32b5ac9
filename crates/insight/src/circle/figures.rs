//! How many elders of a place walk to what in how many minutes, as counted on a day: one row per place of each level and
//! home. Each query names its rows by key; adding up happens here.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use kernel::{Home, Instant, Level, Region, Result, Scope};
use sea_orm::{
    ConnectionTrait,
    sea_query::{DeleteStatement, Expr, ExprTrait, OnConflict, Order, Query, SelectStatement},
};
use serde::{Deserialize, Serialize};
use store::{Db, Tx, homes};

use super::kinds::{Group, KINDS, MINUTES, Walk};
use crate::{dashboards::Share, statistics::reading};

/// Places named in one statement.
const STATEMENT_PLACES: usize = 500;
/// Rows of one INSERT: four values each.
const STATEMENT_ROWS: usize = 500;
/// Days offered for a comparison.
const DAYS: u64 = 60;

/// A group of the elders of a place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Those who live at home.
    #[serde(rename = "n")]
    pub elders: i64,
    /// Those of them whose address nobody has found on a map.
    #[serde(rename = "u")]
    pub unlocated: i64,
    /// Those on the map with no street near.
    #[serde(rename = "f")]
    pub far: i64,
    /// Those whose street leads to no facility of any kind.
    #[serde(rename = "c")]
    pub unconnected: i64,
    /// By kind ([`Walk::ALL`]) and minutes ([`MINUTES`]): those who walk there in time.
    #[serde(rename = "w")]
    pub within: Vec<[i64; MINUTES.len()]>,
}

impl Counted {
    /// Those on the map.
    #[must_use]
    pub const fn located(&self) -> i64 {
        self.elders - self.unlocated
    }

    /// Those who walk to a kind within so many minutes.
    #[must_use]
    pub fn reached(&self, kind: usize, minutes: u32) -> i64 {
        let at = MINUTES.iter().position(|known| *known == minutes).unwrap_or(MINUTES.len() - 1);
        self.within.get(kind).map_or(0, |within| within[at])
    }

    /// The share of those on the map.
    #[must_use]
    pub fn share(&self, kind: usize, minutes: u32) -> Share {
        Share { part: self.reached(kind, minutes), of: self.located() }
    }

    fn add(&mut self, other: &Self) {
        self.elders += other.elders;
        self.unlocated += other.unlocated;
        self.far += other.far;
        self.unconnected += other.unconnected;
        self.within.resize(self.within.len().max(other.within.len()), [0; MINUTES.len()]);
        for (sum, more) in self.within.iter_mut().zip(&other.within) {
            sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        }
    }
}

/// All that is counted of a place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// By group ([`Group::ALL`]).
    #[serde(rename = "g")]
    pub groups: [Counted; Group::ALL.len()],
    /// Working facilities that stand there, by kind ([`Walk::ALL`]).
    #[serde(rename = "s")]
    pub facilities: Vec<i64>,
}

impl Reached {
    /// A group.
    #[must_use]
    pub const fn of(&self, group: Group) -> &Counted {
        match group {
            Group::All => &self.groups[0],
            Group::Aged => &self.groups[1],
            Group::Alone => &self.groups[2],
        }
    }

    /// Adds another place's counts.
    pub fn add(&mut self, other: &Self) {
        for (sum, more) in self.groups.iter_mut().zip(&other.groups) {
            sum.add(more);
        }
        self.facilities.resize(KINDS, 0);
        self.facilities.iter_mut().zip(&other.facilities).for_each(|(sum, more)| *sum += more);
    }

    /// Facilities of a kind.
    #[must_use]
    pub fn facilities(&self, walk: Walk) -> i64 {
        self.facilities.get(walk.number()).copied().unwrap_or(0)
    }
}

/// Counts by place.
pub type ByPlace = BTreeMap<Region, Reached>;

/// What was counted for places on a day; the places without a count are absent.
///
/// # Errors
/// [`kernel::Common::NotFound`] when one of the places is not visible; internal failures.
pub async fn of_places(db: &Db, scope: &Scope, places: &[Region], day: NaiveDate) -> Result<ByPlace> {
    for place in places {
        reading::visible(scope, *place)?;
    }
    let mut found = ByPlace::new();
    for statement in statements(db, places, day).await? {
        for row in db.query_all(&statement).await? {
            let (area, body): (i64, String) = (row.try_get("", "area")?, row.try_get("", "body")?);
            found.entry(Region::new(area)?).or_default().add(&serde_json::from_str(&body)?);
        }
    }
    Ok(found)
}

/// What was counted in all places of a city on a day.
///
/// # Errors
/// Internal failures only.
pub(super) async fn of_city(db: &Db, city: Region, day: NaiveDate) -> Result<ByPlace> {
    let mut found = ByPlace::new();
    for home in homes_of(db, city).await? {
        for row in db.query_all(&of_home(home, day)).await? {
            let (area, body): (i64, String) = (row.try_get("", "area")?, row.try_get("", "body")?);
            found.entry(Region::new(area)?).or_default().add(&serde_json::from_str(&body)?);
        }
    }
    Ok(found)
}

/// The statement of the counts of a home on a day; for the plan test too.
#[must_use]
pub fn of_home(home: Home, day: NaiveDate) -> SelectStatement {
    Query::select()
        .columns(["area", "body"])
        .from("circle_figures")
        .and_where(Expr::col("home").eq(home.number()))
        .and_where(Expr::col("day").eq(day))
        .to_owned()
}

/// The statements that [`of_places`] runs, for tests of their plans.
///
/// # Errors
/// Internal failures only.
pub async fn statements(db: &Db, places: &[Region], day: NaiveDate) -> Result<Vec<SelectStatement>> {
    let mut groups = BTreeMap::<Vec<Home>, Vec<Region>>::new();
    for place in places {
        groups.entry(homes_of(db, *place).await?).or_default().push(*place);
    }
    let chunks =
        groups.iter().flat_map(|(homes, places)| places.chunks(STATEMENT_PLACES).map(move |some| (homes, some)));
    Ok(chunks.map(|(homes, places)| select(homes, places, day)).collect())
}

fn select(homes: &[Home], places: &[Region], day: NaiveDate) -> SelectStatement {
    Query::select()
        .columns(["area", "body"])
        .from("circle_figures")
        .and_where(Expr::col("home").is_in(homes.iter().map(|home| home.number())))
        .and_where(Expr::col("area").is_in(places.iter().map(|place| place.code())))
        .and_where(Expr::col("day").eq(day))
        .to_owned()
}

/// Under which homes the counts of a place stand: the county's, or those of all counties of a city.
async fn homes_of(db: &Db, place: Region) -> Result<Vec<Home>> {
    let mut found = match place.level() {
        Level::City | Level::Province => homes::of_range(db, place.range()).await?,
        Level::County | Level::Town | Level::Village => Vec::new(),
    };
    found.extend(place.home());
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// The statement that finds the days on which a place was counted.
fn days_statement(home: Home, place: Region) -> SelectStatement {
    Query::select()
        .column("day")
        .from("circle_figures")
        .and_where(Expr::col("home").eq(home.number()))
        .and_where(Expr::col("area").eq(place.code()))
        .order_by("day", Order::Desc)
        .limit(DAYS)
        .to_owned()
}

/// The days on which a place was counted, latest first, at most sixty.
///
/// # Errors
/// [`kernel::Common::NotFound`] when the place is not visible; internal failures.
pub async fn days(db: &Db, scope: &Scope, place: Region) -> Result<Vec<NaiveDate>> {
    reading::visible(scope, place)?;
    let mut days = BTreeSet::new();
    for home in homes_of(db, place).await? {
        for row in db.query_all(&days_statement(home, place)).await? {
            days.insert(row.try_get::<NaiveDate>("", "day")?);
        }
    }
    Ok(days.into_iter().rev().collect())
}

/// Writes what was counted today in the places of some homes; a second time on a day replaces the first.
///
/// # Errors
/// Internal failures only.
pub async fn write(tx: &Tx, rows: &[(Home, Region, String)], day: NaiveDate) -> Result<()> {
    for chunk in rows.chunks(STATEMENT_ROWS) {
        let mut insert = Query::insert();
        insert.into_table("circle_figures").columns(["home", "area", "day", "body"]);
        for (home, place, body) in chunk {
            insert.values([home.number().into(), place.code().into(), day.into(), body.as_str().into()])?;
        }
        let key = OnConflict::columns(["home", "area", "day"]).update_column("body").to_owned();
        tx.execute(insert.on_conflict(key)).await?;
    }
    Ok(())
}

/// The statement of [`forget`]; for the plan test too.
#[must_use]
pub fn forgetting(home: Home, before: NaiveDate) -> DeleteStatement {
    Query::delete()
        .from_table("circle_figures")
        .and_where(Expr::col("home").eq(home.number()))
        .and_where(Expr::col("day").lt(before))
        .to_owned()
}

/// Forgets what was counted under some homes before a day, of places that are gone, too; how many rows.
///
/// # Errors
/// Internal failures only.
pub async fn forget(tx: &Tx, homes: &BTreeSet<Home>, before: NaiveDate) -> Result<u64> {
    let mut forgotten = 0;
    for home in homes {
        forgotten += tx.execute(&forgetting(*home, before)).await?.rows_affected();
    }
    Ok(forgotten)
}

/// How a city stands: when it was counted, and whether something changed since.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The last change of something that counts.
    pub changed_at: Option<Instant>,
    /// The job that counts, or counted last.
    pub job: Option<uuid::Uuid>,
    /// When the last count began.
    pub counted_at: Option<Instant>,
    /// Its business day.
    pub counted_on: Option<NaiveDate>,
    /// Whose streets were walked; to be shown wherever the counts are.
    pub attribution: Option<String>,
}

/// How a city stands.
///
/// # Errors
/// Internal failures only.
pub async fn standing(db: &impl ConnectionTrait, city: Region) -> Result<Standing> {
    let select = Query::select()
        .columns(["changed_at", "job", "counted_at", "counted_on", "attribution"])
        .from("circle_cities")
        .and_where(Expr::col("city").eq(city.code()))
        .to_owned();
    let Some(row) = db.query_one(&select).await? else { return Ok(Standing::default()) };
    Ok(Standing {
        changed_at: row.try_get("", "changed_at")?,
        job: row.try_get("", "job")?,
        counted_at: row.try_get("", "counted_at")?,
        counted_on: row.try_get("", "counted_on")?,
        attribution: row.try_get("", "attribution")?,
    })
}

/// Notes something about a city.
pub(super) async fn note(tx: &Tx, city: Region, what: &[(&'static str, Expr)]) -> Result<()> {
    let mut insert = Query::insert();
    let columns = std::iter::once("city").chain(what.iter().map(|(column, _)| *column));
    let values = std::iter::once(city.code().into()).chain(what.iter().map(|(_, value)| value.clone()));
    insert.into_table("circle_cities").columns(columns).values(values)?;
    let key = OnConflict::column("city").update_columns(what.iter().map(|(column, _)| *column)).to_owned();
    tx.execute(insert.on_conflict(key)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(elders: i64, within: [i64; 3]) -> Counted {
        Counted { elders, unlocated: 1, within: vec![within], ..Counted::default() }
    }

    #[test]
    fn a_share_is_of_those_on_the_map() {
        let counted = counted(101, [20, 50, 80]);
        assert_eq!(counted.share(0, 15), Share { part: 80, of: 100 });
        assert_eq!(counted.share(0, 5), Share { part: 20, of: 100 });
        assert_eq!(counted.share(3, 15).part, 0);
    }

    #[test]
    fn places_add_up_group_by_group() {
        let one = Reached {
            groups: [counted(10, [1, 2, 3]), counted(5, [0, 1, 1]), Counted::default()],
            ..Reached::default()
        };
        let mut sum = one.clone();
        sum.add(&one);
        assert_eq!(sum.of(Group::All).within, [[2, 4, 6]]);
        assert_eq!((sum.of(Group::Aged).elders, sum.of(Group::Aged).unlocated), (10, 2));
        let text = serde_json::to_string(&sum).unwrap();
        assert_eq!(serde_json::from_str::<Reached>(&text).unwrap(), sum);
    }
}
