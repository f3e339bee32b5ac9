//! Where one more order costs least in a running plan, nobody else's visits changing hands: every place is asked, for two
//! persons every pair of places that can still be the cheapest.
//!
//! A price asked for is hardly ever above the true one (a delay is followed through one pair and no further), so places
//! are tried by rising price until the next could not be cheaper than the best tried.

use super::{
    desk::Desk,
    settle::Foot,
    state::{EPS, State},
};
use crate::model::{NONE, Tie};

/// How many places are tried in truth, first and at most.
const TRIALS: [usize; 3] = [24, 200, 1_600];

/// A position that a task could take.
#[derive(Clone, Copy, Debug)]
struct Spot {
    r: u32,
    p: u32,
    /// Price of way and wishes.
    way: f64,
    /// Price with what the task alone does to the times.
    alone: f64,
    ready: f64,
    /// Latest start by hard limits.
    latest: f64,
    /// Where the caregiver comes from.
    foot: Foot,
}

/// Where each part of an order goes: task, round, position.
type Places = Vec<(u32, u32, u32)>;

/// The cheapest candidates and their prices.
struct Tries {
    most: usize,
    rows: Vec<(f64, Places)>,
}

impl Tries {
    /// From which price on a candidate is not kept.
    fn bound(&self) -> f64 {
        self.rows.get(self.most - 1).map_or(f64::INFINITY, |worst| worst.0)
    }

    fn keep(&mut self, price: f64, places: impl FnOnce() -> Places) {
        if price < self.bound() {
            let at = self.rows.partition_point(|other| other.0 <= price);
            self.rows.truncate(self.most - 1);
            self.rows.insert(at, (price, places()));
        }
    }
}

impl Desk<'_> {
    /// Inserts an absent order where it costs least. False when it stays absent.
    pub(crate) fn insert_best(&mut self, t: u32) -> bool {
        let task = self.model.tasks[t as usize];
        let firsts = match task.tie {
            Tie::Haul => return self.place(t),
            _ => self.spots(t),
        };
        let two = task.tie == Tie::Pair && self.state.round_of[task.mate as usize] == NONE;
        let seconds = if two { self.spots(task.mate) } else { Vec::new() };
        for most in TRIALS {
            let mut tries = Tries { most, rows: Vec::new() };
            if two {
                self.try_pairs((t, &firsts), (task.mate, &seconds), &mut tries);
            } else {
                firsts.iter().for_each(|spot| tries.keep(spot.alone, || vec![(t, spot.r, spot.p)]));
            }
            let best = self.cheapest(&tries);
            // Whoever was not tried costs at least the bound.
            if tries.bound().is_infinite() || most == TRIALS[2] || best.is_some_and(|(price, _)| price <= tries.bound())
            {
                return best.is_some_and(|(_, k)| self.try_insert(&tries.rows[k].1));
            }
        }
        false
    }

    /// The candidate that costs least in truth, and what it costs.
    fn cheapest(&mut self, tries: &Tries) -> Option<(f64, usize)> {
        let before = self.state.cost() - self.state.sums.absent;
        let mut best: Option<(f64, usize)> = None;
        for (k, (price, places)) in tries.rows.iter().enumerate() {
            if best.is_some_and(|(least, _)| *price >= least) {
                break;
            }
            let mark = self.state.mark();
            if self.try_insert(places) {
                let price = self.state.cost() - self.state.sums.absent - before;
                if best.is_none_or(|(least, _)| price < least) {
                    best = Some((price, k));
                }
                self.state.undo(mark);
            }
        }
        best
    }

    fn try_pairs(&self, (t, firsts): (u32, &[Spot]), (mate, seconds): (u32, &[Spot]), tries: &mut Tries) {
        let least = seconds.first().map_or(f64::INFINITY, |spot| spot.alone);
        for a in firsts {
            if a.alone + least >= tries.bound() {
                break;
            }
            let person = self.model.crews[a.r as usize].person;
            for b in seconds {
                let bound = tries.bound();
                if a.alone + b.alone >= bound {
                    break;
                }
                if self.model.crews[b.r as usize].person != person
                    && let Some(price) = self.state.price_together((t, a), (mate, b), bound)
                {
                    tries.keep(price, || vec![(t, a.r, a.p), (mate, b.r, b.p)]);
                }
            }
        }
    }

    /// Every position that could take a task, the cheapest first.
    fn spots(&mut self, t: u32) -> Vec<Spot> {
        if self.model.tasks[t as usize].tie == Tie::Pair {
            // Of idle crews that are alike two can be wanted at once.
            let state = &self.state;
            self.rounds = (0..self.model.crews.len() as u32).filter(|&r| state.welcomes(t, r)).collect();
        } else {
            self.collect_rounds(t);
        }
        let mut spots = Vec::new();
        for k in 0..self.rounds.len() {
            let r = self.rounds[k];
            self.state.refresh(r);
            let wish = self.model.wish(t, r) + self.state.unfairness(t, r);
            let positions = 0..=self.state.rounds[r as usize].len() as u32;
            spots.extend(positions.filter_map(|p| self.state.spot(t, (r, p), wish)));
        }
        spots.sort_unstable_by(|a, b| a.alone.total_cmp(&b.alone).then((a.r, a.p).cmp(&(b.r, b.p))));
        spots
    }
}

impl State<'_> {
    /// A position and its price, if the task could stand there by its own times.
    fn spot(&self, t: u32, (r, p): (u32, u32), wish: f64) -> Option<Spot> {
        let model = self.model;
        let (task, crew) = (&model.tasks[t as usize], &model.crews[r as usize]);
        let next = self.rounds[r as usize].get(p as usize).copied();
        if next.is_some_and(|next| model.tasks[next as usize].begun) {
            return None;
        }
        let mut foot = self.foot(r, p);
        let ready = self.reach(crew, task, &mut foot)?;
        let home = model.leg(crew.profile, task.place, self.place_at(r, p)).0;
        let limit = next.map_or(crew.limit, |next| self.deadline[next as usize]);
        let latest = task.latest.min(limit - task.minutes - home);
        if ready > latest + EPS {
            return None;
        }
        let way = self.detour(r, p, task.place).1 + wish;
        let spot = Spot { r, p, way, alone: way, ready, latest, foot };
        let alone = match self.mate(t) {
            None => way + self.price_times(t, &spot, ready, f64::INFINITY),
            Some(mate) => {
                let (own, extra) = self.pair_price(t, ready, mate, f64::INFINITY)?;
                way + extra + self.price_times(t, &spot, own, f64::INFINITY)
            }
        };
        alone.is_finite().then_some(Spot { alone, ..spot })
    }

    /// Price of two spots taken by the two parts of an order at once.
    fn price_together(&self, (t, a): (u32, &Spot), (mate, b): (u32, &Spot), bound: f64) -> Option<f64> {
        let (min, max) = self.model.tasks[t as usize].gap;
        let (first, second) = if self.model.tasks[t as usize].first { (a, b) } else { (b, a) };
        let starts = (first.ready.max(second.ready - max), second.ready.max(first.ready + min));
        let (own, theirs) = if self.model.tasks[t as usize].first { starts } else { (starts.1, starts.0) };
        if own > a.latest + EPS || theirs > b.latest + EPS {
            return None;
        }
        let mut price = a.way + b.way;
        price += self.price_times(t, a, own, bound - price);
        if price < bound {
            price += self.price_times(mate, b, theirs, bound - price);
        }
        (price < bound).then_some(price)
    }

    /// Price of what a task does to the times when it starts then: its own lateness and what comes after it.
    fn price_times(&self, t: u32, spot: &Spot, start: f64, bound: f64) -> f64 {
        let task = &self.model.tasks[t as usize];
        let mut foot = spot.foot;
        if start > spot.latest + EPS || !self.wait_rest(&self.model.crews[spot.r as usize], task, start, &mut foot) {
            return f64::INFINITY;
        }
        let foot = Foot { free: start + task.minutes, place: task.place, rested: foot.rested };
        let late = self.lateness(t, start);
        late + self.delay(spot.r, spot.p, foot, bound - late)
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        City, Options, Plan, Problem,
        model::{Model, Tie},
        search::{desk::Desk, near::Near, solve},
    };

    /// What every single place costs, tried in truth: the least.
    fn least(desk: &mut Desk<'_>, t: u32) -> Option<f64> {
        let task = desk.model.tasks[t as usize];
        let absent = desk.state.sums.absent;
        let before = desk.state.cost() - absent;
        let places = |desk: &Desk<'_>| {
            let rounds = desk.state.rounds.iter().enumerate();
            rounds.flat_map(|(r, round)| (0..=round.len() as u32).map(move |p| (r as u32, p))).collect::<Vec<_>>()
        };
        let all = places(desk);
        let mut least: Option<f64> = None;
        let mut ask = |desk: &mut Desk<'_>, row: &[(u32, u32, u32)]| {
            if row.iter().any(|&(t, r, _)| !desk.state.welcomes(t, r)) {
                return;
            }
            let mark = desk.state.mark();
            if desk.try_insert(row) {
                let grown = desk.state.cost() - desk.state.sums.absent - before;
                least = Some(least.map_or(grown, |least| least.min(grown)));
            }
            desk.state.undo(mark);
        };
        for &(r, p) in &all {
            if task.tie != Tie::Pair {
                ask(desk, &[(t, r, p)]);
                continue;
            }
            for &(s, q) in
                all.iter().filter(|&&(s, _)| desk.model.crews[s as usize].person != desk.model.crews[r as usize].person)
            {
                ask(desk, &[(t, r, p), (task.mate, s, q)]);
            }
        }
        least
    }

    fn urgent(problem: &Problem, plan: &Plan, k: usize) -> (Option<f64>, Option<f64>) {
        let mut more = problem.clone();
        more.orders.push(crate::Order { id: "urgent".into(), ..problem.orders[k].clone() });
        let model = Model::new(&more);
        let near = Near::nobody();
        let mut desk = Desk::new(&model, &near, 1);
        desk.lay_out(plan);
        let t = model.first[problem.orders.len()];
        let best = least(&mut desk, t);
        let before = desk.state.cost() - desk.state.sums.absent;
        let served = desk.insert_best(t);
        let found = served.then(|| desk.state.cost() - desk.state.sums.absent - before);
        (best, found)
    }

    #[test]
    fn an_order_that_comes_in_costs_as_little_as_the_best_of_all_places() {
        let (mut singles, mut pairs, mut served) = (0, 0, 0);
        for seed in 1..=10 {
            let problem = City { orders: 60, caregivers: 14, pairs: 0.3, capacity: 1.3, seed }.problem();
            let plan = solve(&problem, &Options { moves: Some(2_000), ..Options::default() }).unwrap();
            for k in 0..problem.orders.len() {
                let two = problem.orders[k].services.len() == 2;
                if two {
                    pairs += 1
                } else {
                    singles += 1
                }
                let (best, found) = urgent(&problem, &plan, k);
                assert_eq!(best.is_some(), found.is_some(), "seed {seed} order {k}: {best:?} {found:?}");
                let (Some(best), Some(found)) = (best, found) else { continue };
                served += 1;
                assert!(found <= best + best.abs() * 0.01 + 1e-6, "seed {seed} order {k}: {found} above {best}");
            }
        }
        assert!(singles > 50 && pairs > 30 && served > 100, "{singles} {pairs} {served}");
    }
}
