//! What happens to orders, as the journal keeps it: each entry holds the whole new state, and names nobody.

use chrono::{DateTime, Utc};
use kernel::{Event, Facts, Result, Text, text};
use serde::{Deserialize, Serialize};
use store::{Tx, grants};
use uuid::Uuid;

use super::{
    AbortReason, CancelReason, Complaint, Confirmation, DeclineReason, DismissReason, Order, Stage, words_sealed::Words,
};

/// An order as an event left it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderFacts {
    /// Its number.
    pub number: String,
    /// The elder.
    pub elder: Uuid,
    /// Code in the price book.
    pub item: String,
    /// Name of the item.
    pub item_name: String,
    /// Class of GB/T 43153-2023.
    pub class: i16,
    /// Planned minutes.
    pub minutes: i32,
    /// Earliest arrival.
    pub window_start: DateTime<Utc>,
    /// Latest arrival.
    pub window_end: DateTime<Utc>,
    /// How it came in.
    pub channel: i16,
    /// Price.
    pub price_fen: i64,
    /// Public part.
    pub subsidy_fen: i64,
    /// The elder's part.
    pub own_fen: i64,
    /// The price book.
    pub rulebook: Uuid,
    /// The organisation.
    pub provider: Option<Uuid>,
    /// The lead of the crew.
    pub worker: Option<Uuid>,
    /// The second of a pair.
    pub second: Option<Uuid>,
    /// Where it stands now.
    pub stage: Stage,
    /// Where it stood before, when it moved.
    pub was: Option<Stage>,
    /// How often it was given back.
    pub tries: i16,
    /// The deadline of the present stage.
    pub due_at: Option<DateTime<Utc>>,
    /// Check-in.
    pub started_at: Option<DateTime<Utc>>,
    /// Check-out.
    pub ended_at: Option<DateTime<Utc>>,
    /// How it was confirmed.
    pub confirmed: Option<Confirmation>,
    /// 1 to 5.
    pub score: Option<i16>,
    /// Seconds from the end of the arrival window to the check-in; not above 0 is in time. With the check-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_secs: Option<i64>,
    /// Minutes from check-in to check-out. From the check-out on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served_minutes: Option<i64>,
    /// Reasons given, by name; their words stand in the private part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// The clock that ran out, for `order.overdue`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<String>,
    /// Whose screens this concerns: the organisations and workers of before and of now, the accounts of the elder and
    /// of the family.
    pub parties: Vec<Uuid>,
}

macro_rules! kinds {
    ($( $(#[$meta:meta])* $name:ident = $kind:literal; )+) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
            #[serde(transparent)]
            pub struct $name(pub OrderFacts);

            impl Facts for $name {
                const KIND: &'static str = $kind;
            }

            impl From<OrderFacts> for $name {
                fn from(facts: OrderFacts) -> Self {
                    Self(facts)
                }
            }
        )+
    };
}

kinds! {
    /// 下单.
    Placed = "order.placed";
    /// 受理.
    Accepted = "order.accepted";
    /// 选定服务商.
    Dispatched = "order.dispatched";
    /// 服务商退回.
    Returned = "order.returned";
    /// 派单.
    Assigned = "order.assigned";
    /// 接单.
    Taken = "order.taken";
    /// 护理员退回.
    Declined = "order.declined";
    /// 超时收回: nobody answered in time, or no phone received it.
    Lapsed = "order.lapsed";
    /// 手机收到派单.
    Received = "order.received";
    /// 收回.
    Withdrawn = "order.withdrawn";
    /// 签到; counts on the day of the check-in.
    CheckedIn = "order.checked_in";
    /// 签退; counts on the day of the check-out.
    CheckedOut = "order.checked_out";
    /// 更正: a dispatcher gave the visit other times.
    Corrected = "order.corrected";
    /// 确认.
    Confirmed = "order.confirmed";
    /// 对服务有异议: it stays 待确认 until somebody looked.
    Disputed = "order.disputed";
    /// 备注, by the caregiver.
    Noted = "order.noted";
    /// 评价.
    Rated = "order.rated";
    /// 完成.
    Completed = "order.completed";
    /// 取消.
    Cancelled = "order.cancelled";
    /// 中止.
    Aborted = "order.aborted";
    /// 超时: a clock ran out and a person must look.
    Overdue = "order.overdue";
    /// 手机指令不采用: what a phone wanted and could not do is not to be done.
    TroubleDismissed = "order.trouble_dismissed";
}

/// The kinds of entries about orders, in the order in which they usually come.
pub const KINDS: [&str; 21] = [
    Placed::KIND,
    Accepted::KIND,
    Dispatched::KIND,
    Returned::KIND,
    Assigned::KIND,
    Received::KIND,
    Taken::KIND,
    Declined::KIND,
    Lapsed::KIND,
    Withdrawn::KIND,
    CheckedIn::KIND,
    CheckedOut::KIND,
    Corrected::KIND,
    Confirmed::KIND,
    Disputed::KIND,
    Rated::KIND,
    Completed::KIND,
    Cancelled::KIND,
    Aborted::KIND,
    Overdue::KIND,
    TroubleDismissed::KIND,
];

/// What an entry says, in words: for the order's own page and for timelines. `facts` are the entry's, when at hand.
#[must_use]
pub fn said(kind: &str, facts: Option<&OrderFacts>) -> Text {
    match (kind, facts.and_then(|facts| facts.score)) {
        (Placed::KIND, _) => text!("下单"),
        (Accepted::KIND, _) => text!("已受理"),
        (Dispatched::KIND, _) => text!("选定了服务商"),
        (Returned::KIND, _) => text!("服务商退回"),
        (Assigned::KIND, _) => text!("派给护理员"),
        (Taken::KIND, _) => text!("护理员接单"),
        (Received::KIND, _) => text!("护理员的手机收到派单"),
        (Declined::KIND, _) => text!("护理员退回"),
        (Lapsed::KIND, _) => text!("超时，系统收回"),
        (Withdrawn::KIND, _) => text!("派单员收回"),
        (CheckedIn::KIND, _) => text!("上门签到"),
        (CheckedOut::KIND, _) => text!("签退离开"),
        (Corrected::KIND, _) => text!("派单员更正了服务时间"),
        (Confirmed::KIND, _) => text!("确认了服务"),
        (Disputed::KIND, _) => text!("对服务有异议"),
        (Rated::KIND, Some(score)) => text!("评价 {n} 分", n = score),
        (Rated::KIND, None) => text!("已评价"),
        (Completed::KIND, _) => text!("工单完成"),
        (Cancelled::KIND, _) => text!("工单取消"),
        (Aborted::KIND, _) => text!("服务中止"),
        (Overdue::KIND, _) => text!("超过时限"),
        (TroubleDismissed::KIND, _) => text!("手机上的一步不采用"),
        _ => text!("其他变动"),
    }
}

/// The word of a reason that an entry names.
#[must_use]
pub fn reason(kind: &str, name: &str) -> Option<&'static str> {
    match kind {
        _ if name == BY_HAND => Some(crate::visits::Flag::ByHand.word()),
        TroubleDismissed::KIND => DismissReason::named(name).map(DismissReason::word),
        Cancelled::KIND => CancelReason::named(name).map(CancelReason::word),
        Aborted::KIND => AbortReason::named(name).map(AbortReason::word),
        Rated::KIND | Disputed::KIND => Complaint::named(name).map(Complaint::word),
        _ => DeclineReason::named(name).map(DeclineReason::word),
    }
}

/// The reason of a step that a dispatcher entered for a phone.
pub(super) const BY_HAND: &str = "by_hand";

impl OrderFacts {
    /// The facts of an order after a move from `before`.
    ///
    /// # Errors
    /// When the row's stage is none.
    pub fn of(before: Option<&Order>, after: &Order) -> Result<Self> {
        let stage = after.stage()?;
        let was = before.map(Order::stage).transpose()?.filter(|was| *was != stage);
        let mut parties: Vec<_> = before.into_iter().chain([after]).flat_map(parties).collect();
        parties.sort_unstable();
        parties.dedup();
        Ok(Self {
            number: after.number.clone(),
            elder: after.elder,
            item: after.item.clone(),
            item_name: after.item_name.clone(),
            class: after.class,
            minutes: after.minutes,
            window_start: after.window_start,
            window_end: after.window_end,
            channel: after.channel,
            price_fen: after.price_fen,
            subsidy_fen: after.subsidy_fen,
            own_fen: after.own_fen,
            rulebook: after.rulebook,
            provider: after.provider,
            worker: after.worker,
            second: after.second,
            stage,
            was,
            tries: after.tries,
            due_at: after.due_at,
            started_at: after.started_at,
            ended_at: after.ended_at,
            confirmed: after.confirmed_how.and_then(Confirmation::of),
            score: after.score,
            late_secs: after.started_at.map(|at| (at - after.window_end).num_seconds()),
            served_minutes: after.started_at.zip(after.ended_at).map(|(from, to)| (to - from).num_minutes()),
            reasons: Vec::new(),
            clock: None,
            parties,
        })
    }

    /// Adds the reasons given.
    #[must_use]
    pub fn because<'a>(mut self, reasons: impl IntoIterator<Item = &'a str>) -> Self {
        self.reasons.extend(reasons.into_iter().map(str::to_owned));
        self
    }

    /// Adds the clock that ran out.
    #[must_use]
    pub fn clock(mut self, kind: &str) -> Self {
        self.clock = Some(kind.to_owned());
        self
    }
}

/// Whose screens an order stands on.
fn parties(order: &Order) -> impl Iterator<Item = Uuid> + use<> {
    [order.provider, order.worker, order.second].into_iter().flatten()
}

/// Makes the entry of a move, which the screens of elder and family are told, too; words stand in its private part.
pub(super) async fn event<F: Facts + From<OrderFacts>>(
    tx: &Tx,
    order: &Order,
    mut facts: OrderFacts,
    words: Option<&Words>,
) -> Result<Event> {
    facts.parties.extend(grants::accounts_of(tx, order.home()?, order.elder).await?);
    let mut event = Event::new(order.key()?, order.place()?, &F::from(facts))?.on_timeline_of(order.elder);
    if let Some(words) = words {
        event = event.with_private(words.for_journal(tx.ids(), order.elder)?);
    }
    Ok(event)
}
