//! The ways of a day: along the streets of the provider's city where they are kept, else the straight line times the
//! rulebook's detour. A place that no street leads to goes by the straight line, too; plans keep what they were measured by.
//!
//! Streets are those one may walk, in both directions, compounds included; stairs count three times their length, so that
//! whoever rides goes around where that is shorter. What differs by vehicle is the speed alone.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use kernel::{Level, Region, Result};
use reach::{Hierarchy, Network, Position, Profile, Snap, Streets, UNREACHED, geo};
use registry::streets;
use rounds::{Leg, Mode, Place, Roads, Travel};
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;
use utoipa::ToSchema;
use web::state::AppState;

use super::gather::Workday;
use crate::visits::Point;

/// Who goes from visit to visit.
const GOER: Profile = Profile { stairs: Some(3.0), ..Profile::PLANNER.with_private() };
/// Cities kept in memory at once.
const CITIES: usize = 4;
/// Places between which ways are measured along streets: two bytes a pair, 36 MB.
const PLACES: usize = 6_000;
/// Metres of one step in which ways are kept; the longest is 131 km.
const STEP_M: f64 = 2.0;

/// The streets of a city, made ready.
#[derive(Debug)]
pub struct City {
    network: Network,
    hierarchy: Hierarchy,
}

/// On what a day's ways run.
#[derive(Clone, Debug)]
pub enum Ground {
    /// Straight lines.
    Bare(Why),
    /// Streets.
    Streets(Arc<City>),
}

/// Why ways are straight lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PlanStraight)]
pub enum Why {
    /// Nobody has put streets of the city there.
    NoStreets,
    /// They cannot be read.
    Unreadable,
    /// The day has too many places.
    TooMany,
}

/// By what the ways of a plan were measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "by", rename_all = "snake_case")]
#[schema(as = PlanMeasure)]
pub enum Measure {
    /// Along streets.
    Streets {
        /// Whose data they are; to be shown with the plan.
        attribution: String,
        /// Places that no street leads to: their ways are straight lines times the detour.
        off: u32,
    },
    /// By straight lines times the detour.
    Straight {
        /// Why.
        why: Why,
    },
}

impl Default for Ground {
    fn default() -> Self {
        Self::Bare(Why::NoStreets)
    }
}

/// The streets of the cities, in memory; hung into the state by the assembly. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Maps(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    data: Option<PathBuf>,
    /// Latest used last.
    held: Mutex<Vec<Held>>,
    /// One city is read at a time.
    reading: tokio::sync::Mutex<()>,
}

/// What a file held when it was read; a damaged one is not read again until it changes.
#[derive(Debug)]
struct Held {
    city: Region,
    kept_at: SystemTime,
    ground: Ground,
}

impl Maps {
    /// Over the streets of a data folder.
    #[must_use]
    pub fn new(data: &Path) -> Self {
        Self(Arc::new(Inner { data: Some(data.to_owned()), ..Inner::default() }))
    }

    /// What the assembly hung in; without it no city has streets.
    #[must_use]
    pub fn of(state: &AppState) -> Self {
        state.room::<Self>().map(|maps| (*maps).clone()).unwrap_or_default()
    }

    /// Puts the ground of the provider's city under a day.
    ///
    /// # Errors
    /// Internal failures only: streets that cannot be read are logged, and ways are straight lines.
    pub async fn under(&self, day: Workday) -> Result<Workday> {
        let ground = match day.place.at(Level::City) {
            Some(city) => self.ground(city).await?,
            None => Ground::default(),
        };
        Ok(Workday { ground, ..day })
    }

    async fn ground(&self, city: Region) -> Result<Ground> {
        let Some(data) = self.0.data.clone() else { return Ok(Ground::default()) };
        let Some(kept_at) = streets::kept_at(&data, city) else { return Ok(Ground::default()) };
        if let Some(ground) = self.held(city, kept_at) {
            return Ok(ground);
        }
        let _one = self.0.reading.lock().await;
        if let Some(ground) = self.held(city, kept_at) {
            return Ok(ground);
        }
        let ground = spawn_blocking(move || read(&data, city)).await?;
        let mut held = self.0.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|known| known.city != city);
        held.push(Held { city, kept_at, ground: ground.clone() });
        if held.len() > CITIES {
            held.remove(0);
        }
        Ok(ground)
    }

    fn held(&self, city: Region, kept_at: SystemTime) -> Option<Ground> {
        let mut held = self.0.held.lock().unwrap_or_else(PoisonError::into_inner);
        let at = held.iter().position(|known| known.city == city && known.kept_at == kept_at)?;
        let found = held.remove(at);
        let ground = found.ground.clone();
        held.push(found);
        Some(ground)
    }
}

/// Reads the streets of a city and makes them ready: three seconds for 400,000 junctions.
fn read(data: &Path, city: Region) -> Ground {
    let Ok(read) = streets::load(data, city) else { return Ground::Bare(Why::Unreadable) };
    let Some(read) = read else { return Ground::Bare(Why::NoStreets) };
    Ground::over(read).unwrap_or_else(|fault| {
        tracing::error!(%fault, city = %city.short(), "nobody can walk on these streets");
        Ground::Bare(Why::Unreadable)
    })
}

/// The places of a day: in degrees, and in metres on a plane.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spots<'a> {
    pub(super) points: &'a [Point],
    pub(super) places: &'a [Place],
}

impl Ground {
    /// Makes streets ready.
    ///
    /// # Errors
    /// When nobody can walk on them.
    pub fn over(streets: Streets) -> reach::Result<Self> {
        let network = Network::build(streets, GOER)?;
        Ok(Self::Streets(Arc::new(City { hierarchy: Hierarchy::build(&network), network })))
    }

    /// The ways between places, and what they are measured by. Straight lines are made `detour` times as long; a place
    /// further than `limit` metres from any street goes by them.
    pub(super) fn roads(&self, spots: Spots<'_>, (detour, limit): (f64, f64)) -> (Roads, Measure) {
        let city = match self {
            Self::Bare(why) => return (Roads::Straight { detour }, Measure::Straight { why: *why }),
            Self::Streets(_) if spots.places.len() > PLACES => {
                return (Roads::Straight { detour }, Measure::Straight { why: Why::TooMany });
            }
            Self::Streets(city) => city,
        };
        let (ways, off) = Ways::between(city, spots, (detour, limit));
        let attribution = city.network.streets().attribution().to_owned();
        (Roads::Given(Arc::new(ways)), Measure::Streets { attribution, off })
    }
}

/// Ways between any two places, both directions alike.
#[derive(Debug)]
struct Ways {
    /// Those of place `a` to the `a` places before it, in steps; one place after the other.
    half: Vec<u16>,
}

impl Ways {
    /// Measures all ways, and tells how many places no street leads to.
    fn between(city: &City, spots: Spots<'_>, (detour, limit): (f64, f64)) -> (Self, u32) {
        let count = spots.places.len();
        let points: Vec<Position> = spots.points.iter().map(|point| Position::new(point.0, point.1)).collect();
        let mut snaps: Vec<Option<Snap>> = vec![None; count];
        city.network.snap_all(&points, limit, |place, snap| snaps[place] = snap);
        let mut half = Vec::with_capacity(count * count.saturating_sub(1) / 2);
        let mut cut_off = vec![0_usize; count];
        city.hierarchy.table(&city.network, &snaps, |a, costs| {
            for (b, cost) in costs.iter().enumerate() {
                let (from, to) = (spots.places[a], spots.places[b]);
                let crow = (from.x - to.x).hypot(from.y - to.y);
                let by_street = (*cost != UNREACHED).then(|| geo::metres(*cost));
                let leg = |place: usize| snaps[place].map_or(0.0, |snap| geo::metres(snap.leg));
                let metres = match by_street {
                    // Doors of one yard: nobody goes out to the street and back.
                    Some(metres) if crow <= leg(a).max(leg(b)) => metres.min(crow * detour),
                    Some(metres) => metres,
                    None => {
                        (cut_off[a], cut_off[b]) = (cut_off[a] + 1, cut_off[b] + 1);
                        crow * detour
                    }
                };
                half.push((metres / STEP_M).round().min(f64::from(u16::MAX)) as u16);
            }
        });
        // A place off the streets is cut off from all others; the others only from those.
        let off = cut_off.iter().filter(|cut| **cut * 2 > count).count();
        (Self { half }, u32::try_from(off).unwrap_or(u32::MAX))
    }

    fn metres(&self, from: usize, to: usize) -> f64 {
        let (low, high) = (from.min(to), from.max(to));
        if low == high {
            return 0.0;
        }
        self.half.get(high * (high - 1) / 2 + low).map_or(f64::NAN, |steps| f64::from(*steps) * STEP_M)
    }
}

impl Travel for Ways {
    fn leg(&self, from: usize, to: usize, mode: Mode) -> Leg {
        let metres = self.metres(from, to);
        Leg { minutes: metres / mode.speed(), metres }
    }
}
