//! The jobs of the roster: planning a provider's day with progress, and assigning what a published plan says. Both go
//! on where a killed process stopped: a plan is laid down whole, and what is assigned already is passed over.

use std::{
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use chrono::NaiveDate;
use kernel::{Action, Actor, Common, Failure, Key, Principal, Result, Scope};
use rounds::Progress;
use serde::{Deserialize, Serialize};
use store::{
    Db, Lane,
    jobs::{Handle, Job, Worker},
};
use tokio::{sync::watch, task::spawn_blocking};
use uuid::Uuid;
use web::accounts;

use super::{
    Hold, Origin, Plan, Refusal, Stop,
    actions::{self, New, PLAN, PUBLISH},
    desk::Tools,
    engine::{self, Effort, Laid},
    gather::{self, Workday},
    queries,
};
use crate::orders::{
    self, Crew, DeclineReason, Order, Stage,
    actions::{Assignment, Why},
};

/// How often progress is noted.
const TOLD_EVERY: Duration = Duration::from_millis(500);
/// Orders assigned in one write.
const STEP: usize = 10;

/// Who asked for a job; without an account it was the platform itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    account: Option<Uuid>,
    grant: Option<Uuid>,
}

/// What is asked of a planning job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Whose day.
    pub provider: Uuid,
    /// The day.
    pub day: NaiveDate,
    /// Why.
    pub origin: Origin,
    /// The public key of the plan to go on from, changing little.
    pub from: Option<String>,
    /// Who asked.
    pub by: By,
}

/// What is asked of a publishing job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Publishing {
    plan: String,
    by: By,
}

/// What publishing came to, as the job's note keeps it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Published {
    /// Orders assigned.
    pub assigned: u32,
    /// Orders taken back from whoever had them and cannot come.
    pub withdrawn: u32,
    /// Orders that stood as planned.
    pub same: u32,
    /// Orders that had moved on meanwhile and could not be assigned.
    pub refused: u32,
}

impl By {
    /// Who acts now.
    #[must_use]
    pub const fn of(actor: &Actor) -> Self {
        match actor.principal {
            Principal::Account(account) => Self { account: Some(account), grant: actor.acting.grant },
            Principal::Cli(_) | Principal::System(_) => Self::platform(),
        }
    }

    /// The platform itself.
    #[must_use]
    pub const fn platform() -> Self {
        Self { account: None, grant: None }
    }

    /// The one who asked, under the same grant, as long as both still hold.
    async fn actor(&self, db: &Db) -> Result<Actor> {
        let (Some(account), Some(grant)) = (self.account, self.grant) else { return Ok(Actor::system(PLAN)) };
        let account = accounts::by_id(db, account).await?.filter(|account| account.disabled_at.is_none());
        let account = account.ok_or(Common::NotAllowed)?;
        let grants = accounts::grants_of(db, account.id, db.clock().now()).await?;
        let grant = grants.into_iter().find(|held| held.id == grant).ok_or(Common::NotAllowed)?;
        let (principal, acting) = (Principal::Account(account.id), grant.acting()?);
        let actor = Actor { principal, name: account.name, acting };
        actor.may(Action::AssignOrder)?;
        Ok(actor)
    }
}

/// Plans days.
#[derive(Clone, Debug)]
pub struct Planner(pub Tools);

#[async_trait]
impl Worker for Planner {
    fn kind(&self) -> &'static str {
        PLAN
    }

    async fn run(&self, db: &Db, job: &Job, handle: &Handle) -> Result<()> {
        let asked: Asked = serde_json::from_str(&job.body)?;
        let actor = asked.by.actor(db).await?;
        let begun = db.clock().now();
        let day = gather::gather(db, &self.0.keys, asked.provider, (asked.day, begun)).await?;
        if day.jobs.is_empty() {
            return Err(Refusal::NothingToPlan.into());
        }
        let day = self.0.maps.under(day).await?;
        let (base, at_hand) = at_hand(db, &asked, &day).await?;
        let gently = asked.from.is_some();
        let seconds = day.rules.seconds(day.jobs.len()) / if gently { 4.0 } else { 1.0 };
        let effort = Effort { seconds: seconds.max(0.5), gently };
        let (place, rulebook) = (day.place, day.rulebook.clone());
        let laid = computed(day, at_hand, effort, handle).await?;
        let took_millis = (db.clock().now() - begun).num_milliseconds();
        let new = New {
            provider: asked.provider,
            place,
            day: asked.day,
            origin: asked.origin,
            based_on: base.map(|plan| plan.id),
            rulebook,
            laid,
            took_millis,
        };
        db.write(Lane::Jobs, &actor, async |tx| actions::lay(&tx, new.clone()).await).await?;
        handle.progress(100, 100, "").await
    }
}

/// The visits to go on from: all of the plan that was named, else what is held firmly in the one that is worked on, and
/// what caregivers have said yes to.
async fn at_hand(db: &Db, asked: &Asked, day: &Workday) -> Result<(Option<Plan>, Vec<Stop>)> {
    if let Some(key) = &asked.from {
        let key: Key<Plan> = key.parse().map_err(|_| Common::NotFound)?;
        let plan = queries::get(db, &Scope::Grantee(asked.provider), key).await?;
        let stops = queries::visits(db, &plan).await?;
        return Ok((Some(plan), stops));
    }
    let current = queries::current(db, asked.provider, asked.day).await?;
    let mut held = match &current {
        Some(plan) => queries::visits(db, plan).await?,
        None => Vec::new(),
    };
    held.retain(|stop| matches!(stop.hold, Hold::Pinned | Hold::ByHand));
    let taken = engine::assigned(day).into_iter().filter(|stop| stop.hold == Hold::Taken);
    let new: Vec<Stop> = taken.filter(|stop| !held.iter().any(|other| other.id() == stop.id())).collect();
    held.extend(new);
    Ok((current, held))
}

/// Lets the engine work on a thread of its own, noting how far it is.
async fn computed(day: Workday, at_hand: Vec<Stop>, effort: Effort, handle: &Handle) -> Result<Laid> {
    let (tell, mut told) = watch::channel(0.0_f64);
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let mut work = spawn_blocking(move || {
        engine::compute(&day, &at_hand, effort, &mut |progress: &Progress| {
            tell.send_replace(progress.share);
            if stopped.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
    });
    let mut beat = tokio::time::interval(TOLD_EVERY);
    loop {
        tokio::select! {
            done = &mut work => return done?.map_err(Failure::from),
            _ = beat.tick() => {
                let share = *told.borrow_and_update();
                // The search is most of the work; checking and explaining follow.
                if let Err(failure) = handle.progress((share * 95.0) as i64, 100, "").await {
                    stop.store(true, Ordering::Relaxed);
                    return Err(failure);
                }
            }
        }
    }
}

/// Assigns what published plans say.
#[derive(Clone, Copy, Debug)]
pub struct Publisher;

#[async_trait]
impl Worker for Publisher {
    fn kind(&self) -> &'static str {
        PUBLISH
    }

    async fn run(&self, db: &Db, job: &Job, handle: &Handle) -> Result<()> {
        let asked: Publishing = serde_json::from_str(&job.body)?;
        let actor = asked.by.actor(db).await?;
        let key: Key<Plan> = asked.plan.parse().map_err(|_| Common::NotFound)?;
        let plan = queries::get(db, &actor.scope(), key).await?;
        let wanted = wanted(db, &plan).await?;
        let (total, mut done, mut tally) = (i64::try_from(wanted.len())?, 0, Published::default());
        for wanted in wanted.chunks(STEP) {
            for (order, crew) in wanted {
                tally.count(assign(db, &actor, *order, *crew).await?);
            }
            done += i64::try_from(wanted.len())?;
            handle.progress(done, total, &serde_json::to_string(&tally)?).await?;
        }
        Ok(())
    }
}

/// What became of one order.
enum Outcome {
    Assigned,
    Withdrawn,
    Same,
    Refused,
}

impl Published {
    fn count(&mut self, outcome: Outcome) {
        *match outcome {
            Outcome::Assigned => &mut self.assigned,
            Outcome::Withdrawn => &mut self.withdrawn,
            Outcome::Same => &mut self.same,
            Outcome::Refused => &mut self.refused,
        } += 1;
    }
}

/// The open orders of a plan's day, each with the crew that the plan gives it; none where it gives it nobody.
async fn wanted(db: &Db, plan: &Plan) -> Result<Vec<(Key<Order>, Option<Crew>)>> {
    let stops = queries::visits(db, plan).await?;
    let who = |order: Uuid, part: i16| stops.iter().find(|stop| stop.id() == (order, part)).map(|stop| stop.worker);
    let mut wanted = Vec::new();
    for order in gather::orders_of_day(plan.provider, plan.day).all(db).await? {
        if matches!(order.stage()?, Stage::Accepted | Stage::Offered | Stage::Taken) {
            let crew = who(order.id, 0).map(|lead| Crew { lead, second: who(order.id, 1) });
            wanted.push((order.key()?, crew));
        }
    }
    Ok(wanted)
}

/// Brings one order to the crew of the plan, through the orders' own actions.
async fn assign(db: &Db, actor: &Actor, key: Key<Order>, crew: Option<Crew>) -> Result<Outcome> {
    let done = db
        .write(Lane::Jobs, actor, async |tx| {
            let order = orders::queries::get(&tx, &tx.actor().scope(), key).await?;
            let has = order.status()?.crew();
            if has == crew {
                return Ok(Outcome::Same);
            }
            if has.is_some() {
                orders::actions::withdraw(&tx, key, &Why::of(DeclineReason::Rearranged)).await?;
            }
            let Some(crew) = crew else { return Ok(Outcome::Withdrawn) };
            orders::actions::assign(&tx, key, &Assignment { crew, why: None }).await?;
            Ok(Outcome::Assigned)
        })
        .await;
    match done {
        Err(Failure::Refused(refused)) => {
            tracing::info!(order.id = %key.id, code = refused.code, "an order of a published plan stays as it is");
            Ok(Outcome::Refused)
        }
        done => done,
    }
}
