//! A good choice: greedy first, then one chosen candidate is exchanged for another for as long as that helps.

use std::collections::BinaryHeap;

use super::{Answer, Cover, Pick, Terms, bound};

/// A choice under way, with what every further step would bring.
pub(super) struct Chosen {
    picks: Vec<usize>,
    /// By how many of the chosen each class is covered.
    depth: Vec<u32>,
    /// What each candidate would add.
    gain: Vec<u64>,
    spent: u64,
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
        let mut quiet = 0;
        let mut place = 0;
        // Each exchange adds at least one person; the limit is for huge instances of tiny steps.
        for _ in 0..40 * self.picks.len() {
            if quiet >= self.picks.len() {
                return;
            }
            let old = self.picks[place];
            let freed = self.freed_by(cover, old);
            let room = terms.budget - (self.spent - terms.cost(old));
            let best = (0..cover.candidate_count())
                .filter(|candidate| terms.cost(*candidate) <= room)
                .max_by_key(|candidate| (self.gain[*candidate] + freed[*candidate], std::cmp::Reverse(*candidate)));
            let new = best.filter(|new| self.gain[*new] + freed[*new] > freed[old]).unwrap_or(old);
            if new != old {
                self.take_out(cover, old);
                self.put_in(cover, new);
            }
            self.spent = self.spent - terms.cost(old) + terms.cost(new);
            self.picks[place] = new;
            quiet = if new == old { quiet + 1 } else { 0 };
            place = (place + 1) % self.picks.len();
        }
    }

    /// What each candidate would add more if this one, which is chosen, left; for itself that is what it adds now.
    fn freed_by(&self, cover: &Cover, candidate: usize) -> Vec<u64> {
        let mut freed = vec![0; cover.candidate_count()];
        for class in cover.classes(candidate).iter().filter(|class| self.depth[**class as usize] == 1) {
            let weight = cover.weights[*class as usize];
            cover.candidates(*class).iter().for_each(|other| freed[*other as usize] += weight);
        }
        freed
    }

    /// Keeps `gain` right while a candidate leaves.
    fn take_out(&mut self, cover: &Cover, candidate: usize) {
        for class in cover.classes(candidate) {
            let depth = &mut self.depth[*class as usize];
            *depth -= 1;
            if *depth == 0 {
                let weight = cover.weights[*class as usize];
                cover.candidates(*class).iter().for_each(|other| self.gain[*other as usize] += weight);
            }
        }
    }

    fn put_in(&mut self, cover: &Cover, candidate: usize) {
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
    let mut relaxation = bound::Relaxation::new(cover, terms, answer.covered);
    relaxation.descend(answer.covered, terms.steps);
    answer.bound = relaxation.bound(answer.covered);
    answer
}
