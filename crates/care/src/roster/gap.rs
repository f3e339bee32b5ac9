//! Why nobody serves an order, and the cheapest ways out, kept with a plan by ids and told in words.

use kernel::{Text, text};
use rounds::{Live, Relaxation, Why};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// An order that nobody serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PlanGap)]
pub struct Gap {
    /// The order.
    pub order: Uuid,
    /// Its home.
    pub home: i32,
    /// How many caregivers on duty cannot come, and why.
    pub bars: Bars,
    /// What would help, cheapest first; empty where that was not asked.
    pub cures: Vec<Cure>,
}

/// How many caregivers on duty cannot come, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = PlanBars)]
pub struct Bars {
    /// They lack the skill.
    pub skill: u32,
    /// They find no time.
    pub time: u32,
    /// They are excluded, or somebody else is pinned.
    pub other: u32,
    /// They could come: the search left it out.
    pub could: u32,
    /// It was taken out by hand, or came in after the plan was made.
    pub is_open: bool,
}

/// A way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(as = PlanCure)]
pub enum Cure {
    /// The visit starts so many minutes after the latest moment.
    Later {
        /// Minutes.
        minutes: u32,
    },
    /// The visit starts so many minutes before its window.
    Earlier {
        /// Minutes.
        minutes: u32,
    },
    /// A caregiver works overtime.
    Overtime {
        /// Who.
        worker: Uuid,
        /// Minutes.
        minutes: u32,
    },
    /// A caregiver works more than the daily maximum.
    Most {
        /// Who.
        worker: Uuid,
        /// Minutes.
        minutes: u32,
    },
    /// A caregiver comes as an exception.
    Exception {
        /// Who.
        worker: Uuid,
    },
    /// What is pinned is let go.
    Unpin,
    /// More caregivers are called in.
    Helpers {
        /// How many.
        count: u32,
    },
}

/// Minutes as people say them: whole, and at least one.
fn minutes(of: f64) -> u32 {
    of.ceil().clamp(1.0, 10_000.0) as u32
}

impl Cure {
    fn of(way: &Relaxation) -> Option<Self> {
        let worker = |id: &String| id.parse::<Uuid>().ok();
        Some(match way {
            Relaxation::Later(by) => Self::Later { minutes: minutes(*by) },
            Relaxation::Earlier(by) => Self::Earlier { minutes: minutes(*by) },
            Relaxation::Overtime(who, by) => Self::Overtime { worker: worker(who)?, minutes: minutes(*by) },
            Relaxation::Most(who, by) => Self::Most { worker: worker(who)?, minutes: minutes(*by) },
            Relaxation::Admit(who) => Self::Exception { worker: worker(who)? },
            Relaxation::Unpin => Self::Unpin,
            Relaxation::Helpers(count) => Self::Helpers { count: u32::try_from(*count).ok()? },
            // Orders of ours have no load and no gap.
            Relaxation::Gap(_) | Relaxation::Load(..) => return None,
        })
    }

    /// Whether somebody might agree to it.
    const fn is_mild(&self) -> bool {
        match self {
            Self::Later { minutes } | Self::Earlier { minutes } => *minutes <= 180,
            Self::Overtime { minutes, .. } | Self::Most { minutes, .. } => *minutes <= 120,
            Self::Exception { .. } | Self::Unpin | Self::Helpers { .. } => true,
        }
    }

    /// Whom it asks, if somebody.
    #[must_use]
    pub const fn worker(&self) -> Option<Uuid> {
        match self {
            Self::Overtime { worker, .. } | Self::Most { worker, .. } | Self::Exception { worker } => Some(*worker),
            Self::Later { .. } | Self::Earlier { .. } | Self::Unpin | Self::Helpers { .. } => None,
        }
    }

    /// In words; `name` is that of [`Cure::worker`].
    #[must_use]
    pub fn said(&self, name: &str) -> Text {
        match self {
            Self::Later { minutes } => text!("请老人同意晚 {n} 分钟", n = minutes),
            Self::Earlier { minutes } => text!("请老人同意早 {n} 分钟", n = minutes),
            Self::Overtime { minutes, .. } => text!("{who} 加班 {n} 分钟，须本人同意", who = name, n = minutes),
            Self::Most { minutes, .. } => text!("{who} 当天多干 {n} 分钟，须本人同意", who = name, n = minutes),
            Self::Exception { .. } => text!("破例请 {who} 去", who = name),
            Self::Unpin => text!("解开这一单的锁定"),
            Self::Helpers { count } => text!("再请 {n} 名护理员上班", n = count),
        }
    }
}

impl Bars {
    /// In words, the weightiest first.
    #[must_use]
    pub fn said(&self) -> Vec<Text> {
        if self.is_open {
            return vec![text!("还没有排：方案之后新到，或者被人拿下来了")];
        }
        let mut said = Vec::new();
        if self.skill + self.time + self.other + self.could == 0 {
            said.push(text!("当天没有人上班"));
        }
        if self.skill > 0 {
            said.push(text!("{n} 人没有这项技能", n = self.skill));
        }
        if self.time > 0 {
            said.push(text!("{n} 人在这个时段抽不出时间", n = self.time));
        }
        if self.other > 0 {
            said.push(text!("{n} 人因为锁定或回避不能去", n = self.other));
        }
        if self.could > 0 {
            said.push(text!("{n} 人能去，但要放掉更要紧的", n = self.could));
        }
        said
    }
}

/// Why nobody serves an order of a running plan; the ways out only when asked: they cost the engine much more.
pub(super) fn explain(live: &Live, (home, order): (i32, Uuid), with_cures: bool) -> Gap {
    let id = order.to_string();
    let (choices, ways) = if with_cures {
        live.why_not(&id).map(|why| (why.choices, why.ways)).unwrap_or_default()
    } else {
        (live.why(&id, 0).unwrap_or_default(), Vec::new())
    };
    let mut bars = Bars::default();
    for choice in &choices {
        match choice.why {
            Why::Skill(_) | Why::Level(_) => bars.skill += 1,
            Why::NoTime => bars.time += 1,
            Why::Forbidden | Why::Area(_) | Why::Pinned | Why::Mate => bars.other += 1,
            Why::Comes(_) | Why::Dearer(_) | Why::Cheaper(_) => bars.could += 1,
        }
    }
    let cures: Vec<Cure> = ways.iter().filter_map(|(way, _)| Cure::of(way)).collect();
    // What nobody would agree to is told only when nothing else helps.
    let mild = cures.iter().filter(|cure| cure.is_mild()).copied().take(3).collect::<Vec<_>>();
    let cures = if mild.is_empty() { cures.into_iter().take(1).collect() } else { mild };
    Gap { order, home, bars, cures }
}
