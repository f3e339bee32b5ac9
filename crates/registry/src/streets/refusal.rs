//! The ways streets say no.

use kernel::refusals;

refusals! {
    /// How streets say no.
    pub enum Refusal {
        /// Streets belong to a city.
        NoCity { code: String } => (Invalid, "streets.no_city", "“{code}”不是地级市的代码，路网按市存放，例如许昌市是 4110"),
        /// The file of streets is damaged, or nobody can walk on them.
        Unreadable { why: String } => (Conflict, "streets.unreadable", "路网文件读不了：{why}"),
    }
}
