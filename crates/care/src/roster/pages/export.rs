//! `/roster/export`: the day's visits by caregiver, and what nobody serves, as an Excel sheet. Each person in it is
//! noted before it leaves.

use axum::{Extension, extract::State, response::Response};
use kernel::{Home, Result, Text, business_day, text};
use store::accesses;
use web::{
    export::{Cell, Sheet, download as as_download},
    frame::Frame,
    i18n::{Locale, Translate as _},
    page::ErrorPage,
    query::ListQuery,
    session::Session,
    state::AppState,
};

use super::{gaps::GapRow, measured::Measured, provider};
use crate::{
    orders::pages::place_words,
    roster::{
        Stop,
        desk::{self, Desk},
    },
};

fn heads() -> [Text; 10] {
    [
        text!("护理员"),
        text!("次序"),
        text!("开始"),
        text!("结束"),
        text!("老人"),
        text!("居住地"),
        text!("项目"),
        text!("单号"),
        text!("路上（分钟）"),
        text!("备注"),
    ]
}

pub(super) async fn download(
    State(state): State<AppState>,
    session: Session,
    Extension(frame): Extension<Frame>,
    query: ListQuery,
) -> Result<Response, ErrorPage> {
    let (provider, now) = (provider(&session)?, state.clock().now());
    let day = query.get("day").and_then(|day| day.parse().ok()).unwrap_or_else(|| business_day(now));
    let desk = desk::open(&state.db, &state.keys, provider, (day, now)).await?;
    let people = desk.day.jobs.iter().filter(|job| job.elder.is_some());
    let people = people.map(|job| Ok((Home::new(job.order.home)?, job.order.elder))).collect::<Result<Vec<_>>>()?;
    accesses::note(&state.db, &session.actor, &people, "export", "").await?;
    let say = |text: Text| text.in_locale(frame.locale);
    let title = say(text!("日程排班"));
    let mut sheet = Sheet::new(&title, heads().into_iter().map(say).collect())?;
    for row in rows(&desk, frame.locale) {
        sheet.row(&row)?;
    }
    if let Some(measured) = Measured::of(&desk.figures()?) {
        let whose = measured.whose.clone().unwrap_or_default();
        sheet.row(&[Cell::Text(format!("{}{whose}", say(measured.text)))])?;
    }
    Ok(as_download(&format!("{title} {day}"), sheet.finish()?))
}

fn rows(desk: &Desk, locale: Locale) -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    for hand in &desk.day.hands {
        let own = desk.stops.iter().filter(|stop| stop.worker == hand.worker.id);
        rows.extend(own.enumerate().filter_map(|(nth, stop)| visit(desk, (nth, stop), &hand.worker.name, locale)));
    }
    rows.extend(GapRow::of(desk).into_iter().map(|gap| {
        let why: Vec<_> = gap.why.iter().map(|why| why.in_locale(locale)).collect();
        vec![
            Cell::Text(text!("未排上").in_locale(locale)),
            Cell::Empty,
            Cell::Text(gap.window),
            Cell::Empty,
            gap.elder.map_or(Cell::Empty, Cell::Text),
            Cell::Text(gap.place),
            Cell::Text(gap.item),
            desk.day.job(gap.order).map_or(Cell::Empty, |job| Cell::Text(job.order.number.clone())),
            Cell::Empty,
            Cell::Text(why.join("; ")),
        ]
    }));
    rows
}

fn visit(desk: &Desk, (nth, stop): (usize, &Stop), name: &str, locale: Locale) -> Option<Vec<Cell>> {
    let job = desk.day.job(stop.order)?;
    Some(vec![
        Cell::Text(name.to_owned()),
        Cell::Number(nth as f64 + 1.0),
        Cell::Time(stop.start),
        Cell::Time(stop.end),
        job.elder.as_ref().map_or(Cell::Empty, |elder| Cell::Text(elder.name.clone())),
        Cell::Text(place_words(job.order.place().ok())),
        Cell::Text(job.order.item_name.clone()),
        Cell::Text(job.order.number.clone()),
        Cell::Number(f64::from(stop.way_mins)),
        Cell::Text(Text::new(stop.hold.word()).in_locale(locale)),
    ])
}
