//! The visit that a dispatcher picked: what it is, and what can be done with it. Everything that dragging does can be
//! done here with the keyboard.

use askama::{Template, filters::HtmlSafe};
use kernel::{Text, text};
use uuid::Uuid;
use web::{filters, form::FormGuard};

use super::{visit_name, wording};
use crate::{
    orders::pages::place_words,
    roster::{
        Hold, Stop,
        desk::Desk,
        gather::{Hand, Job},
    },
};

/// One of a select's choices.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    value: String,
    name: String,
    says: Option<Text>,
    is_now: bool,
}

/// The panel.
#[derive(Clone, Debug, Template)]
#[template(path = "roster/_chosen.html")]
pub(crate) struct Chosen {
    plan: String,
    version: i32,
    name: String,
    order: Uuid,
    key: String,
    item: String,
    minutes: i32,
    is_pair: bool,
    elder: Option<String>,
    place: String,
    is_guessed: bool,
    window: String,
    /// Who comes and when; none while nobody does.
    now: Option<(String, String)>,
    other: Option<String>,
    hold: Hold,
    at: String,
    hands: Vec<Choice>,
    others: Vec<Choice>,
    can_change: bool,
    close: String,
    guard: FormGuard,
}

impl HtmlSafe for Chosen {}

impl Chosen {
    /// The panel of a visit; none when the day has no such order.
    pub(super) fn of(desk: &Desk, id: (Uuid, i16), may_change: bool, guard: &FormGuard) -> Option<Self> {
        let job = desk.day.job(id.0)?;
        let stop = desk.stops.iter().find(|stop| stop.id() == id);
        let other = desk.stops.iter().find(|stop| stop.order == id.0 && stop.part != id.1);
        let order = &job.order;
        Some(Self {
            plan: desk.plan.as_ref().and_then(|plan| plan.key().ok()).map(|key| key.to_string()).unwrap_or_default(),
            version: desk.plan.as_ref().map_or(0, |plan| plan.version),
            name: visit_name(id),
            order: order.id,
            key: order.key().ok()?.to_string(),
            item: order.item_name.clone(),
            minutes: order.minutes,
            is_pair: order.pair,
            elder: job.elder.as_ref().map(|elder| elder.name.clone()),
            place: place_words(order.place().ok()),
            is_guessed: job.is_guessed,
            window: format!("{}–{}", wording::clock(order.window_start), wording::clock(order.window_end)),
            now: stop.map(|stop| (desk.day.name(stop.worker), times(stop))),
            other: other.map(|stop| desk.day.name(stop.worker)),
            hold: stop.map_or(Hold::Free, |stop| stop.hold),
            at: stop.map(|stop| wording::clock(stop.start)).unwrap_or_default(),
            hands: desk.day.on_duty().map(|hand| choice(desk, job, hand, stop)).collect(),
            others: others(desk, stop),
            can_change: may_change && job.is_open(),
            close: super::address(desk.day.day),
            guard: guard.clone(),
        })
    }

    /// Invented panels.
    pub(super) fn samples() -> Vec<Self> {
        let hand = |says| Choice { value: Uuid::nil().to_string(), name: "孙丽萍".into(), says, is_now: true };
        let other =
            Choice { value: "x.0".into(), name: "何军 09:30 程广田 助行".into(), says: None, is_now: false };
        let chosen = |hold, now: bool, can_change| Self {
            plan: "411002-aaaaaaaaaaaaaaaaaaaaaaaaaa".into(),
            version: 3,
            name: "x.0".into(),
            order: Uuid::nil(),
            key: "411002-aaaaaaaaaaaaaaaaaaaaaaaaaa".into(),
            item: "助浴".into(),
            minutes: 60,
            is_pair: now,
            elder: now.then(|| "方长顺".into()),
            place: "文昌街道 槐荫社区".into(),
            is_guessed: now,
            window: "09:00–10:30".into(),
            now: now.then(|| ("孙丽萍".into(), "09:30–10:30".into())),
            other: now.then(|| "何军".into()),
            hold,
            at: "09:30".into(),
            hands: vec![hand(Some(text!("没有这项技能"))), hand(None)],
            others: vec![other.clone()],
            can_change,
            close: "/roster?day=2026-11-22".into(),
            guard: FormGuard::default(),
        };
        vec![chosen(Hold::Pinned, true, true), chosen(Hold::Free, false, true), chosen(Hold::Begun, true, false)]
    }

    const fn is_pinned(&self) -> bool {
        matches!(self.hold, Hold::Pinned | Hold::ByHand)
    }
}

fn times(stop: &Stop) -> String {
    format!("{}–{}", wording::clock(stop.start), wording::clock(stop.end))
}

/// Somebody who could come, with what speaks against it at a glance.
fn choice(desk: &Desk, job: &Job, hand: &Hand, stop: Option<&Stop>) -> Choice {
    let worker = hand.worker.id;
    let able = job.order.class().is_none_or(|class| hand.worker.skills & class.skill() != 0);
    let n = desk.stops.iter().filter(|stop| stop.worker == worker).count();
    let says = match (able, job.familiar.contains(&worker)) {
        (false, _) => text!("没有这项技能"),
        (true, true) => text!("熟人，已排 {n} 户", n = n),
        (true, false) => text!("已排 {n} 户", n = n),
    };
    let is_now = stop.is_some_and(|stop| stop.worker == worker);
    Choice { value: worker.to_string(), name: hand.worker.name.clone(), says: Some(says), is_now }
}

/// Visits of others that this one could be swapped with.
fn others(desk: &Desk, stop: Option<&Stop>) -> Vec<Choice> {
    let Some(stop) = stop else { return Vec::new() };
    let can = |other: &&Stop| other.worker != stop.worker && other.order != stop.order && other.hold != Hold::Begun;
    let mut others: Vec<&Stop> = desk.stops.iter().filter(can).collect();
    // Those near in time are the ones that people swap.
    others.sort_by_key(|other| (other.start - stop.start).num_seconds().abs());
    others
        .into_iter()
        .take(30)
        .filter_map(|other| {
            let job = desk.day.job(other.order)?;
            let elder = job.elder.as_ref().map_or("", |elder| elder.name.as_str());
            let who = desk.day.name(other.worker);
            let name = format!("{who} {} {elder} {}", wording::clock(other.start), job.order.item_name);
            Some(Choice { value: visit_name(other.id()), name, says: None, is_now: false })
        })
        .collect()
}
