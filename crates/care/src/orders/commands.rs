//! What a caregiver's phone asks of orders, perhaps hours later: the verbs `order.accept`, `order.decline`,
//! `order.check_in`, `order.check_out`, `order.abort` and `order.note`.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Action, Actor, Common, Instant, Key, Result, Scope};
use registry::elders::{self, Elder};
use serde::Deserialize;
use serde_json::json;
use store::{Db, Tx, blobs::Sm3};
use web::{
    commands::{self, Bench, Case, Command, Current, Effect, Filed},
    state::AppState,
};

use super::{
    AbortReason, DeclineReason, Order, Words,
    actions::{self, Why},
    queries,
};
use crate::visits::{self, Arrival, Departure, Door, Kind, Told};

/// The bench of orders.
#[derive(Clone, Copy, Debug)]
pub struct OrderCommands;

/// What a phone tells with a verb.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Body {
    proofs: Vec<ProofIn>,
    /// A note, or the caregiver's explanation of weak evidence or of a reason.
    words: String,
    /// Why an order is declined or broken off, by name.
    reason: String,
    /// From check-in to check-out by the phone's running clock, in milliseconds.
    lasted_ms: Option<i64>,
}

/// A proof as a phone writes it; `at` by the phone's clock.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum ProofIn {
    Position {
        at: DateTime<Utc>,
        longitude: f64,
        latitude: f64,
        accuracy_m: f64,
        #[serde(default)]
        mocked: bool,
    },
    Photo {
        at: DateTime<Utc>,
        sm3: Sm3,
    },
}

/// A verb made ready.
struct Ready {
    key: Key<Order>,
    verb: Verb,
    words: Option<Words>,
}

enum Verb {
    Accept,
    CheckIn(Arrival),
    CheckOut(Departure),
    Decline(Why<DeclineReason>),
    Abort(Why<AbortReason>),
    Note,
}

#[async_trait]
impl Bench for OrderCommands {
    fn verbs(&self) -> &'static [&'static str] {
        &["order.accept", "order.decline", "order.check_in", "order.check_out", "order.abort", "order.note"]
    }

    async fn case(&self, state: &AppState, actor: &Actor, key: &str) -> Result<Case> {
        let order = visible(&state.db, &actor.scope(), key).await?;
        Ok(Case { home: order.home()?, id: order.id, place: order.place()?, person: order.elder })
    }

    async fn prepare(&self, state: &AppState, actor: &Actor, command: &Command) -> Result<Box<dyn Effect>> {
        actor.may(Action::PerformOrder)?;
        let order = visible(&state.db, &actor.scope(), &command.key).await?;
        let body = body(command)?;
        let elder: Key<Elder> = Key::new(order.home()?, order.elder);
        let mut words = Words::of(&state.keys, elder, &body.words).await?;
        let proofs = told(command, body.proofs)?;
        let at = Some(command.at);
        // What happened at the door is paid for by its time: one that may be made up goes to a person, not into the books.
        if !command.is_believed && matches!(command.verb.as_str(), "order.check_in" | "order.check_out") {
            return Err(commands::Refusal::TimeDoubtful.into());
        }
        let verb = match command.verb.as_str() {
            "order.check_in" => {
                let door = door(state, actor, &order).await?;
                Verb::CheckIn(Arrival { made_at: at, proofs, door })
            }
            "order.check_out" => {
                let door = door(state, actor, &order).await?;
                let lasted_secs = body.lasted_ms.and_then(|ms| i32::try_from(ms / 1_000).ok());
                Verb::CheckOut(Departure { lasted_secs, made_at: at, proofs, door })
            }
            "order.decline" => {
                let reason = DeclineReason::given(&body.reason).ok_or(super::Refusal::ReasonWanted)?;
                Verb::Decline(Why { reason, words: words.take() })
            }
            "order.abort" => {
                let reason = AbortReason::named(&body.reason).ok_or(super::Refusal::ReasonWanted)?;
                Verb::Abort(Why { reason, words: words.take() })
            }
            "order.accept" => Verb::Accept,
            _ if words.is_none() => return Err(super::Refusal::ReasonWanted.into()),
            _ => Verb::Note,
        };
        Ok(Box::new(Ready { key: order.key()?, verb, words }))
    }

    async fn filed(&self, tx: &Tx, file: Filed) -> Result<()> {
        visits::photo_came(tx, file).await
    }
}

#[async_trait]
impl Effect for Ready {
    async fn current(&self, tx: &Tx) -> Result<Current> {
        let order = queries::get(tx, &tx.actor().scope(), self.key).await?;
        let shown = json!({
            "stage": order.stage()?.name(),
            "window_start": order.window_start,
            "window_end": order.window_end,
        });
        Ok(Current { version: order.version, shown })
    }

    async fn run(&self, tx: &Tx) -> Result<i32> {
        let order = match &self.verb {
            Verb::Accept => actions::take(tx, self.key).await?,
            Verb::CheckIn(arrival) => actions::check_in(tx, self.key, arrival).await?,
            Verb::CheckOut(departure) => actions::check_out(tx, self.key, departure).await?,
            Verb::Decline(why) => actions::decline(tx, self.key, why).await?,
            Verb::Abort(why) => actions::abort(tx, self.key, why).await?,
            Verb::Note => queries::get(tx, &tx.actor().scope(), self.key).await?,
        };
        if let Some(words) = &self.words {
            actions::note(tx, self.key, words).await?;
        }
        Ok(order.version)
    }
}

async fn visible(db: &Db, scope: &Scope, key: &str) -> Result<Order> {
    let key = key.parse().map_err(|_| Common::NotFound)?;
    queries::get(db, scope, key).await
}

/// The elder's key and where the elder lives.
async fn door(state: &AppState, actor: &Actor, order: &Order) -> Result<Door> {
    let elder = elders::queries::get(&state.db, &actor.scope(), Key::new(order.home()?, order.elder)).await?;
    let key = state.keys.find_key(elder.id).await?.ok_or(store::keys::Refusal::Erased)?;
    let point = elders::file::File::open(&elder, &key)?.details.point;
    Ok(Door { key, point })
}

fn body(command: &Command) -> Result<Body> {
    if command.body.is_null() {
        return Ok(Body::default());
    }
    Ok(serde_json::from_value(command.body.clone()).map_err(|_| commands::Refusal::Unreadable)?)
}

/// The proofs that came with a command.
///
/// # Errors
/// When its body is not what a verb of ours needs.
pub(super) fn proofs(command: &Command) -> Result<Vec<Told>> {
    told(command, body(command)?.proofs)
}

/// How long a visit lasted by the phone's running clock, in minutes; none when it did not run through.
pub(super) fn lasted_minutes(command: &Command) -> Option<i64> {
    body(command).ok()?.lasted_ms.map(|ms| ms / 60_000)
}

/// The words that came with a command; none when it has none or cannot be read.
pub(super) fn words(command: &Command) -> Option<String> {
    body(command).ok().map(|body| body.words).filter(|words| !words.trim().is_empty())
}

/// Proofs with corrected times; a photo must be one of the command's files.
fn told(command: &Command, proofs: Vec<ProofIn>) -> Result<Vec<Told>> {
    let corrected = |at: Instant| {
        let offset = TimeDelta::try_milliseconds(command.offset_ms).unwrap_or_default();
        // A proof is taken before its command is made.
        at.checked_add_signed(offset).unwrap_or(command.at).min(command.at)
    };
    let blank = |kind, at| Told { kind, at: Some(at), point: None, accuracy_m: None, mocked: false, digest: None };
    proofs
        .into_iter()
        .map(|proof| match proof {
            ProofIn::Position { at, longitude, latitude, accuracy_m, mocked } => {
                let point = visits::possible((longitude, latitude), accuracy_m);
                if point.is_none() {
                    return Err(commands::Refusal::Unreadable.into());
                }
                let accuracy_m = Some(accuracy_m.ceil().min(1e8) as i32);
                Ok(Told { point, accuracy_m, mocked, ..blank(Kind::Position, corrected(at)) })
            }
            ProofIn::Photo { at, sm3 } if command.files.contains(&sm3) => {
                Ok(Told { digest: Some(sm3), ..blank(Kind::Photo, corrected(at)) })
            }
            ProofIn::Photo { .. } => Err(commands::Refusal::Unreadable.into()),
        })
        .collect()
}
