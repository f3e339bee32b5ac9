//! The figures of a plan, and those it is compared with.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Measure;

/// What a plan comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = PlanFigures)]
pub struct Figures {
    /// Orders that could be planned.
    pub orders: u32,
    /// Orders that nobody serves.
    pub unserved: u32,
    /// Minutes on the way, of all caregivers.
    pub way_mins: u32,
    /// Visits that start after their window.
    pub late_visits: u32,
    /// Their minutes after it.
    pub late_mins: u32,
    /// Visits to elders who know somebody on duty.
    pub acquainted: u32,
    /// Of those, visits by somebody they know.
    pub familiar: u32,
    /// Visits of intimate care.
    pub intimate: u32,
    /// Of those, visits by somebody of the elder's sex.
    pub same_sex: u32,
    /// Minutes of overtime.
    pub overtime_mins: u32,
    /// Caregivers with a visit.
    pub caregivers: u32,
}

/// A plan's figures beside those of assigning one by one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = PlanCompared)]
pub struct Compared {
    /// The plan's.
    pub plan: Figures,
    /// Each order, as it came in, to whoever was nearest then; none where that was not tried.
    pub one_by_one: Option<Figures>,
    /// By what the ways of both were measured; unknown for plans that a search has never touched.
    pub ways: Option<Measure>,
}

impl Figures {
    /// Visits by somebody whom the elder knows, in hundredths of those where that was possible.
    #[must_use]
    pub const fn familiar_percent(&self) -> Option<u32> {
        hundredths(self.familiar, self.acquainted)
    }

    /// Intimate care by somebody of the elder's sex, in hundredths.
    #[must_use]
    pub const fn same_sex_percent(&self) -> Option<u32> {
        hundredths(self.same_sex, self.intimate)
    }
}

const fn hundredths(part: u32, whole: u32) -> Option<u32> {
    match whole {
        0 => None,
        n => Some((part * 100 + n / 2) / n),
    }
}
