//! A visit as a plan has it, apart from its row: whose, when, how firmly.

use kernel::Instant;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Hold, model::visit};

/// A visit of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// The order's home.
    pub home: i32,
    /// The order.
    pub order: Uuid,
    /// 0 the lead, 1 the second of a pair.
    pub part: i16,
    /// Who comes.
    pub worker: Uuid,
    /// When they are there.
    pub arrive: Instant,
    /// When the service starts.
    pub start: Instant,
    /// When it ends.
    pub end: Instant,
    /// Minutes on the way to it.
    pub way_mins: i16,
    /// How firmly it stands.
    pub hold: Hold,
    /// Another caregiver or another time than in the plan before.
    pub moved: bool,
}

impl Stop {
    /// The visit of a row.
    #[must_use]
    pub fn of(row: &visit::Model) -> Self {
        Self {
            home: row.order_home,
            order: row.order_id,
            part: row.part,
            worker: row.worker,
            arrive: row.arrive_at,
            start: row.start_at,
            end: row.end_at,
            way_mins: row.way_mins,
            hold: row.hold(),
            moved: row.moved,
        }
    }

    /// The row of a visit in a plan.
    #[must_use]
    pub fn row(&self, home: i32, plan: Uuid) -> visit::Model {
        visit::Model {
            home,
            plan,
            order_id: self.order,
            part: self.part,
            order_home: self.home,
            worker: self.worker,
            arrive_at: self.arrive,
            start_at: self.start,
            end_at: self.end,
            way_mins: self.way_mins,
            hold: self.hold.code(),
            moved: self.moved,
        }
    }

    /// Which visit it is.
    #[must_use]
    pub const fn id(&self) -> (Uuid, i16) {
        (self.order, self.part)
    }
}

/// Puts visits into the order in which pages and plans have them: by caregiver, then by time.
pub fn sort(stops: &mut [Stop]) {
    stops.sort_by_key(|stop| (stop.worker, stop.start, stop.order, stop.part));
}
