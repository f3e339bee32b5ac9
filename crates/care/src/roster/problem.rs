//! A provider's day as the engine reads it, and the engine's plan as ours.
//!
//! What is over or under way is no part of the problem: it moves the caregiver's start, in place and time. What a
//! dispatcher set against the engine's advice is left out, too: it stands as it is.

use std::collections::HashMap;

use rounds::{
    Gender, Mode as Vehicle, Order, Pin, Place, Plan, Problem, Rest, Round, Service, Shift, Together, Visit, Window,
};
use uuid::Uuid;

use super::{
    Hold, Measure, Stop,
    gather::{Hand, Job, Workday},
    hours::Mode,
    ways::Spots,
};
use crate::{
    catalogue::Class,
    orders::{Channel, Stage},
    visits::Point,
};

/// Metres of one degree of latitude.
const DEGREE_M: f64 = 111_195.0;

/// A day's problem with what leads back from it.
#[derive(Clone, Debug)]
pub(super) struct Stated {
    pub(super) problem: Problem,
    /// By what its ways are measured.
    pub(super) measure: Measure,
    /// Place of each open order of the day, also of those outside the problem: one may come in.
    spots: HashMap<Uuid, usize>,
    /// Place from which each caregiver sets out.
    starts: HashMap<Uuid, usize>,
}

/// A wish of a dispatcher about one visit: who, and perhaps when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wish {
    /// The order.
    pub order: Uuid,
    /// 0 the lead, 1 the second of a pair.
    pub part: i16,
    /// Who shall come.
    pub worker: Uuid,
    /// Not before this minute, and not much later.
    pub at: Option<f64>,
}

/// The plane around a point.
struct Plane(Point);

impl Plane {
    fn place(&self, point: Point) -> Place {
        let east = (point.0 - self.0.0) * DEGREE_M * self.0.1.to_radians().cos();
        Place { x: east, y: (point.1 - self.0.1) * DEGREE_M }
    }
}

/// The class of a service as a skill of the engine's.
fn skill(class: Class) -> String {
    class.name().to_owned()
}

/// Whether an order is the engine's to place: open, and not set by hand.
fn is_planned(job: &Job, stops: &[Stop]) -> bool {
    let by_hand = |stop: &Stop| stop.order == job.order.id && matches!(stop.hold, Hold::ByHand | Hold::Begun);
    job.is_open() && !stops.iter().any(by_hand)
}

/// From where it is known who comes: another one is churn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// From the orders alone: nobody was told of the plan.
    Orders,
    /// From the plan's visits, too.
    Plan,
}

/// States the problem of some orders of a day. Visits that stand in `stops` keep what their hold says.
pub(super) fn state(day: &Workday, (stops, from): (&[Stop], Known), which: &dyn Fn(&Job) -> bool) -> Stated {
    let known = day.hands.iter().find_map(|hand| hand.worker.point());
    let middle = day.jobs.first().map_or_else(|| known.unwrap_or_default(), |job| job.point);
    let mut problem = Problem {
        weights: day.rules.weights,
        skills: Class::ALL.iter().map(|class| skill(*class)).collect(),
        now: day.now,
        ..Problem::default()
    };
    let (mut points, mut spots, mut starts) = (Vec::new(), HashMap::new(), HashMap::new());
    for hand in day.on_duty() {
        let (point, from) = set_out(day, hand);
        starts.insert(hand.worker.id, points.len());
        problem.caregivers.push(caregiver(day, hand, (points.len(), from)));
        points.push(point.unwrap_or(middle));
    }
    for job in day.jobs.iter().filter(|job| job.is_open()) {
        let place = points.len();
        spots.insert(job.order.id, place);
        points.push(job.point);
        if is_planned(job, stops) && which(job) {
            let mut order = order(day, job, place);
            hold(day, job, (stops, from), &mut order);
            problem.orders.push(order);
        }
    }
    let plane = Plane(middle);
    problem.places = points.iter().map(|point| plane.place(*point)).collect();
    let bends = (f64::from(day.rules.detour_permille) / 1_000.0, day.rules.street_m);
    let (roads, measure) = day.ground.roads(Spots { points: &points, places: &problem.places }, bends);
    problem.roads = roads;
    Stated { problem, measure, spots, starts }
}

/// Where a caregiver is free next, and from when on: after what is over or under way.
fn set_out(day: &Workday, hand: &Hand) -> (Option<Point>, f64) {
    let is_of = |job: &&Job| {
        let crew = [job.order.worker, job.order.second];
        crew.contains(&Some(hand.worker.id)) && job.order.started_at.is_some()
    };
    let ends = |job: &Job| {
        let started = job.order.started_at.map_or(0.0, |at| day.minute(at));
        let planned = started + f64::from(job.order.minutes);
        // Who is still inside leaves when planned, or now.
        job.order.ended_at.map_or_else(|| planned.max(day.now.unwrap_or(planned)), |at| day.minute(at))
    };
    let last = day.jobs.iter().filter(is_of).max_by(|a, b| ends(a).total_cmp(&ends(b)));
    let opens = f64::from(hand.hours.opens_mins);
    match last {
        Some(job) => (Some(job.point), ends(job).max(opens)),
        None => (hand.worker.point(), opens),
    }
}

fn caregiver(day: &Workday, hand: &Hand, (place, from): (usize, f64)) -> rounds::Caregiver {
    let rules = &day.rules;
    let (mode, metres) = match hand.hours.mode() {
        Mode::Walk => (Vehicle::Walk, rules.walk_m),
        Mode::Ebike => (Vehicle::Ebike, rules.ebike_m),
        Mode::Car => (Vehicle::Car, rules.car_m),
    };
    let close = f64::from(hand.hours.closes_mins).max(from);
    let (rest_open, rest_latest) = (f64::from(rules.rest_from_mins), f64::from(rules.rest_until_mins));
    let rest = Rest { open: rest_open, latest: rest_latest, minutes: f64::from(rules.rest_mins) };
    // Who begins after it or goes home before it takes none; nor does who is past it.
    let due =
        rules.rest_mins > 0 && from < rest_open && close > rest_latest && day.now.is_none_or(|now| now < rest_open);
    let shift = Shift { open: from, close, overtime: f64::from(hand.hours.overtime_mins), rest: due.then_some(rest) };
    let can = Class::ALL.iter().filter(|class| hand.worker.skills & class.skill() != 0);
    rounds::Caregiver {
        id: hand.worker.id.to_string(),
        start: place,
        end: None,
        shifts: vec![shift],
        skills: can.map(|class| skill(*class)).collect(),
        level: hand.worker.cert_level.and_then(|level| u8::try_from(6 - level).ok()).unwrap_or(0),
        gender: gender(Some(hand.worker.sex)),
        mode,
        pace: mode.speed() / metres.max(1.0),
        capacity: None,
        most: Some(f64::from(rules.most_mins)),
        areas: Vec::new(),
    }
}

const fn gender(sex: Option<i16>) -> Option<Gender> {
    match sex {
        Some(1) => Some(Gender::Male),
        Some(2) => Some(Gender::Female),
        _ => None,
    }
}

fn order(day: &Workday, job: &Job, place: usize) -> Order {
    let row = &job.order;
    let (open, close) = (day.minute(row.window_start), day.minute(row.window_end));
    let service = Service {
        minutes: f64::from(row.minutes.max(1)),
        skills: row.class().map(skill).into_iter().collect(),
        level: 0,
    };
    let urgent = row.channel() == Some(Channel::Sos);
    Order {
        id: row.id.to_string(),
        place,
        window: Window { open, close: Some(close), latest: Some(close + f64::from(day.rules.late_mins)) },
        services: if row.pair { vec![service.clone(), service] } else { vec![service] },
        together: row.pair.then_some(Together::Simultaneous),
        pickup: None,
        load: 0.0,
        gender: gender(job.sex),
        preferred: job.familiar.iter().map(Uuid::to_string).collect(),
        forbidden: Vec::new(),
        area: None,
        value: 1.0,
        priority: if urgent { day.rules.urgent_priority.min(9) } else { 0 },
        pins: Vec::new(),
        known: known(job),
    }
}

/// Who comes as people know it: the crew to whom the order was offered.
fn known(job: &Job) -> Vec<String> {
    let offered = matches!(job.order.stage(), Ok(Stage::Offered | Stage::Taken));
    let crew = [job.order.worker, job.order.second];
    crew.into_iter().flatten().filter(|_| offered).map(|id| id.to_string()).collect()
}

/// Writes what stands into an order: whoever took it stays, what is pinned keeps its time, too.
fn hold(day: &Workday, job: &Job, (stops, from): (&[Stop], Known), order: &mut Order) {
    let on_duty = |worker: Uuid| day.hand(worker).is_some_and(|hand| hand.is_on_duty(day.day));
    let own: Vec<&Stop> = stops.iter().filter(|stop| stop.order == job.order.id).collect();
    if from == Known::Plan && !own.is_empty() {
        order.known = own.iter().map(|stop| stop.worker.to_string()).collect();
    }
    for stop in own.iter().filter(|stop| matches!(stop.hold, Hold::Pinned | Hold::Taken)) {
        if on_duty(stop.worker) {
            pin(order, stop.part, stop.worker);
        }
    }
    if let Some(stop) = own.iter().find(|stop| stop.hold == Hold::Pinned) {
        narrow(day, order, day.minute(stop.start));
    }
}

/// Binds a part of an order to a caregiver.
pub(super) fn pin(order: &mut Order, part: i16, worker: Uuid) {
    let part = usize::try_from(part).unwrap_or(0);
    order.pins.retain(|pin| pin.part != part);
    order.pins.push(Pin { caregiver: worker.to_string(), part, start: None, begun: false });
}

/// Keeps an order's start at a minute, or a little later.
pub(super) fn narrow(day: &Workday, order: &mut Order, at: f64) {
    let slack = f64::from(day.rules.slack_mins.max(1));
    let latest = order.window.latest.map_or(at + slack, |latest| latest.min(at + slack)).max(order.window.open);
    let open = at.max(order.window.open).min(latest);
    // What starts late by a dispatcher's wish is no fault of the search.
    let close = order.window.close.map(|close| close.clamp(open, latest));
    order.window = Window { open, close, latest: Some(latest) };
}

impl Stated {
    /// An order of the day as the engine would take it in beside the others; nothing about it stands yet.
    pub(super) fn bare(&self, day: &Workday, job: &Job) -> Option<Order> {
        Some(order(day, job, *self.spots.get(&job.order.id)?))
    }

    /// Visits as the engine's rounds; it leaves those of other orders out.
    pub(super) fn plan(&self, day: &Workday, stops: &[Stop]) -> Plan {
        let mut rounds: Vec<Round> = Vec::new();
        for caregiver in &self.problem.caregivers {
            let Ok(worker) = caregiver.id.parse::<Uuid>() else { continue };
            let is_own = |stop: &&Stop| stop.worker == worker;
            let mut own: Vec<&Stop> = stops.iter().filter(is_own).collect();
            own.sort_by_key(|stop| stop.start);
            let visits = own.into_iter().map(|stop| Visit {
                order: stop.order.to_string(),
                part: usize::try_from(stop.part).unwrap_or(0),
                arrive: day.minute(stop.arrive),
                start: day.minute(stop.start),
                end: day.minute(stop.end),
            });
            let visits: Vec<Visit> = visits.collect();
            let end = visits.last().map_or(0.0, |visit| visit.end);
            rounds.push(Round { caregiver: caregiver.id.clone(), shift: 0, visits, rest: None, end });
        }
        Plan { rounds, ..Plan::default() }
    }

    /// The engine's rounds as visits; holds are those of `before`, the way is measured.
    pub(super) fn stops(&self, day: &Workday, plan: &Plan, before: &[Stop]) -> Vec<Stop> {
        let mut stops = Vec::new();
        for round in &plan.rounds {
            let (Ok(worker), Some(caregiver)) = (
                round.caregiver.parse::<Uuid>(),
                self.problem.caregivers.iter().find(|caregiver| caregiver.id == round.caregiver),
            ) else {
                continue;
            };
            let mut at = self.starts.get(&worker).copied().unwrap_or(caregiver.start);
            for visit in &round.visits {
                let Some((order, job)) = visit.order.parse().ok().and_then(|id| Some((id, day.job(id)?))) else {
                    continue;
                };
                let spot = self.spots.get(&order).copied().unwrap_or(at);
                let way = rounds::leg(&self.problem, at, spot, caregiver.mode, caregiver.pace).minutes;
                at = spot;
                let part = i16::try_from(visit.part).unwrap_or(0);
                stops.push(Stop {
                    home: job.order.home,
                    order,
                    part,
                    worker,
                    arrive: day.moment(visit.arrive),
                    start: day.moment(visit.start),
                    end: day.moment(visit.end),
                    way_mins: way.round().clamp(0.0, 9_999.0) as i16,
                    hold: held(before, (order, part), worker).unwrap_or_else(|| own_hold(job, worker)),
                    moved: false,
                });
            }
        }
        stops
    }
}

/// The hold that a visit had with this caregiver.
fn held(before: &[Stop], id: (Uuid, i16), worker: Uuid) -> Option<Hold> {
    before.iter().find(|stop| stop.id() == id && stop.worker == worker).map(|stop| stop.hold)
}

/// How firmly the visit of a caregiver stands by the order alone.
pub(super) fn own_hold(job: &Job, worker: Uuid) -> Hold {
    let is_theirs = [job.order.worker, job.order.second].contains(&Some(worker));
    match job.order.stage() {
        Ok(Stage::Taken) if is_theirs => Hold::Taken,
        Ok(Stage::Serving | Stage::Served | Stage::Confirmed | Stage::Completed) => Hold::Begun,
        _ => Hold::Free,
    }
}
