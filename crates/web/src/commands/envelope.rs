//! What a phone sends and what it is answered.

use chrono::{DateTime, Utc};
use kernel::{Failure, Instant, Key, Refused, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::blobs::Sm3;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Command;
use crate::{
    edge::plain,
    i18n::{Locale, Translate},
};

/// Bytes of one batch.
pub(super) const LARGEST_BATCH: u64 = 1024 * 1024;
/// Commands of one batch.
pub(super) const MOST: usize = 200;

/// A command as a phone made it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Envelope {
    /// Version 7, made on the phone.
    pub command_id: Uuid,
    /// The phone.
    pub device: Uuid,
    /// 1, 2, 3 … for each case of the phone.
    pub seq: i64,
    /// When it was made, by the phone's clock.
    pub made_at: DateTime<Utc>,
    /// What is added to `made_at` to correct it, in milliseconds: measured at the last contact.
    pub offset_ms: i64,
    /// The case.
    pub key: String,
    /// The version of the case that the phone knew; without it only the case's own rules judge.
    #[serde(default)]
    pub base_version: Option<i32>,
    /// What to do.
    pub verb: String,
    /// What the verb needs.
    #[serde(default)]
    pub body: Value,
    /// SM3 of the photos that it speaks of; they come by themselves.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub files: Vec<Sm3>,
}

/// Several commands, oldest first; none is a contact alone.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct BatchIn {
    /// The phone.
    pub device: Uuid,
    /// How many more wait on the phone.
    #[serde(default)]
    pub pending: u32,
    /// The commands.
    pub commands: Vec<Envelope>,
}

/// What became of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It took effect now.
    Done,
    /// It was answered before; `was` tells how.
    Already,
    /// It waits for its predecessor.
    Parked,
    /// It is refused for good; `code` and `text` tell why.
    Refused,
    /// Somebody else changed the case; `current` is how it stands.
    Conflict,
}

/// The answer to one command.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Answer {
    /// The command.
    pub command_id: Uuid,
    /// What became of it.
    pub result: Outcome,
    /// What became of it the first time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<Outcome>,
    /// Why it was refused, for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Why it was refused, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The version of the case after it, or as it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i32>,
    /// The case as it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<Value>,
}

/// Whether a phone may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    /// It may.
    Active,
    /// Its offline grant is over; it must register again.
    Over,
    /// It was revoked: it wipes itself.
    Revoked,
    /// It belongs to nobody or to another account: it wipes itself.
    Foreign,
}

/// The answers.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BatchOut {
    /// Our time, to measure the phone's clock by.
    pub now: DateTime<Utc>,
    /// Whether the phone may go on.
    pub device: DeviceState,
    /// One for each command that could be judged; ask again for the others.
    pub answers: Vec<Answer>,
}

/// What was decided about a command, as kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Decided {
    pub result: Outcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<Value>,
}

/// A refusal in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// For programs.
    pub code: String,
    zh: String,
    en: String,
}

impl Translate for Why {
    fn in_locale(&self, locale: Locale) -> String {
        match locale {
            Locale::Zh => self.zh.clone(),
            Locale::En => self.en.clone(),
        }
    }
}

impl From<&Refused> for Why {
    fn from(refused: &Refused) -> Self {
        let said = |locale| refused.text.in_locale(locale);
        Self { code: refused.code.to_owned(), zh: said(Locale::Zh), en: said(Locale::En) }
    }
}

impl Decided {
    pub(super) const fn of(result: Outcome) -> Self {
        Self { result, why: None, version: None, current: None }
    }

    pub(super) fn refused(refused: &Refused) -> Self {
        Self { why: Some(refused.into()), ..Self::of(Outcome::Refused) }
    }
}

/// A batch as judged, before it is put into words.
#[derive(Debug)]
pub(super) struct Judged {
    pub now: DateTime<Utc>,
    pub device: DeviceState,
    /// Each with what was decided and whether that was before.
    pub answers: Vec<(Uuid, Decided, bool)>,
}

impl Judged {
    pub(super) fn told(self, locale: Locale) -> BatchOut {
        let answer = |(command_id, decided, before): (Uuid, Decided, bool)| Answer {
            command_id,
            result: if before { Outcome::Already } else { decided.result },
            was: before.then_some(decided.result),
            code: decided.why.as_ref().map(|why| why.code.clone()),
            text: decided.why.map(|why| why.in_locale(locale)),
            version: decided.version,
            current: decided.current,
        };
        BatchOut { now: self.now, device: self.device, answers: self.answers.into_iter().map(answer).collect() }
    }
}

/// A kind of case that only its room knows.
pub(super) struct AnyCase;

impl Envelope {
    /// Takes out what no text and no moment may be: a phone sends its queue again and again, and one command that is
    /// refused as a whole would hold up all others.
    pub(super) fn clean(&mut self, now: Instant) {
        plain::clean(&mut self.verb);
        plain::clean(&mut self.key);
        plain::clean_json(&mut self.body);
        if !plain::is_near(self.made_at) {
            self.made_at = now;
        }
    }

    /// The home of its key and the case's id.
    pub(super) fn target(&self) -> Result<Key<AnyCase>> {
        self.key.parse().map_err(|_| Failure::from(kernel::Common::NotFound))
    }

    /// The command that happened at a moment, which is believed or not.
    #[must_use]
    pub fn command(&self, at: Instant, is_believed: bool) -> Command {
        Command {
            id: self.command_id,
            key: self.key.clone(),
            verb: self.verb.clone(),
            at,
            is_believed,
            offset_ms: self.offset_ms,
            body: self.body.clone(),
            files: self.files.clone(),
        }
    }
}
