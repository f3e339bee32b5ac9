//! A plan after any changes is the plan one would make anew.

use std::sync::Arc;

use proptest::prelude::*;
use reach::{
    Coverage, FacilityId, Network, Person, Plan, Position, Profile, Streets,
    city::{CitySpec, city},
};

const SPEC: CitySpec = CitySpec { seed: 3, blocks: 5, centre: Position::new(113.82, 34.03) };

fn town() -> (Arc<Network>, Vec<Person>, Vec<Position>) {
    let city = city(SPEC).unwrap();
    let homes = city.homes(5, 3_000);
    let people = homes
        .iter()
        .enumerate()
        .map(|(at, home)| Person { home: *home, place: (at % 7) as u32, weight: 1 + (at % 3) as u32 })
        .collect();
    let network = Network::build(Streets::of_draft(&city.draft).unwrap(), Profile::ELDER).unwrap();
    (Arc::new(network), people, city.homes(9, 40))
}

fn anew(network: &Arc<Network>, people: &[Person], standing: &[(FacilityId, usize, Position)]) -> Coverage {
    let mut plan = Plan::new(network, people, 2, 600.0).unwrap();
    for (_, kind, at) in standing {
        plan.open(*kind, *at).unwrap();
    }
    plan.coverage()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn changes_leave_what_a_new_plan_has(steps in prop::collection::vec((0..4_u8, 0..2_usize, 0..40_usize), 1..14)) {
        let (network, people, sites) = town();
        let mut plan = Plan::new(&network, &people, 2, 600.0).unwrap();
        let mut standing: Vec<(FacilityId, usize, Position)> = Vec::new();
        for (step, kind, site) in steps {
            let before = plan.coverage();
            let (kind, change) = if step < 2 || standing.is_empty() {
                let (id, change) = plan.open(kind, sites[site]).unwrap();
                standing.push((id, kind, sites[site]));
                (kind, change)
            } else {
                let place = site % standing.len();
                let (id, kind, _) = standing[place];
                if step == 2 {
                    standing.remove(place);
                    (kind, plan.close(id))
                } else {
                    let (id, change) = plan.relocate(id, sites[site]).unwrap();
                    standing[place] = (id, kind, sites[site]);
                    (kind, change)
                }
            };
            prop_assert_eq!(&change.places, &plan.coverage().since(&before, kind));
            prop_assert_eq!(plan.coverage(), anew(&network, &people, &standing));
            prop_assert_eq!(plan.coverage_within(600.0), plan.coverage());
        }
    }
}

#[test]
fn everybody_is_counted_unconnected_or_far_and_a_gap_is_a_place_with_nobody_reached() {
    let (network, mut people, sites) = town();
    people.push(Person { home: Position::new(114.5, 34.03), place: 7, weight: 10 });
    let mut plan = Plan::new(&network, &people, 2, 600.0).unwrap();
    let nothing = plan.coverage();
    assert_eq!((nothing.total().counted(), nothing.total().far), (0, 10));
    assert_eq!(nothing.gaps(0).len(), 8);
    let (id, change) = plan.open(0, sites[0]).unwrap();
    let total = plan.coverage().total();
    assert!(total.counted() > 0 && total.within[0] == change.gained && change.lost == 0);
    assert_eq!(total.counted() + total.far + total.unconnected, total.all);
    assert!(plan.coverage().gaps(0).contains(&7) && plan.coverage().gaps(1).len() == 8);
    for within in [300.0, 600.0] {
        let missed = plan.missed(0, within);
        let weight: u64 = missed.iter().map(|person| u64::from(people[*person as usize].weight)).sum();
        let reached = plan.coverage_within(within).total().within[0];
        assert_eq!(weight + reached + total.far, total.all, "who is missed within {within} m");
        assert!(!missed.contains(&(people.len() as u32 - 1)), "who is far is counted apart");
    }
    assert_eq!(plan.close(id).lost, change.gained);
    assert_eq!(plan.coverage(), nothing);
    assert!(plan.open(0, Position::new(0.0, 0.0)).is_err());
}
