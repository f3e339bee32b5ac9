//! `/search`: the box in the top bar. Elders by name, pinyin, phone or certificate number; an order number leads to the
//! order.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use kernel::{Action, Result, Text, text};
use web::{
    filters,
    head::Head,
    page::{ErrorPage, Fragment, FragmentResult, Page, Samples, View},
    query::ListQuery,
    session::Session,
    state::AppState,
};

use super::people::PersonRow;
use crate::{
    elders::{Elder, lookup, search},
    pinyin,
};

/// Rows of the page.
const FOUND: usize = 50;
/// Rows under the box.
const QUICK: usize = 8;

/// The page of what was found.
#[derive(Debug, Template)]
#[template(path = "elders/search.html")]
pub struct SearchPage {
    typed: String,
    rows: Vec<PersonRow>,
    /// Whether there are more than these.
    more: bool,
    /// Why there is nothing, and how to search.
    hint: Option<Text>,
}

impl View for SearchPage {
    fn head(&self) -> Head {
        Head::new(text!("查找")).menu("elders").crumb(text!("老人档案"), "/elders").here(text!("查找")).with_persons()
    }
}

/// What is found while somebody types.
#[derive(Debug, Template)]
#[template(path = "elders/_quick.html")]
pub struct Quick {
    rows: Vec<PersonRow>,
    more: bool,
    hint: Option<Text>,
}

pub(super) async fn show(
    State(state): State<AppState>,
    session: Session,
    query: ListQuery,
) -> Result<Response, ErrorPage> {
    let typed = query.get("q").unwrap_or_default().trim().to_owned();
    if let pinyin::Query::OrderNumber(number) = pinyin::classify(&typed) {
        return Ok(Redirect::to(&format!("/orders?number={number}")).into_response());
    }
    if let Some(number) = lookup::certificate(&typed) {
        return by_certificate(&state, &session, &number).await;
    }
    let (rows, more) = find(&state, &session, &typed, FOUND).await?;
    let unknown = query.get("unknown").is_some();
    let hint = rows.is_empty().then(|| if unknown { not_here() } else { hint(&typed) });
    Ok(Page(SearchPage { typed, rows, more, hint }).into_response())
}

/// Leads to the file of a certificate number; the number itself stays in no page and in no later address.
pub(super) async fn by_certificate(state: &AppState, session: &Session, number: &str) -> Result<Response, ErrorPage> {
    session.actor.may(Action::ViewElders)?;
    let (scope, today) = (session.scope(), state.clock().today());
    let desk = search::Desk { db: &state.db, keys: &state.keys, blinder: &state.blinder, scope, today };
    let found = lookup::by_certificate(desk, session, number).await?;
    let to = match found.elders.first() {
        Some(elder) => format!("/elders/{}", elder.key()?),
        None => "/search?unknown=1".to_owned(),
    };
    Ok(Redirect::to(&to).into_response())
}

fn not_here() -> Text {
    text!("在您的数据范围内没有找到")
}

pub(super) async fn quick(State(state): State<AppState>, session: Session, query: ListQuery) -> FragmentResult<Quick> {
    let typed = query.get("q").unwrap_or_default().trim();
    if typed.is_empty() {
        return Ok(Fragment(Quick { rows: Vec::new(), more: false, hint: None }));
    }
    // A certificate number is looked for on purpose only: it is noted.
    if lookup::certificate(typed).is_some() {
        return Ok(Fragment(Quick {
            rows: Vec::new(),
            more: false,
            hint: Some(text!("按回车查找证件号，查找会留痕")),
        }));
    }
    let (rows, more) = find(&state, &session, typed, QUICK).await?;
    let hint = rows.is_empty().then(|| hint(typed));
    Ok(Fragment(Quick { rows, more, hint }))
}

async fn find(state: &AppState, session: &Session, typed: &str, limit: usize) -> Result<(Vec<PersonRow>, bool)> {
    if typed.is_empty() || session.actor.may(Action::ViewElders).is_err() {
        return Ok((Vec::new(), false));
    }
    let (scope, today) = (session.scope(), state.clock().today());
    let desk = search::Desk { db: &state.db, keys: &state.keys, blinder: &state.blinder, scope, today };
    let may_unmask = session.actor.may(Action::UnmaskElder).is_ok();
    let found = search::search(desk, typed, limit).await?;
    let row =
        |elder: &Elder| Ok(PersonRow::of(elder, today, may_unmask)?.by_contact(found.by_contact.contains(&elder.id)));
    Ok((found.elders.iter().map(row).collect::<Result<_>>()?, found.more))
}

fn hint(typed: &str) -> Text {
    match pinyin::classify(typed) {
        pinyin::Query::Nothing => text!("请输入姓名、拼音或首字母、电话至少后 4 位、证件号或单号"),
        _ => not_here(),
    }
}

impl Samples for SearchPage {
    fn samples() -> Vec<Self> {
        let page = |typed: &str, rows: Vec<_>, hint| Self { typed: typed.into(), more: typed == "c", rows, hint };
        vec![
            page("cxy", vec![PersonRow::sample("陈秀云", &[])], None),
            page("c", vec![PersonRow::sample("陈秀云", &[])], None),
            page("?", Vec::new(), Some(hint("?"))),
        ]
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_holds_in_both_languages() {
        web::check::all::<super::SearchPage>();
    }
}
