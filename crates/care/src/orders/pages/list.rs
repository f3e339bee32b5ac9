//! `/orders/list`: orders narrowed by stage, class and day, paged by keyset.

use askama::{Template, filters::HtmlSafe};
use axum::extract::State;
use chrono::{DateTime, NaiveDate};
use kernel::{Fen, Instant, Region, Result, Text, business_day, text};
use registry::places;
use web::{
    filters,
    form::{Choice, Field, Kind},
    head::{Head, Label},
    list::{Chip, Column, Empty, ListView, SavedView},
    page::{Page, PageResult, Samples, View},
    query::{Cursor, ListQuery, Place},
    session::Session,
    state::AppState,
};

use super::{
    card::Sign,
    names::Names,
    wording::{self, Due},
};
use crate::{
    catalogue::Class,
    orders::{
        Order, Stage,
        queries::{self, After, Filter},
    },
};

/// The list.
#[derive(Debug, Template)]
#[template(source = "{{ list }}", ext = "html")]
pub(crate) struct ListPage {
    list: ListView<Row>,
    unit: String,
    at: Instant,
}

/// One order of the list.
#[derive(Clone, Debug, Template)]
#[template(path = "orders/_row.html")]
pub(crate) struct Row {
    key: String,
    number: String,
    item: String,
    elder: Option<String>,
    place: String,
    window: Text,
    sign: Sign,
    due: Option<Due>,
    provider: Option<String>,
    crew: Option<String>,
    price: Fen,
    own: Fen,
}

impl HtmlSafe for Row {}

impl View for ListPage {
    fn head(&self) -> Head {
        Head::new(text!("服务工单"))
            .menu("orders")
            .crumb(text!("派单台"), "/orders")
            .here(text!("列表"))
            .scope(text!("范围：{place}", place = self.unit))
            .fresh(self.at)
            .with_persons()
    }
}

/// What the address asks for; unknown words ask for nothing.
pub(crate) fn filter(query: &ListQuery) -> Filter {
    Filter {
        stage: query.get("stage").and_then(Stage::named),
        class: query.get("class").and_then(Class::named),
        place: query.get("place").and_then(|code| code.parse::<Region>().ok()),
        provider: query.get("provider").and_then(|id| id.parse().ok()),
        day: query.get("day").and_then(|day| day.parse::<NaiveDate>().ok()),
    }
}

/// The position of an order in a list, for an address.
pub(crate) fn cursor(filter: &Filter, order: &Order) -> Cursor {
    let position = filter.position(order);
    Cursor(vec![position.at.timestamp_micros().to_string(), position.id.to_string()])
}

/// Reads a position; a broken one is the first page.
pub(crate) fn after(cursor: &Cursor) -> Option<After> {
    let [at, id] = cursor.0.as_slice() else { return None };
    Some(After { at: DateTime::from_timestamp_micros(at.parse().ok()?)?, id: id.parse().ok()? })
}

pub(super) async fn show(State(state): State<AppState>, session: Session, query: ListQuery) -> PageResult<ListPage> {
    let (scope, now, size) = (session.scope(), state.clock().now(), query.size());
    let filter = filter(&query);
    let from = match query.place() {
        Place::After(cursor) => after(&cursor),
        Place::First | Place::Before(_) => None,
    };
    let mut orders = queries::list(&state.db, &scope, &filter, from, size + 1).await?;
    let more = orders.len() as u64 > size;
    orders.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    let names = Names::of(&state.db, &scope, &orders.iter().collect::<Vec<_>>()).await?;
    let rows = orders.iter().map(|order| Row::of(order, &names, now)).collect::<Result<Vec<_>>>()?;
    let mut list = framed(query, &filter, rows, now);
    list.next = orders.last().filter(|_| more).map(|order| cursor(&filter, order));
    Ok(Page(ListPage { list, unit: session.grant.extent.clone(), at: now }))
}

impl Row {
    fn of(order: &Order, names: &Names, now: Instant) -> Result<Self> {
        Ok(Self {
            key: order.key()?.to_string(),
            number: order.number.clone(),
            item: order.item_name.clone(),
            elder: names.elder(order).map(|elder| elder.name.clone()),
            place: wording::place(order.place().ok()),
            window: wording::window(order.window_start, order.window_end, business_day(now)),
            sign: Sign(order.stage()?),
            due: order.due_at.map(|at| Due::of(at, now)),
            provider: names.provider(order),
            crew: names.crew(order),
            price: Fen(order.price_fen),
            own: Fen(order.own_fen),
        })
    }
}

fn framed(query: ListQuery, filter: &Filter, rows: Vec<Row>, now: Instant) -> ListView<Row> {
    let empty = Empty {
        text: text!("没有符合这些条件的工单"), act: text!("清空条件"), href: "/orders/list".into()
    };
    let columns = vec![
        Column::new("number", text!("单号 项目")).fixed(),
        Column::new("elder", text!("老人")),
        Column::new("window", text!("时段")),
        Column::new("stage", text!("状态")).fixed(),
        Column::new("provider", text!("服务商 护理员")),
        Column::new("price", text!("价格（元）")).numeric(),
        Column::new("own", text!("自付（元）")).numeric(),
    ];
    let mut list = ListView::new("orders", text!("服务工单"), query, columns, empty);
    list.total = text!("本页 {n} 单", n = rows.len());
    list.rows = rows;
    list.views = views(filter, business_day(now));
    list.chips = chips(filter);
    list.filters = fields(filter);
    list.export = Some("/orders/export");
    list.live = Some("order");
    list
}

fn views(filter: &Filter, today: NaiveDate) -> Vec<SavedView> {
    let view = |label: Text, href: String, current| SavedView { label: label.into(), href, count: None, current };
    let open = Stage::OPEN.iter().map(|stage| {
        let href = format!("/orders/list?stage={}", stage.name());
        view(Text::new(stage.word()), href, filter.stage == Some(*stage))
    });
    let all = view(text!("全部"), "/orders/list".into(), *filter == Filter::default());
    let day = Filter { day: Some(today), ..Filter::default() };
    let today = view(text!("今天"), format!("/orders/list?day={today}"), *filter == day);
    [all, today].into_iter().chain(open).collect()
}

fn chips(filter: &Filter) -> Vec<Chip> {
    let stage = filter.stage.map(|stage| Chip { label: Text::new(stage.word()).into(), name: "stage" });
    let class = filter.class.map(|class| Chip { label: Text::new(class.word()).into(), name: "class" });
    let day = filter.day.map(|day| Chip { label: Label::data(day.to_string()), name: "day" });
    let place = filter.place.and_then(places::full_name).map(|name| Chip { label: Label::data(name), name: "place" });
    [stage, class, day, place].into_iter().flatten().collect()
}

fn fields(filter: &Filter) -> Vec<Field> {
    let stages = Stage::ALL.iter().map(|stage| Choice::new(stage.name(), Text::new(stage.word()))).collect();
    let classes = Class::ALL.iter().map(|class| Choice::new(class.name(), Text::new(class.word()))).collect();
    vec![
        Field::new("stage", text!("状态"), Kind::Select(stages)).optional().value(filter.stage.map_or("", Stage::name)),
        Field::new("class", text!("服务类别"), Kind::Select(classes))
            .optional()
            .value(filter.class.map_or("", Class::name)),
        Field::new("day", text!("日期"), Kind::Line("date"))
            .optional()
            .value(filter.day.map(|day| day.to_string()).unwrap_or_default()),
    ]
}

impl Samples for ListPage {
    fn samples() -> Vec<Self> {
        let now = web::frame::Frame::sample(web::i18n::Locale::Zh).now;
        let row = |stage, elder: Option<&str>, due| Row {
            key: "411002-aaaaaaaaaaaaaaaaaaaaaaaaaa".into(),
            number: "20261121-411002-00482".into(),
            item: "助浴".into(),
            elder: elder.map(str::to_owned),
            place: "文昌街道 槐荫社区".into(),
            window: text!("今天 {from}–{to}", from = "9:30", to = "11:00"),
            sign: Sign(stage),
            due,
            provider: elder.map(|_| "安颐居家".into()),
            crew: elder.map(|_| "孙丽萍".into()),
            price: Fen(12_000),
            own: Fen(2_400),
        };
        let rows: Vec<_> = Stage::ALL
            .iter()
            .map(|stage| row(*stage, stage.is_open().then_some("陈秀云"), stage.is_open().then(|| Due::of(now, now))))
            .collect();
        let page = |query: &str, rows| {
            let query = ListQuery::new("/orders/list", query);
            let filter = filter(&query);
            Self { list: framed(query, &filter, rows, now), unit: "全区".into(), at: now }
        };
        vec![page("", rows), page("stage=offered&class=health&day=2026-11-21&place=411002", Vec::new())]
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_list_holds_in_both_languages() {
        web::check::all::<super::ListPage>();
    }
}
