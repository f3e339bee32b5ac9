//! How orders say no.

kernel::refusals! {
    /// How orders say no.
    pub enum Refusal {
        /// The order is no longer where this step starts from.
        Moved { from: String } => (Conflict, "order.moved", "工单现在是“{from}”，不能这样做，请刷新后再看"),
        /// The menu of the place has no such item.
        NotOnMenu { item: String } => (Invalid, "order.not_on_menu", "这个地方的服务菜单里没有“{item}”"),
        /// The window lies in the past.
        WindowPast => (Invalid, "order.window_past", "服务时段已经过去，请重新选择"),
        /// The window ends before it starts, or spans more than a day.
        WindowWrong => (Invalid, "order.window_wrong", "服务时段的结束要晚于开始，且不超过 24 小时"),
        /// The window lies too far ahead.
        WindowFar { days: i64 } => (Invalid, "order.window_far", "服务时段最多提前 {days} 天预约"),
        /// The elder has the same item in a window that meets this one.
        Duplicate { number: String } => (Conflict, "order.duplicate", "同一时段已有相同的工单 {number}"),
        /// The elder cannot be served at home.
        ElderAway { status: String } => (Conflict, "order.elder_away", "老人当前为“{status}”，不能预约上门服务"),
        /// Somebody who leaves the county has orders that are not done.
        StillOpen { n: u64 } => (Conflict, "order.still_open", "这位老人还有 {n} 张工单没有办完，请先办完或取消"),
        /// The provider does not serve there or does not work.
        NotServed => (Invalid, "order.not_served", "所选服务商不服务这个地方，或者已停业"),
        /// The order has no provider yet.
        NoProvider => (Conflict, "order.no_provider", "工单还没有选定服务商"),
        /// The worker does not work for the order's provider.
        NotTheirs => (Invalid, "order.not_their_worker", "所选护理员不在本服务商在职，不能派单"),
        /// The item wants two workers, and two different ones.
        PairWanted => (Invalid, "order.pair_wanted", "这个项目须两人上门，请选两名不同的护理员"),
        /// One worker is enough.
        NoPair => (Invalid, "order.no_pair", "这个项目只须一人上门"),
        /// Only the worker of the order does this.
        NotYours => (Forbidden, "order.not_yours", "这张工单没有派给您"),
        /// Check-in on a day before that of the window.
        TooEarly { day: String } => (Conflict, "order.too_early", "工单约在 {day}，当天才能签到"),
        /// A check-in or check-out that a program tells of another time than now.
        NotNow { minutes: i64 } => (Invalid, "order.not_now", "时间和现在相差不能超过 {minutes} 分钟；没有网络时做的，请用手机上报或请派单员补录"),
        /// A proof that is not the caregiver's to give.
        NotTheirProof { kind: String } => (Invalid, "order.not_their_proof", "“{kind}”不能由护理员自己上报，只收定位和照片"),
        /// A position or photo that cannot be one.
        ProofUnreadable => (Invalid, "order.proof_unreadable", "定位或照片的内容读不懂：经纬度和精度要在范围内，照片用 64 位十六进制的 SM3 表示"),
        /// Check-out not after check-in.
        EndsBeforeStart => (Invalid, "order.ends_before_start", "签退时间要晚于签到时间"),
        /// Somebody said already that the visit was not as told.
        AlreadyDisputed => (Conflict, "order.already_disputed", "这次服务已经有人说不对，正在核实"),
        /// Not a score.
        NoSuchScore => (Invalid, "order.no_such_score", "评分是 1 到 5 分"),
        /// The order went to another worker.
        OtherWorker => (Conflict, "order.other_worker", "工单现在不由这名护理员负责，不能替这部手机补录"),
        /// A time that lies ahead.
        NotYet => (Invalid, "order.not_yet", "时间不能晚于现在"),
        /// A step entered by hand without its time.
        TimeWanted => (Invalid, "order.time_wanted", "请填写时间"),
        /// A step entered by hand without a word on how it is known.
        GroundsWanted => (Invalid, "order.grounds_wanted", "请写明凭什么补录，例如和谁通过电话"),
        /// A bad score needs a reason.
        ReasonWanted => (Invalid, "order.reason_wanted", "请选择或写明原因"),
        /// A text is too long.
        TooLong { limit: usize } => (Invalid, "order.too_long", "文字最多 {limit} 字"),
    }
}
