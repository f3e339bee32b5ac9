//! Writers of plans, in the format of the problem they answer.

use serde::Serialize;

use crate::{plan::Plan, problem::Problem, read::Format};

/// Writes a plan.
pub fn plan(problem: &Problem, plan: &Plan, format: Format) -> String {
    match format {
        Format::Ours => json(plan),
        Format::Hhcrsp => json(&hhcrsp(problem, plan)),
        Format::Solomon => solomon(plan),
    }
}

/// Writes a problem in our own JSON. Roads that a caller gave as code cannot be written and become straight lines.
pub fn problem(problem: &Problem) -> String {
    match &problem.roads {
        crate::Roads::Given(_) => json(&Problem { roads: crate::Roads::default(), ..problem.clone() }),
        _ => json(problem),
    }
}

fn json(value: &impl Serialize) -> String {
    // Plain data with text keys: there is nothing in it that JSON could refuse.
    serde_json::to_string(value).unwrap_or_default()
}

#[derive(Serialize)]
struct Routes<'a> {
    routes: Vec<Route<'a>>,
}

#[derive(Serialize)]
struct Route<'a> {
    caregiver_id: &'a str,
    locations: Vec<Location<'a>>,
}

#[derive(Serialize)]
struct Location<'a> {
    patient: &'a str,
    service: &'a str,
    arrival_time: f64,
    departure_time: f64,
}

fn hhcrsp<'a>(problem: &'a Problem, plan: &'a Plan) -> Routes<'a> {
    let orders =
        problem.orders.iter().map(|order| (order.id.as_str(), order)).collect::<std::collections::HashMap<_, _>>();
    let service = |id: &str, part: usize| {
        orders
            .get(id)
            .and_then(|order| order.services.get(part))
            .and_then(|service| service.skills.first())
            .map_or("", String::as_str)
    };
    let location = |visit: &'a crate::Visit| Location {
        patient: &visit.order,
        service: service(&visit.order, visit.part),
        arrival_time: visit.start,
        departure_time: visit.end,
    };
    Routes {
        routes: plan
            .rounds
            .iter()
            .map(|round| Route {
                caregiver_id: &round.caregiver,
                locations: round.visits.iter().map(location).collect(),
            })
            .collect(),
    }
}

fn solomon(plan: &Plan) -> String {
    let busy = plan.rounds.iter().filter(|round| !round.visits.is_empty());
    let line = |(k, round): (usize, &crate::Round)| {
        let stops = round.visits.iter().map(|visit| format!(" {}", visit.order)).collect::<String>();
        format!("Route #{}:{stops}\n", k + 1)
    };
    busy.enumerate().map(line).collect()
}
