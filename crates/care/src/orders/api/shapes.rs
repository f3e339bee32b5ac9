//! What the API takes and gives: types of their own, apart from the rows.

use chrono::{DateTime, Utc};
use kernel::Key;
use registry::elders::Elder;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use web::i18n::{Locale, Translate as _};

use crate::{
    catalogue::Class,
    orders::{Channel, Complaint, Confirmation, Order, Refusal, Stage, candidates},
    visits::{self, Kind, Told},
};

/// An order.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderOut {
    pub(super) key: String,
    pub(super) number: String,
    pub(super) elder: String,
    pub(super) place: i64,
    pub(super) item: String,
    pub(super) item_name: String,
    pub(super) class: Option<Class>,
    pub(super) minutes: i32,
    pub(super) pair: bool,
    pub(super) window_start: DateTime<Utc>,
    pub(super) window_end: DateTime<Utc>,
    pub(super) channel: Option<Channel>,
    pub(super) price_fen: i64,
    pub(super) subsidy_fen: i64,
    pub(super) own_fen: i64,
    pub(super) provider: Option<Uuid>,
    pub(super) worker: Option<Uuid>,
    pub(super) second: Option<Uuid>,
    pub(super) stage: Stage,
    pub(super) tries: i16,
    pub(super) due_at: Option<DateTime<Utc>>,
    pub(super) placed_at: DateTime<Utc>,
    pub(super) started_at: Option<DateTime<Utc>>,
    pub(super) ended_at: Option<DateTime<Utc>>,
    pub(super) confirmed: Option<Confirmation>,
    pub(super) score: Option<i16>,
    pub(super) version: i32,
    /// With one order only: the note for the worker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<String>,
}

impl OrderOut {
    pub(super) fn of(order: &Order) -> kernel::Result<Self> {
        Ok(Self {
            key: order.key()?.to_string(),
            number: order.number.clone(),
            elder: Key::<Elder>::new(order.home()?, order.elder).to_string(),
            place: order.place,
            item: order.item.clone(),
            item_name: order.item_name.clone(),
            class: order.class(),
            minutes: order.minutes,
            pair: order.pair,
            window_start: order.window_start,
            window_end: order.window_end,
            channel: order.channel(),
            price_fen: order.price_fen,
            subsidy_fen: order.subsidy_fen,
            own_fen: order.own_fen,
            provider: order.provider,
            worker: order.worker,
            second: order.second,
            stage: order.stage()?,
            tries: order.tries,
            due_at: order.due_at,
            placed_at: order.placed_at,
            started_at: order.started_at,
            ended_at: order.ended_at,
            confirmed: order.confirmed_how.and_then(Confirmation::of),
            score: order.score,
            version: order.version,
            note: None,
        })
    }
}

/// A page of orders.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrdersOut {
    pub(super) items: Vec<OrderOut>,
    /// Pass as `after` for the next page; none on the last.
    pub(super) next: Option<String>,
}

/// What is ordered.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PlacingIn {
    /// Key of the elder.
    pub(super) elder: String,
    /// Code in the price book.
    pub(super) item: String,
    /// Earliest arrival.
    pub(super) window_start: DateTime<Utc>,
    /// Latest arrival.
    pub(super) window_end: DateTime<Utc>,
    pub(super) channel: Channel,
    pub(super) provider: Option<Uuid>,
    #[serde(default)]
    pub(super) note: String,
}

/// Who shall serve.
#[derive(Debug, Deserialize, ToSchema)]
pub struct DispatchIn {
    pub(super) provider: Uuid,
}

/// Who goes.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AssignIn {
    pub(super) worker: Uuid,
    pub(super) second: Option<Uuid>,
    #[serde(default)]
    pub(super) words: String,
}

/// Why: a reason by name, and words where it is `other`.
#[derive(Debug, Deserialize, ToSchema)]
pub struct WhyIn {
    pub(super) reason: String,
    #[serde(default)]
    pub(super) words: String,
}

/// A score with what displeased.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RatingIn {
    pub(super) score: i16,
    #[serde(default)]
    pub(super) reasons: Vec<Complaint>,
    #[serde(default)]
    pub(super) words: String,
}

/// When a visit really began and ended.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CorrectionIn {
    /// Check-in; it stays when absent.
    pub(super) from: Option<DateTime<Utc>>,
    /// Check-out; it stays when absent.
    pub(super) to: Option<DateTime<Utc>>,
    /// How it is known.
    pub(super) grounds: String,
}

/// A check-in or check-out.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ProofsIn {
    /// Now when absent; not more than two minutes from now.
    pub(super) made_at: Option<DateTime<Utc>>,
    #[serde(default)]
    pub(super) proofs: Vec<ProofIn>,
}

/// One proof: a position or a photo. What others must say (a code, a face, a confirmation) is refused.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ProofIn {
    pub(super) kind: Kind,
    pub(super) at: Option<DateTime<Utc>>,
    pub(super) longitude: Option<f64>,
    pub(super) latitude: Option<f64>,
    pub(super) accuracy_m: Option<i32>,
    #[serde(default)]
    pub(super) mocked: bool,
    /// SM3 of a photo that was uploaded, in hexadecimal.
    pub(super) digest: Option<String>,
}

impl TryFrom<ProofIn> for Told {
    type Error = Refusal;

    fn try_from(told: ProofIn) -> Result<Self, Refusal> {
        let blank = Self { at: told.at, ..Self::of(told.kind) };
        match told.kind {
            Kind::Position => {
                let point = told.longitude.zip(told.latitude).ok_or(Refusal::ProofUnreadable)?;
                visits::possible(point, told.accuracy_m.map_or(0.0, f64::from)).ok_or(Refusal::ProofUnreadable)?;
                Ok(Self { point: Some(point), accuracy_m: told.accuracy_m, mocked: told.mocked, ..blank })
            }
            Kind::Photo => {
                let digest = told.digest.and_then(|digest| digest.parse().ok()).ok_or(Refusal::ProofUnreadable)?;
                Ok(Self { digest: Some(digest), ..blank })
            }
            other => Err(Refusal::NotTheirProof { kind: other.word().to_owned() }),
        }
    }
}

/// Who could go, best first.
#[derive(Debug, Serialize, ToSchema)]
pub struct TeamOut {
    pub(super) worker: Uuid,
    pub(super) second: Option<Uuid>,
    pub(super) names: Vec<String>,
    pub(super) points: i32,
    pub(super) suitable: bool,
    pub(super) reasons: Vec<ReasonOut>,
}

/// A reason for or against.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReasonOut {
    /// For programs: `skill`, `familiar`, `sex`, `certificate`, `way`, `load`, `overlap`.
    #[schema(value_type = String)]
    pub(super) code: &'static str,
    pub(super) speaks_for: bool,
    /// In the language of the request.
    pub(super) text: String,
}

impl TeamOut {
    pub(super) fn of(team: &candidates::Team, locale: Locale) -> Self {
        let reasons = team.members.iter().flat_map(|member| &member.reasons);
        Self {
            worker: team.crew().lead,
            second: team.crew().second,
            names: team.members.iter().map(|member| member.name.clone()).collect(),
            points: team.points(),
            suitable: team.is_suitable(),
            reasons: reasons
                .map(|reason| ReasonOut {
                    code: reason.code,
                    speaks_for: reason.is_for,
                    text: reason.text.in_locale(locale),
                })
                .collect(),
        }
    }
}
