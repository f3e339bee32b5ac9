//! `/orders/export`: what is listed, as an Excel sheet. Each person in it is noted before it leaves.

use axum::{Extension, extract::State, response::Response};
use kernel::{Fen, Home, Result, Text, text};
use store::accesses;
use web::{
    export::{Cell, Pages, Rows, Sheet, download as as_download},
    frame::Frame,
    i18n::{Locale, Translate as _},
    page::ErrorPage,
    query::ListQuery,
    session::Session,
    state::AppState,
};

use super::{list, names::Names, wording};
use crate::orders::{
    Order,
    queries::{self, After, Filter},
};

/// The most rows of one sheet: whoever needs more narrows.
const MOST: usize = 10_000;
/// Rows read and noted together.
const STEP: usize = 500;

pub(super) async fn download(
    State(state): State<AppState>,
    session: Session,
    Extension(frame): Extension<Frame>,
    query: ListQuery,
) -> Result<Response, ErrorPage> {
    let filter = list::filter(&query);
    let say = |text: Text| text.in_locale(frame.locale);
    let mut sheet = Sheet::new(&say(text!("服务工单")), heads().into_iter().map(say).collect())?;
    sheet.fill(MOST, &Listed { state: &state, session: &session, filter, locale: frame.locale }).await?;
    Ok(as_download(&format!("{} {}", say(text!("服务工单")), state.clock().today()), sheet.finish()?))
}

/// The orders of a list.
struct Listed<'a> {
    state: &'a AppState,
    session: &'a Session,
    filter: Filter,
    locale: Locale,
}

impl Pages for Listed<'_> {
    type Position = After;

    async fn after(&self, position: Option<After>) -> Result<Rows<After>> {
        let (db, scope) = (&self.state.db, self.session.scope());
        let page = queries::list(db, &scope, &self.filter, position, STEP as u64).await?;
        let names = Names::of(db, &scope, &page.iter().collect::<Vec<_>>()).await?;
        let named = page.iter().filter(|order| names.elder(order).is_some());
        let people = named.map(|order| Ok((Home::new(order.home)?, order.elder))).collect::<Result<Vec<_>>>()?;
        accesses::note(db, &self.session.actor, &people, "export", "").await?;
        let next = page.last().filter(|_| page.len() == STEP).map(|order| self.filter.position(order));
        Ok((page.iter().map(|order| cells(order, &names, self.locale)).collect::<Result<_>>()?, next))
    }
}

fn heads() -> Vec<Text> {
    vec![
        text!("单号"),
        text!("项目"),
        text!("老人"),
        text!("居住地"),
        text!("最早到达"),
        text!("最晚到达"),
        text!("状态"),
        text!("来源"),
        text!("服务商"),
        text!("护理员"),
        text!("签到"),
        text!("签退"),
        text!("价格（元）"),
        text!("补贴（元）"),
        text!("自付（元）"),
        text!("评分"),
    ]
}

fn cells(order: &Order, names: &Names, locale: Locale) -> Result<Vec<Cell>> {
    let say = |word: &'static str| Cell::Text(Text::new(word).in_locale(locale));
    let name = |name: Option<String>| name.map_or(Cell::Empty, Cell::Text);
    Ok(vec![
        Cell::Text(order.number.clone()),
        Cell::Text(order.item_name.clone()),
        name(names.elder(order).map(|elder| elder.name.clone())),
        Cell::Text(wording::place(order.place().ok())),
        Cell::Time(order.window_start),
        Cell::Time(order.window_end),
        say(order.stage()?.word()),
        order.channel().map_or(Cell::Empty, |channel| say(channel.word())),
        name(names.provider(order)),
        name(names.crew(order)),
        order.started_at.map_or(Cell::Empty, Cell::Time),
        order.ended_at.map_or(Cell::Empty, Cell::Time),
        Cell::Money(Fen(order.price_fen)),
        Cell::Money(Fen(order.subsidy_fen)),
        Cell::Money(Fen(order.own_fen)),
        order.score.map_or(Cell::Empty, |score| Cell::Number(f64::from(score))),
    ])
}
