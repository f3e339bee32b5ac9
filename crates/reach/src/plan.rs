//! A plan that can be changed: people at home, facilities of some kinds, and who is reached, kept right while a
//! facility is opened, moved or closed. A change looks only at the ball around it, so that "what if one stood here" is
//! answered while the pointer is down.

use std::sync::Arc;

use crate::{
    Fault,
    fault::{Result, Table},
    geo::{Position, units},
    nearest::limit,
    network::Network,
    search::{Field, Queue, UNREACHED},
    seen::Seen,
    snap::Snap,
};

/// Somebody, or some people, at one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Person {
    /// Where they live.
    pub home: Position,
    /// Number of the place (village, community) they are counted for, from 0.
    pub place: u32,
    /// How much they count for; what tags (80 and over, living alone) add is decided by the caller.
    pub weight: u32,
}

/// Which facility of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FacilityId {
    kind: u32,
    number: u32,
}

impl FacilityId {
    /// Number of its kind.
    #[must_use]
    pub const fn kind(self) -> usize {
        self.kind as usize
    }
}

/// What a change did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Weight of those reached now and not before, place by place with those lost there taken off.
    pub gained: u64,
    /// Weight of those reached before and not now, place by place with those gained there taken off.
    pub lost: u64,
    /// The places whose coverage changed, in order, with the difference in weight.
    pub places: Vec<(u32, i64)>,
}

/// The weights of one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Everybody.
    pub all: u64,
    /// Those without a street within the limit.
    pub far: u64,
    /// Those whose street leads to no facility of any kind.
    pub unconnected: u64,
    /// Those with a facility of each kind within the limit.
    pub within: Vec<u64>,
}

impl Tally {
    /// Those with a street that leads to a facility: what shares are of.
    #[must_use]
    pub const fn counted(&self) -> u64 {
        self.all - self.far - self.unconnected
    }

    /// The share of those counted who have a facility of a kind within the limit; 0 where nobody is counted.
    #[must_use]
    pub fn share(&self, kind: usize) -> f64 {
        crate::nearest::share(self.within.get(kind).copied().unwrap_or(0), self.counted())
    }
}

/// Coverage by place at one moment, to be kept and compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// One tally for each place.
    pub places: Vec<Tally>,
}

impl Coverage {
    /// All places together.
    #[must_use]
    pub fn total(&self) -> Tally {
        self.of(0..self.places.len())
    }

    /// Some places together: the villages of a town.
    #[must_use]
    pub fn of(&self, places: impl IntoIterator<Item = usize>) -> Tally {
        places.into_iter().filter_map(|place| self.places.get(place)).fold(Tally::default(), |mut sum, tally| {
            sum.all += tally.all;
            sum.far += tally.far;
            sum.unconnected += tally.unconnected;
            sum.within.resize(sum.within.len().max(tally.within.len()), 0);
            sum.within.iter_mut().zip(&tally.within).for_each(|(sum, more)| *sum += more);
            sum
        })
    }

    /// The gap list: places where people live and nobody has a facility of the kind, most people first.
    #[must_use]
    pub fn gaps(&self, kind: usize) -> Vec<u32> {
        let mut gaps: Vec<u32> = (0..)
            .zip(&self.places)
            .filter(|(_, tally)| tally.all > 0 && tally.within.get(kind).is_none_or(|within| *within == 0))
            .map(|(place, _)| place)
            .collect();
        gaps.sort_by_key(|place| std::cmp::Reverse(self.places[*place as usize].all));
        gaps
    }

    /// By how much each place's weight within the limit of a kind differs from another moment or plan; places where it
    /// does not are left out.
    #[must_use]
    pub fn since(&self, before: &Self, kind: usize) -> Vec<(u32, i64)> {
        let within = |coverage: &Self, place: usize| {
            coverage.places.get(place).and_then(|tally| tally.within.get(kind)).map_or(0, |within| within.cast_signed())
        };
        (0..self.places.len().max(before.places.len()))
            .map(|place| (place as u32, within(self, place) - within(before, place)))
            .filter(|(_, difference)| *difference != 0)
            .collect()
    }
}

/// Facilities of one kind.
#[derive(Clone, Debug)]
struct Kind {
    field: Field,
    /// One entry for each number ever given; `None` once closed.
    stands: Vec<Option<Snap>>,
    /// Whether each person is within the limit.
    is_within: Vec<bool>,
}

/// People, facilities, and who is reached.
#[derive(Debug)]
pub struct Plan {
    network: Arc<Network>,
    within: f64,
    /// Everybody with a street near, by edge.
    snaps: Vec<Snap>,
    /// Which of the people each of them is.
    person: Vec<u32>,
    place: Vec<u32>,
    weight: Vec<u32>,
    /// Those on edge `e`: `first[e]..first[e + 1]`.
    first: Vec<u32>,
    kinds: Vec<Kind>,
    /// How many facilities stand on each island.
    standing: Vec<u32>,
    /// Weight of each place on each island, as `(island, place, weight)`.
    islanders: Vec<(u32, u32, u64)>,
    tallies: Vec<Tally>,
    queue: Queue,
    /// Kept from change to change: by how much each place changed so far, and which ones did.
    difference: Vec<i64>,
    changed: Vec<u32>,
    seen_edges: Seen,
    seen_places: Seen,
}

impl Plan {
    /// A plan for people and so many kinds of facilities, none of which stands yet.
    ///
    /// # Errors
    /// [`Fault::Limit`] for a limit that is not a distance.
    pub fn new(network: &Arc<Network>, people: &[Person], kinds: usize, within: f64) -> Result<Self> {
        let within = limit(within)?;
        let homes: Vec<Position> = people.iter().map(|person| person.home).collect();
        let places = people.iter().map(|person| person.place as usize + 1).max().unwrap_or(0);
        let mut tallies = vec![Tally { within: vec![0; kinds], ..Tally::default() }; places];
        let mut found = Vec::with_capacity(people.len());
        network.snap_all(&homes, within, |at, snap| {
            let person = people[at];
            let tally = &mut tallies[person.place as usize];
            tally.all += u64::from(person.weight);
            match snap {
                Some(snap) => found.push((snap, person.place, person.weight, at as u32)),
                None => tally.far += u64::from(person.weight),
            }
        });
        found.sort_unstable_by_key(|(snap, place, weight, at)| (snap.edge, snap.along, snap.leg, *place, *weight, *at));
        let mut first = vec![0_u32; network.edges().len() + 1];
        found.iter().for_each(|(snap, ..)| first[snap.edge as usize + 1] += 1);
        for edge in 1..first.len() {
            first[edge] += first[edge - 1];
        }
        let kind = Kind {
            field: Field::empty(network, units(within)),
            stands: Vec::new(),
            is_within: vec![false; found.len()],
        };
        let islanders = islanders(network, &found);
        for (_, place, weight) in &islanders {
            tallies[*place as usize].unconnected += weight;
        }
        Ok(Self {
            network: Arc::clone(network),
            within,
            place: found.iter().map(|(_, place, ..)| *place).collect(),
            weight: found.iter().map(|(_, _, weight, _)| *weight).collect(),
            person: found.iter().map(|(.., at)| *at).collect(),
            snaps: found.into_iter().map(|(snap, ..)| snap).collect(),
            first,
            kinds: vec![kind; kinds],
            standing: vec![0; network.island_count() as usize],
            islanders,
            tallies,
            queue: Queue::default(),
            difference: vec![0; places],
            changed: Vec::new(),
            seen_edges: Seen::new(network.edges().len()),
            seen_places: Seen::new(places),
        })
    }

    /// Coverage as it is now.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        Coverage { places: self.tallies.clone() }
    }

    /// Coverage within a shorter distance, counted anew for everybody.
    #[must_use]
    pub fn coverage_within(&self, within: f64) -> Coverage {
        let bound = units(within.min(self.within));
        let mut coverage = self.coverage();
        coverage.places.iter_mut().for_each(|tally| tally.within.fill(0));
        for (number, kind) in self.kinds.iter().enumerate() {
            for (at, snap) in self.snaps.iter().enumerate().filter(|(at, _)| kind.is_within[*at]) {
                if kind.field.nearest(&self.network, *snap).cost <= bound {
                    coverage.places[self.place[at] as usize].within[number] += u64::from(self.weight[at]);
                }
            }
        }
        coverage
    }

    /// Which of the people have a street near but no facility of a kind within a distance (at most the plan's own), in the
    /// order of their streets.
    #[must_use]
    pub fn missed(&self, kind: usize, within: f64) -> Vec<u32> {
        let Some(own) = self.kinds.get(kind) else { return Vec::new() };
        let bound = units(within.min(self.within));
        let is_whole = bound >= units(self.within);
        let is_missed = |at: &usize| {
            !own.is_within[*at] || !is_whole && own.field.nearest(&self.network, self.snaps[*at]).cost > bound
        };
        (0..self.snaps.len()).filter(is_missed).map(|at| self.person[at]).collect()
    }

    /// The streets it stands on.
    #[must_use]
    pub const fn network(&self) -> &Arc<Network> {
        &self.network
    }

    /// Where a facility stands on the streets.
    #[must_use]
    pub fn stand(&self, facility: FacilityId) -> Option<Snap> {
        self.kinds.get(facility.kind())?.stands.get(facility.number as usize).copied().flatten()
    }

    /// Opens a facility of a kind.
    ///
    /// # Errors
    /// [`Fault::OffTheMap`] without a street within the limit, or for a kind that the plan does not have.
    pub fn open(&mut self, kind: usize, at: Position) -> Result<(FacilityId, Change)> {
        let off = Fault::OffTheMap { table: Table::Facilities, row: 0, id: String::new(), limit: self.within as u64 };
        let (Some(snap), Some(own)) = (self.network.snap(at, self.within), self.kinds.get_mut(kind)) else {
            return Err(off);
        };
        let number = own.stands.len() as u32;
        own.stands.push(Some(snap));
        let id = FacilityId { kind: kind as u32, number };
        let mut touched = Vec::new();
        own.field.open(&self.network, (snap, number), &mut self.queue, |node| touched.push(node));
        self.stands_on(snap, true);
        Ok((id, self.recount(kind, snap, &touched)))
    }

    /// Closes a facility; one that is closed already changes nothing.
    pub fn close(&mut self, facility: FacilityId) -> Change {
        let kind = facility.kind();
        let Some(own) = self.kinds.get_mut(kind) else { return Change::default() };
        let Some(snap) = own.stands.get_mut(facility.number as usize).and_then(Option::take) else {
            return Change::default();
        };
        let mut touched = Vec::new();
        own.field.close(&self.network, facility.number, &mut self.queue, |node| touched.push(node));
        self.stands_on(snap, false);
        self.recount(kind, snap, &touched)
    }

    /// Moves a facility: closes it here and opens it there, under a new id.
    ///
    /// # Errors
    /// As [`Plan::open`]; then it stays where it is.
    pub fn relocate(&mut self, facility: FacilityId, to: Position) -> Result<(FacilityId, Change)> {
        let (id, mut change) = self.open(facility.kind(), to)?;
        let closed = self.close(facility);
        let mut differences = std::mem::take(&mut change.places);
        differences.extend(closed.places);
        Ok((id, Change::of(differences)))
    }

    /// An island becomes connected with its first facility, and unconnected with its last.
    fn stands_on(&mut self, snap: Snap, opens: bool) {
        let island = self.network.island_of_edge(snap.edge);
        let Some(count) = self.standing.get_mut(island as usize) else { return };
        let changes = if opens { *count == 0 } else { *count == 1 };
        *count = if opens { *count + 1 } else { *count - 1 };
        if changes {
            let start = self.islanders.partition_point(|(other, ..)| *other < island);
            for (_, place, weight) in self.islanders[start..].iter().take_while(|(other, ..)| *other == island) {
                let unconnected = &mut self.tallies[*place as usize].unconnected;
                *unconnected = if opens { *unconnected - weight } else { *unconnected + weight };
            }
        }
    }

    /// Looks at everybody on the edges at changed nodes, and on the facility's own edge.
    fn recount(&mut self, kind: usize, snap: Snap, touched: &[u32]) -> Change {
        let at_nodes = touched.iter().flat_map(|node| self.network.edges_at(*node)).copied();
        let edges = self.seen_edges.first_of(at_nodes.chain([snap.edge]));
        let own = &mut self.kinds[kind];
        for edge in edges {
            let people = self.first[edge as usize] as usize..self.first[edge as usize + 1] as usize;
            if people.is_empty() {
                continue;
            }
            let reach = own.field.on_edge(&self.network, edge);
            for at in people {
                let snap = self.snaps[at];
                let is_within = reach
                    .map_or_else(|| own.field.nearest(&self.network, snap).cost != UNREACHED, |way| way.reaches(snap));
                if is_within != own.is_within[at] {
                    own.is_within[at] = is_within;
                    let weight = i64::from(self.weight[at]);
                    self.difference[self.place[at] as usize] += if is_within { weight } else { -weight };
                    self.changed.push(self.place[at]);
                }
            }
        }
        let mut places = self.seen_places.first_of(self.changed.drain(..));
        places.sort_unstable();
        let sums = places.into_iter().map(|place| (place, std::mem::take(&mut self.difference[place as usize])));
        let change = Change::of(sums.collect());
        for (place, difference) in &change.places {
            let within = &mut self.tallies[*place as usize].within[kind];
            *within = within.saturating_add_signed(*difference);
        }
        change
    }
}

impl Change {
    /// Sums differences by place.
    fn of(mut differences: Vec<(u32, i64)>) -> Self {
        differences.sort_unstable();
        let mut change = Self::default();
        for same in differences.chunk_by(|a, b| a.0 == b.0) {
            let difference: i64 = same.iter().map(|(_, difference)| difference).sum();
            if difference > 0 {
                change.gained += difference.unsigned_abs();
            } else {
                change.lost += difference.unsigned_abs();
            }
            if difference != 0 {
                change.places.push((same[0].0, difference));
            }
        }
        change
    }
}

/// The weight of each place on each island.
fn islanders(network: &Network, people: &[(Snap, u32, u32, u32)]) -> Vec<(u32, u32, u64)> {
    let mut all: Vec<(u32, u32, u32)> =
        people.iter().map(|(snap, place, weight, _)| (network.island_of_edge(snap.edge), *place, *weight)).collect();
    all.sort_unstable();
    all.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1))
        .map(|same| (same[0].0, same[0].1, same.iter().map(|(.., weight)| u64::from(*weight)).sum()))
        .collect()
}
