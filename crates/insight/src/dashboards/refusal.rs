//! The ways the dashboards say no.

use kernel::refusals;

refusals! {
    /// How the dashboards say no.
    pub enum Refusal {
        /// No measure of this name.
        NoSuchMeasure { name: String } => (Invalid, "figures.no_such_measure", "没有名为“{name}”的指标"),
        /// More days than one request may read, or none.
        BadDays { most: i64 } => (Invalid, "figures.bad_days", "起止日期不对：最早一天不能晚于最后一天，一次最多 {most} 天"),
    }
}
