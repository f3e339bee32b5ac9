//! Tokens of programs: made by an administrator, carried as Bearer, one grant, an end, a rate.

use std::sync::atomic::{AtomicU32, Ordering};

use axum::{
    body::Body,
    http::{Method, header},
};
use chrono::TimeDelta;
use kernel::Role;
use serde_json::json;
use store::{both, journal, testing::TestDb};
use web::{
    accounts::Kind,
    state::Config,
    testing::{Answer, TestWeb, grant},
};

async fn office(test: TestDb, config: Config) -> TestWeb {
    let web = TestWeb::with(test, vec![registry::module()], config, |state| state).await;
    web.account("admin", Kind::Staff, grant(Role::CountyAdmin, "411002")).await;
    web.account("next", Kind::Staff, grant(Role::CountyAdmin, "411003")).await;
    web.account("clerk", Kind::Staff, grant(Role::CountyClerk, "411002")).await;
    web
}

const FIELDS: [(&str, &str); 4] = [("name", "省厅数据交换"), ("role", "county_clerk"), ("place", ""), ("days", "90")];

/// Makes a token on the page; the secret.
async fn made(web: &TestWeb) -> String {
    static FORMS: AtomicU32 = AtomicU32::new(0);
    let form = format!("token-{}", FORMS.fetch_add(1, Ordering::Relaxed));
    let page = web.as_("admin").await.post_again("/tokens", &FIELDS, &form).await;
    assert_eq!((page.status, page.headers["cache-control"].to_str().unwrap()), (200, "no-store"), "{}", page.text());
    let text = page.text();
    let rest = text.split_once(r#"id="token""#).unwrap().1;
    rest.split_once('>').unwrap().1.split_once('<').unwrap().0.to_owned()
}

async fn ask(web: &TestWeb, method: Method, path: &str, secret: &str) -> Answer {
    let mut browser = web.browser();
    let request = browser.request(method, path).header(header::AUTHORIZATION, format!("Bearer {secret}"));
    let request = request.header(header::CONTENT_TYPE, "application/json").header("idempotency-key", "k");
    browser.send(request.body(Body::from("{}"))).await
}

async fn get(web: &TestWeb, path: &str, secret: &str) -> u16 {
    ask(web, Method::GET, path, secret).await.status
}

fn code(answer: &Answer) -> String {
    answer.json()["code"].as_str().unwrap_or_default().to_owned()
}

both! {
    async fn a_token_acts_under_its_one_grant_on_the_json_api_only(test: TestDb) {
        let web = office(test, Config::default()).await;
        let secret = made(&web).await;
        assert!(secret.starts_with("sangyu_") && secret.len() == 50);
        assert_eq!(get(&web, "/api/v1/elders", &secret).await, 200);
        assert_eq!(get(&web, "/api/v1/accounts", &secret).await, 403);
        let written = ask(&web, Method::POST, "/api/v1/organisations", &secret).await;
        assert_eq!(written.status, 403, "no page of ours is needed for a write, a right is");
        let mut browser = web.browser();
        let page = browser.request(Method::GET, "/elders").header(header::AUTHORIZATION, format!("Bearer {secret}"));
        let page = browser.send(page.body(Body::empty())).await;
        assert_eq!((page.status, page.location()), (303, "/login?next=/elders"), "pages are for people");
        let mut clerk = web.as_("clerk").await;
        let wrong = clerk.request(Method::GET, "/api/v1/elders").header(header::AUTHORIZATION, "Bearer sangyu_nothing");
        let wrong = clerk.send(wrong.body(Body::empty())).await;
        assert_eq!((wrong.status, code(&wrong)), (401, "token.wrong".into()), "a cookie beside it does not count");
    }

    async fn a_token_ends_by_time_and_by_revocation_and_is_stored_as_a_hash(test: TestDb) {
        let web = office(test, Config::default()).await;
        let (secret, other) = (made(&web).await, made(&web).await);
        let mut admin = web.as_("admin").await;
        let sheet = admin.get("/tokens/export").await;
        assert!(sheet.status == 200 && sheet.body.starts_with(b"PK"), "{}", sheet.text());
        let listed = admin.get("/api/v1/tokens").await;
        assert!(!listed.text().contains(&secret) && listed.json().as_array().unwrap().len() == 2);
        assert_eq!(get(&web, "/api/v1/elders", &secret).await, 200);
        let used = admin.get("/api/v1/tokens").await.json();
        assert_eq!(used.as_array().unwrap().iter().filter(|token| !token["used_at"].is_null()).count(), 1);
        let first = used.as_array().unwrap().iter().find(|token| !token["used_at"].is_null()).unwrap()["id"].as_str().unwrap();
        let path = format!("/api/v1/tokens/{first}/revoke");
        let mut next = web.as_("next").await;
        assert_eq!(next.post_json(&path, &json!({})).await.status, 404, "another county's");
        assert!(!next.get("/tokens").await.text().contains("省厅数据交换"));
        assert_eq!(admin.post_json(&path, &json!({})).await.status, 200);
        assert_eq!(get(&web, "/api/v1/elders", &secret).await, 401);
        assert_eq!(code(&admin.post_json(&path, &json!({})).await), "raced");
        assert_eq!(get(&web, "/api/v1/elders", &other).await, 200);
        web.test.clock.advance(TimeDelta::days(90));
        assert_eq!(get(&web, "/api/v1/elders", &other).await, 401);
        let id = uuid::Uuid::parse_str(first).unwrap();
        let told = journal::history(&web.test.db, kernel::Home::new(411_002).unwrap(), id).await.unwrap();
        assert_eq!(told.iter().map(|entry| entry.kind.as_str()).collect::<Vec<_>>(), ["token.made", "token.revoked"]);
        assert!(web.as_("admin").await.get("/tokens").await.text().contains("已作废"));
    }

    async fn a_token_that_asks_too_often_is_told_to_wait(test: TestDb) {
        let web = office(test, Config { token_rate: 3, ..Config::default() }).await;
        let secret = made(&web).await;
        for _ in 0..3 {
            assert_eq!(get(&web, "/api/v1/elders", &secret).await, 200);
        }
        let refused = ask(&web, Method::GET, "/api/v1/elders", &secret).await;
        assert_eq!((refused.status, code(&refused)), (429, "token.too_often".into()));
        web.test.clock.advance(TimeDelta::minutes(1));
        assert_eq!(get(&web, "/api/v1/elders", &secret).await, 200);
    }

    async fn only_an_administrator_makes_tokens_and_only_with_roles_to_give(test: TestDb) {
        let web = office(test, Config::default()).await;
        assert_eq!(web.as_("clerk").await.post("/tokens", &FIELDS).await.status, 403);
        let mut admin = web.as_("admin").await;
        for (field, value, said) in [
            ("role", "county_admin", "不由您来开"), ("name", " ", "给什么系统用"), ("days", "9999", "请选择有效期"), ("place", "411003", "管理范围之内"),
        ] {
            let fields: Vec<_> = FIELDS.into_iter().map(|(name, old)| (name, if name == field { value } else { old })).collect();
            let refused = admin.post("/tokens", &fields).await;
            assert!(refused.status == 422 && refused.text().contains(said), "{field}: {}", refused.text());
        }
    }
}
