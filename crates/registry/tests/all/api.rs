//! Elders' files as JSON.

use kernel::CreditCode;
use registry::organisations;
use store::{Lane, accesses, both};

use crate::{
    office::{everybody, line},
    pages::house,
};

both! {
    async fn a_list_is_read_page_by_page_within_the_scope(test: TestDb) {
        let mut there = line("李四", 90);
        there.place = "411003".into();
        let lines: Vec<_> = (0..5).map(|n| line("陈秀云", n)).chain([there]).collect();
        let web = house(test, &lines).await;
        let mut clerk = web.as_("clerk").await;
        let (mut keys, mut after) = (Vec::new(), String::new());
        for rows in [2, 2, 1] {
            let page = clerk.get(&format!("/api/v1/elders?size=2{after}")).await.json();
            let items = page["items"].as_array().unwrap();
            assert_eq!(items.len(), rows);
            keys.extend(items.iter().map(|item| item["key"].as_str().unwrap().to_owned()));
            after = page["next"].as_str().map_or(String::new(), |next| format!("&after={next}"));
        }
        assert!(after.is_empty());
        keys.dedup();
        assert_eq!(keys.len(), 5);
        assert_eq!(clerk.get("/api/v1/elders?place=411003").await.json()["items"].as_array().unwrap().len(), 0);
    }

    async fn one_elder_is_masked_and_the_view_is_noted(test: TestDb) {
        let web = house(test, &[line("陈秀云", 1)]).await;
        let elder = everybody(&web.test.db).await.remove(0);
        let path = format!("/api/v1/elders/{}", elder.key().unwrap());
        let seen = web.as_("agent").await.get(&path).await.json();
        assert_eq!((seen["name"].as_str(), seen["mobile_mask"].as_str(), seen["place"].as_i64()), (Some("陈秀云"), Some("138****0001"), Some(411_002_000_000)));
        assert!(!seen.to_string().contains(&line("x", 1).cert));
        let looks = accesses::of(&web.test.db, elder.key().unwrap().home, elder.id, 5).await.unwrap();
        assert_eq!(looks.len(), 1);
        let there = web.as_("neighbour").await.get(&path).await;
        assert_eq!((there.status, there.json()["code"].as_str()), (404, Some("not_found")));
    }

    async fn a_search_finds_and_a_value_that_cannot_be_read_is_named(test: TestDb) {
        let web = house(test, &[line("单雪梅", 1)]).await;
        let mut clerk = web.as_("clerk").await;
        assert_eq!(clerk.get("/api/v1/elders/search?q=shanxm").await.json()["items"][0]["name"], "单雪梅");
        let found = clerk.get(&format!("/api/v1/elders/search?q={}", line("x", 1).cert)).await;
        assert!(found.json()["items"][0]["name"] == "单雪梅" && !found.text().contains(&line("x", 1).cert));
        for (query, field) in [("place=x", "place"), ("tags=4,x", "tags"), ("after=x", "after")] {
            let answer = clerk.get(&format!("/api/v1/elders?{query}")).await;
            assert_eq!((answer.status, answer.json()["errors"][0]["field"].as_str()), (422, Some(field)));
        }
    }

    async fn the_call_centre_reads_who_serves_a_place(test: TestDb) {
        let provider = organisations::New {
            place: "411002001001".parse().unwrap(),
            name: "安颐居家".into(),
            kind: organisations::Kind::HomeCare,
            credit_code: CreditCode::parse("52411002MJ0000A11D").unwrap(),
            phone: "0374-2331234".into(),
            parent: None,
        };
        let operator = test.operator();
        test.db.write(Lane::Bulk, &operator, async |tx| organisations::found(&tx, provider).await).await.unwrap();
        let web = house(test, &[]).await;
        let mut agent = web.as_("agent").await;
        let there = agent.get("/api/v1/providers?place=411002005").await.json();
        assert_eq!(there["items"][0]["name"], "安颐居家");
        assert_eq!(agent.get("/api/v1/providers?place=411003").await.json()["items"].as_array().unwrap().len(), 0);
        let unread = agent.get("/api/v1/providers?place=x").await;
        assert_eq!((unread.status, unread.json()["errors"][0]["field"].as_str()), (422, Some("place")));
    }

    async fn the_description_names_exactly_the_routes(test: TestDb) {
        let web = house(test, &[]).await;
        let described = web.browser().get("/api/v1/openapi.json").await.json();
        let described: std::collections::BTreeSet<_> = described["paths"].as_object().unwrap().keys().filter(|path| path.starts_with("/api/v1/elders")).cloned().collect();
        let served: std::collections::BTreeSet<_> = web.house.rows.iter().map(|row| row.path.to_owned()).filter(|path| path.starts_with("/api/v1/elders")).collect();
        assert_eq!(described, served);
    }
}
