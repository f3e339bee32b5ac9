//! The page of a place, and counting it now.

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse as _, Redirect, Response},
};
use chrono::NaiveDate;
use kernel::{Action, Level, Region, Result, Scope, text};
use store::Lane;
use web::{
    base_map::BaseMap,
    filters,
    form::FormGuard,
    head::{Head, Label},
    page::{ErrorPage, Page, PageResult, Samples, View},
    session::Session,
    state::AppState,
};

use super::{
    Circle,
    board::{self, Asked, Board, Child, Gap, Look},
    count,
    figures::{Counted, Reached},
    kinds::{Group, KINDS, MINUTES, Walk, metres},
    plans::{self, Plan},
    siting::MOST,
    sitings::pages::{SiteCard, first},
};
use crate::{
    dashboards::{self, Share, board::label, existing, home_place},
    statistics::reading,
};

/// Lines of the gap list on the page; the sheet holds all.
const GAPS: usize = 50;

/// The circle of a place.
#[derive(Clone, Debug, Template)]
#[template(path = "circle/place.html")]
pub struct CirclePage {
    board: Board,
    has_streets: bool,
    may_plan: bool,
    plans: Vec<Plan>,
    site: SiteCard,
    base_map: Option<BaseMap>,
    above: Vec<(String, String)>,
    guard: FormGuard,
}

impl CirclePage {
    fn address(&self, place: &Region) -> String {
        format!("/circle/{}?{}{}", place.short(), self.board.look.query(), self.days_query())
    }

    /// Where the card of a siting that is worked on looks again.
    fn site_again(&self) -> String {
        let key = self.site.siting.as_ref().map(|siting| format!("&siting={}", siting.key)).unwrap_or_default();
        format!("{}{key}", self.address(&self.board.place))
    }

    fn days_query(&self) -> String {
        let day = |name, day: Option<NaiveDate>| day.map(|day| format!("&{name}={day}")).unwrap_or_default();
        let is_last = self.board.day == self.board.days.first().copied();
        day("day", self.board.day.filter(|_| !is_last)) + &day("than", self.board.than)
    }

    fn walks(&self) -> [Walk; KINDS] {
        Walk::ALL
    }

    fn is_walk(&self, walk: &Walk) -> bool {
        *walk == self.board.look.walk
    }

    fn minutes(&self) -> [u32; MINUTES.len()] {
        MINUTES
    }

    fn is_minutes(&self, minutes: &u32) -> bool {
        *minutes == self.board.look.minutes
    }

    fn groups(&self) -> [Group; Group::ALL.len()] {
        Group::ALL
    }

    fn is_group(&self, group: &Group) -> bool {
        *group == self.board.look.group
    }

    fn is_day(&self, day: &NaiveDate) -> bool {
        Some(*day) == self.board.day
    }

    fn is_than(&self, day: &NaiveDate) -> bool {
        Some(*day) == self.board.than
    }

    fn metres(&self) -> u32 {
        metres(self.board.look.minutes) as u32
    }

    fn counted(&self) -> &Counted {
        self.board.now.of(self.board.look.group)
    }

    fn share(&self) -> Share {
        self.board.look.share(&self.board.now)
    }

    fn then(&self) -> Option<Share> {
        self.board.then.as_ref().map(|then| self.board.look.share(then))
    }

    fn percent(&self, share: &Share) -> String {
        percent(*share)
    }

    /// The share within other minutes, or of another group, of a place of the table.
    fn in_minutes(&self, reached: &Reached, minutes: &u32) -> String {
        percent(self.board.look.in_minutes(*minutes).share(reached))
    }

    fn of_group(&self, reached: &Reached, group: &Group) -> String {
        percent(self.board.look.of(*group).share(reached))
    }

    fn change(&self, child: &Child) -> String {
        let then = child.then.as_ref().and_then(|then| self.board.look.share(then).percent());
        change(self.board.look.share(&child.now).percent().zip(then))
    }

    fn whole_change(&self) -> String {
        change(self.share().percent().zip(self.then().and_then(Share::percent)))
    }

    fn facilities(&self, reached: &Reached) -> i64 {
        reached.facilities(self.board.look.walk)
    }

    fn gaps(&self) -> &[Gap] {
        &self.board.gaps[..self.board.gaps.len().min(GAPS)]
    }

    fn called(&self) -> &'static str {
        label(self.board.place.level())
    }

    fn has_map(&self) -> bool {
        self.has_streets && self.board.place.level() != Level::Province
    }

    fn most(&self) -> usize {
        MOST
    }

    /// Per cent of a count under way; none while its end is unknown.
    fn progress(&self, done: &i64, total: &i64) -> Option<i64> {
        (*total > 0).then(|| (done * 100 / total).clamp(0, 100))
    }

    fn own<'a>(&self, child: &'a Child) -> &'a Counted {
        child.now.of(self.board.look.group)
    }

    fn widths(&self) -> (f64, f64) {
        let now = self.share().percent().unwrap_or(0.0);
        let more = self.then().and_then(Share::percent).unwrap_or(now);
        (now, more)
    }
}

impl View for CirclePage {
    const SCRIPTS: &'static [&'static str] = &["circle.js"];

    fn head(&self) -> Head {
        let soft = text!("步行 {metres} 米，按路网，老人步速", metres = self.metres());
        let mut head = Head::new(text!("十五分钟服务圈")).soft(soft).menu("circle").on_rail();
        for (name, href) in &self.above {
            head = head.crumb(Label::data(name), href.clone());
        }
        head = head.here(Label::data(&self.board.name));
        if self.board.day.is_some() {
            let (code, query) = (self.board.place.short(), format!("{}{}", self.board.look.query(), self.days_query()));
            head = head
                .ghost(text!("看表格"), "table", "#inside")
                .ghost(text!("导出 Excel"), "file-export", format!("/circle/{code}/export?{query}"))
                .ghost(text!("打印报告"), "printer", format!("/circle/{code}/print?{query}"));
        }
        if let Some(at) = self.board.counted_at { head.fresh(at) } else { head }
    }
}

pub(super) fn percent(share: Share) -> String {
    share.percent().map_or_else(|| "–".to_owned(), |percent| format!("{percent:.1}%"))
}

/// By how many points a share changed: +1.2.
fn change(both: Option<(f64, f64)>) -> String {
    both.map_or_else(|| "–".to_owned(), |(now, then)| format!("{:+.1}", now - then))
}

/// `GET /circle`: the place one acts in.
pub(super) async fn home(State(state): State<AppState>, session: Session) -> Result<Redirect, ErrorPage> {
    let place = home_place(&state.db, &session).await?;
    Ok(Redirect::to(&format!("/circle/{}", place.short())))
}

/// `GET /circle/{place}`.
pub(super) async fn show(
    State(state): State<AppState>,
    session: Session,
    Path(place): Path<String>,
    Query(asked): Query<Asked>,
) -> PageResult<CirclePage> {
    Ok(of_place((&state, &session), existing(&place)?, &asked, None).await?)
}

/// The page of a place; with a form that was refused, that one instead of the last siting.
pub(super) async fn of_place(
    (state, session): (&AppState, &Session),
    place: Region,
    asked: &Asked,
    refused: Option<SiteCard>,
) -> Result<Page<CirclePage>> {
    let (scope, circle) = (session.scope(), Circle::of(state));
    let board = board::read((&state.db, &circle), &scope, place, asked).await?;
    let has_streets = place.at(Level::City).is_some_and(|city| circle.has_streets(city));
    let may_plan = session.actor.may(Action::PlanCircle).is_ok();
    let plans = plans::list(&state.db, &scope, place).await?;
    let site = match refused {
        Some(card) => card,
        None => SiteCard::of(&state.db, &scope, place, asked).await?,
    };
    let base_map = state.config.base_map.clone();
    let page = CirclePage::of(board, (has_streets, may_plan), &scope, session.guard());
    Ok(Page(CirclePage { plans, site, base_map, ..page }))
}

impl CirclePage {
    fn of(board: Board, (has_streets, may_plan): (bool, bool), scope: &Scope, guard: FormGuard) -> Self {
        let mut above = dashboards::above(board.place, scope, "/circle");
        let look = board.look.query();
        above.iter_mut().for_each(|(_, href)| *href = format!("{href}?{look}"));
        let site = SiteCard { wanted: first(board.look), ..SiteCard::default() };
        Self { board, has_streets, may_plan, plans: Vec::new(), site, base_map: None, above, guard }
    }
}

/// `POST /circle/{place}/count`: counts the city now.
pub(super) async fn count_now(
    State(state): State<AppState>,
    session: Session,
    Path(place): Path<String>,
) -> Result<Response, ErrorPage> {
    let place = existing(&place)?;
    reading::visible(&session.scope(), place)?;
    state.db.write(Lane::Interactive, &session.actor, async |tx| count::ask(&tx, place).await).await?;
    Ok(Redirect::to(&format!("/circle/{}", place.short())).into_response())
}

/// Invented counts, for the samples of pages.
pub(super) fn sample(elders: i64) -> Reached {
    let counted = |elders: i64| Counted {
        elders,
        unlocated: elders / 50,
        far: elders / 300,
        unconnected: elders / 200,
        within: vec![[elders / 5, elders / 2, elders * 4 / 5]; KINDS],
    };
    let groups = [counted(elders), counted(elders / 8), counted(elders / 9)];
    Reached { groups, facilities: vec![elders / 4_000; KINDS] }
}

/// An invented board, for the samples of pages.
pub(super) fn sample_board(code: &str, days: Vec<NaiveDate>) -> Option<Board> {
    let place: Region = code.parse().ok()?;
    let counted = !days.is_empty();
    let child = |child: registry::places::Place| Child {
        place: Some(child.region),
        name: child.name.to_owned(),
        now: sample(4_800),
        then: Some(sample(4_700)),
    };
    let children = dashboards::board::inside(place).into_iter().map(child);
    let gap = |number: i64| Gap { place, name: format!("北关社区{number}"), elders: 90 - number };
    Some(Board {
        place,
        name: registry::places::name(place)?.to_owned(),
        look: Look { minutes: 15, ..Look::default() },
        day: days.first().copied(),
        than: days.get(1).copied(),
        days,
        now: if counted { sample(34_618) } else { Reached::default() },
        then: counted.then(|| sample(30_000)),
        children: if counted { children.collect() } else { Vec::new() },
        gaps: if counted { (0..60).map(gap).collect() } else { Vec::new() },
        communities: 340,
        counted_at: counted.then(|| web::frame::Frame::sample(web::i18n::Locale::Zh).now),
        attribution: if counted { "© OpenStreetMap contributors".to_owned() } else { String::new() },
        counting: (!counted).then(|| (1_200, 0, "正在读取老人的位置".to_owned())),
    })
}

pub(super) fn sample_plans() -> Vec<Plan> {
    let other = |plan: Plan| Plan { name: "后年两处".into(), ..plan };
    let picks = vec![plans::Place { name: "原塔湾小学".into(), point: (113.8261, 34.0225), gained: 1_607 }];
    let body = plans::Body { kind: "community".into(), minutes: 15, group: "all".into(), picks, better: 0.4 };
    let place: Option<Region> = "411002".parse().ok();
    let home = place.and_then(Region::home);
    let made_at = web::frame::Frame::sample(web::i18n::Locale::Zh).now;
    let plan = |(place, home)| Plan {
        key: kernel::Key::new(home, uuid::Uuid::nil()),
        place,
        name: "明年三处".into(),
        body,
        made_at,
    };
    let plans = place.zip(home).map(plan).map(|plan| [plan.clone(), other(plan)]);
    plans.into_iter().flatten().collect()
}

impl Samples for CirclePage {
    fn samples() -> Vec<Self> {
        let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).unwrap_or_default();
        let page = |code: &str, days, has_streets: bool| {
            let (board, is_full) = (sample_board(code, days)?, code == "4110");
            let plans = if is_full { sample_plans() } else { Vec::new() };
            let page = Self::of(board, (has_streets, true), &Scope::whole(), FormGuard::default());
            let site = if is_full { SiteCard::sample() } else { page.site.clone() };
            let base_map = BaseMap::new("/tiles/{z}/{x}/{y}.png", "天地图 审图号：GS(2026)0001号").filter(|_| is_full);
            Some(Self { plans, site, base_map, ..page })
        };
        let empty = page("4110", Vec::new(), false)
            .map(|page| Self { board: Board { counting: None, ..page.board.clone() }, ..page });
        let pages = [
            page("4110", vec![day(21), day(1)], true),
            page("411002001", vec![day(21)], false),
            page("411002", Vec::new(), true),
            empty,
        ];
        pages.into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_circle_reads_in_both_languages() {
        web::check::all::<CirclePage>();
    }

    #[test]
    fn a_change_is_told_in_points_with_its_sign() {
        assert_eq!(change(Some((81.26, 80.0))), "+1.3");
        assert_eq!(change(Some((79.0, 80.0))), "-1.0");
        assert_eq!(change(None), "–");
    }
}
