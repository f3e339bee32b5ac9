//! The page, sheet and API of a place's figures.

use std::{io::Cursor, sync::Arc};

use calamine::{Reader, Xlsx};
use insight::statistics::Rollups;
use kernel::{Clock, Event, Role};
use sea_orm::ConnectionTrait;
use serde_json::json;
use store::{Lane, both, consumers};
use web::{
    accounts::Kind,
    testing::{TestWeb, grant},
};

use super::register::{event, place};

const VILLAGE: &str = "411002001001";

async fn journal(web: &TestWeb, events: Vec<Event>) {
    let (db, tester) = (&web.test.db, web.test.operator());
    let written = db.write(Lane::Interactive, &tester, async |tx| {
        events.into_iter().for_each(|event| tx.journal(event));
        Ok(())
    });
    written.await.unwrap();
}

async fn fold(web: &TestWeb) {
    consumers::catch_up(&web.test.db, &Rollups::default()).await.unwrap();
}

fn registered(id: u128, at: &str) -> Event {
    let facts = json!({ "sex": 2, "birth_year": 1946, "age": 80, "living": 1, "tags": [4], "run": null });
    event("elder.registered", id, place(at), facts)
}

/// A house with an officer of the city and a clerk of each of two counties; 3 elders, 2 orders, 1 rated.
async fn house(test: store::testing::TestDb) -> TestWeb {
    let web = TestWeb::open(test, vec![insight::module()]).await;
    for (login, role, at) in [
        ("linlan", Role::CityOfficer, "4110"),
        ("zhoumin", Role::CountyClerk, "411002"),
        ("sunjie", Role::CountyClerk, "411003"),
        ("wangwei", Role::VillageClerk, VILLAGE),
    ] {
        web.account(login, Kind::Staff, grant(role, at)).await;
    }
    let village = place(VILLAGE);
    journal(
        &web,
        vec![
            registered(1, VILLAGE),
            registered(2, "411002"),
            registered(3, "411003001001"),
            event("order.placed", 11, village, json!({})),
            event("order.checked_in", 11, village, json!({ "late_secs": -5 })),
            event("order.checked_out", 11, village, json!({})),
            event("order.rated", 11, village, json!({ "score": 5 })),
            event("order.completed", 11, village, json!({})),
            event("order.placed", 12, place("411003001001"), json!({})),
        ],
    )
    .await;
    fold(&web).await;
    web
}

/// The page without markup, so that figures can be read beside their words.
fn words(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for char in html.chars() {
        match char {
            '<' => inside = true,
            '>' => inside = false,
            _ if inside => continue,
            _ if char.is_whitespace() => continue,
            _ => text.push(char),
        }
    }
    text
}

both! {
    async fn each_level_shows_its_figures_with_their_n(test: TestDb) {
        let web = house(test).await;
        let mut officer = web.as_("linlan").await;
        for (at, elders, placed, rated) in [("4110", 3, 2, 1), ("411002", 2, 1, 1), ("411002001", 1, 1, 1), (VILLAGE, 1, 1, 1), ("411003", 1, 1, 0)] {
            let answer = officer.get(&format!("/dashboard/{at}")).await;
            let page = words(&answer.text());
            assert_eq!(answer.status, 200, "{at}");
            assert!(page.contains(&format!("在册老人{elders}人近30天净增+{elders}人")), "{at}: {page}");
            assert!(page.contains(&format!("今日工单{placed}单在途{}单", placed - rated)), "{at}: {page}");
            assert!(page.contains(&format!("近30天有效评价{rated}条")), "{at}: {page}");
            assert!(page.contains(if rated == 1 { "满意率100.0%" } else { "满意率–%" }), "{at}: {page}");
        }
    }

    async fn a_place_leads_to_those_inside_and_back_up(test: TestDb) {
        let web = house(test).await;
        let city = web.as_("linlan").await.get("/dashboard/4110").await.text();
        assert!(city.contains("href=\"/dashboard/411002?map=elders\"") && city.contains("魏都区"));
        assert!(city.contains("示意边界，非标准地图"));
        let county = web.as_("linlan").await.get("/dashboard/411002").await.text();
        assert!(county.contains("href=\"/dashboard/4110\"") && county.contains("href=\"/dashboard/411002001?map=elders\""));
        assert!(words(&county).contains("未细分到下级1000––0"), "the elder known by the county only");
    }

    async fn somebody_lands_in_the_place_of_the_grant(test: TestDb) {
        let web = house(test).await;
        for (login, at) in [("linlan", "4110"), ("zhoumin", "411002"), ("wangwei", VILLAGE)] {
            let answer = web.as_(login).await.get("/dashboard").await;
            assert_eq!((answer.status, answer.location()), (303, format!("/dashboard/{at}").as_str()));
        }
    }

    async fn what_is_not_visible_is_not_there(test: TestDb) {
        let web = house(test).await;
        let mut clerk = web.as_("zhoumin").await;
        for at in ["4110", "41", "411003", "411003001", "411002999", "4110021", "x"] {
            for path in [format!("/dashboard/{at}"), format!("/dashboard/{at}/export"), format!("/dashboard/{at}?live=1"), format!("/api/v1/figures?place={at}")] {
                assert_eq!(clerk.get(&path).await.status, 404, "{path}");
            }
        }
        let own = clerk.get("/dashboard/411002").await.text();
        assert!(!own.contains("href=\"/dashboard/4110\""), "no way up to what is not visible");
    }

    async fn the_dashboard_reads_no_case_table(test: TestDb) {
        let web = house(test).await;
        let tester = web.test.operator();
        web.test.db.write(Lane::Interactive, &tester, async |tx| {
            for table in ["orders", "elders", "elder_tags", "elder_names", "census", "grants"] {
                tx.execute_unprepared(&format!("DROP TABLE {table}")).await?;
            }
            Ok(())
        }).await.unwrap();
        let mut officer = web.as_("linlan").await;
        for path in ["/dashboard/4110?live=1", "/dashboard/411002/export", "/api/v1/figures?place=4110"] {
            assert_eq!(officer.get(path).await.status, 200, "{path}");
        }
    }

    async fn the_sheet_holds_the_table(test: TestDb) {
        let web = house(test).await;
        let sheet = web.as_("linlan").await.get("/dashboard/4110/export").await;
        assert_eq!(sheet.status, 200);
        let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(sheet.body.to_vec())).unwrap();
        let range = book.worksheet_range_at(0).unwrap().unwrap();
        let rows: Vec<Vec<String>> = range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect();
        assert_eq!(rows[0][..4], ["区划代码", "地方", "在册老人", "今日工单"]);
        assert_eq!(rows[1][..12], ["4110", "许昌市", "3", "2", "0", "1", "1", "1", "100", "1", "1", "100"]);
        let weidu = rows.iter().find(|row| row[1] == "魏都区").unwrap();
        assert_eq!(weidu[..4], ["411002", "魏都区", "2", "1"]);
        let disposition = sheet.headers["content-disposition"].to_str().unwrap();
        assert!(disposition.contains("attachment"), "{disposition}");
    }

    async fn programs_read_any_measure_day_by_day(test: TestDb) {
        let web = house(test).await;
        let mut officer = web.as_("linlan").await;
        let path = "/api/v1/figures?place=411002&from=2026-11-20&to=2026-11-21&measure=orders.placed,elders.registered";
        let figures = officer.get(path).await.json();
        assert_eq!(figures["name"], "魏都区");
        assert_eq!(figures["as_of"], json!(web.test.clock.now()));
        assert_eq!(figures["measures"][0]["days"], json!([{ "day": "2026-11-20", "value": 0 }, { "day": "2026-11-21", "value": 1 }]));
        assert_eq!(figures["measures"][1]["days"][1]["value"], 2);
        let all = officer.get("/api/v1/figures?place=411002").await.json();
        assert_eq!(all["measures"].as_array().unwrap().len(), insight::statistics::measures::ALL.len());
        assert_eq!(all["measures"][0]["days"].as_array().unwrap().len(), 30);
        for (wrong, code) in [
            ("measure=orders.nonsense", "figures.no_such_measure"),
            ("from=2020-01-01&to=2026-11-21", "figures.bad_days"),
            ("from=2026-11-21&to=2026-11-20", "figures.bad_days"),
        ] {
            let answer = officer.get(&format!("/api/v1/figures?place=411002&{wrong}")).await;
            assert_eq!((answer.status, answer.json()["code"].clone()), (422, json!(code)), "{wrong}");
        }
    }

    async fn an_update_shows_what_was_written_by_another_process_a_moment_ago(test: TestDb) {
        let web = house(test).await;
        let follower = tokio::spawn(consumers::follow(web.test.db.clone(), Arc::new(Rollups::default()), web.state.stop.receiver()));
        let (second, tester) = (web.test.second().await, web.test.operator());
        let mut officer = web.as_("linlan").await;
        second.write(Lane::Interactive, &tester, async |tx| {
            tx.journal(event("order.placed", 13, place(VILLAGE), json!({})));
            Ok(())
        }).await.unwrap();
        let mut page = String::new();
        for _ in 0..30 {
            page = words(&officer.get("/dashboard/4110?live=1").await.text());
            if page.contains("今日工单3单") { break; }
        }
        assert!(page.contains("今日工单3单在途2单"), "{page}");
        web.state.stop.stop();
        follower.await.unwrap();
    }
}
