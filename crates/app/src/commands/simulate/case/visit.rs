//! The provider's part: from the dispatcher's list to the check-out at the door.

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use super::Case;
use crate::commands::simulate::{
    book::Deed,
    fate::{End, Slip},
    phone::{self, Order, Phone},
    turn::{Played, Turn},
};

/// Minutes of a visit that are played at most.
const LONGEST: f64 = 60.0;

/// What the phone knows of a visit.
struct Visit {
    version: Option<i64>,
    minutes: f64,
    longitude: Option<f64>,
    latitude: Option<f64>,
    photos: bool,
}

impl Case {
    /// The dispatcher assigns until somebody has taken it; the worker.
    pub(super) async fn arrange(&mut self, provider: Uuid) -> Played<Uuid> {
        let pace = self.company.pace.clone();
        let mut asked = Vec::new();
        loop {
            pace.pass(self.fate.delays[0]).await?;
            let worker = self.assign(provider, &asked).await?;
            pace.pass(self.fate.delays[1]).await?;
            let phone = self.phone(worker)?;
            if self.fate.declined && asked.is_empty() {
                let body = json!({ "reason": "far" });
                self.step(&phone.seat, ("护理员退回", "decline"), body, "accepted").await?;
                self.book().did(Deed::Declined);
                asked.push(worker);
                continue;
            }
            self.take(&phone).await?;
            if self.fate.withdrawn && asked.len() < 2 {
                asked.resize(2, worker);
                let dispatcher = self.company.dispatcher(provider).cloned();
                let dispatcher = dispatcher.ok_or_else(|| Turn::Odd("服务商没有派单员".to_owned()))?;
                let body = json!({ "reason": "rearranged" });
                self.step(&dispatcher, ("改派", "withdraw"), body, "accepted").await?;
                self.book().did(Deed::Withdrawn);
                continue;
            }
            return Ok(worker);
        }
    }

    pub(super) fn phone(&self, worker: Uuid) -> Played<Arc<Phone>> {
        self.company.phone(worker).cloned().ok_or_else(|| Turn::Odd(format!("护理员 {worker} 没有登录名")))
    }

    /// The dispatcher sees the order arrive and chooses from the candidates; whoever was asked already comes last.
    async fn assign(&mut self, provider: Uuid, asked: &[Uuid]) -> Played<Uuid> {
        let dispatcher = self.company.dispatcher(provider).cloned();
        let dispatcher = dispatcher.ok_or_else(|| Turn::Odd("服务商没有派单员".to_owned()))?;
        let list = dispatcher.get("派单台", "/api/v1/orders?stage=accepted&size=200").await?.must(&[200])?.json();
        let there = list["items"].as_array().is_some_and(|rows| rows.iter().any(|row| row["key"] == *self.key));
        if !there && list["next"].is_null() {
            let odd = Turn::Odd(format!("派单台上没有 {}", self.key));
            return Err(self.overtaken("派单台", odd).await?);
        }
        let teams = dispatcher.get("候选人", &format!("{}/candidates", self.path())).await?.must(&[200])?.json();
        let teams: Vec<Value> = teams.as_array().cloned().unwrap_or_default();
        let lead = |team: &Value| -> Option<Uuid> { team["worker"].as_str()?.parse().ok() };
        if self.fate.slip == Some(Slip::Stranger) && asked.is_empty() {
            let theirs: Vec<Uuid> = teams.iter().filter_map(lead).collect();
            if let Some(stranger) = self.company.stranger(&theirs) {
                let (path, key) = (format!("{}/assign", self.path()), self.fresh_key());
                // A pair that is no pair is refused for that first.
                let second = teams.first().map(|team| team["second"].clone()).filter(|second| !second.is_null());
                let body = json!({ "worker": stranger, "second": second });
                let answer = dispatcher.post("派单", &path, &key, &body).await?;
                self.refused(&answer, (422, "order.not_their_worker"))?;
            }
        }
        let fresh = teams.iter().filter(|team| lead(team).is_some_and(|lead| !asked.contains(&lead)));
        let suitable = fresh.clone().find(|team| team["suitable"] == true);
        let Some(team) = suitable.or_else(|| fresh.clone().next()).or(teams.first()) else {
            let agent = self.agent.clone();
            self.step(&agent, ("取消", "cancel"), json!({ "reason": "no_provider" }), "cancelled").await?;
            self.book().did(Deed::Cancelled);
            return Err(Turn::Over);
        };
        let body = json!({ "worker": team["worker"], "second": team["second"] });
        let order = self.step(&dispatcher, ("派单", "assign"), body, "offered").await?;
        self.book().did(Deed::Assigned);
        order["worker"].as_str().and_then(|id| id.parse().ok()).ok_or_else(|| Turn::Odd(order.to_string()))
    }

    /// The caregiver accepts: today's on the phone, tomorrow's on its page.
    async fn take(&mut self, phone: &Phone) -> Played {
        if self.fate.end == End::Tomorrow {
            self.step(&phone.seat, ("接单", "take"), json!({}), "taken").await?;
        } else {
            let visit = self.in_the_pack(phone).await?;
            let deed = phone::Deed { verb: "order.accept", at: phone.now(), proofs: Vec::new(), photo: None };
            let told = phone.tell(&Order { key: &self.key, version: visit.version }, &deed).await?;
            let answer = phone.answered(&told, &self.company.pace).await?;
            self.done(&answer).await?;
        }
        self.book().did(Deed::Taken);
        Ok(())
    }

    /// The visit as the day pack of the phone has it.
    async fn in_the_pack(&self, phone: &Phone) -> Played<Visit> {
        let answer = phone.seat.get("当天任务", "/api/v1/m/day").await?.must(&[200])?;
        let pack = answer.json();
        let orders = pack["orders"].as_array().cloned().unwrap_or_default();
        let Some(visit) = orders.iter().find(|visit| visit["key"] == *self.key) else {
            let odd = Turn::Odd(format!("当天任务里没有 {}", self.key));
            return Err(self.overtaken("当天任务", odd).await?);
        };
        Ok(Visit {
            version: visit["version"].as_i64(),
            minutes: visit["minutes"].as_f64().unwrap_or(LONGEST).min(LONGEST),
            longitude: visit["longitude"].as_f64(),
            latitude: visit["latitude"].as_f64(),
            photos: visit["photos"] == true,
        })
    }

    /// Passes with a command that took effect.
    async fn done(&mut self, answer: &Value) -> Played {
        if answer["result"] == "done" || (answer["result"] == "already" && answer["was"] == "done") {
            self.saw(&answer["version"]);
            return Ok(());
        }
        let code = answer["code"].as_str().unwrap_or("conflict").to_owned();
        Err(self.overtaken(&code, Turn::Odd(format!("手机指令：{answer}"))).await?)
    }

    /// What the phone tells at the door.
    fn at_the_door(&self, phone: &Phone, visit: &Visit, verb: &'static str) -> Played<phone::Deed> {
        let (at, mut proofs) = (phone.now(), Vec::new());
        if let (Some(longitude), Some(latitude)) = (visit.longitude, visit.latitude) {
            proofs.push(json!({
                "kind": "position", "at": at, "longitude": longitude + 0.000_1, "latitude": latitude,
                "accuracy_m": 12 + self.fate.seed % 30, "mocked": self.fate.mocked,
            }));
        }
        let photo = if visit.photos { Some(phone.photo()?) } else { None };
        proofs.extend(photo.iter().map(|photo| json!({ "kind": "photo", "at": at, "sm3": photo.sm3.to_string() })));
        Ok(phone::Deed { verb, at, proofs, photo })
    }

    async fn upload(&self, phone: &Phone, deed: &phone::Deed) -> Played {
        let Some(photo) = &deed.photo else { return Ok(()) };
        phone.upload(&self.key, photo).await?;
        self.book().did(Deed::Photos);
        Ok(())
    }

    /// Check-in, the work, check-out; without a network all of it comes later.
    pub(super) async fn serve(&mut self, worker: Uuid) -> Played {
        let (pace, phone, key) = (self.company.pace.clone(), self.phone(worker)?, self.key.clone());
        let visit = self.in_the_pack(&phone).await?;
        let (order, way) = (Order { key: &key, version: visit.version }, self.fate.delays[2]);
        if let Some(late) = self.fate.offline {
            phone.go_dark(pace.now() + way + visit.minutes + late).await;
        }
        pace.pass(way).await?;
        let arrived = self.at_the_door(&phone, &visit, "order.check_in")?;
        if self.fate.slip == Some(Slip::OutOfOrder) {
            pace.pass(visit.minutes).await?;
            let left = self.at_the_door(&phone, &visit, "order.check_out")?;
            for answer in phone.overtake(&order, &arrived, &left).await? {
                self.done(&answer).await?;
            }
            self.upload(&phone, &arrived).await?;
            self.upload(&phone, &left).await?;
        } else {
            self.visit(&phone, (&order, &visit), arrived).await?;
        }
        self.book().did(Deed::Arrived);
        self.book().did(Deed::Served);
        Ok(())
    }

    async fn visit(&mut self, phone: &Phone, (order, visit): (&Order<'_>, &Visit), arrived: phone::Deed) -> Played {
        let pace = self.company.pace.clone();
        let came = phone.tell(order, &arrived).await?;
        let online = self.fate.offline.is_none();
        if online {
            self.upload(phone, &arrived).await?;
            let answer = phone.answered(&came, &pace).await?;
            self.done(&answer).await?;
        }
        pace.pass(visit.minutes).await?;
        let left = self.at_the_door(phone, visit, "order.check_out")?;
        let gone = phone.tell(order, &left).await?;
        if !online {
            let answer = phone.answered(&came, &pace).await?;
            self.done(&answer).await?;
            self.upload(phone, &arrived).await?;
            self.book().did(Deed::Late);
        }
        let answer = phone.answered(&gone, &pace).await?;
        self.done(&answer).await?;
        self.upload(phone, &left).await?;
        if self.fate.slip == Some(Slip::Again) {
            let again = phone.again(&gone).await?;
            if again["result"] != "already" || again["was"] != "done" {
                return Err(Turn::Odd(format!("重发的指令：{again}")));
            }
        }
        Ok(())
    }

    /// Nobody opens: check-in, and the visit is broken off.
    pub(super) async fn break_off(&mut self, worker: Uuid) -> Played {
        let (pace, phone) = (self.company.pace.clone(), self.phone(worker)?);
        let visit = self.in_the_pack(&phone).await?;
        pace.pass(self.fate.delays[2]).await?;
        let key = self.key.clone();
        let arrived = self.at_the_door(&phone, &visit, "order.check_in")?;
        let told = phone.tell(&Order { key: &key, version: visit.version }, &arrived).await?;
        let answer = phone.answered(&told, &pace).await?;
        self.done(&answer).await?;
        self.upload(&phone, &arrived).await?;
        self.book().did(Deed::Arrived);
        pace.pass(self.fate.delays[0]).await?;
        self.step(&phone.seat, ("中止", "abort"), json!({ "reason": "nobody" }), "aborted").await?;
        self.book().did(Deed::Aborted);
        Ok(())
    }
}
