//! The table `id, metres per kind`: every point against the nearest facility of each kind, from text to text. Points
//! keep their order; runs of rows go through all steps in a thread of their own.

use std::{collections::HashMap, ops::Range};

use crate::{
    datum::Datum,
    fault::{Fault, Result, Table},
    fits::check_datum,
    geo::{MAX_LIMIT, Position, units},
    network::{Edge, Network},
    search::{Field, Queue, UNREACHED},
    snap::Snap,
    table::{Sheet, decoded, unquoted},
};

/// The facilities of a table: kinds in the order in which they first appear, each with what stands where.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facilities {
    /// One entry for each kind.
    pub kinds: Vec<Kind>,
}

/// One kind of facility.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kind {
    /// Its name as it stands in the first row that has it, quotation marks included.
    pub cell: Vec<u8>,
    /// Where its facilities meet the network, in the order of the rows.
    pub snaps: Vec<Snap>,
    /// Where they are, in the same order; left empty, nobody goes straight to one.
    pub places: Vec<Position>,
    /// Their ids, as they stand.
    pub ids: Vec<Vec<u8>>,
}

impl Facilities {
    /// Reads a table with the columns `id`, `kind`, `lon`, `lat` and snaps every row.
    ///
    /// # Errors
    /// What is wrong with the table; [`Fault::OffTheMap`] for a facility without a street within `within` metres;
    /// [`Fault::NoRows`] for none at all.
    pub fn read(network: &Network, bytes: &[u8], datum: Option<Datum>, within: f64) -> Result<Self> {
        let bytes = decoded(Table::Facilities, bytes)?;
        let sheet = Sheet::open(Table::Facilities, &bytes, None, datum)?;
        let places = Places::read(&sheet, Table::Facilities)?;
        if datum.is_none() && !sheet.says_datum() {
            check_datum(network, Table::Facilities, &places.places)?;
        }
        let snaps = places.on_the_map(network, &sheet, Table::Facilities, within)?;
        let mut facilities = Self::default();
        for (((snap, place), id), cell) in snaps.into_iter().zip(places.places).zip(places.ids).zip(places.kinds) {
            let (cell, id) = (sheet.cell(cell), sheet.cell(id).into_owned());
            let cell = cell.as_ref();
            let name = unquoted(cell);
            let known = facilities.kinds.iter().position(|kind| unquoted(&kind.cell) == name);
            let at = known.unwrap_or_else(|| {
                facilities.kinds.push(Kind { cell: cell.to_vec(), ..Kind::default() });
                facilities.kinds.len() - 1
            });
            facilities.kinds[at].snaps.push(snap);
            facilities.kinds[at].places.push(place);
            facilities.kinds[at].ids.push(id);
        }
        Ok(facilities)
    }

    /// One field for each kind, for distances up to `within` metres.
    #[must_use]
    pub fn search(&self, network: &Network, within: f64) -> Vec<Field> {
        let mut queue = Queue::default();
        self.kinds.iter().map(|kind| Field::search(network, &kind.snaps, units(within), &mut queue)).collect()
    }
}

/// All rows of a table in memory.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Where each is.
    pub places: Vec<Position>,
    /// Where each one's id stands in the bytes of the table.
    pub ids: Vec<Range<usize>>,
    /// Where each one's kind stands.
    pub kinds: Vec<Range<usize>>,
    /// How much each counts for.
    pub weights: Vec<u32>,
    /// The row of each.
    pub rows: Vec<u64>,
}

impl Places {
    /// Reads all rows.
    ///
    /// # Errors
    /// What is wrong with the table; [`Fault::NoRows`] if there is none.
    pub fn read(sheet: &Sheet<'_>, table: Table) -> Result<Self> {
        let mut all = Self::default();
        for run in sheet.runs(1) {
            sheet.rows(run, |row| {
                all.places.push(row.place);
                all.ids.push(row.id);
                all.kinds.push(row.kind);
                all.weights.push(row.weight);
                all.rows.push(row.number);
                Ok(())
            })?;
        }
        if all.places.is_empty() { Err(Fault::NoRows(table)) } else { Ok(all) }
    }

    /// Snaps all of them, none of which may be off the map.
    ///
    /// # Errors
    /// [`Fault::OffTheMap`] with the first that has no street within `within` metres.
    pub fn on_the_map(&self, network: &Network, sheet: &Sheet<'_>, table: Table, within: f64) -> Result<Vec<Snap>> {
        let mut snaps = vec![None; self.places.len()];
        network.snap_all(&self.places, within, |at, snap| snaps[at] = snap);
        let off = |at: usize| Fault::OffTheMap {
            table,
            row: self.rows[at],
            id: String::from_utf8_lossy(&unquoted(&sheet.bytes()[self.ids[at].clone()])).into_owned(),
            limit: within as u64,
        };
        snaps.into_iter().enumerate().map(|(at, snap)| snap.ok_or_else(|| off(at))).collect()
    }
}

/// How many points fared how; the three add up to all points.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Those that have a street within the limit, on a piece of the network on which a facility stands.
    pub counted: u64,
    /// Those whose street leads to no facility of any kind, however far one walks.
    pub unconnected: u64,
    /// Those without a street within the limit.
    pub far: u64,
    /// Of those counted, how many have a facility of each kind within the limit.
    pub within: Vec<u64>,
}

impl Counts {
    /// All points.
    #[must_use]
    pub const fn all(&self) -> u64 {
        self.counted + self.unconnected + self.far
    }

    fn add(&mut self, other: &Self) {
        self.counted += other.counted;
        self.unconnected += other.unconnected;
        self.far += other.far;
        self.within.resize(self.within.len().max(other.within.len()), 0);
        for (sum, more) in self.within.iter_mut().zip(&other.within) {
            *sum += more;
        }
    }
}

/// What a run of [`Nearest::table`] needs: streets, facilities and how far to look.
#[derive(Clone, Debug)]
pub struct Nearest<'a> {
    network: &'a Network,
    facilities: &'a Facilities,
    fields: Vec<Field>,
    /// Costs of all kinds at each node, side by side: what a look-up reads.
    costs: Vec<u32>,
    /// What is to be known of each edge.
    edges: Vec<Way>,
    /// Which connected pieces of the network matter: the long ones, and those on which a facility stands.
    mattering: Vec<bool>,
    /// What stands on each edge that has a stand: its kind, its leg and where it is.
    stands: HashMap<u32, Vec<(usize, u32, Position)>>,
    bound: u32,
    within: f64,
}

/// An edge as a look-up needs it.
#[derive(Clone, Copy, Debug)]
struct Way {
    from: u32,
    to: u32,
    cost: u32,
    /// Whether a facility of any kind stands on its piece of the network.
    is_connected: bool,
    /// Whether one stands on the edge itself.
    has_stand: bool,
}

/// `within` as a distance that a search can be bounded by.
///
/// # Errors
/// [`Fault::Limit`] unless it is more than 0 and at most 200,000.
pub fn limit(within: f64) -> Result<f64> {
    if within > 0.0 && within <= MAX_LIMIT { Ok(within) } else { Err(Fault::Limit(within.to_string())) }
}

impl<'a> Nearest<'a> {
    /// Searches from all facilities.
    ///
    /// # Errors
    /// [`Fault::Limit`] for a limit that is not a distance.
    pub fn new(network: &'a Network, facilities: &'a Facilities, within: f64) -> Result<Self> {
        let within = limit(within)?;
        let fields = facilities.search(network, within);
        let mut has_facility = vec![false; network.island_count() as usize];
        for snap in facilities.kinds.iter().flat_map(|kind| &kind.snaps) {
            if let Some(has) = has_facility.get_mut(network.island_of_edge(snap.edge) as usize) {
                *has = true;
            }
        }
        let way = |(number, edge): (u32, &Edge)| Way {
            from: edge.from,
            to: edge.to,
            cost: edge.cost,
            is_connected: has_facility[network.island_of_edge(number) as usize],
            has_stand: false,
        };
        let mut edges: Vec<Way> = (0..).zip(network.edges()).map(way).collect();
        let mut stands: HashMap<u32, Vec<(usize, u32, Position)>> = HashMap::new();
        for (number, kind) in facilities.kinds.iter().enumerate() {
            for snap in &kind.snaps {
                if let Some(edge) = edges.get_mut(snap.edge as usize) {
                    edge.has_stand = true;
                }
            }
            for (snap, place) in kind.snaps.iter().zip(&kind.places) {
                stands.entry(snap.edge).or_default().push((number, snap.leg, *place));
            }
        }
        let standing = facilities.kinds.iter().flat_map(|kind| &kind.snaps).map(|snap| snap.edge);
        let mattering = network.mattering(standing);
        let mut costs = vec![UNREACHED; network.node_count() * fields.len()];
        for (kind, field) in fields.iter().enumerate() {
            let own = costs.iter_mut().skip(kind).step_by(fields.len());
            own.zip(field.labels()).for_each(|(cost, label)| *cost = label.cost);
        }
        Ok(Self { network, facilities, fields, costs, edges, mattering, stands, bound: units(within), within })
    }

    /// The fields, one for each kind.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Snaps points and looks their distances up: `costs[point · kinds + kind]` in units, [`UNREACHED`] where there is
    /// none within the limit.
    #[must_use]
    pub fn costs(&self, points: &[Position]) -> (Vec<u32>, Counts) {
        let kinds = self.fields.len();
        let mut costs = vec![UNREACHED; points.len() * kinds];
        let mut counts = Counts { within: vec![0; kinds], ..Counts::default() };
        self.network.snap_where(points, self.within, &self.mattering, |point, snap| {
            let Some(snap) = snap else {
                counts.far += 1;
                return;
            };
            let edge = self.edges[snap.edge as usize];
            if !edge.is_connected {
                counts.unconnected += 1;
                return;
            }
            counts.counted += 1;
            let own = &mut costs[point * kinds..(point + 1) * kinds];
            self.look_up(snap, edge, own);
            if edge.has_stand {
                self.across(snap, points[point], own);
            }
            for (count, cost) in counts.within.iter_mut().zip(own) {
                *count += u64::from(*cost != UNREACHED);
            }
        });
        (costs, counts)
    }

    /// Who stands no farther from a facility on the same edge than both together from the street goes straight there.
    fn across(&self, snap: Snap, point: Position, costs: &mut [u32]) {
        for (kind, leg, place) in self.stands.get(&snap.edge).into_iter().flatten() {
            let straight = units(point.metres_to(*place));
            if straight <= snap.leg.saturating_add(*leg) && straight <= self.bound {
                costs[*kind] = costs[*kind].min(straight);
            }
        }
    }

    /// As [`Field::nearest`] for all kinds at once.
    fn look_up(&self, snap: Snap, edge: Way, costs: &mut [u32]) {
        if edge.has_stand {
            for (cost, field) in costs.iter_mut().zip(&self.fields) {
                *cost = field.nearest(self.network, snap).cost;
            }
            return;
        }
        let kinds = costs.len();
        let at = |node: u32| &self.costs[node as usize * kinds..(node as usize + 1) * kinds];
        let (by_from, by_to) = (snap.along, edge.cost - snap.along.min(edge.cost));
        for ((cost, from), to) in costs.iter_mut().zip(at(edge.from)).zip(at(edge.to)) {
            let least = from.saturating_add(by_from).min(to.saturating_add(by_to)).saturating_add(snap.leg);
            *cost = if least <= self.bound { least } else { UNREACHED };
        }
    }

    /// Reads a table of points (`id`, `lon`, `lat`; in WGS84 unless a datum is stated, and then refused if another one
    /// fits far better; the table may name its own in a column `datum`) and makes the table of distances: the id as it stands, then for each
    /// kind the metres with two decimals, or nothing. Rows keep their order and end in LF.
    ///
    /// # Errors
    /// The first thing that is wrong with the table of points.
    pub fn table(&self, points: &[u8], datum: Option<Datum>, threads: usize) -> Result<(Vec<u8>, Counts)> {
        let points = decoded(Table::Points, points)?;
        let sheet = Sheet::open(Table::Points, &points, None, datum)?;
        let check = datum.is_none() && !sheet.says_datum();
        let mut out = b"id".to_vec();
        for kind in &self.facilities.kinds {
            out.push(b',');
            out.extend_from_slice(&kind.cell);
        }
        out.push(b'\n');
        // Runs of at most 32 MB bound what is in memory beside the text.
        let share = (points.len() >> 25) + 1;
        let runs = sheet.runs(threads.max(1) * share.div_ceil(threads.max(1)));
        let mut counts = Counts { within: vec![0; self.fields.len()], ..Counts::default() };
        for batch in runs.chunks(threads.max(1)) {
            for part in self.parts(&sheet, batch, check) {
                let (text, part) = part?;
                out.extend_from_slice(&text);
                counts.add(&part);
            }
        }
        if counts.all() == 0 { Err(Fault::NoRows(Table::Points)) } else { Ok((out, counts)) }
    }

    fn parts(&self, sheet: &Sheet<'_>, batch: &[Range<usize>], check: bool) -> Vec<Result<(Vec<u8>, Counts)>> {
        let [first, rest @ ..] = batch else { return Vec::new() };
        std::thread::scope(|scope| {
            let workers: Vec<_> = rest.iter().map(|run| scope.spawn(|| self.part(sheet, run.clone(), check))).collect();
            let mut parts = vec![self.part(sheet, first.clone(), check)];
            parts.extend(workers.into_iter().map(|worker| {
                let failed = Fault::File { file: "points".to_owned(), cause: "a thread failed".to_owned() };
                worker.join().unwrap_or(Err(failed))
            }));
            parts
        })
    }

    fn part(&self, sheet: &Sheet<'_>, run: Range<usize>, check: bool) -> Result<(Vec<u8>, Counts)> {
        let (mut places, mut ids) = (Vec::new(), Vec::new());
        let bytes = run.len();
        sheet.rows(run, |row| {
            places.push(row.place);
            ids.push(row.id);
            Ok(())
        })?;
        if check {
            check_datum(self.network, Table::Points, &places)?;
        }
        let (costs, counts) = self.costs(&places);
        let kinds = self.fields.len();
        let mut text = Vec::with_capacity(bytes + costs.len() * 6);
        for (point, id) in ids.into_iter().enumerate() {
            text.extend_from_slice(&sheet.cell(id));
            for cost in &costs[point * kinds..(point + 1) * kinds] {
                text.push(b',');
                if *cost != UNREACHED {
                    write_metres(&mut text, *cost);
                }
            }
            text.push(b'\n');
        }
        Ok((text, counts))
    }
}

/// Metres with two decimals.
fn write_metres(text: &mut Vec<u8>, cost: u32) {
    let hundredths = cost.saturating_add(50) / 100;
    let mut digits = [b'0'; 11];
    let (mut at, mut rest) = (digits.len(), hundredths);
    while rest > 0 || at > 8 {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    text.extend_from_slice(&digits[at..9]);
    text.push(b'.');
    text.extend_from_slice(&digits[9..]);
}

/// The share of points within a limit, as a number between 0 and 1.
#[must_use]
pub fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metres_are_written_with_two_decimals() {
        for (cost, text) in
            [(0, "0.00"), (49, "0.00"), (50, "0.01"), (10_000, "1.00"), (123_456, "12.35"), (11_250_000, "1125.00")]
        {
            let mut out = Vec::new();
            write_metres(&mut out, cost);
            assert_eq!(String::from_utf8(out).unwrap(), text);
        }
    }
}
