//! 电话回访, “不对”: a call agent notes for an elder or a family member that a visit was not so. Confirming and rating
//! for them are on the order's own page; the journal says who entered it.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use kernel::{Failure, FieldRefusal, Instant, Key, Refused, Result, Text, Verdict, text};
use registry::elders::{self, Elder};
use store::Lane;
use web::{
    filters,
    form::{Choice, Field, Form as FormView, Kind},
    head::{Head, Label},
    page::{ErrorPage, Page, PageResult, Samples, View},
    session::Session,
    state::AppState,
};

use super::{
    Sent,
    card::{self, Card},
    go, order_key,
};
use crate::{
    orders::{
        Complaint, Order, Refusal, Stage, Words,
        actions::{self, Why},
    },
    portal::queries,
};

/// `/orders/{key}/dispute`.
#[derive(Debug, Template)]
#[template(path = "portal/objection.html")]
pub(in crate::portal) struct ObjectionPage {
    card: Card,
    number: String,
    stage: Text,
    elder: String,
    elder_key: String,
    span: Option<(Instant, Instant)>,
    /// While it waits for a confirmation and nobody objected yet.
    form: Option<FormView>,
}

impl View for ObjectionPage {
    fn head(&self) -> Head {
        let order = format!("/orders/{}", self.card.key);
        Head::new(text!("电话回访：不对"))
            .soft(Label::data(&self.number))
            .menu("orders")
            .crumb(Label::data(&self.number), order)
            .here(text!("记下异议"))
            .with_persons()
            .faulty(self.form.as_ref().is_some_and(FormView::is_faulty))
    }
}

impl Samples for ObjectionPage {
    fn samples() -> Vec<Self> {
        let at = Instant::from_timestamp(1_795_264_868, 0).unwrap_or_default();
        let page = |stage: Stage, form| Self {
            card: card::sample(stage),
            number: "20261121-411002-00482".into(),
            stage: Text::new(stage.word()),
            elder: "陈秀云".into(),
            elder_key: "411002-06fvn0ap3drhm3ssrxr1ft5cg8".into(),
            span: (!stage.is_before_start()).then_some((at, at)),
            form,
        };
        let form = form("411002-06fvn0ap3drhm3ssrxr1ft5cg8");
        let refused = form.clone().refused(&wanted());
        let mut disputed = page(Stage::Served, None);
        disputed.card.disputed = true;
        vec![page(Stage::Served, Some(form)), page(Stage::Served, Some(refused)), disputed, page(Stage::Taken, None)]
    }
}

fn form(key: &str) -> FormView {
    let reasons = Complaint::ALL.iter().map(|reason| Choice::new(reason.name(), Text::new(reason.word())));
    let fields = vec![
        Field::new("reason", text!("哪里不对"), Kind::Radios(reasons.collect())),
        Field::new("words", text!("原话"), Kind::Lines).hint(text!("老人或家属怎么说的，最多 500 字")).optional(),
    ];
    let (to, back) = (format!("/orders/{key}/dispute"), format!("/orders/{key}"));
    FormView::new("dispute", to, fields, text!("记下异议")).cancel(back)
}

/// A reason is wanted.
fn wanted() -> Refused {
    let text = Refused::from(Refusal::ReasonWanted).text;
    Refused::invalid(vec![FieldRefusal { field: "reason", text }])
}

async fn page(state: &AppState, session: &Session, key: Key<Order>) -> Result<ObjectionPage> {
    let (db, scope) = (&state.db, session.scope());
    let told = queries::get(db, &scope, key).await?;
    let elder = elders::queries::get(db, &scope, Key::new(key.home, told.order.elder)).await?;
    let (went, stage) = (queries::went(db, &told.order).await?, told.order.stage()?);
    let card = Card::of(&told, state.clock().now())?.with(went);
    let open = stage == Stage::Served && !card.disputed;
    Ok(ObjectionPage {
        form: open.then(|| form(&card.key).guarded(session.guard())),
        card,
        number: told.order.number.clone(),
        stage: Text::new(stage.word()),
        elder_key: elder.key()?.to_string(),
        elder: elder.name,
        span: told.order.started_at.zip(told.order.ended_at),
    })
}

pub(in crate::portal) async fn show(
    State(state): State<AppState>,
    session: Session,
    Path(key): Path<String>,
) -> PageResult<ObjectionPage> {
    Ok(Page(page(&state, &session, order_key(&key)?).await?))
}

pub(in crate::portal) async fn note(
    State(state): State<AppState>,
    session: Session,
    Path(key): Path<String>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<Response, ErrorPage> {
    let (key, sent) = (order_key(&key)?, Sent(sent));
    match noted(&state, &session, key, &sent).await {
        Ok(()) => Ok(go(&format!("/orders/{key}/dispute"))),
        Err(Failure::Refused(refused)) if refused.verdict == Verdict::Invalid => {
            let mut page = page(&state, &session, key).await?;
            page.form = page.form.map(|form| form.filled(&sent.0).refused(&refused));
            Ok(Page(page).refused().into_response())
        }
        Err(failure) => Err(failure.into()),
    }
}

async fn noted(state: &AppState, session: &Session, key: Key<Order>, sent: &Sent) -> Result<()> {
    let order = crate::orders::queries::get(&state.db, &session.scope(), key).await?;
    let elder = Key::<Elder>::new(key.home, order.elder);
    let words = Words::of(&state.keys, elder, sent.one("words").unwrap_or_default()).await?;
    let reason = sent.one("reason").and_then(Complaint::named).ok_or_else(wanted)?;
    let why = Why { reason, words };
    let write = state.db.write(Lane::Interactive, &session.actor, async |tx| {
        actions::dispute(&tx, key, &why).await?;
        Ok(())
    });
    write.await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_objection_is_sound_in_both_languages() {
        web::page::check_all::<ObjectionPage>();
    }
}
