//! Judges a plan against the problem as stated. Shares no code with the search: it walks each round once, believing
//! nothing but the problem, and adds up the figures anew.

use std::collections::HashMap;

use crate::{
    defect::{Defect, Defects},
    objective::{Cost, Figures},
    plan::{Plan, Round, Visit},
    problem::{Caregiver, Order, Problem, Service, Shift, Together, Window},
    travel,
};

/// Minutes of grace for the arithmetic of floating point.
pub const TOLERANCE: f64 = 1e-6;

/// Judges a plan: its figures and their cost, or everything that is wrong with it.
///
/// # Errors
/// Each broken rule, naming order and caregiver.
pub fn check(problem: &Problem, plan: &Plan) -> Result<(Figures, Cost), Defects> {
    let mut judge = Judge::new(problem);
    judge.rounds(plan);
    judge.orders(plan);
    judge.people();
    let cost = Cost::of(&judge.figures, &problem.weights);
    if judge.defects.is_empty() { Ok((judge.figures, cost)) } else { Err(Defects(judge.defects)) }
}

/// A stop that was found in the plan.
#[derive(Clone, Copy)]
struct Stop {
    caregiver: usize,
    shift: usize,
    at: usize,
    start: f64,
}

struct Judge<'a> {
    problem: &'a Problem,
    defects: Vec<Defect>,
    figures: Figures,
    orders: HashMap<&'a str, usize>,
    people: HashMap<&'a str, usize>,
    stops: Vec<[Option<Stop>; 2]>,
    service: Vec<f64>,
    travel: Vec<f64>,
}

impl<'a> Judge<'a> {
    fn new(problem: &'a Problem) -> Self {
        Self {
            problem,
            defects: Vec::new(),
            figures: Figures::default(),
            orders: problem.orders.iter().enumerate().map(|(k, order)| (order.id.as_str(), k)).collect(),
            people: problem.caregivers.iter().enumerate().map(|(k, person)| (person.id.as_str(), k)).collect(),
            stops: vec![[None; 2]; problem.orders.len()],
            service: vec![0.0; problem.caregivers.len()],
            travel: vec![0.0; problem.caregivers.len()],
        }
    }

    fn wrong(&mut self, item: impl Into<String>, chinese: &str, english: &str) {
        self.defects.push(Defect::new(item, chinese, english));
    }

    fn rounds(&mut self, plan: &Plan) {
        let mut seen = HashMap::new();
        for round in &plan.rounds {
            let item = format!("caregiver {}", round.caregiver);
            let Some(&person) = self.people.get(round.caregiver.as_str()) else {
                self.wrong(item, "计划里有不存在的护理员", "the plan names a caregiver who does not exist");
                continue;
            };
            let Some(shift) = self.problem.caregivers[person].shifts.get(round.shift) else {
                self.wrong(item, "计划里有不存在的班次", "the plan names a shift that does not exist");
                continue;
            };
            if seen.insert((person, round.shift), ()).is_some() {
                self.wrong(item, "同一班次出现两次", "one shift has two rounds");
                continue;
            }
            self.round(person, shift, round);
        }
    }

    fn round(&mut self, person: usize, shift: &Shift, round: &Round) {
        let caregiver = &self.problem.caregivers[person];
        let (mut place, mut free, mut load) = (caregiver.start, shift.open, self.load_at_start(round));
        let mut rested = false;
        for (at, visit) in round.visits.iter().enumerate() {
            let item = format!("order {} caregiver {}", visit.order, caregiver.id);
            let Some(&index) = self.orders.get(visit.order.as_str()) else {
                self.wrong(item, "计划里有不存在的订单", "the plan names an order that does not exist");
                continue;
            };
            let order = &self.problem.orders[index];
            let Some((to, window, minutes, service)) = stop_of(order, visit.part) else {
                self.wrong(item, "计划里有不存在的部分", "the plan names a part that does not exist");
                continue;
            };
            let begun = order.pins.iter().any(|pin| pin.part == visit.part && pin.begun);
            let leg = travel::leg(self.problem, place, to, caregiver.mode, caregiver.pace);
            if let (Some(rest), Some(start), false) = (shift.rest, round.rest, rested)
                && start >= free - TOLERANCE
                && start + rest.minutes + leg.minutes <= visit.arrive + TOLERANCE
            {
                (rested, free) = (true, start + rest.minutes);
            }
            self.times(&item, visit, (free, leg.minutes, begun));
            self.window(&item, visit, window, begun);
            if (visit.end - visit.start - minutes).abs() > TOLERANCE {
                self.wrong(&item, "服务时长不符", "the visit does not last as long as the service");
            }
            self.person(&item, order, service, caregiver);
            self.pins(&item, order, visit, caregiver);
            let fetched = order.pickup.is_some();
            load += if fetched && visit.part == 0 { order.load } else { 0.0 };
            if caregiver.capacity.is_some_and(|most| load > most + TOLERANCE) {
                self.wrong(&item, "超过载量", "more on board than the capacity");
            }
            load -= if fetched == (visit.part == 1) { order.load } else { 0.0 };
            self.wishes(order, visit, window, caregiver);
            if self.stops[index][visit.part]
                .replace(Stop { caregiver: person, shift: round.shift, at, start: visit.start })
                .is_some()
            {
                self.wrong(&item, "同一服务安排了两次", "one service is planned twice");
            }
            self.figures.metres += leg.metres;
            self.figures.minutes += leg.minutes;
            self.travel[person] += leg.minutes;
            self.service[person] += minutes;
            (place, free) = (to, visit.end);
        }
        self.home(person, shift, round, (place, free, rested));
    }

    fn load_at_start(&self, round: &Round) -> f64 {
        let firsts = round.visits.iter().filter(|visit| visit.part == 0);
        firsts
            .filter_map(|visit| self.orders.get(visit.order.as_str()))
            .map(|&k| &self.problem.orders[k])
            .filter(|order| order.pickup.is_none())
            .map(|order| order.load)
            .sum()
    }

    fn times(&mut self, item: &str, visit: &Visit, (free, minutes, begun): (f64, f64, bool)) {
        let sane = visit.arrive.is_finite() && visit.start.is_finite() && visit.end.is_finite();
        let out = if begun { free } else { free.max(self.problem.now.unwrap_or(free)) };
        if !sane || visit.start < visit.arrive - TOLERANCE {
            self.wrong(item, "开始早于到达", "the service starts before the arrival");
        } else if !begun && visit.arrive < out + minutes - TOLERANCE {
            self.wrong(item, "来不及到达", "the caregiver cannot be there yet");
        } else if begun && visit.start < free - TOLERANCE {
            self.wrong(item, "与前一次上门重叠", "it overlaps the visit before");
        }
    }

    fn window(&mut self, item: &str, visit: &Visit, window: &Window, begun: bool) {
        if begun {
            return;
        }
        if visit.start < window.open - TOLERANCE {
            self.wrong(item, "早于时间窗", "it starts before the window opens");
        }
        if window.latest.is_some_and(|latest| visit.start > latest + TOLERANCE) {
            self.wrong(item, "晚于最迟开始时刻", "it starts after the latest moment");
        }
    }

    fn person(&mut self, item: &str, order: &Order, service: Option<&Service>, caregiver: &Caregiver) {
        let pinned = order.pins.iter().any(|pin| pin.begun && pin.caregiver == caregiver.id);
        if let (Some(service), false) = (service, pinned) {
            if service.skills.iter().any(|skill| !caregiver.skills.contains(skill)) {
                self.wrong(item, "缺少技能", "a skill is missing");
            }
            if service.level > caregiver.level {
                self.wrong(item, "证书等级不够", "the level of certificate is too low");
            }
        }
        if order.forbidden.contains(&caregiver.id) && !pinned {
            self.wrong(item, "该护理员被排除", "this caregiver must not come");
        }
        let bound =
            order.area.as_ref().is_some_and(|area| !caregiver.areas.is_empty() && !caregiver.areas.contains(area));
        if bound && !pinned {
            self.wrong(item, "不在该护理员的片区", "outside the caregiver's areas");
        }
    }

    fn pins(&mut self, item: &str, order: &Order, visit: &Visit, caregiver: &Caregiver) {
        for pin in order.pins.iter().filter(|pin| pin.part == visit.part) {
            if pin.caregiver != caregiver.id {
                self.wrong(item, "已固定给另一位护理员", "it is pinned to another caregiver");
            }
            if pin.start.is_some_and(|start| (start - visit.start).abs() > TOLERANCE) {
                self.wrong(item, "不在固定的时刻开始", "it does not start at the pinned moment");
            }
        }
    }

    fn wishes(&mut self, order: &Order, visit: &Visit, window: &Window, caregiver: &Caregiver) {
        let begun = order.pins.iter().any(|pin| pin.part == visit.part && pin.begun);
        let late = window.close.map_or(0.0, |close| (visit.start - close).max(0.0));
        if late > 0.0 && !begun {
            self.figures.late += late * (1.0 + f64::from(order.priority));
            self.figures.worst = self.figures.worst.max(late);
        }
        if order.pickup.is_some() && visit.part == 0 {
            return;
        }
        let miss = |missed: bool| f64::from(u8::from(missed));
        self.figures.continuity += miss(!order.preferred.is_empty() && !order.preferred.contains(&caregiver.id));
        self.figures.gender += miss(order.gender.is_some() && order.gender != caregiver.gender);
        self.figures.churn +=
            miss(order.known.get(visit.part).is_some_and(|known| !known.is_empty() && *known != caregiver.id));
    }

    fn home(&mut self, person: usize, shift: &Shift, round: &Round, (place, free, rested): (usize, f64, bool)) {
        let caregiver = &self.problem.caregivers[person];
        let item = format!("caregiver {}", caregiver.id);
        if round.visits.is_empty() {
            return;
        }
        let leg = caregiver.end.map_or_else(travel::Leg::default, |end| {
            travel::leg(self.problem, place, end, caregiver.mode, caregiver.pace)
        });
        self.figures.metres += leg.metres;
        self.figures.minutes += leg.minutes;
        self.travel[person] += leg.minutes;
        let end = free + leg.minutes;
        if (end - round.end).abs() > TOLERANCE {
            self.wrong(&item, "收工时刻不符", "the round does not end when it says");
        }
        if end > shift.close + shift.overtime + TOLERANCE && !self.overrun(round, f64::NEG_INFINITY) {
            self.wrong(&item, "超过班次和允许的加班", "the round ends after the shift and its overtime");
        }
        self.figures.overtime += (end - shift.close).max(0.0);
        if let Some(rest) = shift.rest {
            let fits = round.rest.is_some_and(|at| at >= rest.open - TOLERANCE && at <= rest.latest + TOLERANCE);
            let due = free > rest.latest + TOLERANCE && !self.overrun(round, rest.latest);
            if round.rest.is_some() && !(fits && rested) || due && round.rest.is_none() {
                self.wrong(&item, "休息缺失或不在时段内", "the break is missing or out of its time");
            }
        } else if round.rest.is_some() {
            self.wrong(&item, "班次没有休息", "the shift has no break");
        }
    }

    /// Whether the last visit, or some visit that ends after a moment, has begun: history is not judged.
    fn overrun(&self, round: &Round, after: f64) -> bool {
        let begun = |visit: &Visit| {
            let order = self.orders.get(visit.order.as_str()).map(|&k| &self.problem.orders[k]);
            order.is_some_and(|order| order.pins.iter().any(|pin| pin.part == visit.part && pin.begun))
        };
        let last = round.visits.last().is_some_and(begun);
        last || after > f64::NEG_INFINITY && round.visits.iter().any(|visit| visit.end > after && begun(visit))
    }

    fn orders(&mut self, plan: &Plan) {
        let unserved = plan.unserved.iter().map(String::as_str).collect::<std::collections::HashSet<_>>();
        if unserved.len() != plan.unserved.len()
            || plan.unserved.iter().any(|id| !self.orders.contains_key(id.as_str()))
        {
            self.wrong("unserved", "未服务名单有重复或不存在的订单", "the unserved list repeats or invents an order");
        }
        for (k, order) in self.problem.orders.iter().enumerate() {
            let item = format!("order {}", order.id);
            let (stops, parts) = (self.stops[k].iter().flatten().count(), order.parts());
            let absent = unserved.contains(order.id.as_str());
            // What has begun is history, also where nobody can do the rest: then the order counts as unserved by that rest.
            let begun = |part: usize| order.pins.iter().any(|pin| pin.part == part && pin.begun);
            let half = (0..2).all(|part| self.stops[k][part].is_none() || begun(part));
            if stops != 0 && stops != parts && !half {
                self.wrong(&item, "只安排了一部分", "only a part of it is planned");
            } else if (stops != parts) != absent {
                self.wrong(
                    &item,
                    "既未安排也未列为未服务，或两者都是",
                    "it must be either planned or listed as unserved",
                );
            }
            if stops < parts {
                let share = (parts - stops) as f64 / parts as f64;
                self.figures.unserved += order.value * (1.0 + f64::from(order.priority)) * share;
            }
            if let [Some(first), Some(second)] = self.stops[k] {
                self.pair(&item, order, first, second);
            }
        }
    }

    fn pair(&mut self, item: &str, order: &Order, first: Stop, second: Stop) {
        if order.pickup.is_some() {
            let same = (first.caregiver, first.shift) == (second.caregiver, second.shift);
            if !same || first.at > second.at {
                self.wrong(item, "取与送不在同一趟或次序颠倒", "pick-up and delivery are not on one round in order");
            }
            return;
        }
        let begun = order.pins.iter().filter(|pin| pin.begun).count() == 2;
        if first.caregiver == second.caregiver {
            self.wrong(item, "双人服务由同一人完成", "one person does both services");
        }
        let (min, max) = match order.together {
            Some(Together::Sequential { min, max }) => (min, max),
            _ => (0.0, 0.0),
        };
        let gap = second.start - first.start;
        if !begun && !(min - TOLERANCE..=max + TOLERANCE).contains(&gap) {
            self.wrong(item, "两人的开始时刻不符合约定的间隔", "the two do not start with the agreed gap");
        }
    }

    fn people(&mut self) {
        let n = self.problem.caregivers.len();
        let all: f64 = self.problem.orders.iter().map(total_minutes).sum();
        let mean = if n == 0 { 0.0 } else { all / n as f64 };
        for (k, caregiver) in self.problem.caregivers.iter().enumerate() {
            if caregiver.most.is_some_and(|most| self.service[k] + self.travel[k] > most + TOLERANCE) {
                self.wrong(format!("caregiver {}", caregiver.id), "超过每日上限", "works more than the daily maximum");
            }
            if mean > 0.0 {
                self.figures.fairness += (self.service[k] - mean).powi(2) / mean;
            }
        }
    }
}

fn total_minutes(order: &Order) -> f64 {
    order.pickup.map_or(0.0, |pickup| pickup.minutes)
        + order.services.iter().map(|service| service.minutes).sum::<f64>()
}

/// Place, window, minutes and service of a part.
fn stop_of(order: &Order, part: usize) -> Option<(usize, &Window, f64, Option<&Service>)> {
    match (&order.pickup, part) {
        (Some(pickup), 0) => Some((pickup.place, &pickup.window, pickup.minutes, order.services.first())),
        (Some(_), 1) => {
            order.services.first().map(|service| (order.place, &order.window, service.minutes, Some(service)))
        }
        (None, part) => {
            order.services.get(part).map(|service| (order.place, &order.window, service.minutes, Some(service)))
        }
        _ => None,
    }
}
