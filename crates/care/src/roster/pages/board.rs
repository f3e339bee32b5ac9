//! `/roster`: a provider's day. Timeline by caregiver, what nobody serves, figures, the map, and what can be done.

use askama::Template;
use axum::extract::State;
use chrono::NaiveDate;
use kernel::{Result, Text, business_day, local, text};
use store::jobs;
use uuid::Uuid;
use web::{
    filters,
    form::FormGuard,
    head::Head,
    page::{Page, PageResult, Samples, View},
    query::ListQuery,
    session::Session,
    state::AppState,
};

use super::{
    address,
    chosen::Chosen,
    figures::FigureRow,
    gaps::{self, GapRow},
    lanes::{Axis, Drawn, Hours, Lane},
    map::{self, MapView},
    measured::Measured,
    provider, visit_of, wording,
};
use crate::{
    orders::pages::wording::day,
    roster::{
        Compared, Measure, Plan, Status,
        desk::{self, Desk},
        gather::Hand,
        hours, queries,
        ways::Why,
        worker::Published,
    },
};

/// Lanes of a page.
const LANES: usize = 40;

/// What stands behind the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// No orders.
    Empty,
    /// Orders, no plan yet.
    Unplanned,
    Draft,
    Published,
}

/// A job under way, or how it ended badly.
#[derive(Clone, Debug)]
struct Running {
    text: Text,
    percent: i64,
}

/// The plan's own line.
#[derive(Clone, Debug)]
struct PlanLine {
    key: String,
    version: i32,
    number: i32,
    origin: &'static str,
    by: String,
    at: String,
    took: Option<String>,
}

/// The board.
#[derive(Debug, Template)]
#[template(path = "roster/board.html")]
pub(crate) struct RosterPage {
    href: String,
    day: NaiveDate,
    today: NaiveDate,
    unit: String,
    phase: Phase,
    orders: usize,
    on_duty: usize,
    running: Option<Running>,
    failed: Option<Text>,
    plan: Option<PlanLine>,
    published: Option<Published>,
    /// The plan in force, when a draft is being worked on.
    in_force: Option<i32>,
    last_change: Option<(&'static str, String, String)>,
    hours: Hours,
    lanes: Vec<Lane>,
    /// Caregivers before and after those shown, as addresses.
    earlier: Option<String>,
    later: Option<String>,
    gaps: Vec<GapRow>,
    more_gaps: usize,
    served: usize,
    /// Orders of a plan in force that went back or to somebody else.
    lost: usize,
    late: u32,
    figures: Vec<FigureRow>,
    compared: bool,
    measured: Option<Measured>,
    map: MapView,
    chosen: Option<Chosen>,
    duty: Vec<(Uuid, String)>,
    guard: FormGuard,
}

impl View for RosterPage {
    fn head(&self) -> Head {
        let scope =
            text!("范围：{unit}，{n} 户约单，护理员 {m} 人在岗", unit = self.unit, n = self.orders, m = self.on_duty);
        let near = |by: i64| address(self.day + chrono::TimeDelta::days(by));
        Head::new(text!("日程排班"))
            .menu("roster")
            .soft(day(self.day))
            .scope(scope)
            .with_persons()
            .on_rail()
            .ghost(text!("前一天"), "chevron-left", near(-1))
            .ghost(text!("后一天"), "chevron-right", near(1))
            .ghost(text!("上班时间"), "clock", "/roster/hours")
            .ghost(text!("导出 Excel"), "file-spreadsheet", format!("/roster/export?day={}", self.day))
    }
}

impl RosterPage {
    /// Reasons of absence.
    fn reasons() -> impl Iterator<Item = (&'static str, &'static str)> {
        hours::Reason::ALL.iter().map(|reason| (reason.name(), reason.word()))
    }

    fn is_past(&self) -> bool {
        self.day < self.today
    }

    const fn is_draft(&self) -> bool {
        matches!(self.phase, Phase::Draft)
    }
}

pub(super) async fn show(State(state): State<AppState>, session: Session, query: ListQuery) -> PageResult<RosterPage> {
    let (provider, now) = (provider(&session)?, state.clock().now());
    let today = business_day(now);
    let day = query.get("day").and_then(|day| day.parse().ok()).unwrap_or(today);
    let desk = desk::open(&state.db, &state.keys, provider, (day, now)).await?;
    Ok(Page(page(&state, &session, desk, &query).await?))
}

async fn page(state: &AppState, session: &Session, desk: Desk, query: &ListQuery) -> Result<RosterPage> {
    let (day, today) = (desk.day.day, state.clock().today());
    let status = desk.plan.as_ref().map(Plan::status).transpose()?;
    let phase = match status {
        Some(Status::Draft) => Phase::Draft,
        Some(_) => Phase::Published,
        None if desk.day.jobs.is_empty() => Phase::Empty,
        None => Phase::Unplanned,
    };
    let (running, failed, published) = jobs_of(state, &desk).await?;
    let may_move = phase == Phase::Draft && day >= today;
    let chosen = query.get("visit").and_then(visit_of);
    let shown = shown(&desk, query);
    let mapped = mapped(&desk, query, &shown);
    let axis = Axis::of(&desk.day, &desk.stops);
    let in_force = phase == Phase::Published && published.is_some();
    let drawn = Drawn { desk: &desk, axis, chosen, mapped: &mapped, may_move, in_force };
    let lost = if in_force { desk.lost() } else { 0 };
    let mut rows = GapRow::of(&desk);
    let more_gaps = rows.len().saturating_sub(gaps::SHOWN);
    let figures = desk.figures()?;
    let map = MapView::of(&desk, &mapped, &rows);
    rows.truncate(gaps::SHOWN);
    let other = match phase {
        Phase::Draft => queries::of_day(&state.db, desk.day.provider, day).await?,
        _ => Vec::new(),
    };
    let guard = session.guard();
    Ok(RosterPage {
        href: query.href(),
        day,
        today,
        unit: session.grant.label.clone(),
        phase,
        orders: desk.day.jobs.len(),
        on_duty: desk.day.on_duty().count(),
        running,
        failed,
        plan: desk.plan.as_ref().map(line).transpose()?,
        published,
        in_force: other.iter().find(|plan| plan.status == Status::Published.code()).map(|plan| plan.number),
        last_change: last_change(state, &desk).await?,
        hours: Hours::of(axis),
        lanes: drawn.lanes(&shown.hands),
        earlier: shown.earlier.map(|n| query.with("from", &n.to_string()).href()),
        later: shown.later.map(|n| query.with("from", &n.to_string()).href()),
        served: usize::try_from(figures.plan.orders - figures.plan.unserved)?.saturating_sub(lost),
        lost,
        late: figures.plan.late_visits,
        gaps: rows,
        more_gaps,
        compared: figures.one_by_one.is_some(),
        measured: Measured::of(&figures),
        figures: FigureRow::of(&figures),
        map,
        chosen: chosen.and_then(|id| Chosen::of(&desk, id, may_move, &guard)),
        duty: desk.day.on_duty().map(|hand| (hand.worker.id, hand.worker.name.clone())).collect(),
        guard,
    })
}

/// The caregivers of one page.
struct Shown<'a> {
    hands: Vec<&'a Hand>,
    earlier: Option<usize>,
    later: Option<usize>,
}

/// Who works or has visits, by name; so many from a place on.
fn shown<'a>(desk: &'a Desk, query: &ListQuery) -> Shown<'a> {
    let has = |hand: &&Hand| {
        hand.is_on_duty(desk.day.day)
            || hand.away.is_some()
            || desk.stops.iter().any(|stop| stop.worker == hand.worker.id)
    };
    let mut all: Vec<&Hand> = desk.day.hands.iter().filter(has).collect();
    // Who has nothing to do stands below.
    all.sort_by_key(|hand| !desk.stops.iter().any(|stop| stop.worker == hand.worker.id));
    let from = query.get("from").and_then(|from| from.parse().ok()).unwrap_or(0).min(all.len());
    let hands: Vec<&Hand> = all.iter().skip(from).take(LANES).copied().collect();
    let next = from + hands.len();
    Shown { hands, earlier: (from > 0).then(|| from.saturating_sub(LANES)), later: (next < all.len()).then_some(next) }
}

/// Whose rounds the map shows: those asked for, else the first with visits.
fn mapped(desk: &Desk, query: &ListQuery, shown: &Shown<'_>) -> Vec<Uuid> {
    let has = |worker: &Uuid| desk.stops.iter().any(|stop| stop.worker == *worker);
    let mut who: Vec<Uuid> = query.all("who").filter_map(|id| id.parse().ok()).filter(has).collect();
    let chosen = query.get("visit").and_then(visit_of);
    who.extend(desk.stops.iter().filter(|stop| Some(stop.id()) == chosen).map(|stop| stop.worker));
    who.extend(shown.hands.iter().map(|hand| hand.worker.id).filter(has));
    let mut seen = std::collections::HashSet::new();
    who.retain(|worker| seen.insert(*worker));
    who.truncate(map::ROUNDS);
    who
}

fn line(plan: &Plan) -> Result<PlanLine> {
    let took = (plan.took_millis > 0).then(|| format!("{:.1}", plan.took_millis as f64 / 1_000.0));
    Ok(PlanLine {
        key: plan.key()?.to_string(),
        version: plan.version,
        number: plan.number,
        origin: plan.origin().word(),
        by: plan.made_by.clone(),
        at: local(plan.made_at).format("%m-%d %H:%M").to_string(),
        took,
    })
}

async fn last_change(state: &AppState, desk: &Desk) -> Result<Option<(&'static str, String, String)>> {
    let Some(plan) = &desk.plan else { return Ok(None) };
    let last = queries::changes(&state.db, plan, 1).await?.pop();
    Ok(last.map(|change| (change.what.word(), change.by, wording::clock(change.at))))
}

/// What jobs do for this day: the one under way, why the last one failed, and what publishing came to.
async fn jobs_of(state: &AppState, desk: &Desk) -> Result<(Option<Running>, Option<Text>, Option<Published>)> {
    let home = desk.day.place.home().map_or(0, kernel::Home::number);
    let mut found = Vec::new();
    if let Some((job, _)) = queries::run(&state.db, home, desk.day.provider, desk.day.day).await? {
        found.push((job, false));
    }
    found.extend(desk.plan.as_ref().and_then(|plan| plan.job).map(|job| (job, true)));
    let (mut running, mut failed, mut published) = (None, None, None);
    for (id, publishes) in found {
        let Ok(job) = jobs::get(&state.db, id).await else { continue };
        let percent = if job.total > 0 { job.progress * 100 / job.total } else { 0 };
        match (job.state.as_str(), publishes) {
            ("waiting" | "running", false) => {
                running = Some(Running { text: text!("正在计算方案"), percent });
            }
            ("waiting" | "running", true) => {
                let text = text!("正在派单 {n} / {m}", n = job.progress, m = job.total);
                running = Some(Running { text, percent });
            }
            ("failed", false) => failed = Some(text!("上一次没有算成：{why}", why = job.note)),
            ("failed", true) => failed = Some(text!("发布没有做完：{why}", why = job.note)),
            ("done", true) => published = serde_json::from_str(&job.note).ok(),
            _ => {}
        }
    }
    Ok((running, failed, published))
}

/// An invented measure.
fn measured(phase: Phase) -> Option<Measured> {
    let ways = match phase {
        Phase::Published => Measure::Streets { attribution: "© OpenStreetMap contributors".into(), off: 2 },
        _ => Measure::Straight { why: Why::NoStreets },
    };
    Measured::of(&Compared { ways: (phase != Phase::Empty).then_some(ways), ..Compared::default() })
}

impl Samples for RosterPage {
    fn samples() -> Vec<Self> {
        let day = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap_or_default();
        let page = |phase, chosen: Option<Chosen>| Self {
            href: "/roster?day=2026-11-22".into(),
            day,
            today: day,
            unit: "安颐居家".into(),
            phase,
            orders: 48,
            on_duty: 8,
            running: (phase == Phase::Unplanned).then(|| Running { text: text!("正在计算方案"), percent: 40 }),
            failed: (phase == Phase::Published).then(|| text!("发布没有做完：{why}", why = "x")),
            plan: matches!(phase, Phase::Draft | Phase::Published).then(|| PlanLine {
                key: "411002-aaaaaaaaaaaaaaaaaaaaaaaaaa".into(),
                version: 3,
                number: 3,
                origin: "计算",
                by: "唐蕾".into(),
                at: "11-21 20:38".into(),
                took: Some("4.0".into()),
            }),
            published: (phase == Phase::Published).then_some(Published {
                assigned: 40,
                withdrawn: 1,
                same: 5,
                refused: 2,
            }),
            in_force: (phase == Phase::Draft).then_some(2),
            last_change: (phase == Phase::Draft).then(|| ("改派", "唐蕾".into(), "20:41".into())),
            hours: Hours::of(Axis { from: 8, hours: 10 }),
            lanes: if phase == Phase::Empty {
                Vec::new()
            } else {
                vec![
                    Lane::sample("孙丽萍", crate::roster::Hold::Pinned, None),
                    Lane::sample("何军", crate::roster::Hold::Begun, Some("病假")),
                ]
            },
            earlier: (phase == Phase::Draft).then(|| "/roster?from=0".into()),
            later: (phase == Phase::Draft).then(|| "/roster?from=40".into()),
            gaps: if phase == Phase::Draft { GapRow::samples() } else { Vec::new() },
            more_gaps: usize::from(phase == Phase::Draft),
            served: 46,
            lost: usize::from(phase == Phase::Published),
            late: u32::from(phase == Phase::Draft),
            figures: FigureRow::of(&Compared::default()),
            compared: phase != Phase::Unplanned,
            measured: measured(phase),
            map: MapView::sample(),
            chosen,
            duty: vec![(Uuid::nil(), "孙丽萍".into())],
            guard: FormGuard::default(),
        };
        let mut pages: Vec<_> = Chosen::samples().into_iter().map(|chosen| page(Phase::Draft, Some(chosen))).collect();
        pages.extend([Phase::Empty, Phase::Unplanned, Phase::Published].map(|phase| page(phase, None)));
        pages
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_roster_holds_in_both_languages() {
        web::check::all::<super::RosterPage>();
    }
}
