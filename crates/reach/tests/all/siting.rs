//! Siting against trying every choice.

use proptest::prelude::*;
use reach::site::{Answer, Cover, Siting, Terms, choose};

fn best(sets: &[Vec<u32>], weights: &[u32], terms: &Terms) -> u64 {
    let cost = |candidate: usize| terms.costs.as_ref().map_or(1, |costs| costs[candidate].max(1));
    (0..1_u32 << sets.len())
        .filter(|mask| (0..sets.len()).filter(|at| mask >> at & 1 == 1).map(cost).sum::<u64>() <= terms.budget)
        .map(|mask| covered(sets, weights, (0..sets.len()).filter(|at| mask >> at & 1 == 1)))
        .max()
        .unwrap_or(0)
}

fn covered(sets: &[Vec<u32>], weights: &[u32], chosen: impl Iterator<Item = usize>) -> u64 {
    let mut is_covered = vec![false; weights.len()];
    chosen.flat_map(|candidate| &sets[candidate]).for_each(|point| is_covered[*point as usize] = true);
    weights.iter().zip(is_covered).filter(|(_, is)| *is).map(|(weight, _)| u64::from(*weight)).sum()
}

fn check(sets: &[Vec<u32>], weights: &[u32], terms: &Terms) -> Answer {
    let answer = choose(&Cover::of_sets(sets, weights), terms);
    let chosen = answer.chosen.iter().map(|pick| pick.candidate);
    assert_eq!(answer.covered, covered(sets, weights, chosen));
    assert_eq!(answer.covered, answer.chosen.iter().map(|pick| pick.gained).sum::<u64>());
    let best = best(sets, weights, terms);
    assert!(answer.covered <= best && best <= answer.bound, "{} ≤ {best} ≤ {}", answer.covered, answer.bound);
    answer
}

proptest! {
    #[test]
    fn the_best_choice_lies_between_the_answer_and_its_bound(
        sets in prop::collection::vec(prop::collection::btree_set(0..30_u32, 0..12), 1..10),
        weights in prop::collection::vec(0..9_u32, 30),
        budget in 0..6_u64,
        costs in prop::option::of(prop::collection::vec(0..4_u64, 10)),
    ) {
        let sets: Vec<Vec<u32>> = sets.into_iter().map(|set| set.into_iter().collect()).collect();
        check(&sets, &weights, &Terms { costs, ..Terms::count(budget) });
    }

    #[test]
    fn nobody_is_served_twice_and_nothing_is_overfull(
        sets in prop::collection::vec(prop::collection::btree_set(0..30_u32, 0..12), 1..10),
        weights in prop::collection::vec(0..9_u32, 30),
        capacities in prop::collection::vec(0..20_u64, 10),
    ) {
        let sets: Vec<Vec<u32>> = sets.into_iter().map(|set| set.into_iter().collect()).collect();
        let terms = Terms { capacities: Some(capacities.clone()), ..Terms::count(3) };
        let answer = choose(&Cover::of_sets(&sets, &weights), &terms);
        prop_assert!(answer.chosen.len() <= 3 && answer.covered <= answer.bound);
        prop_assert!(answer.chosen.iter().all(|pick| pick.gained <= capacities[pick.candidate]));
        prop_assert!(answer.covered <= covered(&sets, &weights, answer.chosen.iter().map(|pick| pick.candidate)));
    }
}

#[test]
fn a_swap_repairs_what_greed_spoils() {
    // The middle set is the largest, but the two outer ones cover everything.
    let sets = vec![vec![0, 1, 2], vec![1, 2, 3, 4], vec![3, 4, 5]];
    let answer = check(&sets, &[1; 6], &Terms::count(2));
    assert_eq!((answer.covered, answer.bound), (6, 6));
}

#[test]
fn points_that_the_same_candidates_cover_are_one_class() {
    let sets = vec![vec![0, 1, 2], vec![1, 2]];
    let cover = Cover::of_sets(&sets, &[5, 6, 7, 8]);
    assert_eq!((cover.class_count(), cover.pair_count(), cover.coverable()), (2, 3, 18));
}

#[test]
fn costs_and_capacities_are_columns_of_the_candidates() {
    let table = b"id,lon,lat,cost\nschool,113.8,34.0,30\npost,113.9,34.1,12\n";
    assert_eq!(Siting::column(table, "Cost").unwrap(), [30, 12]);
    assert!(Siting::column(table, "capacity").unwrap_err().to_string().contains("capacity"));
    let fault = Siting::column(b"id,lon,lat,cost\nschool,113.8,34.0,2.5\n", "cost").unwrap_err();
    assert!(fault.to_string().contains("row 2"), "{fault}");
}
