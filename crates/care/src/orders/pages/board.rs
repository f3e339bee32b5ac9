//! `/orders`: the live board. Counts as a strip, three lanes that need a hand, one case beside them.

use askama::Template;
use axum::extract::State;
use chrono::NaiveDate;
use kernel::{Action, Instant, Key, Result, business_day, text};
use web::{
    filters,
    head::Head,
    page::{Page, PageResult, Samples, View},
    query::ListQuery,
    session::Session,
    state::AppState,
};

use super::{
    card::{self, Card, Sign},
    case::Case,
    names::Names,
    wording,
};
use crate::orders::{
    Order, Stage,
    queries::{self, Board, Count},
};

/// Cards of a lane.
const CARDS: u64 = 6;

/// The board.
#[derive(Debug, Template)]
#[template(path = "orders/board.html")]
pub(crate) struct BoardPage {
    href: String,
    figures: Vec<Figure>,
    done: web::list::Count,
    lanes: Vec<LaneView>,
    case: Option<Case>,
    today: NaiveDate,
    unit: String,
    at: Instant,
    may_place: bool,
}

/// A stage in the strip.
#[derive(Debug)]
struct Figure {
    stage: Stage,
    n: web::list::Count,
    late: u64,
    needs_a_hand: bool,
}

/// A lane with its cards.
#[derive(Debug)]
struct LaneView {
    sign: Sign,
    stage: Stage,
    all: web::list::Count,
    more: u64,
    cards: Vec<Card>,
}

impl View for BoardPage {
    fn head(&self) -> Head {
        let head = Head::new(text!("派单台"))
            .menu("orders")
            .soft(wording::day(self.today))
            .scope(text!("范围：{place}", place = self.unit))
            .fresh(self.at)
            .with_persons()
            .ghost(text!("列表"), "layout-list", "/orders/list");
        if self.may_place { head.solid(text!("代老人下单"), "plus", "/elders") } else { head }
    }
}

pub(crate) fn shown(count: Count) -> web::list::Count {
    if count.more { web::list::Count::AtLeast(count.n) } else { web::list::Count::Exact(count.n) }
}

pub(super) async fn show(State(state): State<AppState>, session: Session, query: ListQuery) -> PageResult<BoardPage> {
    let (scope, now) = (session.scope(), state.clock().now());
    let board = queries::board(&state.db, &scope, now, CARDS).await?;
    let chosen = query.get("case").map(str::to_owned);
    let case = match chosen.as_deref().and_then(|key| key.parse::<Key<Order>>().ok()) {
        Some(key) => match queries::find(&state.db, &scope, key).await? {
            Some(order) => Some(Case::of(&state, &session, &order, "board").await?),
            None => None,
        },
        None => None,
    };
    let orders: Vec<_> = board.lanes.iter().flat_map(|lane| &lane.orders).collect();
    let names = Names::of(&state.db, &scope, &orders).await?;
    let is_providers = session.actor.acting.organisation.is_some();
    let lanes = lanes(&board, &names, now, card::Board { chosen: chosen.as_deref(), is_providers })?;
    Ok(Page(BoardPage {
        href: query.href(),
        figures: figures(&board),
        done: shown(board.done_today),
        lanes,
        case,
        today: business_day(now),
        unit: session.grant.extent.clone(),
        at: now,
        may_place: session.actor.may(Action::PlaceOrder).is_ok(),
    }))
}

fn figures(board: &Board) -> Vec<Figure> {
    let figure = |(stage, all, late): &(Stage, Count, Count)| Figure {
        stage: *stage,
        n: shown(*all),
        late: late.n,
        needs_a_hand: board.lanes.iter().any(|lane| lane.stage == *stage),
    };
    board.stages.iter().map(figure).collect()
}

fn lanes(board: &Board, names: &Names, now: Instant, on: card::Board<'_>) -> Result<Vec<LaneView>> {
    let view = |lane: &queries::Lane| {
        let cards = lane.orders.iter().map(|order| Card::of(order, names, now, on)).collect::<Result<Vec<_>>>()?;
        let more = lane.all.n.saturating_sub(cards.len() as u64);
        Ok(LaneView { sign: Sign(lane.stage), stage: lane.stage, all: shown(lane.all), more, cards })
    };
    board.lanes.iter().map(view).collect()
}

impl Samples for BoardPage {
    fn samples() -> Vec<Self> {
        let now = web::frame::Frame::sample(web::i18n::Locale::Zh).now;
        let lane = |stage: Stage, cards: Vec<Card>| LaneView {
            sign: Sign(stage),
            stage,
            all: web::list::Count::Exact(cards.len() as u64 + 2),
            more: 2,
            cards,
        };
        let card = |minutes, tries| Card {
            href: "/orders?case=x".into(),
            is_chosen: tries > 0,
            item: "助浴".into(),
            minutes: 60,
            is_pair: tries > 0,
            elder: (minutes != 20).then(|| "方长顺".into()),
            age: Some(86),
            place: "文昌街道 槐荫社区".into(),
            window: text!("明天 {from}–{to}", from = "9:30", to = "11:00"),
            channel: crate::orders::Channel::Plan,
            who: (tries > 0).then(|| "安颐居家".into()),
            due: Some(super::wording::Due::of(now + chrono::TimeDelta::minutes(minutes), now)),
            tries,
        };
        let page = |lanes: Vec<LaneView>, case| Self {
            href: "/orders".into(),
            figures: Stage::OPEN
                .map(|stage| Figure {
                    stage,
                    n: web::list::Count::Exact(6),
                    late: 1,
                    needs_a_hand: stage < Stage::Taken,
                })
                .into(),
            done: web::list::Count::AtLeast(10_000),
            lanes,
            case,
            today: business_day(now),
            unit: "全区 7 家服务商".into(),
            at: now,
            may_place: true,
        };
        let full = || {
            vec![
                lane(Stage::Placed, vec![card(-4, 0), card(6, 0)]),
                lane(Stage::Accepted, vec![card(3, 1), card(20, 0)]),
                lane(Stage::Offered, vec![]),
            ]
        };
        let mut pages: Vec<_> = Case::samples().into_iter().map(|case| page(full(), Some(case))).collect();
        pages.push(page(Vec::new(), None));
        pages
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_board_holds_in_both_languages() {
        web::check::all::<super::BoardPage>();
    }
}
