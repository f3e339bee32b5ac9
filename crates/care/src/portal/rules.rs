//! The rulebook `care.portal`. The default is ours, not a norm.

use serde::{Deserialize, Serialize};
use store::rulebooks::Rules;

/// The rulebook `care.portal`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortalRules {
    /// How long a one-use code works, in hours.
    pub code_hours: i64,
}

impl Rules for PortalRules {
    const KIND: &'static str = "care.portal";
}

impl Default for PortalRules {
    fn default() -> Self {
        Self { code_hours: 72 }
    }
}
