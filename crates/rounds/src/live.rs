//! A plan that runs: urgent orders come in, someone falls ill, what has begun stands, what was promised is kept.
//!
//! A [`Live`] holds the compiled problem and the plan, so that one more order is placed in milliseconds by asking every
//! round for its best position. Whatever changes the rules for many (illness, promises, the passing of time) compiles the
//! problem anew.

use std::{borrow::Cow, ops::ControlFlow, sync::LazyLock};

use crate::{
    defect::Defects,
    model::{Model, NONE},
    plan::Plan,
    problem::{Order, Pin, Problem, Window},
    search::{Options, anneal::Progress, desk::Desk, fill_in, near::Near, solve_with, state::State},
    travel,
};

static NOTHING: LazyLock<Model<'static>> = LazyLock::new(|| Model::new(Problem::default()));
static NOBODY: Near = Near::nobody();

/// A running plan.
#[derive(Debug)]
pub struct Live {
    model: Model<'static>,
    state: State<'static>,
}

/// What became of an order that came in.
#[derive(Clone, Debug, PartialEq)]
pub struct Inserted {
    /// Caregiver and start of each part in order; empty when nobody can come.
    pub visits: Vec<(String, f64)>,
    /// By how much the plan's cost grew.
    pub cost: f64,
}

impl Live {
    /// Takes up a plan; visits that no longer fit are placed anew.
    ///
    /// # Errors
    /// What is wrong with the problem.
    pub fn new(problem: Problem, plan: &Plan) -> Result<Self, Defects> {
        problem.validate()?;
        let model = Model::new(Cow::Owned(problem));
        let state = {
            let mut desk = Desk::new(&model, &NOBODY, 1);
            desk.take_plan(plan);
            desk.state.park(&NOTHING)
        };
        Ok(Self { model, state })
    }

    /// The problem as it stands now.
    pub fn problem(&self) -> &Problem {
        &self.model.problem
    }

    /// The plan as it stands now, checked.
    ///
    /// # Errors
    /// What the checker finds; nothing unless the engine errs.
    pub fn plan(&self) -> Result<Plan, Defects> {
        let mut plan = self.state.over(&self.model).extract();
        fill_in(&self.model.problem, &mut plan)?;
        Ok(plan)
    }

    /// Places one more order where it costs least, moving nobody else's visits to other caregivers.
    ///
    /// # Errors
    /// What is wrong with the order.
    pub fn insert(&mut self, order: Order) -> Result<Inserted, Defects> {
        self.validate(&order)?;
        let k = self.model.problem.orders.len();
        self.model.push(order);
        let parked = std::mem::replace(&mut self.state, State::new(&NOTHING));
        let mut desk = Desk::with(&self.model, &NOBODY, parked.take_up(&self.model));
        desk.state.grow();
        let before = desk.state.cost() - desk.state.sums.absent;
        let first = self.model.first[k];
        let parts = self.model.problem.orders[k].parts() as u32;
        let mark = desk.state.mark();
        if desk.insert_best(first) && !desk.state.prove() {
            desk.state.undo(mark);
        }
        desk.state.commit();
        let cost = desk.state.cost() - desk.state.sums.absent - before;
        let who = |t: u32| {
            let crew = &self.model.crews[desk.state.round_of[t as usize] as usize];
            (self.model.problem.caregivers[crew.person as usize].id.clone(), desk.state.start[t as usize])
        };
        let served = desk.state.round_of[first as usize] != NONE;
        let visits = if served { (first..first + parts).map(who).collect() } else { Vec::new() };
        self.state = desk.state.park(&NOTHING);
        Ok(Inserted { visits, cost })
    }

    fn validate(&self, order: &Order) -> Result<(), Defects> {
        let problem = &self.model.problem;
        if problem.orders.iter().any(|other| other.id == order.id) {
            return Err(Defects::one(format!("order {}", order.id), "订单编号重复", "this id occurs twice"));
        }
        // The rest is judged beside the same places, people and skills, without the other orders.
        problem.beside(order)
    }

    /// Cancels an order; its caregivers get the time back.
    pub fn cancel(&mut self, id: &str) -> Result<(), Defects> {
        self.change(|problem, _| problem.orders.retain(|order| order.id != id))
    }

    /// A caregiver falls ill: visits that have begun stand, all others go to someone else where that is possible.
    ///
    /// # Errors
    /// No such caregiver.
    pub fn remove_caregiver(&mut self, id: &str) -> Result<(), Defects> {
        if !self.model.problem.caregivers.iter().any(|caregiver| caregiver.id == id) {
            return Err(Defects::one(format!("caregiver {id}"), "护理员不存在", "there is no such caregiver"));
        }
        self.change(|problem, plan| {
            let begun = |order: &str, part: usize| {
                let order = problem.orders.iter().find(|other| other.id == order);
                order.is_some_and(|order| order.pins.iter().any(|pin| pin.part == part && pin.begun))
            };
            // Each shift ends with the way home from its last visit that has begun, or before it opens.
            let mut ends = Vec::new();
            for round in plan.rounds.iter().filter(|round| round.caregiver == id) {
                let last = round.visits.iter().rfind(|visit| begun(&visit.order, visit.part));
                ends.push((round.shift, last.map(|visit| (visit.order.clone(), visit.end))));
            }
            let place = |order: &str| problem.orders.iter().find(|other| other.id == order).map(|order| order.place);
            let ends = ends
                .into_iter()
                .map(|(shift, last)| (shift, last.and_then(|(order, end)| Some((place(&order)?, end)))));
            for (shift, last) in ends.collect::<Vec<_>>() {
                close_shift(problem, id, shift, last);
            }
            for order in &mut problem.orders {
                order.pins.retain(|pin| pin.begun || pin.caregiver != id);
            }
        })
    }

    /// Time has come to a minute: visits under way or done stand, and nobody sets out earlier.
    ///
    /// # Errors
    /// None in a sound plan.
    pub fn freeze(&mut self, now: f64) -> Result<(), Defects> {
        self.change(|problem, plan| {
            let was = problem.now.replace(now);
            let mut under_way = std::collections::HashMap::<&str, Vec<Pin>>::new();
            let mut moving = std::collections::HashSet::new();
            for round in &plan.rounds {
                let caregiver = problem.caregivers.iter().find(|caregiver| caregiver.id == round.caregiver);
                let shift = caregiver.and_then(|caregiver| caregiver.shifts.get(round.shift));
                let mut before = shift.map_or(f64::NEG_INFINITY, |shift| shift.open);
                for visit in &round.visits {
                    // Under way once they must have left; the way is what lies between the visits, the break in it too.
                    let way = (visit.arrive - before.max(was.unwrap_or(before))).max(0.0);
                    if visit.start - way <= now {
                        moving.insert(visit.order.as_str());
                    }
                    before = visit.end;
                    let pin = Pin {
                        caregiver: round.caregiver.clone(),
                        part: visit.part,
                        start: Some(visit.start),
                        begun: true,
                    };
                    under_way.entry(visit.order.as_str()).or_default().push(pin);
                }
            }
            for order in &mut problem.orders {
                if moving.contains(order.id.as_str()) {
                    order.pins = under_way.remove(order.id.as_str()).unwrap_or_default();
                }
            }
        })
    }

    /// The plan is published: each visit keeps its promised start by so many minutes (hard), and its caregiver unless
    /// the weight of churn is paid.
    ///
    /// # Errors
    /// None in a sound plan.
    pub fn promise(&mut self, slack: f64) -> Result<(), Defects> {
        self.change(|problem, plan| {
            let mut told = std::collections::HashMap::<&str, Vec<(usize, &str, f64)>>::new();
            for round in &plan.rounds {
                for visit in &round.visits {
                    told.entry(visit.order.as_str()).or_default().push((visit.part, &round.caregiver, visit.start));
                }
            }
            for order in &mut problem.orders {
                let Some(visits) = told.get_mut(order.id.as_str()) else { continue };
                visits.sort_unstable_by_key(|visit| visit.0);
                order.known = visits.iter().map(|visit| visit.1.to_owned()).collect();
                // A pick-up has a window of its own; the delivery is what was promised.
                let starts = visits.iter().filter(|visit| order.pickup.is_none() || visit.0 == 1).map(|visit| visit.2);
                let (low, high) = starts
                    .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), start| (low.min(start), high.max(start)));
                let Window { open, close, latest } = order.window;
                let end = latest.map_or(high + slack, |latest| latest.min(high + slack));
                order.window = Window {
                    open: open.max(low - slack).min(low),
                    close: close.map(|close| close.min(end).max(open.max(low - slack))),
                    latest: Some(end),
                };
            }
        })
    }

    /// Improves the running plan under its promises for a while; see [`solve_with`].
    ///
    /// # Errors
    /// None in a sound plan.
    pub fn improve(
        &mut self,
        options: &Options,
        watch: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
    ) -> Result<(), Defects> {
        let plan = self.plan()?;
        let better = solve_with(&self.model.problem, options, Some(&plan), watch)?;
        self.change(|_, plan| *plan = better.clone())
    }

    /// Changes rules or plan, and takes both up again.
    fn change(&mut self, change: impl FnOnce(&mut Problem, &mut Plan)) -> Result<(), Defects> {
        let mut plan = self.plan()?;
        let mut problem = self.model.problem.clone().into_owned();
        change(&mut problem, &mut plan);
        *self = Self::new(problem, &plan)?;
        Ok(())
    }

    pub(crate) fn model(&self) -> &Model<'static> {
        &self.model
    }

    pub(crate) fn state(&self) -> &State<'static> {
        &self.state
    }

    /// A desk that asks every round, over the plan or over relaxed rules.
    pub(crate) fn desk<'b>(&'b self, model: &'b Model<'b>) -> Desk<'b> {
        Desk::with(model, &NOBODY, self.state.over(model))
    }
}

/// Ends a shift with the way home from a visit, or before it opens.
fn close_shift(problem: &mut Problem, id: &str, shift: usize, last: Option<(usize, f64)>) {
    let Some(k) = problem.caregivers.iter().position(|caregiver| caregiver.id == id) else { return };
    let caregiver = &problem.caregivers[k];
    let home = last
        .zip(caregiver.end)
        .map_or(0.0, |((place, _), end)| travel::leg(problem, place, end, caregiver.mode, caregiver.pace).minutes);
    if let Some(shift) = problem.caregivers[k].shifts.get_mut(shift) {
        shift.close = last.map_or(shift.open, |(_, end)| (end + home).max(shift.open));
        (shift.overtime, shift.rest) = (0.0, None);
    }
}
