//! How the roster says no.

kernel::refusals! {
    /// How the roster says no.
    pub enum Refusal {
        /// The plan is no longer where this step starts from.
        Moved { from: String } => (Conflict, "roster.moved", "方案现在是“{from}”，不能这样做，请看最新的方案"),
        /// Somebody else changed the plan meanwhile.
        Stale { by: String } => (Conflict, "roster.stale", "方案刚被{by}改过，没有保存您这一步；现在看到的是最新的，请重新操作"),
        /// The visit is not in the plan.
        NoSuchVisit => (Conflict, "roster.no_such_visit", "方案里没有这次上门，可能刚被改过"),
        /// The order cannot be planned on this day.
        NoSuchOrder => (Conflict, "roster.no_such_order", "这张工单不在当天可排的工单里"),
        /// The caregiver does not work that day.
        NotOnDuty => (Invalid, "roster.not_on_duty", "这名护理员当天不上班"),
        /// The caregiver lacks the skill.
        NoSkill { who: String } => (Conflict, "roster.no_skill", "{who}没有这类服务的技能"),
        /// The engine finds no time for it.
        NoTime { who: String } => (Conflict, "roster.no_time", "{who}在班次、午休和已排的上门之间抽不出时间"),
        /// Nobody has time for both of a pair.
        NoPairTime { who: String } => (Conflict, "roster.no_pair_time", "{who}和同去的人凑不到同一时刻"),
        /// Nobody on duty can take it.
        NobodyFits => (Conflict, "roster.nobody_fits", "现在没有人能去：看下面的原因和办法"),
        /// Before the elder expects anybody.
        TooEarly { from: String } => (Conflict, "roster.too_early", "和老人约的是 {from} 以后，不能更早"),
        /// After the latest start that the rules allow.
        TooLate { until: String } => (Conflict, "roster.too_late", "最晚 {until} 要开始，不能更晚"),
        /// The visit has begun.
        Begun => (Conflict, "roster.begun", "这次上门已经开始，不能再动"),
        /// Two visits of one order cannot have one caregiver.
        Twice => (Invalid, "roster.twice", "两人上门的项目，要由两名不同的护理员去"),
        /// Swapping wants two visits of two caregivers.
        NothingToSwap => (Invalid, "roster.nothing_to_swap", "请选两名不同护理员的上门来对调"),
        /// Nothing was changed.
        NothingToUndo => (Conflict, "roster.nothing_to_undo", "没有可以撤销的改动"),
        /// The time cannot be read.
        TimeWrong => (Invalid, "roster.time_wrong", "时间请按 时:分 填写，例如 09:30"),
        /// The day lies behind.
        DayPast => (Invalid, "roster.day_past", "这一天已经过去，不能再排"),
        /// Days that nobody plans.
        DayFar { days: i64 } => (Invalid, "roster.day_far", "最多提前 {days} 天排班"),
        /// A computation is under way.
        Running => (Conflict, "roster.running", "正在计算这一天的方案，请等它算完"),
        /// The engine cannot read the day.
        Unsound { what: String } => (Conflict, "roster.unsound", "数据有误，算不出方案：{what}"),
        /// Nothing to plan.
        NothingToPlan => (Conflict, "roster.nothing_to_plan", "这一天没有可排的工单"),
        /// Hours of work that are none.
        HoursWrong => (Invalid, "roster.hours_wrong", "下班要晚于上班，且至少选一个工作日"),
        /// Too much overtime.
        OvertimeWrong { most: i32 } => (Invalid, "roster.overtime_wrong", "加班最多 {most} 分钟"),
        /// The reason is not in the list.
        ReasonWanted => (Invalid, "roster.reason_wanted", "请选择请假的原因"),
        /// Rules that would begin today or before.
        RulesEarly { day: String } => (Invalid, "roster.rules_early", "新规则最早从 {day} 起生效，排好的方案不变"),
        /// Rules that would begin too far ahead.
        RulesFar => (Invalid, "roster.rules_far", "生效日期最远在一年之内"),
        /// Rules that say what holds already.
        RulesSame => (Invalid, "roster.rules_same", "和现在的规则一样，没有要改的"),
        /// An absence that is there.
        AbsentAlready => (Conflict, "roster.absent_already", "这名护理员当天已经请假"),
    }
}
