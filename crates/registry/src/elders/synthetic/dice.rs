//! Chance that is the same on every machine and in every version: one small generator per made thing.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// A generator for one made thing.
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    /// The dice of thing number `index` of a kind, in a run with this seed.
    pub(super) fn of(seed: u64, kind: u64, index: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(mix(seed ^ mix(kind ^ mix(index)))))
    }

    /// A number below `limit`, which is at least 1.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.0.next_u64()) * u128::from(limit)) >> 64) as u64
    }

    /// A number in the closed range.
    pub(super) fn within(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// True in `percent` of a hundred cases.
    pub(super) fn chance(&mut self, percent: f64) -> bool {
        self.unit() * 100.0 < percent
    }

    /// A number from 0 up to 1.
    pub(super) fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// One of a list that is not empty.
    pub(super) fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize]
    }

    /// One of a list in which the early ones are commoner, as names are.
    pub(super) fn pick_early<T: Copy>(&mut self, list: &[T]) -> T {
        let unit = self.unit();
        list[((unit * unit) * list.len() as f64) as usize]
    }

    /// One character of a text that is not empty.
    pub(super) fn letter(&mut self, text: &str) -> char {
        let at = self.below(text.chars().count() as u64) as usize;
        text.chars().nth(at).unwrap_or('英')
    }
}

/// Scrambles a number (SplitMix64's finisher).
pub(super) const fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// The weights of a list, summed up, to draw from.
pub(super) struct Weights(Vec<f64>);

impl Weights {
    /// Sums the weights up.
    pub(super) fn of(weights: impl IntoIterator<Item = f64>) -> Self {
        let sums = weights.into_iter().scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        });
        Self(sums.collect())
    }

    /// The index of one of them; 0 when there are none.
    pub(super) fn draw(&self, dice: &mut Dice) -> usize {
        let at = dice.unit() * self.0.last().copied().unwrap_or(0.0);
        self.0.partition_point(|sum| *sum <= at).min(self.0.len().saturating_sub(1))
    }
}
