//! What a dashboard shows of a place, read in a handful of queries by key.

use chrono::NaiveDate;
use kernel::{Common, Level, Region, Result, Scope};
use registry::places::{self, Place};
use store::Db;

use crate::statistics::{
    Measure, measures as m,
    reading::{self, Days, Figures, Freshness},
};

/// Days of the trend and of the rates, today included.
pub const DAYS: i64 = 30;

/// The age bands, youngest first.
const BANDS: [&str; 6] =
    ["elders.under_60", "elders.from_60", "elders.from_70", "elders.from_80", "elders.from_90", "elders.from_100"];

/// A part of a whole, with both numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// How many of them.
    pub part: i64,
    /// Of how many.
    pub of: i64,
}

impl Share {
    /// Per cent; none of nothing.
    #[must_use]
    pub fn percent(self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "counts of orders stay far below 2^52")]
        (self.of > 0).then(|| self.part as f64 * 100.0 / self.of as f64)
    }

    /// What is left without another share.
    const fn less(self, other: Self) -> Self {
        Self { part: self.part - other.part, of: self.of - other.of }
    }
}

/// The figures of a place in a table with others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Elders in the register now.
    pub elders: i64,
    /// Orders placed today.
    pub placed: i64,
    /// Services going on now.
    pub in_service: i64,
    /// Orders completed today.
    pub completed: i64,
    /// Visits begun in time, of the visits of the last [`DAYS`] days.
    pub on_time: Share,
    /// Satisfied ratings, of the ratings of the last [`DAYS`] days.
    pub satisfied: Share,
}

/// A place inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    /// Which; none for the cases that are known by the wider place only.
    pub place: Option<Region>,
    /// Its name.
    pub name: String,
    /// Its figures.
    pub counts: Counts,
}

/// All that a dashboard shows.
#[derive(Clone, Debug)]
pub struct Board {
    /// Of which place.
    pub place: Region,
    /// Its name.
    pub name: String,
    /// The day that counts as today, and those before it.
    pub days: Days,
    /// Its figures.
    pub counts: Counts,
    /// Elders more (or fewer) than before the first day.
    pub growth: i64,
    /// Orders neither completed nor cancelled nor broken off.
    pub open: i64,
    /// Visits begun today.
    pub visits: i64,
    /// Orders completed in all days.
    pub completed: i64,
    /// Orders placed, by day.
    pub placed_by_day: Vec<i64>,
    /// Orders completed, by day.
    pub completed_by_day: Vec<i64>,
    /// Elders by age band.
    pub bands: [i64; 6],
    /// The places inside, and what belongs to none of them.
    pub children: Vec<Child>,
    /// As of when.
    pub fresh: Freshness,
}

/// The places one level down; placeholder cities (市辖区, 省直辖) give way to their counties.
pub(crate) fn inside(place: Region) -> Vec<Place> {
    let children = places::children(place).into_iter();
    children
        .flat_map(|child| if child.is_placeholder() { places::children(child.region) } else { vec![child] })
        .collect()
}

/// Reads the board of a place as of `today`.
///
/// # Errors
/// [`Common::NotFound`] when there is no such place or it is not visible; internal failures.
pub async fn read(db: &Db, scope: &Scope, place: Region, today: NaiveDate) -> Result<Board> {
    reading::visible(scope, place)?;
    let name = places::name(place).ok_or(Common::NotFound)?;
    let days = Days::last(DAYS, today);
    // Freshness first: what is counted while the figures are read can only make them newer than it says.
    let fresh = reading::freshness(db, place).await?;
    let flows = [&m::PLACED, &m::COMPLETED, &m::CHECKED_IN, &m::ON_TIME, &m::RATED, &m::SATISFIED];
    let stocks = [&m::ELDERS, &m::OPEN, &m::IN_SERVICE];
    // One day more: growth is counted from the end of the day before.
    let lines =
        reading::series(db, scope, place, &[flows.as_slice(), &stocks].concat(), Days::last(DAYS + 1, today)).await?;
    let before = lines.get(flows.len()).and_then(|elders| elders.first()).copied().unwrap_or(0);
    let lines: Vec<_> = lines.iter().map(|line| line.get(1..).unwrap_or_default()).collect();
    let [placed, completed, visits, on_time, rated, satisfied, elders, open, in_service] = lines.as_slice() else {
        unreachable!("one line for each measure")
    };
    let (last, sum) = (|line: &[i64]| line.last().copied().unwrap_or(0), |line: &[i64]| line.iter().sum::<i64>());
    let counts = Counts {
        elders: last(elders),
        placed: last(placed),
        in_service: last(in_service),
        completed: last(completed),
        on_time: Share { part: sum(on_time), of: sum(visits) },
        satisfied: Share { part: sum(satisfied), of: sum(rated) },
    };
    Ok(Board {
        place,
        name: name.to_owned(),
        days,
        growth: last(elders) - before,
        open: last(open),
        visits: last(visits),
        completed: sum(completed),
        placed_by_day: placed.to_vec(),
        completed_by_day: completed.to_vec(),
        bands: bands(db, scope, place, today).await?,
        children: children(db, scope, place, &counts, days).await?,
        counts,
        fresh,
    })
}

async fn bands(db: &Db, scope: &Scope, place: Region, today: NaiveDate) -> Result<[i64; 6]> {
    let measures: Vec<&Measure> = BANDS.iter().filter_map(|name| m::named(name)).collect();
    let figures = reading::figures(db, scope, &[place], &measures, Days::one(today)).await?;
    let mut bands = [0; 6];
    for (band, measure) in bands.iter_mut().zip(measures) {
        *band = figures.get(place, measure);
    }
    Ok(bands)
}

async fn children(db: &Db, scope: &Scope, place: Region, whole: &Counts, days: Days) -> Result<Vec<Child>> {
    let inside = inside(place);
    if inside.is_empty() {
        return Ok(Vec::new());
    }
    let regions: Vec<_> = inside.iter().map(|child| child.region).collect();
    let of_day = [&m::ELDERS, &m::PLACED, &m::IN_SERVICE, &m::COMPLETED];
    let of_days = [&m::CHECKED_IN, &m::ON_TIME, &m::RATED, &m::SATISFIED];
    let now = reading::figures(db, scope, &regions, &of_day, Days::one(days.to)).await?;
    let rates = reading::figures(db, scope, &regions, &of_days, days).await?;
    let mut children: Vec<_> = inside
        .iter()
        .map(|child| Child {
            place: Some(child.region),
            name: child.name.to_owned(),
            counts: counts(&now, &rates, child.region),
        })
        .collect();
    let rest = children.iter().fold(*whole, |rest, child| rest.less(&child.counts));
    if rest != Counts::default() {
        children.push(Child { place: None, name: String::new(), counts: rest });
    }
    Ok(children)
}

fn counts(now: &Figures, rates: &Figures, place: Region) -> Counts {
    Counts {
        elders: now.get(place, &m::ELDERS),
        placed: now.get(place, &m::PLACED),
        in_service: now.get(place, &m::IN_SERVICE),
        completed: now.get(place, &m::COMPLETED),
        on_time: Share { part: rates.get(place, &m::ON_TIME), of: rates.get(place, &m::CHECKED_IN) },
        satisfied: Share { part: rates.get(place, &m::SATISFIED), of: rates.get(place, &m::RATED) },
    }
}

impl Counts {
    fn less(self, other: &Self) -> Self {
        Self {
            elders: self.elders - other.elders,
            placed: self.placed - other.placed,
            in_service: self.in_service - other.in_service,
            completed: self.completed - other.completed,
            on_time: self.on_time.less(other.on_time),
            satisfied: self.satisfied.less(other.satisfied),
        }
    }
}

/// What the places inside are called together, in Chinese.
pub(crate) const fn label(level: Level) -> &'static str {
    match level {
        Level::Province => "分市州",
        Level::City => "分县市区",
        Level::County => "分乡镇街道",
        Level::Town | Level::Village => "分村社区",
    }
}
