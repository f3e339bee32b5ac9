//! What phones could not do: the dispatcher's list, and its ways out.

use care::{
    orders::{Stage, events},
    visits::{Flag, Kind as Proof, queries as visits},
};
use serde_json::{Value, json};
use store::{both, journal};

use super::{
    phone::Phone,
    town::{LI, at},
};

/// Sun accepted; a check-out lost its check-in and waits for three days.
async fn parked(test: store::testing::TestDb) -> (Phone, Value) {
    let mut phone = Phone::open(test).await;
    let (take, leave) = (phone.command(1, "order.accept", -5), phone.command(3, "order.check_out", 65));
    phone.web.test.clock.set(at("2026-11-22T16:00"));
    assert_eq!(phone.results(&[take, leave]).await, ["done", "parked"]);
    phone.web.test.clock.set(at("2026-11-25T16:00"));
    let trouble = list(&phone, "dispatcher").await[0].clone();
    (phone, trouble)
}

/// Sun's check-in of an order that nobody took yet was refused.
async fn refused(test: store::testing::TestDb) -> (Phone, Value) {
    let mut phone = Phone::open(test).await;
    let arrive = phone.command(1, "order.check_in", 5);
    phone.web.test.clock.set(at("2026-11-22T16:00"));
    assert_eq!(phone.results(&[arrive]).await, ["refused order.moved"]);
    let trouble = list(&phone, "dispatcher").await[0].clone();
    (phone, trouble)
}

async fn list(phone: &Phone, login: &str) -> Vec<Value> {
    let answer = phone.web.as_(login).await.get("/api/v1/orders/troubles").await.json();
    answer["troubles"].as_array().unwrap().clone()
}

fn address(trouble: &Value) -> String {
    format!("/orders/troubles/{}", trouble["trouble"].as_str().unwrap())
}

async fn kinds(phone: &Phone) -> Vec<String> {
    let entries = journal::history(&phone.web.test.db, phone.order.home().unwrap(), phone.order.id).await.unwrap();
    entries.into_iter().map(|entry| entry.kind).collect()
}

both! {
    async fn a_command_that_waited_three_days_stands_on_the_list_of_its_own_provider(test: TestDb) {
        let (phone, trouble) = parked(test).await;
        assert_eq!((&trouble["kind"], &trouble["verb"], &trouble["by"]), (&json!("parked"), &json!("order.check_out"), &json!("sun")));
        let mut dispatcher = phone.web.as_("dispatcher").await;
        let page = dispatcher.get("/orders/troubles").await.text();
        assert!(page.contains("签退") && page.contains("已等 3 天") && page.contains(&phone.order.number), "{page}");
        assert!(page.contains("data-live=\"command order\""), "it refreshes itself");
        assert!(dispatcher.get("/orders/troubles/badge").await.text().contains("<em>1"));
        assert_eq!(&dispatcher.get("/orders/troubles/export").await.body[..2], b"PK");
        let mut rival = phone.web.as_("rival").await;
        assert!(list(&phone, "rival").await.is_empty());
        assert!(rival.get("/orders/troubles").await.text().contains("每一步都已办成"));
        assert!(!rival.get("/orders/troubles/badge").await.text().contains("<em>"));
        let nothing = rival.get("/orders/troubles/411002-aaaaaaaaaaaaaaaaaaaaaaaaaa").await.status;
        assert_eq!((rival.get(&address(&trouble)).await.status, nothing), (404, 404));
        assert_eq!(phone.web.as_("sun").await.get("/orders/troubles").await.status, 403);
    }

    async fn what_was_refused_is_told_with_its_reason_in_the_language_asked_for(test: TestDb) {
        let (phone, trouble) = refused(test).await;
        assert_eq!((&trouble["kind"], &trouble["code"]), (&json!("refused"), &json!("order.moved")));
        let mut dispatcher = phone.web.as_("dispatcher").await;
        let request = dispatcher.request(axum::http::Method::GET, "/api/v1/orders/troubles").header("accept-language", "en");
        let english = dispatcher.send(request.body(axum::body::Body::empty())).await.json();
        assert!(english["troubles"][0]["text"].as_str().unwrap().starts_with("The order"), "{english}");
        let page = dispatcher.get(&address(&trouble)).await.text();
        assert!(page.contains("定位，精度 25 米") && page.contains("照片"), "what the phone told is kept: {page}");
    }

    async fn the_dispatcher_enters_the_visit_by_hand_and_it_is_told_as_such(test: TestDb) {
        let (phone, trouble) = parked(test).await;
        let (mut dispatcher, path) = (phone.web.as_("dispatcher").await, format!("{}/enter", address(&trouble)));
        let silent = dispatcher.post(&path, &[("from", "2026-11-22T14:05"), ("to", "2026-11-22T15:05"), ("grounds", " ")]).await;
        assert!(silent.status == 422 && silent.text().contains("请写明凭什么补录") && silent.text().contains("2026-11-22T14:05"));
        let ahead = [("from", "2026-11-22T14:05"), ("to", "2026-11-26T15:05"), ("grounds", "与女儿通话")];
        assert!(dispatcher.post(&path, &ahead).await.text().contains("时间不能晚于现在"));
        let right = [("from", "2026-11-22T14:05"), ("to", "2026-11-22T15:05"), ("grounds", "与女儿通话核实")];
        let entered = dispatcher.post(&path, &right).await;
        assert_eq!((entered.status, entered.location()), (303, format!("/orders/{}", phone.order.key().unwrap()).as_str()));
        let order = phone.row().await;
        assert_eq!((order.started_at, order.ended_at), (Some(at("2026-11-22T14:05")), Some(at("2026-11-22T15:05"))));
        let visit = visits::of_order(&phone.web.test.db, &order).await.unwrap().unwrap();
        assert!(visit.flags().contains(&Flag::ByHand) && !visit.enough);
        let proofs = visits::proofs(&phone.web.test.db, &visit).await.unwrap();
        assert_eq!(proofs.iter().filter(|proof| proof.kind == Proof::Entered).count(), 2);
        assert!(proofs.iter().any(|proof| proof.kind == Proof::Photo), "what the phone brought counts");
        assert_eq!(dispatcher.get(&address(&trouble)).await.status, 404, "it is settled");
        let page = dispatcher.get(entered.location()).await.text();
        assert!(page.contains("派单员补录") && !page.contains("与女儿通话核实"), "grounds are sealed in the journal");
        let history = journal::history(&phone.web.test.db, order.home().unwrap(), order.id).await.unwrap();
        let arrival = history.iter().find(|entry| entry.kind == "order.checked_in").unwrap();
        assert!(arrival.private.is_some() && arrival.facts::<events::OrderFacts>().unwrap().reasons == ["by_hand"]);
    }

    async fn only_what_the_order_waits_for_can_be_entered_and_only_for_its_own_worker(test: TestDb) {
        let (phone, trouble) = refused(test).await;
        let mut dispatcher = phone.web.as_("dispatcher").await;
        let path = format!("/api/v1{}/enter", address(&trouble));
        let withdrawn = format!("/api/v1/orders/{}/withdraw", phone.order.key().unwrap());
        assert_eq!(dispatcher.post_json(&withdrawn, &json!({ "reason": "rearranged" })).await.status, 200);
        let entry = json!({ "from": "2026-11-22T14:05:00+08:00", "to": null, "grounds": "电话核实" });
        assert_eq!(dispatcher.post_json(&path, &entry).await.json()["code"], "order.other_worker");
        let assigned = format!("/api/v1/orders/{}/assign", phone.order.key().unwrap());
        assert_eq!(dispatcher.post_json(&assigned, &json!({ "worker": LI })).await.status, 200);
        assert_eq!(dispatcher.post_json(&path, &entry).await.json()["code"], "order.other_worker", "it is Li's now");
        assert_eq!(phone.web.as_("rival").await.post_json(&path, &entry).await.status, 404);
        assert_eq!(phone.row().await.stage().unwrap(), Stage::Offered);
    }

    async fn an_offered_order_is_taken_and_begun_in_one_entry(test: TestDb) {
        let (phone, trouble) = refused(test).await;
        let mut dispatcher = phone.web.as_("dispatcher").await;
        let path = format!("/api/v1{}/enter", address(&trouble));
        let early = json!({ "from": "2026-11-21T14:05:00+08:00", "to": null, "grounds": "电话核实" });
        assert_eq!(dispatcher.post_json(&path, &early).await.json()["code"], "order.too_early");
        assert_eq!(phone.row().await.stage().unwrap(), Stage::Offered, "nothing of a refused entry stays");
        let entry = json!({ "from": "2026-11-22T14:05:00+08:00", "to": null, "grounds": "电话核实" });
        assert_eq!(dispatcher.post_json(&path, &entry).await.json()["stage"], "serving");
        assert_eq!(kinds(&phone).await[3..], ["order.taken", "order.checked_in"]);
        let visit = visits::of_order(&phone.web.test.db, &phone.row().await).await.unwrap().unwrap();
        assert_eq!(visit.strength, 15, "the phone's own position counts as if it had come in time, its photo never came");
    }

    async fn a_step_is_let_go_with_a_reason_and_the_order_stays_as_it_is(test: TestDb) {
        let (phone, trouble) = refused(test).await;
        let mut dispatcher = phone.web.as_("dispatcher").await;
        let path = format!("{}/dismiss", address(&trouble));
        let wanted = dispatcher.post(&path, &[("reason", "other"), ("words", "")]).await;
        assert!(wanted.status == 422 && wanted.text().contains("有误："));
        let before = phone.row().await;
        let gone = dispatcher.post(&path, &[("reason", "other"), ("words", "护理员走错门")]).await;
        assert_eq!((gone.status, gone.location()), (303, "/orders/troubles"));
        assert!(list(&phone, "dispatcher").await.is_empty());
        assert_eq!(phone.row().await, before);
        assert_eq!(kinds(&phone).await.last().unwrap(), "order.trouble_dismissed");
        assert_eq!(dispatcher.post(&path, &[("reason", "mistake")]).await.status, 404);
    }
}
