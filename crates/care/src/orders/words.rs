//! The closed lists of words of an order: stages, channels, reasons.

use kernel::words;

words! {
    /// Where an order stands; [`super::Status`] says what is known there.
    #[derive(utoipa::ToSchema)]
    pub enum Stage {
        /// Created, waits for intake.
        Placed = 10, "placed", "待受理";
        /// Taken in, waits for a provider's choice of a worker.
        Accepted = 20, "accepted", "待派单";
        /// Offered to a worker.
        Offered = 30, "offered", "待接单";
        /// The worker has taken it.
        Taken = 40, "taken", "已接单";
        /// The worker is at the door or inside.
        Serving = 50, "serving", "服务中";
        /// The worker has left.
        Served = 60, "served", "待确认";
        /// Somebody confirmed that the service was given.
        Confirmed = 70, "confirmed", "待评价";
        /// Rated, or the time for it has passed.
        Completed = 80, "completed", "已完成";
        /// Called off before the start.
        Cancelled = 90, "cancelled", "已取消";
        /// Broken off after the start.
        Aborted = 95, "aborted", "中止";
    }
}

words! {
    /// How an order came in.
    #[derive(utoipa::ToSchema)]
    pub enum Channel {
        /// A call to the centre.
        Phone = 1, "phone", "电话";
        /// The portal.
        App = 2, "app", "门户";
        /// A mini-program.
        Mini = 3, "mini", "小程序";
        /// Over a counter.
        Counter = 4, "counter", "窗口";
        /// From a plan.
        Plan = 5, "plan", "计划";
        /// After a call for help.
        Sos = 6, "sos", "紧急呼叫";
        /// By the community.
        Community = 7, "community", "社区代下";
        /// Entered after the fact.
        OfflineEntry = 8, "offline_entry", "线下补录";
    }
}

words! {
    /// How it was confirmed that a service was given.
    #[derive(utoipa::ToSchema)]
    pub enum Confirmation {
        /// By the elder.
        Elder = 1, "elder", "老人确认";
        /// By the family.
        Family = 2, "family", "家属确认";
        /// By a call to the elder or family.
        Call = 3, "call", "电话确认";
        /// Nobody objected in time.
        Silence = 9, "silence", "超时自动确认";
    }
}

words! {
    /// Why a worker or provider gives an order back.
    #[derive(utoipa::ToSchema)]
    pub enum DeclineReason {
        /// Too far away.
        Far = 1, "far", "路远";
        /// Another order at that time.
        Busy = 2, "busy", "时间冲突";
        /// Not what this worker can do.
        Skill = 3, "skill", "不会做";
        /// Ill or off duty.
        Unwell = 4, "unwell", "身体不适";
        /// Nobody answered in time.
        NoAnswer = 5, "no_answer", "超时未接";
        /// The dispatcher chose another one.
        Rearranged = 6, "rearranged", "改派";
        /// No phone received the offer in time.
        Unreached = 7, "unreached", "手机没有收到";
        /// Something else; the text says what.
        Other = 9, "other", "其他";
    }
}

impl DeclineReason {
    /// What the platform alone finds; nobody gives it as a reason.
    #[must_use]
    pub const fn is_found(self) -> bool {
        matches!(self, Self::NoAnswer | Self::Unreached)
    }

    /// A reason that somebody gives, by its name.
    #[must_use]
    pub fn given(name: &str) -> Option<Self> {
        Self::named(name).filter(|reason| !reason.is_found())
    }
}

words! {
    /// Why an order is cancelled before its start.
    #[derive(utoipa::ToSchema)]
    pub enum CancelReason {
        /// The elder no longer wants it.
        Unwanted = 1, "unwanted", "老人不需要了";
        /// The elder will not be there.
        Away = 2, "away", "老人不在家";
        /// Nobody can provide it.
        NoProvider = 3, "no_provider", "无法安排";
        /// Placed by mistake or twice.
        Mistake = 4, "mistake", "下单有误";
        /// Something else; the text says what.
        Other = 9, "other", "其他";
    }
}

words! {
    /// Why a service is broken off.
    #[derive(utoipa::ToSchema)]
    pub enum AbortReason {
        /// The elder felt unwell.
        Unwell = 1, "unwell", "老人身体不适";
        /// The elder refused.
        Refused = 2, "refused", "老人拒绝";
        /// Nobody opened.
        Nobody = 3, "nobody", "敲门无人";
        /// Not safe to go on.
        Unsafe = 4, "unsafe", "现场不安全";
        /// The worker had to leave.
        Worker = 5, "worker", "护理员突发情况";
        /// Something else; the text says what.
        Other = 9, "other", "其他";
    }
}

words! {
    /// What displeased.
    #[derive(utoipa::ToSchema)]
    pub enum Complaint {
        /// Came late.
        Late = 1, "late", "迟到";
        /// Left too early.
        Short = 2, "short", "时间不够";
        /// Was impolite.
        Manner = 3, "manner", "态度不好";
        /// Did not know how.
        Skill = 4, "skill", "做得不好";
        /// Asked for extra money.
        Charge = 5, "charge", "乱收费";
        /// Nobody came.
        Absent = 6, "absent", "没有来";
        /// Something else; the text says what.
        Other = 9, "other", "其他";
    }
}

words! {
    /// Why what a phone wanted is not done.
    #[derive(utoipa::ToSchema)]
    pub enum DismissReason {
        /// Somebody did it already.
        Done = 1, "done", "已经办过";
        /// The same was sent twice.
        Duplicate = 2, "duplicate", "重复的一步";
        /// The caregiver did not mean it.
        Mistake = 3, "mistake", "误点";
        /// Asked back: nobody was there.
        NotServed = 4, "not_served", "核实没有上门";
        /// Something else; the text says what.
        Other = 9, "other", "其他";
    }
}

impl Stage {
    /// The stages in which something is still to be done; all others are final.
    pub const OPEN: [Self; 7] =
        [Self::Placed, Self::Accepted, Self::Offered, Self::Taken, Self::Serving, Self::Served, Self::Confirmed];

    /// Whether something is still to be done.
    #[must_use]
    pub const fn is_open(self) -> bool {
        self.code() < Self::Completed.code()
    }

    /// Whether nobody has begun yet.
    #[must_use]
    pub const fn is_before_start(self) -> bool {
        self.code() < Self::Serving.code()
    }

    /// Icon and tone of its sign.
    #[must_use]
    pub const fn sign(self) -> (&'static str, &'static str) {
        match self {
            Self::Placed => ("inbox", "hollow"),
            Self::Accepted => ("route", "soon"),
            Self::Offered => ("hourglass", "info"),
            Self::Taken => ("calendar-check", "dai"),
            Self::Serving => ("player-play", "dai"),
            Self::Served => ("signature", "wait"),
            Self::Confirmed => ("star", "wait"),
            Self::Completed => ("circle-check", "good"),
            Self::Cancelled => ("ban", "mute"),
            Self::Aborted => ("alert-octagon", "bad"),
        }
    }
}
