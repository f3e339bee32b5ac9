//! Writing plans: laying a draft down, changing it, taking a change back, publishing, putting aside. What the engine
//! finds is found before the write; the write is guarded by the version that was looked at.

use chrono::NaiveDate;
use kernel::{Action, Common, Facts, Home, Key, Region, Result};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::NotSet,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};
use serde_json::json;
use store::{Tx, guarded, jobs};
use uuid::Uuid;

use super::{
    Compared, Gap, Origin, Plan, Refusal, Status, Step, Stop, What,
    engine::Laid,
    events::{self, PlanFacts},
    model::{self, Column, Entity, visit},
    queries,
};

/// Rows of one statement.
const STEP: usize = 200;
/// Minutes by which a start may shift without being told as a change.
const SAME_MINS: i64 = 15;

/// The kinds of jobs of the roster.
pub const PLAN: &str = "care.roster.plan";
/// Assigns what a published plan says.
pub const PUBLISH: &str = "care.roster.publish";

/// A draft to be laid down.
#[derive(Clone, Debug)]
pub struct New {
    /// Whose.
    pub provider: Uuid,
    /// The provider's seat.
    pub place: Region,
    /// The day.
    pub day: NaiveDate,
    /// Where it comes from.
    pub origin: Origin,
    /// The plan it was made from.
    pub based_on: Option<Uuid>,
    /// The rulebook's id, or `default`.
    pub rulebook: String,
    /// Visits, gaps, figures.
    pub laid: Laid,
    /// How long that took, in milliseconds.
    pub took_millis: i64,
}

/// A change of a draft, found fit beforehand.
#[derive(Clone, Debug)]
pub struct Change {
    /// What the dispatcher did.
    pub what: What,
    /// The version of the plan that was looked at.
    pub version: i32,
    /// All visits afterwards.
    pub stops: Vec<Stop>,
    /// What nobody serves afterwards.
    pub gaps: Vec<Gap>,
    /// What it comes to afterwards.
    pub figures: Compared,
}

/// Loads a plan through the actor's scope, for a dispatcher.
async fn own(tx: &Tx, key: Key<Plan>) -> Result<Plan> {
    let plan = queries::get(tx, &tx.actor().scope(), key).await?;
    tx.actor().may(Action::AssignOrder)?;
    Ok(plan)
}

/// Keeps `after` in place of `before`, unless another write came first.
async fn keep(tx: &Tx, before: &Plan, after: Plan) -> Result<Plan> {
    let closed = matches!(after.status()?, Status::Superseded | Status::Withdrawn);
    let closed_at = closed.then(|| after.closed_at.unwrap_or(tx.now()));
    let after = Plan { version: before.version + 1, closed_at, ..after };
    let mut row = model::ActiveModel::from(after.clone()).reset_all();
    (row.home, row.id) = (NotSet, NotSet);
    let update = Entity::update_many()
        .set(row)
        .filter(Column::Home.eq(before.home))
        .filter(Column::Id.eq(before.id))
        .filter(Column::Status.eq(before.status))
        .filter(Column::Version.eq(before.version));
    guarded(update.exec(tx).await?.rows_affected)?;
    Ok(after)
}

/// A move that changes the status alone, and its entry.
async fn moved<F: Facts + From<PlanFacts>>(tx: &Tx, before: &Plan, step: Step) -> Result<Plan> {
    let after = keep(tx, before, before.step(step)?).await?;
    tx.journal(events::event::<F>(&after, PlanFacts::of(&after, &[])?)?);
    Ok(after)
}

/// Notes that a provider's day is to be planned by a job.
///
/// # Errors
/// [`Refusal::DayPast`], [`Refusal::DayFar`], [`Refusal::Running`]; [`kernel::Common`].
pub async fn ask(tx: &Tx, (provider, place): (Uuid, Region), asked: &super::worker::Asked, ahead: i64) -> Result<Uuid> {
    let (day, home) = (asked.day, place.home().ok_or(Common::NotFound)?);
    if day < tx.today() {
        return Err(Refusal::DayPast.into());
    }
    if (day - tx.today()).num_days() > ahead {
        return Err(Refusal::DayFar { days: ahead }.into());
    }
    if let Some((job, _)) = queries::run(tx, home.number(), provider, day).await?
        && matches!(jobs::get(tx, job).await, Ok(job) if matches!(job.state.as_str(), "waiting" | "running"))
    {
        return Err(Refusal::Running.into());
    }
    let job = jobs::ask(tx, PLAN, &serde_json::to_value(asked)?).await?;
    let key = ["home", "provider", "day"];
    let insert = Query::insert()
        .into_table("plan_runs")
        .columns(["home", "provider", "day", "job", "asked_at", "asked_by"])
        .values([
            home.number().into(),
            provider.into(),
            day.into(),
            job.into(),
            tx.now().into(),
            tx.actor().name.clone().into(),
        ])?
        .on_conflict(OnConflict::columns(key).update_columns(["job", "asked_at", "asked_by"]).to_owned())
        .to_owned();
    tx.execute(&insert).await?;
    Ok(job)
}

/// Lays a draft down in place of the one that is being worked on, if any.
///
/// # Errors
/// Internal failures; [`kernel::Common::Raced`] when another draft was laid down at the same moment.
pub async fn lay(tx: &Tx, new: New) -> Result<Plan> {
    let home: Home = new.place.home().ok_or(Common::NotFound)?;
    let plans = queries::of_day(tx, new.provider, new.day).await?;
    let with = |status: Status| plans.iter().find(move |plan| plan.status == status.code());
    let compared = with(Status::Published).or_else(|| with(Status::Draft));
    let before = match compared {
        Some(plan) => queries::visits(tx, plan).await?,
        None => Vec::new(),
    };
    for draft in plans.iter().filter(|plan| plan.status == Status::Draft.code()) {
        moved::<events::Superseded>(tx, draft, Step::Supersede).await?;
    }
    let mut stops = new.laid.stops;
    stops.iter_mut().for_each(|stop| stop.moved = compared.is_some() && differs(stop, &before));
    let plan = Plan {
        home: home.number(),
        id: tx.uuid(),
        place: new.place.code(),
        provider: new.provider,
        day: new.day,
        number: queries::last_number(tx, new.provider, new.day).await? + 1,
        status: Status::Draft.code(),
        origin: new.origin.code(),
        based_on: new.based_on,
        rules: new.rulebook,
        figures: serde_json::to_string(&new.laid.figures)?,
        gaps: serde_json::to_string(&new.laid.gaps)?,
        made_by: tx.actor().name.clone(),
        made_at: tx.now(),
        took_millis: new.took_millis,
        published_at: None,
        closed_at: None,
        job: None,
        version: 1,
    };
    Entity::insert(model::ActiveModel::from(plan.clone()).reset_all()).exec_without_returning(tx).await?;
    write(tx, &plan, &stops).await?;
    tx.journal(events::event::<events::Laid>(&plan, PlanFacts::of(&plan, &stops)?)?);
    Ok(plan)
}

/// Whether people who know the visits before are told something new by this one.
fn differs(stop: &Stop, before: &[Stop]) -> bool {
    let same = before.iter().find(|other| other.id() == stop.id() && other.worker == stop.worker);
    same.is_none_or(|other| (other.start - stop.start).num_minutes().abs() >= SAME_MINS)
}

async fn write(tx: &Tx, plan: &Plan, stops: &[Stop]) -> Result<()> {
    for stops in stops.chunks(STEP) {
        let rows = stops.iter().map(|stop| visit::ActiveModel::from(stop.row(plan.home, plan.id)).reset_all());
        visit::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

async fn unwrite(tx: &Tx, plan: &Plan, ids: &[(Uuid, i16)]) -> Result<()> {
    for (order, part) in ids {
        visit::Entity::delete_by_id((plan.home, plan.id, *order, *part)).exec(tx).await?;
    }
    Ok(())
}

/// What a change touches: the visits before that are gone or other now, and the visits now that are new or other.
fn difference<'a>(before: &'a [Stop], after: &'a [Stop]) -> (Vec<&'a Stop>, Vec<&'a Stop>) {
    let by_id =
        |stops: &'a [Stop]| stops.iter().map(|stop| (stop.id(), stop)).collect::<std::collections::HashMap<_, _>>();
    let (was, is) = (by_id(before), by_id(after));
    let gone = before.iter().filter(|stop| is.get(&stop.id()) != Some(stop)).collect();
    let new = after.iter().filter(|stop| was.get(&stop.id()) != Some(stop)).collect();
    (gone, new)
}

/// Changes a draft.
///
/// # Errors
/// [`Refusal::Stale`] when somebody else changed it meanwhile; [`Refusal::Moved`]; [`kernel::Common`].
pub async fn change(tx: &Tx, key: Key<Plan>, change: Change) -> Result<Plan> {
    let plan = own(tx, key).await?;
    let last = queries::changes(tx, &plan, 1).await?.pop();
    fresh(&plan, change.version, last.as_ref())?;
    let before = queries::visits(tx, &plan).await?;
    let mut stops = change.stops;
    let (gone, _) = difference(&before, &stops);
    let kept = serde_json::to_string(&Touched::of(&gone, &difference(&before, &stops).1))?;
    // What a dispatcher sets is new to whoever knew the plan.
    let touched: Vec<_> = stops.iter().filter(|stop| differs(stop, &before)).map(Stop::id).collect();
    stops.iter_mut().filter(|stop| touched.contains(&stop.id())).for_each(|stop| stop.moved = true);
    let after = replace(tx, &plan, &before, &stops, (change.gaps, change.figures)).await?;
    let insert = Query::insert()
        .into_table("plan_moves")
        .columns(["home", "plan", "seq", "at", "by_name", "what", "before"])
        .values([
            plan.home.into(),
            plan.id.into(),
            (last.map_or(0, |last| last.seq) + 1).into(),
            tx.now().into(),
            tx.actor().name.clone().into(),
            change.what.code().into(),
            kept.into(),
        ])?
        .to_owned();
    tx.execute(&insert).await?;
    tell::<events::Changed>(tx, &after, (&before, &stops), change.what)?;
    Ok(after)
}

/// Takes the last change back; `change` has the visits as they were.
///
/// # Errors
/// [`Refusal::NothingToUndo`], [`Refusal::Stale`], [`Refusal::Moved`]; [`kernel::Common`].
pub async fn undo(tx: &Tx, key: Key<Plan>, change: Change) -> Result<Plan> {
    let plan = own(tx, key).await?;
    let last = queries::changes(tx, &plan, 1).await?.pop();
    fresh(&plan, change.version, last.as_ref())?;
    let last = last.ok_or(Refusal::NothingToUndo)?;
    let before = queries::visits(tx, &plan).await?;
    let after = replace(tx, &plan, &before, &change.stops, (change.gaps, change.figures)).await?;
    let delete = Query::delete()
        .from_table("plan_moves")
        .and_where(Expr::col("home").eq(plan.home))
        .and_where(Expr::col("plan").eq(plan.id))
        .and_where(Expr::col("seq").eq(last.seq))
        .to_owned();
    guarded(tx.execute(&delete).await?.rows_affected())?;
    tell::<events::Undone>(tx, &after, (&before, &change.stops), last.what)?;
    Ok(after)
}

/// Passes for a draft that nobody changed since it was looked at.
fn fresh(plan: &Plan, version: i32, last: Option<&queries::Change>) -> Result<()> {
    plan.status()?.changeable()?;
    if plan.version == version {
        return Ok(());
    }
    Err(Refusal::Stale { by: last.map_or_else(|| plan.made_by.clone(), |last| last.by.clone()) }.into())
}

async fn replace(
    tx: &Tx,
    plan: &Plan,
    before: &[Stop],
    stops: &[Stop],
    (gaps, figures): (Vec<Gap>, Compared),
) -> Result<Plan> {
    let (gone, new) = difference(before, stops);
    unwrite(tx, plan, &gone.iter().map(|stop| stop.id()).collect::<Vec<_>>()).await?;
    write(tx, plan, &new.into_iter().cloned().collect::<Vec<_>>()).await?;
    let (gaps, figures) = (serde_json::to_string(&gaps)?, serde_json::to_string(&figures)?);
    keep(tx, plan, Plan { gaps, figures, ..plan.clone() }).await
}

fn tell<F: Facts + From<PlanFacts>>(
    tx: &Tx,
    plan: &Plan,
    (before, after): (&[Stop], &[Stop]),
    what: What,
) -> Result<()> {
    let (gone, new) = difference(before, after);
    let mut facts = PlanFacts::of(plan, &new.iter().map(|stop| (*stop).clone()).collect::<Vec<_>>())?;
    facts.gone = gone.iter().map(|stop| stop.id()).filter(|id| !new.iter().any(|stop| stop.id() == *id)).collect();
    facts.what = Some(what);
    tx.journal(events::event::<F>(plan, facts)?);
    Ok(())
}

/// What a change touched, kept so that it can be taken back.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Touched {
    /// Visits that are there since the change.
    pub(super) new: Vec<(Uuid, i16)>,
    /// Visits as they were before it.
    pub(super) before: Vec<Stop>,
}

impl Touched {
    fn of(gone: &[&Stop], new: &[&Stop]) -> Self {
        Self {
            new: new.iter().map(|stop| stop.id()).collect(),
            before: gone.iter().map(|stop| (*stop).clone()).collect(),
        }
    }
}

/// Publishes a draft: the plan in force until now gives way, and a job assigns the orders.
///
/// # Errors
/// [`Refusal::Stale`], [`Refusal::Moved`], [`Refusal::DayPast`]; [`kernel::Common`].
pub async fn publish(tx: &Tx, key: Key<Plan>, version: i32) -> Result<Plan> {
    let plan = own(tx, key).await?;
    fresh(&plan, version, queries::changes(tx, &plan, 1).await?.last())?;
    if plan.day < tx.today() {
        return Err(Refusal::DayPast.into());
    }
    for other in queries::of_day(tx, plan.provider, plan.day).await? {
        if other.status()? == Status::Published {
            moved::<events::Superseded>(tx, &other, Step::Supersede).await?;
        }
    }
    let by = super::worker::By::of(tx.actor());
    let job = jobs::ask(tx, PUBLISH, &json!({ "plan": plan.key()?.to_string(), "by": by })).await?;
    let next = Plan { published_at: Some(tx.now()), job: Some(job), ..plan.step(Step::Publish)? };
    let after = keep(tx, &plan, next).await?;
    let stops = queries::visits(tx, &after).await?;
    let mut facts = PlanFacts::of(&after, &stops)?;
    facts.parties.extend(stops.iter().map(|stop| stop.worker));
    facts.parties.sort_unstable();
    facts.parties.dedup();
    tx.journal(events::event::<events::Published>(&after, facts)?);
    Ok(after)
}

/// Puts a plan aside; what it assigned stays assigned.
///
/// # Errors
/// [`Refusal::Moved`]; [`kernel::Common`].
pub async fn withdraw(tx: &Tx, key: Key<Plan>) -> Result<Plan> {
    let plan = own(tx, key).await?;
    moved::<events::Withdrawn>(tx, &plan, Step::Withdraw).await
}
