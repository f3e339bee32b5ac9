//! Orders through the doors: pages with forms, and JSON.

use axum::{body::Body, http::Method};
use kernel::Role;
use serde_json::json;
use store::{both, testing::TestDb};
use web::{
    accounts::{Kind, NewGrant},
    testing::{Browser, TestWeb, grant},
};

use super::town::{GOOD_CARE, LI, RIVAL, SUN, Town, elder};

/// The town behind its doors, with an agent, the agent of the next county, a dispatcher and a rival.
async fn doors(test: TestDb) -> TestWeb {
    let town = Town::open(test).await;
    let web = TestWeb::open(town.test, vec![registry::module(), care::module()]).await;
    web.account("agent", Kind::Staff, grant(Role::CallAgent, "411002")).await;
    web.account("next", Kind::Staff, grant(Role::CallAgent, "411003")).await;
    for (login, organisation) in [("good", GOOD_CARE), ("rival", RIVAL)] {
        let of = NewGrant { place: None, organisation: Some(organisation), ..grant(Role::Dispatcher, "411002") };
        web.account(login, Kind::Staff, of).await;
    }
    for (login, worker) in [("sun", SUN), ("li", LI)] {
        let of = NewGrant { place: None, worker: Some(worker), ..grant(Role::Caregiver, "411002") };
        web.account(login, Kind::Worker, of).await;
    }
    web
}

fn bath(n: u128) -> Vec<(&'static str, String)> {
    vec![
        ("elder", elder(n).to_string()),
        ("item", "bath".into()),
        ("day", "2026-11-22".into()),
        ("from", "14:00".into()),
        ("to", "16:00".into()),
        ("provider", GOOD_CARE.to_string()),
        ("channel", "phone".into()),
        ("note", "家属在场，门口有狗".into()),
    ]
}

async fn post(browser: &mut Browser, path: &str, fields: &[(&str, String)]) -> web::testing::Answer {
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post(path, &fields).await
}

/// Places a bath for the first elder; the address of the order.
async fn placed(web: &TestWeb) -> String {
    let answer = post(&mut web.as_("agent").await, "/orders", &bath(1)).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.location().to_owned()
}

fn key_of(address: &str) -> &str {
    address.rsplit('/').next().unwrap()
}

both! {
    async fn an_agent_places_an_order_by_form_and_the_dispatcher_assigns_it_on_the_board(test: TestDb) {
        let web = doors(test).await;
        let mut agent = web.as_("agent").await;
        let form = agent.get(&format!("/orders/new?elder={}&item=bath", elder(2))).await;
        assert_eq!(form.status, 200);
        assert!(form.text().contains("陈秀云") || form.text().contains("王桂兰"));
        assert!(form.text().contains("24.00"), "the menu counts this elder's subsidy");
        let address = placed(&web).await;
        let page = agent.get(&address).await;
        assert!(page.text().contains("20261121-411002-00001") && page.text().contains("家属在场，门口有狗"));
        let mut good = web.as_("good").await;
        let board = good.get(&format!("/orders?case={}", key_of(&address))).await.text();
        assert!(board.contains("data-live=\"order\"") && board.contains("陈秀云") && board.contains("孙丽萍"));
        assert!(board.contains("与老人同性别"), "candidates come with reasons");
        let fields = [("lead", SUN.to_string()), ("back", "board".into())];
        let assigned = post(&mut good, &format!("{address}/assign"), &fields).await;
        assert_eq!((assigned.status, assigned.location()), (303, format!("/orders?case={}", key_of(&address)).as_str()));
        let again = post(&mut good, &format!("{address}/assign"), &[("lead", LI.to_string())]).await;
        assert_eq!(again.status, 409, "the second dispatcher is told that the order moved");
        assert!(good.get(&address).await.text().contains("派给护理员"));
    }

    async fn who_has_nothing_to_do_with_an_order_gets_404_at_every_address_of_it(test: TestDb) {
        let web = doors(test).await;
        let address = placed(&web).await;
        let api = format!("/api/v1/orders/{}", key_of(&address));
        for login in ["rival", "next", "sun"] {
            let mut outsider = web.as_(login).await;
            assert_eq!(outsider.get(&address).await.status, 404, "{login}");
            assert_eq!(outsider.get(&api).await.status, 404, "{login}");
            assert!(!outsider.get(&format!("/orders?case={}", key_of(&address))).await.text().contains("20261121"));
            assert!(!outsider.get("/orders/list").await.text().contains("20261121"), "{login}");
            let taken = outsider.post_json(&format!("{api}/take"), &json!({})).await;
            assert_eq!(taken.status, 404, "{login}");
        }
        let mut rival = web.as_("rival").await;
        let stolen = rival.post_json(&format!("{api}/assign"), &json!({ "worker": SUN })).await;
        assert_eq!(stolen.status, 404);
        let foreign = post(&mut web.as_("next").await, "/orders", &bath(1)).await;
        assert_eq!(foreign.status, 404, "nobody orders for an elder of another county");
    }

    async fn a_faulty_form_comes_back_with_its_values_and_what_is_wrong(test: TestDb) {
        let web = doors(test).await;
        let mut agent = web.as_("agent").await;
        let with = |name: &'static str, value: &str| {
            let mut fields = bath(1);
            fields.iter_mut().filter(|(field, _)| *field == name).for_each(|(_, old)| *old = value.to_owned());
            fields
        };
        for (name, value, status, said) in [
            ("day", "2026-11-20", 422, "服务时段已经过去"),
            ("day", "", 422, "请选择日期"),
            ("to", "14:00", 422, "结束要晚于开始"),
            ("from", "25:00", 422, "最早到达的时间"),
            ("item", "moon", 422, "服务菜单里没有"),
            ("provider", "nonsense", 422, "不服务这个地方"),
        ] {
            let answer = post(&mut agent, "/orders", &with(name, value)).await;
            assert_eq!(answer.status, status, "{name} {value}");
            assert!(answer.text().contains(said) && answer.text().contains("有误：") && answer.text().contains("门口有狗"), "{said}");
        }
        placed(&web).await;
        let twice = post(&mut agent, "/orders", &bath(1)).await;
        assert_eq!(twice.status, 409);
        assert!(twice.text().contains("20261121-411002-00001"), "the duplicate is named");
    }

    async fn a_form_sent_twice_places_one_order(test: TestDb) {
        let web = doors(test).await;
        let mut agent = web.as_("agent").await;
        let fields = bath(1);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let first = agent.post_again("/orders", &fields, "one-key").await;
        let second = agent.post_again("/orders", &fields, "one-key").await;
        assert_eq!((first.status, first.location()), (second.status, second.location()));
        assert_eq!(agent.get("/api/v1/orders").await.json()["items"].as_array().unwrap().len(), 1);
    }

    async fn programs_take_an_order_from_the_menu_to_its_completion(test: TestDb) {
        let web = doors(test).await;
        let mut agent = web.as_("agent").await;
        let menu = agent.get("/api/v1/catalogue").await.json();
        assert!(menu["items"].as_array().unwrap().iter().any(|item| item["code"] == "bath" && item["price_fen"] == 12_000));
        let order = json!({
            "elder": elder(1).to_string(), "item": "bath", "channel": "phone", "provider": GOOD_CARE,
            "window_start": "2026-11-21T10:00:00+08:00", "window_end": "2026-11-21T11:00:00+08:00", "note": "",
        });
        let placed = agent.post_json("/api/v1/orders", &order).await;
        assert_eq!(placed.status, 201, "{}", placed.text());
        let again = agent.post_json_again("/api/v1/orders", &order, "json-1").await;
        assert_eq!((again.status, &again.json()["key"]), (201, &placed.json()["key"]), "the same key gives the same order");
        let order = format!("/api/v1/orders/{}", placed.json()["key"].as_str().unwrap());
        let (mut good, mut sun) = (web.as_("good").await, web.as_("sun").await);
        let teams = good.get(&format!("{order}/candidates")).await.json();
        assert_eq!(teams[0]["worker"], json!(SUN));
        assert_eq!((&teams[0]["reasons"][0]["code"], &teams[0]["reasons"][0]["text"]), (&json!("skill"), &json!("会做这类服务")));
        let request = good.request(Method::GET, &format!("{order}/candidates")).header("accept-language", "en");
        let english = good.send(request.body(Body::empty())).await.text();
        assert!(!english.split("\"names\"").any(|team| team.split("\"reasons\"").nth(1).is_some_and(|told| told.chars().any(web::i18n::is_han))), "{english}");
        assert_eq!(good.post_json(&format!("{order}/assign"), &json!({ "worker": SUN })).await.json()["stage"], "offered");
        let lost = good.post_json(&format!("{order}/assign"), &json!({ "worker": LI })).await;
        assert_eq!((lost.status, lost.json()["code"].as_str()), (409, Some("order.moved")));
        assert_eq!(sun.post_json(&format!("{order}/take"), &json!({})).await.json()["stage"], "taken");
        web.test.clock.advance(chrono::TimeDelta::minutes(70));
        let here = json!({ "proofs": [{ "kind": "position", "longitude": 113.85, "latitude": 34.03, "accuracy_m": 20 }] });
        assert_eq!(sun.post_json(&format!("{order}/check-in"), &here).await.json()["stage"], "serving");
        web.test.clock.advance(chrono::TimeDelta::minutes(60));
        assert_eq!(sun.post_json(&format!("{order}/check-out"), &json!({})).await.json()["stage"], "served");
        // Two hours went by: her session ended, she signs in anew.
        let mut agent = web.as_("agent").await;
        assert_eq!(agent.post_json(&format!("{order}/confirm"), &json!({})).await.json()["stage"], "confirmed");
        let bad = agent.post_json(&format!("{order}/rate"), &json!({ "score": 1 })).await;
        assert_eq!((bad.status, bad.json()["code"].as_str()), (422, Some("order.reason_wanted")));
        let rated = agent.post_json(&format!("{order}/rate"), &json!({ "score": 1, "reasons": ["late"] })).await;
        assert_eq!((&rated.json()["stage"], &rated.json()["score"]), (&json!("completed"), &json!(1)));
        assert_eq!(agent.post_json(&format!("{order}/fly"), &json!({})).await.status, 404);
    }

    async fn a_role_does_no_more_than_its_own(test: TestDb) {
        let web = doors(test).await;
        let address = placed(&web).await;
        let assign = format!("{address}/assign");
        assert_eq!(post(&mut web.as_("agent").await, &assign, &[("lead", SUN.to_string())]).await.status, 403);
        assert_eq!(post(&mut web.as_("good").await, "/orders", &bath(2)).await.status, 403);
        let mut good = web.as_("good").await;
        let on = good.post(&format!("{address}/dispatch"), &[("provider", &RIVAL.to_string())]).await;
        assert_eq!(on.status, 403, "a provider hands its order to nobody");
        let gone = good.post(&format!("{address}/return"), &[("reason", "busy")]).await;
        assert_eq!((gone.status, gone.location().starts_with("/orders?case=")), (303, true));
        assert_eq!(good.get(&address).await.status, 404, "what it gave back it no longer sees");
    }

    async fn lists_and_the_menu_go_out_as_sheets_and_each_person_is_noted(test: TestDb) {
        let web = doors(test).await;
        placed(&web).await;
        let mut agent = web.as_("agent").await;
        for path in ["/orders/export", "/catalogue/export"] {
            let sheet = agent.get(path).await;
            assert_eq!((sheet.status, &sheet.body[..2]), (200, &b"PK"[..]), "{path}");
        }
        let noted = store::accesses::of(&web.test.db, elder(1).home, elder(1).id, 5).await.unwrap();
        assert_eq!(noted.iter().map(|access| access.what.as_str()).collect::<Vec<_>>(), ["export"]);
        assert!(agent.get("/catalogue").await.text().contains("GB/T 43153-2023"));
        let list = agent.get("/orders/list?stage=accepted&class=life_care&day=2026-11-22").await;
        assert!(list.text().contains("20261121-411002-00001"));
        assert!(!agent.get("/orders/list?stage=offered").await.text().contains("20261121-411002-00001"));
    }
}
