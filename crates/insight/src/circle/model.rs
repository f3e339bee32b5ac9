//! A city in memory: streets, where people live, what stands where, and who is reached. Points of persons are opened here
//! and never leave; what leaves are counts.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use chrono::NaiveDate;
use kernel::{Home, Instant, Level, Region, age_on};
use reach::{FacilityId, Fault, Network, Person, Plan, Position, Streets, geo::Plane};
use registry::elders::points::Resident;
use uuid::Uuid;

use super::{
    areas::{self, Areas},
    figures::{ByPlace, Counted, Reached},
    kinds::{Group, KINDS, MINUTES, WALKER, Walk, metres},
    missed::Missed,
};

/// The number of the circle's own minutes.
const LAST: usize = MINUTES.len() - 1;
/// Traits that are told apart of the people of a place: two bits.
const TRAITS: u32 = 4;

/// A working organisation that somebody may walk to.
#[derive(Clone, Debug, PartialEq)]
pub struct Facility {
    /// The organisation.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: registry::organisations::Kind,
    /// Where it is seated.
    pub place: Region,
    /// Where it stands.
    pub at: Position,
    /// Whether a street runs near enough; otherwise nobody walks there.
    pub stands: bool,
}

/// What a model is made of.
#[derive(Debug, Default)]
pub struct Parts {
    /// The residents.
    pub residents: Vec<Resident>,
    /// The working organisations with a point.
    pub facilities: Vec<Facility>,
    /// The day on which ages are told.
    pub today: NaiveDate,
}

/// A city in memory.
#[derive(Debug)]
pub struct Model {
    /// When its people were read.
    pub read_at: Instant,
    /// Facilities by name.
    pub facilities: Vec<Facility>,
    /// The places in which people live, by number.
    pub places: Vec<Region>,
    /// Those on the map; the place of each is its number times four plus its traits.
    people: Vec<Person>,
    /// Those whom nobody has found on the map, by place and traits.
    unlocated: Vec<[u32; TRAITS as usize]>,
    network: Arc<Network>,
    /// The flat neighbourhood of its middle, in which maps are drawn.
    plane: Plane,
    /// One plan for each of [`MINUTES`], the last from the start, the others when somebody asks.
    plans: [OnceLock<Mutex<Standing>>; MINUTES.len()],
    /// Squares of the ground by width of view.
    areas: [OnceLock<Areas>; areas::SIDES.len()],
    /// Who is missed, of the maps that were asked for last.
    missed: Mutex<Vec<Known>>,
}

/// A place and a look, and who is missed there.
type Known = ((Region, (usize, u32, Group)), Arc<Missed>);

/// Maps whose missed are kept.
const MAPS: usize = 100;

/// The plan and which facility stands in it under which ids.
#[derive(Debug)]
pub struct Standing {
    /// Who is reached by what stands.
    pub plan: Plan,
    ids: BTreeMap<Uuid, Vec<FacilityId>>,
}

impl Standing {
    fn new(network: &Arc<Network>, people: &[Person], facilities: &[Facility], minutes: u32) -> reach::Result<Self> {
        let mut plan = Plan::new(network, people, KINDS, metres(minutes))?;
        let mut ids = BTreeMap::new();
        for facility in facilities {
            let numbers = Walk::numbers_of(facility.kind).into_iter();
            let opened = numbers.filter_map(|kind| Some(plan.open(kind, facility.at).ok()?.0)).collect();
            ids.insert(facility.id, opened);
        }
        Ok(Self { plan, ids })
    }

    /// Where an organisation stands in the plan, first under its own kind.
    #[must_use]
    pub fn of(&self, facility: Uuid) -> Option<FacilityId> {
        self.ids.get(&facility).and_then(|ids| ids.first()).copied()
    }
}

impl Model {
    /// Puts a city together: snaps everybody to the streets and opens what stands. Takes a second for 690,000 people.
    ///
    /// # Errors
    /// When the streets cannot be walked at all.
    pub fn build(streets: Streets, parts: Parts, read_at: Instant) -> reach::Result<Self> {
        let network = Arc::new(Network::build(streets, WALKER)?);
        let mut numbers: Vec<Region> = parts.residents.iter().map(|resident| resident.place).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let mut unlocated = vec![[0; TRAITS as usize]; numbers.len()];
        let mut people = Vec::with_capacity(parts.residents.len());
        for resident in &parts.residents {
            let Ok(number) = numbers.binary_search(&resident.place) else { continue };
            let is_aged = resident.birth_on.is_some_and(|birth| age_on(birth, parts.today) >= 80);
            let traits = u32::from(is_aged) + 2 * u32::from(resident.is_alone);
            match resident.point {
                None => unlocated[number][traits as usize] += 1,
                Some((lon, lat)) => people.push(Person {
                    home: Position::new(lon, lat),
                    place: u32::try_from(number).unwrap_or(u32::MAX / TRAITS) * TRAITS + traits,
                    weight: 1,
                }),
            }
        }
        let mut facilities = parts.facilities;
        facilities.sort_by(|a, b| (a.place, &a.name).cmp(&(b.place, &b.name)));
        let standing = Standing::new(&network, &people, &facilities, MINUTES[LAST])?;
        for facility in &mut facilities {
            facility.stands = standing.of(facility.id).is_some();
        }
        let bounds = network.streets().bounds();
        let middle = Position::new((bounds.low.lon + bounds.high.lon) / 2.0, (bounds.low.lat + bounds.high.lat) / 2.0);
        let plans: [OnceLock<_>; MINUTES.len()] = Default::default();
        plans[LAST].get_or_init(|| Mutex::new(standing));
        Ok(Self {
            read_at,
            facilities,
            places: numbers,
            people,
            unlocated,
            network,
            plane: Plane::around(middle),
            plans,
            areas: Default::default(),
            missed: Mutex::default(),
        })
    }

    /// The streets.
    #[must_use]
    pub const fn network(&self) -> &Arc<Network> {
        &self.network
    }

    /// The flat neighbourhood of the middle of the city, in which maps are drawn.
    #[must_use]
    pub const fn plane(&self) -> &Plane {
        &self.plane
    }

    /// The plan of so many minutes, for one at a time: each use takes milliseconds, but for the first of five or ten
    /// minutes.
    pub fn standing(&self, minutes: u32) -> MutexGuard<'_, Standing> {
        let at = MINUTES.iter().position(|known| *known == minutes).unwrap_or(LAST);
        let plan = self.plans[at].get_or_init(|| {
            let made = Standing::new(&self.network, &self.people, &self.facilities, MINUTES[at]);
            Mutex::new(made.unwrap_or_else(|fault: Fault| unreachable!("these minutes are a distance: {fault}")))
        });
        // A panic between opening and closing would leave one facility too many; the next count makes a new model.
        plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes ready what is otherwise made when somebody first asks: plans of fewer minutes, squares of every view.
    pub fn warm(&self) {
        MINUTES.iter().for_each(|minutes| drop(self.standing(*minutes)));
        [Level::City, Level::County, Level::Town].iter().for_each(|level| {
            self.areas(*level);
        });
    }

    /// Who is missed in a place, if somebody asked before.
    pub(super) fn missed(&self, place: Region, of: (usize, u32, Group)) -> Option<Arc<Missed>> {
        let known = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|known| known.0 == (place, of)).map(|known| Arc::clone(&known.1))
    }

    /// Keeps who is missed in a place.
    pub(super) fn keep_missed(&self, place: Region, of: (usize, u32, Group), missed: &Arc<Missed>) {
        let mut known = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAPS {
            known.remove(0);
        }
        known.push(((place, of), Arc::clone(missed)));
    }

    /// The ground in squares, for the view of a level.
    pub fn areas(&self, level: Level) -> &Areas {
        let at = areas::detail(level);
        self.areas[at].get_or_init(|| Areas::of(self, areas::SIDES[at]))
    }

    /// Everybody on the map: where, in which place, with which traits.
    pub fn people(&self) -> impl Iterator<Item = (Position, Region, u32)> + '_ {
        (0..self.people.len()).filter_map(|number| self.person(number))
    }

    /// One of those on the map.
    #[must_use]
    pub fn person(&self, number: usize) -> Option<(Position, Region, u32)> {
        let person = self.people.get(number)?;
        Some((person.home, *self.places.get((person.place / TRAITS) as usize)?, person.place % TRAITS))
    }

    /// The place of a number of the plan, with its traits.
    #[must_use]
    pub fn place_of(&self, slot: u32) -> Option<(Region, u32)> {
        Some((*self.places.get((slot / TRAITS) as usize)?, slot % TRAITS))
    }

    /// Counts every place of each level, under the home of its county.
    #[must_use]
    pub fn counted(&self) -> BTreeMap<(Home, Region), Reached> {
        let mut all = BTreeMap::<(Home, Region), Reached>::new();
        for (place, reached) in self.by_place() {
            let Some(home) = place.home() else { continue };
            for above in place.line().filter(|above| above.level() != Level::Province) {
                all.entry((home, above)).or_default().add(&reached);
            }
        }
        all
    }

    /// Counts the places in which people live or facilities stand.
    fn by_place(&self) -> ByPlace {
        let mut counted = ByPlace::new();
        for (place, unlocated) in self.places.iter().zip(&self.unlocated) {
            let reached = counted.entry(*place).or_default();
            for (traits, count) in (0..).zip(unlocated) {
                each_group(reached, traits, |group| {
                    group.elders += i64::from(*count);
                    group.unlocated += i64::from(*count);
                });
            }
        }
        let standing = self.standing(MINUTES[LAST]);
        let whole = standing.plan.coverage();
        let by_minutes: Vec<_> =
            MINUTES.iter().map(|minutes| standing.plan.coverage_within(metres(*minutes))).collect();
        drop(standing);
        for (slot, tally) in (0..).zip(&whole.places) {
            let Some((place, traits)) = self.place_of(slot) else { continue };
            let mut within = vec![[0; MINUTES.len()]; KINDS];
            for (at, coverage) in by_minutes.iter().enumerate() {
                let tally = coverage.places.get(slot as usize).map_or(&[][..], |tally| &tally.within);
                within.iter_mut().zip(tally).for_each(|(within, people)| within[at] = people.cast_signed());
            }
            let own = Counted {
                elders: tally.all.cast_signed(),
                far: tally.far.cast_signed(),
                unconnected: tally.unconnected.cast_signed(),
                unlocated: 0,
                within,
            };
            let own = Reached { groups: [own.clone(), own.clone(), own], facilities: Vec::new() };
            let reached = counted.entry(place).or_default();
            for (group, own) in Group::ALL.into_iter().zip(own.groups) {
                if group.holds(traits) {
                    let mut only = Reached::default();
                    only.groups[group as usize] = own;
                    reached.add(&only);
                }
            }
        }
        for facility in self.facilities.iter().filter(|facility| facility.stands) {
            let mut only = Reached { facilities: vec![0; KINDS], ..Reached::default() };
            Walk::numbers_of(facility.kind).into_iter().for_each(|kind| only.facilities[kind] += 1);
            counted.entry(facility.place).or_default().add(&only);
        }
        counted
    }
}

fn each_group(reached: &mut Reached, traits: u32, change: impl Fn(&mut Counted)) {
    for group in Group::ALL.into_iter().filter(|group| group.holds(traits)) {
        change(&mut reached.groups[group as usize]);
    }
}
