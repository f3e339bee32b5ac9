//! One order as a dispatcher handles it: what it is, who could go and why, and what can be done now. It stands beside
//! the board and on the order's own page.

use askama::{Template, filters::HtmlSafe};
use kernel::{Action, Failure, Fen, Instant, Result, Text, business_day, text};
use registry::{elders::Elder, organisations, workers};
use web::{filters, form::FormGuard, session::Session, state::AppState};

use super::{
    card::Sign,
    names::Names,
    wording::{self, Due},
};
use crate::{
    orders::{AbortReason, CancelReason, Channel, Complaint, DeclineReason, Order, Stage, candidates, queries},
    visits,
};

/// Candidates shown with their reasons.
const SHOWN: usize = 3;

/// What can be done to an order now by the one who looks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Can {
    pub accept: bool,
    pub dispatch: bool,
    pub assign: bool,
    pub give_back: bool,
    pub withdraw: bool,
    pub cancel: bool,
    pub abort: bool,
    pub correct: bool,
    pub confirm: bool,
    pub rate: bool,
}

impl Can {
    fn of(session: &Session, order: &Order) -> Result<Self> {
        let stage = order.stage()?;
        let may = |action| session.actor.may(action).is_ok();
        let administers = session.actor.acting.organisation.is_none();
        let arranges = may(Action::AssignOrder) || may(Action::PlaceOrder);
        Ok(Self {
            accept: stage == Stage::Placed && arranges,
            dispatch: stage == Stage::Accepted && administers && arranges,
            assign: stage == Stage::Accepted && order.provider.is_some() && may(Action::AssignOrder),
            give_back: stage == Stage::Accepted && order.provider.is_some() && !administers && may(Action::AssignOrder),
            withdraw: matches!(stage, Stage::Offered | Stage::Taken) && may(Action::AssignOrder),
            cancel: stage.is_before_start() && may(Action::CancelOrder),
            abort: stage == Stage::Serving && may(Action::AssignOrder),
            correct: matches!(stage, Stage::Serving | Stage::Served) && may(Action::AssignOrder),
            confirm: stage == Stage::Served && may(Action::ConfirmOrder),
            rate: stage == Stage::Confirmed && may(Action::ConfirmOrder),
        })
    }
}

/// A worker or a provider to choose.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub value: String,
    pub name: String,
}

/// A candidate, or a pair.
#[derive(Clone, Debug)]
pub(crate) struct TeamView {
    names: String,
    lead: String,
    second: Option<String>,
    reasons: Vec<(bool, Text)>,
}

/// The case.
#[derive(Clone, Debug, Template)]
#[template(path = "orders/_case.html")]
pub(crate) struct Case {
    pub key: String,
    pub back: &'static str,
    pub number: String,
    pub item: String,
    pub minutes: i32,
    pub is_pair: bool,
    pub sign: Sign,
    pub channel: Channel,
    pub placed_at: Instant,
    pub due: Option<Due>,
    pub left_alone: Option<Text>,
    /// Name, and the page of the file for those who may open it.
    pub elder: Option<(String, Option<String>)>,
    pub age: Option<i32>,
    pub place: String,
    pub window: Text,
    pub price: Fen,
    pub subsidy: Fen,
    pub own: Fen,
    pub provider: Option<String>,
    pub crew: Option<String>,
    pub note: Option<String>,
    pub teams: Vec<TeamView>,
    pub all_teams: usize,
    pub hands: Vec<Named>,
    pub providers: Vec<Named>,
    pub can: Can,
    pub guard: FormGuard,
}

impl HtmlSafe for Case {}

impl Case {
    /// The case of an order that the session sees. `back` is where its buttons lead: `board` or `order`.
    pub(crate) async fn of(state: &AppState, session: &Session, order: &Order, back: &'static str) -> Result<Self> {
        let (db, now) = (&state.db, state.clock().now());
        let names = Names::of(db, &session.scope(), &[order]).await?;
        let can = Can::of(session, order)?;
        let (teams, hands) = if can.assign { proposals(state, order).await? } else { Default::default() };
        let providers = if can.dispatch { providers(state, order).await? } else { Vec::new() };
        let (parts, elder) = (order.parts(), names.elder(order));
        Ok(Self {
            key: order.key()?.to_string(),
            back,
            number: order.number.clone(),
            item: order.item_name.clone(),
            minutes: order.minutes,
            is_pair: order.pair,
            sign: Sign(order.stage()?),
            channel: order.channel().unwrap_or(Channel::Phone),
            placed_at: order.placed_at,
            due: order.due_at.map(|at| Due::of(at, now)),
            left_alone: left_alone(state, order).await?,
            elder: elder.map(|elder| Ok::<_, Failure>((elder.name.clone(), file(session, elder)?))).transpose()?,
            age: elder.and_then(|elder| elder.age(business_day(now))),
            place: wording::place(order.place().ok()),
            window: wording::window(order.window_start, order.window_end, business_day(now)),
            price: parts.price,
            subsidy: parts.subsidy,
            own: parts.own,
            provider: names.provider(order),
            crew: names.crew(order),
            note: crate::orders::notes(&state.keys, order).await?.note,
            all_teams: teams.len(),
            teams: teams.into_iter().take(SHOWN).collect(),
            hands,
            providers,
            can,
            guard: session.guard(),
        })
    }

    /// What ends or turns back the order: the verb in the address, its reasons, its words.
    fn ways_out(&self) -> Vec<(&'static str, &'static str, &'static str)> {
        let all = [
            (self.can.give_back, ("return", "decline", "退回县区")),
            (self.can.withdraw, ("withdraw", "decline", "收回改派")),
            (self.can.abort, ("abort", "abort", "中止服务")),
            (self.can.cancel, ("cancel", "cancel", "取消工单")),
        ];
        all.into_iter().filter_map(|(may, way)| may.then_some(way)).collect()
    }

    fn is_beside_board(&self) -> bool {
        self.back == "board"
    }

    fn reasons(of: &'static str) -> Vec<(&'static str, &'static str)> {
        match of {
            "decline" => {
                let given = DeclineReason::ALL.iter().filter(|reason| !reason.is_found());
                given.map(|reason| (reason.name(), reason.word())).collect()
            }
            "cancel" => CancelReason::ALL.iter().map(|reason| (reason.name(), reason.word())).collect(),
            "abort" => AbortReason::ALL.iter().map(|reason| (reason.name(), reason.word())).collect(),
            _ => Complaint::ALL.iter().map(|reason| (reason.name(), reason.word())).collect(),
        }
    }
}

/// The page of an elder's file, for those who may open it.
fn file(session: &Session, elder: &Elder) -> Result<Option<String>> {
    let href = format!("/elders/{}", elder.key()?);
    Ok(session.actor.may(Action::ViewElders).is_ok().then_some(href))
}

/// What the rules do with the order when nobody does anything in time.
async fn left_alone(state: &AppState, order: &Order) -> Result<Option<Text>> {
    let rules = queries::rules(&state.db, order.place()?, state.clock().today()).await?;
    Ok(match order.stage()? {
        Stage::Accepted if rules.assigned_when_late && order.provider.is_some() && order.tries < rules.tries => {
            Some(text!("到时自动派给首位合适的候选人"))
        }
        Stage::Offered => Some(text!("到时没有接单就退回待派单")),
        Stage::Served => Some(text!("到时没有异议就自动确认")),
        _ => None,
    })
}

/// The proposals, and all workers to choose from by hand.
async fn proposals(state: &AppState, order: &Order) -> Result<(Vec<TeamView>, Vec<Named>)> {
    let door = visits::door_point(&state.db, &state.keys, order).await?;
    let teams = candidates::teams(&state.db, order, door).await?;
    let view = |team: candidates::Team| {
        let crew = team.crew();
        let names: Vec<_> = team.members.iter().map(|member| member.name.clone()).collect();
        let mut reasons: Vec<(bool, Text)> = Vec::new();
        for reason in team.members.iter().flat_map(|member| &member.reasons) {
            if !reasons.iter().any(|(_, text)| *text == reason.text) {
                reasons.push((reason.is_for, reason.text.clone()));
            }
        }
        TeamView {
            names: names.join(" + "),
            lead: crew.lead.to_string(),
            second: crew.second.map(|second| second.to_string()),
            reasons,
        }
    };
    let provider = order.provider.unwrap_or_default();
    let all = workers::queries::of_organisation(&state.db, provider, business_day(order.window_start)).await?;
    let hands = all.into_iter().map(|worker| Named { value: worker.id.to_string(), name: worker.name }).collect();
    Ok((teams.into_iter().map(view).collect(), hands))
}

async fn providers(state: &AppState, order: &Order) -> Result<Vec<Named>> {
    let found = organisations::queries::providers_for(&state.db, order.place()?).await?;
    Ok(found.into_iter().map(|found| Named { value: found.id.to_string(), name: found.name }).collect())
}

impl Case {
    /// Invented cases.
    pub(crate) fn samples() -> Vec<Self> {
        let now = web::frame::Frame::sample(web::i18n::Locale::Zh).now;
        let team = |names: &str| TeamView {
            names: names.into(),
            lead: "1".into(),
            second: None,
            reasons: vec![(true, text!("会做这类服务")), (false, text!("当日第 {n} 单", n = 7))],
        };
        let all = Can {
            accept: true,
            dispatch: true,
            assign: true,
            give_back: true,
            withdraw: true,
            cancel: true,
            abort: true,
            correct: true,
            confirm: true,
            rate: true,
        };
        let case = |can, stage, teams: Vec<TeamView>| Self {
            key: "411002-aaaaaaaaaaaaaaaaaaaaaaaaaa".into(),
            back: "board",
            number: "20261121-411002-00482".into(),
            item: "助浴".into(),
            minutes: 60,
            is_pair: false,
            sign: Sign(stage),
            channel: Channel::Plan,
            placed_at: now,
            due: Some(Due::of(now + chrono::TimeDelta::minutes(3), now)),
            left_alone: Some(text!("到时自动派给首位合适的候选人")),
            elder: Some(("方长顺".into(), Some("/elders/411002-bbbbbbbbbbbbbbbbbbbbbbbbbb".into()))),
            age: Some(86),
            place: "文昌街道 槐荫社区".into(),
            window: text!("明天 {from}–{to}", from = "9:30", to = "11:00"),
            price: Fen(12_000),
            subsidy: Fen(9_600),
            own: Fen(2_400),
            provider: Some("安颐居家".into()),
            crew: None,
            note: Some("家属在场".into()),
            all_teams: teams.len(),
            hands: vec![Named { value: "1".into(), name: "孙丽萍".into() }],
            providers: vec![Named { value: "2".into(), name: "安颐居家".into() }],
            teams,
            can,
            guard: FormGuard::default(),
        };
        let plain = Self {
            elder: None,
            note: None,
            due: None,
            crew: Some("孙丽萍 + 何军".into()),
            ..case(Can::default(), Stage::Completed, vec![])
        };
        vec![
            case(all, Stage::Accepted, vec![team("孙丽萍"), team("马翠")]),
            Self { is_pair: true, ..case(Can { assign: true, ..Can::default() }, Stage::Accepted, vec![]) },
            plain,
        ]
    }
}
