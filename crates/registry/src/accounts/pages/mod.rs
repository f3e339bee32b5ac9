//! The pages of accounts: the list with its sheet, opening one, and one with its posts and sessions.

mod form;
mod show;

pub(crate) use form::{at_place, post, roles};

use askama::{Template, filters::HtmlSafe};
use axum::{Extension, extract::State, response::Response};
use kernel::{Action, Instant, Result, Role, Text, text};
use uuid::Uuid;
use web::{
    accounts::{Kind, login_index},
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
    offered,
    queries::{self, Filter, Listed},
};

/// Nobody counts beyond this.
const CAP: u64 = 1_000;
/// The most rows of a sheet.
const MOST: u64 = 10_000;

/// The list.
#[derive(Debug, Template)]
#[template(path = "accounts/list.html")]
pub(crate) struct AccountsPage {
    /// Accounts whose password everybody knows may sign in.
    is_demo: bool,
    list: ListView<Row>,
    unit: String,
    at: Instant,
    may_open: bool,
}

/// One account of the list.
#[derive(Clone, Debug, Template)]
#[template(path = "accounts/_row.html")]
pub(crate) struct Row {
    id: Uuid,
    name: String,
    /// Role and unit of each post that holds.
    posts: Vec<(&'static str, String)>,
    is_phone: bool,
    sign: Sign,
    made_at: Instant,
}

impl HtmlSafe for Row {}

/// How an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Template)]
#[template(
    source = r#"{% let (icon, word, tone) = self.looks() %}<span class="sign {{ tone }}">{{ icon|icon }}{{ word|t }}</span>"#,
    ext = "html"
)]
pub(super) enum Sign {
    /// May sign in.
    InUse,
    /// The first password was not changed yet.
    Fresh,
    /// Of demo data: its password is public, and it needs no second factor.
    Demo,
    /// May not sign in.
    Suspended,
}

impl HtmlSafe for Sign {}

impl Sign {
    pub(super) fn of(listed: &Listed) -> Self {
        match (listed.account.disabled_at, listed.account.must_change) {
            (Some(_), _) => Self::Suspended,
            (None, _) if listed.account.demo => Self::Demo,
            (None, true) => Self::Fresh,
            (None, false) => Self::InUse,
        }
    }

    const fn word(self) -> &'static str {
        self.looks().1
    }

    const fn looks(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::InUse => ("circle-check", "在用", "good"),
            Self::Fresh => ("hourglass", "还没登录过", "info"),
            Self::Demo => ("alert-triangle", "演示账号", "soon"),
            Self::Suspended => ("lock", "已停用", "soon"),
        }
    }
}

impl View for AccountsPage {
    fn head(&self) -> Head {
        let head =
            Head::new(text!("账号")).menu("accounts").scope(text!("范围：{place}", place = self.unit)).fresh(self.at);
        if self.may_open { head.solid(text!("开户"), "plus", "/accounts/new") } else { head }
    }
}

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    let may = Action::ManageAccounts;
    Routes::new("registry")
        .get("/accounts", may, list)
        .get("/accounts/export", may, download)
        .get("/accounts/new", may, form::show)
        .post("/accounts", may, form::open)
        .get("/accounts/{account}", may, show::show)
        .post("/accounts/{account}/appoint", may, show::appoint)
        .post("/accounts/{account}/release", may, show::release)
        .post("/accounts/{account}/suspend", may, show::suspend)
        .post("/accounts/{account}/reactivate", may, show::reactivate)
        .post("/accounts/{account}/reset", may, show::reset)
        .post("/accounts/{account}/sessions/end", may, show::end_session)
}

/// What the address asks for; unknown words ask for nothing.
pub(super) fn filter(state: &AppState, query: &ListQuery) -> Filter {
    let name = query.get("q").map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
    let suspended = match query.get("state") {
        Some("suspended") => Some(true),
        Some("active") => Some(false),
        _ => None,
    };
    Filter {
        organisation: query.get("organisation").and_then(|id| id.parse().ok()),
        suspended,
        login: name.as_deref().map(|login| login_index(&state.blinder, login)),
        name,
    }
}

/// The position of an account in the list, for an address.
pub(super) fn cursor(listed: &Listed) -> Cursor {
    Cursor(vec![listed.account.name.clone(), listed.account.id.to_string()])
}

/// Reads a position; a broken one is the first page.
pub(super) fn after(cursor: &Cursor) -> Option<(String, Uuid)> {
    let [name, id] = cursor.0.as_slice() else { return None };
    Some((name.clone(), id.parse().ok()?))
}

async fn list(State(state): State<AppState>, session: Session, query: ListQuery) -> PageResult<AccountsPage> {
    let (scope, size, filter) = (session.scope(), query.size(), filter(&state, &query));
    let from = match query.place() {
        Place::After(cursor) => after(&cursor),
        Place::First | Place::Before(_) => None,
    };
    let mut found = queries::page(&state.db, &scope, &filter, from.as_ref(), size + 1).await?;
    let more = found.len() as u64 > size;
    found.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    let counted = queries::count(&state.db, &scope, &filter, CAP).await?;
    let own = session.actor.acting.organisation;
    let rows = found.iter().map(|listed| Row::of(listed, own)).collect::<Result<Vec<_>>>()?;
    let mut list = framed(query, &filter, rows, Count::capped(counted, CAP));
    list.next = found.last().filter(|_| more).map(cursor);
    let may_open = offered(&session.actor, false).next().is_some();
    let is_demo = found.iter().any(|listed| listed.account.demo && listed.account.disabled_at.is_none());
    Ok(Page(AccountsPage { is_demo, list, unit: session.grant.extent.clone(), at: state.clock().now(), may_open }))
}

impl Row {
    /// An administrator of an organisation reads of its own posts only.
    fn of(listed: &Listed, own: Option<Uuid>) -> Result<Self> {
        let holding = listed.grants.iter().filter(|grant| grant.until.is_none());
        let holding = holding.filter(|grant| own.is_none() || grant.organisation == own);
        let posts = holding.map(|grant| Ok((grant.role()?.word(), grant.label.clone())));
        Ok(Self {
            id: listed.account.id,
            name: listed.account.name.clone(),
            posts: posts.collect::<Result<_>>()?,
            is_phone: listed.account.kind == Kind::Worker.code(),
            sign: Sign::of(listed),
            made_at: listed.account.made_at,
        })
    }
}

fn framed(query: ListQuery, filter: &Filter, rows: Vec<Row>, counted: Count) -> ListView<Row> {
    let empty = if *filter == Filter::default() {
        Empty { text: text!("还没有账号"), act: text!("刷新"), href: "/accounts".into() }
    } else {
        Empty { text: text!("没有符合这些条件的账号"), act: text!("清空条件"), href: "/accounts".into() }
    };
    let columns = vec![
        Column::new("name", text!("姓名")).fixed(),
        Column::new("posts", text!("岗位")),
        Column::new("kind", text!("用在")),
        Column::new("state", text!("状态")).fixed(),
        Column::new("made", text!("开户时间")),
    ];
    let mut list = ListView::new("accounts", text!("账号"), query, columns, empty);
    list.total = text!("共 {n} 个", n = counted);
    list.rows = rows;
    list.find = Some(text!("姓名，或完整的登录名"));
    let state = filter.suspended.map(|is| if is { ("suspended", "已停用") } else { ("active", "在用") });
    list.chips = state.map(|(_, word)| Chip { label: Text::new(word).into(), name: "state" }).into_iter().collect();
    let states =
        [("active", text!("在用")), ("suspended", text!("已停用"))].map(|(code, word)| Choice::new(code, word));
    list.filters = vec![
        Field::new("state", text!("状态"), Input::Select(states.into())).optional().value(state.map_or("", |s| s.0)),
    ];
    list.export = Some("/accounts/export");
    list.live = Some("account");
    list
}

async fn download(
    State(state): State<AppState>,
    session: Session,
    Extension(frame): Extension<Frame>,
    query: ListQuery,
) -> Result<Response, ErrorPage> {
    let say = |text: Text| text.in_locale(frame.locale);
    let heads = [text!("姓名"), text!("岗位"), text!("单位"), text!("状态"), text!("开户时间")];
    let mut sheet = Sheet::new(&say(text!("账号")), heads.into_iter().map(say).collect())?;
    let own = session.actor.acting.organisation;
    for listed in queries::page(&state.db, &session.scope(), &filter(&state, &query), None, MOST).await? {
        let row = Row::of(&listed, own)?;
        let roles: Vec<_> = row.posts.iter().map(|(role, _)| say(Text::new(role))).collect();
        let units: Vec<_> = row.posts.iter().map(|(_, unit)| unit.clone()).collect();
        sheet.row(&[
            Cell::Text(row.name),
            Cell::Text(roles.join(" ")),
            Cell::Text(units.join(" ")),
            Cell::Text(say(Text::new(row.sign.word()))),
            Cell::Time(row.made_at),
        ])?;
    }
    Ok(as_download(&format!("{} {}", say(text!("账号")), state.clock().today()), sheet.finish()?))
}

impl Samples for AccountsPage {
    fn samples() -> Vec<Self> {
        let at = web::frame::Frame::sample(web::i18n::Locale::Zh).now;
        let row = |sign, role: Role, posts: bool| Row {
            id: Uuid::nil(),
            name: "高晓".into(),
            posts: if posts { vec![(role.word(), "安颐居家".into())] } else { Vec::new() },
            is_phone: role == Role::Caregiver,
            sign,
            made_at: at,
        };
        let page = |query: &str, rows: Vec<Row>| {
            let query = ListQuery::new("/accounts", query);
            let filter = Filter { suspended: query.get("state").map(|word| word == "suspended"), ..Filter::default() };
            let counted = Count::Exact(rows.len() as u64);
            let is_demo = rows.iter().any(|row| row.sign == Sign::Demo);
            Self { is_demo, list: framed(query, &filter, rows, counted), unit: "全区".into(), at, may_open: true }
        };
        let rows = vec![
            row(Sign::InUse, Role::Dispatcher, true),
            row(Sign::Fresh, Role::Caregiver, true),
            row(Sign::Demo, Role::Dispatcher, true),
            row(Sign::Suspended, Role::ProviderAdmin, false),
        ];
        vec![page("", rows), page("state=suspended", Vec::new()), page("", Vec::new())]
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_list_of_accounts_holds_in_both_languages() {
        web::check::all::<super::AccountsPage>();
    }
}
