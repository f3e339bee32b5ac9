//! The problem as the search reads it: stops and shifts as flat rows of numbers, ways by table or formula.

use std::{borrow::Cow, collections::HashMap};

use crate::{
    compile::{crews, tasks_of, ways},
    objective::Weights,
    problem::{Caregiver, Mode, Order, Pin, Problem, Service},
    travel,
};

/// No task, no round, no place.
pub(crate) const NONE: u32 = u32::MAX;

/// What ties a task to its mate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tie {
    /// Nothing.
    Alone,
    /// Two persons, a gap between their starts.
    Pair,
    /// One round, pick-up before delivery.
    Haul,
}

/// One stop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Task {
    pub(crate) order: u32,
    pub(crate) place: u32,
    pub(crate) mate: u32,
    pub(crate) tie: Tie,
    /// The first of its order.
    pub(crate) first: bool,
    /// Start and round are history.
    pub(crate) begun: bool,
    /// Some wish depends on who comes.
    pub(crate) picky: bool,
    pub(crate) minutes: f64,
    pub(crate) open: f64,
    pub(crate) close: f64,
    pub(crate) latest: f64,
    /// Price of a minute's lateness.
    pub(crate) late: f64,
    /// Gap from the first's start to the second's.
    pub(crate) gap: (f64, f64),
    pub(crate) load: f64,
    /// Price of not being served: this task's share.
    pub(crate) value: f64,
    /// Person of the known plan.
    pub(crate) known: u32,
}

impl Task {
    /// Price of leaving its whole order out.
    fn worth(&self) -> f64 {
        if self.tie == Tie::Alone { self.value } else { self.value * 2.0 }
    }

    /// Whether a circle of pairs through this task could be kept.
    fn may_circle(&self) -> bool {
        self.tie == Tie::Pair && (self.gap.1 > 0.0 || self.minutes <= 0.0)
    }
}

/// One shift of a caregiver: the owner of one round.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crew {
    pub(crate) person: u32,
    pub(crate) shift: u32,
    pub(crate) profile: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) open: f64,
    pub(crate) close: f64,
    pub(crate) limit: f64,
    pub(crate) rest: Option<(f64, f64, f64)>,
    pub(crate) capacity: f64,
    /// Crews that are alike in everything share a class.
    pub(crate) class: u32,
}

/// One caregiver.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) crews: Vec<u32>,
    pub(crate) most: f64,
}

/// One manner of travelling.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Profile {
    pub(crate) mode: Mode,
    pub(crate) pace: f64,
    pub(crate) table: usize,
}

/// The ways between places.
#[derive(Clone, Debug)]
pub(crate) enum Ways {
    Line { xy: Vec<(f64, f64)>, detour: f64 },
    Tables { n: usize, tables: Vec<(Vec<f64>, Vec<f64>)> },
    Asked,
}

/// The compiled problem.
#[derive(Clone, Debug)]
pub(crate) struct Model<'a> {
    pub(crate) problem: Cow<'a, Problem>,
    pub(crate) weights: Weights,
    pub(crate) tasks: Vec<Task>,
    pub(crate) crews: Vec<Crew>,
    pub(crate) people: Vec<Person>,
    /// First task of each order.
    pub(crate) first: Vec<u32>,
    pub(crate) now: f64,
    /// Mean service minutes of a person, for fairness.
    pub(crate) mean: f64,
    pub(crate) has_pairs: bool,
    pub(crate) has_hauls: bool,
    /// Pairs can wait for one another in a circle: some may start apart, or take no time.
    pub(crate) circles: bool,
    /// Some crew has a daily maximum.
    pub(crate) has_most: bool,
    /// The least price of leaving an order out.
    pub(crate) least_worth: f64,
    /// Lateness or overtime can cost anything.
    pub(crate) soft: bool,
    ways: Ways,
    profiles: Vec<Profile>,
    words: usize,
    eligible: Vec<u64>,
    preferred: Vec<Vec<u32>>,
}

impl<'a> Model<'a> {
    /// Compiles a valid problem.
    pub(crate) fn new(problem: impl Into<Cow<'a, Problem>>) -> Self {
        let whole = problem.into();
        let problem = whole.as_ref();
        let names =
            problem.caregivers.iter().enumerate().map(|(k, c)| (c.id.as_str(), k as u32)).collect::<HashMap<_, _>>();
        let mut profiles = Vec::new();
        let (crews, people) = crews(problem, &mut profiles);
        let mut tasks = Vec::new();
        let mut first = Vec::with_capacity(problem.orders.len());
        for (k, order) in problem.orders.iter().enumerate() {
            first.push(tasks.len() as u32);
            tasks_of(problem, (k as u32, order), &names, &mut tasks);
        }
        let service: f64 = tasks.iter().map(|task: &Task| task.minutes).sum();
        let soft =
            tasks.iter().any(|task| task.latest > task.close) || crews.iter().any(|crew| crew.limit > crew.close);
        let name = |id: &String| names.get(id.as_str()).copied();
        let mut model = Self {
            weights: problem.weights,
            has_pairs: tasks.iter().any(|task| task.tie == Tie::Pair),
            has_hauls: tasks.iter().any(|task| task.tie == Tie::Haul),
            circles: tasks.iter().any(Task::may_circle),
            has_most: people.iter().any(|person| person.most.is_finite()),
            soft,
            least_worth: tasks.iter().map(Task::worth).fold(f64::INFINITY, f64::min),
            first,
            now: problem.now.unwrap_or(f64::NEG_INFINITY),
            mean: if people.is_empty() { 0.0 } else { service / people.len() as f64 },
            ways: ways(problem, &mut profiles),
            profiles,
            words: crews.len().div_ceil(64).max(1),
            eligible: Vec::new(),
            preferred: problem.orders.iter().map(|order| order.preferred.iter().filter_map(name).collect()).collect(),
            tasks,
            crews,
            people,
            problem: whole,
        };
        let mut judged = HashMap::new();
        (0..model.tasks.len() as u32).for_each(|t| model.judge_eligible(t, &mut judged));
        model.stretch_begun();
        model
    }

    /// Takes one more order in; it must be valid.
    pub(crate) fn push(&mut self, order: Order) {
        let names = self
            .problem
            .caregivers
            .iter()
            .enumerate()
            .map(|(k, c)| (c.id.as_str(), k as u32))
            .collect::<HashMap<_, _>>();
        let base = self.tasks.len();
        self.first.push(base as u32);
        self.preferred.push(order.preferred.iter().filter_map(|id| names.get(id.as_str()).copied()).collect());
        tasks_of(&self.problem, (self.problem.orders.len() as u32, &order), &names, &mut self.tasks);
        self.problem.to_mut().orders.push(order);
        for task in &self.tasks[base..] {
            self.has_pairs |= task.tie == Tie::Pair;
            self.has_hauls |= task.tie == Tie::Haul;
            self.circles |= task.may_circle();
            self.soft |= task.latest > task.close;
            self.least_worth = self.least_worth.min(task.worth());
        }
        let mut judged = HashMap::new();
        (base as u32..self.tasks.len() as u32).for_each(|t| self.judge_eligible(t, &mut judged));
    }

    /// Notes which crews may serve the next task; remembers the answer for services that ask for nothing but skills.
    fn judge_eligible(&mut self, t: u32, judged: &mut HashMap<(Vec<String>, u8), Vec<u64>>) {
        let (order, part) = self.part(t);
        // What is fetched and brought is one person's: a pin of either part binds both.
        let pin = order.pins.iter().find(|pin| pin.part == part || order.pickup.is_some());
        let plain = pin.is_none() && order.forbidden.is_empty() && order.area.is_none();
        let asked = service_of(order, part).filter(|_| plain).map(|service| (service.skills.clone(), service.level));
        if let Some(row) = asked.as_ref().and_then(|asked| judged.get(asked)) {
            self.eligible.extend(row);
            return;
        }
        let row = self.who_may(order, part, pin);
        self.eligible.extend(&row);
        judged.extend(asked.map(|asked| (asked, row)));
    }

    /// The crews that may serve a part of an order, one bit each.
    fn who_may(&self, order: &Order, part: usize, pin: Option<&Pin>) -> Vec<u64> {
        let mut row = vec![0_u64; self.words];
        for (r, crew) in self.crews.iter().enumerate() {
            let person = &self.problem.caregivers[crew.person as usize];
            let service = service_of(order, part);
            let fits = match pin {
                Some(pin) if pin.caregiver != person.id => false,
                Some(pin) if pin.begun => true,
                _ => barrier(order, service, person).is_none(),
            };
            row[r / 64] |= u64::from(fits) << (r % 64);
        }
        row
    }

    /// Lets a crew serve a task whatever bars it.
    pub(crate) fn admit(&mut self, t: u32, r: u32) {
        self.eligible[t as usize * self.words + r as usize / 64] |= 1 << (r % 64);
    }

    /// A round whose history already overruns its shift may end when that history ends.
    fn stretch_begun(&mut self) {
        for task in self.tasks.iter().filter(|task| task.begun) {
            let order = &self.problem.orders[task.order as usize];
            for crew in &mut self.crews {
                let caregiver = &self.problem.caregivers[crew.person as usize];
                if order.pins.iter().any(|pin| pin.begun && pin.caregiver == caregiver.id) && crew.open <= task.open {
                    let home = caregiver.end.map_or(0.0, |end| {
                        travel::leg(&self.problem, task.place as usize, end, caregiver.mode, caregiver.pace).minutes
                    });
                    crew.limit = crew.limit.max(task.open + task.minutes + home);
                }
            }
        }
    }

    /// Order and part of a task.
    pub(crate) fn part(&self, t: u32) -> (&Order, usize) {
        let order = self.tasks[t as usize].order as usize;
        (&self.problem.orders[order], (t - self.first[order]) as usize)
    }

    /// Whether a round may serve a task at all.
    #[inline]
    pub(crate) fn eligible(&self, t: u32, r: u32) -> bool {
        self.eligible[t as usize * self.words + r as usize / 64] >> (r % 64) & 1 == 1
    }

    /// Minutes and price of a way.
    #[inline]
    pub(crate) fn leg(&self, profile: u32, from: u32, to: u32) -> (f64, f64) {
        if from == NONE || to == NONE {
            return (0.0, 0.0);
        }
        let profile = &self.profiles[profile as usize];
        let (minutes, metres) = match &self.ways {
            Ways::Tables { n, tables } => {
                let (minutes, metres) = &tables[profile.table];
                let at = from as usize * n + to as usize;
                (minutes[at] * profile.pace, metres.get(at).copied().unwrap_or(0.0))
            }
            Ways::Line { xy, detour } => {
                let (a, b) = (xy[from as usize], xy[to as usize]);
                let metres = ((a.0 - b.0) * (a.0 - b.0) + (a.1 - b.1) * (a.1 - b.1)).sqrt() * detour;
                (metres / profile.mode.speed() * profile.pace, metres)
            }
            Ways::Asked => {
                let leg = travel::leg(&self.problem, from as usize, to as usize, profile.mode, profile.pace);
                (leg.minutes, leg.metres)
            }
        };
        (minutes, minutes * self.weights.minute + metres * self.weights.metre)
    }

    /// Price of the wishes missed when this round serves this task.
    #[inline]
    pub(crate) fn wish(&self, t: u32, r: u32) -> f64 {
        let task = &self.tasks[t as usize];
        if task.picky { self.wishes(task, self.crews[r as usize].person) } else { 0.0 }
    }

    fn wishes(&self, task: &Task, person: u32) -> f64 {
        let order = &self.problem.orders[task.order as usize];
        let caregiver = &self.problem.caregivers[person as usize];
        let mut price = 0.0;
        let preferred = &self.preferred[task.order as usize];
        if !preferred.is_empty() && !preferred.contains(&person) {
            price += self.weights.continuity;
        }
        if order.gender.is_some() && order.gender != caregiver.gender {
            price += self.weights.gender;
        }
        if task.known != NONE && task.known != person {
            price += self.weights.churn;
        }
        price
    }
}

/// What bars a caregiver from a service, in the order in which people ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Barrier {
    /// This skill is missing.
    Skill(String),
    /// The certificate is too low.
    Level(u8),
    /// The order excludes the caregiver.
    Forbidden,
    /// The caregiver is bound to other areas.
    Area(String),
}

/// What bars this caregiver, if anything.
pub(crate) fn barrier(order: &Order, service: Option<&Service>, caregiver: &Caregiver) -> Option<Barrier> {
    let service = service?;
    if let Some(skill) = service.skills.iter().find(|skill| !caregiver.skills.contains(skill)) {
        return Some(Barrier::Skill(skill.clone()));
    }
    if service.level > caregiver.level {
        return Some(Barrier::Level(service.level));
    }
    if order.forbidden.contains(&caregiver.id) {
        return Some(Barrier::Forbidden);
    }
    let area = order.area.as_ref()?;
    (!caregiver.areas.is_empty() && !caregiver.areas.contains(area)).then(|| Barrier::Area(area.clone()))
}

/// The service that a part of an order belongs to; a pick-up belongs to its delivery.
pub(crate) fn service_of(order: &Order, part: usize) -> Option<&Service> {
    if order.pickup.is_some() { order.services.first() } else { order.services.get(part) }
}
