//! The checker finds each kind of lie.

use rounds::{Plan, Problem, Together, Window, check, solve};

use crate::support::{caregiver, order, short, street};

fn sound() -> (Problem, Plan) {
    let mut both = order("both", 3, Window::hard(540.0, 600.0));
    both.services.push(both.services[0].clone());
    both.together = Some(Together::Simultaneous);
    let mut skilled = order("skilled", 4, Window::hard(600.0, 700.0));
    skilled.services[0].skills = vec!["x".into()];
    let mut a = caregiver("a");
    a.skills = vec!["x".into()];
    let problem = street(vec![both, skilled], vec![a, caregiver("b")]);
    let plan = solve(&problem, &short()).unwrap();
    check(&problem, &plan).unwrap();
    (problem, plan)
}

fn found(change: impl Fn(&mut Plan)) -> String {
    let (problem, mut plan) = sound();
    change(&mut plan);
    check(&problem, &plan).unwrap_err().to_string()
}

#[test]
fn a_visit_that_nobody_can_reach_in_time_is_found() {
    let lie = found(|plan| plan.rounds[0].visits[0].arrive = 481.0);
    assert!(lie.contains("the caregiver cannot be there yet"), "{lie}");
}

#[test]
fn a_pair_that_does_not_start_together_is_found() {
    let lie = found(|plan| {
        let visit = plan.rounds.iter_mut().flat_map(|round| &mut round.visits).find(|visit| visit.part == 1).unwrap();
        (visit.start, visit.end) = (visit.start + 1.0, visit.end + 1.0);
    });
    assert!(lie.contains("do not start with the agreed gap"), "{lie}");
}

#[test]
fn a_missing_skill_a_missing_visit_and_a_double_one_are_found() {
    let lie = found(|plan| {
        let names = [plan.rounds[1].caregiver.clone(), plan.rounds[0].caregiver.clone()];
        plan.rounds.iter_mut().zip(names).for_each(|(round, name)| round.caregiver = name);
    });
    assert!(lie.contains("a skill is missing"), "{lie}");
    let lie =
        found(|plan| plan.rounds.iter_mut().for_each(|round| round.visits.retain(|visit| visit.order != "skilled")));
    assert!(lie.contains("either planned or listed as unserved"), "{lie}");
    let lie = found(|plan| {
        let visit = plan.rounds[0].visits[0].clone();
        plan.rounds[0].visits.push(visit);
    });
    assert!(lie.contains("planned twice"), "{lie}");
}

#[test]
fn a_start_outside_the_window_and_a_wrong_end_are_found() {
    let lie = found(|plan| {
        for visit in plan.rounds.iter_mut().flat_map(|round| &mut round.visits).filter(|visit| visit.order == "skilled")
        {
            (visit.start, visit.end) = (701.0, 731.0);
        }
    });
    assert!(lie.contains("after the latest moment"), "{lie}");
    let lie = found(|plan| plan.rounds.iter_mut().for_each(|round| round.end -= 1.0));
    assert!(lie.contains("does not end when it says"), "{lie}");
}
