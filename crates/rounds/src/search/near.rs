//! Who is near whom: for each task its nearest tasks in way and time, and the crews that set out nearby.

use crate::{
    model::{Model, NONE},
    problem::Place,
};

/// Beyond this many tasks nearness is sought in a grid of the plane only.
const ALL_PAIRS: usize = 1_500;

/// Nearest tasks and crews.
#[derive(Clone, Debug)]
pub(crate) struct Near {
    width: usize,
    tasks: Vec<u32>,
    crew_width: usize,
    crews: Vec<u32>,
    /// Few enough crews that all are always looked at.
    pub(crate) all_crews: bool,
}

impl Near {
    /// Finds them.
    pub(crate) fn new(model: &Model) -> Self {
        let n = model.tasks.len();
        let width = if n <= 600 { n.saturating_sub(1).min(120) } else { 48.min(n.saturating_sub(1)) };
        let all_crews = model.crews.len() <= 64;
        let crew_width = if all_crews { 0 } else { 6.min(model.crews.len()) };
        let mut near = Self { width, tasks: Vec::with_capacity(n * width), crew_width, crews: Vec::new(), all_crews };
        let spot = |place: u32| model.problem.places[place as usize];
        let grid = (n > ALL_PAIRS).then(|| Grid::new(model.tasks.iter().map(|task| spot(task.place))));
        let mut row = Vec::new();
        for t in 0..n as u32 {
            row.clear();
            match &grid {
                Some(grid) => {
                    let at = spot(model.tasks[t as usize].place);
                    grid.around(at, 3 * width, |u| (u != t).then(|| apart(model, t, u)), &mut row);
                }
                None => row.extend((0..n as u32).filter(|&u| u != t).map(|u| (apart(model, t, u), u))),
            }
            keep(&mut row, width);
            near.tasks.extend(row.iter().map(|&(_, u)| u));
            near.tasks.resize((t as usize + 1) * width, NONE);
        }
        near.find_crews(model);
        near
    }

    fn find_crews(&mut self, model: &Model) {
        let tasks = if self.crew_width > 0 { model.tasks.len() as u32 } else { 0 };
        let spot = |place: u32| model.problem.places[place as usize];
        let grid = (tasks as usize > ALL_PAIRS).then(|| Grid::new(model.crews.iter().map(|crew| spot(crew.start))));
        let mut row = Vec::new();
        for t in 0..tasks {
            row.clear();
            let place = model.tasks[t as usize].place;
            let way = |r: u32| {
                let crew = &model.crews[r as usize];
                model.eligible(t, r).then(|| model.leg(crew.profile, crew.start, place).0)
            };
            match &grid {
                Some(grid) => grid.around(spot(place), 3 * self.crew_width, way, &mut row),
                None => row.extend((0..model.crews.len() as u32).filter_map(|r| Some((way(r)?, r)))),
            }
            keep(&mut row, self.crew_width);
            self.crews.extend(row.iter().map(|&(_, r)| r));
            self.crews.resize((t as usize + 1) * self.crew_width, NONE);
        }
    }

    /// Knows nobody: for a desk that always asks every round.
    pub(crate) const fn nobody() -> Self {
        Self { width: 0, tasks: Vec::new(), crew_width: 0, crews: Vec::new(), all_crews: true }
    }

    /// The tasks nearest to a task, nearest first.
    #[inline]
    pub(crate) fn tasks(&self, t: u32) -> impl Iterator<Item = u32> {
        let at = t as usize * self.width;
        self.tasks[at..at + self.width].iter().copied().take_while(|&u| u != NONE)
    }

    /// The k-th nearest task, if there are so many.
    #[inline]
    pub(crate) fn nth(&self, t: u32, k: usize) -> Option<u32> {
        let u = *self.tasks.get(t as usize * self.width + k.min(self.width.saturating_sub(1)))?;
        (u != NONE && self.width > 0).then_some(u)
    }

    /// How many neighbours a task has at most.
    pub(crate) const fn width(&self) -> usize {
        self.width
    }

    /// The crews that set out nearest to a task.
    pub(crate) fn crews(&self, t: u32) -> impl Iterator<Item = u32> {
        let at = t as usize * self.crew_width;
        self.crews[at..at + self.crew_width].iter().copied().take_while(|&r| r != NONE)
    }
}

fn keep(row: &mut Vec<(f64, u32)>, width: usize) {
    let order = |a: &(f64, u32), b: &(f64, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
    if row.len() > width && width > 0 {
        row.select_nth_unstable_by(width - 1, order);
    }
    row.truncate(width);
    row.sort_unstable_by(order);
}

/// How far two tasks are from being done one after the other: way, a fifth of the waiting, all the lateness.
fn apart(model: &Model, a: u32, b: u32) -> f64 {
    one_way(model, a, b).min(one_way(model, b, a))
}

fn one_way(model: &Model, a: u32, b: u32) -> f64 {
    let (x, y) = (&model.tasks[a as usize], &model.tasks[b as usize]);
    let way = model.leg(0, x.place, y.place).0;
    let end = |task: &crate::model::Task| task.close.min(task.latest);
    let wait = (y.open - (end(x).min(1e9) + x.minutes + way)).max(0.0);
    let late = (x.open + x.minutes + way - end(y)).max(0.0);
    way + 0.2 * wait + late
}

/// Places by cells of the plane.
struct Grid {
    cell: f64,
    low: (f64, f64),
    size: (usize, usize),
    cells: Vec<Vec<u32>>,
}

impl Grid {
    fn new(spots: impl Iterator<Item = Place> + Clone) -> Self {
        let fold =
            |start: f64, f: fn(f64, f64) -> f64, of: fn(&Place) -> f64| spots.clone().fold(start, |m, p| f(m, of(&p)));
        let low = (fold(f64::INFINITY, f64::min, |p| p.x), fold(f64::INFINITY, f64::min, |p| p.y));
        let high = (fold(f64::NEG_INFINITY, f64::max, |p| p.x), fold(f64::NEG_INFINITY, f64::max, |p| p.y));
        let area = ((high.0 - low.0).max(1.0)) * ((high.1 - low.1).max(1.0));
        let cell = (area / spots.clone().count().max(1) as f64 * 8.0).sqrt().max(1e-6);
        let size = (((high.0 - low.0) / cell) as usize + 1, ((high.1 - low.1) / cell) as usize + 1);
        // A line of places would make a grid of empty cells: cap it.
        let size = (size.0.min(2_000), size.1.min(2_000));
        let mut grid = Self { cell, low, size, cells: vec![Vec::new(); size.0 * size.1] };
        for (k, p) in spots.enumerate() {
            let (i, j) = grid.at(p);
            grid.cells[j * size.0 + i].push(k as u32);
        }
        grid
    }

    fn at(&self, p: Place) -> (usize, usize) {
        let index = |x: f64, low: f64, size: usize| (((x - low) / self.cell) as usize).min(size - 1);
        (index(p.x, self.low.0, self.size.0), index(p.y, self.low.1, self.size.1))
    }

    /// Collects what lies in growing rings around a place, as far as `rate` has an answer, until there is enough.
    fn around(&self, place: Place, enough: usize, rate: impl Fn(u32) -> Option<f64>, row: &mut Vec<(f64, u32)>) {
        let (i, j) = self.at(place);
        for ring in 0..self.size.0.max(self.size.1) {
            let (i0, i1) = (i.saturating_sub(ring), (i + ring).min(self.size.0 - 1));
            let (j0, j1) = (j.saturating_sub(ring), (j + ring).min(self.size.1 - 1));
            for jj in j0..=j1 {
                for ii in (i0..=i1).filter(|ii| ii.abs_diff(i).max(jj.abs_diff(j)) == ring) {
                    let cell = self.cells[jj * self.size.0 + ii].iter();
                    row.extend(cell.filter_map(|&u| Some((rate(u)?, u))));
                }
            }
            if row.len() >= enough {
                return;
            }
        }
    }
}
