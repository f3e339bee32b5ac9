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
