//! The pages of elders' files, through the assembled router.

use kernel::Role;
use store::{accesses, both, testing::TestDb};
use web::{
    accounts::Kind,
    testing::{Answer, TestWeb, grant},
};

use crate::office::{Line, Office, Told, clerk, line};

/// A house with a clerk of 411002, a clerk of 411003 and a call agent of 411002 over some elders.
pub async fn house(test: TestDb, lines: &[Line]) -> TestWeb {
    let office = Office::open(test).await;
    if !lines.is_empty() {
        office.try_import(&clerk("4110"), lines, false, &mut Told::default()).await.unwrap();
    }
    let web = TestWeb::open(office.test, vec![registry::module()]).await;
    for (login, role, place) in [
        ("clerk", Role::CountyClerk, "411002"),
        ("neighbour", Role::CountyClerk, "411003"),
        ("agent", Role::CallAgent, "411002"),
        ("officer", Role::CityOfficer, "4110"),
    ] {
        web.account(login, Kind::Staff, grant(role, place)).await;
    }
    web
}

/// Names in the order in which a page shows them.
fn shown(answer: &Answer) -> Vec<String> {
    let text = answer.text();
    let cells = text.split("<th scope=\"row\">").skip(1);
    cells.map(|cell| cell.split(" data-user>").nth(1).unwrap().split('<').next().unwrap().to_owned()).collect()
}

fn href(text: &str, rel: &str) -> String {
    let at = text.find(&format!("rel=\"{rel}\"")).unwrap_or_else(|| panic!("no {rel}"));
    let start = text[..at].rfind("href=\"").unwrap() + 6;
    text[start..].split('"').next().unwrap().replace("&amp;", "&").replace("&#38;", "&")
}

fn named(count: u16) -> Vec<Line> {
    (0..count).map(|n| line(&format!("陈{}", char::from_u32(0x4e00 + u32::from(n)).unwrap()), n)).collect()
}

both! {
    async fn a_clerk_lists_the_elders_of_the_own_county_with_masked_numbers(test: TestDb) {
        let mut there = line("李四", 2);
        there.place = "411003".into();
        let web = house(test, &[line("陈秀云", 1), there]).await;
        let page = web.as_("clerk").await.get("/elders").await;
        assert_eq!((page.status, shown(&page)), (200, vec!["陈秀云".to_owned()]));
        assert!(page.text().contains("138****0001") && !page.text().contains("13800000001"));
        assert!(!page.text().contains(&line("x", 1).cert));
        assert_eq!(shown(&web.as_("officer").await.get("/elders").await).len(), 2);
        assert_eq!(shown(&web.as_("clerk").await.get("/elders?place=411003").await).len(), 0);
    }

    async fn pages_turn_forth_and_back_over_the_same_rows(test: TestDb) {
        let web = house(test, &named(60)).await;
        let mut clerk = web.as_("clerk").await;
        let first = clerk.get("/elders?size=25").await;
        let second = clerk.get(&href(&first.text(), "next")).await;
        let third = clerk.get(&href(&second.text(), "next")).await;
        assert_eq!([&first, &second, &third].map(|page| shown(page).len()), [25, 25, 10]);
        assert!(!third.text().contains("rel=\"next\"") && !first.text().contains("rel=\"prev\""));
        let back = clerk.get(&href(&third.text(), "prev")).await;
        assert_eq!(shown(&back), shown(&second));
        assert_eq!(shown(&clerk.get(&href(&back.text(), "prev")).await), shown(&first));
        assert!(first.text().contains("共 60 人"));
    }

    async fn names_are_listed_in_the_order_of_their_reading_over_counties_and_back(test: TestDb) {
        let mut lines: Vec<_> = ["王五", "陈秀云", "李四", "安心", "张三", "郑一"].iter().zip(0..).map(|(name, n)| line(name, n)).collect();
        for line in &mut lines[3..] {
            line.place = "411003".into();
        }
        let web = house(test, &lines).await;
        let mut officer = web.as_("officer").await;
        let first = officer.get("/elders?sort=name&size=25").await;
        assert_eq!(shown(&first), ["安心", "陈秀云", "李四", "王五", "张三", "郑一"]);
        assert!(first.text().contains(r#"aria-sort="ascending""#));
        assert_eq!(shown(&officer.get("/elders?sort=-name").await), ["郑一", "张三", "王五", "李四", "陈秀云", "安心"]);
        assert_eq!(shown(&officer.get("/elders?sort=name&place=411003").await), ["安心", "张三", "郑一"]);
        let (mut names, mut after) = (Vec::new(), String::new());
        for rows in [4, 2] {
            let page = officer.get(&format!("/api/v1/elders?sort=name&size=4{after}")).await.json();
            assert_eq!(page["items"].as_array().unwrap().len(), rows);
            names.extend(page["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()));
            after = format!("&after={}", page["next"].as_str().unwrap_or_default());
        }
        assert_eq!(names, shown(&first));
        assert_eq!(officer.get("/api/v1/elders?sort=name&tags=4").await.status, 422);
        assert!(!officer.get("/elders?tag=4").await.text().contains("sort=name"));
    }

    async fn pages_by_name_turn_forth_and_back_over_the_same_rows(test: TestDb) {
        let web = house(test, &named(60)).await;
        let mut clerk = web.as_("clerk").await;
        for order in ["name", "-name"] {
            let first = clerk.get(&format!("/elders?sort={order}&size=25")).await;
            let second = clerk.get(&href(&first.text(), "next")).await;
            let third = clerk.get(&href(&second.text(), "next")).await;
            assert_eq!([&first, &second, &third].map(|page| shown(page).len()), [25, 25, 10], "{order}");
            assert!(!third.text().contains("rel=\"next\"") && !first.text().contains("rel=\"prev\""));
            let back = clerk.get(&href(&third.text(), "prev")).await;
            assert_eq!(shown(&back), shown(&second));
            assert_eq!(shown(&clerk.get(&href(&back.text(), "prev")).await), shown(&first));
        }
    }

    async fn filters_narrow_together_and_show_as_chips(test: TestDb) {
        let mut people = named(3);
        people[0].tags = "独居；低保".into();
        people[1].tags = "独居".into();
        let names: Vec<_> = people.iter().map(|line| line.name.clone()).collect();
        let web = house(test, &people).await;
        let mut clerk = web.as_("clerk").await;
        assert_eq!(shown(&clerk.get("/elders?tag=4").await), names[..2]);
        assert_eq!(shown(&clerk.get("/elders?tag=4&tag=2").await), names[..1]);
        assert_eq!(shown(&clerk.get("/elders?tag=2&tag=4&age=80&sex=9").await), names[..1]);
        assert_eq!(shown(&clerk.get("/elders?age=90").await).len(), 0);
        assert!(clerk.get("/elders?age=80").await.text().contains("80 岁以上"));
        assert_eq!(shown(&clerk.get(&format!("/elders?tag=4&q={}", "%E9%99%88")).await), names[..2]);
    }

    async fn an_export_is_noted_for_each_person_before_it_leaves(test: TestDb) {
        let web = house(test, &[line("陈秀云", 1)]).await;
        let sheet = web.as_("clerk").await.get("/elders/export").await;
        assert!(sheet.status == 200 && sheet.body.starts_with(b"PK"));
        let elder = crate::office::everybody(&web.test.db).await.remove(0);
        let looks = accesses::of(&web.test.db, elder.key().unwrap().home, elder.id, 10).await.unwrap();
        assert_eq!(looks.iter().map(|look| (look.what.as_str(), look.actor_name.as_str())).collect::<Vec<_>>(), [("export", "clerk")]);
        assert_eq!(web.as_("agent").await.get("/elders/export").await.status, 403);
    }
}

/// The address of the only elder's file.
pub async fn file_of(web: &TestWeb) -> String {
    let elder = crate::office::everybody(&web.test.db).await.remove(0);
    format!("/elders/{}", elder.key().unwrap())
}

async fn looks(web: &TestWeb) -> Vec<(String, String, String)> {
    let elder = crate::office::everybody(&web.test.db).await.remove(0);
    let looks = accesses::of(&web.test.db, elder.key().unwrap().home, elder.id, 20).await.unwrap();
    looks.into_iter().map(|look| (look.actor_name, look.what, look.why)).collect()
}

both! {
    async fn a_file_shows_masked_numbers_and_its_timeline_and_notes_the_view_once(test: TestDb) {
        let mut person = line("陈秀云", 1);
        person.tags = "独居".into();
        let web = house(test, &[person]).await;
        let (mut agent, path) = (web.as_("agent").await, file_of(&web).await);
        let page = agent.get(&path).await;
        let text = page.text();
        assert_eq!(page.status, 200);
        assert!(text.contains("138****0001") && !text.contains("13800000001") && !text.contains(&line("x", 1).cert));
        assert!(text.contains("建立档案") && text.contains("榆园 1 号楼") && text.contains("表格导入 2026-11-21"));
        agent.get(&path).await;
        assert_eq!(looks(&web).await, [("agent".into(), "view".into(), String::new())]);
        web.test.clock.advance(chrono::TimeDelta::minutes(11));
        agent.get(&format!("{path}/timeline")).await;
        assert_eq!(looks(&web).await.len(), 2);
        assert!(agent.get(&path).await.text().contains("谁看过这份档案"));
    }

    async fn who_may_not_open_values_sees_no_address_and_no_eye(test: TestDb) {
        let web = house(test, &[line("陈秀云", 1)]).await;
        let (mut officer, path) = (web.as_("officer").await, file_of(&web).await);
        let text = officer.get(&path).await.text();
        assert!(!text.contains("榆园") && !text.contains("unmask"));
        assert_eq!(officer.get(&format!("{path}/unmask?what=cert")).await.status, 403);
        assert_eq!(officer.post(&format!("{path}/unmask"), &[("what", "cert"), ("reason", "identity")]).await.status, 403);
    }

    async fn one_value_is_opened_for_a_reason_that_is_noted_before_the_answer(test: TestDb) {
        let web = house(test, &[line("陈秀云", 1)]).await;
        let (mut clerk, path) = (web.as_("clerk").await, format!("{}/unmask", file_of(&web).await));
        assert!(clerk.get(&format!("{path}?what=cert")).await.text().contains("查看原因"));
        let without = clerk.post(&path, &[("what", "cert"), ("reason", "")]).await;
        assert_eq!((without.status, without.text().contains("请写明查看原因")), (422, true));
        assert!(looks(&web).await.is_empty());
        let opened = clerk.post(&path, &[("what", "cert"), ("reason", "benefit"), ("note", "11 月复核")]).await;
        assert!(opened.text().contains(&line("x", 1).cert) && !opened.text().contains("13800000001"));
        assert!(opened.text().contains("data-cover-secs=\"30\"") && opened.headers["refresh"].to_str().unwrap().starts_with("30;"));
        assert_eq!(looks(&web).await, [("clerk".into(), "cert_no".into(), "核对补贴和救助信息：11 月复核".into())]);
        assert_eq!(clerk.post(&path, &[("what", "contact-7"), ("reason", "contact")]).await.status, 404);
    }

    async fn a_file_of_another_county_is_not_there_by_any_address(test: TestDb) {
        let web = house(test, &[line("陈秀云", 1)]).await;
        let (mut neighbour, path) = (web.as_("neighbour").await, file_of(&web).await);
        for address in [path.clone(), format!("{path}/timeline"), format!("{path}/unmask?what=cert")] {
            assert_eq!(neighbour.get(&address).await.status, 404, "{address}");
        }
        let opened = neighbour.post(&format!("{path}/unmask"), &[("what", "cert"), ("reason", "identity")]).await;
        assert_eq!(opened.status, 404);
        assert!(looks(&web).await.is_empty());
    }

    async fn the_timeline_says_what_changed_with_masked_numbers(test: TestDb) {
        let office = Office::open(test).await;
        office.import(&[line("陈秀云", 1)]).await;
        let mut changed = line("陈秀云", 1);
        changed.mobile = "13900006071".into();
        office.import(&[changed]).await;
        let web = TestWeb::open(office.test, vec![registry::module()]).await;
        web.account("clerk", Kind::Staff, grant(Role::CountyClerk, "411002")).await;
        let text = web.as_("clerk").await.get(&file_of(&web).await).await.text();
        assert!(text.contains("手机由 138****0001 改为 139****6071"), "{text}");
    }
}
