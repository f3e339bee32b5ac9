//! How good any choice can be: a Lagrangian relaxation of the covering problem.
//!
//! Let b(c) be the weight of a column c of points and a(j, c) the part of it that candidate j covers. For any prices
//! μ(c) between 0 and 1, no choice within the budget covers more than
//!
//! ```text
//! Σ b(c)·(1 − μ(c))  +  the most that the budget buys of  v(j) = Σ a(j, c)·μ(c)   (at most j's capacity)
//! ```
//!
//! because a covered column brings at most (1 − μ)·b itself and μ·b through each candidate that covers it. Prices are
//! improved by subgradient steps, first with neighbouring classes priced together, which is fast, then class by class
//! over the candidates that can still be part of something better.

use super::{Cover, Terms, cover::mixed};

/// Candidates against columns of points.
struct Table {
    /// Candidate of each row.
    rows: Vec<u32>,
    first: Vec<usize>,
    columns: Vec<u32>,
    /// Which weight of its column each cell has; empty if each has all of it.
    parts: Vec<f32>,
    weights: Vec<f32>,
}

/// A descent under way.
struct Descent {
    prices: Vec<f32>,
    /// The prices of the best bound, and what they make of each row.
    best_prices: Vec<f32>,
    best_values: Vec<f64>,
    bound: f64,
    pace: f64,
    stuck: u32,
    /// How often each row was bought lately.
    share: Vec<f32>,
}

/// A relaxation of a siting: it bounds every choice, and leans towards good ones.
pub(super) struct Relaxation<'a> {
    cover: &'a Cover,
    terms: &'a Terms,
    table: Table,
    descent: Descent,
}

impl<'a> Relaxation<'a> {
    /// Prices neighbouring classes together; `covered` is what a known choice covers.
    pub(super) fn new(cover: &'a Cover, terms: &'a Terms, covered: u64) -> Self {
        let all: Vec<u32> = (0..cover.candidate_count() as u32).collect();
        let group_of = groups(cover);
        let coarse = Table::grouped(cover, &all, &group_of);
        let mut rough = Descent::new(vec![0.5; coarse.weights.len()], all.len());
        coarse.descend(terms, covered as f64, &mut rough, 150);
        let prices = group_of.iter().map(|group| rough.best_prices[*group as usize]).collect();
        let table = Table::of_classes(cover, &all);
        let mut descent = Descent::new(prices, all.len());
        descent.share.clone_from(&rough.share);
        descent.bound = rough.bound;
        descent.best_values = rough.best_values;
        Self { cover, terms, table, descent }
    }

    /// Leaves out the rows that are in no choice that covers more than `covered`, then takes so many steps.
    ///
    /// A row out of the best purchase must make up for the last one in it, or it is worth no more than what is known.
    pub(super) fn descend(&mut self, covered: u64, steps: usize) {
        let goal = covered as f64;
        let values = &self.descent.best_values;
        if self.terms.costs.is_none() && values.len() == self.table.rows.len() {
            let floor = self.table.dearest(self.terms, values) - (self.descent.bound - goal).max(0.0) - 1.0;
            let is_kept: Vec<bool> = values.iter().map(|value| *value >= floor).collect();
            let mut kept = is_kept.iter();
            self.table.rows.retain(|_| kept.next().is_none_or(|kept| *kept));
            let mut kept = is_kept.iter();
            self.descent.share.retain(|_| kept.next().is_none_or(|kept| *kept));
            self.table = Table::of_classes(self.cover, &self.table.rows);
            self.descent.best_values.clear();
        }
        let proven = self.descent.bound;
        self.descent.bound = f64::INFINITY;
        self.table.descend(self.terms, goal, &mut self.descent, steps);
        // What was left out covers no more than what is known; what was proven before stays proven.
        self.descent.bound = self.descent.bound.max(goal).min(proven);
    }

    /// The candidates that were bought most lately, as many as the budget buys.
    pub(super) fn leaning(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.table.rows.len()).collect();
        order.sort_by(|a, b| self.descent.share[*b].total_cmp(&self.descent.share[*a]));
        let mut left = self.terms.budget;
        let rows = order.into_iter().map(|row| self.table.rows[row] as usize);
        rows.filter(|candidate| {
            let fits = self.terms.cost(*candidate) <= left;
            left -= if fits { self.terms.cost(*candidate) } else { 0 };
            fits
        })
        .collect()
    }

    /// No choice within the terms covers more; at least `covered`.
    pub(super) fn bound(&self, covered: u64) -> u64 {
        let all = self.cover.coverable();
        // People are whole. Cells are exact in single precision up to 2²⁴ people, and right to seven digits beyond.
        let error = if all < 1 << 24 { 1e-9 } else { 4e-7 };
        let bound = (self.descent.bound.min(all as f64) * (1.0 + error) + 1e-6).floor();
        (bound as u64).clamp(covered, all.max(covered))
    }
}

impl Descent {
    fn new(prices: Vec<f32>, rows: usize) -> Self {
        Self {
            best_prices: prices.clone(),
            prices,
            best_values: vec![0.0; rows],
            bound: f64::INFINITY,
            pace: 1.0,
            stuck: 0,
            share: vec![0.0; rows],
        }
    }
}

/// Groups classes by the two candidates of lowest random rank that cover them: neighbours share them.
fn groups(cover: &Cover) -> Vec<u32> {
    let mut keys: Vec<(u64, u32)> = (0..cover.class_count() as u32)
        .map(|class| {
            let mut ranks = [u32::MAX; 2];
            for candidate in cover.candidates(class) {
                let rank = (mixed(u64::from(*candidate)) >> 33) as u32;
                if rank < ranks[0] {
                    ranks = [rank, ranks[0]];
                } else if rank < ranks[1] {
                    ranks[1] = rank;
                }
            }
            (u64::from(ranks[0]) << 32 | u64::from(ranks[1]), class)
        })
        .collect();
    keys.sort_unstable();
    let mut group_of = vec![0; keys.len()];
    for (group, same) in (0..).zip(keys.chunk_by(|a, b| a.0 == b.0)) {
        same.iter().for_each(|(_, class)| group_of[*class as usize] = group);
    }
    group_of
}

impl Table {
    fn of_classes(cover: &Cover, rows: &[u32]) -> Self {
        let weights = cover.weights.iter().map(|weight| *weight as f32).collect();
        let mut table = Self { rows: rows.to_vec(), first: vec![0], columns: Vec::new(), parts: Vec::new(), weights };
        for row in rows {
            table.columns.extend_from_slice(cover.classes(*row as usize));
            table.first.push(table.columns.len());
        }
        table
    }

    fn grouped(cover: &Cover, rows: &[u32], group_of: &[u32]) -> Self {
        let count = group_of.iter().max().map_or(0, |most| *most as usize + 1);
        let mut weights = vec![0.0_f64; count];
        for (group, weight) in group_of.iter().zip(&cover.weights) {
            weights[*group as usize] += *weight as f64;
        }
        let weights = weights.into_iter().map(|weight| weight as f32).collect();
        let mut table = Self { rows: rows.to_vec(), first: vec![0], columns: Vec::new(), parts: Vec::new(), weights };
        let (mut sums, mut touched) = (vec![0.0_f64; count], Vec::new());
        for row in rows {
            for class in cover.classes(*row as usize) {
                let group = group_of[*class as usize];
                if sums[group as usize] == 0.0 {
                    touched.push(group);
                }
                sums[group as usize] += cover.weights[*class as usize] as f64;
            }
            for group in touched.drain(..) {
                table.columns.push(group);
                table.parts.push(std::mem::take(&mut sums[group as usize]) as f32);
            }
            table.first.push(table.columns.len());
        }
        table
    }

    /// Subgradient steps.
    fn descend(&self, terms: &Terms, goal: f64, on: &mut Descent, steps: usize) {
        for _ in 0..steps {
            let (values, kept) = self.values(terms, &on.prices);
            let (bought, worth) = self.buy(terms, &values);
            let bound = kept + worth;
            on.share.iter_mut().for_each(|share| *share *= 0.9);
            bought.iter().for_each(|(row, part)| on.share[*row] += *part as f32 * 0.1);
            on.stuck = if bound < on.bound - (on.bound - goal) * 1e-3 { 0 } else { on.stuck + 1 };
            if bound < on.bound {
                on.bound = bound;
                on.best_prices.clone_from(&on.prices);
                on.best_values = values;
            }
            if on.stuck >= 8 {
                on.pace *= 0.7;
                on.stuck = 0;
            }
            if on.bound < goal + 1.0 {
                break;
            }
            self.step(&mut on.prices, &bought, on.pace * (bound - goal));
        }
    }

    /// What each row is worth, and what is kept without buying.
    fn values(&self, terms: &Terms, prices: &[f32]) -> (Vec<f64>, f64) {
        let priced: Vec<f32> = if self.parts.is_empty() {
            prices.iter().zip(&self.weights).map(|(price, weight)| price * weight).collect()
        } else {
            Vec::new()
        };
        let value = |row: usize| {
            let cells = self.first[row]..self.first[row + 1];
            let sum: f64 = if self.parts.is_empty() {
                self.columns[cells].iter().map(|column| f64::from(priced[*column as usize])).sum()
            } else {
                let cells = self.columns[cells.clone()].iter().zip(&self.parts[cells]);
                cells.map(|(column, part)| f64::from(*part) * f64::from(prices[*column as usize])).sum()
            };
            terms.capacity(self.rows[row] as usize).map_or(sum, |capacity| sum.min(capacity as f64))
        };
        let kept: f64 = if self.parts.is_empty() {
            self.weights.iter().zip(&priced).map(|(weight, priced)| f64::from(*weight) - f64::from(*priced)).sum()
        } else {
            self.weights.iter().zip(prices).map(|(weight, price)| f64::from(*weight) * (1.0 - f64::from(*price))).sum()
        };
        ((0..self.rows.len()).map(value).collect(), kept)
    }

    /// The most that the budget buys, a last part of a row allowed: which rows in which part, and what they are worth.
    fn buy(&self, terms: &Terms, values: &[f64]) -> (Vec<(usize, f64)>, f64) {
        let mut order: Vec<(f64, usize)> =
            (0..values.len()).map(|row| (values[row] / terms.cost(self.rows[row] as usize) as f64, row)).collect();
        let enough = usize::try_from(terms.budget).unwrap_or(usize::MAX);
        if enough < order.len() {
            order.select_nth_unstable_by(enough, |a, b| b.0.total_cmp(&a.0));
            order.truncate(enough + 1);
        }
        order.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        let (mut bought, mut worth, mut left) = (Vec::new(), 0.0, terms.budget as f64);
        for (_, row) in order {
            let cost = terms.cost(self.rows[row] as usize) as f64;
            let part = (left / cost).min(1.0);
            if part <= 0.0 {
                break;
            }
            left -= part * cost;
            worth += part * values[row];
            bought.push((row, part));
        }
        (bought, worth)
    }

    /// The least value for its cost that is bought.
    fn dearest(&self, terms: &Terms, values: &[f64]) -> f64 {
        let (bought, _) = self.buy(terms, values);
        bought.last().map_or(0.0, |(row, _)| values[*row] / terms.cost(self.rows[*row] as usize) as f64)
    }

    /// Raises prices of what nobody bought and lowers prices of what was bought twice.
    fn step(&self, prices: &mut [f32], bought: &[(usize, f64)], drop: f64) {
        let mut slopes = vec![-1.0_f32; self.weights.len()];
        for (row, part) in bought {
            let cells = self.first[*row]..self.first[*row + 1];
            for cell in cells {
                let column = self.columns[cell] as usize;
                let share = self.parts.get(cell).map_or(1.0, |weight| weight / self.weights[column]);
                slopes[column] += *part as f32 * share;
            }
        }
        let mut norm = 0.0_f64;
        for ((slope, weight), price) in slopes.iter_mut().zip(&self.weights).zip(prices.iter()) {
            // At the end of its range a price only moves inward.
            if *slope > 0.0 && *price <= 0.0 || *slope < 0.0 && *price >= 1.0 {
                *slope = 0.0;
            }
            norm += f64::from(*slope * *slope * *weight);
        }
        if norm > 0.0 {
            let pace = (drop / norm) as f32;
            for (price, slope) in prices.iter_mut().zip(&slopes) {
                *price = (*price - pace * slope).clamp(0.0, 1.0);
            }
        }
    }
}
