//! Files by hand: opened and changed by form, with traits that end by date; and erased.

use kernel::{Clock as _, Scope};
use registry::elders::{erasure, queries, terms};
use store::{Lane, accesses, both, journal};
use web::testing::{Answer, Browser, TestWeb};

use crate::{
    office::{everybody, line},
    pages::{file_of, house},
};

const NEW: [(&str, &str); 6] = [
    ("name", "尉迟秀云"),
    ("cert_kind", "1"),
    ("place", "西大街道"),
    ("address", "榆园 3 号楼"),
    ("mobile", "13800006071"),
    ("contact1", "李建华"),
];

async fn open(browser: &mut Browser, cert: &str) -> Answer {
    let fields: Vec<_> =
        NEW.into_iter().chain([("cert_number", cert), ("phone1", "13900002206"), ("tags", "4")]).collect();
    browser.post("/elders/new", &fields).await
}

async fn kinds(web: &TestWeb) -> Vec<String> {
    let elder = everybody(&web.test.db).await.remove(0);
    let entries = journal::timeline(&web.test.db, &Scope::whole(), elder.id, None, 50).await.unwrap();
    entries.into_iter().map(|entry| entry.kind).collect()
}

/// Changes the only file by form.
async fn change(browser: &mut Browser, path: &str, version: &str, fields: &[(&str, &str)]) -> Answer {
    let sent: Vec<_> = [("version", version)].into_iter().chain(fields.iter().copied()).collect();
    browser.post(&format!("{path}/edit"), &sent).await
}

both! {
    async fn a_clerk_opens_a_file_and_nobody_gets_a_second_one(test: TestDb) {
        let web = house(test, &[]).await;
        let (mut clerk, cert) = (web.as_("clerk").await, line("x", 1).cert);
        assert!(clerk.get("/elders/new").await.text().contains("建立档案"));
        let wrong = open(&mut clerk, "411002194305120011").await;
        assert!(wrong.status == 422 && wrong.text().contains("尉迟秀云") && everybody(&web.test.db).await.is_empty());
        let opened = open(&mut clerk, &cert).await;
        assert_eq!(opened.status, 303, "{}", opened.text());
        let elder = everybody(&web.test.db).await.remove(0);
        assert_eq!((opened.location(), elder.place), (file_of(&web).await.as_str(), 411_002_001_000));
        let text = clerk.get(opened.location()).await.text();
        assert!(text.contains("人工登记 2026-11-21") && text.contains("李建华") && !text.contains("13900002206"));
        let again = open(&mut clerk, &cert).await;
        assert!(again.status == 409 && again.text().contains("打开已有的档案") && again.text().contains(opened.location()));
        let there = open(&mut web.as_("neighbour").await, &cert).await;
        assert_eq!(there.status, 422, "the town is not theirs");
        assert_eq!(everybody(&web.test.db).await.len(), 1);
    }

    async fn an_empty_phone_stays_and_the_word_for_nothing_takes_it_off(test: TestDb) {
        let web = house(test, &[line("陈秀云", 1)]).await;
        let (mut clerk, path) = (web.as_("clerk").await, file_of(&web).await);
        let form = clerk.get(&format!("{path}/edit")).await.text();
        assert!(form.contains("138****0001") && !form.contains("13800000001"));
        let kept = change(&mut clerk, &path, "1", &[("mobile", ""), ("remark", "耳背"), ("tags_sent", "yes"), ("tags", "4")]).await;
        assert_eq!((kept.status, kept.location()), (303, path.as_str()));
        let elder = everybody(&web.test.db).await.remove(0);
        let file = queries::open(&web.state.keys, &elder).await.unwrap();
        assert_eq!((file.mobile.as_deref(), file.details.remark.as_deref(), elder.version), (Some("13800000001"), Some("耳背"), 2));
        assert_eq!(change(&mut clerk, &path, "2", &[("mobile", "无")]).await.status, 303);
        assert_eq!(everybody(&web.test.db).await[0].mobile_mask, "");
        assert!(clerk.get(&path).await.text().contains("不再登记手机 138****0001"));
        let found = clerk.get("/api/v1/elders/search?q=0001").await.json();
        assert!(found["items"].as_array().unwrap().is_empty());
    }

    async fn who_saves_an_old_form_is_told_and_loses_nothing(test: TestDb) {
        let web = house(test, &[line("陈秀云", 1)]).await;
        let (mut clerk, path) = (web.as_("clerk").await, file_of(&web).await);
        change(&mut clerk, &path, "1", &[("remark", "耳背")]).await;
        let stale = change(&mut clerk, &path, "1", &[("address", "槐荫里 8 号"), ("name", "陈秀云")]).await;
        assert_eq!((stale.status, stale.text().contains("您填的内容还在")), (409, true));
        assert!(stale.text().contains("槐荫里 8 号") && stale.text().contains(r#"name="version" value="2""#));
        assert_eq!(change(&mut clerk, &path, "2", &[("address", "槐荫里 8 号")]).await.status, 303);
        let elder = everybody(&web.test.db).await.remove(0);
        let details = queries::open(&web.state.keys, &elder).await.unwrap().details;
        assert_eq!((details.address.as_str(), details.remark.as_deref()), ("槐荫里 8 号", Some("耳背")));
        let wrong = change(&mut clerk, &path, "3", &[("mobile", "12"), ("contact1", "李建华"), ("phone1", "x")]).await;
        assert_eq!((wrong.status, wrong.text().matches("class=\"errline\"").count()), (422, 2));
    }

    async fn the_same_as_json(test: TestDb) {
        let web = house(test, &[line("陈秀云", 1)]).await;
        let (mut clerk, key) = (web.as_("clerk").await, file_of(&web).await.replace("/elders/", ""));
        let sent = serde_json::json!({ "name": "李四", "cert_kind": 1, "cert_number": line("x", 2).cert, "place": "411002",
            "address": "榆园", "contacts": [{ "name": "李建华", "phone": "13900002206" }], "tags": [2] });
        let opened = clerk.post_json("/api/v1/elders", &sent).await;
        assert_eq!((opened.status, opened.json()["tags"][0].as_i64()), (201, Some(2)), "{}", opened.text());
        assert_eq!(clerk.post_json("/api/v1/elders", &sent).await.json()["code"].as_str(), Some("elder.known"));
        let revise = format!("/api/v1/elders/{key}/revise");
        let changed = clerk.post_json(&revise, &serde_json::json!({ "version": 1, "mobile": "", "tags": [4], "tag_ends": { "4": "2026-12-01" } })).await;
        assert_eq!((changed.status, changed.json()["mobile_mask"].as_str()), (200, Some("")), "{}", changed.text());
        let stale = clerk.post_json(&revise, &serde_json::json!({ "version": 1 })).await;
        assert_eq!((stale.status, stale.json()["code"].as_str()), (409, Some("elder.stale")));
        assert_eq!(web.as_("neighbour").await.post_json(&revise, &serde_json::json!({ "version": 2 })).await.status, 404);
        assert_eq!(web.as_("agent").await.post_json(&revise, &serde_json::json!({ "version": 2 })).await.status, 403);
    }

    async fn a_trait_ends_on_its_day_even_when_the_day_was_missed(test: TestDb) {
        let mut person = line("陈秀云", 1);
        person.tags = "独居；低保".into();
        let web = house(test, &[person]).await;
        let (mut clerk, path) = (web.as_("clerk").await, file_of(&web).await);
        let past = change(&mut clerk, &path, "1", &[("end2", "2026-11-21")]).await;
        assert!(past.status == 422 && past.text().contains("到期日要在今天以后"));
        assert_eq!(change(&mut clerk, &path, "1", &[("end2", "2026-11-25")]).await.status, 303);
        assert!(clerk.get(&path).await.text().contains("至 2026-11-25"));
        assert_eq!(terms::end_due(&web.test.db).await.unwrap(), 0);
        web.test.clock.advance(chrono::TimeDelta::days(7));
        assert_eq!((terms::end_due(&web.test.db).await.unwrap(), terms::end_due(&web.test.db).await.unwrap()), (1, 0));
        let elder = everybody(&web.test.db).await.remove(0);
        assert_eq!(elder.tags().len(), 1);
        let entries = journal::timeline(&web.test.db, &Scope::whole(), elder.id, None, 9).await.unwrap();
        assert_eq!((entries[0].kind.as_str(), entries[0].business_day.to_string()), ("elder.tags_ended", "2026-11-25".to_owned()));
        let text = web.as_("clerk").await.get(&path).await.text();
        assert!(text.contains("人员类别到期：低保") && text.contains("低保的到期日定为 2026-11-25"));
        assert!(web.as_("clerk").await.get("/elders?tag=2").await.text().contains("没有符合这些条件的老人"));
        assert_eq!(web.test.clock.today().to_string(), "2026-11-28");
    }

    async fn an_erasure_says_who_ordered_it_asks_twice_and_leaves_nothing_to_find(test: TestDb) {
        let mut person = line("陈秀云", 1);
        person.tags = "独居".into();
        let web = house(test, &[person]).await;
        let (mut clerk, path) = (web.as_("clerk").await, file_of(&web).await);
        let before = everybody(&web.test.db).await.remove(0);
        let address = format!("{path}/erase");
        assert!(clerk.post(&address, &[("by", "court")]).await.text().contains("请写明删除的依据"));
        let order = [("by", "court"), ("note", "（2026）豫 1002 民初 1 号")];
        let last = clerk.post(&address, &order).await;
        assert!(last.status == 200 && last.text().contains("确认之后不能恢复") && last.text().contains("出生年份"));
        let slip: Vec<_> = order.into_iter().chain([("sure", "yes"), ("number", "411002-0000009")]).collect();
        assert_eq!(clerk.post(&address, &slip).await.status, 422);
        assert_eq!(everybody(&web.test.db).await, std::slice::from_ref(&before));
        let sure: Vec<_> = order.into_iter().chain([("sure", "yes"), ("number", "411002-0000001")]).collect();
        assert_eq!(clerk.post(&address, &sure).await.status, 303);
        let after = everybody(&web.test.db).await.remove(0);
        assert_eq!((after.name.as_str(), after.cert_mask.as_str(), after.tags, after.place), ("", "", before.tags, before.place));
        assert_eq!(after.age(web.test.clock.today()), before.age(web.test.clock.today()));
        for typed in ["chenxiuyun", "0001", &line("x", 1).cert] {
            let found = clerk.get(&format!("/api/v1/elders/search?q={typed}")).await.json();
            assert!(found["items"].as_array().unwrap().is_empty(), "{typed}");
        }
        let text = clerk.get(&path).await.text();
        assert!(text.contains("个人信息已删除") && text.contains("司法机关要求") && !text.contains("陈秀云") && !text.contains("榆园"));
        assert_eq!(kinds(&web).await, ["elder.erased", "elder.registered"]);
        let looks = accesses::of(&web.test.db, after.key().unwrap().home, after.id, 9).await.unwrap();
        assert!(looks.iter().any(|look| look.what == "erase" && look.why == "司法机关要求：（2026）豫 1002 民初 1 号"));
        assert_eq!(clerk.post(&address, &sure).await.status, 404);
        let tester = web.test.operator();
        let again = web.test.db.write(Lane::Interactive, &tester, async |tx| erasure::blank(&tx, after.key()?, None).await);
        assert!(!again.await.unwrap(), "a replay finds nothing to blank");
        assert_eq!(web.as_("agent").await.get(&address).await.status, 403);
        assert_eq!(web.as_("neighbour").await.get(&address).await.status, 404);
    }
}
