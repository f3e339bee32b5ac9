//! Compiles orders, shifts and roads into the rows of the model.

use std::collections::HashMap;

use crate::{
    model::{Crew, NONE, Person, Profile, Task, Tie, Ways, service_of},
    problem::{Caregiver, Mode, Order, Pickup, Problem, Roads, Together},
    travel,
};

/// Up to how many places a given [`crate::Travel`] is asked once for all.
const TABLE_LIMIT: usize = 2_000;

/// Crews and people; adds the manners of travelling it meets.
pub(crate) fn crews(problem: &Problem, profiles: &mut Vec<Profile>) -> (Vec<Crew>, Vec<Person>) {
    let (mut crews, mut people) = (Vec::<Crew>::new(), Vec::new());
    for (k, caregiver) in problem.caregivers.iter().enumerate() {
        let wanted = Profile { mode: caregiver.mode, pace: caregiver.pace, table: 0 };
        let profile = profiles.iter().position(|profile| *profile == wanted).unwrap_or_else(|| {
            profiles.push(wanted);
            profiles.len() - 1
        });
        let mut own = Vec::new();
        for (s, shift) in caregiver.shifts.iter().enumerate() {
            own.push(crews.len() as u32);
            crews.push(Crew {
                person: k as u32,
                shift: s as u32,
                profile: profile as u32,
                start: caregiver.start as u32,
                end: caregiver.end.map_or(NONE, |end| end as u32),
                open: shift.open,
                close: shift.close,
                limit: shift.close + shift.overtime,
                rest: shift.rest.map(|rest| (rest.open, rest.latest, rest.minutes)),
                capacity: caregiver.capacity.unwrap_or(f64::INFINITY),
                class: crews.len() as u32,
            });
        }
        people.push(Person { crews: own, most: caregiver.most.unwrap_or(f64::INFINITY) });
    }
    if profiles.is_empty() {
        // Nobody travels, yet nearness is measured by someone's way.
        profiles.push(Profile { mode: Mode::default(), pace: 1.0, table: 0 });
    }
    classes(problem, &mut crews);
    (crews, people)
}

/// Gives crews that differ in nothing one class. A person with a name in some order is nobody's double.
fn classes(problem: &Problem, crews: &mut [Crew]) {
    let named = |id: &str| {
        problem.orders.iter().any(|order| {
            let pinned = order.pins.iter().any(|pin| pin.caregiver == id);
            pinned
                || [&order.preferred, &order.forbidden, &order.known]
                    .iter()
                    .any(|names| names.iter().any(|name| name == id))
        })
    };
    let mut kinds = HashMap::new();
    if problem.orders.iter().any(|order| !order.preferred.is_empty() || !order.known.is_empty()) {
        return;
    }
    for crew in crews {
        let caregiver = &problem.caregivers[crew.person as usize];
        if caregiver.shifts.len() != 1 || named(&caregiver.id) {
            continue;
        }
        let alike = Caregiver { id: String::new(), ..caregiver.clone() };
        crew.class = *kinds.entry(format!("{alike:?}")).or_insert(crew.class);
    }
}

/// Adds the tasks of an order.
pub(crate) fn tasks_of(
    problem: &Problem,
    (k, order): (u32, &Order),
    names: &HashMap<&str, u32>,
    tasks: &mut Vec<Task>,
) {
    let base = tasks.len() as u32;
    let parts = order.parts();
    for part in 0..parts {
        let pickup = order.pickup.filter(|_| part == 0);
        let service = service_of(order, part);
        let Pickup { place, minutes, window } = pickup.unwrap_or(Pickup {
            place: order.place,
            minutes: service.map_or(0.0, |service| service.minutes),
            window: order.window,
        });
        let pin = order.pins.iter().find(|pin| pin.part == part);
        let begun = pin.is_some_and(|pin| pin.begun);
        let fixed = pin.and_then(|pin| pin.start);
        let (open, latest) = match fixed {
            Some(start) if begun => (start, f64::INFINITY),
            Some(start) => (window.open.max(start), window.latest.unwrap_or(f64::INFINITY).min(start)),
            None => (window.open, window.latest.unwrap_or(f64::INFINITY)),
        };
        let known = order.known.get(part).and_then(|id| names.get(id.as_str()).copied()).unwrap_or(NONE);
        let wished = !order.preferred.is_empty() || order.gender.is_some() || known != NONE;
        let gap = match order.together {
            Some(Together::Sequential { min, max }) => (min, max),
            _ => (0.0, 0.0),
        };
        let urgency = 1.0 + f64::from(order.priority);
        tasks.push(Task {
            order: k,
            place: place as u32,
            mate: if parts == 2 { base + 1 - part as u32 } else { NONE },
            tie: match (parts, order.pickup) {
                (2, Some(_)) => Tie::Haul,
                (2, None) => Tie::Pair,
                _ => Tie::Alone,
            },
            first: part == 0,
            begun,
            picky: wished && pickup.is_none(),
            minutes,
            open,
            close: if begun { f64::INFINITY } else { window.close.unwrap_or(f64::INFINITY) },
            latest,
            late: problem.weights.late * urgency,
            gap,
            load: if order.pickup.is_none() && part == 1 { 0.0 } else { order.load },
            value: problem.weights.unserved * order.value * urgency / parts as f64,
            known,
        });
    }
}

/// The ways of a problem.
pub(crate) fn ways(problem: &Problem, profiles: &mut [Profile]) -> Ways {
    let n = problem.places.len();
    match &problem.roads {
        Roads::Straight { detour } => {
            Ways::Line { xy: problem.places.iter().map(|p| (p.x, p.y)).collect(), detour: *detour }
        }
        Roads::Matrix { minutes, metres } => {
            let metres = metres.as_ref().filter(|_| problem.weights.metre > 0.0);
            let flat = |rows: &Vec<Vec<f64>>| rows.iter().flatten().copied().collect::<Vec<_>>();
            Ways::Tables { n, tables: vec![(flat(minutes), metres.map(flat).unwrap_or_default())] }
        }
        Roads::Given(_) if n > TABLE_LIMIT => Ways::Asked,
        Roads::Given(_) => {
            let mut modes = Vec::<Mode>::new();
            for profile in profiles.iter_mut() {
                profile.table = modes.iter().position(|mode| *mode == profile.mode).unwrap_or_else(|| {
                    modes.push(profile.mode);
                    modes.len() - 1
                });
            }
            let table = |mode: Mode| {
                let pairs = || (0..n).flat_map(|a| (0..n).map(move |b| (a, b)));
                let legs = || pairs().map(|(a, b)| travel::leg(problem, a, b, mode, 1.0));
                let metres =
                    if problem.weights.metre > 0.0 { legs().map(|leg| leg.metres).collect() } else { Vec::new() };
                (legs().map(|leg| leg.minutes).collect(), metres)
            };
            Ways::Tables { n, tables: modes.into_iter().map(table).collect() }
        }
    }
}
