//! The rooms put together: the table of routes, the description of the API, the schema's classes.

use chrono::TimeDelta;
use kernel::{Home, Key, Role, Scope};
use sea_orm::ConnectionTrait as _;
use store::{Db, Lane, both};
use uuid::Uuid;
use web::{
    accounts::Kind,
    head::Head,
    module::{Module, assemble},
    page::{Page, View},
    routes::{Access, FindVisible, Routes, Visible},
    testing::{Browser, TestWeb, grant},
};

/// A file that only its own county sees.
struct File(String);

impl FindVisible for File {
    async fn find_visible(_: &Db, scope: &Scope, key: Key<Self>) -> kernel::Result<Option<Self>> {
        let Scope::Place(range) = scope else { return Ok(None) };
        let county = kernel::Region::new(i64::from(key.home.number()) * 1_000_000)?;
        let visible = range.contains(county) && key.id == Uuid::from_u128(1);
        Ok(visible.then(|| Self(format!("file {}", key.home))))
    }
}

async fn show(Visible(file): Visible<File>) -> String {
    file.0
}

/// A page whose drawing panics.
#[derive(askama::Template)]
#[template(source = "{{ self.broken() }}", ext = "txt")]
struct Broken;

impl Broken {
    fn broken(&self) -> String {
        panic!("on purpose")
    }
}

impl View for Broken {
    fn head(&self) -> Head {
        Head::new(kernel::text!("登录"))
    }
}

both! {
    async fn a_page_that_panics_while_it_is_drawn_is_an_error_page(test: TestDb) {
        let routes = Routes::new("room").get("/broken", Access::Public, async || Page(Broken));
        let web = TestWeb::open(test, vec![Module { routes, ..Module::new("room") }]).await;
        let answer = web.browser().get("/broken").await;
        let id = answer.headers["x-request-id"].to_str().unwrap().to_owned();
        assert_eq!(answer.status, 500);
        assert!(answer.text().contains("系统出错了") && answer.text().contains(&id), "{}", answer.text());
    }

    async fn a_control_character_or_a_far_day_is_refused_wherever_it_comes_in(test: TestDb) {
        let echo = async |body: axum::Json<serde_json::Value>| body;
        let routes = Routes::new("room")
            .get("/list", Access::SignedIn, async || "")
            .post("/form", Access::SignedIn, async || "")
            .post("/api/v1/echo", Access::SignedIn, echo);
        let web = TestWeb::open(test, vec![Module { routes, ..Module::new("room") }]).await;
        web.account("clerk", Kind::Staff, grant(Role::CountyClerk, "411002")).await;
        let mut browser = web.as_("clerk").await;
        for address in ["/list?q=%00", "/list?q=a%1Fb", "/list?day=-262143-01-01", "/list?day=%2B262142-12-31"] {
            let page = browser.get(address).await;
            assert_eq!(page.status, 422, "{address}");
            assert!(page.text().contains("控制字符") || page.text().contains("1900 年到 2200 年"), "{}", page.text());
        }
        assert_eq!(browser.get("/files/%00").await.status, 422);
        assert_eq!(browser.post("/form", &[("note", "a\0b")]).await.status, 422);
        assert_eq!(browser.post("/form", &[("note", "a\r\n\tb"), ("day", "2026-11-30")]).await.status, 200);
        let echo = async |browser: &mut Browser, value| browser.post_json("/api/v1/echo", &value).await;
        let refused = echo(&mut browser, serde_json::json!({ "a": [{ "b": "x\u{0}" }] })).await;
        assert_eq!((refused.status, refused.json()["code"].as_str()), (422, Some("text.control")));
        let refused = echo(&mut browser, serde_json::json!({ "at": "-4714-11-24T00:00:00Z" })).await;
        assert_eq!((refused.status, refused.json()["code"].as_str()), (422, Some("date.out_of_range")));
        assert_eq!(echo(&mut browser, serde_json::json!({ "at": "2026-11-30T00:00:00Z" })).await.status, 200);
    }

    async fn a_row_out_of_scope_answers_exactly_as_one_that_does_not_exist(test: TestDb) {
        let routes = Routes::new("room").get("/files/{key}", Access::SignedIn, show);
        let web = TestWeb::open(test, vec![Module { routes, ..Module::new("room") }]).await;
        web.account("clerk", Kind::Staff, grant(Role::CountyClerk, "411002")).await;
        let mut browser = web.as_("clerk").await;
        let path = |home: i32, id: u128| {
            format!("/files/{}", Key::<File>::new(Home::new(home).unwrap(), Uuid::from_u128(id)))
        };
        assert_eq!(browser.get(&path(411_002, 1)).await.text(), "file 411002");
        let mut answers = Vec::new();
        for path in [path(411_003, 1), path(411_002, 2), "/files/rubbish".to_owned()] {
            let answer = browser.get(&path).await;
            let id = answer.headers["x-request-id"].to_str().unwrap().to_owned();
            let mut headers: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
            headers.sort();
            answers.push((answer.status, headers, answer.text().replace(&path, "…").replace(&id, "…")));
        }
        assert_eq!(answers[0].0, 404);
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[1], answers[2]);
    }

    async fn while_the_database_is_away_nobody_is_signed_out_but_told_to_wait(test: TestDb) {
        let web = TestWeb::open(test, Vec::new()).await;
        web.account("clerk", Kind::Staff, grant(Role::CountyClerk, "411002")).await;
        let mut browser = web.as_("clerk").await;
        let rename = async |from: &str, to: &str| {
            let tester = web.test.operator();
            let sql = format!("ALTER TABLE {from} RENAME TO {to}");
            let write = web.test.db.write(Lane::Interactive, &tester, async |tx| {
                tx.execute_unprepared(&sql).await?;
                Ok(())
            });
            write.await.unwrap();
        };
        rename("sessions", "away").await;
        assert_eq!(browser.get("/account").await.status, 503);
        assert_eq!(browser.get("/login").await.status, 200);
        rename("away", "sessions").await;
        assert_eq!(browser.get("/account").await.status, 200);
    }

    async fn housekeeping_counts_sessions_and_sweeps_those_that_are_over(test: TestDb) {
        let web = TestWeb::open(test, Vec::new()).await;
        web.account("clerk", Kind::Staff, grant(Role::CountyClerk, "411002")).await;
        web.as_("clerk").await;
        web::housekeeping::once(&web.state, true).await.unwrap();
        assert!(web.state.metrics.text().unwrap().contains("\nsangyu_sessions 1\n"));
        web.test.clock.advance(TimeDelta::hours(12));
        web::housekeeping::once(&web.state, true).await.unwrap();
        let text = web.state.metrics.text().unwrap();
        assert!(text.contains("\nsangyu_sessions 0\n") && text.contains("sangyu_writers_waiting{lane=\"bulk\"} 0"));
    }

    async fn the_health_page_tells_whether_people_can_work(test: TestDb) {
        let web = TestWeb::open(test, Vec::new()).await;
        assert_eq!(web.browser().get("/healthz").await.status, 200);
        web::housekeeping::once(&web.state, false).await.unwrap();
        let text = web.state.metrics.text().unwrap();
        assert!(text.contains(r#"sangyu_state{what="writes_halted"} 0"#), "{text}");
        assert!(text.contains(r#"sangyu_state{what="backup_age_seconds"} -1"#), "{text}");
        // A commit that nobody sees.
        let home = kernel::Home::new(411_002).unwrap();
        store::watchdog::hold(&web.state.db, store::watchdog::Witness { home, seq: 1 }).await;
        assert_eq!(web.browser().get("/healthz").await.status, 503);
        web::housekeeping::once(&web.state, false).await.unwrap();
        assert!(web.state.metrics.text().unwrap().contains(r#"sangyu_state{what="writes_halted"} 1"#));
    }

    async fn every_answer_of_every_route_carries_the_policy(test: TestDb) {
        let web = TestWeb::open(test, Vec::new()).await;
        let mut browser = web.browser();
        for row in &web.house.rows {
            let request = browser.request(row.method.clone(), row.path).body(axum::body::Body::empty());
            let answer = browser.open(request).await;
            for header in ["content-security-policy", "x-content-type-options", "x-request-id", "cache-control"] {
                assert!(answer.headers().contains_key(header), "{} {} lacks {header}", row.method, row.path);
            }
        }
    }

    async fn nobody_gets_into_a_route_that_is_not_public(test: TestDb) {
        let web = TestWeb::open(test, Vec::new()).await;
        for row in web.house.rows.iter().filter(|row| row.access != Access::Public) {
            let mut browser = web.browser();
            let request = browser.request(row.method.clone(), row.path).body(axum::body::Body::empty());
            let answer = browser.send(request).await;
            let sent_away = answer.status == 401 || answer.location().starts_with("/login");
            assert!(sent_away, "{} {}: {}", row.method, row.path, answer.status);
        }
    }

    async fn the_api_describes_exactly_its_routes(test: TestDb) {
        let web = TestWeb::open(test, Vec::new()).await;
        let described = web.browser().get("/api/v1/openapi.json").await.json();
        assert_eq!(described["openapi"], "3.1.0");
        assert_eq!(web.house.undescribed(), Vec::<String>::new());
        let silent = Routes::new("room").get("/api/v1/silent", Access::SignedIn, async || "");
        let house = assemble(vec![Module { routes: silent, ..Module::new("room") }], &web.state).unwrap();
        assert_eq!(house.undescribed(), ["/api/v1/silent"]);
    }

    async fn the_language_is_kept_and_an_error_page_speaks_it(test: TestDb) {
        let web = TestWeb::open(test, Vec::new()).await;
        let mut browser = web.browser();
        let chosen = browser.post("/language", &[("to", "en"), ("back", "/login")]).await;
        assert_eq!((chosen.status, chosen.location()), (303, "/login"));
        let page = browser.get("/nowhere").await;
        assert_eq!(page.status, 404);
        assert!(page.text().contains("<html lang=\"en\""), "{}", page.text());
        assert!(browser.get("/login").await.text().contains("<html lang=\"en\""));
    }

    async fn the_files_that_a_page_names_are_served_to_everybody(test: TestDb) {
        let web = TestWeb::open(test, Vec::new()).await;
        let page = web.browser().get("/login").await.text();
        let files: Vec<_> = page.split('"').filter(|part| part.starts_with("/assets/") && !part.contains('#')).collect();
        assert!(files.len() >= 3, "{files:?}");
        for file in files {
            let answer = web.browser().get(file).await;
            assert_eq!(answer.status, 200, "{file}: {}", answer.text());
        }
    }
}
