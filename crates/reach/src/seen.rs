//! Numbers passed on once each, by a bit for every number there is.

/// Passes over what it has seen already.
#[derive(Debug)]
pub(crate) struct Seen(Vec<u64>);

impl Seen {
    /// For numbers below a count.
    pub(crate) fn new(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)])
    }

    /// Each number once, in the order of the first of its kind; then all are forgotten.
    pub(crate) fn first_of(&mut self, numbers: impl Iterator<Item = u32>) -> Vec<u32> {
        let word = |number: u32| (number as usize / 64, 1 << (number % 64));
        let is_new = |number: &u32| {
            let (at, bit) = word(*number);
            let is_new = self.0[at] & bit == 0;
            self.0[at] |= bit;
            is_new
        };
        let first: Vec<u32> = numbers.filter(is_new).collect();
        first.iter().for_each(|number| self.0[word(*number).0] = 0);
        first
    }
}
