//! What elders and families say about a visit: it took place, it was not so, how it was.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use kernel::{Failure, Refused, Result, Text, Verdict, text};
use store::Lane;
use web::{
    filters,
    form::FormGuard,
    head::Head,
    page::{Door, ErrorPage, Page, PageResult, Samples, View},
    state::AppState,
};

use super::{Sent, go, order_key};
use crate::{
    orders::{
        Complaint, Refusal, Score, Stage,
        actions::{self, Rating, Why},
    },
    portal::{
        Guest,
        queries::{self, Told},
        wording,
    },
};

/// What may have been wrong with a visit.
const WRONG: [Complaint; 5] =
    [Complaint::Absent, Complaint::Short, Complaint::Skill, Complaint::Charge, Complaint::Other];
/// What may have displeased.
const DISPLEASED: [Complaint; 5] =
    [Complaint::Late, Complaint::Short, Complaint::Manner, Complaint::Skill, Complaint::Charge];

type Pairs = Form<Vec<(String, String)>>;

/// “是的，来过了”.
pub(in crate::portal) async fn confirm(
    State(state): State<AppState>,
    guest: Guest,
    Path(key): Path<String>,
) -> Result<Response, ErrorPage> {
    let order = order_key(&key)?;
    let write =
        state.db.write(Lane::Interactive, &guest.0.actor, async |tx| actions::confirm(&tx, order).await.map(|_| ()));
    Ok(led(write.await, &key, "")?)
}

/// Which page follows a write; a visit that moved on meanwhile gets a page that says so.
fn led(outcome: Result<()>, key: &str, to: &str) -> Result<Response> {
    match outcome {
        Ok(()) => Ok(go(&format!("/portal/visits/{key}{to}"))),
        Err(Failure::Refused(refused)) if refused.verdict == Verdict::Conflict => {
            Ok((StatusCode::CONFLICT, Page(MovedPage { key: key.to_owned() })).into_response())
        }
        Err(failure) => Err(failure),
    }
}

/// Somebody said it already.
#[derive(Debug, Template)]
#[template(path = "portal/moved.html")]
pub(in crate::portal) struct MovedPage {
    key: String,
}

impl View for MovedPage {
    const DOOR: Door = Door::Portal;

    fn head(&self) -> Head {
        Head::new(text!("这件事办过了"))
    }
}

impl Samples for MovedPage {
    fn samples() -> Vec<Self> {
        vec![Self { key: "411002-06fvn0ap3drhm3ssrxr1ft5cg8".into() }]
    }
}

/// `/portal/visits/{key}/wrong`: one big button for each thing that may be wrong.
#[derive(Debug, Template)]
#[template(path = "portal/wrong.html")]
pub(in crate::portal) struct WrongPage {
    key: String,
    item: String,
    day: Text,
    guard: FormGuard,
}

impl WrongPage {
    fn reasons(&self) -> Vec<(&'static str, Text)> {
        WRONG.map(|reason| (reason.name(), wording::complaint(reason))).to_vec()
    }
}

impl View for WrongPage {
    const DOOR: Door = Door::Portal;

    fn head(&self) -> Head {
        Head::new(text!("哪里不对？"))
    }
}

impl Samples for WrongPage {
    fn samples() -> Vec<Self> {
        let key = "411002-06fvn0ap3drhm3ssrxr1ft5cg8".into();
        vec![Self { key, item: "助浴".into(), day: text!("昨天"), guard: FormGuard::default() }]
    }
}

pub(in crate::portal) async fn ask_what_was_wrong(
    State(state): State<AppState>,
    guest: Guest,
    Path(key): Path<String>,
) -> Result<Response, ErrorPage> {
    let told = queries::get(&state.db, &guest.0.scope(), order_key(&key)?).await?;
    if told.order.stage()? != Stage::Served {
        return Ok(go(&format!("/portal/visits/{key}")));
    }
    let at = told.order.started_at.unwrap_or(told.order.window_start);
    let day = wording::day(at, state.clock().now());
    let page = WrongPage { key, item: told.order.item_name, day, guard: guest.0.guard() };
    Ok(Page(page).into_response())
}

/// “不对”, with a reason.
pub(in crate::portal) async fn dispute(
    State(state): State<AppState>,
    guest: Guest,
    Path(key): Path<String>,
    Form(sent): Pairs,
) -> Result<Response, ErrorPage> {
    let order = order_key(&key)?;
    let reason = Sent(sent).one("reason").and_then(Complaint::named).ok_or(Refusal::ReasonWanted);
    let why = Why::of(reason.map_err(Refused::from)?);
    let write = state
        .db
        .write(Lane::Interactive, &guest.0.actor, async |tx| actions::dispute(&tx, order, &why).await.map(|_| ()));
    Ok(led(write.await, &key, "/thanks")?)
}

/// A face or a number; a bad one asks why first.
pub(in crate::portal) async fn rate(
    State(state): State<AppState>,
    guest: Guest,
    Path(key): Path<String>,
    Form(sent): Pairs,
) -> Result<Response, ErrorPage> {
    let (order, sent) = (order_key(&key)?, Sent(sent));
    let score = sent.one("score").and_then(|score| score.parse().ok()).unwrap_or(0);
    let score = Score::new(score).map_err(Refused::from)?;
    let reasons: Vec<_> = sent.all("reason").filter_map(Complaint::named).collect();
    if score < Score::PASSABLE && reasons.is_empty() {
        if sent.one("asked").is_none() {
            return Ok(go(&format!("/portal/visits/{key}/why?score={}", score.number())));
        }
        let told = queries::get(&state.db, &guest.0.scope(), order).await?;
        return Ok(Page(WhyPage::of(&told, score, true, guest.0.guard())?).refused().into_response());
    }
    let rating = Rating { score, reasons, words: None };
    let write = state
        .db
        .write(Lane::Interactive, &guest.0.actor, async |tx| actions::rate(&tx, order, &rating).await.map(|_| ()));
    Ok(led(write.await, &key, "/thanks")?)
}

/// `/portal/visits/{key}/why`: what displeased, several at once.
#[derive(Debug, Template)]
#[template(path = "portal/why.html")]
pub(in crate::portal) struct WhyPage {
    key: String,
    item: String,
    score: i16,
    /// Nothing was chosen.
    missing: bool,
    guard: FormGuard,
}

impl WhyPage {
    fn of(told: &Told, score: Score, missing: bool, guard: FormGuard) -> Result<Self> {
        let (key, item) = (told.order.key()?.to_string(), told.order.item_name.clone());
        Ok(Self { key, item, score: score.number(), missing, guard })
    }

    fn reasons(&self) -> Vec<(&'static str, Text)> {
        DISPLEASED.map(|reason| (reason.name(), wording::complaint(reason))).to_vec()
    }
}

impl View for WhyPage {
    const DOOR: Door = Door::Portal;

    fn head(&self) -> Head {
        Head::new(text!("哪里不好？")).faulty(self.missing)
    }
}

impl Samples for WhyPage {
    fn samples() -> Vec<Self> {
        let page = |missing| Self {
            key: "411002-06fvn0ap3drhm3ssrxr1ft5cg8".into(),
            item: "助浴".into(),
            score: 1,
            missing,
            guard: FormGuard::default(),
        };
        vec![page(false), page(true)]
    }
}

/// The number that was chosen before.
#[derive(Debug, serde::Deserialize)]
pub(in crate::portal) struct Chosen {
    score: Option<i16>,
}

pub(in crate::portal) async fn ask_why(
    State(state): State<AppState>,
    guest: Guest,
    Path(key): Path<String>,
    axum::extract::Query(chosen): axum::extract::Query<Chosen>,
) -> Result<Response, ErrorPage> {
    let told = queries::get(&state.db, &guest.0.scope(), order_key(&key)?).await?;
    let score = chosen.score.and_then(|score| Score::new(score).ok());
    match score.filter(|_| told.order.status == Stage::Confirmed.code()) {
        Some(score) => Ok(Page(WhyPage::of(&told, score, false, guest.0.guard())?).into_response()),
        None => Ok(go(&format!("/portal/visits/{key}"))),
    }
}

/// `/portal/visits/{key}/thanks`.
#[derive(Debug, Template)]
#[template(path = "portal/thanks.html")]
pub(in crate::portal) struct ThanksPage {
    score: Option<i16>,
    disputed: bool,
    to_confirm: usize,
    to_rate: usize,
}

impl View for ThanksPage {
    const DOOR: Door = Door::Portal;

    fn head(&self) -> Head {
        Head::new(text!("谢谢您！"))
    }
}

impl Samples for ThanksPage {
    fn samples() -> Vec<Self> {
        let thanks = |score, disputed, to_confirm, to_rate| Self { score, disputed, to_confirm, to_rate };
        vec![thanks(Some(5), false, 0, 0), thanks(Some(1), false, 1, 0), thanks(None, true, 0, 1)]
    }
}

pub(in crate::portal) async fn thanks(
    State(state): State<AppState>,
    guest: Guest,
    Path(key): Path<String>,
) -> PageResult<ThanksPage> {
    let told = queries::get(&state.db, &guest.0.scope(), order_key(&key)?).await?;
    let [to_confirm, to_rate] = queries::waiting(&state.db, &guest.0.scope()).await?;
    Ok(Page(ThanksPage { score: told.order.score, disputed: told.disputed, to_confirm, to_rate }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_about_a_visit_is_sound_in_both_languages() {
        web::page::check_all::<MovedPage>();
        web::page::check_all::<WrongPage>();
        web::page::check_all::<WhyPage>();
        web::page::check_all::<ThanksPage>();
    }
}
