//! The three formats: what is read, what is written.

use rounds::{City, check, read, read::Format, solve, write};

use crate::{
    bad_input::{HHCRSP, SOLOMON},
    support::short,
};

#[test]
fn our_json_comes_back_as_it_went() {
    let problem = City { orders: 20, caregivers: 5, ..City::default() }.problem();
    let text = write::problem(&problem);
    let (back, format) = read::problem(&text).unwrap();
    assert_eq!((write::problem(&back), format), (text, Format::Ours));
    let plan = solve(&problem, &short()).unwrap();
    // A number may lose its last bit on the way through text.
    let again = read::plan(&write::plan(&problem, &plan, Format::Ours)).unwrap();
    assert!((check(&problem, &again).unwrap().1.total() - plan.cost.total()).abs() < 1e-6);
}

#[test]
fn home_health_care_instances_are_answered_in_their_json() {
    let (problem, format) = read::problem(HHCRSP).unwrap();
    assert_eq!(format, Format::Hhcrsp);
    assert_eq!(problem.orders[1].services[0].minutes, 14.0);
    let plan = solve(&problem, &short()).unwrap();
    assert!(plan.unserved.is_empty());
    let text = write::plan(&problem, &plan, format);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let routes = json["routes"].as_array().unwrap();
    assert_eq!(routes.len(), 3);
    assert_eq!(routes[0]["caregiver_id"], "c1");
    let stops = routes.iter().flat_map(|route| route["locations"].as_array().unwrap()).collect::<Vec<_>>();
    assert_eq!(stops.len(), 5);
    let p1 = stops.iter().find(|stop| stop["patient"] == "p1").unwrap();
    assert_eq!(p1["service"], "s4");
    assert_eq!(p1["departure_time"].as_f64().unwrap() - p1["arrival_time"].as_f64().unwrap(), 14.0);
    assert!(p1["arrival_time"].as_f64().unwrap() >= 345.0);
}

#[test]
fn the_cost_of_a_home_health_care_plan_is_a_third_of_distance_tardiness_and_worst() {
    let (problem, _) = read::problem(HHCRSP).unwrap();
    let plan = solve(&problem, &short()).unwrap();
    let figures = plan.figures;
    assert!((plan.cost.total() - (figures.minutes + figures.late + figures.worst) / 3.0).abs() < 1e-9);
}

#[test]
fn routing_instances_are_answered_as_routes() {
    let (problem, format) = read::problem(SOLOMON).unwrap();
    assert_eq!(format, Format::Solomon);
    let plan = solve(&problem, &short()).unwrap();
    let text = write::plan(&problem, &plan, format);
    let mut stops = Vec::new();
    for (k, line) in text.lines().enumerate() {
        let rest = line.strip_prefix(&format!("Route #{}: ", k + 1)).unwrap();
        stops.extend(rest.split(' ').map(|word| word.parse::<u32>().unwrap()));
    }
    stops.sort_unstable();
    assert_eq!(stops, [1, 2, 3, 4]);
    // 0-2-4-3-1-0 or its like: the optimum of so small an instance, 107.8, is found.
    assert!(plan.cost.total() < 130.0, "{}", plan.cost.total());
}
