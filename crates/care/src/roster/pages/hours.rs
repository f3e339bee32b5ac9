//! `/roster/hours`: who works when, and the form of one caregiver.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse as _, Redirect, Response},
};
use kernel::{Common, Failure, Result, Text, text};
use store::Lane;
use uuid::Uuid;
use web::{
    filters,
    form::{Choice, Field, Form as FormView, FormGuard, Kind as Input, Sent},
    head::{Head, Label},
    page::{ErrorPage, Page, PageResult, Samples, View},
    session::Session,
    state::AppState,
};

use super::provider;
use crate::{
    roster::{
        Refusal,
        gather::{self, Hand},
        hours::{self, Mode, Written},
    },
    week,
};

/// A caregiver's row.
#[derive(Clone, Debug)]
struct Row {
    worker: Uuid,
    name: String,
    days: Vec<&'static str>,
    hours: String,
    overtime: i32,
    mode: &'static str,
    away: Option<&'static str>,
}

/// The list.
#[derive(Debug, Template)]
#[template(path = "roster/hours.html")]
pub(crate) struct HoursPage {
    today: chrono::NaiveDate,
    unit: String,
    rows: Vec<Row>,
    guard: FormGuard,
}

impl View for HoursPage {
    fn head(&self) -> Head {
        Head::new(text!("上班时间"))
            .menu("roster")
            .crumb(text!("日程排班"), "/roster")
            .here(text!("上班时间"))
            .scope(text!("范围：{place}", place = self.unit))
            .with_persons()
    }
}

impl Row {
    fn of(hand: &Hand) -> Self {
        let hours = &hand.hours;
        Self {
            worker: hand.worker.id,
            name: hand.worker.name.clone(),
            days: week::words(hours.weekdays),
            hours: format!("{}–{}", week::clock(hours.opens_mins), week::clock(hours.closes_mins)),
            overtime: hours.overtime_mins,
            mode: hours.mode().word(),
            away: hand.away.map(hours::Reason::word),
        }
    }
}

async fn hands(state: &AppState, session: &Session) -> Result<Vec<Hand>> {
    let (provider, today) = (provider(session)?, state.clock().today());
    let place = registry::organisations::queries::get(&state.db, provider).await?.seat()?;
    let (rules, _) = gather::norms(&state.db, place, today).await?;
    gather::hands(&state.db, provider, today, &rules).await
}

pub(super) async fn list(State(state): State<AppState>, session: Session) -> PageResult<HoursPage> {
    let rows = hands(&state, &session).await?.iter().map(Row::of).collect();
    let (today, unit, guard) = (state.clock().today(), session.grant.label.clone(), session.guard());
    Ok(Page(HoursPage { today, unit, rows, guard }))
}

/// The form of one caregiver.
#[derive(Debug, Template)]
#[template(source = r#"<section class="card"><div class="pad">{{ form }}</div></section>"#, ext = "html")]
pub(crate) struct HandPage {
    name: String,
    form: FormView,
}

impl View for HandPage {
    fn head(&self) -> Head {
        Head::named(self.name.clone())
            .menu("roster")
            .crumb(text!("日程排班"), "/roster")
            .crumb(text!("上班时间"), "/roster/hours")
            .here(Label::data(self.name.clone()))
            .faulty(self.form.is_faulty())
    }
}

fn form(hand: &Hand) -> FormView {
    let days = week::WEEKDAYS.iter().enumerate().map(|(n, word)| Choice::new(n.to_string(), Text::new(word))).collect();
    let mut weekdays = Field::new("weekdays", text!("工作日"), Input::Checks(days));
    weekdays.values = week::days(hand.hours.weekdays).map(|day| day.to_string()).collect();
    let modes = Mode::ALL.iter().map(|mode| Choice::new(mode.name(), Text::new(mode.word()))).collect();
    let fields = vec![
        weekdays,
        Field::new("opens", text!("上班"), Input::Line("time")).short().value(week::clock(hand.hours.opens_mins)),
        Field::new("closes", text!("下班"), Input::Line("time"))
            .short()
            .beside()
            .value(week::clock(hand.hours.closes_mins)),
        Field::new("overtime", text!("一天最多加班（分钟）"), Input::Line("number"))
            .short()
            .hint(text!("写 0 就不排加班；加班须本人同意"))
            .value(hand.hours.overtime_mins.to_string()),
        Field::new("mode", text!("怎么走"), Input::Radios(modes)).value(hand.hours.mode().name()),
    ];
    FormView::new("hours", format!("/roster/hours/{}", hand.worker.id), fields, text!("保存"))
}

async fn hand(state: &AppState, session: &Session, worker: Uuid) -> Result<Hand> {
    let found = hands(state, session).await?.into_iter().find(|hand| hand.worker.id == worker);
    found.ok_or_else(|| Common::NotFound.into())
}

pub(super) async fn show(
    State(state): State<AppState>,
    session: Session,
    Path(worker): Path<Uuid>,
) -> PageResult<HandPage> {
    let hand = hand(&state, &session, worker).await?;
    Ok(Page(HandPage { name: hand.worker.name.clone(), form: form(&hand).guarded(session.guard()) }))
}

fn written(sent: &Sent) -> Result<Written, Refusal> {
    let minutes = |name| week::minutes(sent.value(name)).ok_or(Refusal::TimeWrong);
    Ok(Written {
        weekdays: week::bits(sent.values("weekdays")),
        opens_mins: minutes("opens")?,
        closes_mins: minutes("closes")?,
        overtime_mins: sent.value("overtime").parse().unwrap_or(-1),
        mode: Mode::named(sent.value("mode")).unwrap_or(Mode::Ebike),
    })
}

pub(super) async fn set(
    State(state): State<AppState>,
    session: Session,
    Path(worker): Path<Uuid>,
    Form(sent): Form<Sent>,
) -> Result<Response, ErrorPage> {
    let hand = hand(&state, &session, worker).await?;
    let done = match written(&sent).map_err(Failure::from) {
        Ok(written) => {
            let write = async |tx| hours::set(&tx, worker, written).await;
            state.db.write(Lane::Interactive, &session.actor, write).await
        }
        Err(failure) => Err(failure),
    };
    match done {
        Ok(_) => Ok(Redirect::to("/roster/hours").into_response()),
        Err(Failure::Refused(refused)) if refused.is_mendable() => {
            let form = form(&hand).guarded(session.guard()).filled(&sent).refused(&refused);
            let page = HandPage { name: hand.worker.name.clone(), form };
            Ok(Page(page).refused_as(&refused).into_response())
        }
        Err(failure) => Err(failure.into()),
    }
}

fn sample() -> Row {
    Row {
        worker: Uuid::nil(),
        name: "孙丽萍".into(),
        days: week::words(0b1_1111),
        hours: "08:00–18:00".into(),
        overtime: 30,
        mode: "电动车",
        away: Some("病假"),
    }
}

impl Samples for HoursPage {
    fn samples() -> Vec<Self> {
        let page = |rows: Vec<Row>| Self {
            today: chrono::NaiveDate::from_ymd_opt(2026, 11, 22).unwrap_or_default(),
            unit: "安颐居家".into(),
            rows,
            guard: FormGuard::default(),
        };
        vec![
            page(vec![sample(), Row { away: None, overtime: 0, worker: Uuid::from_u128(1), ..sample() }]),
            page(Vec::new()),
        ]
    }
}

impl Samples for HandPage {
    fn samples() -> Vec<Self> {
        let fields = || vec![Field::new("opens", text!("上班"), Input::Line("time")).short()];
        let form = || FormView::new("hours", "/roster/hours/x", fields(), text!("保存"));
        let refused = kernel::Refused::from(Refusal::HoursWrong);
        vec![
            Self { name: "孙丽萍".into(), form: form() },
            Self { name: "孙丽萍".into(), form: form().refused(&refused) },
        ]
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_pages_of_hours_hold_in_both_languages() {
        web::check::all::<super::HoursPage>();
        web::check::all::<super::HandPage>();
    }
}
