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
    cells: Vec<(u32, f32)>,
    weights: Vec<f64>,
}

/// Prices that give a bound, and what they make of each row.
struct Prices {
    prices: Vec<f64>,
    values: Vec<f64>,
    bound: f64,
}

/// Proves that no choice within the terms covers more than the number returned, which is at least `covered`.
pub(super) fn prove(cover: &Cover, terms: &Terms, covered: u64) -> u64 {
    let all: Vec<u32> = (0..cover.candidate_count() as u32).collect();
    let group_of = groups(cover);
    let coarse = Table::grouped(cover, &all, &group_of);
    let mut bound = cover.coverable() as f64;
    let goal = covered as f64;
    let start = vec![0.5; coarse.weights.len()];
    let rough = coarse.descend(terms, goal, start, 150);
    bound = bound.min(rough.bound);
    // A row out of the best purchase that cannot make up for it is in no better choice.
    let margin = rough.bound - goal;
    let floor = coarse.dearest(terms, &rough.values) - margin;
    let kept: Vec<u32> = (coarse.rows.iter())
        .zip(&rough.values)
        .filter(|(row, value)| **value >= floor * terms.cost(**row as usize) as f64 || terms.costs.is_some())
        .map(|(row, _)| *row)
        .collect();
    let fine = Table::of_classes(cover, &kept);
    let start = group_of.iter().map(|group| rough.prices[*group as usize]).collect();
    // Work in proportion: about fifteen million cells are looked at.
    let steps = (15_000_000 / (fine.cells.len() + 1)).clamp(10, 400);
    let exact = fine.descend(terms, goal, start, steps);
    // Choices with a row that was left out cover no more than what is covered already.
    bound = bound.min(exact.bound.max(goal));
    // People are whole. Cells are exact in single precision up to 2²⁴ people, and right to seven digits beyond.
    let error = if cover.coverable() < 1 << 24 { 1e-9 } else { 2e-7 };
    ((bound * (1.0 + error) + 1e-6).floor() as u64).clamp(covered, cover.coverable().max(covered))
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
        let weights: Vec<f64> = cover.weights.iter().map(|weight| *weight as f64).collect();
        let mut table = Self { rows: rows.to_vec(), first: vec![0], cells: Vec::new(), weights };
        for row in rows {
            let cells =
                cover.classes(*row as usize).iter().map(|class| (*class, cover.weights[*class as usize] as f32));
            table.cells.extend(cells);
            table.first.push(table.cells.len());
        }
        table
    }

    fn grouped(cover: &Cover, rows: &[u32], group_of: &[u32]) -> Self {
        let count = group_of.iter().max().map_or(0, |most| *most as usize + 1);
        let mut weights = vec![0.0; count];
        for (group, weight) in group_of.iter().zip(&cover.weights) {
            weights[*group as usize] += *weight as f64;
        }
        let mut table = Self { rows: rows.to_vec(), first: vec![0], cells: Vec::new(), weights };
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
                table.cells.push((group, std::mem::take(&mut sums[group as usize]) as f32));
            }
            table.first.push(table.cells.len());
        }
        table
    }

    fn cells(&self, row: usize) -> &[(u32, f32)] {
        &self.cells[self.first[row]..self.first[row + 1]]
    }

    /// Subgradient steps from some prices; returns the best bound on the way.
    fn descend(&self, terms: &Terms, goal: f64, mut prices: Vec<f64>, steps: usize) -> Prices {
        let mut best = Prices { prices: prices.clone(), values: vec![0.0; self.rows.len()], bound: f64::INFINITY };
        let (mut pace, mut stuck) = (1.0, 0);
        for _ in 0..steps {
            let values = self.values(terms, &prices);
            let (bought, worth) = self.buy(terms, &values);
            let kept: f64 = prices.iter().zip(&self.weights).map(|(price, weight)| (1.0 - price) * weight).sum();
            let bound = kept + worth;
            if bound < best.bound {
                stuck = if bound < best.bound - (best.bound - goal) * 1e-3 { 0 } else { stuck + 1 };
                best = Prices { prices: prices.clone(), values, bound };
            } else {
                stuck += 1;
            }
            if stuck >= 6 {
                (pace, stuck) = (pace * 0.6, 0);
                prices.clone_from(&best.prices);
            }
            if best.bound < goal + 1.0 {
                break;
            }
            self.step(&mut prices, &bought, pace * (bound - goal));
        }
        best
    }

    fn values(&self, terms: &Terms, prices: &[f64]) -> Vec<f64> {
        let value = |row: usize| {
            let sum: f64 =
                self.cells(row).iter().map(|(column, part)| f64::from(*part) * prices[*column as usize]).sum();
            terms.capacity(self.rows[row] as usize).map_or(sum, |capacity| sum.min(capacity as f64))
        };
        (0..self.rows.len()).map(value).collect()
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
    fn step(&self, prices: &mut [f64], bought: &[(usize, f64)], drop: f64) {
        let mut covered = vec![0.0; self.weights.len()];
        for (row, part) in bought {
            for (column, cell) in self.cells(*row) {
                covered[*column as usize] += part * f64::from(*cell);
            }
        }
        let mut norm = 0.0;
        for ((covered, weight), price) in covered.iter_mut().zip(&self.weights).zip(prices.iter()) {
            *covered = *covered / weight - 1.0;
            // At the end of its range a price only moves inward.
            if *covered > 0.0 && *price <= 0.0 || *covered < 0.0 && *price >= 1.0 {
                *covered = 0.0;
            }
            norm += *covered * *covered * weight;
        }
        if norm > 0.0 {
            let pace = drop / norm;
            for (price, slope) in prices.iter_mut().zip(&covered) {
                *price = (*price - pace * slope).clamp(0.0, 1.0);
            }
        }
    }
}
