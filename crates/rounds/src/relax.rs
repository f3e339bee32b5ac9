//! Rules given up so that an order can be served: in words, and written into the problem.

use crate::problem::{Caregiver, Mode, Problem, Service, Shift, Together, Window};

/// One rule given up so that an order can be served.
#[derive(Clone, Debug, PartialEq)]
pub enum Relaxation {
    /// The visit may start so many minutes after the latest moment.
    Later(f64),
    /// The visit may start so many minutes before its window opens.
    Earlier(f64),
    /// The second may follow so many minutes later than agreed.
    Gap(f64),
    /// This caregiver works so many minutes of overtime more.
    Overtime(String, f64),
    /// This caregiver works so many minutes more than the daily maximum.
    Most(String, f64),
    /// This caregiver carries so much more.
    Load(String, f64),
    /// This caregiver comes although something bars them.
    Admit(String),
    /// The pins are given up.
    Unpin,
    /// So many more caregivers are called in.
    Helpers(usize),
}

impl Relaxation {
    /// In Chinese.
    pub fn chinese(&self) -> String {
        match self {
            Self::Later(minutes) => format!("允许晚开始 {minutes:.0} 分钟"),
            Self::Earlier(minutes) => format!("允许早开始 {minutes:.0} 分钟"),
            Self::Gap(minutes) => format!("允许第二人再晚 {minutes:.0} 分钟"),
            Self::Overtime(who, minutes) => format!("{who} 多加班 {minutes:.0} 分钟"),
            Self::Most(who, minutes) => format!("{who} 超过每日上限 {minutes:.0} 分钟"),
            Self::Load(who, load) => format!("{who} 多带 {load:.1}"),
            Self::Admit(who) => format!("破例由 {who} 上门"),
            Self::Unpin => "不再固定护理员和时刻".to_owned(),
            Self::Helpers(n) => format!("增派 {n} 名护理员"),
        }
    }

    /// In English.
    pub fn english(&self) -> String {
        match self {
            Self::Later(minutes) => format!("let it start {minutes:.0} minutes later"),
            Self::Earlier(minutes) => format!("let it start {minutes:.0} minutes earlier"),
            Self::Gap(minutes) => format!("let the second follow {minutes:.0} minutes later"),
            Self::Overtime(who, minutes) => format!("{who} works {minutes:.0} minutes more overtime"),
            Self::Most(who, minutes) => format!("{who} works {minutes:.0} minutes beyond the daily maximum"),
            Self::Load(who, load) => format!("{who} carries {load:.1} more"),
            Self::Admit(who) => format!("{who} comes as an exception"),
            Self::Unpin => "give up the pinned caregiver and moment".to_owned(),
            Self::Helpers(n) => format!("call in {n} more"),
        }
    }

    /// Writes the relaxation into a problem; with it the order can be inserted into the plan it was found for.
    pub fn apply(&self, problem: &mut Problem, order: &str) {
        let Some(k) = problem.orders.iter().position(|other| other.id == order) else { return };
        let who = |problem: &mut Problem, id: &str, change: &dyn Fn(&mut Caregiver)| {
            problem.caregivers.iter_mut().filter(|caregiver| caregiver.id == id).for_each(change);
        };
        match self {
            Self::Later(minutes) => {
                let Window { latest, .. } = &mut problem.orders[k].window;
                *latest = latest.map(|latest| latest + minutes);
            }
            Self::Earlier(minutes) => problem.orders[k].window.open -= minutes,
            Self::Gap(minutes) => {
                if let Some(Together::Sequential { max, .. }) = &mut problem.orders[k].together {
                    *max += minutes;
                }
            }
            Self::Overtime(id, minutes) => who(problem, id, &|caregiver| {
                caregiver.shifts.iter_mut().for_each(|shift| shift.overtime += minutes);
            }),
            Self::Most(id, minutes) => {
                who(problem, id, &|caregiver| caregiver.most = caregiver.most.map(|most| most + minutes))
            }
            Self::Load(id, load) => {
                who(problem, id, &|caregiver| caregiver.capacity = caregiver.capacity.map(|most| most + load))
            }
            Self::Admit(id) => admit(problem, k, id),
            Self::Unpin => problem.orders[k].pins.retain(|pin| pin.begun),
            Self::Helpers(n) => (0..*n).for_each(|_| call_in(problem, k)),
        }
    }
}

/// Gives a caregiver whatever an order asks for.
fn admit(problem: &mut Problem, k: usize, id: &str) {
    let order = &mut problem.orders[k];
    order.forbidden.retain(|other| other != id);
    let order = order.clone();
    for caregiver in problem.caregivers.iter_mut().filter(|caregiver| caregiver.id == id) {
        for Service { skills, level, .. } in &order.services {
            let missing = skills.iter().filter(|skill| !caregiver.skills.contains(skill)).cloned().collect::<Vec<_>>();
            caregiver.skills.extend(missing);
            caregiver.level = caregiver.level.max(*level);
        }
        if let (Some(area), false) = (&order.area, caregiver.areas.is_empty()) {
            caregiver.areas.push(area.clone());
        }
    }
}

/// Adds someone who can serve an order and has nothing else to do.
fn call_in(problem: &mut Problem, k: usize) {
    let order = &problem.orders[k];
    let mut n = problem.caregivers.len() + 1;
    let free = |n: usize| problem.caregivers.iter().all(|caregiver| caregiver.id != format!("+{n}"));
    while !free(n) {
        n += 1;
    }
    let place = order.pickup.map_or(order.place, |pickup| pickup.place);
    let open = order.pickup.map_or(order.window.open, |pickup| pickup.window.open.min(order.window.open));
    let open = open.min(problem.now.unwrap_or(open)) - 1.0;
    let last = order.window.latest.or(order.window.close).unwrap_or(order.window.open).max(open);
    let skills = order.services.iter().flat_map(|service| service.skills.clone()).collect();
    let caregiver = Caregiver {
        id: format!("+{n}"),
        start: place,
        end: None,
        shifts: vec![Shift { open, close: last + 1440.0, overtime: 0.0, rest: None }],
        skills,
        level: u8::MAX,
        gender: order.gender,
        mode: Mode::Car,
        pace: 1.0,
        capacity: None,
        most: None,
        areas: Vec::new(),
    };
    problem.caregivers.push(caregiver);
}
