//! The JSON of the home health care instances: patients with one or two services, caregivers with abilities, one office,
//! a matrix in the order office, patients. Window starts are hard, ends soft; cost (distance + tardiness + worst) / 3.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

use super::{json, rows};
use crate::{
    defect::Defects,
    objective::Weights,
    problem::{Caregiver, Mode, Order, Place, Problem, Roads, Service, Shift, Together, Window},
};

/// A shift without an end, minutes.
const ENDLESS: f64 = 1e9;

#[derive(Deserialize)]
struct File {
    patients: Vec<Patient>,
    #[serde(default)]
    services: Vec<Kind>,
    caregivers: Vec<Person>,
    #[serde(default)]
    central_offices: Vec<Office>,
    #[serde(deserialize_with = "rows")]
    distances: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
struct Patient {
    id: String,
    location: Option<(f64, f64)>,
    time_window: (f64, f64),
    required_caregivers: Vec<Required>,
    synchronization: Option<Synchronization>,
}

#[derive(Deserialize)]
struct Required {
    service: String,
    duration: Option<f64>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Synchronization {
    Simultaneous {},
    Sequential { distance: (f64, f64) },
}

#[derive(Deserialize)]
struct Kind {
    id: String,
    default_duration: Option<f64>,
}

#[derive(Deserialize)]
struct Person {
    id: String,
    abilities: Vec<String>,
}

#[derive(Deserialize)]
struct Office {
    location: Option<(f64, f64)>,
}

/// Reads an instance.
pub(super) fn read(text: &str) -> Result<Problem, Defects> {
    let file: File = json(text)?;
    let usual = file.services.iter().map(|kind| (kind.id.as_str(), kind.default_duration)).collect::<HashMap<_, _>>();
    let place = |location: Option<(f64, f64)>| location.map_or_else(Place::default, |(x, y)| Place { x, y });
    let mut places = vec![place(file.central_offices.first().and_then(|office| office.location))];
    let mut orders = Vec::with_capacity(file.patients.len());
    for (k, patient) in file.patients.iter().enumerate() {
        places.push(place(patient.location));
        orders.push(order(patient, k + 1, &usual)?);
    }
    let declared =
        file.services.iter().map(|kind| &kind.id).chain(file.caregivers.iter().flat_map(|person| &person.abilities));
    let mut seen = HashSet::new();
    Ok(Problem {
        skills: declared.filter(|id| seen.insert(id.as_str())).cloned().collect(),
        places,
        orders,
        caregivers: file.caregivers.iter().map(caregiver).collect(),
        roads: Roads::Matrix { minutes: file.distances, metres: None },
        weights: Weights::HHCRSP,
        now: None,
    })
}

fn order(patient: &Patient, place: usize, usual: &HashMap<&str, Option<f64>>) -> Result<Order, Defects> {
    let minutes = |required: &Required| {
        required.duration.or_else(|| usual.get(required.service.as_str()).copied().flatten()).ok_or_else(|| {
            Defects::one(
                format!("patient {}", patient.id),
                "服务没有时长",
                format!("service {} has no duration", required.service),
            )
        })
    };
    let service = |required: &Required| {
        Ok(Service { minutes: minutes(required)?, skills: vec![required.service.clone()], level: 0 })
    };
    Ok(Order {
        id: patient.id.clone(),
        place,
        window: Window::soft(patient.time_window.0, patient.time_window.1),
        services: patient.required_caregivers.iter().map(service).collect::<Result<_, Defects>>()?,
        together: patient.synchronization.as_ref().map(|synchronization| match *synchronization {
            Synchronization::Simultaneous {} => Together::Simultaneous,
            Synchronization::Sequential { distance: (min, max) } => Together::Sequential { min, max },
        }),
        pickup: None,
        load: 0.0,
        gender: None,
        preferred: Vec::new(),
        forbidden: Vec::new(),
        area: None,
        value: 1.0,
        priority: 0,
        pins: Vec::new(),
        known: Vec::new(),
    })
}

fn caregiver(person: &Person) -> Caregiver {
    Caregiver {
        id: person.id.clone(),
        start: 0,
        end: Some(0),
        shifts: vec![Shift { open: 0.0, close: ENDLESS, overtime: 0.0, rest: None }],
        skills: person.abilities.clone(),
        level: 0,
        gender: None,
        mode: Mode::Ebike,
        pace: 1.0,
        capacity: None,
        most: None,
        areas: Vec::new(),
    }
}
