//! What happens to plans, as the journal keeps it: ids, times and figures, no names and no addresses.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Event, Facts, Result};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Figures, Hold, Origin, Plan, Status, Stop};

/// A visit of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitFacts {
    /// The order.
    pub order: Uuid,
    /// 0 the lead, 1 the second.
    pub part: i16,
    /// Who comes.
    pub worker: Uuid,
    /// When.
    pub start: DateTime<Utc>,
    /// How firmly it stands.
    pub hold: Hold,
}

impl VisitFacts {
    fn of(stop: &Stop) -> Self {
        Self { order: stop.order, part: stop.part, worker: stop.worker, start: stop.start, hold: stop.hold }
    }
}

/// A plan as an event left it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanFacts {
    /// Whose day.
    pub provider: Uuid,
    /// The day.
    pub day: NaiveDate,
    /// Of the plans of this day.
    pub number: i32,
    /// Where it stands.
    pub status: Status,
    /// Where it came from.
    pub origin: Origin,
    /// The rulebook it was made under.
    pub rulebook: String,
    /// What it comes to.
    pub figures: Figures,
    /// All its visits when it is laid or published; those that a change touched, as they are now.
    pub visits: Vec<VisitFacts>,
    /// Visits that a change took out: order and part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<(Uuid, i16)>,
    /// What the dispatcher did, for a change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what: Option<super::What>,
    /// Whose screens this concerns.
    pub parties: Vec<Uuid>,
}

macro_rules! kinds {
    ($( $(#[$meta:meta])* $name:ident = $kind:literal; )+) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
            #[serde(transparent)]
            pub struct $name(pub PlanFacts);

            impl Facts for $name {
                const KIND: &'static str = $kind;
            }

            impl From<PlanFacts> for $name {
                fn from(facts: PlanFacts) -> Self {
                    Self(facts)
                }
            }
        )+
    };
}

kinds! {
    /// A draft was laid down: computed, or drawn up by hand.
    Laid = "roster.laid";
    /// A dispatcher changed a draft.
    Changed = "roster.changed";
    /// A dispatcher took the last change back.
    Undone = "roster.undone";
    /// In force.
    Published = "roster.published";
    /// Another plan took its place.
    Superseded = "roster.superseded";
    /// Put aside.
    Withdrawn = "roster.withdrawn";
}

impl PlanFacts {
    /// The facts of a plan with some visits.
    ///
    /// # Errors
    /// When a stored column is not sound.
    pub fn of(plan: &Plan, visits: &[Stop]) -> Result<Self> {
        Ok(Self {
            provider: plan.provider,
            day: plan.day,
            number: plan.number,
            status: plan.status()?,
            origin: plan.origin(),
            rulebook: plan.rules.clone(),
            figures: plan.own_figures()?,
            visits: visits.iter().map(VisitFacts::of).collect(),
            gone: Vec::new(),
            what: None,
            parties: vec![plan.provider],
        })
    }
}

/// The entry of a move.
///
/// # Errors
/// When a stored column is not sound.
pub(super) fn event<F: Facts + From<PlanFacts>>(plan: &Plan, facts: PlanFacts) -> Result<Event> {
    Ok(Event::new(plan.key()?, plan.place()?, &F::from(facts))?)
}
