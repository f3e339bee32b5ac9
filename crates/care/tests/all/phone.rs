//! A caregiver's phone: the day pack, and visits that were made without a network.

use axum::{body::Body, http::Method};
use care::visits::{Flag, Kind, Moment, queries as visits};
use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Home, Key, Role};
use serde_json::{Value, json};
use store::{blobs::Blobs, both, testing::TestDb};
use uuid::Uuid;
use web::{
    accounts::{Kind as AccountKind, NewGrant},
    state::Config,
    testing::{Answer, Browser, TestWeb},
};

use super::town::{GOOD_CARE, LI, RIVAL, SUN, Town, at, elder};

/// The town with doors, an order offered to Sun, and Sun's phone.
pub struct Phone {
    pub web: TestWeb,
    pub order: care::orders::Order,
    pub browser: Browser,
    pub device: Uuid,
}

fn grant(role: Role, organisation: Uuid, worker: Option<Uuid>) -> NewGrant {
    let label = "安颐居家".to_owned();
    NewGrant { role, place: None, organisation: Some(organisation), worker, extent: label.clone(), label }
}

impl Phone {
    pub async fn open(test: TestDb) -> Self {
        let town = Town::open(test).await;
        let order = town.offered().await;
        town.door(1).await;
        town.test.clock.set(at("2026-11-22T13:50"));
        let blobs = Blobs::in_folder(&town.test.folder().join("files"), town.keys.clone(), 20 << 20).unwrap();
        let web = TestWeb::with(town.test, vec![care::module()], Config::default(), |state| state.with(blobs)).await;
        web.account("sun", AccountKind::Worker, grant(Role::Caregiver, GOOD_CARE, Some(SUN))).await;
        web.account("li", AccountKind::Worker, grant(Role::Caregiver, GOOD_CARE, Some(LI))).await;
        web.account("dispatcher", AccountKind::Worker, grant(Role::Dispatcher, GOOD_CARE, None)).await;
        web.account("rival", AccountKind::Worker, grant(Role::Dispatcher, RIVAL, None)).await;
        let mut browser = web.as_("sun").await;
        let registered = browser.post_json("/api/v1/devices", &json!({})).await;
        let device = serde_json::from_value(registered.json()["device"].clone()).unwrap();
        Self { web, order, browser, device }
    }

    fn now(&self) -> DateTime<Utc> {
        self.web.test.db.clock().now()
    }

    /// A command about the order, made `minutes` after 14:00 by a clock that is 7 minutes fast.
    pub fn command(&self, seq: i64, verb: &str, minutes: i64) -> Value {
        let made_at = at("2026-11-22T14:00") + TimeDelta::minutes(minutes + 7);
        let sum = format!("{seq:02x}").repeat(32);
        let proofs = json!([
            { "kind": "position", "at": made_at, "longitude": 113.8505, "latitude": 34.0302, "accuracy_m": 24.4, "mocked": false },
            { "kind": "photo", "at": made_at, "sm3": sum },
        ]);
        json!({
            "command_id": Uuid::from_u128(0xc0 + u128::from(seq.cast_unsigned())), "device": self.device, "seq": seq,
            "made_at": made_at, "offset_ms": -7 * 60_000, "key": self.order.key().unwrap().to_string(), "verb": verb,
            "base_version": self.order.version, "body": { "proofs": proofs, "words": "" }, "files": [sum],
        })
    }

    async fn send(&mut self, commands: &[Value]) -> Answer {
        let batch = json!({ "device": self.device, "pending": 0, "commands": commands });
        self.browser.post_json("/api/v1/commands", &batch).await
    }

    pub async fn results(&mut self, commands: &[Value]) -> Vec<String> {
        let answer = self.send(commands).await;
        let told = answer.json();
        let one =
            |answer: &Value| format!("{} {}", answer["result"], answer["code"]).replace(['"'], "").replace(" null", "");
        told["answers"].as_array().unwrap().iter().map(one).collect()
    }

    /// Uploads a photo of the order in one piece.
    pub async fn piece(&mut self, content: &[u8], sum: store::blobs::Sm3) -> Value {
        let (key, total) = (self.order.key().unwrap(), content.len());
        let address = format!("/api/v1/files/{sum}?key={key}&offset=0&total={total}");
        let csrf = self.browser.csrf.clone().unwrap();
        let request = self.browser.request(Method::POST, &address).header("x-csrf-token", csrf);
        self.browser.send(request.body(Body::from(content.to_vec()))).await.json()
    }

    pub async fn row(&self) -> care::orders::Order {
        let whole = kernel::Scope::whole();
        care::orders::queries::get(&self.web.test.db, &whole, self.order.key().unwrap()).await.unwrap()
    }
}

both! {
    async fn the_day_pack_holds_what_the_visit_needs_and_nothing_more(test: TestDb) {
        let mut phone = Phone::open(test).await;
        let day = phone.browser.get("/api/v1/m/day").await.json();
        assert_eq!((day["day"].as_str(), day["orders"].as_array().unwrap().len()), (Some("2026-11-22"), 1));
        assert_eq!(day["orders"][0]["name"], "陈秀云");
        let mut names: Vec<_> = day["orders"][0].as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(
            names.join(" "),
            "address day due_at ended_at geofence_m item key latitude lead least_minutes longitude minutes name note number pair \
             phone photos planned_at stage started_at version window_end window_start worst_accuracy_m"
        );
        assert_eq!(phone.row().await.seen_at, Some(at("2026-11-22T13:50")), "the offer was received");
        phone.browser.get("/api/v1/m/day").await;
        let read = store::accesses::of(&phone.web.test.db, elder(1).home, elder(1).id, 9).await.unwrap();
        assert_eq!(read.iter().map(|access| access.what.as_str()).collect::<Vec<_>>(), ["day_pack"]);
        let mut li = phone.web.as_("li").await;
        assert_eq!(li.get("/api/v1/m/day").await.json()["orders"], json!([]));
        let mut dispatcher = phone.web.as_("dispatcher").await;
        assert_eq!(dispatcher.get("/api/v1/m/day").await.status, 403);
    }

    async fn a_visit_made_offline_counts_from_when_it_happened_and_once(test: TestDb) {
        let mut phone = Phone::open(test).await;
        let queue = [
            phone.command(1, "order.accept", -5),
            phone.command(2, "order.check_in", 5),
            phone.command(3, "order.check_out", 65),
        ];
        phone.web.test.clock.set(at("2026-11-22T19:00"));
        assert_eq!(phone.results(&queue).await, ["done", "done", "done"]);
        assert_eq!(phone.results(&queue).await, ["already", "already", "already"]);
        let order = phone.row().await;
        assert_eq!((order.started_at, order.ended_at), (Some(at("2026-11-22T14:05")), Some(at("2026-11-22T15:05"))));
        let visit = visits::of_order(&phone.web.test.db, &order).await.unwrap().unwrap();
        assert_eq!((visit.started_received_at, visit.flags()), (phone.now(), vec![Flag::NoCoordinates, Flag::ClaimedLate]));
        let proofs = visits::proofs(&phone.web.test.db, &visit).await.unwrap();
        let told: Vec<_> = proofs.iter().map(|proof| (proof.kind, proof.moment, proof.accuracy_m)).collect();
        assert!(told.contains(&(Kind::Position, Moment::Arrival, Some(25))) && told.contains(&(Kind::Photo, Moment::Departure, None)));
        assert_eq!(proofs.len(), 4);
        assert_eq!(proofs[0].at, at("2026-11-22T14:05"));
    }

    async fn a_check_out_that_comes_first_waits_for_its_check_in_and_is_trouble_after_three_days(test: TestDb) {
        let mut phone = Phone::open(test).await;
        let (take, arrive, leave) =
            (phone.command(1, "order.accept", -5), phone.command(2, "order.check_in", 5), phone.command(3, "order.check_out", 65));
        phone.web.test.clock.set(at("2026-11-22T16:00"));
        assert_eq!(phone.results(&[take, leave]).await, ["done", "parked"]);
        phone.web.test.clock.set(at("2026-11-25T16:00"));
        let troubles = async |login: &str| phone.web.as_(login).await.get("/api/v1/orders/troubles").await.json()["troubles"].clone();
        assert_eq!(troubles("dispatcher").await[0]["number"], json!(phone.order.number));
        assert_eq!(troubles("rival").await, json!([]));
        phone.browser = phone.web.as_("sun").await;
        assert_eq!(phone.results(&[arrive]).await, ["done"]);
        assert_eq!(phone.row().await.stage().unwrap(), care::orders::Stage::Served);
    }

    async fn an_order_that_was_taken_away_meanwhile_is_a_conflict_that_shows_how_it_stands(test: TestDb) {
        let mut phone = Phone::open(test).await;
        let mut dispatcher = phone.web.as_("dispatcher").await;
        let path = format!("/api/v1/orders/{}/assign", phone.order.key().unwrap());
        let took = phone.command(1, "order.accept", -5);
        assert_eq!(phone.results(&[took]).await, ["done"]);
        // Somebody else changes the order: here by a write of the platform itself.
        let order = phone.row().await;
        let operator = phone.web.test.operator();
        let change = phone.web.test.db.write(store::Lane::Interactive, &operator, async |tx| {
            use store::sea_orm::{ConnectionTrait, sea_query::{Expr, ExprTrait, Query}};
            let update = Query::update().table("orders").value("version", order.version + 1)
                .and_where(Expr::col("home").eq(order.home)).and_where(Expr::col("id").eq(order.id)).to_owned();
            tx.execute(&update).await?;
            Ok(())
        });
        change.await.unwrap();
        assert_eq!(dispatcher.post_json(&path, &json!({ "worker": LI })).await.status, 409);
        phone.web.test.clock.set(at("2026-11-22T14:10"));
        let answer = phone.send(&[phone.command(2, "order.check_in", 5)]).await.json();
        assert_eq!((answer["answers"][0]["result"].clone(), answer["answers"][0]["current"]["stage"].clone()), (json!("conflict"), json!("taken")));
    }

    async fn what_is_not_the_caregivers_is_refused(test: TestDb) {
        let mut phone = Phone::open(test).await;
        let mut elsewhere = phone.command(1, "order.check_in", 5);
        elsewhere["key"] = json!(Key::<care::orders::Order>::new(Home::new(411_003).unwrap(), phone.order.id).to_string());
        let early = phone.command(1, "order.check_in", 5);
        let (mut loose, mut silent, mut garbled) =
            (phone.command(2, "order.check_in", 5), phone.command(3, "order.note", 5), phone.command(4, "order.note", 5));
        loose["files"] = json!([]);
        silent["body"] = json!({ "words": "  " });
        garbled["body"] = json!({ "proofs": [{ "kind": "hearsay" }] });
        phone.web.test.clock.set(at("2026-11-22T14:10"));
        assert_eq!(
            phone.results(&[elsewhere, early, loose, silent, garbled]).await,
            ["refused not_found", "refused order.moved", "refused command.unreadable", "refused order.reason_wanted", "refused command.unreadable"]
        );
    }

    async fn an_order_is_declined_or_broken_off_from_the_phone_with_a_reason(test: TestDb) {
        let mut phone = Phone::open(test).await;
        let with = |mut command: Value, reason: &str, words: &str| {
            (command["body"], command["files"]) = (json!({ "reason": reason, "words": words }), json!([]));
            command
        };
        let (none, found) = (with(phone.command(1, "order.decline", -9), "", ""), with(phone.command(2, "order.decline", -9), "unreached", ""));
        let (other, busy) = (with(phone.command(3, "order.decline", -9), "other", ""), with(phone.command(4, "order.decline", -9), "busy", ""));
        let wanted = "refused order.reason_wanted";
        assert_eq!(phone.results(&[none, found, other, busy]).await, [wanted, wanted, wanted, "done"]);
        assert_eq!((phone.row().await.stage().unwrap(), phone.row().await.tries), (care::orders::Stage::Accepted, 1));
        let mut dispatcher = phone.web.as_("dispatcher").await;
        let path = format!("/api/v1/orders/{}/assign", phone.order.key().unwrap());
        assert_eq!(dispatcher.post_json(&path, &json!({ "worker": SUN })).await.status, 200);
        phone.order = phone.row().await;
        phone.web.test.clock.set(at("2026-11-22T14:10"));
        let queue = [phone.command(5, "order.accept", -5), phone.command(6, "order.check_in", 5), with(phone.command(7, "order.abort", 9), "nobody", "")];
        assert_eq!(phone.results(&queue).await, ["done", "done", "done"]);
        assert_eq!(phone.row().await.stage().unwrap(), care::orders::Stage::Aborted);
    }

    async fn a_note_stands_sealed_on_the_timeline(test: TestDb) {
        let mut phone = Phone::open(test).await;
        let mut note = phone.command(1, "order.note", -5);
        note["body"] = json!({ "words": "门锁换了，先打电话" });
        assert_eq!(phone.results(&[note]).await, ["done"]);
        let home = phone.order.home().unwrap();
        let entries = store::journal::history(&phone.web.test.db, home, phone.order.id).await.unwrap();
        let noted = entries.iter().find(|entry| entry.kind == "order.noted").unwrap();
        assert!(noted.private.is_some() && phone.row().await.version == phone.order.version);
    }
}
