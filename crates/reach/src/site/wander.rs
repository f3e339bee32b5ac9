//! The search for something better than any single exchange finds: some of the chosen that lie beside each other leave,
//! others come in their stead with a little chance, and exchanges follow around what changed. What became worse is taken
//! back. Chance is the same for the same cover.

use super::{
    Cover, Terms,
    cover::mixed,
    swap::{Chosen, Freed},
};

/// Between how many of the chosen leave at a time.
const LEAVE: (usize, usize) = (2, 6);
/// By how much of itself a candidate's gain may be told too low, in per cent.
const NOISE: usize = 20;

/// Which candidates share somebody with which.
struct Near {
    words: usize,
    bits: Vec<u64>,
}

/// What is known of each of the chosen, by candidate.
#[derive(Clone)]
struct Known {
    /// Whether something around it changed since it was looked at.
    is_loose: Vec<bool>,
    /// What would be lost without it.
    loss: Vec<u64>,
}

/// Numbers that look like chance.
struct Dice(u64);

impl Dice {
    const fn below(&mut self, limit: usize) -> usize {
        self.0 += 1;
        if limit == 0 { 0 } else { (mixed(self.0) % limit as u64) as usize }
    }
}

impl Near {
    fn of(cover: &Cover) -> Self {
        let words = cover.candidate_count().div_ceil(64);
        let mut near = Self { words, bits: vec![0; cover.candidate_count() * words] };
        let mut all = vec![0_u64; words];
        for class in 0..cover.class_count() as u32 {
            let own = cover.candidates(class);
            let (low, high) = match own {
                [low, .., high] => (*low as usize / 64, *high as usize / 64),
                _ => continue,
            };
            own.iter().for_each(|candidate| all[*candidate as usize / 64] |= 1 << (candidate % 64));
            for candidate in own {
                let row = &mut near.bits[*candidate as usize * words..][..words];
                row[low..=high].iter_mut().zip(&all[low..=high]).for_each(|(row, all)| *row |= all);
            }
            all[low..=high].fill(0);
        }
        near
    }

    fn row(&self, candidate: usize) -> &[u64] {
        &self.bits[candidate * self.words..][..self.words]
    }

    /// How many candidates lie near both of two.
    fn between(&self, one: usize, other: usize) -> u32 {
        self.row(one).iter().zip(self.row(other)).map(|(a, b)| (a & b).count_ones()).sum()
    }

    fn meet(&self, one: usize, other: usize) -> bool {
        self.row(one).iter().zip(self.row(other)).any(|(a, b)| a & b != 0)
    }
}

impl Chosen {
    /// Looks for something better so many times.
    pub(super) fn wander(&mut self, cover: &Cover, terms: &Terms, rounds: usize) {
        if self.picks.is_empty() {
            return;
        }
        let near = Near::of(cover);
        let count = cover.candidate_count();
        let mut known = Known { is_loose: vec![true; count], loss: vec![0; count] };
        let mut freed = Freed::new(cover);
        self.settle(cover, terms, (&near, &mut known, &mut freed));
        let mut dice = Dice(0);
        let mut covered = self.covered(cover);
        for _ in 0..rounds {
            let (before, sure) = (self.picks.clone(), known.clone());
            let gone = self.leave(cover, terms, (&near, &mut known), &mut dice);
            let barred: &[usize] = if dice.below(3) == 0 { &[] } else { &gone };
            self.complete(cover, terms, barred, &mut dice);
            let come: Vec<usize> = self.picks.iter().copied().filter(|pick| !before.contains(pick)).collect();
            for changed in gone.iter().chain(&come) {
                self.loosen(&near, &mut known, *changed);
            }
            self.settle(cover, terms, (&near, &mut known, &mut freed));
            let now = self.covered(cover);
            if now >= covered {
                covered = now;
            } else {
                self.become_again(cover, terms, &before);
                known = sure;
            }
        }
    }

    /// Some of the chosen leave: one, and those that share most neighbours with it.
    fn leave(
        &mut self,
        cover: &Cover,
        terms: &Terms,
        (near, known): (&Near, &mut Known),
        dice: &mut Dice,
    ) -> Vec<usize> {
        let seed = self.picks[dice.below(self.picks.len())];
        let mut beside: Vec<(u32, usize)> =
            self.picks.iter().map(|pick| (near.between(seed, *pick) + dice.below(3) as u32, *pick)).collect();
        beside.sort_unstable_by(|a, b| b.cmp(a));
        beside.truncate(LEAVE.0 + dice.below(LEAVE.1 - LEAVE.0 + 1));
        let gone: Vec<usize> = beside.into_iter().map(|(_, pick)| pick).collect();
        self.picks.retain(|pick| !gone.contains(pick));
        for old in &gone {
            self.spent -= terms.cost(*old);
            self.take_out(cover, *old);
            known.is_loose[*old] = true;
        }
        gone
    }

    /// Takes what adds most for its cost, give or take a little chance, until the budget is spent, without some.
    fn complete(&mut self, cover: &Cover, terms: &Terms, barred: &[usize], dice: &mut Dice) {
        loop {
            let room = terms.budget - self.spent;
            let mut best = (0, None);
            for candidate in 0..cover.candidate_count() {
                let gain = self.gain[candidate];
                // Most candidates are worse than the best so far even with all the luck there is.
                if gain == 0 || terms.cost(candidate) > room || barred.contains(&candidate) {
                    continue;
                }
                let worth = |luck: usize| {
                    u128::from(gain) * (100 - luck as u128) * (1 << 32) / u128::from(terms.cost(candidate))
                };
                if worth(0) <= best.0 {
                    continue;
                }
                let worth = worth(dice.below(NOISE + 1));
                if worth > best.0 {
                    best = (worth, Some(candidate));
                }
            }
            let Some(new) = best.1 else { return };
            self.spent += terms.cost(new);
            self.picks.push(new);
            self.put_in(cover, new);
        }
    }

    /// What lies near a change must be looked at again.
    fn loosen(&self, near: &Near, known: &mut Known, changed: usize) {
        for pick in &self.picks {
            known.is_loose[*pick] |= near.meet(*pick, changed);
        }
        known.is_loose[changed] = true;
    }

    /// Exchanges around what changed until no single exchange helps.
    fn settle(&mut self, cover: &Cover, terms: &Terms, (near, known, freed): (&Near, &mut Known, &mut Freed)) {
        for _ in 0..40 * self.picks.len() {
            let place = self.picks.iter().position(|pick| known.is_loose[*pick]).or_else(|| {
                // The one that brings least may give way to one that lies far off.
                let least = (0..self.picks.len()).min_by_key(|place| known.loss[self.picks[*place]])?;
                let loss = known.loss[self.picks[least]];
                (terms.costs.is_none() && self.gain.iter().any(|gain| *gain > loss)).then_some(least)
            });
            let Some(place) = place else { return };
            let old = self.picks[place];
            let new = self.exchange(cover, terms, place, freed);
            known.loss[old] = freed.by[old];
            known.is_loose[old] = false;
            if new != old {
                self.loosen(near, known, old);
                self.loosen(near, known, new);
            }
        }
    }

    /// Goes back to a choice known from before.
    fn become_again(&mut self, cover: &Cover, terms: &Terms, picks: &[usize]) {
        let (stay, leave): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.picks).into_iter().partition(|pick| picks.contains(pick));
        leave.into_iter().for_each(|old| self.take_out(cover, old));
        picks.iter().filter(|pick| !stay.contains(pick)).for_each(|new| self.put_in(cover, *new));
        self.picks = picks.to_vec();
        self.spent = self.picks.iter().map(|candidate| terms.cost(*candidate)).sum();
    }
}
