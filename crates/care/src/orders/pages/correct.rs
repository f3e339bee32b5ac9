//! `/orders/{key}/correct`: a dispatcher says when a visit really began and ended, and how that is known.

use askama::Template;
use axum::{
    Form,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use kernel::{Action, Failure, Instant, Key, Refused, Result, local, text};
use store::Lane;
use web::{
    filters,
    form::{Field, Form as FormView, Kind as Input, Sent},
    head::{Head, Label},
    page::{ErrorPage, Page, PageResult, Samples, View},
    routes::Visible,
    session::Session,
    state::AppState,
};

use super::troubles::time;
use crate::orders::{
    Order, Refusal, Words,
    actions::{self, Correction},
};

/// The form.
#[derive(Debug, Template)]
#[template(path = "orders/correct.html")]
pub(crate) struct CorrectPage {
    key: String,
    number: String,
    least: i32,
    form: FormView,
}

impl View for CorrectPage {
    fn head(&self) -> Head {
        Head::new(text!("更正服务时间"))
            .menu("orders")
            .crumb(text!("派单台"), "/orders")
            .crumb(Label::data(self.number.clone()), format!("/orders/{}", self.key))
            .here(text!("更正服务时间"))
            .faulty(self.form.is_faulty())
    }
}

fn form(key: &str, (from, to): (Option<Instant>, Option<Instant>)) -> FormView {
    let at = |at: Option<Instant>| at.map_or_else(String::new, |at| local(at).format("%Y-%m-%dT%H:%M").to_string());
    let fields = vec![
        Field::new("from", text!("签到时间"), Input::Line("datetime-local"))
            .mends(&["order.too_early"])
            .value(at(from))
            .short(),
        Field::new("to", text!("签退时间"), Input::Line("datetime-local"))
            .mends(&["order.time_wanted", "order.ends_before_start", "order.not_yet"])
            .value(at(to))
            .short(),
        Field::new("grounds", text!("凭什么更正"), Input::Lines)
            .mends(&["order.grounds_wanted", "order.too_long"])
            .hint(text!("例如和谁通过电话、看到了什么；更正会标在证据里，老人确认前能看到，最多 500 字")),
    ];
    FormView::new("correct", format!("/orders/{key}/correct"), fields, text!("更正")).cancel(format!("/orders/{key}"))
}

fn page(session: &Session, order: &Order) -> Result<CorrectPage> {
    let key = order.key()?.to_string();
    let form = form(&key, (order.started_at, order.ended_at)).guarded(session.guard());
    Ok(CorrectPage { key, number: order.number.clone(), least: order.least_minutes, form })
}

pub(super) async fn show(session: Session, Visible(order): Visible<Order>) -> PageResult<CorrectPage> {
    session.actor.may(Action::AssignOrder)?;
    Ok(Page(page(&session, &order)?))
}

/// A time is left alone when its minute is what stood in the form.
fn changed(typed: Option<Instant>, stood: Option<Instant>) -> Option<Instant> {
    let minute = |at: Instant| at.timestamp().div_euclid(60);
    typed.filter(|at| stood.map(minute) != Some(minute(*at)))
}

pub(super) async fn correct(
    State(state): State<AppState>,
    session: Session,
    Visible(order): Visible<Order>,
    Form(sent): Form<Sent>,
) -> Result<Response, ErrorPage> {
    match corrected(&state, &session, &order, &sent).await {
        Ok(order) => Ok(Redirect::to(&format!("/orders/{}", order.key()?)).into_response()),
        Err(Failure::Refused(refused)) if refused.is_mendable() => {
            let mut page = page(&session, &order)?;
            page.form = page.form.filled(&sent).refused(&refused);
            Ok(Page(page).refused_as(&refused).into_response())
        }
        Err(failure) => Err(failure.into()),
    }
}

async fn corrected(state: &AppState, session: &Session, order: &Order, sent: &Sent) -> Result<Order> {
    let (from, to) = (time(sent, "from")?, time(sent, "to")?);
    let elder = Key::<Order>::new(order.home()?, order.elder);
    let grounds = Words::of(&state.keys, elder, sent.value("grounds")).await?.ok_or(Refusal::GroundsWanted)?;
    let (from, to) = (changed(from, order.started_at), changed(to, order.ended_at));
    let (key, correction) = (order.key()?, Correction { from, to, grounds });
    state.db.write(Lane::Interactive, &session.actor, async |tx| actions::correct(&tx, key, &correction).await).await
}

impl Samples for CorrectPage {
    fn samples() -> Vec<Self> {
        let now = web::frame::Frame::sample(web::i18n::Locale::Zh).now;
        let key = "411002-aaaaaaaaaaaaaaaaaaaaaaaaaa";
        let page = |form: FormView| Self { key: key.into(), number: "20261121-411002-00482".into(), least: 40, form };
        let refused = Refused::from(Refusal::GroundsWanted);
        vec![page(form(key, (Some(now), Some(now)))), page(form(key, (Some(now), None)).refused(&refused))]
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_holds_in_both_languages() {
        web::check::all::<super::CorrectPage>();
    }
}
