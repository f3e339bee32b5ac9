//! During the day: insertion, illness, what stands, what was promised, and the reasons.

use rounds::{City, Live, Options, Pin, Problem, Relaxation, Together, Why, Window, solve};

use crate::support::{caregiver, order, short, street};

fn running() -> (Problem, Live) {
    let problem = City { orders: 80, caregivers: 14, ..City::default() }.problem();
    let plan = solve(&problem, &short()).unwrap();
    let live = Live::new(problem.clone(), &plan).unwrap();
    (problem, live)
}

#[test]
fn an_urgent_order_comes_in_and_nobody_elses_caregiver_changes() {
    let (problem, mut live) = running();
    let before = live.plan().unwrap();
    let mut urgent = order("urgent", problem.orders[5].place, Window::soft(600.0, 700.0));
    urgent.value = 10.0;
    let inserted = live.insert(urgent).unwrap();
    assert_eq!(inserted.visits.len(), 1);
    let after = live.plan().unwrap();
    for (old, new) in before.rounds.iter().zip(&after.rounds) {
        let stays = new.visits.iter().filter(|visit| visit.order != "urgent").map(|visit| &visit.order);
        assert!(old.visits.iter().map(|visit| &visit.order).eq(stays));
    }
    let grown = after.cost.total() - after.cost.unserved - (before.cost.total() - before.cost.unserved);
    assert!((grown - inserted.cost).abs() < 1e-6, "{grown} {}", inserted.cost);
}

#[test]
fn an_urgent_visit_by_two_comes_in() {
    let (problem, mut live) = running();
    let mut urgent = order("urgent", problem.orders[5].place, Window::soft(600.0, 700.0));
    urgent.services.push(urgent.services[0].clone());
    urgent.together = Some(Together::Simultaneous);
    let inserted = live.insert(urgent).unwrap();
    assert_eq!(inserted.visits.len(), 2);
    assert_eq!(inserted.visits[0].1, inserted.visits[1].1);
    live.plan().unwrap();
}

#[test]
fn the_plan_stays_sound_through_many_insertions() {
    for seed in 1..4 {
        let problem = City { orders: 150, caregivers: 40, pairs: 0.2, seed, ..City::default() }.problem();
        let plan = solve(&problem, &short()).unwrap();
        let mut live = Live::new(problem.clone(), &plan).unwrap();
        live.plan().unwrap();
        for (k, order) in problem.orders.iter().enumerate() {
            live.insert(rounds::Order { id: format!("urgent{k}"), ..order.clone() }).unwrap();
            live.plan().unwrap();
        }
    }
}

#[test]
fn an_order_that_is_wrong_or_there_already_is_refused() {
    let (problem, mut live) = running();
    assert!(live.insert(problem.orders[0].clone()).is_err());
    assert!(live.insert(order("far", 100_000, Window::soft(0.0, 1.0))).is_err());
    live.plan().unwrap();
}

#[test]
fn when_someone_falls_ill_what_has_begun_stands_and_the_rest_goes_to_others() {
    let (_, mut live) = running();
    live.freeze(600.0).unwrap();
    let before = live.plan().unwrap();
    let ill = before.rounds.iter().max_by_key(|round| round.visits.len()).unwrap().caregiver.clone();
    live.remove_caregiver(&ill).unwrap();
    let after = live.plan().unwrap();
    let begun =
        |id: &str| live.problem().orders.iter().any(|order| order.id == id && order.pins.iter().any(|pin| pin.begun));
    let round = after.rounds.iter().find(|round| round.caregiver == ill).unwrap();
    assert!(round.visits.iter().all(|visit| begun(&visit.order)));
    for round in &before.rounds {
        for visit in round.visits.iter().filter(|visit| begun(&visit.order)) {
            let same = after.rounds.iter().find(|other| other.caregiver == round.caregiver).unwrap();
            assert!(same.visits.iter().any(|other| other.order == visit.order && other.start == visit.start));
        }
    }
}

#[test]
fn promised_starts_are_kept_through_insertion_and_improvement() {
    let (problem, mut live) = running();
    let before = live.plan().unwrap();
    live.promise(15.0).unwrap();
    live.insert(order("urgent", problem.orders[5].place, Window::soft(600.0, 700.0))).unwrap();
    live.improve(&Options { moves: Some(2_000), ..Options::default() }, &mut |_| std::ops::ControlFlow::Continue(()))
        .unwrap();
    let after = live.plan().unwrap();
    for visit in before.rounds.iter().flat_map(|round| &round.visits) {
        let mut now = after.rounds.iter().flat_map(|round| &round.visits);
        let now = now.find(|other| other.order == visit.order && other.part == visit.part).unwrap();
        // A pair promises both starts together.
        assert!((now.start - visit.start).abs() <= 30.0 + 1e-6, "{} {}", visit.start, now.start);
    }
    assert!(after.figures.churn <= 20.0);
}

#[test]
fn why_names_for_each_caregiver_what_about_them() {
    let mut skilled = order("skilled", 2, Window::hard(540.0, 560.0));
    skilled.services[0].skills = vec!["x".into()];
    skilled.forbidden = vec!["c".into()];
    let (mut a, mut c, mut d) = (caregiver("a"), caregiver("c"), caregiver("d"));
    a.skills = vec!["x".into()];
    c.skills = vec!["x".into()];
    d.skills = vec!["x".into()];
    d.shifts[0].open = 600.0;
    let problem = street(vec![skilled], vec![a, caregiver("b"), c, d]);
    let plan = solve(&problem, &short()).unwrap();
    let choices = Live::new(problem, &plan).unwrap().why("skilled", 0).unwrap();
    let whys = choices.into_iter().map(|choice| choice.why).collect::<Vec<_>>();
    assert!(matches!(whys[0], Why::Comes(_)), "{whys:?}");
    assert_eq!(whys[1..], [Why::Skill("x".into()), Why::Forbidden, Why::NoTime]);
}

/// Each wish that cannot be fulfilled, and the relaxation that must be the cheapest.
#[test]
fn the_cheapest_relaxation_serves_the_order_once_it_is_applied() {
    let late = order("wish", 9, Window::hard(480.0, 500.0));
    let mut skilled = order("wish", 2, Window::hard(540.0, 700.0));
    skilled.services[0].skills = vec!["x".into()];
    let long = order("wish", 9, Window::hard(980.0, 990.0));
    let mut two = order("wish", 2, Window::hard(540.0, 700.0));
    two.services.push(two.services[0].clone());
    two.together = Some(Together::Simultaneous);
    let cases = [late, skilled, long, two].into_iter().zip(["later", "exception", "overtime", "call in"]);
    for (wish, word) in cases {
        let mut problem = street(vec![wish], vec![caregiver("a")]);
        problem.skills = vec!["x".into()];
        let plan = solve(&problem, &short()).unwrap();
        assert_eq!(plan.unserved, ["wish"]);
        let reasons = Live::new(problem.clone(), &plan).unwrap().why_not("wish").unwrap();
        let (way, _) = reasons.ways.first().unwrap();
        assert!(way.english().contains(word), "{word}: {:?}", reasons.ways);
        way.apply(&mut problem, "wish");
        let plan = solve(&problem, &short()).unwrap();
        assert!(plan.unserved.is_empty(), "{way:?}");
    }
}

#[test]
fn nobody_asks_why_not_of_an_order_that_is_served() {
    let (problem, live) = running();
    assert!(live.why_not(&problem.orders[0].id).is_err());
    assert!(live.why_not("nothing").is_err());
}

#[test]
fn calling_in_helpers_always_helps() {
    let mut two = order("wish", 2, Window::hard(540.0, 541.0));
    two.services.push(two.services[0].clone());
    two.together = Some(Together::Simultaneous);
    let problem = street(vec![two], Vec::new());
    let plan = solve(&problem, &short()).unwrap();
    let reasons = Live::new(problem, &plan).unwrap().why_not("wish").unwrap();
    assert_eq!(reasons.ways.iter().map(|way| way.0.clone()).collect::<Vec<_>>(), [Relaxation::Helpers(2)]);
}

#[test]
fn each_of_many_who_wait_is_told_that_one_more_caregiver_would_do() {
    let orders = (0..9).map(|k| order(&format!("o{k}"), 2, Window::hard(540.0, 545.0))).collect();
    let problem = street(orders, vec![caregiver("a")]);
    let plan = solve(&problem, &short()).unwrap();
    assert_eq!(plan.unserved.len(), 8);
    let live = Live::new(problem, &plan).unwrap();
    for id in &plan.unserved {
        let ways = live.why_not(id).unwrap().ways;
        assert!(ways.iter().any(|(way, _)| *way == Relaxation::Helpers(1)), "{id}: {ways:?}");
    }
}

/// A visit by two: the first is there, the second has the wrong skills, or none comes.
fn half_begun() -> Problem {
    let mut both = order("both", 3, Window::hard(480.0, 600.0));
    both.services.push(rounds::Service { minutes: 30.0, skills: vec!["x".into()], level: 0 });
    both.together = Some(Together::Simultaneous);
    both.pins = vec![Pin { caregiver: "a".into(), part: 0, start: Some(500.0), begun: true }];
    let others = (0..5).map(|k| order(&format!("o{k}"), k, Window::soft(480.0, 900.0)));
    let mut problem = street(others.chain([both]).collect(), vec![caregiver("a"), caregiver("b")]);
    problem.skills = vec!["x".into()];
    problem
}

#[test]
fn a_pair_of_which_one_has_begun_and_nobody_can_be_the_other_leaves_the_rest_of_the_day_planned() {
    let problem = half_begun();
    let plan = solve(&problem, &short()).unwrap();
    assert_eq!(plan.unserved, ["both"]);
    assert_eq!(plan.rounds.iter().map(|round| round.visits.len()).sum::<usize>(), 6);
    assert_eq!(plan.figures.unserved, 0.5);
    let mut live = Live::new(problem, &plan).unwrap();
    live.insert(order("urgent", 1, Window::soft(600.0, 700.0))).unwrap();
    assert_eq!(live.plan().unwrap().unserved, ["both"]);
    let ways = live.why_not("both").unwrap().ways.into_iter().map(|way| way.0).collect::<Vec<_>>();
    assert!(ways.contains(&Relaxation::Admit("b".into())), "{ways:?}");
    live.freeze(700.0).unwrap();
    live.remove_caregiver("b").unwrap();
    assert_eq!(live.plan().unwrap().unserved[0], "both");
}

#[test]
fn what_was_fetched_and_can_no_longer_be_brought_leaves_the_rest_of_the_day_planned() {
    let mut meal = order("meal", 3, Window::hard(480.0, 500.0));
    meal.pickup = Some(rounds::Pickup { place: 1, minutes: 5.0, window: Window::soft(480.0, 490.0) });
    meal.load = 1.0;
    meal.pins = vec![Pin { caregiver: "a".into(), part: 0, start: Some(530.0), begun: true }];
    let mut rider = caregiver("a");
    rider.capacity = Some(1.0);
    let problem = street(vec![meal, order("other", 2, Window::soft(480.0, 900.0))], vec![rider]);
    let plan = solve(&problem, &short()).unwrap();
    assert_eq!(plan.unserved, ["meal"]);
    assert_eq!(plan.rounds[0].visits.len(), 2);
}

#[test]
fn two_idle_caregivers_who_are_alike_take_an_urgent_visit_by_two() {
    let mut live =
        Live::new(street(Vec::new(), vec![caregiver("a"), caregiver("b")]), &rounds::Plan::default()).unwrap();
    let mut both = order("both", 3, Window::hard(540.0, 600.0));
    both.services.push(both.services[0].clone());
    both.together = Some(Together::Simultaneous);
    assert_eq!(live.insert(both).unwrap().visits.len(), 2);
}
