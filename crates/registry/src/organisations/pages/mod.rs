//! The pages of organisations: the list with its sheet, the form of a new one, and one with its people.

mod form;
mod show;

use askama::{Template, filters::HtmlSafe};
use axum::{Extension, extract::State, response::Response};
use kernel::{Action, Instant, Result, Text, text};
use uuid::Uuid;
use web::{
    export::{Cell, Sheet, download as as_download},
    filters,
    form::{Choice, Field, Kind as Input},
    frame::Frame,
    head::Head,
    i18n::Translate as _,
    list::{Chip, Column, Count, Empty, ListView},
    page::{ErrorPage, Page, PageResult, Samples, View},
    query::{Cursor, ListQuery, Place},
    routes::Routes,
    session::Session,
    state::AppState,
};

use super::{
    Kind, Organisation, Status,
    queries::{self, Filter},
};
use crate::places;

/// Nobody counts beyond this.
const CAP: u64 = 1_000;
/// The most rows of a sheet.
const MOST: u64 = 10_000;

/// The list.
#[derive(Debug, Template)]
#[template(source = "{{ list }}", ext = "html")]
pub(crate) struct OrganisationsPage {
    list: ListView<Row>,
    unit: String,
    at: Instant,
    may_register: bool,
}

/// One organisation of the list.
#[derive(Clone, Debug, Template)]
#[template(path = "organisations/_row.html")]
pub(crate) struct Row {
    id: Uuid,
    name: String,
    kind: &'static str,
    credit_code: String,
    place: String,
    phone: String,
    sign: Sign,
}

impl HtmlSafe for Row {}

/// Whether an organisation works: icon, word and tone.
#[derive(Clone, Copy, Debug, Template)]
#[template(
    source = r#"{% let (icon, tone) = self.looks() %}<span class="sign {{ tone }}">{{ icon|icon }}{{ self.0.word()|t }}</span>"#,
    ext = "html"
)]
pub(crate) struct Sign(pub(crate) Status);

impl HtmlSafe for Sign {}

impl Sign {
    const fn looks(self) -> (&'static str, &'static str) {
        match self.0 {
            Status::Active => ("circle-check", "good"),
            Status::Suspended => ("player-pause", "soon"),
            Status::Closed => ("ban", "mute"),
        }
    }
}

impl View for OrganisationsPage {
    fn head(&self) -> Head {
        let head = Head::new(text!("单位与人员"))
            .menu("organisations")
            .scope(text!("范围：{place}", place = self.unit))
            .fresh(self.at);
        if self.may_register { head.solid(text!("登记单位"), "plus", "/organisations/new") } else { head }
    }
}

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    let (see, register) = (Action::ManageWorkers, Action::ManageOrganisations);
    Routes::new("registry")
        .get("/organisations", see, list)
        .get("/organisations/export", see, download)
        .get("/organisations/new", register, form::show)
        .post("/organisations", register, form::register)
        .get("/organisations/{organisation}", see, show::show)
        .post("/organisations/{organisation}/turn", register, show::turn)
        .post("/organisations/{organisation}/point", register, show::locate)
}

/// What the address asks for; unknown words ask for nothing.
pub(super) fn filter(query: &ListQuery) -> Filter {
    Filter {
        kind: query.get("kind").and_then(Kind::of),
        status: query.get("status").and_then(Status::of),
        name: query.get("q").map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned),
    }
}

/// The position of an organisation in the list, for an address.
pub(super) fn cursor(row: &Organisation) -> Cursor {
    Cursor(vec![row.place.to_string(), row.name.clone(), row.id.to_string()])
}

/// Reads a position; a broken one is the first page.
pub(super) fn after(cursor: &Cursor) -> Option<(i64, String, Uuid)> {
    let [place, name, id] = cursor.0.as_slice() else { return None };
    Some((place.parse().ok()?, name.clone(), id.parse().ok()?))
}

async fn list(State(state): State<AppState>, session: Session, query: ListQuery) -> PageResult<OrganisationsPage> {
    let (scope, size, filter) = (session.scope(), query.size(), filter(&query));
    let from = match query.place() {
        Place::After(cursor) => after(&cursor),
        Place::First | Place::Before(_) => None,
    };
    let mut found = queries::page(&state.db, &scope, &filter, from.as_ref(), size + 1).await?;
    let more = found.len() as u64 > size;
    found.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    let counted = queries::count(&state.db, &scope, &filter, CAP).await?;
    let mut list = framed(query, &filter, found.iter().map(Row::of).collect(), Count::capped(counted, CAP));
    list.next = found.last().filter(|_| more).map(cursor);
    let may_register = session.actor.may(Action::ManageOrganisations).is_ok();
    Ok(Page(OrganisationsPage { list, unit: session.grant.extent.clone(), at: state.clock().now(), may_register }))
}

impl Row {
    fn of(row: &Organisation) -> Self {
        Self {
            id: row.id,
            name: row.name.clone(),
            kind: row.kind().map_or("", Kind::word),
            credit_code: row.credit_code.clone(),
            place: row.seat().ok().and_then(places::full_name).unwrap_or_default(),
            phone: row.phone.clone(),
            sign: Sign(row.status()),
        }
    }
}

fn framed(query: ListQuery, filter: &Filter, rows: Vec<Row>, counted: Count) -> ListView<Row> {
    let empty = if *filter == Filter::default() {
        Empty { text: text!("还没有登记单位"), act: text!("刷新"), href: "/organisations".into() }
    } else {
        Empty {
            text: text!("没有符合这些条件的单位"), act: text!("清空条件"), href: "/organisations".into()
        }
    };
    let columns = vec![
        Column::new("name", text!("单位")).fixed(),
        Column::new("kind", text!("类型")),
        Column::new("code", text!("统一社会信用代码")),
        Column::new("place", text!("登记地")),
        Column::new("phone", text!("电话")),
        Column::new("status", text!("状态")).fixed(),
    ];
    let mut list = ListView::new("organisations", text!("单位与人员"), query, columns, empty);
    list.total = text!("共 {n} 家", n = counted);
    list.rows = rows;
    list.find = Some(text!("单位名称"));
    list.chips = chips(filter);
    list.filters = fields(filter);
    list.export = Some("/organisations/export");
    list.live = Some("organisation");
    list
}

fn chips(filter: &Filter) -> Vec<Chip> {
    let kind = filter.kind.map(|kind| Chip { label: Text::new(kind.word()).into(), name: "kind" });
    let status = filter.status.map(|status| Chip { label: Text::new(status.word()).into(), name: "status" });
    [kind, status].into_iter().flatten().collect()
}

fn fields(filter: &Filter) -> Vec<Field> {
    let kinds = Kind::ALL.iter().map(|kind| Choice::new(kind.code(), Text::new(kind.word()))).collect();
    let states = Status::ALL.iter().map(|status| Choice::new(status.code(), Text::new(status.word()))).collect();
    vec![
        Field::new("kind", text!("类型"), Input::Select(kinds)).optional().value(filter.kind.map_or("", Kind::code)),
        Field::new("status", text!("状态"), Input::Select(states))
            .optional()
            .value(filter.status.map_or("", Status::code)),
    ]
}

async fn download(
    State(state): State<AppState>,
    session: Session,
    Extension(frame): Extension<Frame>,
    query: ListQuery,
) -> Result<Response, ErrorPage> {
    let say = |text: Text| text.in_locale(frame.locale);
    let heads =
        [text!("单位"), text!("类型"), text!("统一社会信用代码"), text!("登记地"), text!("电话"), text!("状态")];
    let mut sheet = Sheet::new(&say(text!("单位与人员")), heads.into_iter().map(say).collect())?;
    for row in queries::page(&state.db, &session.scope(), &filter(&query), None, MOST).await? {
        let row = Row::of(&row);
        let word = |word: &'static str| Cell::Text(say(Text::new(word)));
        sheet.row(&[
            Cell::Text(row.name),
            word(row.kind),
            Cell::Text(row.credit_code),
            Cell::Text(row.place),
            Cell::Text(row.phone),
            word(row.sign.0.word()),
        ])?;
    }
    Ok(as_download(&format!("{} {}", say(text!("单位与人员")), state.clock().today()), sheet.finish()?))
}

impl Samples for OrganisationsPage {
    fn samples() -> Vec<Self> {
        let at = web::frame::Frame::sample(web::i18n::Locale::Zh).now;
        let row = |status| Row {
            id: Uuid::nil(),
            name: "安颐居家".into(),
            kind: Kind::HomeCare.word(),
            credit_code: "52411002MJ0000A11D".into(),
            place: "河南省许昌市魏都区".into(),
            phone: "0374-2331234".into(),
            sign: Sign(status),
        };
        let page = |query: &str, rows: Vec<Row>| {
            let query = ListQuery::new("/organisations", query);
            let filter = filter(&query);
            let counted = Count::Exact(rows.len() as u64);
            Self { list: framed(query, &filter, rows, counted), unit: "全区".into(), at, may_register: true }
        };
        vec![
            page("", Status::ALL.map(row).into()),
            page("kind=canteen&status=closed", Vec::new()),
            Self { may_register: false, ..page("", Vec::new()) },
        ]
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_list_of_organisations_holds_in_both_languages() {
        web::check::all::<super::OrganisationsPage>();
    }
}
