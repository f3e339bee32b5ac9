//! A page for staff that shows every part of the look with invented data, so that a new page can be built from it and
//! the browser journeys can look at all parts at once.

use askama::{Template, filters::HtmlSafe};
use axum::{Extension, Router, routing::get};
use chrono::NaiveDate;
use kernel::{Common, Failure, FieldRefusal, Refused, Role, Text, text};

use crate::{
    chart::{Bar, Bars, Choropleth, MapPlace, Panel, Shape, Trend, schematic},
    filters,
    form::{Choice, Field, Form, FormGuard, Kind},
    frame::Frame,
    head::{Head, Label},
    list::{BulkAct, Chip, Column, Count, Empty, ListView, SavedView},
    page::{Door, Page, PageResult, Samples, View},
    query::{Cursor, ListQuery},
    routes::{Access, Routes},
};

/// One row of the sample list.
#[derive(Debug, Template)]
#[template(path = "styleguide/_elder.html")]
struct ElderRow {
    key: &'static str,
    name: &'static str,
    number: &'static str,
    sex: &'static str,
    age: u8,
    id_number: &'static str,
    level: u8,
    town: &'static str,
    address: &'static str,
    seen_days: u8,
}

impl HtmlSafe for ElderRow {}

/// Lists, forms, signs, boards.
#[derive(Template)]
#[template(path = "styleguide/console.html")]
struct Parts {
    list: ListView<ElderRow>,
    none: ListView<ElderRow>,
    form: Form,
}

/// Charts and maps.
#[derive(Template)]
#[template(path = "styleguide/charts.html")]
struct ChartParts {
    trend: Trend,
    map: Choropleth,
    bars: Bars,
    nothing: Trend,
}

/// A card of a lane.
#[derive(Debug)]
struct OrderCard {
    service: &'static str,
    elder: &'static str,
    place: &'static str,
    /// Minutes left; below zero when late.
    minutes: i32,
    chosen: bool,
}

/// A lane of a board.
#[derive(Debug)]
struct Lane {
    title: Text,
    icon: &'static str,
    kind: &'static str,
    cards: Vec<OrderCard>,
}

/// Boards and files.
#[derive(Template)]
#[template(path = "styleguide/boards.html")]
struct BoardParts {
    lanes: Vec<Lane>,
    candidates: Vec<(&'static str, bool)>,
}

/// The portal's parts.
#[derive(Template)]
#[template(path = "styleguide/portal.html")]
struct PortalParts {
    rating: Field,
}

/// The phone's parts.
#[derive(Template)]
#[template(path = "styleguide/phone.html")]
struct PhoneParts;

impl View for Parts {
    fn head(&self) -> Head {
        Head::new(text!("样式一览"))
            .menu("elders")
            .crumb(Label::data("魏安区"), "/styleguide")
            .here(text!("样式一览"))
            .scope(text!("可见范围：{place}，{n} 人", place = "魏安区全部街道乡镇", n = "107,316"))
            .fresh(Frame::sample(crate::i18n::Locale::Zh).now)
            .ghost(text!("导出 Excel"), "file-export", "/styleguide/portal")
            .solid(text!("打印"), "printer", "/styleguide/phone")
            .with_persons()
            .faulty(self.form.is_faulty())
    }
}

impl View for ChartParts {
    fn head(&self) -> Head {
        Head::new(text!("图表")).menu("home").crumb(text!("样式一览"), "/styleguide").here(text!("图表"))
    }
}

impl View for BoardParts {
    fn head(&self) -> Head {
        Head::new(text!("看板与档案"))
            .menu("orders")
            .crumb(text!("样式一览"), "/styleguide")
            .here(text!("看板与档案"))
            .on_rail()
    }
}

impl View for PortalParts {
    const DOOR: Door = Door::Portal;

    fn head(&self) -> Head {
        Head::named("陈奶奶，您好").soft(Label::data("11月21日 周六"))
    }
}

impl View for PhoneParts {
    const DOOR: Door = Door::Phone;

    fn head(&self) -> Head {
        Head::new(text!("样式一览"))
    }
}

impl Samples for Parts {
    fn samples() -> Vec<Self> {
        let query = "tag=x&level=2&sort=name&after=Y2hlbh8x&hide=seen";
        vec![Self::of(ListQuery::new("/styleguide", "")), Self::of(ListQuery::new("/styleguide", query))]
    }
}

impl Samples for ChartParts {
    fn samples() -> Vec<Self> {
        vec![Self::new()]
    }
}

impl Samples for BoardParts {
    fn samples() -> Vec<Self> {
        vec![Self::new()]
    }
}

impl Samples for PortalParts {
    fn samples() -> Vec<Self> {
        vec![Self::new()]
    }
}

impl Samples for PhoneParts {
    fn samples() -> Vec<Self> {
        vec![Self]
    }
}

/// `GET /styleguide` and its parts `/charts`, `/boards`, `/portal`, `/phone`, for staff.
pub(crate) fn routes() -> Routes {
    Routes::new("web")
        .get("/styleguide", Access::SignedIn, parts)
        .get("/styleguide/charts", Access::SignedIn, charts)
        .get("/styleguide/boards", Access::SignedIn, boards)
        .get("/styleguide/portal", Access::SignedIn, portal)
        .get("/styleguide/phone", Access::SignedIn, phone)
}

/// The same pages without a house around them, for the example that draws them with an invented session.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/styleguide", get(parts))
        .route("/styleguide/charts", get(charts))
        .route("/styleguide/boards", get(boards))
        .route("/styleguide/portal", get(portal))
        .route("/styleguide/phone", get(phone))
}

async fn parts(frame: Option<Extension<Frame>>, query: ListQuery) -> PageResult<Parts> {
    staff(frame)?;
    Ok(Page(Parts::of(query)))
}

async fn charts(frame: Option<Extension<Frame>>) -> PageResult<ChartParts> {
    staff(frame)?;
    Ok(Page(ChartParts::new()))
}

async fn boards(frame: Option<Extension<Frame>>) -> PageResult<BoardParts> {
    staff(frame)?;
    Ok(Page(BoardParts::new()))
}

async fn portal(frame: Option<Extension<Frame>>) -> PageResult<PortalParts> {
    staff(frame)?;
    Ok(Page(PortalParts::new()))
}

async fn phone(frame: Option<Extension<Frame>>) -> PageResult<PhoneParts> {
    staff(frame)?;
    Ok(Page(PhoneParts))
}

/// Elders and families have no use for it: not there.
fn staff(frame: Option<Extension<Frame>>) -> Result<(), Failure> {
    match frame.and_then(|Extension(frame)| frame.sitting) {
        Some(sitting) if !matches!(sitting.role, Role::Elder | Role::Family) => Ok(()),
        _ => Err(Common::NotFound.into()),
    }
}

impl Parts {
    fn of(query: ListQuery) -> Self {
        Self { list: elders(query), none: nobody(), form: order_form() }
    }
}

impl ChartParts {
    fn new() -> Self {
        let from = NaiveDate::from_ymd_opt(2026, 10, 23).unwrap_or_default();
        let wave = |base: f64, rest: f64| -> Vec<Option<f64>> {
            let value =
                |day: u8| base * (1.0 + f64::from(day) / 200.0) + if matches!(day % 7, 1 | 2) { rest } else { 0.0 };
            (0..30).map(|day| Some(value(day).round())).collect()
        };
        let orders = Panel { title: text!("每日完成工单"), values: wave(1610.0, -320.0), alarm: false };
        let calls = Panel { title: text!("每日紧急呼叫"), values: wave(40.0, 12.0), alarm: true };
        let trend = Trend { id: "trend", title: text!("近 30 天走势"), from, panels: vec![orders, calls] };
        let nothing = Trend { panels: Vec::new(), ..trend.clone() };
        Self { trend, map: county_map(), bars: county_bars(), nothing }
    }
}

impl BoardParts {
    fn new() -> Self {
        let card = |service, elder, minutes| OrderCard {
            service,
            elder,
            place: "文昌街道 槐荫社区",
            minutes,
            chosen: minutes == 3,
        };
        let lane = |title, icon, kind, cards| Lane { title, icon, kind, cards };
        let late = vec![card("助浴 60 分钟", "吴桂芳 87 岁", -4), card("陪诊半天", "郑万年 82 岁", 6)];
        let near = vec![card("助浴，2 人上门", "方长顺 86 岁", 3), card("康复指导", "崔文英 78 岁", 15)];
        let lanes = vec![
            lane(text!("待受理"), "inbox", "hollow", late),
            lane(text!("待派单"), "route", "soon", near),
            lane(text!("待接单"), "hourglass", "info", vec![card("助行 买菜", "程广田 79 岁", 17)]),
        ];
        Self { lanes, candidates: vec![("孙丽萍 + 何军", true), ("马翠 + 何军", false)] }
    }
}

impl PortalParts {
    fn new() -> Self {
        let label = |text: Text| Label::from(text);
        let stars = [("5", text!("很好")), ("3", text!("一般")), ("1", text!("不好"))];
        let choices = stars.map(|(value, text)| Choice::new(value, label(text))).to_vec();
        Self { rating: Field::new("rating", text!("这次服务怎么样？"), Kind::Radios(choices)) }
    }
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("name", text!("姓名")).sortable().fixed(),
        Column::new("age", text!("性别 年龄")).sortable(),
        Column::new("id", text!("证件号")),
        Column::new("tags", text!("标签")),
        Column::new("level", text!("能力等级")),
        Column::new("address", text!("住址")),
        Column::new("seen", text!("上次探访")).numeric(),
    ]
}

fn nothing() -> Empty {
    Empty {
        text: text!("没有符合这些条件的老人。"), act: text!("清空条件"), href: "/styleguide".into()
    }
}

fn elders(query: ListQuery) -> ListView<ElderRow> {
    let count = Count::Exact(1286);
    let tab =
        |label: Text, count, current| SavedView { label: label.into(), href: "/styleguide".into(), count, current };
    ListView {
        rows: rows(),
        total: text!("共 {n} 人", n = count),
        span: Some(("陈秀云".into(), "段春芳".into())),
        next: Some(Cursor(vec!["duan chunfang".into(), "4".into()])),
        previous: query.get("after").map(|_| Cursor(vec!["chen xiuyun".into(), "1".into()])),
        views: vec![tab(text!("全部"), None, false), tab(text!("独居失能重点"), Some(count), true)],
        find: Some(text!("在结果中查找")),
        chips: vec![Chip { label: text!("标签含：{tag}", tag = "独居").into(), name: "tag" }],
        filters: vec![Field::line("town", text!("街道乡镇")).optional()],
        export: Some("/styleguide"),
        live: Some("elders"),
        bulk: vec![BulkAct { text: text!("派探访"), icon: "home-heart", action: "/styleguide", download: false }],
        ..ListView::new("elders", text!("老人名单"), query, columns(), nothing())
    }
}

fn nobody() -> ListView<ElderRow> {
    ListView::new("nobody", text!("空的名单"), ListQuery::new("/styleguide", ""), columns(), nothing())
}

fn rows() -> Vec<ElderRow> {
    let row = |key, name, (sex, age), id_number, level, (town, address), seen_days| {
        let number = "0006821";
        ElderRow { key, name, number, sex, age, id_number, level, town, address, seen_days }
    };
    let (huaiyin, liudi) = ("文昌街道 槐荫社区", "西湖街道 柳堤社区");
    vec![
        row("1", "陈秀云", ("女", 84), "4199**********3327", 2, (huaiyin, "榆园 3 号楼 2 单元 401"), 2),
        row("2", "程广田", ("男", 79), "4199**********1815", 0, (liudi, "柳堤路 18 号院 5 排 2 号"), 4),
        row("3", "丁玉琴", ("女", 91), "4199**********0642", 4, (huaiyin, "书院小区 7 号楼 1 单元 102"), 1),
        row("4", "段春芳", ("女", 82), "4199**********2749", 3, (liudi, "莲塘苑 11 号楼 3 单元 201"), 22),
    ]
}

const COUNTIES: [(u32, &str, f64); 6] = [
    (411_002, "魏安区", 94.1),
    (411_003, "建昌区", 79.5),
    (411_024, "鄢宁县", 68.2),
    (411_025, "襄陵县", 71.3),
    (411_081, "禹川市", 74.6),
    (411_082, "葛城市", 83.9),
];

fn county_map() -> Choropleth {
    let shapes = schematic::map(&COUNTIES.map(|(code, ..)| code));
    let place = |((code, name, value), shape): ((u32, &str, f64), Shape)| MapPlace {
        name: name.to_owned(),
        value: Some(value),
        href: format!("/styleguide/charts?place={code}"),
        chosen: code == 411_003,
        shape,
    };
    let places = COUNTIES.into_iter().zip(shapes).map(place).collect();
    let (breaks, size) = ([70.0, 75.0, 80.0, 90.0], schematic::SIZE);
    Choropleth { id: "map", title: text!("月探访率"), unit: "%", breaks, size, places, schematic: true }
}

fn county_bars() -> Bars {
    let bar = |(code, name, value): (u32, &str, f64)| Bar {
        label: Label::data(name),
        value: (value * 1200.0).round(),
        href: Some(format!("/styleguide/charts?place={code}")),
    };
    Bars { title: text!("各县市区在册老人"), unit: text!("人"), bars: COUNTIES.map(bar).into() }
}

fn order_form() -> Form {
    let (morning, afternoon) = (text!("上午"), text!("下午"));
    let parts = vec![Choice::new("am", morning), Choice::new("pm", afternoon)];
    let services = vec![Choice::new("bath", Label::data("助浴 60 分钟")), Choice::new("meal", Label::data("助餐"))];
    let fields = vec![
        Field::line("phone", text!("手机"))
            .hint(text!("11 位，收短信用"))
            .value("138")
            .inputmode("tel")
            .autocomplete("tel"),
        Field::new("service", text!("服务项目"), Kind::Select(services)),
        Field::new("day", text!("日期"), Kind::Line("date")).value("2026-11-22").short(),
        Field::new("hour", text!("时间"), Kind::Line("time")).value("10:45").short().beside(),
        Field::new("part", text!("时段"), Kind::Radios(parts)).value("am"),
        Field::new("note", text!("备注"), Kind::Lines).optional(),
    ];
    let fault = FieldRefusal { field: "phone", text: text!("手机应有 11 位，现在是 {n} 位", n = 3) };
    Form::new("sample", "/styleguide", fields, text!("提交"))
        .guarded(FormGuard { csrf: "csrf".into(), key: "key".into() })
        .cancel("/styleguide")
        .refused(&Refused::invalid(vec![fault]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::check_all;

    #[test]
    fn every_part_of_the_look_holds_what_pages_must_hold() {
        check_all::<Parts>();
        check_all::<ChartParts>();
        check_all::<BoardParts>();
        check_all::<PortalParts>();
        check_all::<PhoneParts>();
    }

    #[test]
    fn rows_of_a_list_speak_the_language_of_its_page() {
        let html = elders(ListQuery::default()).render_with_values(&crate::page::Now(crate::i18n::Locale::En)).unwrap();
        assert!(html.contains("Moderate"), "{html}");
    }
}
