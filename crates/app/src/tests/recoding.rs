//! What time and authorities do to files with all rooms around them: a county gets another code, a trait ends, a person
//! is erased; and the figures agree with a recount.

use kernel::{Region, Role};
use registry::{
    elders::{Elder, erasing, queries, terms},
    places,
};
use serde_json::json;
use store::{Lane, both, journal};
use web::{
    accounts::Kind,
    testing::{Browser, TestWeb, grant},
};

use super::{
    moving::{assert_recounted, names, registered},
    scopes::{Town, town, town_at},
};
use crate::commands::places::recode_county;

/// A county of its own, because a process remembers which codes hold no more.
const OLD: &str = "411024";
const NEW: &str = "411025";

async fn clerk(web: &TestWeb, login: &str, place: &str) -> Browser {
    web.account(login, Kind::Staff, grant(Role::CountyClerk, place)).await;
    web.as_(login).await
}

fn codes() -> (Region, Region) {
    (OLD.parse().unwrap(), NEW.parse().unwrap())
}

async fn elder(web: &TestWeb, key: &str) -> Elder {
    queries::get(&web.test.db, &kernel::Scope::whole(), key.parse().unwrap()).await.unwrap()
}

async fn at_new_code(town: &Town, browser: &mut Browser) {
    let file = browser.get(&format!("/api/v1/elders/{}", town.elder)).await;
    assert_eq!((file.status, file.json()["place"].as_i64()), (200, Some(411_025_100_000)), "{}", file.text());
    assert_eq!(browser.get("/api/v1/elders?place=411025100").await.json()["items"].as_array().unwrap().len(), 1);
    assert_eq!((names(browser, "chenxiuyun").await, names(browser, "6071").await), (1, 1));
    assert_eq!(browser.get("/api/v1/orders").await.json()["items"].as_array().unwrap().len(), 1);
    assert_eq!(browser.get(&format!("/orders/{}", town.order)).await.status, 200);
    assert!(browser.get(&format!("/elders/{}", town.elder)).await.text().contains("建立档案"));
}

both! {
    async fn a_recoded_county_keeps_everybody_every_order_and_every_figure(test: TestDb) {
        let (town, _) = town_at(test, "411024100").await;
        let web = &town.web;
        let (mut own, mut new) = (clerk(web, "own", OLD).await, clerk(web, "new", NEW).await);
        assert_eq!((registered(web, OLD).await, registered(web, NEW).await, registered(web, "4110").await), (1, 0, 1));
        let today = kernel::Clock::today(&*web.test.clock);
        assert!(recode_county(&web.test.db, codes(), today + chrono::TimeDelta::days(1)).await.is_err());
        assert!(recode_county(&web.test.db, ("4110".parse().unwrap(), NEW.parse().unwrap()), today).await.is_err());
        places::load::upper(&web.test.db).await.unwrap();
        // Killed after the first step, it goes on when it is run again; the third run finds nothing to do.
        let (db, tester) = (&web.test.db, web.test.operator());
        db.write(Lane::Interactive, &tester, async |tx| places::recode::note(&tx, codes(), today).await).await.unwrap();
        assert!(recode_county(db, codes(), today).await.unwrap() > 5);
        assert_eq!(recode_county(db, codes(), today).await.unwrap(), 0);
        at_new_code(&town, &mut new).await;
        at_new_code(&town, &mut own).await;
        assert_eq!((registered(web, OLD).await, registered(web, NEW).await, registered(web, "4110").await), (0, 1, 1));
        assert_recounted(web).await;
        assert!(!places::exists(OLD.parse().unwrap()) && places::find("鄢陵县").is_empty());
        let cancel = format!("/api/v1/orders/{}/cancel", town.order);
        assert_eq!(new.post_json(&cancel, &json!({ "reason": "unwanted" })).await.status, 200);
        assert_recounted(web).await;
        let report = journal::verify(db, &[], |_| {}).await.unwrap();
        assert!(report.breaks.is_empty());
    }

    async fn a_trait_that_ends_leaves_the_figures_as_a_recount_has_them(test: TestDb) {
        let (town, _) = town(test).await;
        let mut clerk = clerk(&town.web, "own", "411002").await;
        let path = format!("/api/v1/elders/{}/revise", town.elder);
        let sent = json!({ "version": 1, "tags": [2, 4], "tag_ends": { "2": "2026-11-25" } });
        assert_eq!(clerk.post_json(&path, &sent).await.status, 200);
        assert_recounted(&town.web).await;
        town.web.test.clock.advance(chrono::TimeDelta::days(7));
        assert_eq!(terms::end_due(&town.web.test.db).await.unwrap(), 1);
        assert_eq!(elder(&town.web, &town.elder).await.tags, 1 << 4);
        assert_recounted(&town.web).await;
    }

    async fn an_erased_person_is_counted_as_before_and_served_no_more(test: TestDb) {
        let (town, _) = town(test).await;
        let web = &town.web;
        let mut clerk = clerk(web, "own", "411002").await;
        assert_recounted(web).await;
        let (guests, actor) = (crate::rooms::guests(), web.test.operator());
        let desk = erasing::Desk { db: &web.test.db, keys: &web.state.keys, leaving: &guests.leaving };
        let order = erasing::Order { by: erasing::Orderer::Person, note: "窗口申请".into() };
        let before = elder(web, &town.elder).await;
        let held = erasing::erase(desk, &actor, &before, &order).await.unwrap_err();
        assert_eq!(held.code(), Some("order.still_open"));
        let cancel = format!("/api/v1/orders/{}/cancel", town.order);
        clerk.post_json(&cancel, &json!({ "reason": "unwanted" })).await;
        erasing::erase(desk, &actor, &before, &order).await.unwrap();
        assert_eq!((registered(web, "411002").await, names(&mut clerk, "chenxiuyun").await), (1, 0));
        assert_recounted(web).await;
        let text = clerk.get(&format!("/elders/{}", town.elder)).await.text();
        assert!(text.contains("个人信息已删除") && text.contains("单号") && !text.contains("陈秀云"));
        assert!(!clerk.get(&format!("/orders/{}", town.order)).await.text().contains("陈秀云"));
    }
}
