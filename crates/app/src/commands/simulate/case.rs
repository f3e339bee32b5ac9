//! One order from hand to hand, each hand signed in for itself.
//!
//! ```text
//! agent: search, open, place ─► (agent: dispatch) ─► dispatcher: list, candidates, assign ─► caregiver: take, visit
//!   ─► elder, family or agent: object? confirm, rate ─► the order stands where it should
//! ```

mod visit;

use std::sync::Arc;

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use kernel::{Clock as _, SystemClock, start_of_day};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    book::{Book, Deed},
    company::{Caller, Company, County},
    fate::{End, Fate, Slip, Voice},
    portal::{Guest, Who},
    seat::Seat,
    turn::{Played, Turn},
    wire::{Answer, quoted},
};

/// An order that is being played.
pub(super) struct Case {
    pub(super) company: Arc<Company>,
    pub(super) fate: Fate,
    pub(super) county: Arc<County>,
    pub(super) agent: Arc<Seat>,
    pub(super) elder: Caller,
    /// The order's key.
    pub(super) key: String,
    /// As it was last seen.
    version: Value,
    /// Keys of writes that were used.
    used: u32,
}

impl Case {
    /// Plays an order from the call to the last word about it.
    pub(super) async fn play(company: &Arc<Company>, fate: Fate) -> Played {
        company.pace.until(fate.at).await?;
        let [county, _, _, _, agent] = fate.lots;
        let county = company.counties[county as usize % company.counties.len()].clone();
        let agent = county.agents[agent as usize % county.agents.len()].clone();
        let elder = county.caller(company.start, fate.number).clone();
        let (company, key) = (company.clone(), String::new());
        let mut case = Self { company, fate, county, agent, elder, key, version: Value::Null, used: 0 };
        case.find().await?;
        case.place().await?;
        if case.fate.end == End::Cancelled {
            case.company.pace.pass(case.fate.delays[3]).await?;
            case.step(&case.agent.clone(), ("取消", "cancel"), json!({ "reason": "away" }), "cancelled").await?;
            case.book().did(Deed::Cancelled);
            return case.stands("cancelled").await;
        }
        let provider = case.provider().await?;
        let worker = case.arrange(provider).await?;
        match case.fate.end {
            End::Tomorrow => case.stands("taken").await,
            End::Aborted => {
                case.break_off(worker).await?;
                case.stands("aborted").await
            }
            _ => {
                case.serve(worker).await?;
                case.judge().await
            }
        }
    }

    pub(super) fn book(&self) -> &Book {
        self.company.book()
    }

    pub(super) fn path(&self) -> String {
        format!("/api/v1/orders/{}", self.key)
    }

    /// A key for the next write, never used before.
    fn fresh_key(&mut self) -> String {
        self.used += 1;
        format!("{}-{}-{}", self.company.run, self.fate.number, self.used)
    }

    /// The agent finds the caller by what the caller says, and opens the file.
    async fn find(&self) -> Played {
        let by_phone = self.elder.tail.as_deref().filter(|_| self.fate.lots[1].is_multiple_of(3));
        let asked = by_phone.unwrap_or(&self.elder.name);
        let path = format!("/api/v1/elders/search?size=200&q={}", quoted(asked));
        let found = self.agent.get("搜索", &path).await?.must(&[200])?;
        let answer = found.json();
        let there = answer["items"].as_array().is_some_and(|rows| rows.iter().any(|row| row["key"] == *self.elder.key));
        if !there && answer["more"] != true {
            return Err(Turn::Odd(format!("搜索“{asked}”没有找到 {}", self.elder.key)));
        }
        self.agent.get("老人档案", &format!("/api/v1/elders/{}", self.elder.key)).await?.must(&[200]).map(drop)
    }

    /// What the agent orders.
    fn wanted(&self) -> Value {
        let [_, _, item, provider, _] = self.fate.lots;
        let now = SystemClock.now();
        let (start, length) = match self.fate.end {
            End::Tomorrow => (start_of_day(SystemClock.today()) + TimeDelta::hours(24 + 9), TimeDelta::hours(2)),
            _ => (now.duration_trunc(TimeDelta::minutes(1)).unwrap_or(now), TimeDelta::hours(1)),
        };
        let provider = self.county.providers.get(provider as usize % self.county.providers.len());
        json!({
            "elder": self.elder.key, "item": self.county.items[item as usize % self.county.items.len()],
            "window_start": start, "window_end": start + length, "channel": self.fate.channel,
            "provider": provider.filter(|_| !self.fate.left_to_county), "note": "",
        })
    }

    async fn place(&mut self) -> Played {
        let (wanted, key) = (self.wanted(), self.fresh_key());
        if self.fate.slip == Some(Slip::PastWindow) {
            let past: DateTime<Utc> = SystemClock.now() - TimeDelta::days(2);
            let mut wanted = wanted.clone();
            (wanted["window_start"], wanted["window_end"]) = (json!(past), json!(past + TimeDelta::hours(1)));
            let other = self.fresh_key();
            let answer = self.agent.post("下单", "/api/v1/orders", &other, &wanted).await?;
            self.refused(&answer, (422, "order.window_past"))?;
        }
        let answer = self.agent.post("下单", "/api/v1/orders", &key, &wanted).await?;
        match (answer.status, answer.code().as_str()) {
            (201, _) => {}
            // Somebody ordered the same for this hour, or the elder is away since the list was read: as in life.
            (409, code @ ("order.duplicate" | "order.elder_away")) => {
                self.book().refused(code, false);
                return Err(Turn::Over);
            }
            _ => return Err(answer.odd()),
        }
        let order = answer.json();
        self.key = order["key"].as_str().unwrap_or_default().to_owned();
        self.version = order["version"].clone();
        if order["stage"] != "accepted" {
            return Err(answer.odd());
        }
        self.book().did(Deed::Placed);
        self.slip_after_placing(&wanted, &key).await
    }

    /// What goes wrong right after an order was placed.
    async fn slip_after_placing(&mut self, wanted: &Value, key: &str) -> Played {
        let (agent, orders) = (self.agent.clone(), "/api/v1/orders");
        match self.fate.slip {
            Some(Slip::Twice) => {
                let other = self.fresh_key();
                self.refused(&agent.post("下单", orders, &other, wanted).await?, (409, "order.duplicate"))
            }
            Some(Slip::Replay) => {
                let again = agent.post("下单", orders, key, wanted).await?.must(&[201])?;
                if again.json()["key"] != *self.key { Err(again.odd()) } else { Ok(()) }
            }
            Some(Slip::KeyReused) => {
                let mut other = wanted.clone();
                other["note"] = json!("另一张");
                self.refused(&agent.post("下单", orders, key, &other).await?, (422, "idempotency.reused"))
            }
            Some(Slip::EarlyRating) => {
                let (path, other) = (format!("{}/rate", self.path()), self.fresh_key());
                self.refused(&agent.post("评价", &path, &other, &json!({ "score": 5 })).await?, (409, "order.moved"))
            }
            Some(Slip::Rival) => {
                let provider = wanted["provider"].as_str().and_then(|id| id.parse().ok()).unwrap_or_default();
                let Some(rival) = self.company.rival(provider) else { return Ok(()) };
                self.refused(&rival.get("同行偷看", &self.path()).await?, (404, "not_found"))
            }
            _ => Ok(()),
        }
    }

    /// Who shall serve: as ordered, or as the county chooses; a provider may give it back once.
    async fn provider(&mut self) -> Played<Uuid> {
        let lot = self.fate.lots[3] as usize;
        let providers = self.county.providers.clone();
        let mut provider = providers[lot % providers.len()];
        if self.fate.left_to_county {
            self.choose(provider).await?;
        }
        if self.fate.given_back
            && let Some(dispatcher) = self.company.dispatcher(provider).cloned()
        {
            self.company.pace.pass(self.fate.delays[0]).await?;
            self.step(&dispatcher, ("服务商退回", "return"), json!({ "reason": "busy" }), "accepted").await?;
            self.book().did(Deed::GivenBack);
            provider = providers[(lot + 1) % providers.len()];
            self.choose(provider).await?;
        }
        Ok(provider)
    }

    async fn choose(&mut self, provider: Uuid) -> Played {
        let (agent, body) = (self.agent.clone(), json!({ "provider": provider }));
        self.step(&agent, ("选定服务商", "dispatch"), body, "accepted").await?;
        self.book().did(Deed::Dispatched);
        Ok(())
    }

    /// Confirms and rates, or objects first.
    async fn judge(&mut self) -> Played {
        self.company.pace.pass(self.fate.delays[3]).await?;
        let who = match self.fate.voice {
            Voice::Nobody => return self.stands("served").await,
            Voice::Call => None,
            Voice::Elder => Some(Who::Elder),
            Voice::Family => Some(Who::Family),
        };
        let (agent, key, score) = (self.agent.clone(), self.key.clone(), self.fate.score);
        let guest = match who {
            Some(who) => Some(self.guest(who).await?),
            None => None,
        };
        if self.fate.objects {
            match &guest {
                Some(guest) => guest.object(&key).await?,
                None => drop(self.step(&agent, ("异议", "dispute"), json!({ "reason": "short" }), "served").await?),
            }
            self.book().did(Deed::Disputed);
            self.company.pace.pass(self.fate.delays[3]).await?;
        }
        match &guest {
            // Who objected is called, and says that it is settled.
            Some(guest) if !self.fate.objects => guest.confirm(&key).await?,
            _ => drop(self.step(&agent, ("确认", "confirm"), json!({}), "confirmed").await?),
        }
        self.book().did(Deed::Confirmed);
        self.company.pace.pass(self.fate.delays[0]).await?;
        match guest {
            Some(guest) => guest.rate(&key, score, self.book()).await?,
            None => self.rate_by_phone().await?,
        }
        self.stands("completed").await
    }

    async fn guest(&self, who: Who) -> Played<Arc<Guest>> {
        let enter = async || Guest::enter(&self.company.wire, &self.agent, &self.elder, who).await;
        self.company.guest(&self.elder.key, who, enter).await
    }

    async fn rate_by_phone(&mut self) -> Played {
        let (agent, score) = (self.agent.clone(), self.fate.score);
        if self.fate.slip == Some(Slip::Unexplained) {
            let (path, key) = (format!("{}/rate", self.path()), self.fresh_key());
            let answer = agent.post("评价", &path, &key, &json!({ "score": score })).await?;
            self.refused(&answer, (422, "order.reason_wanted"))?;
        }
        let reasons: &[&str] = if score < 3 { &["late"] } else { &[] };
        let body = json!({ "score": score, "reasons": reasons });
        self.step(&agent, ("评价", "rate"), body, "completed").await?;
        self.book().did(Deed::Rated);
        Ok(())
    }

    /// Takes a step as JSON; the order afterwards.
    pub(super) async fn step(
        &mut self,
        seat: &Seat,
        (label, verb): (&'static str, &str),
        body: Value,
        to: &str,
    ) -> Played<Value> {
        let (path, key) = (format!("{}/{verb}", self.path()), self.fresh_key());
        let answer = seat.post(label, &path, &key, &body).await?;
        let order = answer.json();
        if answer.status == 200 && order["stage"] == to {
            self.version = order["version"].clone();
            return Ok(order);
        }
        Err(self.overtaken(&answer.code(), answer.odd()).await?)
    }

    /// After a refusal: over, when somebody else moved the order meanwhile; odd otherwise.
    pub(super) async fn overtaken(&self, code: &str, odd: Turn) -> Played<Turn> {
        let now = self.agent.get("工单", &self.path()).await?.must(&[200])?.json();
        if now["version"] == self.version {
            return Ok(odd);
        }
        self.book().refused(code, false);
        self.book().did(Deed::Overtaken);
        Ok(Turn::Over)
    }

    /// The order as a phone's command left it.
    pub(super) fn saw(&mut self, version: &Value) {
        self.version = version.clone();
    }

    /// Passes when this was refused as it should be.
    pub(super) fn refused(&self, answer: &Answer, (status, code): (u16, &str)) -> Played {
        let told = answer.code();
        if answer.status != status || told != code {
            return Err(answer.odd());
        }
        self.book().refused(&told, true);
        Ok(())
    }

    /// The order stands where the last step left it.
    async fn stands(&self, stage: &str) -> Played {
        let answer = self.agent.get("工单", &self.path()).await?.must(&[200])?;
        if answer.json()["stage"] == stage { Ok(()) } else { Err(answer.odd()) }
    }
}
