//! What a form does to an order; afterwards the page it came from shows the new state.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use kernel::{Failure, Key, Result};
use serde::Deserialize;
use store::{Lane, Tx};
use uuid::Uuid;
use web::{page::ErrorPage, routes::Visible, session::Session, state::AppState};

use crate::orders::{
    AbortReason, CancelReason, Complaint, Crew, DeclineReason, Order, Refusal, Score, Words,
    actions::{self, Assignment, Rating, Why},
};

/// Everything that the forms of a case may send.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sent {
    back: String,
    lead: Option<Uuid>,
    second: Option<Uuid>,
    provider: Option<Uuid>,
    reason: String,
    words: String,
}

type Answer = Result<Response, ErrorPage>;

/// Writes, and leads back.
async fn done<F>(state: &AppState, session: &Session, order: &Order, back: &str, act: F) -> Answer
where
    F: AsyncFnOnce(Tx, Key<Order>) -> Result<Order>,
{
    let key = order.key()?;
    state.db.write(Lane::Interactive, &session.actor, async |tx| act(tx, key).await).await?;
    let address = if back == "board" { format!("/orders?case={key}") } else { format!("/orders/{key}") };
    Ok(Redirect::to(&address).into_response())
}

/// The words of a form, to be sealed.
async fn words(state: &AppState, order: &Order, text: &str) -> Result<Option<Words>> {
    Words::of(&state.keys, Key::<Order>::new(order.home()?, order.elder), text).await
}

async fn why<R>(state: &AppState, order: &Order, sent: &Sent, reason: Option<R>) -> Result<Why<R>> {
    let reason = reason.ok_or(Refusal::ReasonWanted)?;
    Ok(Why { reason, words: words(state, order, &sent.words).await? })
}

type In = (State<AppState>, Session, Visible<Order>, Form<Sent>);

pub(super) async fn accept((State(state), session, Visible(order), Form(sent)): In) -> Answer {
    done(&state, &session, &order, &sent.back, async |tx, key| actions::accept(&tx, key).await).await
}

pub(super) async fn dispatch((State(state), session, Visible(order), Form(sent)): In) -> Answer {
    let provider = sent.provider.ok_or(Refusal::NotServed).map_err(Failure::from)?;
    done(&state, &session, &order, &sent.back, async |tx, key| actions::dispatch(&tx, key, provider).await).await
}

pub(super) async fn assign((State(state), session, Visible(order), Form(sent)): In) -> Answer {
    let lead = sent.lead.ok_or(Refusal::NotTheirs).map_err(Failure::from)?;
    let why = words(&state, &order, &sent.words).await?;
    let assignment = Assignment { crew: Crew { lead, second: sent.second }, why };
    done(&state, &session, &order, &sent.back, async |tx, key| actions::assign(&tx, key, &assignment).await).await
}

pub(super) async fn withdraw((State(state), session, Visible(order), Form(sent)): In) -> Answer {
    let why = why(&state, &order, &sent, DeclineReason::given(&sent.reason)).await?;
    done(&state, &session, &order, &sent.back, async |tx, key| actions::withdraw(&tx, key, &why).await).await
}

/// The order leaves the provider's sight, so it leads back to the board.
pub(super) async fn give_back((State(state), session, Visible(order), Form(sent)): In) -> Answer {
    let why = why(&state, &order, &sent, DeclineReason::given(&sent.reason)).await?;
    done(&state, &session, &order, "board", async |tx, key| actions::give_back(&tx, key, &why).await).await
}

pub(super) async fn cancel((State(state), session, Visible(order), Form(sent)): In) -> Answer {
    let why = why(&state, &order, &sent, CancelReason::named(&sent.reason)).await?;
    done(&state, &session, &order, &sent.back, async |tx, key| actions::cancel(&tx, key, &why).await).await
}

pub(super) async fn abort((State(state), session, Visible(order), Form(sent)): In) -> Answer {
    let why = why(&state, &order, &sent, AbortReason::named(&sent.reason)).await?;
    done(&state, &session, &order, &sent.back, async |tx, key| actions::abort(&tx, key, &why).await).await
}

pub(super) async fn confirm((State(state), session, Visible(order), Form(sent)): In) -> Answer {
    done(&state, &session, &order, &sent.back, async |tx, key| actions::confirm(&tx, key).await).await
}

pub(super) async fn rate(
    State(state): State<AppState>,
    session: Session,
    Visible(order): Visible<Order>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Answer {
    let value = |name: &str| sent.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    let score = Score::new(value("score").parse().unwrap_or(0)).map_err(Failure::from)?;
    let reasons = sent.iter().filter(|(key, _)| key == "reason").filter_map(|(_, value)| Complaint::named(value));
    let rating = Rating { score, reasons: reasons.collect(), words: words(&state, &order, value("words")).await? };
    done(&state, &session, &order, value("back"), async |tx, key| actions::rate(&tx, key, &rating).await).await
}
