//! Who could serve an order: the workers of its provider, each with what speaks for and against, best first. The
//! dispatcher decides; the order of the list is a proposal.

mod diary;

use std::{cmp::Reverse, collections::HashMap};

use kernel::{Result, Text, business_day, text};
use registry::workers::{self, Worker};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use store::rulebooks::Rules;
use uuid::Uuid;

use self::diary::{Diary, Window, elder_sex};
use super::{Crew, Order};
use crate::{
    catalogue::{self, Class},
    visits::{Point, metres},
};

/// The rulebook `care.candidates`: weights of the proposal. The defaults are ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CandidateRules {
    /// Points for the skill of the order's class, taken off without it.
    pub skill: i32,
    /// Points for each step of the certificate, 1 for grade five.
    pub certificate: i32,
    /// Points for each time the worker came before.
    pub familiar: i32,
    /// Times that count at most.
    pub familiar_most: i32,
    /// Points for the elder's own sex in intimate care, taken off otherwise.
    pub same_sex: i32,
    /// Points taken off for each other order that day.
    pub load: i32,
    /// From this many other orders that day the load is named against.
    pub busy_from: i32,
    /// Points taken off for an overlap.
    pub overlap: i32,
    /// Points taken off for each kilometre of way.
    pub kilometre: i32,
    /// Way by street over way through the air, in thousandths.
    pub detour_permille: i32,
    /// Sub-items of GB/T 43153-2023 in which the worker's sex matters.
    pub intimate: Vec<i16>,
}

impl Rules for CandidateRules {
    const KIND: &'static str = "care.candidates";
}

impl Default for CandidateRules {
    fn default() -> Self {
        Self {
            skill: 60,
            certificate: 2,
            familiar: 3,
            familiar_most: 10,
            same_sex: 15,
            load: 4,
            busy_from: 6,
            overlap: 100,
            kilometre: 4,
            detour_permille: 1_300,
            intimate: vec![102, 201, 202],
        }
    }
}

/// A reason for or against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// It speaks for the candidate.
    pub is_for: bool,
    /// For programs: `skill`, `familiar`, `sex`, `certificate`, `way`, `load`, `overlap`.
    pub code: &'static str,
    /// In words.
    pub text: Text,
}

/// Somebody who could serve.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The worker.
    pub worker: Uuid,
    /// Name.
    pub name: String,
    /// For and against.
    pub reasons: Vec<Reason>,
    /// The weights of the reasons, summed.
    pub points: i32,
    /// Way to the elder by street, estimated, in metres.
    pub way_m: Option<i32>,
    /// Has the skill and no overlap.
    pub is_suitable: bool,
}

/// Who would go: one, or two where the item wants a pair.
#[derive(Clone, Debug, PartialEq)]
pub struct Team {
    /// The lead first.
    pub members: Vec<Candidate>,
}

impl Team {
    /// The weights of its members, summed.
    #[must_use]
    pub fn points(&self) -> i32 {
        self.members.iter().map(|member| member.points).sum()
    }

    /// All its members are suitable.
    #[must_use]
    pub fn is_suitable(&self) -> bool {
        self.members.iter().all(|member| member.is_suitable)
    }

    /// As a crew.
    #[must_use]
    pub fn crew(&self) -> Crew {
        let lead = self.members.first().map_or(Uuid::nil(), |member| member.worker);
        Crew { lead, second: self.members.get(1).map(|member| member.worker) }
    }
}

/// The teams that could serve an order, best first; `door` is where the elder lives, if the caller opened it. Empty
/// without a provider.
///
/// # Errors
/// Internal failures only.
pub async fn teams(db: &impl ConnectionTrait, order: &Order, door: Option<Point>) -> Result<Vec<Team>> {
    let found = candidates(db, order, door).await?;
    if !order.pair {
        return Ok(found.into_iter().map(|one| Team { members: vec![one] }).collect());
    }
    // Of the best ten: more pairs than anybody reads.
    let best = &found[..found.len().min(10)];
    let mut teams: Vec<_> = (0..best.len())
        .flat_map(|a| (a + 1..best.len()).map(move |b| (a, b)))
        .map(|(a, b)| Team { members: vec![best[a].clone(), best[b].clone()] })
        .collect();
    teams.sort_by_key(|team| Reverse((team.is_suitable(), team.points())));
    Ok(teams)
}

async fn candidates(db: &impl ConnectionTrait, order: &Order, door: Option<Point>) -> Result<Vec<Candidate>> {
    let Some(provider) = order.provider else { return Ok(Vec::new()) };
    let (place, day) = (order.place()?, business_day(order.window_start));
    let rules: CandidateRules = store::rulebooks::get_or_default(db, place, day).await?;
    let hands = workers::queries::of_organisation(db, provider, day).await?;
    let diary = diary::diary(db, order, &hands).await?;
    let sex = elder_sex(db, order).await?;
    let menu = catalogue::find_menu(db, place, day).await?;
    let item = menu.as_ref().and_then(|menu| menu.book.find(&order.item));
    let intimate = item.is_some_and(|item| rules.intimate.contains(&item.sub_item));
    let asked = Asked { order, rules: &rules, door, sex: intimate.then_some(sex).flatten() };
    let mut found: Vec<_> = hands.iter().map(|hand| asked.judge(hand, &diary)).collect();
    found.sort_by(|a, b| (b.is_suitable, b.points).cmp(&(a.is_suitable, a.points)).then_with(|| a.name.cmp(&b.name)));
    Ok(found)
}

/// What is asked of a candidate.
struct Asked<'a> {
    order: &'a Order,
    rules: &'a CandidateRules,
    door: Option<Point>,
    /// The elder's sex, where it matters.
    sex: Option<i16>,
}

impl Asked<'_> {
    fn judge(&self, hand: &Worker, diary: &Diary) -> Candidate {
        let (mut reasons, mut points) = (Vec::new(), 0);
        let mut say = |code: &'static str, is_for: bool, weight: i32, text: Text| {
            points += weight;
            reasons.push(Reason { is_for, code, text });
        };
        let rules = self.rules;
        let skilled = self.order.class().is_none_or(|class: Class| hand.skills & class.skill() != 0);
        match skilled {
            true => say("skill", true, rules.skill, text!("会做这类服务")),
            false => say("skill", false, -rules.skill, text!("没有这类服务的技能")),
        }
        let came = diary.before.get(&hand.id).copied().unwrap_or(0);
        match came {
            0 => say("familiar", false, 0, text!("没有来过")),
            n => say("familiar", true, rules.familiar * n.min(rules.familiar_most), text!("来过 {n} 次", n = n)),
        }
        match (self.sex, hand.sex) {
            (Some(elder), worker) if elder == worker => say("sex", true, rules.same_sex, text!("与老人同性别")),
            (Some(_), _) => say("sex", false, -rules.same_sex, text!("与老人不同性别")),
            (None, _) => {}
        }
        if let Some(level) = hand.cert_level {
            say(
                "certificate",
                true,
                rules.certificate * i32::from(6 - level),
                text!("护理员证书 {level} 级", level = level),
            );
        }
        let way_m = self.way(hand);
        if let Some(way) = way_m {
            let km = format!("{:.1}", f64::from(way) / 1_000.0);
            say("way", way < 3_000, -rules.kilometre * way / 1_000, text!("路程约 {km} 公里", km = km));
        }
        let others: Vec<_> = diary.around.get(&hand.id).into_iter().flat_map(HashMap::values).collect();
        let day = business_day(self.order.window_start);
        let that_day = others.iter().filter(|(from, ..)| business_day(*from) == day).count();
        let load = i32::try_from(that_day).unwrap_or(i32::MAX);
        match load {
            0 => say("load", true, 0, text!("当日没有别的单")),
            n if n >= rules.busy_from => say("load", false, -rules.load * n, text!("当日第 {n} 单", n = n + 1)),
            n => say("load", true, -rules.load * n, text!("当日第 {n} 单", n = n + 1)),
        }
        let meets = |(from, to, _): &&&Window| *from < self.order.window_end && self.order.window_start < *to;
        let overlap = others.iter().find(meets);
        if let Some((.., number)) = overlap {
            say("overlap", false, -rules.overlap, text!("与工单 {number} 时段重叠", number = number));
        }
        Candidate {
            worker: hand.id,
            name: hand.name.clone(),
            reasons,
            points,
            way_m,
            is_suitable: skilled && overlap.is_none(),
        }
    }

    fn way(&self, hand: &Worker) -> Option<i32> {
        let air = metres(self.door?, hand.point()?);
        Some((air * f64::from(self.rules.detour_permille) / 1_000.0).min(1e8) as i32)
    }
}
