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
//! over the candidates that can still be part of something better. Each step keeps some of the slope before (Camerini,
//! Fratta and Maffioli, 1975).

use std::borrow::Cow;

use super::{Cover, Terms};

/// Candidates against columns of points.
struct Table<'a> {
    /// Candidate of each row.
    rows: Vec<u32>,
    first: Cow<'a, [u32]>,
    columns: Cow<'a, [u32]>,
    /// Which weight of its column each cell has; empty if each has all of it.
    parts: Vec<f32>,
    weights: Vec<f32>,
}

/// Steps with neighbouring classes priced together.
const ROUGH: usize = 100;

/// Where nothing is known yet, a choice is taken to cover this part of the bound.
const GUESS: f64 = 0.95;

/// How much of the slope before is kept.
const KEPT: f32 = 0.6;

/// A descent under way.
struct Descent {
    prices: Vec<f32>,
    /// The prices of the best bound, and what they make of each row.
    best_prices: Vec<f32>,
    best_values: Vec<f64>,
    bound: f64,
    /// The slopes of the last step.
    slopes: Vec<f32>,
    pace: f64,
    stuck: u32,
    /// How often each row was bought lately.
    share: Vec<f32>,
}

/// A relaxation of a siting: it bounds every choice, and leans towards good ones.
pub(super) struct Relaxation<'a> {
    cover: &'a Cover,
    terms: &'a Terms,
    table: Table<'a>,
    descent: Descent,
}

impl<'a> Relaxation<'a> {
    /// Prices neighbouring classes together.
    pub(super) fn rough(cover: &'a Cover, terms: &'a Terms) -> Self {
        let count = cover.candidate_count();
        let coarse = Table::grouped(cover);
        let mut rough = Descent::new(vec![0.5; coarse.weights.len()], count);
        coarse.descend(terms, None, &mut rough, ROUGH);
        let prices: Vec<f32> = cover.group_of.iter().map(|group| rough.best_prices[*group as usize]).collect();
        let descent = Descent {
            bound: rough.bound,
            best_values: rough.best_values,
            share: rough.share,
            // Prices that are nearly right are spoilt by great steps.
            pace: 0.5,
            ..Descent::new(prices, count)
        };
        Self { cover, terms, table: Table::of_classes(cover), descent }
    }

    /// So many candidates among which a good choice is likely: those that were bought lately, then those that are worth
    /// most for their cost. Before [`Relaxation::descend`] only, which may leave candidates out.
    pub(super) fn likely(&self, count: usize) -> Vec<u32> {
        let worth =
            |candidate: u32| self.descent.best_values[candidate as usize] / self.terms.cost(candidate as usize) as f64;
        let mut order: Vec<u32> = (0..self.cover.candidate_count() as u32).collect();
        let is_bought = |candidate: u32| self.descent.share[candidate as usize] > 1e-4;
        order.sort_by(|a, b| is_bought(*b).cmp(&is_bought(*a)).then(worth(*b).total_cmp(&worth(*a))));
        order.truncate(count);
        order
    }

    /// Leaves out the rows that are in no choice that covers more than `covered`, then takes so many steps.
    ///
    /// A row out of the best purchase must make up for the last one in it, or it is worth no more than what is known.
    pub(super) fn descend(&mut self, covered: u64, steps: usize) {
        let goal = covered as f64;
        let values = &self.descent.best_values;
        if self.terms.costs.is_none() && values.len() == self.table.rows.len() {
            let floor = self.table.last_bought(self.terms, values) - (self.descent.bound - goal).max(0.0) - 1.0;
            let is_kept: Vec<bool> = values.iter().map(|value| *value >= floor).collect();
            if is_kept.contains(&false) {
                let mut kept = is_kept.iter();
                self.table.rows.retain(|_| kept.next().is_none_or(|kept| *kept));
                let mut kept = is_kept.iter();
                self.descent.share.retain(|_| kept.next().is_none_or(|kept| *kept));
                self.table = Table::of_some(self.cover, &self.table.rows);
                self.descent.best_values.clear();
            }
        }
        let proven = self.descent.bound;
        self.descent.bound = f64::INFINITY;
        self.table.descend(self.terms, Some(goal), &mut self.descent, steps);
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
            slopes: Vec::new(),
            pace: 1.0,
            stuck: 0,
            share: vec![0.0; rows],
        }
    }
}

impl<'a> Table<'a> {
    fn of_classes(cover: &'a Cover) -> Self {
        Self {
            rows: (0..cover.candidate_count() as u32).collect(),
            first: Cow::Borrowed(&cover.first),
            columns: Cow::Borrowed(&cover.classes),
            parts: Vec::new(),
            weights: cover.weights.iter().map(|weight| *weight as f32).collect(),
        }
    }

    fn of_some(cover: &Cover, rows: &[u32]) -> Self {
        let weights = cover.weights.iter().map(|weight| *weight as f32).collect();
        let (mut first, mut columns) = (vec![0], Vec::new());
        for row in rows {
            columns.extend_from_slice(cover.classes(*row as usize));
            first.push(columns.len() as u32);
        }
        Self { rows: rows.to_vec(), first: Cow::Owned(first), columns: Cow::Owned(columns), parts: Vec::new(), weights }
    }

    fn grouped(cover: &Cover) -> Self {
        let group_of = &cover.group_of;
        let count = group_of.last().map_or(0, |last| *last as usize + 1);
        let mut weights = vec![0.0_f64; count];
        for (group, weight) in group_of.iter().zip(&cover.weights) {
            weights[*group as usize] += *weight as f64;
        }
        let (mut first, mut columns, mut parts) = (vec![0], Vec::new(), Vec::new());
        let (mut sums, mut touched) = (vec![0.0_f64; count], Vec::new());
        for row in 0..cover.candidate_count() {
            for class in cover.classes(row) {
                let group = group_of[*class as usize];
                if sums[group as usize] == 0.0 {
                    touched.push(group);
                }
                sums[group as usize] += cover.weights[*class as usize] as f64;
            }
            for group in touched.drain(..) {
                columns.push(group);
                parts.push(std::mem::take(&mut sums[group as usize]) as f32);
            }
            first.push(columns.len() as u32);
        }
        Self {
            rows: (0..cover.candidate_count() as u32).collect(),
            first: Cow::Owned(first),
            columns: Cow::Owned(columns),
            parts,
            weights: weights.into_iter().map(|weight| weight as f32).collect(),
        }
    }

    /// Subgradient steps.
    fn descend(&self, terms: &Terms, known: Option<f64>, on: &mut Descent, steps: usize) {
        for _ in 0..steps {
            let (values, kept) = self.values(terms, &on.prices);
            let (bought, worth) = self.buy(terms, &values);
            let bound = kept + worth;
            let goal = known.unwrap_or(bound.min(on.bound) * GUESS);
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
            self.step((&mut on.prices, &mut on.slopes), &bought, on.pace * (bound - goal));
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
            let cells = self.first[row] as usize..self.first[row + 1] as usize;
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
    fn last_bought(&self, terms: &Terms, values: &[f64]) -> f64 {
        let (bought, _) = self.buy(terms, values);
        bought.last().map_or(0.0, |(row, _)| values[*row] / terms.cost(self.rows[*row] as usize) as f64)
    }

    /// Raises prices of what nobody bought and lowers prices of what was bought twice.
    fn step(&self, (prices, before): (&mut [f32], &mut Vec<f32>), bought: &[(usize, f64)], drop: f64) {
        let mut slopes = vec![-1.0_f32; self.weights.len()];
        for (row, part) in bought {
            let cells = self.first[*row] as usize..self.first[*row + 1] as usize;
            for cell in cells {
                let column = self.columns[cell] as usize;
                let share = self.parts.get(cell).map_or(1.0, |weight| weight / self.weights[column]);
                slopes[column] += *part as f32 * share;
            }
        }
        // A slope that keeps some of the one before zigzags less; the rough prices do better without.
        if self.parts.is_empty() && before.len() == slopes.len() {
            for (slope, before) in slopes.iter_mut().zip(before.iter()) {
                *slope = *slope * (1.0 - KEPT) + KEPT * *before;
            }
        }
        before.clone_from(&slopes);
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
