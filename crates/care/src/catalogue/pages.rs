//! `/catalogue`: the menu that holds at a place today, and its sheet.

use askama::Template;
use axum::{Extension, extract::State, response::Response};
use chrono::NaiveDate;
use kernel::{Action, Instant, Region, Result, Text, text};
use registry::places;
use store::rulebooks;
use web::{
    export::{Cell, Sheet, download as as_download},
    filters,
    frame::Frame,
    head::{Head, Label},
    i18n::Translate as _,
    page::{ErrorPage, Page, PageResult, Samples, View},
    query::ListQuery,
    routes::Routes,
    session::Session,
    state::AppState,
};

use super::{Item, Menu, PriceBook, changes, find_menu};

/// The menu.
#[derive(Debug, Template)]
#[template(path = "catalogue/menu.html")]
pub(crate) struct MenuPage {
    menu: Option<Menu>,
    place: Option<Region>,
    made_at: Option<String>,
    at: Instant,
    /// A version of the history, not what holds today.
    version: bool,
}

impl MenuPage {
    /// A version as an administrator looks at it.
    pub(super) fn of_version(menu: Menu, place: Option<Region>, made_at: Option<String>, at: Instant) -> Self {
        Self { menu: Some(menu), place, made_at, at, version: true }
    }

    fn subsidies(item: &Item) -> String {
        changes::subsidies(&item.subsidies)
    }
}

impl View for MenuPage {
    fn head(&self) -> Head {
        let head = if self.version {
            Head::new(text!("一版价目")).menu("prices").crumb(text!("价目"), "/prices").here(text!("一版价目"))
        } else {
            Head::new(text!("服务目录")).menu("catalogue").fresh(self.at)
        };
        let head = match self.place.and_then(places::full_name) {
            Some(name) => head.soft(Label::data(name)),
            None => head,
        };
        if let (true, Some(menu)) = (self.version, &self.menu) {
            return head.solid(text!("照此改"), "edit", format!("/prices/edit?of={}", menu.rulebook));
        }
        if self.menu.is_some() { head.solid(text!("导出 Excel"), "file-export", "/catalogue/export") } else { head }
    }
}

/// The routes of the catalogue.
#[must_use]
pub fn routes() -> Routes {
    Routes::new("care").get("/catalogue", Action::ViewOrders, show).get(
        "/catalogue/export",
        Action::ViewOrders,
        download,
    )
}

/// The place asked for, or that of the grant; providers look at the place of their seat.
pub(super) async fn place(state: &AppState, session: &Session, asked: Option<&str>) -> Result<Option<Region>> {
    if let Some(place) = asked.and_then(|code| code.parse().ok()) {
        return Ok(Some(place));
    }
    match (session.actor.acting.place, session.actor.acting.organisation) {
        (Some(place), _) => Ok(Some(place)),
        (None, Some(id)) => Ok(Some(registry::organisations::queries::get(&state.db, id).await?.seat()?)),
        (None, None) => Ok(None),
    }
}

/// The menu of a place today; none where no price book holds.
pub(super) async fn today(state: &AppState, place: Option<Region>) -> Result<Option<Menu>> {
    let Some(place) = place else { return Ok(None) };
    find_menu(&state.db, place, state.clock().today()).await
}

async fn show(State(state): State<AppState>, session: Session, query: ListQuery) -> PageResult<MenuPage> {
    let place = place(&state, &session, query.get("place")).await?;
    let menu = today(&state, place).await?;
    let made_at = menu.as_ref().and_then(|menu| menu.made_at).and_then(places::full_name);
    Ok(Page(MenuPage { menu, place, made_at, at: state.clock().now(), version: false }))
}

async fn download(
    State(state): State<AppState>,
    session: Session,
    Extension(frame): Extension<Frame>,
    query: ListQuery,
) -> Result<Response, ErrorPage> {
    let place = place(&state, &session, query.get("place")).await?;
    let missing = || rulebooks::Refusal::Missing { kind: "care.prices".to_owned() };
    let menu = today(&state, place).await?.ok_or_else(|| kernel::Failure::from(missing()))?;
    Ok(sheet(&menu.book, &frame, state.clock().today())?)
}

/// A book as a sheet.
pub(super) fn sheet(book: &PriceBook, frame: &Frame, day: NaiveDate) -> Result<Response> {
    let say = |text: Text| text.in_locale(frame.locale);
    let mut sheet = Sheet::new(&say(text!("服务目录")), heads().into_iter().map(say).collect())?;
    for item in &book.items {
        let word = |word: &'static str| Cell::Text(say(Text::new(word)));
        sheet.row(&[
            Cell::Text(item.code.clone()),
            word(item.class().word()),
            item.sub_item().map_or(Cell::Empty, |sub| word(sub.word)),
            Cell::Text(item.name.clone()),
            word(item.unit.word()),
            Cell::Number(item.minutes.into()),
            Cell::Number(item.least_minutes.into()),
            Cell::Money(item.price_fen),
            Cell::Text(changes::subsidies(&item.subsidies)),
            word(yes(item.pair)),
            word(yes(item.volunteer)),
        ])?;
    }
    Ok(as_download(&format!("{} {day}", say(text!("服务目录"))), sheet.finish()?))
}

fn heads() -> Vec<Text> {
    vec![
        text!("代码"),
        text!("类别"),
        text!("国标小类"),
        text!("项目"),
        text!("计量"),
        text!("时长（分钟）"),
        text!("最短（分钟）"),
        text!("价格（元）"),
        text!("补贴"),
        text!("两人上门"),
        text!("志愿者可做"),
    ]
}

const fn yes(is_so: bool) -> &'static str {
    if is_so { "是" } else { "否" }
}

impl Samples for MenuPage {
    fn samples() -> Vec<Self> {
        let at = web::frame::Frame::sample(web::i18n::Locale::Zh).now;
        let menu = Menu {
            rulebook: uuid::Uuid::nil(),
            made_at: None,
            valid_from: NaiveDate::default(),
            book: super::national(),
        };
        let place = "411002".parse().ok();
        vec![
            Self { menu: Some(menu.clone()), place, made_at: Some("河南省许昌市".into()), at, version: false },
            Self::of_version(menu, place, None, at),
            Self { menu: None, place: None, made_at: None, at, version: false },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_holds_in_both_languages() {
        web::check::all::<MenuPage>();
    }

    #[test]
    fn a_subsidy_is_told_by_tag_and_share() {
        let book = super::super::national();
        assert!(changes::subsidies(&book.find("bath").unwrap().subsidies).starts_with("特困 100%；低保 80%"));
    }
}
