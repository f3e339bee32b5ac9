//! What the engine does for a dispatcher: plans a day, checks a change, tells why not. Pure: takes a gathered day and
//! visits, gives visits. The engine's own checker has passed all it gives.

use std::ops::ControlFlow;

use rounds::{Defects, Live, Options, Plan, Progress, Why, solve_with};
use uuid::Uuid;

use super::{
    Compared, Figures, Gap, Hold, Measure, Refusal, Stop,
    gap::{self, Bars},
    gather::{Job, Workday},
    problem::{self, Known, Stated, Wish},
    stop,
};

/// Unserved orders whose ways out are looked for: beyond them only the reasons.
const CURED: usize = 20;
/// Orders beyond which assigning one by one is not tried for comparison.
const COMPARED: usize = 5_000;

/// A day as planned.
#[derive(Clone, Debug, PartialEq)]
pub struct Laid {
    /// Its visits.
    pub stops: Vec<Stop>,
    /// What nobody serves.
    pub gaps: Vec<Gap>,
    /// What it comes to.
    pub figures: Compared,
}

/// A plan after a change.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// Its visits.
    pub stops: Vec<Stop>,
    /// By what their ways are measured, where they were measured anew.
    pub ways: Option<Measure>,
}

impl From<Vec<Stop>> for Changed {
    fn from(stops: Vec<Stop>) -> Self {
        Self { stops, ways: None }
    }
}

/// How a day is planned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effort {
    /// Seconds of search.
    pub seconds: f64,
    /// People know the plan at hand: change little.
    pub gently: bool,
}

fn unsound(defects: &Defects) -> Refusal {
    let what = defects.0.first().map(|defect| format!("{}：{}", defect.item, defect.chinese)).unwrap_or_default();
    Refusal::Unsound { what }
}

/// Plans a day anew, or goes on from visits at hand; what is pinned, taken or set by hand among them stays.
///
/// # Errors
/// [`Refusal::Unsound`] when the engine cannot read the day.
pub fn compute(
    day: &Workday,
    at_hand: &[Stop],
    effort: Effort,
    watch: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
) -> Result<Laid, Refusal> {
    let known = if effort.gently { Known::Plan } else { Known::Orders };
    let stated = problem::state(day, (at_hand, known), &|_| true);
    let options = Options { seconds: effort.seconds, ..Options::default() };
    let from = stated.plan(day, at_hand);
    let from = from.rounds.iter().any(|round| !round.visits.is_empty()).then_some(from);
    let plan = solve_with(&stated.problem, &options, from.as_ref(), watch).map_err(|defects| unsound(&defects))?;
    let mut stops = stated.stops(day, &plan, at_hand);
    stops.extend(standing(day, at_hand));
    stop::sort(&mut stops);
    let gaps = gaps(day, &stated, &plan)?;
    let ways = Some(stated.measure.clone());
    let one_by_one = (day.jobs.len() <= COMPARED).then(|| one_by_one(day, stated)).flatten();
    let figures = Compared { plan: figures(day, &stops), one_by_one, ways };
    Ok(Laid { stops, gaps, figures })
}

/// The visits that are no part of the problem: what has begun, and what was set by hand.
fn standing(day: &Workday, at_hand: &[Stop]) -> Vec<Stop> {
    let by_hand = |stop: &&Stop| stop.hold == Hold::ByHand && day.job(stop.order).is_some_and(Job::is_open);
    let mut stops: Vec<Stop> = at_hand.iter().filter(by_hand).cloned().collect();
    stops.extend(begun(day));
    stops
}

/// The visits that have begun or are over, as they happened.
pub fn begun(day: &Workday) -> Vec<Stop> {
    let mut stops = Vec::new();
    for job in day.jobs.iter().filter(|job| !job.is_open()) {
        let Some(start) = job.order.started_at else { continue };
        let end = job.order.ended_at.unwrap_or(start + chrono::TimeDelta::minutes(i64::from(job.order.minutes)));
        for (part, worker) in (0_i16..).zip([job.order.worker, job.order.second]) {
            if let Some(worker) = worker {
                let (home, order) = (job.order.home, job.order.id);
                let (arrive, hold) = (start, Hold::Begun);
                stops.push(Stop { home, order, part, worker, arrive, start, end, way_mins: 0, hold, moved: false });
            }
        }
    }
    stops
}

/// The visits as they are assigned now, without any search: each at the start of its window.
#[must_use]
pub fn assigned(day: &Workday) -> Vec<Stop> {
    let mut stops = begun(day);
    for job in day.jobs.iter().filter(|job| job.is_open()) {
        for (part, worker) in (0_i16..).zip([job.order.worker, job.order.second]) {
            let Some(worker) = worker else { continue };
            let start = job.order.window_start;
            stops.push(Stop {
                home: job.order.home,
                order: job.order.id,
                part,
                worker,
                arrive: start,
                start,
                end: start + chrono::TimeDelta::minutes(i64::from(job.order.minutes)),
                way_mins: 0,
                hold: problem::own_hold(job, worker),
                moved: false,
            });
        }
    }
    stop::sort(&mut stops);
    stops
}

fn gaps(day: &Workday, stated: &Stated, plan: &Plan) -> Result<Vec<Gap>, Refusal> {
    if plan.unserved.is_empty() {
        return Ok(Vec::new());
    }
    let live = Live::new(stated.problem.clone(), plan).map_err(|defects| unsound(&defects))?;
    let unserved = plan.unserved.iter().filter_map(|id| day.job(id.parse().ok()?));
    let told = unserved.enumerate().map(|(n, job)| gap::explain(&live, (job.order.home, job.order.id), n < CURED));
    Ok(told.collect())
}

/// The figures of giving each order, as it came in, to whoever was best placed then.
fn one_by_one(day: &Workday, mut stated: Stated) -> Option<Figures> {
    stated.problem.orders.clear();
    let mut jobs: Vec<&Job> = day.jobs.iter().filter(|job| job.is_open()).collect();
    jobs.sort_by_key(|job| job.order.placed_at);
    let orders: Vec<rounds::Order> = jobs.into_iter().filter_map(|job| stated.bare(day, job)).collect();
    let mut live = Live::new(stated.problem.clone(), &Plan::default()).ok()?;
    for order in orders {
        live.insert(order).ok()?;
    }
    let mut stops = stated.stops(day, &live.plan().ok()?, &[]);
    stops.extend(begun(day));
    Some(figures(day, &stops))
}

/// What some visits of a day come to.
#[must_use]
pub fn figures(day: &Workday, stops: &[Stop]) -> Figures {
    let mut figures = Figures { orders: u32::try_from(day.jobs.len()).unwrap_or(u32::MAX), ..Figures::default() };
    let served: std::collections::HashSet<Uuid> = stops.iter().map(|stop| stop.order).collect();
    let jobs: std::collections::HashMap<Uuid, &Job> = day.jobs.iter().map(|job| (job.order.id, job)).collect();
    let open = day.jobs.iter().filter(|job| job.is_open() && !served.contains(&job.order.id));
    figures.unserved = u32::try_from(open.count()).unwrap_or(u32::MAX);
    let mut last: std::collections::HashMap<Uuid, kernel::Instant> = std::collections::HashMap::new();
    for stop in stops {
        figures.way_mins += u32::try_from(stop.way_mins).unwrap_or(0);
        let ends = last.entry(stop.worker).or_insert(stop.end);
        *ends = stop.end.max(*ends);
        let Some(job) = jobs.get(&stop.order) else { continue };
        let late = (stop.start - job.order.window_end).num_minutes();
        if late > 0 {
            figures.late_visits += 1;
            figures.late_mins += u32::try_from(late).unwrap_or(0);
        }
        if job.sex.is_some() {
            figures.intimate += 1;
            let own = day.hand(stop.worker).map(|hand| hand.worker.sex);
            figures.same_sex += u32::from(own == job.sex);
        }
        if !job.familiar.is_empty() {
            figures.acquainted += 1;
            figures.familiar += u32::from(job.familiar.contains(&stop.worker));
        }
    }
    figures.caregivers = u32::try_from(last.len()).unwrap_or(u32::MAX);
    for (worker, end) in last {
        let closes = day.hand(worker).map_or(1_440, |hand| hand.hours.closes_mins);
        figures.overtime_mins += (day.minute(end) - f64::from(closes)).round().max(0.0) as u32;
    }
    figures
}

/// Takes up the plan at hand without some orders.
fn running(day: &Workday, stops: &[Stop], without: &[Uuid]) -> Result<(Stated, Live), Refusal> {
    let planned = |job: &Job| !without.contains(&job.order.id) && stops.iter().any(|stop| stop.order == job.order.id);
    let stated = problem::state(day, (stops, Known::Plan), &planned);
    let plan = stated.plan(day, stops);
    let live = Live::new(stated.problem.clone(), &plan).map_err(|defects| unsound(&defects))?;
    Ok((stated, live))
}

/// The visits of a running plan that was changed.
fn taken_down(day: &Workday, (stated, live): &(Stated, Live), before: &[Stop]) -> Result<Changed, Refusal> {
    let plan = live.plan().map_err(|defects| unsound(&defects))?;
    let mut stops = stated.stops(day, &plan, before);
    stops.extend(standing(day, before));
    stop::sort(&mut stops);
    Ok(Changed { stops, ways: Some(stated.measure.clone()) })
}

/// Gives a visit to somebody, perhaps at a time; the visits of others keep their caregivers.
///
/// # Errors
/// Why it does not fit.
pub fn place(day: &Workday, stops: &[Stop], wish: Wish) -> Result<Changed, Refusal> {
    let job = changeable(day, wish.order)?;
    on_duty(day, wish.worker)?;
    in_window(day, job, wish.at)?;
    let mut running = running(day, stops, &[wish.order])?;
    put(day, &mut running, (stops, wish))?;
    let mut after = taken_down(day, &running, stops)?;
    pin(&mut after.stops, wish.order);
    Ok(after)
}

/// Lets two visits change their caregivers.
///
/// # Errors
/// Why it does not fit.
pub fn swap(day: &Workday, stops: &[Stop], a: (Uuid, i16), b: (Uuid, i16)) -> Result<Changed, Refusal> {
    let find = |id| stops.iter().find(|stop| stop.id() == id).ok_or(Refusal::NoSuchVisit);
    let (first, second) = (find(a)?, find(b)?);
    if first.worker == second.worker || first.order == second.order {
        return Err(Refusal::NothingToSwap);
    }
    changeable(day, first.order)?;
    changeable(day, second.order)?;
    let mut running = running(day, stops, &[first.order, second.order])?;
    let wish = |stop: &Stop, worker| Wish { order: stop.order, part: stop.part, worker, at: None };
    put(day, &mut running, (stops, wish(first, second.worker)))?;
    put(day, &mut running, (stops, wish(second, first.worker)))?;
    let mut after = taken_down(day, &running, stops)?;
    pin(&mut after.stops, first.order);
    pin(&mut after.stops, second.order);
    Ok(after)
}

/// Takes an order out of the plan; the others may go earlier.
///
/// # Errors
/// [`Refusal::Begun`], [`Refusal::NoSuchOrder`], [`Refusal::Unsound`].
pub fn lift(day: &Workday, stops: &[Stop], order: Uuid) -> Result<Changed, Refusal> {
    changeable(day, order)?;
    let left: Vec<Stop> = stops.iter().filter(|stop| stop.order != order).cloned().collect();
    taken_down(day, &running(day, &left, &[order])?, &left)
}

/// Puts an order that came in where it costs least; the visits of others keep their caregivers.
///
/// # Errors
/// [`Refusal::NoTime`] when nobody can come.
pub fn insert(day: &Workday, stops: &[Stop], order: Uuid) -> Result<Changed, Refusal> {
    let job = changeable(day, order)?;
    let left: Vec<Stop> = stops.iter().filter(|stop| stop.order != order).cloned().collect();
    let mut running = running(day, &left, &[order])?;
    let wanted = running.0.bare(day, job).ok_or(Refusal::NoSuchOrder)?;
    let inserted = running.1.insert(wanted).map_err(|defects| unsound(&defects))?;
    if inserted.visits.is_empty() {
        return Err(Refusal::NobodyFits);
    }
    taken_down(day, &running, &left)
}

/// Why nobody serves an order beside the visits at hand, with the ways out.
///
/// # Errors
/// [`Refusal::NoSuchOrder`], [`Refusal::Unsound`].
pub fn why_not(day: &Workday, stops: &[Stop], order: Uuid) -> Result<Gap, Refusal> {
    let job = changeable(day, order)?;
    let (stated, mut live) = running(day, stops, &[order])?;
    let wanted = stated.bare(day, job).ok_or(Refusal::NoSuchOrder)?;
    let inserted = live.insert(wanted).map_err(|defects| unsound(&defects))?;
    if inserted.visits.is_empty() {
        return Ok(gap::explain(&live, (job.order.home, order), true));
    }
    let bars = Bars { is_open: true, ..Bars::default() };
    Ok(Gap { order, home: job.order.home, bars, cures: Vec::new() })
}

/// Puts a visit where the dispatcher says, whatever the engine thinks; nothing else moves.
///
/// # Errors
/// [`Refusal::Begun`], [`Refusal::Twice`], [`Refusal::NoSuchOrder`], [`Refusal::NotOnDuty`].
pub fn force(day: &Workday, stops: &[Stop], wish: Wish) -> Result<Vec<Stop>, Refusal> {
    let job = changeable(day, wish.order)?;
    on_duty(day, wish.worker)?;
    let is_it = |stop: &Stop| stop.id() == (wish.order, wish.part);
    if stops.iter().any(|stop| stop.order == wish.order && !is_it(stop) && stop.worker == wish.worker) {
        return Err(Refusal::Twice);
    }
    let start = match (wish.at, stops.iter().find(|stop| stop.order == wish.order)) {
        (Some(at), _) => day.moment(at),
        (None, Some(stop)) => stop.start,
        (None, None) => job.order.window_start,
    };
    let end = start + chrono::TimeDelta::minutes(i64::from(job.order.minutes));
    let (home, order) = (job.order.home, wish.order);
    let mut after: Vec<Stop> = stops.iter().filter(|stop| !is_it(stop)).cloned().collect();
    // The two of a pair start together and stand alike.
    for stop in after.iter_mut().filter(|stop| stop.order == order) {
        (stop.arrive, stop.start, stop.end, stop.hold) = (start, start, end, Hold::ByHand);
    }
    let (part, worker, hold) = (wish.part, wish.worker, Hold::ByHand);
    after.push(Stop { home, order, part, worker, arrive: start, start, end, way_mins: 0, hold, moved: true });
    stop::sort(&mut after);
    Ok(after)
}

fn changeable(day: &Workday, order: Uuid) -> Result<&Job, Refusal> {
    let job = day.job(order).ok_or(Refusal::NoSuchOrder)?;
    if job.is_open() { Ok(job) } else { Err(Refusal::Begun) }
}

fn on_duty(day: &Workday, worker: Uuid) -> Result<(), Refusal> {
    let is_there = day.hand(worker).is_some_and(|hand| hand.is_on_duty(day.day));
    if is_there { Ok(()) } else { Err(Refusal::NotOnDuty) }
}

/// Passes for a time within what was agreed with the elder and the lateness that the rules allow.
fn in_window(day: &Workday, job: &Job, at: Option<f64>) -> Result<(), Refusal> {
    let Some(at) = at else { return Ok(()) };
    let clock = |minute: f64| kernel::local(day.moment(minute)).format("%H:%M").to_string();
    let (open, close) = (day.minute(job.order.window_start), day.minute(job.order.window_end));
    let latest = close + f64::from(day.rules.late_mins);
    if at < open {
        return Err(Refusal::TooEarly { from: clock(open) });
    }
    if at > latest {
        return Err(Refusal::TooLate { until: clock(latest) });
    }
    Ok(())
}

/// Inserts the order of a wish into a running plan, bound to whom it names; the other of a pair stays.
fn put(day: &Workday, (stated, live): &mut (Stated, Live), (stops, wish): (&[Stop], Wish)) -> Result<(), Refusal> {
    let job = changeable(day, wish.order)?;
    let mut order = stated.bare(day, job).ok_or(Refusal::NoSuchOrder)?;
    problem::pin(&mut order, wish.part, wish.worker);
    if let Some(other) = stops.iter().find(|stop| stop.order == wish.order && stop.part != wish.part) {
        if other.worker == wish.worker {
            return Err(Refusal::Twice);
        }
        problem::pin(&mut order, other.part, other.worker);
    }
    if let Some(at) = wish.at {
        problem::narrow(day, &mut order, at);
    }
    let (id, part, pair) = (order.id.clone(), usize::try_from(wish.part).unwrap_or(0), order.pins.len() == 2);
    let inserted = live.insert(order).map_err(|defects| unsound(&defects))?;
    if !inserted.visits.is_empty() {
        return Ok(());
    }
    let choices = live.why(&id, part).map_err(|defects| unsound(&defects))?;
    let worker = wish.worker.to_string();
    let why = choices.into_iter().find(|choice| choice.caregiver == worker).map(|choice| choice.why);
    let who = day.name(wish.worker);
    Err(match why {
        Some(Why::Skill(_) | Why::Level(_)) => Refusal::NoSkill { who },
        _ if pair => Refusal::NoPairTime { who },
        _ => Refusal::NoTime { who },
    })
}

/// Pins what a dispatcher has just set.
fn pin(stops: &mut [Stop], order: Uuid) {
    stops.iter_mut().filter(|stop| stop.order == order).for_each(|stop| stop.hold = Hold::Pinned);
}
