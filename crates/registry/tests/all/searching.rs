//! The box in the top bar.

use kernel::Role;
use registry::elders::lookup::SearchRules;
use store::{Lane, accesses, both, rulebooks};
use uuid::Uuid;
use web::{accounts::Kind, testing::grant};

use crate::{office::line, pages::house};

both! {
    async fn the_box_finds_by_name_pinyin_and_phone_within_the_scope(test: TestDb) {
        let web = house(test, &[line("单雪梅", 1), line("李四", 2)]).await;
        let mut clerk = web.as_("clerk").await;
        for typed in ["%E5%8D%95", "shanxm", "0001", "13800000001"] {
            let page = clerk.get(&format!("/search?q={typed}")).await.text();
            assert!(page.contains("单雪梅") && !page.contains("李四"), "{typed}");
            assert!(clerk.get(&format!("/search/quick?q={typed}")).await.text().contains("单雪梅"), "{typed}");
        }
        let there = web.as_("neighbour").await.get("/search?q=shanxm").await;
        assert!(there.status == 200 && !there.text().contains("单雪梅"));
    }

    async fn a_search_that_stops_says_so(test: TestDb) {
        let lines: Vec<_> = (1..=55).map(|n| line("陈秀云", n)).collect();
        let web = house(test, &lines).await;
        let mut clerk = web.as_("clerk").await;
        let page = clerk.get("/search?q=chenxy").await.text();
        assert!(page.contains("先列出 50 人，请再写细一些") && !page.contains("找到 50 人"), "{page}");
        assert!(clerk.get("/search/quick?q=chenxy").await.text().contains("先列出 8 人，请再写细一些"));
        assert!(clerk.get("/search?q=13800000001").await.text().contains("找到 1 人"));
    }

    async fn an_order_number_leads_to_the_order(test: TestDb) {
        let web = house(test, &[]).await;
        let to = web.as_("agent").await.get("/search?q=20261121-411002-00007").await;
        assert_eq!((to.status, to.location()), (303, "/orders?number=20261121-411002-00007"));
    }

    async fn a_search_by_certificate_is_noted_whether_it_finds_or_not_and_never_while_typing(test: TestDb) {
        let web = house(test, &[line("陈秀云", 1)]).await;
        let (mut clerk, number) = (web.as_("clerk").await, line("x", 1).cert);
        let elder = crate::office::everybody(&web.test.db).await.remove(0);
        let home = elder.key().unwrap().home;
        let noted = async |subject: Uuid| {
            let looks = accesses::of(&web.test.db, home, subject, 9).await.unwrap();
            looks.into_iter().map(|look| look.what).collect::<Vec<_>>()
        };
        let quick = clerk.get(&format!("/search/quick?q={number}")).await.text();
        assert!(!quick.contains("陈秀云") && noted(elder.id).await.is_empty());
        let found = clerk.get(&format!("/search?q={number}")).await;
        assert_eq!((found.status, found.location()), (303, format!("/elders/{}", elder.key().unwrap()).as_str()));
        assert_eq!(noted(elder.id).await, ["search_by_id"]);
        let unknown = clerk.get(&format!("/search?q={}", line("x", 99).cert)).await;
        assert_eq!(unknown.location(), "/search?unknown=1", "the number stays on no page");
        assert!(clerk.get(unknown.location()).await.text().contains("没有找到"));
        assert_eq!(noted(Uuid::nil()).await, ["search_by_id"]);
        assert_eq!(clerk.get(&format!("/elders?q={number}")).await.location(), found.location());
    }

    async fn searches_by_certificate_end_with_the_days_budget_of_each_user(test: TestDb) {
        let web = house(test, &[line("陈秀云", 1)]).await;
        let (place, from) = ("411002".parse().unwrap(), "2026-01-01".parse().unwrap());
        let rules = SearchRules { by_certificate_a_day: 2 };
        let operator = web.test.operator();
        let enacted = web.test.db.write(Lane::Interactive, &operator, async |tx| {
            rulebooks::enact(&tx, Some(place), from, &rules).await
        });
        enacted.await.unwrap();
        web.account("colleague", Kind::Staff, grant(Role::CountyClerk, "411002")).await;
        let (mut clerk, path) = (web.as_("clerk").await, format!("/search?q={}", line("x", 1).cert));
        let mut answers = Vec::new();
        for _ in 0..3 {
            answers.push(clerk.get(&path).await.status);
        }
        assert_eq!(answers, [303, 303, 429]);
        assert_eq!(web.as_("colleague").await.get(&path).await.status, 303);
        web.test.clock.advance(chrono::TimeDelta::days(1));
        assert_eq!(web.as_("clerk").await.get(&path).await.status, 303);
    }
}
