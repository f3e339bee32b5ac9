//! Why this caregiver, why not another, why nobody: in words, with the cheapest relaxation that would help.

use std::{collections::HashSet, ops::Range};

use crate::{
    defect::Defects,
    live::Live,
    model::{Barrier, Model, NONE, Task, Tie, barrier, service_of},
    plan::Plan,
    problem::Caregiver,
    relax::Relaxation,
    search::{desk::Desk, near::Near, state::State},
};

/// How one caregiver stands to one part of an order.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Who.
    pub caregiver: String,
    /// What about them.
    pub why: Why,
}

/// What about a caregiver.
#[derive(Clone, Debug, PartialEq)]
pub enum Why {
    /// Comes, at this price within the plan.
    Comes(f64),
    /// Could come, and the plan would cost so much more.
    Dearer(f64),
    /// Could come, and the plan would cost so much less, or as much; the search has not got there.
    Cheaper(f64),
    /// Does the other part.
    Mate,
    /// Lacks a skill.
    Skill(String),
    /// Has too low a certificate for this level.
    Level(u8),
    /// Is excluded.
    Forbidden,
    /// Is bound to other areas than this one.
    Area(String),
    /// The part is pinned to someone else.
    Pinned,
    /// Cannot be there in time, within shift, break, load and promised visits.
    NoTime,
}

impl Why {
    /// In Chinese.
    pub fn chinese(&self) -> String {
        match self {
            Self::Comes(price) => format!("由其上门，占用成本 {price:.1}"),
            Self::Dearer(more) => format!("也可以，但总成本多 {more:.1}"),
            Self::Cheaper(less) => format!("也可以，总成本少 {less:.1}"),
            Self::Mate => "已承担同一单的另一部分".to_owned(),
            Self::Skill(skill) => format!("缺少技能“{skill}”"),
            Self::Level(level) => format!("证书等级低于 {level} 级"),
            Self::Forbidden => "该订单排除了此人".to_owned(),
            Self::Area(area) => format!("不负责片区“{area}”"),
            Self::Pinned => "已固定给另一位护理员".to_owned(),
            Self::NoTime => "班次、休息、载量和已承诺的上门之间没有时间".to_owned(),
        }
    }

    /// In English.
    pub fn english(&self) -> String {
        match self {
            Self::Comes(price) => format!("comes, at a cost of {price:.1}"),
            Self::Dearer(more) => format!("could come for {more:.1} more"),
            Self::Cheaper(less) => format!("could come for {less:.1} less"),
            Self::Mate => "does the other part".to_owned(),
            Self::Skill(skill) => format!("lacks the skill “{skill}”"),
            Self::Level(level) => format!("has a certificate below level {level}"),
            Self::Forbidden => "is excluded by the order".to_owned(),
            Self::Area(area) => format!("does not serve the area “{area}”"),
            Self::Pinned => "it is pinned to someone else".to_owned(),
            Self::NoTime => "has no time between shift, break, load and promised visits".to_owned(),
        }
    }
}

/// Why nobody serves an order.
#[derive(Clone, Debug, PartialEq)]
pub struct WhyNot {
    /// The ways out, cheapest first; the first one names the binding constraint. Prices are in the plan's cost plus
    /// one unit per minute of window, gap or maximum, one and a half per minute of overtime, and
    /// [`EXCEPTION`] or [`HELPER`] for an exception or each helper.
    pub ways: Vec<(Relaxation, f64)>,
    /// How each caregiver stands to the first part.
    pub choices: Vec<Choice>,
}

/// Price of an exception from skill, level, area or exclusion.
pub const EXCEPTION: f64 = 240.0;
/// Price of calling someone in.
pub const HELPER: f64 = 600.0;

impl Live {
    /// How each caregiver stands to a part of an order that is served, or would be.
    ///
    /// # Errors
    /// No such order or part.
    pub fn why(&self, order: &str, part: usize) -> Result<Vec<Choice>, Defects> {
        let t = self.find(order, part)?;
        let model = self.model();
        let mut desk = self.desk(model);
        let own = desk.state.round_of[t as usize];
        let before = desk.state.cost() - desk.state.sums.absent;
        if own != NONE && !model.tasks[t as usize].begun {
            desk.state.remove(t);
            desk.state.settle();
        }
        let base = desk.state.cost() - desk.state.sums.absent;
        let saved = before - base;
        let mate = desk.state.mate(t);
        let mut choices = Vec::new();
        for (k, caregiver) in self.problem().caregivers.iter().enumerate() {
            let crews = &model.people[k].crews;
            let why = if crews.contains(&own) {
                Why::Comes(saved)
            } else if mate.is_some_and(|mate| crews.contains(&mate.round)) {
                Why::Mate
            } else if let Some(bar) = self.bar(t, caregiver) {
                bar
            } else {
                let offers =
                    crews.iter().filter_map(|&r| desk.best_in(t, r, mate, f64::INFINITY)).map(|offer| offer.price);
                match offers.fold(f64::INFINITY, f64::min) {
                    price if price.is_infinite() => Why::NoTime,
                    price if own == NONE || price > saved => {
                        Why::Dearer(if own == NONE { price } else { price - saved })
                    }
                    price => Why::Cheaper(saved - price),
                }
            };
            choices.push(Choice { caregiver: caregiver.id.clone(), why });
        }
        Ok(choices)
    }

    fn find(&self, id: &str, part: usize) -> Result<u32, Defects> {
        let orders = &self.problem().orders;
        let k = orders.iter().position(|order| order.id == id && part < order.parts());
        let k =
            k.ok_or_else(|| Defects::one(format!("order {id}"), "订单或部分不存在", "there is no such order or part"))?;
        Ok(self.model().first[k] + part as u32)
    }

    fn bar(&self, t: u32, caregiver: &Caregiver) -> Option<Why> {
        let (order, part) = self.model().part(t);
        if order.pins.iter().any(|pin| pin.part == part && pin.caregiver != caregiver.id) {
            return Some(Why::Pinned);
        }
        barrier(order, service_of(order, part), caregiver).map(|bar| match bar {
            Barrier::Skill(skill) => Why::Skill(skill),
            Barrier::Level(level) => Why::Level(level),
            Barrier::Forbidden => Why::Forbidden,
            Barrier::Area(area) => Why::Area(area),
        })
    }

    /// Why nobody serves an order, or the part of it that has not begun, and what would help.
    ///
    /// # Errors
    /// No such order, or it is served.
    pub fn why_not(&self, order: &str) -> Result<WhyNot, Defects> {
        let first = self.find(order, 0)?;
        let Some(absent) = self.absent_part(first) else {
            return Err(Defects::one(format!("order {order}"), "该订单已有人上门", "this order is served"));
        };
        let mut ways = self.single_ways((first, absent));
        let parts = self.model().part(first).0.parts();
        let persons = if self.model().tasks[first as usize].tie == Tie::Pair && absent == first { parts } else { 1 };
        ways.extend((1..=persons).map(|n| (Relaxation::Helpers(n), HELPER * n as f64)));
        let plan = self.plan()?;
        let mut ways = ways.into_iter().filter(|(way, _)| self.helps(&plan, way, order)).collect::<Vec<_>>();
        ways.sort_by(|a, b| a.1.total_cmp(&b.1));
        Ok(WhyNot { ways, choices: self.why(order, (absent - first) as usize)? })
    }

    /// The first part of an order that nobody does.
    fn absent_part(&self, first: u32) -> Option<u32> {
        let parts = self.model().part(first).0.parts() as u32;
        (first..first + parts).find(|&t| self.state().round_of[t as usize] == NONE)
    }

    /// Whether an order is served beside the plan as it stands once a relaxation is applied. Whoever else waits must not
    /// take its place.
    fn helps(&self, plan: &Plan, way: &Relaxation, order: &str) -> bool {
        let mut problem = self.problem().clone();
        way.apply(&mut problem, order);
        let visited = plan.rounds.iter().flat_map(|round| &round.visits).map(|visit| visit.order.as_str());
        let visited = visited.collect::<HashSet<_>>();
        problem.orders.retain(|other| other.id == order || visited.contains(other.id.as_str()));
        let Some(k) = problem.orders.iter().position(|other| other.id == order) else { return false };
        if problem.validate().is_err() {
            return false;
        }
        let (model, near) = (Model::new(problem), Near::nobody());
        let mut desk = Desk::new(&model, &near, 1);
        desk.lay_out(plan);
        let mut parts = model.first[k]..model.first[k] + model.problem.orders[k].parts() as u32;
        let absent = parts.find(|&t| desk.state.round_of[t as usize] == NONE);
        absent.is_none_or(|t| desk.insert_best(t) && desk.state.prove())
    }

    /// Gives up one kind of rule at a time, places the order, and reads off by how much the rule was broken.
    fn single_ways(&self, (first, absent): (u32, u32)) -> Vec<(Relaxation, f64)> {
        let order = self.model().part(first).0;
        let tasks = first..first + order.parts() as u32;
        let mut found = self.time_ways(&tasks, absent);
        found.extend(self.limit_ways(&tasks, absent));
        found.extend(self.attempt(
            absent,
            |relaxed| {
                let free = |&t: &u32| !order.pins.iter().any(|pin| pin.part == (t - first) as usize);
                for t in tasks.clone().filter(free) {
                    (0..relaxed.crews.len() as u32).for_each(|r| relaxed.admit(t, r));
                }
            },
            |state| {
                let barred = |&t: &u32| !self.model().eligible(t, state.round_of[t as usize]);
                let barred = tasks.clone().filter(barred).collect::<Vec<_>>();
                let [t] = barred[..] else { return None };
                Some((Relaxation::Admit(self.name_at(state, t)), EXCEPTION))
            },
        ));
        if order.pins.iter().any(|pin| !pin.begun) {
            found.push((Relaxation::Unpin, EXCEPTION));
        }
        found
    }

    /// Places what is absent of an order under relaxed rules; `read` says which rule was broken and what that costs.
    fn attempt(
        &self,
        absent: u32,
        relax: impl FnOnce(&mut Model<'static>),
        read: impl FnOnce(&State<'_>) -> Option<(Relaxation, f64)>,
    ) -> Option<(Relaxation, f64)> {
        let mut relaxed = self.model().clone();
        relax(&mut relaxed);
        let mut desk = self.desk(&relaxed);
        let before = desk.state.cost() - desk.state.sums.absent;
        if !desk.place(absent) {
            return None;
        }
        let (way, price) = read(&desk.state)?;
        Some((way, price + desk.state.cost() - desk.state.sums.absent - before))
    }

    fn time_ways(&self, tasks: &Range<u32>, absent: u32) -> Vec<(Relaxation, f64)> {
        let model = self.model();
        let each = |relaxed: &mut Model<'static>, change: fn(&mut Task)| {
            tasks.clone().for_each(|t| change(&mut relaxed.tasks[t as usize]));
        };
        let worst = |state: &State<'_>, broken: &dyn Fn(&Task, f64) -> f64| {
            let broken = tasks.clone().map(|t| broken(&model.tasks[t as usize], state.start[t as usize]));
            Some(broken.fold(0.0, f64::max)).filter(|worst| *worst > 0.0)
        };
        let first = tasks.start;
        let later = self.attempt(
            absent,
            |relaxed| each(relaxed, |task| (task.latest, task.late) = (f64::INFINITY, task.late.max(1.0))),
            |state| worst(state, &|task, start| start - task.latest).map(|late| (Relaxation::Later(late), late)),
        );
        let earlier = self.attempt(
            absent,
            |relaxed| each(relaxed, |task| task.open -= 1440.0),
            |state| worst(state, &|task, start| task.open - start).map(|early| (Relaxation::Earlier(early), early)),
        );
        let gap = self.attempt(
            absent,
            |relaxed| each(relaxed, |task| task.gap.1 += 1440.0),
            |state| {
                let (a, b) = (first as usize, tasks.end as usize - 1);
                let over = state.start[b] - state.start[a] - model.tasks[a].gap.1;
                (a != b && over > 0.0).then_some((Relaxation::Gap(over), over))
            },
        );
        [later, earlier, gap].into_iter().flatten().collect()
    }

    fn limit_ways(&self, tasks: &Range<u32>, absent: u32) -> Vec<(Relaxation, f64)> {
        let model = self.model();
        // The one round whose limit was broken, and by how much.
        let broken = |state: &State<'_>, over: &dyn Fn(usize) -> f64| {
            let mut rounds = tasks.clone().map(|t| state.round_of[t as usize]).collect::<Vec<_>>();
            rounds.dedup();
            rounds.retain(|&r| over(r as usize) > 0.0);
            let [r] = rounds[..] else { return None };
            let person = model.crews[r as usize].person as usize;
            Some((self.problem().caregivers[person].id.clone(), over(r as usize)))
        };
        let first = tasks.start;
        let overtime = self.attempt(
            absent,
            |relaxed| relaxed.crews.iter_mut().for_each(|crew| crew.limit = f64::INFINITY),
            |state| {
                let (who, over) = broken(state, &|r| state.infos[r].finish - model.crews[r].limit)?;
                Some((Relaxation::Overtime(who, over), over * 1.5))
            },
        );
        let most = self.attempt(
            absent,
            |relaxed| relaxed.people.iter_mut().for_each(|person| person.most = f64::INFINITY),
            |state| {
                let (who, over) = broken(state, &|r| {
                    let person = &model.people[model.crews[r].person as usize];
                    let worked =
                        person.crews.iter().map(|&r| state.infos[r as usize].service + state.infos[r as usize].minutes);
                    worked.sum::<f64>() - person.most
                })?;
                Some((Relaxation::Most(who, over), over))
            },
        );
        let load = self.attempt(
            absent,
            |relaxed| relaxed.crews.iter_mut().for_each(|crew| crew.capacity = f64::INFINITY),
            |state| {
                let haul = model.tasks[first as usize].tie == Tie::Haul;
                let own = if haul { model.tasks[first as usize].load } else { 0.0 };
                let (who, over) = broken(state, &|r| state.infos[r].load + own - model.crews[r].capacity)?;
                Some((Relaxation::Load(who, over), over))
            },
        );
        [overtime, most, load].into_iter().flatten().collect()
    }

    fn name_at(&self, state: &State<'_>, t: u32) -> String {
        let person = self.model().crews[state.round_of[t as usize] as usize].person;
        self.problem().caregivers[person as usize].id.clone()
    }
}
