//! The rooms put together: the table of routes, the description of the API, the schema's classes.

use std::collections::BTreeSet;

use store::both;
use web::{routes::Access, testing::TestWeb};

both! {
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
        let paths: BTreeSet<_> = described["paths"].as_object().unwrap().keys().cloned().collect();
        let served = web.house.rows.iter().map(|row| row.path).filter(|path| path.starts_with("/api/"));
        let served: BTreeSet<_> = served.filter(|path| !path.ends_with("openapi.json")).map(str::to_owned).collect();
        assert_eq!(paths, served);
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
}
