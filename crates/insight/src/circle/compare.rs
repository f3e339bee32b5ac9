//! Two kept plans side by side: how many more each would bring within reach, in the place and in each place inside.

use std::{collections::BTreeMap, sync::Arc};

use askama::Template;
use axum::{
    Extension,
    extract::{Path, Query, State},
    response::Response,
};
use kernel::{Common, Failure, Key, Level, Region, Result, Text, text};
use reach::Position;
use registry::places;
use serde::Deserialize;
use web::{
    export::{Cell, Sheet, download as as_download},
    filters,
    frame::Frame,
    head::{Head, Label},
    i18n::Translate as _,
    page::{ErrorPage, Page, PageResult, Samples, View},
    session::Session,
    state::AppState,
};

use super::{
    Circle,
    areas::LEAST,
    board::{Asked, Look},
    model::Model,
    pages::percent,
    plans::{self, Plan},
};
use crate::{
    dashboards::{Share, board::inside, existing},
    statistics::reading,
};

/// Which plans.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Which {
    one: String,
    other: String,
}

/// A place of the comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Elders reached now, and elders on the map.
    pub now: (i64, i64),
    /// How many more each plan brings within reach.
    pub more: [i64; 2],
}

impl Line {
    fn share(&self, more: i64) -> Share {
        Share { part: self.now.0 + more, of: self.now.1 }
    }
}

/// Two plans side by side.
#[derive(Clone, Debug, Template)]
#[template(path = "circle/compare.html")]
pub struct ComparePage {
    place: Region,
    name: String,
    look: Look,
    plans: [Plan; 2],
    whole: Line,
    lines: Vec<Line>,
    attribution: String,
}

impl ComparePage {
    fn now(&self, line: &Line) -> String {
        percent(line.share(0))
    }

    /// The share with a plan; that of now where fewer than five would be more.
    fn with(&self, line: &Line, plan: &usize) -> String {
        let more = line.more[*plan];
        percent(line.share(if few(more) { 0 } else { more }))
    }

    fn few(&self, line: &Line, plan: &usize) -> bool {
        few(line.more[*plan])
    }

    fn more(&self, line: &Line, plan: &usize) -> i64 {
        line.more[*plan]
    }

    /// By how many points the second plan is better.
    fn better(&self, line: &Line) -> String {
        let share = |plan: usize| line.share(if few(line.more[plan]) { 0 } else { line.more[plan] }).percent();
        share(1).zip(share(0)).map_or_else(|| "–".to_owned(), |(other, one)| format!("{:+.1}", other - one))
    }

    fn all(&self) -> impl Iterator<Item = &Line> {
        std::iter::once(&self.whole).chain(&self.lines)
    }
}

/// Too few to be told.
const fn few(more: i64) -> bool {
    more > 0 && more < LEAST as i64
}

impl View for ComparePage {
    fn head(&self) -> Head {
        let code = self.place.short();
        let back = format!("/circle/{code}?{}#plans", self.look.query());
        let [one, other] = &self.plans;
        Head::new(text!("比较两个方案"))
            .soft(text!("步行 {n} 分钟，按路网，老人步速", n = self.look.minutes))
            .menu("circle")
            .crumb(Label::data(&self.name), back)
            .here(text!("比较"))
            .ghost(
                text!("导出 Excel"),
                "file-export",
                format!("/circle/{code}/compare/export?one={}&other={}", one.key, other.key),
            )
    }
}

/// How many more a plan brings within reach, by village and the like.
fn effect(model: &Model, look: Look, plan: &Plan) -> BTreeMap<Region, i64> {
    let mut sum = BTreeMap::<Region, i64>::new();
    let mut standing = model.standing(look.minutes);
    let mut opened = Vec::new();
    for pick in &plan.body.picks {
        // What stands off the streets reaches nobody.
        let at = Position::new(pick.point.0, pick.point.1);
        let Ok((id, change)) = standing.plan.open(look.walk.number(), at) else { continue };
        opened.push(id);
        for (slot, difference) in change.places {
            if let Some((home, _)) = model.place_of(slot).filter(|(_, traits)| look.group.holds(*traits)) {
                *sum.entry(home).or_default() += difference;
            }
        }
    }
    opened.into_iter().for_each(|id| drop(standing.plan.close(id)));
    sum
}

/// The lines of a place and of those inside.
fn compared(model: &Model, place: Region, look: Look, both: &[Plan; 2]) -> (Line, Vec<Line>) {
    let effects = [effect(model, look, &both[0]), effect(model, look, &both[1])];
    let coverage = model.standing(look.minutes).plan.coverage();
    let mut now = BTreeMap::<Region, (i64, i64)>::new();
    for (slot, tally) in (0..).zip(&coverage.places) {
        if let Some((home, _)) = model.place_of(slot).filter(|(_, traits)| look.group.holds(*traits)) {
            let sum = now.entry(home).or_default();
            sum.0 += tally.within.get(look.walk.number()).copied().unwrap_or(0).cast_signed();
            sum.1 += tally.all.cast_signed();
        }
    }
    let line = |place: Region, name: &str| {
        let own = now.iter().filter(|(home, _)| place.contains(**home));
        let sum = |effect: &BTreeMap<Region, i64>| {
            effect.iter().filter(|(home, _)| place.contains(**home)).map(|(_, n)| n).sum()
        };
        Line {
            code: place.short(),
            name: name.to_owned(),
            now: own.fold((0, 0), |(reached, all), (_, counts)| (reached + counts.0, all + counts.1)),
            more: [sum(&effects[0]), sum(&effects[1])],
        }
    };
    let lines = inside(place).into_iter().map(|child| line(child.region, child.name)).collect();
    (line(place, places::name(place).unwrap_or_default()), lines)
}

/// Reads two plans of a place that is visible, and what each would do now.
async fn read(state: &AppState, session: &Session, place: Region, which: &Which) -> Result<ComparePage> {
    reading::visible(&session.scope(), place)?;
    let name = places::name(place).ok_or(Common::NotFound)?.to_owned();
    let city = place.at(Level::City).ok_or(Common::NotFound)?;
    let kept = plans::list(&state.db, &session.scope(), place).await?;
    let find = |text: &str| {
        let key: Option<Key<Plan>> = text.parse().ok();
        key.and_then(|key| kept.iter().find(|plan| plan.key == key)).cloned().ok_or(Failure::from(Common::NotFound))
    };
    let both = [find(&which.one)?, find(&which.other)?];
    // Both are measured by what the first one was made for.
    let body = &both[0].body;
    let (kind, group) = (body.kind.clone(), body.group.clone());
    let look = Asked { kind, minutes: Some(body.minutes), group, ..Asked::default() }.look();
    let model = Circle::of(state).model((&state.db, &state.keys), city).await?;
    let attribution = model.network().streets().attribution().to_owned();
    let (counted, plans) = (Arc::clone(&model), both.clone());
    let (whole, lines) = tokio::task::spawn_blocking(move || compared(&counted, place, look, &plans)).await?;
    Ok(ComparePage { place, name, look, plans: both, whole, lines, attribution })
}

/// `GET /circle/{place}/compare`.
pub(super) async fn show(
    State(state): State<AppState>,
    session: Session,
    Path(place): Path<String>,
    Query(which): Query<Which>,
) -> PageResult<ComparePage> {
    Ok(Page(read(&state, &session, existing(&place)?, &which).await?))
}

/// `GET /circle/{place}/compare/export`.
pub(super) async fn download(
    State(state): State<AppState>,
    session: Session,
    Extension(frame): Extension<Frame>,
    Path(place): Path<String>,
    Query(which): Query<Which>,
) -> Result<Response, ErrorPage> {
    let page = read(&state, &session, existing(&place)?, &which).await?;
    let say = |text: Text| text.in_locale(frame.locale);
    let [one, other] = &page.plans;
    let heads = [
        say(text!("区划代码")),
        say(text!("地方")),
        say(text!("在地图上的老人")),
        say(text!("现在走得到（人）")),
        format!("{}：{}", one.name, say(text!("多走得到（人）"))),
        format!("{}：{}", other.name, say(text!("多走得到（人）"))),
        say(text!("路网来源")),
    ];
    let mut sheet = Sheet::new(&page.name, heads.into()).map_err(ErrorPage)?;
    for line in page.all() {
        let more = |more: i64| if few(more) { Cell::Text(say(text!("不足 5 人"))) } else { number(more) };
        sheet.row(&[
            Cell::Text(line.code.clone()),
            Cell::Text(line.name.clone()),
            number(line.now.1),
            number(line.now.0),
            more(line.more[0]),
            more(line.more[1]),
            Cell::Text(page.attribution.clone()),
        ])?;
    }
    Ok(as_download(&format!("{}{}", page.name, say(text!("比较两个方案"))), sheet.finish()?))
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
const fn number(number: i64) -> Cell {
    Cell::Number(number as f64)
}

impl Samples for ComparePage {
    fn samples() -> Vec<Self> {
        let line =
            |code: &str, name: &str, more| Line { code: code.into(), name: name.into(), now: (800, 1_000), more };
        let plans = super::pages::sample_plans();
        let page = plans.first().cloned().zip("4110".parse().ok()).map(|(plan, place)| Self {
            place,
            name: "许昌市".into(),
            look: Look { minutes: 15, ..Look::default() },
            plans: [plan.clone(), Plan { name: "后年两处".into(), ..plan }],
            whole: line("4110", "许昌市", [90, 123]),
            lines: vec![line("411002", "魏都区", [90, 3]), line("411003", "建安区", [0, 120])],
            attribution: "© OpenStreetMap contributors".into(),
        });
        page.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_comparison_reads_in_both_languages() {
        web::check::all::<super::ComparePage>();
    }
}
