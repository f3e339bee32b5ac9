//! `/orders/troubles/{trouble}`: one command of a phone that needs a person, and the ways out of it.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse as _, Redirect, Response},
};
use chrono::{NaiveDateTime, TimeDelta};
use kernel::{Failure, FieldRefusal, Instant, Refused, Result, Text, local, start_of_day, text};
use store::Lane;
use web::{
    commands::Envelope,
    filters,
    form::{Choice, Field, Form as FormView, FormGuard, Kind as Input, Sent},
    head::Head,
    page::{ErrorPage, Page, PageResult, Samples, View},
    session::Session,
    state::AppState,
};

use super::{Badged, Cause, cause, wanted};
use crate::{
    orders::{
        DismissReason, Stage, actions, commands,
        pages::{card::Sign, wording},
        troubles::{self, Case, Typed},
    },
    visits::{self, Told},
};

/// The page of a trouble.
#[derive(Debug, Template)]
#[template(path = "orders/trouble.html")]
pub(crate) struct TroublePage {
    wanted: Text,
    by: String,
    made_at: Instant,
    received_at: Instant,
    sign: Badged,
    cause: Cause,
    /// What the phone told, where it was kept.
    told: Option<ToldView>,
    order: Option<Stands>,
    enter: Option<FormView>,
    dismiss: FormView,
}

/// What a phone told.
#[derive(Debug)]
struct ToldView {
    /// What its clock said, corrected as far as it could be, whatever that is worth.
    at: Option<Instant>,
    /// Minutes from check-in to check-out by its running clock.
    lasted: Option<i64>,
    proofs: Vec<Text>,
    words: Option<String>,
}

/// The order as it stands.
#[derive(Debug)]
struct Stands {
    key: String,
    number: String,
    item: String,
    sign: Sign,
    window: Text,
    place: String,
    crew: Option<String>,
}

impl View for TroublePage {
    fn head(&self) -> Head {
        let faulty = self.dismiss.is_faulty() || self.enter.as_ref().is_some_and(FormView::is_faulty);
        Head::new(text!("手机上的一步没有办成"))
            .menu("troubles")
            .crumb(text!("派单台"), "/orders")
            .crumb(text!("手机疑难"), "/orders/troubles")
            .here(self.wanted.clone())
            .with_persons()
            .faulty(faulty)
    }
}

impl ToldView {
    fn of(case: &Case, envelope: &Envelope) -> Self {
        let command = envelope.command(case.trouble.true_at, true);
        let proofs = commands::proofs(&command).unwrap_or_default();
        let offset = TimeDelta::try_milliseconds(envelope.offset_ms).unwrap_or_default();
        Self {
            at: envelope.made_at.checked_add_signed(offset),
            lasted: commands::lasted_minutes(&command),
            proofs: proofs.iter().map(said).collect(),
            words: commands::words(&command),
        }
    }
}

fn said(proof: &Told) -> Text {
    match (proof.kind, proof.accuracy_m) {
        (visits::Kind::Position, Some(metres)) if proof.mocked => text!("定位，精度 {m} 米，疑似模拟", m = metres),
        (visits::Kind::Position, Some(metres)) => text!("定位，精度 {m} 米", m = metres),
        (kind, _) => Text::new(kind.word()),
    }
}

impl TroublePage {
    async fn of(state: &AppState, session: &Session, case: &Case) -> Result<Self> {
        let now = state.clock().now();
        let key = case.trouble.key()?.to_string();
        let told = case.told(&state.keys).await?.map(|envelope| ToldView::of(case, &envelope));
        Ok(Self {
            wanted: wanted(&case.trouble.verb),
            by: case.by.clone(),
            made_at: told.as_ref().and_then(|told| told.at).unwrap_or(case.trouble.true_at),
            received_at: case.trouble.received_at,
            sign: Badged(case.trouble.kind()),
            cause: cause(case, now)?,
            told,
            order: stands(state, session, case).await?,
            enter: case.enterable().map(|stage| enter_form(&key, stage, case).guarded(session.guard())),
            dismiss: dismiss_form(&key, case.order.is_some()).guarded(session.guard()),
        })
    }
}

async fn stands(state: &AppState, session: &Session, case: &Case) -> Result<Option<Stands>> {
    let Some(order) = &case.order else { return Ok(None) };
    let names = crate::orders::pages::names::Names::of(&state.db, &session.scope(), &[order]).await?;
    Ok(Some(Stands {
        key: order.key()?.to_string(),
        number: order.number.clone(),
        item: order.item_name.clone(),
        sign: Sign(order.stage()?),
        window: wording::window(order.window_start, order.window_end, state.clock().today()),
        place: wording::place(order.place().ok()),
        crew: names.crew(order),
    }))
}

/// What the order waits for: the times that the phone told are filled in.
fn enter_form(key: &str, stage: Stage, case: &Case) -> FormView {
    // A time that nobody believes is asked for, not proposed.
    let doubtful = matches!(case.trouble.why(), Ok(Some(why)) if why.code == "command.time_doubtful");
    let at = |wanted: &str| {
        let told = local(case.trouble.true_at).format("%Y-%m-%dT%H:%M").to_string();
        if case.trouble.verb == wanted && !doubtful { told } else { String::new() }
    };
    let leaves = case.trouble.verb == "order.check_out";
    let mut fields = Vec::new();
    if stage != Stage::Serving && case.trouble.verb != "order.accept" {
        let from = Field::new("from", text!("签到时间"), Input::Line("datetime-local"))
            .mends(&["order.too_early", "order.time_wanted"])
            .value(at("order.check_in"));
        fields.push(from.short());
    }
    if case.trouble.verb != "order.accept" {
        let to = Field::new("to", text!("签退时间"), Input::Line("datetime-local"))
            .mends(&["order.time_wanted", "order.ends_before_start", "order.not_yet"])
            .value(at("order.check_out"))
            .short();
        fields.push(if leaves { to } else { to.optional() });
    }
    fields.push(
        Field::new("grounds", text!("凭什么补录"), Input::Lines)
            .mends(&["order.grounds_wanted"])
            .hint(text!("例如和谁通过电话、看到了什么；补录会标在证据里，最多 500 字")),
    );
    FormView::new("enter", format!("/orders/troubles/{key}/enter"), fields, text!("人工补录"))
}

fn dismiss_form(key: &str, with_words: bool) -> FormView {
    let reasons = DismissReason::ALL.iter().filter(|reason| with_words || **reason != DismissReason::Other);
    let reasons = reasons.map(|reason| Choice::new(reason.name(), Text::new(reason.word()))).collect();
    let mut fields = vec![Field::new("reason", text!("原因"), Input::Radios(reasons)).mends(&["order.reason_wanted"])];
    if with_words {
        fields.push(Field::new("words", text!("说明"), Input::Lines).optional());
    }
    FormView::new("dismiss", format!("/orders/troubles/{key}/dismiss"), fields, text!("不采用这一步"))
}

pub(super) async fn show(
    State(state): State<AppState>,
    session: Session,
    Path(trouble): Path<String>,
) -> PageResult<TroublePage> {
    let case = troubles::get(&state.db, &session.scope(), &trouble, state.clock().now()).await?;
    Ok(Page(TroublePage::of(&state, &session, &case).await?))
}

/// A local time of a form; none when it is empty.
pub(in crate::orders::pages) fn time(sent: &Sent, name: &'static str) -> Result<Option<Instant>> {
    let text = sent.value(name);
    if text.is_empty() {
        return Ok(None);
    }
    let wrong =
        || Refused::invalid(vec![FieldRefusal { field: name, text: text!("请按 年-月-日 时:分 填写") }]);
    let at = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").map_err(|_| wrong())?;
    Ok(Some(start_of_day(at.date()) + (at.time() - chrono::NaiveTime::MIN)))
}

pub(super) async fn enter(
    State(state): State<AppState>,
    session: Session,
    Path(trouble): Path<String>,
    Form(sent): Form<Sent>,
) -> Result<Response, ErrorPage> {
    let case = troubles::get(&state.db, &session.scope(), &trouble, state.clock().now()).await?;
    match entered(&state, &session, &case, &sent).await {
        Ok(key) => Ok(Redirect::to(&format!("/orders/{key}")).into_response()),
        Err(failure) => again(&state, &session, &case, (failure, &sent), |page| page.enter.as_mut()).await,
    }
}

async fn entered(state: &AppState, session: &Session, case: &Case, sent: &Sent) -> Result<String> {
    let typed = Typed { from: time(sent, "from")?, to: time(sent, "to")?, grounds: sent.value("grounds") };
    let entry = case.entry(state, &session.actor, &typed).await?;
    let key = case.trouble.case()?;
    let write = async |tx| actions::enter(&tx, key, case, &entry).await;
    Ok(state.db.write(Lane::Interactive, &session.actor, write).await?.key()?.to_string())
}

pub(super) async fn dismiss(
    State(state): State<AppState>,
    session: Session,
    Path(trouble): Path<String>,
    Form(sent): Form<Sent>,
) -> Result<Response, ErrorPage> {
    let case = troubles::get(&state.db, &session.scope(), &trouble, state.clock().now()).await?;
    match dismissed(&state, &session, &case, &sent).await {
        Ok(()) => Ok(Redirect::to("/orders/troubles").into_response()),
        Err(failure) => again(&state, &session, &case, (failure, &sent), |page| Some(&mut page.dismiss)).await,
    }
}

async fn dismissed(state: &AppState, session: &Session, case: &Case, sent: &Sent) -> Result<()> {
    let why = case.why(&state.keys, sent.value("reason"), sent.value("words")).await?;
    state.db.write(Lane::Interactive, &session.actor, async |tx| actions::dismiss(&tx, case, &why).await).await
}

/// The page with a refused form and what was typed.
async fn again(
    state: &AppState,
    session: &Session,
    case: &Case,
    (failure, sent): (Failure, &Sent),
    form: impl FnOnce(&mut TroublePage) -> Option<&mut FormView>,
) -> Result<Response, ErrorPage> {
    let Failure::Refused(refused) = failure else { return Err(failure.into()) };
    let mut page = TroublePage::of(state, session, case).await?;
    let Some(form) = form(&mut page).filter(|_| refused.is_mendable()) else {
        return Err((*refused).into());
    };
    *form = form.clone().filled(sent).refused(&refused);
    Ok(Page(page).refused_as(&refused).into_response())
}

impl Samples for TroublePage {
    fn samples() -> Vec<Self> {
        let now = web::frame::Frame::sample(web::i18n::Locale::Zh).now;
        let (kind, key) = (web::commands::troubles::Kind::Refused, "411002-aaaaaaaaaaaaaaaaaaaaaaaaaa");
        let stands = || Stands {
            key: key.into(),
            number: "20261121-411002-00482".into(),
            item: "助浴".into(),
            sign: Sign(Stage::Taken),
            window: text!("今天 {from}–{to}", from = "9:30", to = "11:00"),
            place: "文昌街道 槐荫社区".into(),
            crew: Some("孙丽萍".into()),
        };
        let proof = |accuracy_m, mocked| Told { accuracy_m, mocked, ..Told::of(visits::Kind::Position) };
        let proofs = [proof(Some(24), false), proof(Some(24), true), Told::of(visits::Kind::Photo)];
        let told = ToldView {
            at: Some(now),
            lasted: Some(65),
            proofs: proofs.iter().map(said).collect(),
            words: Some("门锁换了".into()),
        };
        let enter = || {
            let field = |name, label| Field::new(name, label, Input::Line("datetime-local")).short();
            let grounds = Field::new("grounds", text!("凭什么补录"), Input::Lines).mends(&["order.grounds_wanted"]);
            let fields = vec![field("from", text!("签到时间")), field("to", text!("签退时间")).optional(), grounds];
            FormView::new("enter", "/orders/troubles/x/enter", fields, text!("人工补录"))
        };
        let page = |told, order, enter| Self {
            wanted: wanted("order.check_in"),
            by: "孙丽萍".into(),
            made_at: now,
            received_at: now,
            sign: Badged(kind),
            cause: Cause::Told(super::refused()),
            told,
            order,
            enter,
            dismiss: dismiss_form(key, true).guarded(FormGuard::default()),
        };
        let refused = Refused::from(crate::orders::Refusal::GroundsWanted);
        let faulty = enter().refused(&refused);
        vec![
            page(Some(told), Some(stands()), Some(enter())),
            page(None, Some(stands()), Some(faulty)),
            page(None, None, None),
        ]
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_of_a_trouble_holds_in_both_languages() {
        web::check::all::<super::TroublePage>();
    }
}
