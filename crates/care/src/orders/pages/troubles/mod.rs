//! `/orders/troubles`: what phones could not do and a person must look after; its badge in the menu, and its sheet.

mod case;

pub(super) use case::time;

use askama::{Template, filters::HtmlSafe};
use axum::{Extension, extract::State, response::Response};
use chrono::DateTime;
use kernel::{Action, Instant, Result, Text, business_day, text};
use web::{
    commands::{
        Why,
        troubles::{self as book, Kind},
    },
    export::{Cell, Sheet, download as as_download},
    filters,
    frame::Frame,
    head::Head,
    i18n::{Locale, Translate},
    list::{Column, Count, Empty, ListView},
    menu::Badge,
    page::{ErrorPage, Fragment, FragmentResult, Page, PageResult, Samples, View},
    query::{Cursor, ListQuery, Place},
    routes::Routes,
    session::Session,
    state::AppState,
};

use super::{card::Sign, wording};
use crate::orders::{
    Refusal, Stage,
    troubles::{self, Case},
};

/// Nobody counts beyond this.
const CAP: u64 = 1_000;
/// The most rows of a sheet.
const MOST: u64 = 5_000;

/// The list.
#[derive(Debug, Template)]
#[template(source = "{{ list }}", ext = "html")]
pub(crate) struct TroublesPage {
    list: ListView<Row>,
    unit: String,
    at: Instant,
}

/// One command of the list.
#[derive(Clone, Debug, Template)]
#[template(path = "orders/_trouble_row.html")]
pub(crate) struct Row {
    key: String,
    wanted: Text,
    by: String,
    /// Item and number of the order, while it is ours.
    order: Option<(String, String)>,
    made_at: Instant,
    received_at: Instant,
    sign: Badged,
    cause: Cause,
    now: Option<(Sign, Text)>,
}

impl HtmlSafe for Row {}

/// Why a command did not take effect, in words.
#[derive(Clone, Debug)]
pub(super) enum Cause {
    Said(Text),
    Told(Why),
}

impl Translate for Cause {
    fn in_locale(&self, locale: Locale) -> String {
        match self {
            Self::Said(text) => text.in_locale(locale),
            Self::Told(why) => why.in_locale(locale),
        }
    }
}

/// The kind of a trouble: icon and word.
#[derive(Clone, Copy, Debug, Template)]
#[template(
    source = r#"{% let (icon, word, tone) = self.looks() %}<span class="sign {{ tone }}">{{ icon|icon }}{{ word|t }}</span>"#,
    ext = "html"
)]
pub(super) struct Badged(Kind);

impl HtmlSafe for Badged {}

impl Badged {
    const fn looks(self) -> (&'static str, &'static str, &'static str) {
        match self.0 {
            Kind::Parked => ("hourglass", "等前一步", "soon"),
            Kind::Refused => ("ban", "没有通过", "bad"),
            Kind::Conflict => ("arrow-back-up", "有冲突", "wait"),
        }
    }
}

impl View for TroublesPage {
    fn head(&self) -> Head {
        Head::new(text!("手机疑难"))
            .menu("troubles")
            .crumb(text!("派单台"), "/orders")
            .here(text!("手机疑难"))
            .scope(text!("范围：{place}", place = self.unit))
            .fresh(self.at)
            .with_persons()
    }
}

pub(super) fn routes() -> Routes {
    let may = Action::AssignOrder;
    Routes::new("care")
        .get("/orders/troubles", may, show)
        .get("/orders/troubles/badge", may, badge)
        .get("/orders/troubles/export", may, download)
        .get("/orders/troubles/{trouble}", may, case::show)
        .post("/orders/troubles/{trouble}/enter", may, case::enter)
        .post("/orders/troubles/{trouble}/dismiss", may, case::dismiss)
}

/// The position of a command in the list, for an address.
pub(crate) fn cursor(case: &Case) -> Cursor {
    Cursor(vec![case.trouble.received_at.timestamp_micros().to_string(), case.trouble.id.to_string()])
}

/// Reads a position; a broken one is the first page.
pub(crate) fn after(cursor: &Cursor) -> Option<(Instant, uuid::Uuid)> {
    let [at, id] = cursor.0.as_slice() else { return None };
    Some((DateTime::from_timestamp_micros(at.parse().ok()?)?, id.parse().ok()?))
}

/// What a verb of a phone is called.
pub(super) fn wanted(verb: &str) -> Text {
    match verb {
        "order.accept" => text!("接单"),
        "order.check_in" => text!("签到"),
        "order.check_out" => text!("签退"),
        "order.note" => text!("备注"),
        _ => text!("平台不认识的一步"),
    }
}

/// Why it did not take effect.
pub(super) fn cause(case: &Case, now: Instant) -> Result<Cause> {
    Ok(match case.trouble.kind() {
        Kind::Parked => {
            Cause::Said(text!("前一步一直没有传上来，已等 {n} 天", n = (now - case.trouble.received_at).num_days()))
        }
        Kind::Conflict => Cause::Said(text!("手机离线时工单被别人改过，手机看到的是旧的")),
        Kind::Refused => match case.trouble.why()? {
            Some(why) => Cause::Told(why),
            None => Cause::Said(text!("没有写明原因")),
        },
    })
}

async fn show(State(state): State<AppState>, session: Session, query: ListQuery) -> PageResult<TroublesPage> {
    let (scope, now, size) = (session.scope(), state.clock().now(), query.size());
    let from = match query.place() {
        Place::After(cursor) => after(&cursor),
        Place::First | Place::Before(_) => None,
    };
    let mut cases = troubles::list(&state.db, &scope, from, size + 1).await?;
    let more = cases.len() as u64 > size;
    cases.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    let counted = book::count(&state.db, &scope, CAP).await?;
    let rows = cases.iter().map(|case| Row::of(case, now)).collect::<Result<Vec<_>>>()?;
    let mut list = framed(query, rows, Count::capped(counted, CAP));
    list.next = cases.last().filter(|_| more).map(cursor);
    Ok(Page(TroublesPage { list, unit: session.grant.label.clone(), at: now }))
}

async fn badge(State(state): State<AppState>, session: Session) -> FragmentResult<Badge> {
    Ok(Fragment(Badge::of(book::count(&state.db, &session.scope(), Badge::MOST).await?)))
}

impl Row {
    fn of(case: &Case, now: Instant) -> Result<Self> {
        let order = case.order.as_ref();
        let stands = order.map(|order| {
            let window = wording::window(order.window_start, order.window_end, business_day(now));
            Ok::<_, kernel::Failure>((Sign(order.stage()?), window))
        });
        Ok(Self {
            key: case.trouble.key()?.to_string(),
            wanted: wanted(&case.trouble.verb),
            by: case.by.clone(),
            order: order.map(|order| (order.item_name.clone(), order.number.clone())),
            made_at: case.trouble.true_at,
            received_at: case.trouble.received_at,
            sign: Badged(case.trouble.kind()),
            cause: cause(case, now)?,
            now: stands.transpose()?,
        })
    }
}

fn framed(query: ListQuery, rows: Vec<Row>, counted: Count) -> ListView<Row> {
    let empty = Empty {
        text: text!("护理员手机上的每一步都已办成"), act: text!("回派单台"), href: "/orders".into()
    };
    let columns = vec![
        Column::new("wanted", text!("想做什么")).fixed(),
        Column::new("order", text!("工单")),
        Column::new("made", text!("手机上的时间")),
        Column::new("received", text!("收到")),
        Column::new("cause", text!("为什么没成")).fixed(),
        Column::new("now", text!("工单现在")),
    ];
    let mut list = ListView::new("troubles", text!("手机疑难"), query, columns, empty);
    list.total = text!("共 {n} 条", n = counted);
    list.rows = rows;
    list.export = Some("/orders/troubles/export");
    list.live = Some("command order");
    list
}

async fn download(
    State(state): State<AppState>,
    session: Session,
    Extension(frame): Extension<Frame>,
) -> Result<Response, ErrorPage> {
    let (say, now) = (|text: Text| text.in_locale(frame.locale), state.clock().now());
    let heads = [
        text!("想做什么"),
        text!("护理员"),
        text!("单号"),
        text!("项目"),
        text!("手机上的时间"),
        text!("收到"),
        text!("为什么没成"),
        text!("工单现在"),
    ];
    let mut sheet = Sheet::new(&say(text!("手机疑难")), heads.into_iter().map(say).collect())?;
    for case in troubles::list(&state.db, &session.scope(), None, MOST).await? {
        let order = case.order.as_ref();
        let text = |value: Option<&String>| value.map_or(Cell::Empty, |value| Cell::Text(value.clone()));
        let stage = order.and_then(|order| order.stage().ok()).map(Stage::word);
        sheet.row(&[
            Cell::Text(say(wanted(&case.trouble.verb))),
            Cell::Text(case.by.clone()),
            text(order.map(|order| &order.number)),
            text(order.map(|order| &order.item_name)),
            Cell::Time(case.trouble.true_at),
            Cell::Time(case.trouble.received_at),
            Cell::Text(cause(&case, now)?.in_locale(frame.locale)),
            stage.map_or(Cell::Empty, |word| Cell::Text(say(Text::new(word)))),
        ])?;
    }
    Ok(as_download(&format!("{} {}", say(text!("手机疑难")), state.clock().today()), sheet.finish()?))
}

/// An invented refusal.
fn refused() -> Why {
    Why::from(&kernel::Refused::from(Refusal::NotYours))
}

impl Samples for TroublesPage {
    fn samples() -> Vec<Self> {
        let now = web::frame::Frame::sample(Locale::Zh).now;
        let row = |kind, verb: &str, cause, ours: bool| Row {
            key: "411002-aaaaaaaaaaaaaaaaaaaaaaaaaa".into(),
            wanted: wanted(verb),
            by: "孙丽萍".into(),
            order: ours.then(|| ("助浴".into(), "20261121-411002-00482".into())),
            made_at: now,
            received_at: now,
            sign: Badged(kind),
            cause,
            now: ours.then(|| (Sign(Stage::Taken), text!("今天 {from}–{to}", from = "9:30", to = "11:00"))),
        };
        let rows = vec![
            row(Kind::Parked, "order.check_out", Cause::Said(text!("前一步一直没有传上来，已等 {n} 天", n = 3)), true),
            row(Kind::Refused, "order.check_in", Cause::Told(refused()), true),
            row(Kind::Conflict, "order.accept", Cause::Said(text!("手机离线时工单被别人改过，手机看到的是旧的")), true),
            row(Kind::Refused, "order.note", Cause::Said(text!("没有写明原因")), false),
            row(Kind::Refused, "order.fly", Cause::Told(refused()), false),
        ];
        let page = |rows: Vec<Row>| {
            let counted = Count::Exact(rows.len() as u64);
            let list = framed(ListQuery::new("/orders/troubles", ""), rows, counted);
            Self { list, unit: "安颐居家".into(), at: now }
        };
        vec![page(rows), page(Vec::new())]
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_list_of_troubles_holds_in_both_languages() {
        web::check::all::<super::TroublesPage>();
    }
}
