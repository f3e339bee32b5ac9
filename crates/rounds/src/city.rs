//! A city's day of home care, invented from a seed: for benchmarks, tests and a look. The same seed gives the same city on
//! every machine.

use crate::{
    objective::Weights,
    problem::{Caregiver, Gender, Mode, Order, Place, Problem, Rest, Roads, Service, Shift, Together, Window},
    search::rng::Dice,
};

/// What the city is like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct City {
    /// Visits of the day.
    pub orders: usize,
    /// Caregivers of the day.
    pub caregivers: usize,
    /// Share of the visits that take two persons.
    pub pairs: f64,
    /// Service minutes of all shifts, ways included, over those the orders need: 1.1 leaves a tenth.
    pub capacity: f64,
    /// Seed of the dice.
    pub seed: u64,
}

impl Default for City {
    fn default() -> Self {
        Self { orders: 4000, caregivers: 600, pairs: 0.08, capacity: 1.1, seed: 1 }
    }
}

/// Minutes of a whole shift without its break.
const SHIFT: f64 = 450.0;
/// Minutes one is on the way to a visit, on average, in a fair plan.
const WAY: f64 = 9.0;
const SKILLS: [&str; 5] = ["照料", "护理", "康复", "助浴", "陪诊"];

impl City {
    /// Makes the problem.
    pub fn problem(&self) -> Problem {
        let mut dice = Dice::new(self.seed);
        let side = (self.orders.max(1) as f64 / 25.0).sqrt() * 1000.0;
        let centres =
            (0..(self.orders / 120).max(1)).map(|_| (dice.unit() * side, dice.unit() * side)).collect::<Vec<_>>();
        let mut places = Vec::with_capacity(self.orders + self.caregivers);
        let mut orders = Vec::with_capacity(self.orders);
        let minutes = self.capacity.max(0.1).recip() * SHIFT * self.caregivers as f64;
        let mean = (minutes / (self.orders as f64 * (1.0 + self.pairs)).max(1.0) - WAY).clamp(10.0, 60.0);
        for k in 0..self.orders {
            places.push(spot(&mut dice, &centres, side));
            orders.push(self.order(&mut dice, k, mean));
        }
        let mut caregivers = Vec::with_capacity(self.caregivers);
        for k in 0..self.caregivers {
            places.push(spot(&mut dice, &centres, side));
            caregivers.push(caregiver(&mut dice, k, places.len() - 1));
        }
        self.known(&mut dice, &places, &mut orders, &caregivers);
        Problem {
            places,
            orders,
            caregivers,
            roads: Roads::Straight { detour: 1.3 },
            weights: Weights { unserved: 1000.0, ..Weights::default() },
            skills: SKILLS.map(String::from).to_vec(),
            now: None,
        }
    }

    fn order(&self, dice: &mut Dice, place: usize, mean: f64) -> Order {
        let long = (mean * (0.6 + 0.8 * dice.unit()) / 5.0).round().max(1.0) * 5.0;
        let two = dice.chance(self.pairs);
        let rare = |dice: &mut Dice| match dice.below(20) {
            0 => 2,
            1..4 => 1,
            _ => 0,
        };
        let skill = SKILLS[if two { 3 } else { rare(dice) }].to_owned();
        let first = Service { minutes: long, skills: vec![skill], level: u8::from(dice.chance(0.1)) };
        let second = Service { minutes: long, skills: vec![SKILLS[0].to_owned()], level: 0 };
        let together = match dice.below(3) {
            0 => Together::Sequential { min: 0.0, max: 15.0 },
            _ => Together::Simultaneous,
        };
        let wide = [60.0, 90.0, 120.0, 180.0, 240.0][dice.below(5)];
        let open = 480.0 + (dice.unit() * (1020.0 - 480.0 - wide) / 15.0).floor() * 15.0;
        let window = if dice.chance(0.6) {
            Window { open, close: Some(open + wide), latest: Some(open + wide + 30.0) }
        } else {
            Window::hard(open, open + wide)
        };
        Order {
            id: format!("o{}", place + 1),
            place,
            window,
            services: if two { vec![first, second] } else { vec![first] },
            together: two.then_some(together),
            pickup: None,
            load: 0.0,
            gender: dice.chance(0.1).then_some(Gender::Female),
            preferred: Vec::new(),
            forbidden: Vec::new(),
            area: None,
            value: 1.0,
            priority: u8::from(dice.chance(0.05)),
            pins: Vec::new(),
            known: Vec::new(),
        }
    }

    /// A third of the elders know one or two caregivers who live near them.
    fn known(&self, dice: &mut Dice, places: &[Place], orders: &mut [Order], caregivers: &[Caregiver]) {
        for order in orders.iter_mut().filter(|order| order.services.len() == 1) {
            if !dice.chance(0.33) {
                continue;
            }
            let at = places[order.place];
            let drawn = (0..12).map(|_| dice.below(caregivers.len())).collect::<Vec<_>>();
            let fits = |c: &&Caregiver| order.services[0].skills.iter().all(|skill| c.skills.contains(skill));
            let mut near = drawn.iter().filter_map(|&k| caregivers.get(k)).filter(fits).collect::<Vec<_>>();
            near.sort_by(|a, b| {
                let far = |c: &Caregiver| (places[c.start].x - at.x).powi(2) + (places[c.start].y - at.y).powi(2);
                far(a).total_cmp(&far(b))
            });
            order.preferred = near.iter().take(1).map(|c| c.id.clone()).collect();
        }
    }
}

/// A place near one of the centres, now and then anywhere.
fn spot(dice: &mut Dice, centres: &[(f64, f64)], side: f64) -> Place {
    if dice.chance(0.2) {
        return Place { x: (dice.unit() * side).round(), y: (dice.unit() * side).round() };
    }
    let centre = centres[dice.below(centres.len())];
    let mut spread = || (dice.unit() + dice.unit() + dice.unit() - 1.5) * 900.0;
    Place { x: (centre.0 + spread()).clamp(0.0, side).round(), y: (centre.1 + spread()).clamp(0.0, side).round() }
}

fn caregiver(dice: &mut Dice, k: usize, place: usize) -> Caregiver {
    let open = [465.0, 480.0, 510.0][dice.below(3)];
    let mut skills = vec![SKILLS[0].to_owned()];
    for (skill, share) in [(1, 0.5), (2, 0.2), (3, 0.6), (4, 0.3)] {
        if dice.chance(share) {
            skills.push(SKILLS[skill].to_owned());
        }
    }
    Caregiver {
        id: format!("c{}", k + 1),
        start: place,
        end: Some(place),
        shifts: vec![Shift {
            open,
            close: open + SHIFT + 60.0,
            overtime: 30.0,
            rest: Some(Rest { open: open + 180.0, latest: open + 300.0, minutes: 60.0 }),
        }],
        skills,
        level: u8::from(dice.chance(0.5)),
        gender: Some(if dice.chance(0.85) { Gender::Female } else { Gender::Male }),
        mode: match dice.below(10) {
            0..2 => Mode::Walk,
            2..9 => Mode::Ebike,
            _ => Mode::Car,
        },
        pace: 1.0,
        capacity: None,
        most: None,
        areas: Vec::new(),
    }
}
