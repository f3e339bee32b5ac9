//! What a form does to a plan; afterwards the board shows the day as it is then.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use chrono::NaiveDate;
use kernel::{Failure, Result};
use serde::Deserialize;
use store::Lane;
use uuid::Uuid;
use web::{page::ErrorPage, routes::Visible, session::Session, state::AppState};

use super::{address, provider, visit_name, visit_of};
use crate::{
    roster::{
        Origin, Plan, Refusal, Wish, actions,
        desk::{self, Edit, Tools, VisitId},
        gather, hours, queries,
        worker::{Asked, By},
    },
    week,
};

/// Everything that the forms of the board may send.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sent {
    version: i32,
    visit: String,
    with: String,
    worker: Option<Uuid>,
    order: Option<Uuid>,
    at: String,
    force: String,
}

/// What the forms of a day may send.
#[derive(Debug, Deserialize)]
pub(super) struct OfDay {
    day: NaiveDate,
    #[serde(default)]
    worker: Option<Uuid>,
    #[serde(default)]
    reason: String,
}

type Answer = Result<Response, ErrorPage>;
type In = (State<AppState>, Session, Visible<Plan>, Form<Sent>);

/// A minute of the day as a form writes it; none when it is empty.
///
/// # Errors
/// [`Refusal::TimeWrong`].
pub(in crate::roster) fn minute(text: &str) -> Result<Option<f64>, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    week::minutes(text).map(|minutes| Some(f64::from(minutes))).ok_or(Refusal::TimeWrong)
}

fn visit(text: &str) -> Result<VisitId> {
    Ok(visit_of(text).ok_or(Refusal::NoSuchVisit)?)
}

fn back(plan: &Plan, chosen: Option<VisitId>) -> Response {
    let day = address(plan.day);
    let to = chosen.map_or(day.clone(), |id| format!("{day}&visit={}", visit_name(id)));
    Redirect::to(&to).into_response()
}

/// Does something to a draft, and leads back with the visit that it was about.
async fn edited(
    (state, session): (&AppState, &Session),
    (plan, version): (&Plan, i32),
    change: Edit,
    chosen: Option<VisitId>,
) -> Answer {
    let after = desk::edit(&state.db, &Tools::of(state), &session.actor, (plan, version), change).await?;
    Ok(back(&after, chosen))
}

pub(super) async fn shift((State(state), session, Visible(plan), Form(sent)): In) -> Answer {
    let (order, part) = visit(&sent.visit)?;
    let worker = sent.worker.ok_or(Refusal::NotOnDuty).map_err(Failure::from)?;
    let at = minute(&sent.at).map_err(Failure::from)?;
    // A form shows the time that is; who leaves it as it is wishes for no time.
    let stops = queries::visits(&state.db, &plan).await?;
    let is_same = stops.iter().any(|stop| {
        stop.id() == (order, part)
            && stop.worker != worker
            && minute(&super::wording::clock(stop.start)).ok() == Some(at)
    });
    let wish = Wish { order, part, worker, at: at.filter(|_| !is_same || !sent.force.is_empty()) };
    let change = if sent.force.is_empty() { Edit::Move(wish) } else { Edit::Force(wish) };
    edited((&state, &session), (&plan, sent.version), change, Some((order, part))).await
}

pub(super) async fn swap((State(state), session, Visible(plan), Form(sent)): In) -> Answer {
    let (one, other) = (visit(&sent.visit)?, visit(&sent.with)?);
    edited((&state, &session), (&plan, sent.version), Edit::Swap(one, other), Some(one)).await
}

async fn of_order((State(state), session, Visible(plan), Form(sent)): In, change: fn(Uuid) -> Edit) -> Answer {
    let order = sent.order.ok_or(Refusal::NoSuchOrder).map_err(Failure::from)?;
    edited((&state, &session), (&plan, sent.version), change(order), Some((order, 0))).await
}

pub(super) async fn pin(sent: In) -> Answer {
    of_order(sent, Edit::Pin).await
}

pub(super) async fn unpin(sent: In) -> Answer {
    of_order(sent, Edit::Unpin).await
}

pub(super) async fn lift(sent: In) -> Answer {
    of_order(sent, Edit::Lift).await
}

pub(super) async fn insert(sent: In) -> Answer {
    of_order(sent, Edit::Insert).await
}

pub(super) async fn undo((State(state), session, Visible(plan), Form(sent)): In) -> Answer {
    let after = desk::undo(&state.db, &state.keys, &session.actor, (&plan, sent.version)).await?;
    Ok(back(&after, None))
}

pub(super) async fn publish((State(state), session, Visible(plan), Form(sent)): In) -> Answer {
    let (key, version) = (plan.key()?, sent.version);
    let write = async |tx| actions::publish(&tx, key, version).await;
    Ok(back(&state.db.write(Lane::Interactive, &session.actor, write).await?, None))
}

pub(super) async fn withdraw((State(state), session, Visible(plan), Form(_)): In) -> Answer {
    let key = plan.key()?;
    let write = async |tx| actions::withdraw(&tx, key).await;
    Ok(back(&state.db.write(Lane::Interactive, &session.actor, write).await?, None))
}

/// Asks for a plan of a day.
pub(in crate::roster) async fn asked(
    state: &AppState,
    session: &Session,
    day: NaiveDate,
    (origin, from): (Origin, Option<String>),
) -> Result<Uuid> {
    let provider = provider(session)?;
    let place = registry::organisations::queries::get(&state.db, provider).await?.seat()?;
    let (rules, _) = gather::norms(&state.db, place, day).await?;
    let asked = Asked { provider, day, origin, from, by: By::of(&session.actor) };
    let write = async |tx| actions::ask(&tx, (provider, place), &asked, rules.ahead_days).await;
    state.db.write(Lane::Interactive, &session.actor, write).await
}

type InDay = (State<AppState>, Session, Form<OfDay>);

pub(super) async fn compute((State(state), session, Form(sent)): InDay) -> Answer {
    asked(&state, &session, sent.day, (Origin::Computed, None)).await?;
    Ok(Redirect::to(&address(sent.day)).into_response())
}

pub(super) async fn draw_up((State(state), session, Form(sent)): InDay) -> Answer {
    let provider = provider(&session)?;
    desk::draw_up(&state.db, &state.keys, &session.actor, (provider, sent.day)).await?;
    Ok(Redirect::to(&address(sent.day)).into_response())
}

/// Notes that somebody is away and, where there is a plan, has it made anew with little change.
pub(super) async fn away((State(state), session, Form(sent)): InDay) -> Answer {
    let worker = sent.worker.ok_or(Refusal::NotOnDuty).map_err(Failure::from)?;
    let reason = hours::Reason::named(&sent.reason).ok_or(Refusal::ReasonWanted).map_err(Failure::from)?;
    absent(&state, &session, (worker, sent.day), reason).await?;
    Ok(Redirect::to(&address(sent.day)).into_response())
}

/// Notes an absence; the job that makes the plan anew, where there is a plan.
pub(in crate::roster) async fn absent(
    state: &AppState,
    session: &Session,
    (worker, day): (Uuid, NaiveDate),
    reason: hours::Reason,
) -> Result<Option<Uuid>> {
    let provider = provider(session)?;
    let write = async |tx| hours::away(&tx, worker, day, reason).await;
    state.db.write(Lane::Interactive, &session.actor, write).await?;
    let Some(plan) = queries::current(&state.db, provider, day).await? else { return Ok(None) };
    let from = Some(plan.key()?.to_string());
    Ok(Some(asked(state, session, day, (Origin::Sick, from)).await?))
}

pub(super) async fn back_again((State(state), session, Form(sent)): InDay) -> Answer {
    let worker = sent.worker.ok_or(Refusal::NotOnDuty).map_err(Failure::from)?;
    let write = async |tx| hours::back(&tx, worker, sent.day).await;
    state.db.write(Lane::Interactive, &session.actor, write).await?;
    Ok(Redirect::to("/roster/hours").into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_people_write_it_and_nothing_else() {
        assert_eq!(minute("09:30"), Ok(Some(570.0)));
        assert_eq!(minute(" "), Ok(None));
        assert_eq!(minute("25:00"), Err(Refusal::TimeWrong));
        assert_eq!(minute("halb zehn"), Err(Refusal::TimeWrong));
    }
}
