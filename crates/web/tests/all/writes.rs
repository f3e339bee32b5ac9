//! What every write needs: a right, an origin, a token, a size; and that it takes effect once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use axum::{
    Json,
    body::{Body, Bytes},
    extract::{Multipart, State},
    http::Method,
    response::Redirect,
};
use kernel::{Action, Actor, Common, Event, Facts, Home, Key, Region, Role};
use serde_json::json;
use store::{
    Db, Lane, both, journal,
    sea_orm::{ConnectionTrait, Statement},
    testing::TestDb,
};
use tokio::sync::Notify;
use web::{
    accounts::Kind,
    edge::ApiResult,
    module::Module,
    page::ErrorPage,
    routes::{Access, Routes},
    state::{AppState, Config},
    testing::{TestWeb, grant},
};

#[derive(Debug, Default)]
struct Done(AtomicU32);

impl Done {
    fn once_more(&self) -> u32 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }
}

#[derive(Debug, serde::Serialize)]
struct Placed {}

impl Facts for Placed {
    const KIND: &'static str = "order.placed";
}

/// Places an order; how many there are now.
async fn placed(state: &AppState) -> kernel::Result<i64> {
    let (place, home): (Region, Home) = ("411081".parse()?, Home::new(411_081)?);
    let room = Actor::system("room");
    let write = state.db.write(Lane::Interactive, &room, async |tx| {
        tx.journal(Event::new(Key::<Placed>::new(home, tx.uuid()), place, &Placed {})?);
        Ok(())
    });
    write.await?;
    orders(&state.db).await
}

async fn orders(db: &Db) -> kernel::Result<i64> {
    Ok(journal::heads(db).await?.iter().find(|head| head.home.number() == 411_081).map_or(0, |head| head.seq))
}

async fn place(State(state): State<AppState>) -> Result<Redirect, ErrorPage> {
    let number = placed(&state).await?;
    Ok(Redirect::to(&format!("/orders/{number}")))
}

/// Places an order and fails afterwards.
async fn stumble(State(state): State<AppState>) -> Result<Redirect, ErrorPage> {
    placed(&state).await?;
    Err(kernel::Failure::internal("it stumbled").into())
}

/// Notes the attempt and refuses.
async fn noted(State(state): State<AppState>) -> Result<Redirect, ErrorPage> {
    placed(&state).await?;
    Err(kernel::Failure::from(Common::NotAllowed).into())
}

async fn refuse(State(state): State<AppState>) -> Result<Redirect, ErrorPage> {
    let number = state.room::<Done>()?.once_more();
    if number == 1 { Err(kernel::Failure::from(Common::Raced).into()) } else { Ok(Redirect::to("/")) }
}

async fn place_json(
    State(state): State<AppState>,
    body: Json<serde_json::Value>,
) -> ApiResult<Json<serde_json::Value>> {
    let number = placed(&state).await?;
    Ok(Json(json!({ "number": number, "item": body["item"] })))
}

/// Reads all parts and forgets to look at its reading errors.
async fn careless(State(state): State<AppState>, mut parts: Multipart) -> ApiResult<String> {
    let mut bytes = 0;
    while let Ok(Some(part)) = parts.next_field().await {
        let is_file = part.file_name().is_some();
        bytes += part.bytes().await.unwrap_or_default().len() * usize::from(is_file);
    }
    state.room::<Done>()?.once_more();
    Ok(bytes.to_string())
}

async fn whole(body: Bytes) -> String {
    body.len().to_string()
}

#[derive(Debug, Default)]
struct Slow {
    begun: Notify,
    go_on: Notify,
    done: Notify,
}

async fn slow(State(state): State<AppState>) -> ApiResult<()> {
    let slow = state.room::<Slow>()?;
    slow.begun.notify_one();
    slow.go_on.notified().await;
    slow.done.notify_one();
    Ok(())
}

fn room() -> Module {
    let routes = Routes::new("room")
        .post("/orders", Action::PlaceOrder, place)
        .post("/raced", Access::SignedIn, refuse)
        .post("/stumble", Access::SignedIn, stumble)
        .post("/noted", Access::SignedIn, noted)
        .post("/api/v1/orders", Action::PlaceOrder, place_json)
        .upload("/files", Access::SignedIn, 4_000_000, careless)
        .post("/text", Access::SignedIn, whole)
        .post("/slow", Access::SignedIn, slow)
        .commands("/api/v1/queue", Access::SignedIn, 1_000_000, whole);
    Module { routes, ..Module::new("room") }
}

/// Everything that is kept of answers, as bytes that anybody with the database reads.
async fn kept_bodies(db: &Db) -> Vec<u8> {
    let all = Statement::from_string(db.get_database_backend(), "SELECT body FROM replays WHERE body IS NOT NULL");
    let rows = db.query_all_raw(all).await.unwrap();
    rows.iter().flat_map(|row| row.try_get_by_index::<Vec<u8>>(0).unwrap()).collect()
}

async fn open(test: TestDb) -> (TestWeb, Arc<Done>) {
    let web =
        TestWeb::with(test, vec![room()], Config::default(), |state| state.with(Done::default()).with(Slow::default()))
            .await;
    web.account("agent", Kind::Staff, grant(Role::CallAgent, "4110")).await;
    web.account("clerk", Kind::Staff, grant(Role::Dispatcher, "4110")).await;
    let done = web.state.room::<Done>().unwrap();
    (web, done)
}

both! {
    async fn a_role_without_the_action_is_refused_and_nobody_is_sent_to_the_door(test: TestDb) {
        let (web, _) = open(test).await;
        assert_eq!(web.as_("clerk").await.post("/orders", &[]).await.status, 403);
        assert_eq!(web.as_("clerk").await.post_json("/api/v1/orders", &json!({})).await.json()["code"], "not_allowed");
        assert_eq!(web.browser().post("/orders", &[]).await.status, 401);
        assert_eq!(web.browser().post_json("/api/v1/orders", &json!({})).await.json()["code"], "session.signed_out");
        assert_eq!(orders(&web.state.db).await.unwrap(), 0);
        assert_eq!(web.as_("agent").await.post("/orders", &[]).await.status, 303);
    }

    async fn a_write_without_token_or_from_a_foreign_page_is_refused(test: TestDb) {
        let (web, _) = open(test).await;
        let mut browser = web.as_("agent").await;
        for origin in ["https://evil.example", "null", "http://sangyu.test.evil.example"] {
            for row in web.house.rows.iter().filter(|row| row.method == Method::POST) {
                let mut request = browser.request(Method::POST, row.path);
                request.headers_mut().unwrap().insert("origin", origin.parse().unwrap());
                request.headers_mut().unwrap().insert("x-csrf-token", browser.csrf.clone().unwrap().parse().unwrap());
                assert_eq!(browser.send(request.body(Body::empty())).await.status, 403, "{} from {origin}", row.path);
            }
        }
        let token = browser.csrf.take();
        assert_eq!(browser.post("/orders", &[]).await.status, 403);
        assert_eq!(browser.post_json("/api/v1/orders", &json!({})).await.json()["code"], "session.stale_form");
        browser.csrf = Some("x".repeat(43));
        assert_eq!(browser.post("/orders", &[]).await.status, 403);
        assert_eq!(orders(&web.state.db).await.unwrap(), 0);
        browser.csrf = token;
        assert_eq!(browser.post("/orders", &[]).await.status, 303);
    }

    async fn a_form_posted_twice_gets_its_first_result(test: TestDb) {
        let (web, _) = open(test).await;
        let mut browser = web.as_("agent").await;
        let first = browser.post_again("/orders", &[("item", "bath")], "key-1").await;
        let second = browser.post_again("/orders", &[("item", "bath")], "key-1").await;
        assert_eq!((first.location(), second.location()), ("/orders/1", "/orders/1"));
        let changed = browser.post_again("/orders", &[("item", "meal")], "key-1").await;
        assert_eq!(changed.status, 409);
        assert!(changed.text().contains("这张表已经提交过"));
        assert_eq!(orders(&web.state.db).await.unwrap(), 1);
        assert_eq!(browser.post_again("/orders", &[("item", "bath")], "key-2").await.location(), "/orders/2");
    }

    async fn a_double_click_makes_one_order(test: TestDb) {
        let (web, _) = open(test).await;
        let mut one = web.as_("agent").await;
        let mut two = one.clone();
        let (first, second) =
            tokio::join!(one.post_again("/orders", &[], "key-1"), two.post_again("/orders", &[], "key-1"));
        assert_eq!((first.location(), second.location()), ("/orders/1", "/orders/1"));
        assert_eq!(orders(&web.state.db).await.unwrap(), 1);
    }

    async fn twenty_at_once_with_one_key_place_one_order_and_hear_the_same(test: TestDb) {
        let (web, _) = open(test).await;
        let browser = web.as_("agent").await;
        let body = json!({ "item": "助浴" });
        let all = (0..20).map(|_| {
            let (mut browser, body) = (browser.clone(), body.clone());
            async move { browser.post_json_again("/api/v1/orders", &body, "k").await }
        });
        for answer in futures::future::join_all(all).await {
            assert_eq!((answer.status, answer.json()), (200, json!({ "number": 1, "item": "助浴" })));
        }
        assert_eq!(orders(&web.state.db).await.unwrap(), 1);
    }

    async fn a_handler_that_fails_after_its_write_keeps_nothing_and_one_that_refuses_keeps_its_note(test: TestDb) {
        let (web, _) = open(test).await;
        let mut browser = web.as_("agent").await;
        assert_eq!(browser.post_again("/stumble", &[], "key-1").await.status, 500);
        assert_eq!(orders(&web.state.db).await.unwrap(), 0);
        assert_eq!(browser.post_again("/noted", &[], "key-1").await.status, 403);
        assert_eq!(orders(&web.state.db).await.unwrap(), 1);
    }

    async fn what_was_answered_stands_nowhere_in_clear(test: TestDb) {
        let (web, _) = open(test).await;
        let mut browser = web.as_("agent").await;
        browser.post_json_again("/api/v1/orders", &json!({ "item": "planted-411002194305120010" }), "k").await;
        let kept = kept_bodies(&web.state.db).await;
        assert!(!kept.is_empty());
        assert!(!kept.windows(7).any(|bytes| bytes == b"planted"));
    }

    async fn a_refused_form_may_be_posted_again(test: TestDb) {
        let (web, _) = open(test).await;
        let mut browser = web.as_("agent").await;
        assert_eq!(browser.post_again("/raced", &[], "key-1").await.status, 409);
        assert_eq!(browser.post_again("/raced", &[], "key-1").await.status, 303);
    }

    async fn a_json_write_needs_its_key_and_replays_its_answer(test: TestDb) {
        let (web, _) = open(test).await;
        let mut browser = web.as_("agent").await;
        assert_eq!(browser.post_json_again("/api/v1/orders", &json!({}), "").await.json()["code"], "idempotency.missing");
        let body = json!({ "item": "助浴" });
        let first = browser.post_json_again("/api/v1/orders", &body, "k").await;
        assert_eq!(first.json(), json!({ "number": 1, "item": "助浴" }));
        let second = browser.post_json_again("/api/v1/orders", &body, "k").await;
        assert_eq!((second.status, &second.body), (first.status, &first.body));
        assert_eq!(second.headers["idempotency-replayed"], "true");
        let other = browser.post_json_again("/api/v1/orders", &json!({ "item": "助餐" }), "k").await;
        assert_eq!((other.status, other.json()["code"].as_str()), (422, Some("idempotency.reused")));
        assert_eq!(orders(&web.state.db).await.unwrap(), 1);
        assert_eq!(browser.post_json("/api/v1/queue", &body).await.status, 200);
        assert_eq!(browser.post_json_again("/api/v1/queue", &body, "").await.status, 200, "they carry their own ids");
    }

    async fn a_write_goes_on_when_the_browser_leaves(test: TestDb) {
        let (web, _) = open(test).await;
        let (mut browser, slow) = (web.as_("agent").await, web.state.room::<Slow>().unwrap());
        let request = tokio::spawn(async move { browser.post("/slow", &[]).await });
        slow.begun.notified().await;
        request.abort();
        assert!(request.await.unwrap_err().is_cancelled());
        slow.go_on.notify_one();
        tokio::time::timeout(Duration::from_secs(20), slow.done.notified()).await.expect("the write was cut");
    }

    async fn a_body_over_the_limit_is_413_also_when_the_handler_is_careless(test: TestDb) {
        let (web, _) = open(test).await;
        let mut browser = web.as_("agent").await;
        let right = browser.upload("/files", &[], ("file", "a.bin", &vec![7; 3_000_000])).await;
        assert_eq!((right.status, right.text()), (200, "3000000".to_owned()));
        assert_eq!(browser.upload("/files", &[], ("file", "a.bin", &vec![7; 5_000_000])).await.status, 413);
        let long = "x".repeat(2_000_000);
        assert_eq!(browser.post("/text", &[("note", &long)]).await.status, 413);
        let chunks = futures::stream::iter((0..5).map(|_| Ok::<_, std::io::Error>(vec![b'x'; 1_000_000])));
        let token = browser.csrf.clone().unwrap();
        let unannounced = browser
            .request(Method::POST, "/files")
            .header("content-type", "multipart/form-data; boundary=cut")
            .header("x-csrf-token", token)
            .body(Body::from_stream(chunks));
        assert_eq!(browser.send(unannounced).await.status, 413);
    }
}
