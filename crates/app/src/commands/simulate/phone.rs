//! A caregiver's phone: an outbox of commands in the order of each case, sent at once or, without a network, all together
//! when it is back; photos in pieces.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use image::{ExtendedColorType, codecs::jpeg::JpegEncoder};
use kernel::{Clock as _, Ids, SystemClock};
use serde_json::{Value, json};
use store::blobs::Sm3;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::{
    pace::Pace,
    seat::Seat,
    turn::{Played, Turn},
};

/// A phone and who carries it.
pub(super) struct Phone {
    pub(super) seat: Arc<Seat>,
    /// How wrong its clock goes.
    skew: TimeDelta,
    ids: Ids,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    device: Option<Uuid>,
    /// The last number of each case.
    numbers: HashMap<String, i64>,
    waiting: VecDeque<Value>,
    answers: HashMap<Uuid, Value>,
    /// Without a network until this minute of the day.
    dark_until: f64,
}

/// A command in the outbox.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) id: Uuid,
    envelope: Value,
}

/// What somebody does with the phone.
pub(super) struct Deed {
    pub(super) verb: &'static str,
    /// By the phone's clock.
    pub(super) at: DateTime<Utc>,
    pub(super) proofs: Vec<Value>,
    pub(super) photo: Option<Photo>,
}

/// What a command is about.
pub(super) struct Order<'a> {
    pub(super) key: &'a str,
    pub(super) version: Option<i64>,
}

/// A photo with its sum.
#[derive(Clone)]
pub(super) struct Photo {
    pub(super) sm3: Sm3,
    content: Bytes,
}

impl Phone {
    pub(super) fn new(seat: Arc<Seat>) -> Self {
        let ids = Ids::from_os();
        // Within ten minutes either way, as phones are.
        let skew = TimeDelta::seconds(ids.below(1_200).cast_signed() - 600);
        Self { seat, skew, ids, inner: Mutex::default() }
    }

    /// The phone's own time.
    pub(super) fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + self.skew
    }

    /// No network until a minute of the day.
    pub(super) async fn go_dark(&self, until: f64) {
        let mut inner = self.inner.lock().await;
        inner.dark_until = inner.dark_until.max(until);
    }

    /// A new day begins with a network.
    pub(super) async fn wake(&self) {
        self.inner.lock().await.dark_until = 0.0;
    }

    /// Registers the phone once.
    pub(super) async fn register(&self) -> Played<Uuid> {
        let mut inner = self.inner.lock().await;
        if let Some(device) = inner.device {
            return Ok(device);
        }
        let answer = self.seat.post("登记手机", "/api/v1/devices", "", &json!({})).await?.must(&[200])?;
        let device = answer.json()["device"].as_str().and_then(|device| device.parse().ok());
        let device = device.ok_or_else(|| answer.odd())?;
        inner.device = Some(device);
        Ok(device)
    }

    /// Puts a command into the outbox.
    pub(super) async fn tell(&self, order: &Order<'_>, deed: &Deed) -> Played<Told> {
        let device = self.register().await?;
        let mut inner = self.inner.lock().await;
        let told = self.made(&mut inner, device, order, deed);
        inner.waiting.push_back(told.envelope.clone());
        Ok(told)
    }

    fn made(&self, inner: &mut Inner, device: Uuid, order: &Order<'_>, deed: &Deed) -> Told {
        let number = inner.numbers.entry(order.key.to_owned()).or_default();
        *number += 1;
        let id = self.ids.uuid(SystemClock.now());
        let envelope = json!({
            "command_id": id, "device": device, "seq": *number, "made_at": deed.at,
            "offset_ms": -self.skew.num_milliseconds(), "key": order.key, "base_version": order.version,
            "verb": deed.verb, "body": { "proofs": deed.proofs },
            "files": deed.photo.iter().map(|photo| photo.sm3.to_string()).collect::<Vec<_>>(),
        });
        Told { id, envelope }
    }

    /// The answer to a command, once there is a network and the outbox was sent.
    pub(super) async fn answered(&self, told: &Told, pace: &Pace) -> Played<Value> {
        loop {
            let mut inner = self.inner.lock().await;
            if let Some(answer) = inner.answers.remove(&told.id) {
                return Ok(answer);
            }
            if pace.now() >= inner.dark_until {
                self.flush(&mut inner).await?;
                return inner.answers.remove(&told.id).ok_or_else(|| Turn::Odd(format!("没有回答指令 {}", told.id)));
            }
            let until = inner.dark_until;
            drop(inner);
            pace.until(until).await?;
        }
    }

    /// Sends a command that was answered before once more; the answer.
    pub(super) async fn again(&self, told: &Told) -> Played<Value> {
        let mut inner = self.inner.lock().await;
        inner.waiting.push_back(told.envelope.clone());
        self.flush(&mut inner).await?;
        inner.answers.remove(&told.id).ok_or_else(|| Turn::Odd(format!("没有回答重发的指令 {}", told.id)))
    }

    /// Sends two commands the wrong way round, as a bad network does: the second is parked until the first is there.
    pub(super) async fn overtake(&self, order: &Order<'_>, first: &Deed, second: &Deed) -> Played<[Value; 2]> {
        let device = self.register().await?;
        let mut inner = self.inner.lock().await;
        // What else waits goes first; these two happened before and are still to come.
        self.send(&mut inner, 2).await?;
        let (first, second) =
            (self.made(&mut inner, device, order, first), self.made(&mut inner, device, order, second));
        let take = |inner: &mut Inner, told: &Told| inner.answers.remove(&told.id).unwrap_or_default();
        inner.waiting.push_back(second.envelope.clone());
        self.send(&mut inner, 1).await?;
        let parked = take(&mut inner, &second);
        if parked["result"] != "parked" {
            return Err(Turn::Odd(format!("抢先的指令没有等待：{parked}")));
        }
        inner.waiting.extend([first.envelope.clone(), second.envelope.clone()]);
        self.flush(&mut inner).await?;
        Ok([take(&mut inner, &first), take(&mut inner, &second)])
    }

    async fn flush(&self, inner: &mut Inner) -> Played {
        self.send(inner, 0).await
    }

    /// Sends what waits; so many more stay behind.
    async fn send(&self, inner: &mut Inner, pending: usize) -> Played {
        let commands: Vec<Value> = inner.waiting.iter().cloned().collect();
        let batch = json!({ "device": inner.device, "pending": pending, "commands": commands });
        let answer = self.seat.post("手机指令", "/api/v1/commands", "", &batch).await?.must(&[200])?;
        let told = answer.json();
        let answers = told["answers"].as_array().cloned().unwrap_or_default();
        if told["device"] != "active" || answers.len() != commands.len() {
            return Err(answer.odd());
        }
        inner.waiting.clear();
        for one in answers {
            if let Some(id) = one["command_id"].as_str().and_then(|id| id.parse().ok()) {
                inner.answers.insert(id, one);
            }
        }
        Ok(())
    }

    /// Takes a picture of nothing: coloured noise, never the same twice.
    pub(super) fn photo(&self) -> Played<Photo> {
        let mut pixels = vec![0; 96 * 72 * 3];
        for piece in pixels.chunks_mut(32) {
            piece.copy_from_slice(&self.ids.bytes::<32>()[..piece.len()]);
        }
        let mut content = Vec::new();
        let encoded = JpegEncoder::new_with_quality(&mut content, 60).encode(&pixels, 96, 72, ExtendedColorType::Rgb8);
        encoded.map_err(|error| Turn::Odd(error.to_string()))?;
        Ok(Photo { sm3: Sm3::of(&content), content: content.into() })
    }

    /// Uploads a photo in two pieces.
    pub(super) async fn upload(&self, key: &str, photo: &Photo) -> Played {
        let total = photo.content.len();
        let half = total / 2;
        for (offset, piece) in [(0, photo.content.slice(..half)), (half, photo.content.slice(half..))] {
            let path = format!("/api/v1/files/{}?key={key}&offset={offset}&total={total}", photo.sm3);
            let answer = self.seat.upload("照片", &path, piece).await?.must(&[200])?;
            let received = answer.json();
            let complete = offset == half;
            if received["complete"] != complete || received["received"] != if complete { total } else { half } {
                return Err(answer.odd());
            }
        }
        Ok(())
    }
}
