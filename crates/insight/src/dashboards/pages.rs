//! The page of a place.

use std::time::Duration;

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::Redirect,
};
use kernel::{Common, Instant, Level, Region, Result, Scope, Text, text};
use registry::places;
use serde::Deserialize;
use store::{Db, homes};
use web::{
    chart::{Bar, Bars, Choropleth, Panel, Trend},
    filters,
    head::{Head, Label},
    page::{ErrorPage, Page, PageResult, Samples, View},
    session::Session,
    state::AppState,
};

use super::{
    board::{self, Board, Child, Counts, Share},
    map::{self, Shown},
};
use crate::statistics::reading::{self, Days, Freshness};

/// How long an update waits for the figures to take up what was just written, and how often it looks.
const PATIENCE: Duration = Duration::from_millis(600);
const LOOK: Duration = Duration::from_millis(20);

/// One of the six figures.
#[derive(Clone, Debug)]
struct Figure {
    title: Text,
    value: String,
    unit: Text,
    note: Text,
    /// How it is counted.
    defined: Text,
}

/// The dashboard of a place.
#[derive(Clone, Debug, Template)]
#[template(path = "dashboards/place.html")]
pub struct DashboardPage {
    board: Board,
    figures: Vec<Figure>,
    shown: Shown,
    map: Option<Choropleth>,
    trend: Trend,
    ages: Bars,
    above: Vec<(String, String)>,
}

impl DashboardPage {
    fn of(board: Board, shown: Shown, scope: &Scope) -> Self {
        Self {
            figures: figures(&board),
            map: map::of(&board.children, shown),
            trend: trend(&board),
            ages: ages(&board),
            above: above(board.place, scope, "/dashboard"),
            shown,
            board,
        }
    }

    fn address(&self, shown: &Shown) -> String {
        format!("/dashboard/{}?map={}", self.board.place.short(), shown.name())
    }

    fn is_other(&self, shown: &Shown) -> bool {
        *shown != self.shown
    }

    fn switch(&self) -> [Shown; 4] {
        Shown::ALL
    }

    fn percent(&self, share: &Share) -> String {
        percent(*share)
    }

    fn called(&self) -> &'static str {
        board::label(self.board.place.level())
    }

    fn at(&self) -> Instant {
        self.board.fresh.as_of
    }
}

impl View for DashboardPage {
    fn head(&self) -> Head {
        let mut head = Head::new(text!("养老服务总览")).soft(Label::data(&self.board.name)).menu("home");
        for (name, href) in &self.above {
            head = head.crumb(Label::data(name), href.clone());
        }
        let export = format!("/dashboard/{}/export", self.board.place.short());
        head.here(Label::data(&self.board.name)).ghost(text!("导出 Excel"), "file-export", export)
    }
}

/// The places above that the scope holds, widest first, with their addresses; placeholders left out.
pub(crate) fn above(place: Region, scope: &Scope, root: &str) -> Vec<(String, String)> {
    let above = place.line().skip(1).filter(|above| reading::visible(scope, *above).is_ok());
    let named = above.filter_map(|above| Some((places::name(above)?, above)));
    let real = named.filter(|(name, region)| !places::Place { region: *region, name }.is_placeholder());
    let mut crumbs: Vec<_> =
        real.map(|(name, region)| (name.to_owned(), format!("{root}/{}", region.short()))).collect();
    crumbs.reverse();
    crumbs
}

fn percent(share: Share) -> String {
    share.percent().map_or_else(|| "–".to_owned(), |percent| format!("{percent:.1}"))
}

fn grouped(number: i64) -> String {
    filters::thousands(&number.to_string())
}

fn figures(board: &Board) -> Vec<Figure> {
    let counts = &board.counts;
    let growth = format!("{}{}", if board.growth > 0 { "+" } else { "" }, grouped(board.growth));
    let figure = |title, value, unit, note, defined| Figure { title, value, unit, note, defined };
    vec![
        figure(
            text!("在册老人"),
            grouped(counts.elders),
            text!("人"),
            text!("近 30 天净增 {n} 人", n = growth),
            text!("现在登记在册、未迁出、未去世的老人"),
        ),
        figure(
            text!("今日工单"),
            grouped(counts.placed),
            text!("单"),
            text!("在途 {n} 单", n = grouped(board.open)),
            text!("今天下的单；在途是还没有完成、取消或中止的"),
        ),
        figure(
            text!("服务中"),
            grouped(counts.in_service),
            text!("单"),
            text!("今日上门 {n} 次", n = grouped(board.visits)),
            text!("护理员已签到、还没有签退的工单"),
        ),
        figure(
            text!("今日完成"),
            grouped(counts.completed),
            text!("单"),
            text!("近 30 天完成 {n} 单", n = grouped(board.completed)),
            text!("今天评价完毕或评价期已过的工单"),
        ),
        figure(
            text!("按时率"),
            percent(counts.on_time),
            text!("%"),
            text!("近 30 天上门 {n} 次", n = grouped(counts.on_time.of)),
            text!("签到不晚于约定时段结束的次数 ÷ 全部签到次数，近 30 天"),
        ),
        figure(
            text!("满意率"),
            percent(counts.satisfied),
            text!("%"),
            text!("近 30 天有效评价 {n} 条", n = grouped(counts.satisfied.of)),
            text!("四分和五分的评价 ÷ 全部有效评价，近 30 天；没有评价的不算"),
        ),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn trend(board: &Board) -> Trend {
    let panel = |title, values: &[i64]| Panel {
        title,
        values: values.iter().map(|value| Some(*value as f64)).collect(),
        alarm: false,
    };
    let panels =
        vec![panel(text!("每日完成工单"), &board.completed_by_day), panel(text!("每日新下工单"), &board.placed_by_day)];
    Trend { id: "trend", title: text!("近 30 天走势"), from: board.days.from, panels }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn ages(board: &Board) -> Bars {
    let labels = [
        text!("不满 60 岁"),
        text!("60–69 岁"),
        text!("70–79 岁"),
        text!("80–89 岁"),
        text!("90–99 岁"),
        text!("100 岁及以上"),
    ];
    let known = labels.into_iter().zip(board.bands);
    let unknown = (text!("年龄不详"), board.counts.elders - board.bands.iter().sum::<i64>());
    let bars = known.chain(Some(unknown).filter(|(_, count)| *count > 0));
    let bars = bars.map(|(label, count)| Bar { label: label.into(), value: count as f64, href: None });
    Bars { title: text!("在册老人年龄"), unit: text!("人"), bars: bars.collect() }
}

/// What the address of the page says.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    map: String,
    /// An update of a page that is open.
    live: Option<String>,
}

/// `GET /dashboard/{place}`.
pub(super) async fn show(
    State(state): State<AppState>,
    session: Session,
    Path(place): Path<String>,
    Query(asked): Query<Asked>,
) -> PageResult<DashboardPage> {
    let (place, scope) = (existing(&place)?, session.scope());
    if asked.live.is_some() {
        settled(&state.db, &scope, place).await?;
    }
    let board = board::read(&state.db, &scope, place, state.clock().today()).await?;
    Ok(Page(DashboardPage::of(board, Shown::named(&asked.map), &scope)))
}

/// The place of an address; no such place is not found.
pub(crate) fn existing(code: &str) -> Result<Region> {
    code.parse().map_err(|_| Common::NotFound.into())
}

/// Waits a moment until the figures have taken up what the page was told about: the consumer follows the same commit.
async fn settled(db: &Db, scope: &Scope, place: Region) -> Result<()> {
    reading::visible(scope, place)?;
    let waiting = async {
        while reading::freshness(db, place).await?.behind > 0 {
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    };
    // Figures that stay behind are shown as they are; the page says as of when.
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or(Ok(()))
}

/// `GET /dashboard`: the place one acts in.
pub(super) async fn home(State(state): State<AppState>, session: Session) -> Result<Redirect, ErrorPage> {
    let place = home_place(&state.db, &session).await?;
    Ok(Redirect::to(&format!("/dashboard/{}", place.short())))
}

/// The place one acts in, for the figures of a place.
pub(crate) async fn home_place(db: &Db, session: &Session) -> Result<Region> {
    let acting = session.actor.acting.place.filter(|place| reading::visible(&session.scope(), *place).is_ok());
    let place = match acting {
        Some(place) => Some(place),
        None => loaded(db, &session.scope()).await?,
    };
    place.ok_or_else(|| Common::NotFound.into())
}

/// For somebody with the whole country: the city that has cases.
async fn loaded(db: &Db, scope: &Scope) -> Result<Option<Region>> {
    let Scope::Place(range) = scope else { return Ok(None) };
    let first = homes::of_range(db, *range).await?.into_iter().next();
    let county = first.and_then(|home| Region::new(i64::from(home.number()) * 1_000_000).ok());
    Ok(county.and_then(|county| county.at(Level::City)))
}

impl Samples for DashboardPage {
    fn samples() -> Vec<Self> {
        let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 21).unwrap_or_default();
        let counts = Counts {
            elders: 107_316,
            placed: 312,
            in_service: 41,
            completed: 287,
            on_time: Share { part: 6_201, of: 6_390 },
            satisfied: Share { part: 4_410, of: 4_472 },
        };
        let board = |code: &str, counts: Counts, behind| {
            let place: Region = code.parse().ok()?;
            let child = |child: places::Place| Child { place: Some(child.region), name: child.name.to_owned(), counts };
            let mut children: Vec<_> = board::inside(place).into_iter().map(child).collect();
            children.push(Child {
                place: None,
                name: String::new(),
                counts: Counts { elders: 3, ..Counts::default() },
            });
            Some(Board {
                place,
                name: places::name(place)?.to_owned(),
                days: Days::last(board::DAYS, today),
                counts,
                growth: 1_208,
                open: 214,
                visits: 299,
                completed: 8_123,
                placed_by_day: (0..board::DAYS).map(|day| day % 7 * 40 + counts.placed).collect(),
                completed_by_day: (0..board::DAYS).map(|day| day % 7 * 30 + counts.completed).collect(),
                bands: [12, 52_000, 33_000, 18_000, 4_200, 104],
                children: if place.level() == Level::Village { Vec::new() } else { children },
                fresh: Freshness { as_of: kernel::start_of_day(today), behind },
            })
        };
        let boards =
            [board("4110", counts, 0), board("411002", counts, 12), board("411002001001", Counts::default(), 0)];
        let shown = [Shown::OnTime, Shown::Elders, Shown::Placed];
        let boards = boards.into_iter().flatten().zip(shown);
        boards.map(|(board, shown)| Self::of(board, shown, &Scope::whole())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dashboard_reads_in_both_languages() {
        web::check::all::<DashboardPage>();
    }

    #[test]
    fn a_rate_of_nothing_is_a_dash_and_has_its_n() {
        let samples = DashboardPage::samples();
        assert_eq!((samples[0].figures[4].value.as_str(), samples[2].figures[4].value.as_str()), ("97.0", "–"));
        assert_eq!(samples[0].figures[5].note.to_string(), "近 30 天有效评价 4,472 条");
    }

    #[test]
    fn the_way_up_ends_where_the_scope_ends() {
        let crumbs = |scope: Scope| {
            above("110101001".parse().unwrap(), &scope, "/dashboard").into_iter().map(|c| c.0).collect::<Vec<_>>()
        };
        assert_eq!(crumbs(Scope::whole()), ["北京市", "东城区"]);
        assert_eq!(crumbs(Scope::of("110101".parse().unwrap())), ["东城区"]);
        assert_eq!(crumbs(Scope::of("110101001".parse().unwrap())), Vec::<String>::new());
    }
}
