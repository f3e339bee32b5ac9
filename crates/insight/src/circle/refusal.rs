//! The ways the circle says no.

use kernel::refusals;

refusals! {
    /// How the circle says no.
    pub enum Refusal {
        /// Nobody has put streets there.
        NoStreets => (Conflict, "circle.no_streets", "这个市还没有路网，请运维人员用 sangyu reach streets 导入"),
        /// The map is being read.
        Preparing => (Conflict, "circle.preparing", "正在准备地图，请稍后再试"),
        /// No street near the point.
        OffTheMap => (Invalid, "circle.off_the_map", "这里附近没有路，选一个路边的位置"),
        /// Not a day that was counted.
        NoSuchDay => (Invalid, "circle.no_such_day", "这一天没有算过，请从列表里选一天"),
        /// So many places cannot be chosen.
        BadCount { most: usize } => (Invalid, "circle.bad_count", "新增的处数要在 1 到 {most} 之间"),
        /// There is nothing to choose from.
        NoCandidates => (Invalid, "circle.no_candidates", "没有可以选的地点：附近都没有路，或者都被排除了"),
        /// A pasted candidate that cannot be read.
        BadCandidate { line: usize } => (Invalid, "circle.bad_candidate", "第 {line} 行读不懂，每行写：名称,经度,纬度"),
        /// A plan without a name, or one that is too long.
        NameWanted => (Invalid, "circle.name_wanted", "请给方案起个名字，最多 60 字"),
    }
}
