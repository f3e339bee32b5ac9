//! Small problems to build on.

use rounds::{Caregiver, Mode, Options, Order, Place, Problem, Roads, Service, Shift, Weights, Window};

/// An order of half an hour at a place.
pub(crate) fn order(id: &str, place: usize, window: Window) -> Order {
    Order {
        id: id.into(),
        place,
        window,
        services: vec![Service { minutes: 30.0, ..Service::default() }],
        together: None,
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
    }
}

/// Someone from 8:00 to 17:00, from and to place 0, by e-bike.
pub(crate) fn caregiver(id: &str) -> Caregiver {
    Caregiver {
        id: id.into(),
        start: 0,
        end: Some(0),
        shifts: vec![Shift { open: 480.0, close: 1020.0, overtime: 0.0, rest: None }],
        skills: Vec::new(),
        level: 0,
        gender: None,
        mode: Mode::Ebike,
        pace: 1.0,
        capacity: None,
        most: None,
        areas: Vec::new(),
    }
}

/// Places on a line, a kilometre (4 minutes by e-bike) apart, with the given people and orders.
pub(crate) fn street(orders: Vec<Order>, caregivers: Vec<Caregiver>) -> Problem {
    Problem {
        places: (0..10).map(|k| Place { x: 1000.0 * f64::from(k), y: 0.0 }).collect(),
        orders,
        caregivers,
        roads: Roads::Straight { detour: 1.0 },
        weights: Weights::default(),
        skills: Vec::new(),
        now: None,
    }
}

/// A short search that comes out the same each time.
pub(crate) fn short() -> Options {
    Options { moves: Some(3_000), ..Options::default() }
}
