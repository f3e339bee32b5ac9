//! The dispatcher's desk: a day with its plan as it stands, and what can be done to a draft. The engine answers first,
//! on a thread of its own; what fits is written, guarded by the version that was looked at.

use chrono::NaiveDate;
use kernel::{Actor, Failure, Instant, Key, Result};
use store::{Db, Lane, keys::Keys};
use tokio::task::spawn_blocking;
use uuid::Uuid;
use web::state::AppState;

use super::{
    Bars, Compared, Gap, Hold, Maps, Origin, Plan, Refusal, Stop, What, Wish,
    actions::{self, Change, New, Touched},
    engine::{self, Changed, Laid},
    gather::{self, Job, Workday},
    queries, stop,
};

/// A visit: its order, and 0 for the lead or 1 for the second.
pub type VisitId = (Uuid, i16);

/// What a dispatcher does to a draft.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Edit {
    /// 改派, as far as the engine finds it fits.
    Move(Wish),
    /// 手排, whatever the engine thinks.
    Force(Wish),
    /// 对调.
    Swap(VisitId, VisitId),
    /// 锁定.
    Pin(Uuid),
    /// 解锁.
    Unpin(Uuid),
    /// 拿下.
    Lift(Uuid),
    /// 插入.
    Insert(Uuid),
}

impl Edit {
    /// How the journal calls it.
    #[must_use]
    pub const fn what(&self) -> What {
        match self {
            Self::Move(_) => What::Move,
            Self::Force(_) => What::Force,
            Self::Swap(..) => What::Swap,
            Self::Pin(_) => What::Pin,
            Self::Unpin(_) => What::Unpin,
            Self::Lift(_) => What::Lift,
            Self::Insert(_) => What::Insert,
        }
    }

    /// The visits afterwards.
    ///
    /// # Errors
    /// Why it does not fit.
    pub fn apply(self, day: &Workday, stops: &[Stop]) -> Result<Changed, Refusal> {
        match self {
            Self::Move(wish) => engine::place(day, stops, wish),
            Self::Force(wish) => engine::force(day, stops, wish).map(Changed::from),
            Self::Swap(a, b) => engine::swap(day, stops, a, b),
            Self::Pin(order) => held(stops, order, |_| Hold::Pinned).map(Changed::from),
            Self::Unpin(order) => held(stops, order, |_| Hold::Free).map(Changed::from),
            Self::Lift(order) => engine::lift(day, stops, order),
            Self::Insert(order) => engine::insert(day, stops, order),
        }
    }
}

fn held(stops: &[Stop], order: Uuid, hold: impl Fn(&Stop) -> Hold) -> Result<Vec<Stop>, Refusal> {
    let mut after = stops.to_vec();
    let mut found = false;
    for stop in after.iter_mut().filter(|stop| stop.order == order) {
        if stop.hold == Hold::Begun {
            return Err(Refusal::Begun);
        }
        (stop.hold, found) = (hold(stop), true);
    }
    if found { Ok(after) } else { Err(Refusal::NoSuchVisit) }
}

/// A day with its plan.
#[derive(Clone, Debug)]
pub struct Desk {
    /// The day.
    pub day: Workday,
    /// The plan that counts, if any.
    pub plan: Option<Plan>,
    /// Its visits of orders that still stand; what has begun meanwhile is told as it happened.
    pub stops: Vec<Stop>,
    /// What nobody serves: as the plan found it, and what came in since.
    pub gaps: Vec<Gap>,
}

impl Desk {
    /// Whether an order of the plan waits for somebody, or was given to another one than the plan says.
    #[must_use]
    pub fn is_lost(&self, stop: &Stop) -> bool {
        let job = self.day.job(stop.order).filter(|job| job.is_open());
        job.is_some_and(|job| job.order.worker != Some(stop.worker) && job.order.second != Some(stop.worker))
    }

    /// How many orders of the plan are lost.
    #[must_use]
    pub fn lost(&self) -> usize {
        self.stops.iter().filter(|stop| stop.part == 0 && self.is_lost(stop)).count()
    }
}

/// Opens a provider's day.
///
/// # Errors
/// [`kernel::Common::NotFound`] when there is no such provider; internal failures.
pub async fn open(db: &Db, keys: &Keys, provider: Uuid, (day, now): (NaiveDate, Instant)) -> Result<Desk> {
    let plan = queries::current(db, provider, day).await?;
    with(db, keys, plan, provider, (day, now)).await
}

/// Opens the day of a plan with that plan, whatever its status.
///
/// # Errors
/// Internal failures only.
pub async fn open_plan(db: &Db, keys: &Keys, plan: Plan, now: Instant) -> Result<Desk> {
    let (provider, day) = (plan.provider, plan.day);
    with(db, keys, Some(plan), provider, (day, now)).await
}

async fn with(
    db: &Db,
    keys: &Keys,
    plan: Option<Plan>,
    provider: Uuid,
    (day, now): (NaiveDate, Instant),
) -> Result<Desk> {
    let day = gather::gather(db, keys, provider, (day, now)).await?;
    let (stops, gaps) = match &plan {
        Some(plan) => (present(&day, queries::visits(db, plan).await?), plan.gaps()?),
        None => (engine::assigned(&day), Vec::new()),
    };
    let gaps = if plan.is_some() { still_open(&day, &stops, gaps) } else { Vec::new() };
    Ok(Desk { day, plan, stops, gaps })
}

/// Visits of orders that still stand; what has begun since is told as it happened.
fn present(day: &Workday, mut stops: Vec<Stop>) -> Vec<Stop> {
    stops.retain(|stop| day.job(stop.order).is_some_and(Job::is_open));
    stops.extend(engine::begun(day));
    stop::sort(&mut stops);
    stops
}

/// What nobody serves now: of the known gaps those that still are, and what else is open.
fn still_open(day: &Workday, stops: &[Stop], known: Vec<Gap>) -> Vec<Gap> {
    let served: std::collections::HashSet<Uuid> = stops.iter().map(|stop| stop.order).collect();
    let open = |order: &Uuid| !served.contains(order) && day.job(*order).is_some_and(Job::is_open);
    let mut gaps: Vec<Gap> = known.into_iter().filter(|gap| open(&gap.order)).collect();
    for job in day.jobs.iter().filter(|job| open(&job.order.id)) {
        if !gaps.iter().any(|gap| gap.order == job.order.id) {
            let bars = Bars { is_open: true, ..Bars::default() };
            gaps.push(Gap { order: job.order.id, home: job.order.home, bars, cures: Vec::new() });
        }
    }
    gaps
}

impl Desk {
    /// What the day comes to with these visits, beside what it was compared with.
    ///
    /// # Errors
    /// When the stored figures are not sound.
    pub fn figures(&self) -> Result<Compared> {
        let kept = self.plan.as_ref().map(Plan::figures).transpose()?.unwrap_or_default();
        Ok(Compared { plan: engine::figures(&self.day, &self.stops), ..kept })
    }
}

/// What opens a day for the engine: the keys to where people live, and the streets between them.
#[derive(Clone, Debug)]
pub struct Tools {
    /// Opens the points.
    pub keys: Keys,
    /// The streets.
    pub maps: Maps,
}

impl Tools {
    /// Those of the running house.
    #[must_use]
    pub fn of(state: &AppState) -> Self {
        Self { keys: state.keys.clone(), maps: Maps::of(state) }
    }

    /// The day of a plan, with its streets.
    async fn open(&self, db: &Db, plan: &Plan) -> Result<Desk> {
        let desk = open_plan(db, &self.keys, plan.clone(), db.clock().now()).await?;
        Ok(Desk { day: self.maps.under(desk.day).await?, ..desk })
    }
}

/// Does something to a draft.
///
/// # Errors
/// Why it does not fit; [`Refusal::Stale`], [`Refusal::Moved`]; [`kernel::Common`].
pub async fn edit(db: &Db, tools: &Tools, actor: &Actor, (plan, version): (&Plan, i32), edit: Edit) -> Result<Plan> {
    plan.status()?.changeable()?;
    let desk = tools.open(db, plan).await?;
    let change = evaluated(desk, (edit.what(), version), move |day, stops| edit.apply(day, stops)).await?;
    let key = plan.key()?;
    db.write(Lane::Interactive, actor, async |tx| actions::change(&tx, key, change.clone()).await).await
}

/// Takes the last change of a draft back.
///
/// # Errors
/// [`Refusal::NothingToUndo`], [`Refusal::Stale`], [`Refusal::Moved`]; [`kernel::Common`].
pub async fn undo(db: &Db, keys: &Keys, actor: &Actor, (plan, version): (&Plan, i32)) -> Result<Plan> {
    plan.status()?.changeable()?;
    let last = queries::changes(db, plan, 1).await?.pop().ok_or(Refusal::NothingToUndo)?;
    let touched: Touched = serde_json::from_str(&last.before)?;
    let desk = open_plan(db, keys, plan.clone(), db.clock().now()).await?;
    let back = move |_: &Workday, stops: &[Stop]| {
        let mut after: Vec<Stop> = stops.iter().filter(|stop| !touched.new.contains(&stop.id())).cloned().collect();
        after.extend(touched.before);
        stop::sort(&mut after);
        Ok(after.into())
    };
    let change = evaluated(desk, (last.what, version), back).await?;
    let key = plan.key()?;
    db.write(Lane::Interactive, actor, async |tx| actions::undo(&tx, key, change.clone()).await).await
}

async fn evaluated(
    desk: Desk,
    (what, version): (What, i32),
    change: impl FnOnce(&Workday, &[Stop]) -> Result<Changed, Refusal> + Send + 'static,
) -> Result<Change> {
    let compared = desk.figures()?;
    let work = move || {
        let Changed { stops, ways } = change(&desk.day, &desk.stops)?;
        let gaps = still_open(&desk.day, &stops, desk.gaps);
        let plan = engine::figures(&desk.day, &stops);
        let figures = Compared { plan, ways: ways.or(compared.ways), ..compared };
        Ok::<_, Refusal>(Change { what, version, stops, gaps, figures })
    };
    spawn_blocking(work).await?.map_err(Failure::from)
}

/// Why nobody serves an order beside the visits of a plan, and what would help.
///
/// # Errors
/// [`Refusal::NoSuchOrder`], [`Refusal::Begun`], [`Refusal::Unsound`]; internal failures.
pub async fn why_not(db: &Db, tools: &Tools, plan: &Plan, order: Uuid) -> Result<Gap> {
    let desk = tools.open(db, plan).await?;
    let work = move || engine::why_not(&desk.day, &desk.stops, order);
    spawn_blocking(work).await?.map_err(Failure::from)
}

/// Draws a draft up by hand: from the plan in force, or from what is assigned.
///
/// # Errors
/// [`Refusal::NothingToPlan`], [`Refusal::DayPast`]; [`kernel::Common`].
pub async fn draw_up(db: &Db, keys: &Keys, actor: &Actor, (provider, day): (Uuid, NaiveDate)) -> Result<Key<Plan>> {
    actor.may(kernel::Action::AssignOrder)?;
    if day < db.clock().today() {
        return Err(Refusal::DayPast.into());
    }
    let desk = open(db, keys, provider, (day, db.clock().now())).await?;
    if desk.day.jobs.is_empty() {
        return Err(Refusal::NothingToPlan.into());
    }
    let gaps = still_open(&desk.day, &desk.stops, desk.gaps.clone());
    let figures = desk.figures()?;
    let new = New {
        provider,
        place: desk.day.place,
        day,
        origin: if desk.plan.is_some() { Origin::Revised } else { Origin::ByHand },
        based_on: desk.plan.as_ref().map(|plan| plan.id),
        rulebook: desk.day.rulebook.clone(),
        laid: Laid { stops: desk.stops, gaps, figures },
        took_millis: 0,
    };
    db.write(Lane::Interactive, actor, async |tx| actions::lay(&tx, new.clone()).await).await?.key()
}
