//! Whatever is read can be planned, and the plan passes the checker.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok((problem, _)) = rounds::read::problem(text) else { return };
    if problem.orders.len() > 40 || problem.caregivers.len() > 40 {
        return;
    }
    let options = rounds::Options { moves: Some(40), ..rounds::Options::default() };
    if let Ok(plan) = rounds::solve(&problem, &options) {
        assert!(rounds::check(&problem, &plan).is_ok());
    }
});
