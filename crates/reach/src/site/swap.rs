//! A good choice: greedy first, then one chosen candidate is exchanged for another for as long as that helps.

use std::collections::BinaryHeap;

use super::{Answer, Cover, Pick, Terms, bound};

/// A choice under way, with what every further step would bring.
pub(super) struct Chosen {
    pub(super) picks: Vec<usize>,
    /// By how many of the chosen each class is covered.
    depth: Vec<u32>,
    /// What each candidate would add.
    pub(super) gain: Vec<u64>,
    pub(super) spent: u64,
}

/// What candidates would add more if one of the chosen left.
pub(super) struct Freed {
    pub(super) by: Vec<u64>,
    /// Those that would.
    touched: Vec<u32>,
}

impl Freed {
    pub(super) fn new(cover: &Cover) -> Self {
        Self { by: vec![0; cover.candidate_count()], touched: Vec::new() }
    }
}

impl Chosen {
    /// Takes the candidate with the largest gain for its cost, as long as the budget allows one.
    ///
    /// Gains only shrink, so a candidate whose old gain is not on top need not be looked at again.
    pub(super) fn greedy(cover: &Cover, terms: &Terms) -> Self {
        let gain: Vec<u64> = (0..cover.candidate_count())
            .map(|candidate| cover.classes(candidate).iter().map(|class| cover.weights[*class as usize]).sum())
            .collect();
        let worth = |gain: u64, candidate: usize| (u128::from(gain) << 32) / u128::from(terms.cost(candidate));
        let mut open: BinaryHeap<_> = gain
            .iter()
            .enumerate()
            .map(|(candidate, gain)| (worth(*gain, candidate), std::cmp::Reverse(candidate)))
            .collect();
        let mut chosen = Self { picks: Vec::new(), depth: vec![0; cover.class_count()], gain, spent: 0 };
        while let Some((before, std::cmp::Reverse(candidate))) = open.pop() {
            if chosen.spent + terms.cost(candidate) > terms.budget {
                continue;
            }
            let now = worth(chosen.gain_now(cover, candidate), candidate);
            if now == 0 {
                continue;
            }
            if now < before {
                open.push((now, std::cmp::Reverse(candidate)));
                continue;
            }
            chosen.spent += terms.cost(candidate);
            chosen.picks.push(candidate);
            cover.classes(candidate).iter().for_each(|class| chosen.depth[*class as usize] += 1);
        }
        for candidate in 0..cover.candidate_count() {
            chosen.gain[candidate] = chosen.gain_now(cover, candidate);
        }
        chosen
    }

    /// A choice that somebody else made.
    pub(super) fn of(cover: &Cover, terms: &Terms, picks: Vec<usize>) -> Self {
        let spent = picks.iter().map(|candidate| terms.cost(*candidate)).sum();
        let mut chosen = Self { picks, depth: vec![0; cover.class_count()], gain: Vec::new(), spent };
        for candidate in &chosen.picks {
            cover.classes(*candidate).iter().for_each(|class| chosen.depth[*class as usize] += 1);
        }
        chosen.gain = (0..cover.candidate_count()).map(|candidate| chosen.gain_now(cover, candidate)).collect();
        chosen
    }

    /// How many people it covers.
    pub(super) fn covered(&self, cover: &Cover) -> u64 {
        self.depth.iter().zip(&cover.weights).filter(|(depth, _)| **depth > 0).map(|(_, weight)| weight).sum()
    }

    fn gain_now(&self, cover: &Cover, candidate: usize) -> u64 {
        let new = cover.classes(candidate).iter().filter(|class| self.depth[**class as usize] == 0);
        new.map(|class| cover.weights[*class as usize]).sum()
    }

    /// Exchanges until no single exchange helps.
    pub(super) fn improve(&mut self, cover: &Cover, terms: &Terms) {
        let (mut quiet, mut place, mut freed) = (0, 0, Freed::new(cover));
        // Each exchange adds at least one person; the limit is for huge instances of tiny steps.
        for _ in 0..40 * self.picks.len() {
            if quiet >= self.picks.len() {
                return;
            }
            let old = self.picks[place];
            let new = self.exchange(cover, terms, place, &mut freed);
            quiet = if new == old { quiet + 1 } else { 0 };
            place = (place + 1) % self.picks.len();
        }
    }

    /// Exchanges one of the chosen for the candidate that helps most, if one does; which one stands there then.
    pub(super) fn exchange(&mut self, cover: &Cover, terms: &Terms, place: usize, freed: &mut Freed) -> usize {
        let old = self.picks[place];
        self.free(cover, old, freed);
        let room = terms.budget - (self.spent - terms.cost(old));
        // Beside what gains by this one's leaving, only the candidate that adds most can be the best.
        let near = freed.touched.iter().map(|candidate| *candidate as usize);
        let best = near
            .chain(self.most(terms, room))
            .filter(|candidate| terms.cost(*candidate) <= room)
            .max_by_key(|candidate| (self.gain[*candidate] + freed.by[*candidate], std::cmp::Reverse(*candidate)));
        let new = best.filter(|new| self.gain[*new] + freed.by[*new] > freed.by[old]).unwrap_or(old);
        if new != old {
            self.take_out(cover, old);
            self.put_in(cover, new);
            self.spent = self.spent - terms.cost(old) + terms.cost(new);
            self.picks[place] = new;
        }
        new
    }

    /// The first of the candidates that add most, of those that cost at most so much.
    fn most(&self, terms: &Terms, room: u64) -> Option<usize> {
        if terms.costs.is_none() {
            let most = self.gain.iter().copied().max()?;
            return self.gain.iter().position(|gain| *gain == most);
        }
        let fit = (0..self.gain.len()).filter(|candidate| terms.cost(*candidate) <= room);
        fit.max_by_key(|candidate| (self.gain[*candidate], std::cmp::Reverse(*candidate)))
    }

    /// What each candidate would add more if this one, which is chosen, left; for itself that is what it adds now.
    fn free(&self, cover: &Cover, candidate: usize, freed: &mut Freed) {
        freed.touched.drain(..).for_each(|other| freed.by[other as usize] = 0);
        for class in cover.classes(candidate).iter().filter(|class| self.depth[**class as usize] == 1) {
            let weight = cover.weights[*class as usize];
            for other in cover.candidates(*class) {
                let by = &mut freed.by[*other as usize];
                if *by == 0 {
                    freed.touched.push(*other);
                }
                *by += weight;
            }
        }
    }

    /// Keeps `gain` right while a candidate leaves.
    pub(super) fn take_out(&mut self, cover: &Cover, candidate: usize) {
        for class in cover.classes(candidate) {
            let depth = &mut self.depth[*class as usize];
            *depth -= 1;
            if *depth == 0 {
                let weight = cover.weights[*class as usize];
                cover.candidates(*class).iter().for_each(|other| self.gain[*other as usize] += weight);
            }
        }
    }

    pub(super) fn put_in(&mut self, cover: &Cover, candidate: usize) {
        for class in cover.classes(candidate) {
            let depth = &mut self.depth[*class as usize];
            *depth += 1;
            if *depth == 1 {
                let weight = cover.weights[*class as usize];
                cover.candidates(*class).iter().for_each(|other| self.gain[*other as usize] -= weight);
            }
        }
    }

    /// The choice in the order of what each adds.
    pub(super) fn answer(&self, cover: &Cover) -> Answer {
        let mut left = self.picks.clone();
        let mut ordered = Self { picks: Vec::new(), depth: vec![0; cover.class_count()], gain: Vec::new(), spent: 0 };
        let mut answer = Answer { chosen: Vec::new(), covered: 0, bound: 0 };
        while !left.is_empty() {
            let gains = left.iter().map(|candidate| ordered.gain_now(cover, *candidate));
            let Some((gained, std::cmp::Reverse(at))) =
                gains.enumerate().map(|(at, gain)| (gain, std::cmp::Reverse(at))).max()
            else {
                break;
            };
            let candidate = left.remove(at);
            cover.classes(candidate).iter().for_each(|class| ordered.depth[*class as usize] += 1);
            answer.covered += gained;
            answer.chosen.push(Pick { candidate, gained });
        }
        answer
    }
}

/// Greedy with capacities: the candidate that can serve most for its cost takes its people, those with the fewest other
/// candidates first, until it is full.
pub(super) fn fill(cover: &Cover, terms: &Terms) -> Answer {
    let mut left = cover.weights.clone();
    let mut answer = Answer { chosen: Vec::new(), covered: 0, bound: 0 };
    let (mut spent, mut is_taken) = (0, vec![false; cover.candidate_count()]);
    loop {
        let serves = |candidate: usize| {
            let people: u64 = cover.classes(candidate).iter().map(|class| left[*class as usize]).sum();
            people.min(terms.capacity(candidate).unwrap_or(u64::MAX))
        };
        let best = (0..cover.candidate_count())
            .filter(|candidate| !is_taken[*candidate] && spent + terms.cost(*candidate) <= terms.budget)
            .map(|candidate| {
                let gained = serves(candidate);
                ((u128::from(gained) << 32) / u128::from(terms.cost(candidate)), gained, std::cmp::Reverse(candidate))
            })
            .max();
        let Some((_, gained @ 1.., std::cmp::Reverse(candidate))) = best else { break };
        is_taken[candidate] = true;
        spent += terms.cost(candidate);
        let mut classes = cover.classes(candidate).to_vec();
        classes.sort_by_key(|class| cover.candidates(*class).len());
        let mut free = gained;
        for class in classes {
            let served = left[class as usize].min(free);
            left[class as usize] -= served;
            free -= served;
        }
        answer.covered += gained;
        answer.chosen.push(Pick { candidate, gained });
    }
    let mut relaxation = bound::Relaxation::rough(cover, terms);
    relaxation.descend(answer.covered, terms.steps);
    answer.bound = relaxation.bound(answer.covered);
    answer
}
