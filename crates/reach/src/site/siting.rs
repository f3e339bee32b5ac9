//! A siting from tables: who lives where, what is reached already, which candidates there are.

use crate::{
    datum::Datum,
    fault::{Result, Table},
    fits::check_datum,
    nearest::{Facilities, Places, limit},
    network::Network,
    search::UNREACHED,
    site::Cover,
    snap::Snap,
    table::{Sheet, decoded},
};

/// Points and candidates of a siting, snapped.
#[derive(Clone, Debug)]
pub struct Siting {
    within: f64,
    points: Vec<Option<Snap>>,
    weights: Vec<u32>,
    candidates: Vec<Snap>,
    ids: Vec<Vec<u8>>,
    all: u64,
    before: u64,
    far: u64,
    unconnected: u64,
}

impl Siting {
    /// Reads the points (`id`, `lon`, `lat`, and the named column of weights if there is one) and the candidates (`id`,
    /// `lon`, `lat`), both in the datum stated.
    ///
    /// # Errors
    /// What is wrong with either table; [`Fault::OffTheMap`](crate::Fault::OffTheMap) for a candidate without a street
    /// within the distance.
    pub fn read(
        network: &Network,
        (points, weight): (&[u8], Option<&str>),
        candidates: &[u8],
        (datum, within): (Option<Datum>, f64),
    ) -> Result<Self> {
        Self::read_each(network, (points, weight, datum), (candidates, datum), within)
    }

    /// As [`Siting::read`], each table in the datum stated for it, or in the one that it names itself.
    ///
    /// # Errors
    /// As [`Siting::read`].
    pub fn read_each(
        network: &Network,
        (points, weight, datum): (&[u8], Option<&str>, Option<Datum>),
        (candidates, other): (&[u8], Option<Datum>),
        within: f64,
    ) -> Result<Self> {
        let within = limit(within)?;
        let candidates = decoded(Table::Candidates, candidates)?;
        let sheet = Sheet::open(Table::Candidates, &candidates, None, other)?;
        let places = Places::read(&sheet, Table::Candidates)?;
        if other.is_none() && !sheet.says_datum() {
            check_datum(network, Table::Candidates, &places.places)?;
        }
        let ids = places.ids.iter().map(|id| sheet.cell(id.clone()).into_owned()).collect();
        let candidates = places.on_the_map(network, &sheet, Table::Candidates, within)?;
        let points = decoded(Table::Points, points)?;
        let sheet = Sheet::open(Table::Points, &points, weight, datum)?;
        let places = Places::read(&sheet, Table::Points)?;
        if datum.is_none() && !sheet.says_datum() {
            check_datum(network, Table::Points, &places.places)?;
        }
        let mut has_candidate = vec![false; network.island_count() as usize];
        for candidate in &candidates {
            has_candidate[network.island_of_edge(candidate.edge) as usize] = true;
        }
        let mut points = vec![None; places.places.len()];
        let mattering = network.mattering(candidates.iter().map(|candidate| candidate.edge));
        network.snap_where(&places.places, within, &mattering, |point, snap| points[point] = snap);
        let all = places.weights.iter().map(|weight| u64::from(*weight)).sum();
        let (mut far, mut unconnected) = (0, 0);
        for (snap, weight) in points.iter().zip(&places.weights) {
            match snap {
                None => far += u64::from(*weight),
                Some(snap) if !has_candidate[network.island_of_edge(snap.edge) as usize] => {
                    unconnected += u64::from(*weight);
                }
                Some(_) => {}
            }
        }
        Ok(Self { within, points, weights: places.weights, candidates, ids, all, before: 0, far, unconnected })
    }

    /// A column of whole numbers of the candidates: what each costs, or how many it can serve.
    ///
    /// # Errors
    /// [`Fault::NoColumn`](crate::Fault::NoColumn); a cell that is no whole number.
    pub fn column(candidates: &[u8], name: &str) -> Result<Vec<u64>> {
        let candidates = decoded(Table::Candidates, candidates)?;
        let sheet = Sheet::open(Table::Candidates, &candidates, Some(name), None)?;
        Ok(Places::read(&sheet, Table::Candidates)?.weights.into_iter().map(u64::from).collect())
    }

    /// Leaves out those whom facilities that stand already reach.
    #[must_use]
    pub fn beyond(mut self, network: &Network, standing: &Facilities) -> Self {
        for field in standing.search(network, self.within) {
            for (point, weight) in self.points.iter().zip(&mut self.weights) {
                if point.is_some_and(|snap| field.nearest(network, snap).cost != UNREACHED) {
                    self.before += u64::from(std::mem::take(weight));
                }
            }
        }
        self
    }

    /// The cover sets.
    #[must_use]
    pub fn cover(&self, network: &Network) -> Cover {
        Cover::of_points(network, &self.candidates, (&self.points, &self.weights), self.within, &mut |_| {})
    }

    /// The id of a candidate, as it stands.
    #[must_use]
    pub fn id(&self, candidate: usize) -> &[u8] {
        self.ids.get(candidate).map_or(&[], Vec::as_slice)
    }

    /// All people, by weight.
    #[must_use]
    pub const fn all(&self) -> u64 {
        self.all
    }

    /// Those whom a facility reaches already.
    #[must_use]
    pub const fn covered_before(&self) -> u64 {
        self.before
    }

    /// Those without a street within the distance.
    #[must_use]
    pub const fn far(&self) -> u64 {
        self.far
    }

    /// Those whose street leads to no candidate.
    #[must_use]
    pub const fn unconnected(&self) -> u64 {
        self.unconnected
    }
}
