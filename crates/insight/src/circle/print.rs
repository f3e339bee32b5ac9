//! The circle on paper: one page of A4 for each county, or for the place itself.

use askama::Template;
use axum::extract::{Path, Query, State};
use kernel::{Level, Region, text};
use web::{
    filters,
    head::{Head, Label},
    page::{Page, PageResult, Samples, View},
    session::Session,
    state::AppState,
};

use super::{
    Circle,
    board::{self, Asked, Board, Gap},
    kinds::{Group, MINUTES, metres},
    model::Model,
    pages::{percent, sample_board},
};
use crate::{
    circle::figures::{Counted, Reached},
    dashboards::{self, existing},
};

/// Lines of the gap list that fit on a page beside the table.
const GAPS: usize = 12;
/// Towns that fit on a page; the widest counties have about thirty.
const TOWNS: usize = 36;

/// A square of the small map: SVG path by shade.
#[derive(Clone, Debug, Default)]
struct Drawn {
    /// West, north, width, height of the view.
    view: (i32, i32, i32, i32),
    /// One path for each shade, 0 for places without elders.
    shades: [String; 6],
    /// Where facilities of the kind stand.
    dots: Vec<(i32, i32)>,
    /// Radius of a dot.
    radius: i32,
}

/// One page.
#[derive(Clone, Debug)]
struct Sheet {
    board: Board,
    drawn: Option<Drawn>,
}

/// The pages.
#[derive(Clone, Debug, Template)]
#[template(path = "circle/print.html")]
pub struct PrintPage {
    sheets: Vec<Sheet>,
    name: String,
    back: String,
    crumbs: Vec<(String, String)>,
}

impl PrintPage {
    fn share(&self, board: &Board, reached: &Reached) -> String {
        percent(board.look.share(reached))
    }

    fn minutes(&self) -> [u32; MINUTES.len()] {
        MINUTES
    }

    fn in_minutes(&self, board: &Board, reached: &Reached, minutes: &u32) -> String {
        percent(board.look.in_minutes(*minutes).share(reached))
    }

    fn groups(&self) -> [Group; Group::ALL.len()] {
        Group::ALL
    }

    fn of_group(&self, board: &Board, reached: &Reached, group: &Group) -> String {
        percent(board.look.of(*group).share(reached))
    }

    fn counted<'a>(&self, board: &Board, reached: &'a Reached) -> &'a Counted {
        reached.of(board.look.group)
    }

    fn facilities(&self, board: &Board, reached: &Reached) -> i64 {
        reached.facilities(board.look.walk)
    }

    fn metres(&self, board: &Board) -> u32 {
        metres(board.look.minutes) as u32
    }

    fn gaps<'a>(&self, board: &'a Board) -> &'a [Gap] {
        &board.gaps[..board.gaps.len().min(GAPS)]
    }

    fn called(&self, board: &Board) -> &'static str {
        dashboards::board::label(board.place.level())
    }
}

impl View for PrintPage {
    const SCRIPTS: &'static [&'static str] = &["circle.js"];

    fn head(&self) -> Head {
        let mut head = Head::new(text!("十五分钟服务圈报告")).soft(Label::data(&self.name)).menu("circle");
        for (name, href) in &self.crumbs {
            head = head.crumb(Label::data(name), href.clone());
        }
        head.here(text!("报告")).ghost(text!("回到地图"), "map-2", self.back.clone())
    }
}

/// `GET /circle/{place}/print`: the counties of a city, or the place.
pub(super) async fn show(
    State(state): State<AppState>,
    session: Session,
    Path(place): Path<String>,
    Query(asked): Query<Asked>,
) -> PageResult<PrintPage> {
    let (place, scope, circle) = (existing(&place)?, session.scope(), Circle::of(&state));
    let whole = board::read((&state.db, &circle), &scope, place, &asked).await?;
    let counties: Vec<Region> = match place.level() {
        Level::City => whole.children.iter().filter_map(|child| child.place).collect(),
        Level::Province | Level::County | Level::Town | Level::Village => Vec::new(),
    };
    let model = match place.at(Level::City) {
        Some(city) if circle.has_streets(city) && whole.day.is_some() => {
            Some(circle.model((&state.db, &state.keys), city).await?)
        }
        _ => None,
    };
    let (name, back) = (whole.name.clone(), format!("/circle/{}?{}", place.short(), whole.look.query()));
    let mut boards = vec![whole];
    for county in counties {
        boards.push(board::read((&state.db, &circle), &scope, county, &asked).await?);
    }
    let sheet = |mut board: Board| {
        board.children.truncate(TOWNS);
        Sheet { drawn: model.as_ref().map(|model| drawn(model, &board)), board }
    };
    let crumbs = dashboards::above(place, &scope, "/circle");
    Ok(Page(PrintPage { sheets: boards.into_iter().map(sheet).collect(), name, back, crumbs }))
}

/// The small map of a board: the places inside in their shades.
fn drawn(model: &Model, board: &Board) -> Drawn {
    let areas = model.areas(board.place.level());
    let mut drawn = Drawn::default();
    let (mut w, mut s, mut e, mut n) = (i32::MAX, i32::MAX, i32::MIN, i32::MIN);
    for run in areas.within(board.place) {
        let place = areas.places[run.place];
        let child = board.children.iter().find(|child| child.place.is_some_and(|child| child.contains(place)));
        let share = child.map_or(&board.now, |child| &child.now);
        let share = board.look.share(share).percent();
        let shade = share.map_or(0, |share| 1 + BREAKS.iter().filter(|edge| share >= **edge).count());
        let (x, y) = (run.x * areas.side, -(run.y + 1) * areas.side);
        let (width, side) = (run.length * areas.side, areas.side);
        drawn.shades[shade].push_str(&format!("M{x} {y}h{width}v{side}h-{width}z"));
        (w, s, e, n) = (w.min(x), s.min(y), e.max(x + width), n.max(y + side));
    }
    if w < e {
        drawn.view = (w, s, e - w, n - s);
        drawn.radius = ((e - w) / 140).max(20);
    }
    let counted = |facility: &&super::model::Facility| {
        board.place.contains(facility.place)
            && super::kinds::Walk::numbers_of(facility.kind).contains(&board.look.walk.number())
    };
    let dots = model.facilities.iter().filter(counted);
    drawn.dots = dots
        .map(|facility| {
            let (x, y) = super::missed::metres(model.plane(), facility.at);
            (x, -y)
        })
        .collect();
    drawn
}

/// Where shares change their shade, in per cent; fixed, so that days compare.
pub(super) const BREAKS: [f64; 4] = [40.0, 60.0, 80.0, 95.0];

impl Samples for PrintPage {
    fn samples() -> Vec<Self> {
        let day = chrono::NaiveDate::from_ymd_opt(2026, 11, 21).unwrap_or_default();
        let page = |code: &str| {
            let board = sample_board(code, vec![day])?;
            let (name, back) = (board.name.clone(), format!("/circle/{code}"));
            let drawn = Drawn {
                view: (0, 0, 300, 150),
                shades: std::array::from_fn(|shade| format!("M{} 0h50v150h-50z", shade * 50)),
                dots: vec![(30, 40)],
                radius: 20,
            };
            Some(Self {
                sheets: vec![
                    Sheet { board, drawn: Some(drawn) },
                    Sheet { board: sample_board("411003", vec![day])?, drawn: None },
                ],
                name,
                back,
                crumbs: Vec::new(),
            })
        };
        [page("411002"), page("4110")].into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_report_reads_in_both_languages() {
        web::check::all::<super::PrintPage>();
    }
}
