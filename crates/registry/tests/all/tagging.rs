//! Several people at once: picked in the list, given a trait or relieved of it, exported.

use axum::http::header::CONTENT_TYPE;
use kernel::{Key, Scope};
use registry::elders::{Elder, vocabulary::Tag};
use store::{accesses, both, journal};
use web::testing::TestWeb;

use crate::{
    office::{everybody, line},
    pages::house,
};

const SHEET: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

async fn keys(web: &TestWeb) -> Vec<String> {
    everybody(&web.test.db).await.iter().map(|elder| elder.key().unwrap().to_string()).collect()
}

async fn held(web: &TestWeb) -> Vec<Vec<Tag>> {
    everybody(&web.test.db).await.iter().map(Elder::tags).collect()
}

fn picks<'a>(keys: &'a [String], rest: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    keys.iter().map(|key| ("pick", key.as_str())).chain(rest.iter().copied()).collect()
}

both! {
    async fn who_is_picked_gets_the_trait_and_each_file_says_so(test: TestDb) {
        let web = house(test, &[line("陈秀云", 1), line("程广田", 2), line("丁玉琴", 3)]).await;
        let (mut clerk, keys) = (web.as_("clerk").await, keys(&web).await);
        let list = clerk.get("/elders").await.text();
        assert!(list.contains("改人员类别") && list.contains("导出所选") && list.contains(&format!("value=\"{}\"", keys[0])));
        let asked = clerk.get(&format!("/elders/tag?pick={}&pick={}", keys[0], keys[1])).await.text();
        assert!(asked.contains("2 人") && asked.contains(&keys[1]) && !asked.contains(&keys[2]));

        let before = held(&web).await;
        let sent = picks(&keys[..2], &[("holds", "yes"), ("tag", "9"), ("ends_on", "2027-06-30")]);
        let done = clerk.post("/elders/tag", &sent).await;
        assert!(done.status == 200 && done.text().contains("改了 2 人的档案"), "{}", done.text());
        let after = held(&web).await;
        assert!(after[..2].iter().all(|tags| tags.contains(&Tag::SeverelyDisabled)) && after[2] == before[2]);
        for key in &keys[..2] {
            let id = key.parse::<Key<Elder>>().unwrap().id;
            let told = journal::timeline(&web.test.db, &Scope::whole(), id, None, 50).await.unwrap();
            assert!(told.iter().any(|entry| entry.kind == "elder.changed"), "{told:?}");
            assert!(clerk.get(&format!("/elders/{key}")).await.text().contains("2027-06-30"));
        }

        let again = clerk.post("/elders/tag", &sent).await.text();
        assert!(again.contains("改了 0 人的档案") && again.contains("2 人本来就是这样"), "{again}");
        let gone = clerk.post("/elders/tag", &picks(&keys, &[("holds", "no"), ("tag", "9")])).await.text();
        assert!(gone.contains("改了 2 人的档案") && gone.contains("1 人本来就是这样"), "{gone}");
        assert_eq!(held(&web).await, before);
    }

    async fn a_wrong_wish_changes_nobody_and_keeps_who_was_picked(test: TestDb) {
        let web = house(test, &[line("陈秀云", 1)]).await;
        let (mut clerk, keys) = (web.as_("clerk").await, keys(&web).await);
        for (rest, said) in [
            (&[("holds", "yes")][..], "请选择人员类别"),
            (&[("tag", "9"), ("ends_on", "2026-11-21")], "到期日要在今天以后"),
            (&[("tag", "9"), ("ends_on", "soon")], "请选择日期"),
        ] {
            let refused = clerk.post("/elders/tag", &picks(&keys, rest)).await;
            assert!(refused.status == 422 && refused.text().contains(said), "{}", refused.text());
            assert!(refused.text().contains(&format!("value=\"{}\"", keys[0])), "who was picked stays");
        }
        assert!(clerk.post("/elders/tag", &[("tag", "9")]).await.text().contains("请先在名单里选人"));
        assert!(held(&web).await[0].is_empty());
    }

    async fn people_of_another_county_are_as_good_as_not_there(test: TestDb) {
        let web = house(test, &[line("陈秀云", 1)]).await;
        let (mut neighbour, keys) = (web.as_("neighbour").await, keys(&web).await);
        let page = neighbour.get(&format!("/elders/tag?pick={}", keys[0])).await.text();
        assert!(!page.contains("陈秀云"));
        neighbour.post("/elders/tag", &picks(&keys, &[("tag", "9")])).await;
        let sent = serde_json::json!({ "people": keys, "tag": 9, "holds": true });
        let told = neighbour.post_json("/api/v1/elders/tags", &sent).await.json();
        assert_eq!((told["changed"].as_i64(), told["gone"].as_i64()), (Some(0), Some(1)));
        assert!(held(&web).await[0].is_empty());
    }

    async fn only_those_picked_leave_in_the_sheet(test: TestDb) {
        let web = house(test, &[line("陈秀云", 1), line("程广田", 2)]).await;
        let (mut clerk, keys) = (web.as_("clerk").await, keys(&web).await);
        let sheet = clerk.get(&format!("/elders/export?pick={}", keys[1])).await;
        assert_eq!((sheet.status, sheet.headers[CONTENT_TYPE].to_str().unwrap()), (200, SHEET));
        let mut exported = Vec::new();
        for key in &keys {
            let key: Key<Elder> = key.parse().unwrap();
            let seen = accesses::of(&web.test.db, key.home, key.id, 10).await.unwrap();
            exported.push(seen.iter().any(|access| access.what == "export"));
        }
        assert_eq!(exported, [false, true]);
    }
}
