//! A whole life of somebody who moves to another county: orders, figures, portal, searches, timelines, addresses.

use insight::statistics::{
    measures,
    reading::{self, Days},
    recount::recount,
};
use kernel::{Clock as _, Role, Scope};
use serde_json::{Value, json};
use store::{Lane, both, grants};
use uuid::Uuid;
use web::{
    accounts::Kind,
    testing::{Browser, TestWeb, grant},
};

use super::scopes::{Town, town};

const FAMILY: Uuid = Uuid::from_u128(0xfa);

async fn moved_town(test: store::testing::TestDb) -> (Town, Browser, Browser) {
    let (town, _) = town(test).await;
    town.web.account("old", Kind::Staff, grant(Role::CountyClerk, "411002")).await;
    town.web.account("new", Kind::Staff, grant(Role::CountyClerk, "411003")).await;
    let (old, new) = (town.web.as_("old").await, town.web.as_("new").await);
    (town, old, new)
}

fn to(place: &str, dry_run: bool, version: i32) -> Value {
    json!({ "version": version, "to": place, "address": "槐荫里 8 号", "reason": "kin", "dry_run": dry_run })
}

pub(super) async fn registered(web: &TestWeb, at: &str) -> i64 {
    crate::rooms::catch_up(&web.test.db).await.unwrap();
    let (place, measure) = (at.parse().unwrap(), measures::named("elders.registered").unwrap());
    let days = Days::one(web.test.clock.today());
    reading::figures(&web.test.db, &Scope::whole(), &[place], &[measure], days).await.unwrap().get(place, measure)
}

pub(super) async fn assert_recounted(web: &TestWeb) {
    crate::rooms::catch_up(&web.test.db).await.unwrap();
    let differences = recount(&web.test.db, &Scope::whole()).await.unwrap();
    assert!(differences.is_empty(), "{differences:?}");
}

pub(super) async fn names(browser: &mut Browser, typed: &str) -> usize {
    let found = browser.get(&format!("/api/v1/elders/search?q={typed}")).await.json();
    found["items"].as_array().unwrap().len()
}

both! {
    async fn who_has_an_open_order_stays_until_it_is_done_or_called_off(test: TestDb) {
        let (town, mut old, _) = moved_town(test).await;
        let path = format!("/api/v1/elders/{}/move", town.elder);
        for dry_run in [true, false] {
            let held = old.post_json(&path, &to("411003", dry_run, 1)).await;
            assert_eq!((held.status, held.json()["code"].as_str()), (409, Some("order.still_open")));
        }
        let within = old.post_json(&path, &to("411002001002", false, 1)).await;
        assert_eq!((within.status, within.json()["leaves"].as_bool()), (200, Some(false)));
        let cancel = format!("/api/v1/orders/{}/cancel", town.order);
        assert_eq!(old.post_json(&cancel, &json!({ "reason": "unwanted" })).await.status, 200);
        assert_eq!(old.post_json(&path, &to("411003", false, 2)).await.status, 200);
    }

    async fn a_mover_takes_the_file_along_and_leaves_the_history(test: TestDb) {
        let (town, mut old, mut new) = moved_town(test).await;
        let web = &town.web;
        let cancel = format!("/api/v1/orders/{}/cancel", town.order);
        assert_eq!(old.post_json(&cancel, &json!({ "reason": "unwanted" })).await.status, 200);
        family(web, &town.elder).await;
        let path = format!("/api/v1/elders/{}/move", town.elder);

        let trial = old.post_json(&path, &to("411003001001", true, 1)).await.json();
        assert_eq!((trial["leaves"].as_bool(), trial["accounts"].as_u64()), (Some(true), Some(1)));
        assert_eq!((registered(web, "411002").await, registered(web, "411003").await), (1, 0));
        assert_eq!(new.get(&format!("/elders/{}", town.elder)).await.status, 404);

        let done = old.post_json(&path, &to("411003001001", false, 1)).await.json();
        let there = done["key"].as_str().unwrap().to_owned();
        assert_eq!((there.as_str(), done["number"].as_str()), (town.elder.replace("411002-", "411003-").as_str(), Some("411003-0000001")));
        assert_eq!((registered(web, "411002").await, registered(web, "411003").await), (0, 1));
        assert_recounted(web).await;

        assert_old_county(&mut old, &town, &there).await;
        assert_new_county(&mut new, &town, &there).await;
        let again = old.post_json(&path, &to("411003001001", false, 2)).await;
        assert_eq!((again.status, again.json()["code"].as_str()), (409, Some("elder.not_here")));
    }

    async fn who_comes_back_finds_the_old_number_and_each_entry_once(test: TestDb) {
        let (town, mut old, mut new) = moved_town(test).await;
        let cancel = format!("/api/v1/orders/{}/cancel", town.order);
        old.post_json(&cancel, &json!({ "reason": "unwanted" })).await;
        old.post_json(&format!("/api/v1/elders/{}/move", town.elder), &to("411003001001", false, 1)).await;
        let there = town.elder.replace("411002-", "411003-");
        town.web.test.clock.advance(chrono::TimeDelta::minutes(1));
        let back = new.post_json(&format!("/api/v1/elders/{there}/move"), &to("411002001001", false, 1)).await.json();
        assert_eq!((back["key"].as_str(), back["number"].as_str()), (Some(town.elder.as_str()), Some("411002-0000001")));
        assert_eq!((registered(&town.web, "411002").await, registered(&town.web, "411003").await), (1, 0));
        assert_recounted(&town.web).await;
        let file = old.get(&format!("/elders/{}", town.elder)).await.text();
        assert_eq!((file.matches("建立档案").count(), file.matches("从河南省许昌市建安区迁入").count()), (1, 1));
        assert_eq!(old.get(&format!("/elders/{there}")).await.location(), format!("/elders/{}", town.elder));
        assert_eq!(names(&mut old, "chenxiuyun").await, 1);
    }
}

/// A family member's account sees the elder.
async fn family(web: &TestWeb, elder: &str) {
    let key: kernel::Key<registry::elders::Elder> = elder.parse().unwrap();
    let grant = grants::Grant {
        home: key.home,
        grantee: FAMILY,
        elder: key.id,
        place: super::scopes::VILLAGE.parse().unwrap(),
        reason: grants::Reason::Family,
        cause: FAMILY,
        until: None,
    };
    let tester = web.test.operator();
    web.test.db.write(Lane::Interactive, &tester, async |tx| grants::give(&tx, grant).await).await.unwrap();
}

/// The county that was left: no list and no search names the person, the orders and the history stay.
async fn assert_old_county(old: &mut Browser, town: &Town, there: &str) {
    assert_eq!(old.get("/api/v1/elders").await.json()["items"].as_array().unwrap().len(), 0);
    for typed in ["chenxiuyun", "%E9%99%88%E7%A7%80", "6071"] {
        assert_eq!(names(old, typed).await, 0, "{typed}");
    }
    let kept = old.get(&format!("/elders/{}", town.elder)).await;
    let text = kept.text();
    assert!(kept.status == 200 && text.contains("已迁往河南省许昌市建安区") && text.contains("迁出，迁往"));
    assert!(!text.contains("槐荫里") && !text.contains("榆园") && !text.contains("迁入") && !text.contains("unmask"));
    assert_eq!(old.get(&format!("/elders/{there}")).await.status, 404);
    let order = old.get(&format!("/orders/{}", town.order)).await;
    assert!(order.status == 200 && order.text().contains("陈秀云"));
}

/// The county that took the person in: found by everything, the whole history, nothing of the old county's cases.
async fn assert_new_county(new: &mut Browser, town: &Town, there: &str) {
    for typed in ["chenxiuyun", "%E9%99%88%E7%A7%80", "6071"] {
        assert_eq!(names(new, typed).await, 1, "{typed}");
    }
    assert_eq!(new.get(&format!("/elders/{}", town.elder)).await.location(), format!("/elders/{there}"));
    assert_eq!(new.get(&format!("/api/v1/elders/{}", town.elder)).await.json()["key"].as_str(), Some(there));
    let text = new.get(&format!("/elders/{there}")).await.text();
    assert!(text.contains("槐荫里 8 号") && text.contains("从河南省许昌市魏都区迁入") && text.contains("建立档案"));
    assert!(text.contains("单号") && !text.contains(&format!("/orders/{}", town.order)));
    assert_eq!(new.get(&format!("/orders/{}", town.order)).await.status, 404);
}
