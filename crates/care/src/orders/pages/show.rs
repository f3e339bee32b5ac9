//! `/orders/{key}`: one order with its case, its visit and what it went through.

use askama::Template;
use axum::extract::State;
use chrono::TimeDelta;
use kernel::{Instant, Text, text};
use store::journal;
use web::{
    filters,
    head::{Head, Label},
    page::{Page, PageResult, Samples, View},
    routes::Visible,
    session::Session,
    state::AppState,
};

use super::case::Case;
use crate::{
    orders::{
        Order,
        events::{self, OrderFacts},
        timeline,
    },
    visits,
};

/// The page of an order.
#[derive(Debug, Template)]
#[template(path = "orders/show.html")]
pub(crate) struct OrderPage {
    key: String,
    number: String,
    case: Case,
    visit: Option<VisitView>,
    history: Vec<Step>,
}

/// The visit behind it.
#[derive(Debug)]
struct VisitView {
    from: Instant,
    to: Option<Instant>,
    minutes: Option<i64>,
    strength: i16,
    is_enough: bool,
    flags: Vec<&'static str>,
    proofs: Vec<Proven>,
}

/// One proof.
#[derive(Debug)]
struct Proven {
    kind: &'static str,
    moment: &'static str,
    at: Instant,
    distance: Option<(i32, i32)>,
}

/// One entry of its history.
#[derive(Debug)]
struct Step {
    at: Instant,
    what: Text,
    who: String,
    reasons: Vec<&'static str>,
    tone: &'static str,
}

impl View for OrderPage {
    fn head(&self) -> Head {
        Head::new(text!("服务工单 {number}", number = self.number))
            .menu("orders")
            .crumb(text!("派单台"), "/orders")
            .here(Label::data(self.number.clone()))
            .with_persons()
    }
}

pub(super) async fn show(
    State(state): State<AppState>,
    session: Session,
    Visible(order): Visible<Order>,
) -> PageResult<OrderPage> {
    let case = Case::of(&state, &session, &order, "order").await?;
    let visit = match visits::queries::of_order(&state.db, &order).await? {
        Some(visit) => {
            let proofs = visits::queries::proofs(&state.db, &visit).await?;
            Some(VisitView::of(&visit, &proofs))
        }
        None => None,
    };
    let entries = journal::history(&state.db, order.home()?, order.id).await?;
    let history = entries.iter().rev().map(step).collect();
    Ok(Page(OrderPage { key: order.key()?.to_string(), number: order.number.clone(), case, visit, history }))
}

impl VisitView {
    fn of(visit: &visits::Visit, proofs: &[visits::Proof]) -> Self {
        let proven = |proof: &visits::Proof| Proven {
            kind: proof.kind.word(),
            moment: proof.moment.word(),
            at: proof.at,
            distance: proof.distance_m.zip(proof.accuracy_m),
        };
        Self {
            from: visit.started_at,
            to: visit.ended_at,
            minutes: visit.ended_at.map(|to| (to - visit.started_at).num_minutes()),
            strength: visit.strength,
            is_enough: visit.enough,
            flags: visit.flags().into_iter().map(visits::Flag::word).collect(),
            proofs: proofs.iter().map(proven).collect(),
        }
    }
}

fn step(entry: &journal::Entry) -> Step {
    let facts = entry.facts::<OrderFacts>().ok();
    let reasons =
        facts.iter().flat_map(|facts| &facts.reasons).filter_map(|name| events::reason(&entry.kind, name)).collect();
    let tone = timeline::tone(&entry.kind).class();
    Step { at: entry.at, what: events::said(&entry.kind, facts.as_ref()), who: entry.actor_name.clone(), reasons, tone }
}

impl Samples for OrderPage {
    fn samples() -> Vec<Self> {
        let now = web::frame::Frame::sample(web::i18n::Locale::Zh).now;
        let step = |what, reasons: Vec<&'static str>, tone| Step { at: now, what, who: "周敏".into(), reasons, tone };
        let page = |case: Case, visit, history| Self {
            key: case.key.clone(),
            number: case.number.clone(),
            case,
            visit,
            history,
        };
        let proof = |distance| Proven { kind: "定位", moment: "签到", at: now, distance };
        let visit = VisitView {
            from: now,
            to: Some(now + TimeDelta::minutes(62)),
            minutes: Some(62),
            strength: 80,
            is_enough: true,
            flags: visits::Flag::ALL.iter().map(|flag| flag.word()).collect(),
            proofs: vec![proof(Some((51, 25))), proof(None)],
        };
        let open =
            VisitView { to: None, minutes: None, is_enough: false, flags: vec![], proofs: vec![], ..Self::open(now) };
        let told = events::KINDS.iter().map(|kind| step(events::said(kind, None), vec!["路远"], "soon")).collect();
        let mut visits = vec![Some(visit), Some(open), None].into_iter();
        let mut histories = vec![told, vec![], vec![]].into_iter();
        Case::samples()
            .into_iter()
            .map(|case| page(case, visits.next().flatten(), histories.next().unwrap_or_default()))
            .collect()
    }
}

impl OrderPage {
    fn open(now: Instant) -> VisitView {
        VisitView { from: now, to: None, minutes: None, strength: 15, is_enough: false, flags: vec![], proofs: vec![] }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_holds_in_both_languages() {
        web::check::all::<super::OrderPage>();
    }
}
