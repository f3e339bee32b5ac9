//! Somebody moves: within the county, over its border, and back.

use kernel::{Clock as _, Scope};
use registry::elders::{events::Moved, queries};
use store::{both, homes, journal};
use web::testing::{Browser, TestWeb};

use crate::{
    office::{everybody, line},
    pages::{file_of, house},
};

const TOWN: &str = "411002001";

async fn moved(browser: &mut Browser, path: &str, fields: &[(&str, &str)]) -> web::testing::Answer {
    let all = [("version", "1"), ("day", "2026-11-21"), ("reason", "house")];
    let kept = all.iter().filter(|(name, _)| fields.iter().all(|(other, _)| other != name)).copied();
    let sent: Vec<_> = fields.iter().copied().chain(kept).collect();
    browser.post(&format!("{path}/move"), &sent).await
}

async fn number_of_timeline(web: &TestWeb) -> usize {
    let elder = everybody(&web.test.db).await.remove(0);
    journal::timeline(&web.test.db, &Scope::whole(), elder.id, None, 50).await.unwrap().len()
}

both! {
    async fn a_move_within_the_county_is_reviewed_first_and_keeps_key_and_number(test: TestDb) {
        let web = house(test, &[line("陈秀云", 1)]).await;
        let (mut clerk, path) = (web.as_("clerk").await, file_of(&web).await);
        assert!(clerk.get(&path).await.text().contains(&format!("{path}/move")));
        assert!(clerk.get(&format!("{path}/move")).await.text().contains("河南省许昌市魏都区"));
        let review = moved(&mut clerk, &path, &[("to", "西大街道"), ("address", "槐荫里 8 号")]).await;
        assert!(review.status == 200 && review.text().contains("仍由本县区管理") && review.text().contains("确认迁居"));
        assert_eq!((everybody(&web.test.db).await[0].version, number_of_timeline(&web).await), (1, 1));
        let done = moved(&mut clerk, &path, &[("to", TOWN), ("address", "槐荫里 8 号"), ("sure", "yes")]).await;
        assert_eq!((done.status, done.location()), (303, path.as_str()));
        let elder = everybody(&web.test.db).await.remove(0);
        assert_eq!((elder.place, elder.number.as_str(), elder.version), (411_002_001_000, "411002-0000001", 2));
        assert_eq!(queries::open(&web.state.keys, &elder).await.unwrap().details.address, "槐荫里 8 号");
        let entries = journal::timeline(&web.test.db, &Scope::whole(), elder.id, None, 9).await.unwrap();
        let told: Moved = entries.iter().find(|entry| entry.kind == "elder.moved").unwrap().facts().unwrap();
        assert_eq!((told.to.short().as_str(), told.reason.as_deref()), (TOWN, Some("house")));
        let text = clerk.get(&path).await.text();
        assert!(text.contains("居住地由魏都区改为西大街道") && text.contains("搬家"));
    }

    async fn what_cannot_be_is_told_at_its_field_and_keeps_what_was_typed(test: TestDb) {
        let web = house(test, &[line("陈秀云", 1)]).await;
        let (mut clerk, path) = (web.as_("clerk").await, file_of(&web).await);
        for (fields, said) in [
            (vec![("to", "没有这里")], "没有这个地方"),
            (vec![("to", "411002")], "和现在登记的一样"),
            (vec![("to", TOWN), ("day", "2026-11-22")], "迁居日期要在 2026-11-21 到今天之间"),
            (vec![("to", TOWN), ("reason", "")], "请选择迁居原因"),
            (vec![("to", TOWN), ("version", "7")], "刚刚被别人改过"),
        ] {
            let answer = moved(&mut clerk, &path, &fields).await;
            assert!(matches!(answer.status, 409 | 422) && answer.text().contains(said), "{fields:?}: {}", answer.text());
        }
        let many = moved(&mut clerk, &path, &[("to", "城关镇"), ("address", "槐荫里")]).await;
        assert!(many.status == 422 && many.text().contains("请选一个") && many.text().contains("槐荫里"));
        assert_eq!(everybody(&web.test.db).await[0].version, 1);
    }

    async fn over_the_border_only_those_who_may_and_from_the_own_county_only(test: TestDb) {
        let web = house(test, &[line("陈秀云", 1)]).await;
        let path = file_of(&web).await;
        web.account("town", web::accounts::Kind::Staff, web::testing::grant(kernel::Role::TownClerk, "411002")).await;
        let town = moved(&mut web.as_("town").await, &path, &[("to", "411003"), ("sure", "yes")]).await;
        assert_eq!(town.status, 403);
        assert_eq!(moved(&mut web.as_("neighbour").await, &path, &[("to", "411003"), ("sure", "yes")]).await.status, 404);
        assert_eq!(moved(&mut web.as_("agent").await, &path, &[("to", TOWN)]).await.status, 403);
        let elder = everybody(&web.test.db).await.remove(0);
        assert_eq!((elder.version, homes::of_person(&web.test.db, elder.id).await.unwrap().len()), (1, 1));
    }

    async fn an_old_address_of_somebody_who_moved_leads_to_the_new_file_or_to_the_history(test: TestDb) {
        let mut person = line("陈秀云", 1);
        person.tags = "独居".into();
        let web = house(test, &[person]).await;
        web.test.clock.advance(chrono::TimeDelta::days(1));
        let (mut clerk, path) = (web.as_("clerk").await, file_of(&web).await);
        let review = moved(&mut clerk, &path, &[("to", "建安区"), ("day", "2026-11-22")]).await.text();
        assert!(review.contains("河南省许昌市建安区建立新的档案"));
        let done = moved(&mut clerk, &path, &[("to", "411003"), ("day", "2026-11-22"), ("sure", "yes")]).await;
        assert_eq!((done.status, done.location()), (303, path.as_str()));
        let there = path.replace("411002-", "411003-");
        for login in ["officer", "neighbour"] {
            let to = web.as_(login).await.get(&path).await;
            assert_eq!((to.status, to.location()), (303, there.as_str()), "{login}");
            assert!(web.as_(login).await.get(&there).await.text().contains("表格导入 2026-11-21"));
        }
        let kept = clerk.get(&path).await;
        assert!(kept.status == 200 && kept.text().contains("已迁往河南省许昌市建安区") && !kept.text().contains("榆园"));
        assert_eq!(clerk.post(&format!("{path}/unmask"), &[("what", "cert"), ("reason", "identity")]).await.status, 404);
        assert_eq!(clerk.get(&format!("{path}/move")).await.status, 404);
        let typed = format!("/api/v1/elders/search?q={}", line("x", 1).cert);
        for (login, found) in [("clerk", 0), ("neighbour", 1)] {
            let found_there = web.as_(login).await.get(&typed).await.json()["items"].as_array().unwrap().len();
            assert_eq!(found_there, found, "{login}");
        }
        assert!(clerk.get("/elders?tag=4").await.text().contains("没有符合这些条件的老人"));
        assert!(web.as_("neighbour").await.get("/elders?tag=4").await.text().contains("陈秀云"));
        assert_eq!(web.test.clock.today().to_string(), "2026-11-22");
    }
}
