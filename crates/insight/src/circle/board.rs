//! What the page of a place shows, read from rows by key.

use std::sync::Arc;

use chrono::NaiveDate;
use kernel::{Common, Instant, Level, Region, Result, Scope};
use registry::places;
use serde::Deserialize;
use store::{Db, jobs};

use super::{
    Circle,
    figures::{self, ByPlace, Reached},
    kinds::{self, Group, Walk},
    refusal::Refusal,
};
use crate::{
    dashboards::{Share, board::inside},
    statistics::reading,
};

/// What the address says.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Asked {
    /// A code of [`Walk`].
    #[serde(default)]
    pub kind: String,
    /// 5, 10 or 15.
    pub minutes: Option<u32>,
    /// A code of [`Group`].
    #[serde(default)]
    pub group: String,
    /// The day; the last one when left out.
    #[serde(default)]
    pub day: String,
    /// The day it is compared with.
    #[serde(default)]
    pub than: String,
    /// The key of the siting that is looked at; the latest of the place when left out.
    #[serde(default)]
    pub siting: String,
}

/// Which figure is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Kind of facility.
    pub walk: Walk,
    /// Minutes on foot.
    pub minutes: u32,
    /// Group of elders.
    pub group: Group,
}

impl Asked {
    /// Which figure is asked for.
    #[must_use]
    pub fn look(&self) -> Look {
        Look { walk: Walk::named(&self.kind), minutes: kinds::minutes(self.minutes), group: Group::named(&self.group) }
    }
}

impl Look {
    /// The share of a place.
    #[must_use]
    pub fn share(&self, reached: &Reached) -> Share {
        reached.of(self.group).share(self.walk.number(), self.minutes)
    }

    /// The same with other minutes.
    #[must_use]
    pub const fn in_minutes(self, minutes: u32) -> Self {
        Self { minutes, ..self }
    }

    /// The same of another group.
    #[must_use]
    pub const fn of(self, group: Group) -> Self {
        Self { group, ..self }
    }

    /// For an address, without place and days.
    #[must_use]
    pub fn query(&self) -> String {
        format!("kind={}&minutes={}&group={}", self.walk.code(), self.minutes, self.group.code())
    }
}

/// A place inside.
#[derive(Clone, Debug, Default)]
pub struct Child {
    /// Which; none for the cases that are known by the wider place only.
    pub place: Option<Region>,
    /// Its name.
    pub name: String,
    /// Its counts.
    pub now: Reached,
    /// Its counts on the other day.
    pub then: Option<Reached>,
}

/// A community of which nobody walks there in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Which.
    pub place: Region,
    /// Its name, with the town's.
    pub name: String,
    /// Elders of the group on the map.
    pub elders: i64,
}

/// All that a page shows of a place.
#[derive(Clone, Debug)]
pub struct Board {
    /// Of which place.
    pub place: Region,
    /// Its name.
    pub name: String,
    /// Which figure.
    pub look: Look,
    /// The day; none while nothing was counted.
    pub day: Option<NaiveDate>,
    /// The other day.
    pub than: Option<NaiveDate>,
    /// All days that were counted, latest first.
    pub days: Vec<NaiveDate>,
    /// Its counts.
    pub now: Reached,
    /// Its counts on the other day.
    pub then: Option<Reached>,
    /// The places inside.
    pub children: Vec<Child>,
    /// The gap list, most elders first.
    pub gaps: Vec<Gap>,
    /// Communities in which elders of the group are on the map.
    pub communities: usize,
    /// When the last count began.
    pub counted_at: Option<Instant>,
    /// Whose streets were walked; nothing where their file does not say.
    pub attribution: String,
    /// A count that is waiting or under way: how far, of how many (0 while unknown), what it does.
    pub counting: Option<(i64, i64, String)>,
}

/// Reads the board of a place.
///
/// # Errors
/// [`Common::NotFound`] when there is no such place or it is not visible; [`Refusal::NoSuchDay`]; internal failures.
pub async fn read((db, circle): (&Db, &Circle), scope: &Scope, place: Region, asked: &Asked) -> Result<Board> {
    reading::visible(scope, place)?;
    let name = places::name(place).ok_or(Common::NotFound)?.to_owned();
    let (days, look) = (figures::days(db, scope, place).await?, asked.look());
    let day = of_days(&days, &asked.day)?.or_else(|| days.first().copied());
    let than = of_days(&days, &asked.than)?.filter(|than| Some(*than) != day);
    let standing = figures::standing(db, place.at(Level::City).unwrap_or(place)).await?;
    let mut board = Board {
        place,
        name,
        look,
        day,
        than,
        days,
        now: Reached::default(),
        then: None,
        children: Vec::new(),
        gaps: Vec::new(),
        communities: 0,
        counted_at: standing.counted_at,
        attribution: standing.attribution.unwrap_or_default(),
        counting: None,
    };
    if let Some(job) = standing.job
        && let Ok(job) = jobs::get(db, job).await
        && matches!(job.state.as_str(), "waiting" | "running")
    {
        board.counting = Some((job.progress, job.total, job.note));
    }
    let Some(day) = day else { return Ok(board) };
    let (inside, villages) = (inside(place), villages(place));
    let wanted: Vec<Region> = inside.iter().map(|child| child.region).chain([place]).collect();
    let now = counts((db, circle), scope, &wanted, day).await?;
    let then = match than {
        Some(than) => Some(counts((db, circle), scope, &wanted, than).await?),
        None => None,
    };
    let of = |counts: &ByPlace, place| counts.get(&place).cloned().unwrap_or_default();
    board.now = of(&now, place);
    board.then = then.as_ref().map(|then| of(then, place));
    let child = |child: places::Place| Child {
        place: Some(child.region),
        name: child.name.to_owned(),
        now: of(&now, child.region),
        then: then.as_ref().map(|then| of(then, child.region)),
    };
    board.children = inside.into_iter().map(child).collect();
    (board.gaps, board.communities) = gaps(&now, &villages, look);
    Ok(board)
}

/// What was counted in some places on a day, of which the last is the whole: of its city from memory, of a province row by
/// row.
async fn counts(
    (db, circle): (&Db, &Circle),
    scope: &Scope,
    places: &[Region],
    day: NaiveDate,
) -> Result<Arc<ByPlace>> {
    match places.last().and_then(|whole| whole.at(Level::City)) {
        Some(city) => circle.counts(db, (city, day)).await,
        None => Ok(Arc::new(figures::of_places(db, scope, places, day).await?)),
    }
}

fn of_days(days: &[NaiveDate], asked: &str) -> Result<Option<NaiveDate>> {
    if asked.is_empty() {
        return Ok(None);
    }
    let day = asked.parse().ok().filter(|day| days.contains(day));
    day.map(Some).ok_or_else(|| Refusal::NoSuchDay.into())
}

/// The communities of a place; none of a province, which has tens of thousands.
fn villages(place: Region) -> Vec<Region> {
    let counties = if place.level() == Level::City { places::children(place) } else { Vec::new() };
    let counties = counties.into_iter().map(|county| county.region).filter(|county| county.level() == Level::County);
    let homes: Vec<Region> =
        if place.level() == Level::Province { Vec::new() } else { counties.chain([place]).collect() };
    let all = homes.into_iter().flat_map(places::villages_of).map(|village| village.region);
    all.filter(|village| place.contains(*village)).collect()
}

/// The communities with elders on the map of whom nobody is reached, most elders first; and of how many.
fn gaps(counts: &ByPlace, villages: &[Region], look: Look) -> (Vec<Gap>, usize) {
    let mut gaps = Vec::new();
    let mut communities = 0;
    for village in villages {
        let Some(reached) = counts.get(village) else { continue };
        let share = look.share(reached);
        communities += usize::from(share.of > 0);
        if share.of > 0 && share.part == 0 {
            let town = village.at(Level::Town).and_then(places::name).unwrap_or_default();
            let name = format!("{}{}", town.trim_end_matches("办事处"), places::name(*village).unwrap_or_default());
            gaps.push(Gap { place: *village, name, elders: share.of });
        }
    }
    gaps.sort_by_key(|gap| (std::cmp::Reverse(gap.elders), gap.place));
    (gaps, communities)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circle::figures::Counted;

    #[test]
    fn a_community_of_which_nobody_is_reached_is_a_gap_and_the_largest_comes_first() {
        let reached = |elders, part| {
            let all = Counted { elders, within: vec![[0, 0, part]], ..Counted::default() };
            Reached { groups: [all, Counted::default(), Counted::default()], ..Reached::default() }
        };
        let place = |code: i64| Region::new(code).unwrap();
        let villages: Vec<_> = (1..=4).map(|n| place(411_002_001_000 + n)).collect();
        let counts = [(villages[0], reached(3, 0)), (villages[1], reached(9, 0)), (villages[2], reached(9, 1))];
        let look = Look { minutes: 15, ..Look::default() };
        let (gaps, communities) = gaps(&ByPlace::from(counts), &villages, look);
        assert_eq!(gaps.iter().map(|gap| gap.elders).collect::<Vec<_>>(), [9, 3]);
        assert_eq!(communities, 3);
    }

    #[test]
    fn a_city_has_the_villages_of_all_its_counties_and_a_town_its_own() {
        assert!(villages("4110".parse().unwrap()).len() > 2_000);
        let town: Region = "411002001".parse().unwrap();
        assert!(villages(town).iter().all(|village| town.contains(*village)));
        assert!(villages("41".parse().unwrap()).is_empty());
    }
}
