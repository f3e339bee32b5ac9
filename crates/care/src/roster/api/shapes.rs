//! What the roster's API takes and gives: types of their own, apart from the rows.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::Result;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use web::state::AppState;

use crate::roster::{Compared, Gap, Hold, Origin, Plan, Status, Stop, Wish, desk::Edit, hours, queries};

/// A plan.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanOut {
    pub(super) key: String,
    pub(super) provider: Uuid,
    pub(super) day: NaiveDate,
    /// Of the plans of this day, from 1.
    pub(super) number: i32,
    pub(super) status: Status,
    pub(super) origin: Origin,
    pub(super) made_by: String,
    pub(super) made_at: DateTime<Utc>,
    pub(super) took_millis: i64,
    pub(super) published_at: Option<DateTime<Utc>>,
    pub(super) figures: Compared,
    pub(super) version: i32,
    /// With one plan only: its visits by caregiver, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rounds: Option<Vec<RoundOut>>,
    /// With one plan only: what nobody serves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unserved: Option<Vec<Gap>>,
}

/// A caregiver's day.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoundOut {
    pub(super) worker: Uuid,
    pub(super) visits: Vec<StopOut>,
}

/// A visit.
#[derive(Debug, Serialize, ToSchema)]
pub struct StopOut {
    pub(super) order: Uuid,
    /// 0 the lead, 1 the second of a pair.
    pub(super) part: i16,
    pub(super) arrive: DateTime<Utc>,
    pub(super) start: DateTime<Utc>,
    pub(super) end: DateTime<Utc>,
    /// Minutes on the way to it.
    pub(super) way_mins: i16,
    pub(super) hold: Hold,
    /// Another caregiver or time than in the plan before.
    pub(super) moved: bool,
}

/// Plans of a day, latest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlansOut {
    pub(super) items: Vec<PlanOut>,
}

/// A change of a draft.
#[derive(Debug, Deserialize, ToSchema)]
pub struct EditIn {
    /// The version of the plan that was looked at.
    pub(super) version: i32,
    pub(super) change: ChangeIn,
}

/// What is changed.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ChangeIn {
    /// Gives a visit to somebody; refused when it does not fit, unless `force`.
    Move {
        /// The order.
        order: Uuid,
        /// 0 the lead, 1 the second.
        #[serde(default)]
        part: i16,
        /// Who shall come.
        worker: Uuid,
        /// Not before this minute after midnight.
        at: Option<i32>,
        /// Whatever the engine thinks.
        #[serde(default)]
        force: bool,
    },
    /// Lets two visits change their caregivers.
    Swap {
        /// The one's order.
        order: Uuid,
        /// Its part.
        #[serde(default)]
        part: i16,
        /// The other's order.
        with: Uuid,
        /// Its part.
        #[serde(default)]
        with_part: i16,
    },
    /// Pins an order.
    Pin {
        /// The order.
        order: Uuid,
    },
    /// Lets a pinned order go.
    Unpin {
        /// The order.
        order: Uuid,
    },
    /// Takes an order out.
    Lift {
        /// The order.
        order: Uuid,
    },
    /// Puts an order in where it costs least.
    Insert {
        /// The order.
        order: Uuid,
    },
}

/// The version of a plan that was looked at.
#[derive(Debug, Deserialize, ToSchema)]
pub struct VersionIn {
    pub(super) version: i32,
}

/// A day.
#[derive(Debug, Deserialize, ToSchema)]
pub struct DayIn {
    pub(super) day: NaiveDate,
}

/// A day's computation.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunOut {
    pub(super) job: Uuid,
    pub(super) day: NaiveDate,
    /// `waiting`, `running`, `done` or `failed`.
    pub(super) state: String,
    /// Hundredths done.
    pub(super) percent: i64,
    /// Why it failed.
    pub(super) note: String,
}

/// A caregiver's hours.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoursOut {
    pub(super) worker: Uuid,
    pub(super) name: String,
    /// 1 Monday to 7 Sunday.
    pub(super) weekdays: Vec<u8>,
    pub(super) opens_mins: i32,
    pub(super) closes_mins: i32,
    pub(super) overtime_mins: i32,
    pub(super) mode: hours::Mode,
    /// Why they are away today.
    pub(super) away: Option<hours::Reason>,
}

/// A caregiver's hours as a dispatcher writes them.
#[derive(Debug, Deserialize, ToSchema)]
pub struct HoursIn {
    /// 1 Monday to 7 Sunday.
    pub(super) weekdays: Vec<u8>,
    pub(super) opens_mins: i32,
    pub(super) closes_mins: i32,
    #[serde(default)]
    pub(super) overtime_mins: i32,
    pub(super) mode: hours::Mode,
}

/// Somebody who is away.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AbsenceIn {
    pub(super) worker: Uuid,
    pub(super) day: NaiveDate,
    /// Wanted when the absence begins.
    pub(super) reason: Option<hours::Reason>,
}

/// What an absence led to.
#[derive(Debug, Serialize, ToSchema)]
pub struct AbsenceOut {
    pub(super) worker: Uuid,
    pub(super) day: NaiveDate,
    /// The job that makes the plan of the day anew, where there is a plan.
    pub(super) job: Option<Uuid>,
}

impl PlanOut {
    pub(super) fn of(plan: &Plan) -> Result<Self> {
        Ok(Self {
            key: plan.key()?.to_string(),
            provider: plan.provider,
            day: plan.day,
            number: plan.number,
            status: plan.status()?,
            origin: plan.origin(),
            made_by: plan.made_by.clone(),
            made_at: plan.made_at,
            took_millis: plan.took_millis,
            published_at: plan.published_at,
            figures: plan.figures()?,
            version: plan.version,
            rounds: None,
            unserved: None,
        })
    }

    pub(super) async fn whole(state: &AppState, plan: &Plan) -> Result<Self> {
        let stops = queries::visits(&state.db, plan).await?;
        let rounds = stops.chunk_by(|a, b| a.worker == b.worker).filter_map(|own| {
            let worker = own.first()?.worker;
            Some(RoundOut { worker, visits: own.iter().map(StopOut::of).collect() })
        });
        Ok(Self { rounds: Some(rounds.collect()), unserved: Some(plan.gaps()?), ..Self::of(plan)? })
    }
}

impl StopOut {
    pub(super) fn of(stop: &Stop) -> Self {
        Self {
            order: stop.order,
            part: stop.part,
            arrive: stop.arrive,
            start: stop.start,
            end: stop.end,
            way_mins: stop.way_mins,
            hold: stop.hold,
            moved: stop.moved,
        }
    }
}

impl From<ChangeIn> for Edit {
    fn from(change: ChangeIn) -> Self {
        match change {
            ChangeIn::Move { order, part, worker, at, force } => {
                let wish = Wish { order, part, worker, at: at.map(f64::from) };
                if force { Self::Force(wish) } else { Self::Move(wish) }
            }
            ChangeIn::Swap { order, part, with, with_part } => Self::Swap((order, part), (with, with_part)),
            ChangeIn::Pin { order } => Self::Pin(order),
            ChangeIn::Unpin { order } => Self::Unpin(order),
            ChangeIn::Lift { order } => Self::Lift(order),
            ChangeIn::Insert { order } => Self::Insert(order),
        }
    }
}
