//! `/elders`: the list, narrowed and paged, and found in by the search box of the list.

use std::collections::BTreeSet;

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use kernel::{Action, Instant, Key, Region, Result, Scope, Text, text};
use web::{
    head::{Head, Label},
    list::{BulkAct, Column, Count, Empty, ListView},
    page::{ErrorPage, Page, Samples, View},
    query::{Cursor, ListQuery, Place},
    session::Session,
    state::AppState,
};

use super::{narrowed::Narrowed, people::PersonRow};
use crate::{
    elders::{
        Elder,
        queries::{self, After, Filter},
        search,
        vocabulary::Tag,
    },
    pinyin, places,
};

/// Nobody counts further; figures of whole places come from the roll-ups.
const COUNTED: u64 = 1_000;
/// Most rows of a search within the list.
const FOUND: usize = 100;

/// The list page.
#[derive(Debug, Template)]
#[template(source = "{{ list }}", ext = "html")]
pub struct ListPage {
    list: ListView<PersonRow>,
    unit: String,
    place: Option<Region>,
    at: Instant,
    may_import: bool,
    may_open: bool,
}

impl View for ListPage {
    fn head(&self) -> Head {
        let mut head = Head::new(text!("老人档案")).menu("elders").with_persons();
        if let Some(place) = self.place.and_then(places::name) {
            head = head.crumb(Label::data(place), "/elders");
        }
        head = head.here(text!("居民档案")).scope(text!("可见范围：{place}", place = self.unit)).fresh(self.at);
        let head =
            if self.may_import { head.ghost(text!("导入 Excel"), "file-import", "/elders/import") } else { head };
        if self.may_open { head.solid(text!("新建档案"), "plus", "/elders/new") } else { head }
    }
}

/// One page of rows and how they stand in the whole.
#[derive(Default)]
struct Turned {
    elders: Vec<Elder>,
    total: Option<Text>,
    next: Option<Cursor>,
    previous: Option<Cursor>,
    /// Those who were found by the phone of a contact.
    by_contact: BTreeSet<uuid::Uuid>,
}

pub(super) async fn show(
    State(state): State<AppState>,
    session: Session,
    query: ListQuery,
) -> Result<Response, ErrorPage> {
    let narrowed = Narrowed::of(&query);
    let turned = match query.get("q").map(pinyin::classify) {
        // A search by certificate number is noted and budgeted.
        Some(pinyin::Query::IdNumber(number)) => {
            return super::search::by_certificate(&state, &session, &number).await;
        }
        Some(_) => found(&state, &session, &query, &narrowed).await?,
        None => turned(&state, &session.scope(), &query, &narrowed).await?,
    };
    Ok(Page(page(&state, &session, query, &narrowed, turned)?).into_response())
}

fn page(
    state: &AppState,
    session: &Session,
    query: ListQuery,
    narrowed: &Narrowed,
    turned: Turned,
) -> Result<ListPage> {
    let (today, may) = (state.clock().today(), |action| session.actor.may(action).is_ok());
    let may_unmask = may(Action::UnmaskElder);
    let mut list = framed(query, narrowed, session.actor.acting.place);
    list.bulk = bulk(may);
    let row = |elder: &Elder| {
        let row = PersonRow::of(elder, today, may_unmask)?.pickable(!list.bulk.is_empty());
        Ok(row.by_contact(turned.by_contact.contains(&elder.id)))
    };
    let rows = turned.elders.iter().map(row).collect::<Result<Vec<_>>>()?;
    if let (Some(first), Some(last)) = (turned.elders.first(), turned.elders.last()) {
        list.span = Some((first.name.clone(), last.name.clone()));
    }
    list.rows = rows;
    list.total = turned.total.unwrap_or_else(|| text!("共 {n} 人", n = 0));
    (list.next, list.previous) = (turned.next, turned.previous);
    let whole = list.query.get("q").is_none() && session.actor.may(Action::ExportElders).is_ok();
    list.export = whole.then_some("/elders/export");
    Ok(ListPage {
        list,
        unit: session.grant.extent.clone(),
        place: session.actor.acting.place,
        at: state.clock().now(),
        may_import: session.actor.may(Action::ImportElders).is_ok(),
        may_open: session.actor.may(Action::EditElder).is_ok(),
    })
}

/// What can be done with those who are picked.
fn bulk(may: impl Fn(Action) -> bool) -> Vec<BulkAct> {
    let tag = BulkAct { text: text!("改人员类别"), icon: "tag", action: "/elders/tag", download: false };
    let export = BulkAct { text: text!("导出所选"), icon: "file-export", action: "/elders/export", download: true };
    let acts = [(Action::EditElder, tag), (Action::ExportElders, export)];
    acts.into_iter().filter(|(action, _)| may(*action)).map(|(_, act)| act).collect()
}

/// The list kit's parts around the rows.
fn framed(query: ListQuery, narrowed: &Narrowed, top: Option<Region>) -> ListView<PersonRow> {
    let empty = if narrowed.is_open() && query.get("q").is_none() {
        Empty { text: text!("这个范围里还没有老人档案"), act: text!("刷新"), href: "/elders".into() }
    } else {
        Empty { text: text!("没有符合这些条件的老人"), act: text!("清空条件"), href: "/elders".into() }
    };
    let name = Column::new("name", text!("姓名")).fixed();
    let columns = vec![
        if sortable(narrowed) { name.sortable() } else { name },
        Column::new("sex", text!("性别 年龄")),
        Column::new("cert", text!("证件号")),
        Column::new("mobile", text!("手机")),
        Column::new("tags", text!("标签")),
        Column::new("place", text!("住址")),
        Column::new("living", text!("居住状况")),
        Column::new("changed", text!("最近更新")),
    ];
    let mut list = ListView::new("elders", text!("老人档案"), query, columns, empty);
    list.find = Some(text!("在结果中查找"));
    list.views = narrowed.views();
    list.chips = narrowed.chips();
    list.filters = narrowed.fields(top);
    list
}

async fn turned(state: &AppState, scope: &Scope, query: &ListQuery, narrowed: &Narrowed) -> Result<Turned> {
    let (filter, size) = (narrowed.filter(state.clock().today()), query.size());
    if let Some(sorting) = query.sorting().filter(|sorting| sorting.column == "name" && sortable(narrowed)) {
        return turned_by_name(state, scope, query, &filter, sorting.down).await;
    }
    let at = After::of;
    let (mut elders, more_behind, more_before) = match query.place() {
        Place::Before(cursor) if at(&cursor).is_some() => {
            let mut page = queries::list_before(&state.db, scope, &filter, at(&cursor), size + 1).await?;
            let more = page.len() as u64 > size;
            page.truncate(usize::try_from(size)?);
            page.reverse();
            (page, true, more)
        }
        place => {
            let from = if let Place::After(cursor) = &place { at(cursor) } else { None };
            let page = queries::list(&state.db, scope, &filter, from, size + 1).await?;
            let more = page.len() as u64 > size;
            (page, more, from.is_some())
        }
    };
    elders.truncate(usize::try_from(size)?);
    let count = match (more_before, more_behind) {
        (false, false) => elders.len() as u64,
        _ => queries::count(&state.db, scope, &filter, COUNTED).await?,
    };
    let edge = |elder: Option<&Elder>, there: bool| elder.filter(|_| there).map(After::cursor);
    Ok(Turned {
        by_contact: BTreeSet::new(),
        next: edge(elders.last(), more_behind),
        previous: edge(elders.first(), more_before),
        total: Some(text!("共 {n} 人", n = Count::capped(count, COUNTED))),
        elders,
    })
}

/// Names are in order where no trait is asked for: its index is in the order of places.
fn sortable(narrowed: &Narrowed) -> bool {
    narrowed.tags.is_empty()
}

/// A page in the order of names; the address names the row only by its key.
async fn turned_by_name(
    state: &AppState,
    scope: &Scope,
    query: &ListQuery,
    filter: &Filter,
    down: bool,
) -> Result<Turned> {
    let (db, size) = (&state.db, query.size());
    let key = |cursor: &Cursor| -> Option<Key<Elder>> { cursor.0.first()?.parse().ok() };
    let (seen, back) = match query.place() {
        Place::Before(cursor) => (key(&cursor), true),
        Place::After(cursor) => (key(&cursor), false),
        Place::First => (None, false),
    };
    let back = back && seen.is_some();
    let mut elders = if back == down {
        queries::list_by_name(db, scope, filter, seen, size + 1).await?
    } else {
        queries::list_by_name_before(db, scope, filter, seen, size + 1).await?
    };
    let more = elders.len() as u64 > size;
    elders.truncate(usize::try_from(size)?);
    if back {
        elders.reverse();
    }
    let count = queries::count(db, scope, filter, COUNTED).await?;
    let edge = |elder: Option<&Elder>, there: bool| -> Result<Option<Cursor>> {
        elder.filter(|_| there).map(|elder| Ok(Cursor(vec![elder.key()?.to_string()]))).transpose()
    };
    Ok(Turned {
        by_contact: BTreeSet::new(),
        next: edge(elders.last(), back || more)?,
        previous: edge(elders.first(), if back { more } else { seen.is_some() })?,
        total: Some(text!("共 {n} 人", n = Count::capped(count, COUNTED))),
        elders,
    })
}

/// What the search finds among the rows that the filters leave.
async fn found(state: &AppState, session: &Session, query: &ListQuery, narrowed: &Narrowed) -> Result<Turned> {
    let scope = narrowed.within(session.scope());
    let today = state.clock().today();
    let desk = search::Desk { db: &state.db, keys: &state.keys, blinder: &state.blinder, scope, today };
    let mut found = search::search(desk, query.get("q").unwrap_or_default(), FOUND).await?;
    found.elders.retain(|elder| narrowed.admits(elder, today));
    let n = found.elders.len();
    let total =
        if found.more { text!("先列出 {n} 人，请再写细一些", n = n) } else { text!("共 {n} 人", n = n) };
    Ok(Turned { elders: found.elders, total: Some(total), by_contact: found.by_contact, ..Turned::default() })
}

impl Samples for ListPage {
    fn samples() -> Vec<Self> {
        let page = |query: &str, rows: Vec<PersonRow>| {
            let query = ListQuery::new("/elders", query);
            let narrowed = Narrowed::of(&query);
            let mut list = framed(query, &narrowed, "411002".parse().ok());
            if let (Some(first), Some(last)) = (rows.first(), rows.last()) {
                list.span = Some((first.name.clone(), last.name.clone()));
                list.next = Some(Cursor(vec!["411002".into(), "411002001001".into(), uuid::Uuid::nil().to_string()]));
            }
            list.total = text!("共 {n} 人", n = Count::capped(rows.len() as u64, 1_000));
            list.bulk = bulk(|_| true);
            list.rows = rows.into_iter().map(|row| row.pickable(true)).collect();
            list.export = Some("/elders/export");
            let (at, place) = (web::frame::Frame::sample(web::i18n::Locale::Zh).now, "411002".parse().ok());
            Self { list, unit: "全区 14 街道乡镇".into(), place, at, may_import: true, may_open: true }
        };
        let rows = vec![PersonRow::sample("陈秀云", Tag::ALL), PersonRow::sample("程广田", &[])];
        vec![page("tag=4&tag=2&age=80&sex=2&place=411002001", rows), page("", Vec::new()), page("q=x", Vec::new())]
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_holds_in_both_languages() {
        web::check::all::<super::ListPage>();
    }
}
