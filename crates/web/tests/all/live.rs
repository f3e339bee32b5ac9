//! Live streams: what they tell, to whom, and when they end.

use std::time::Duration;

use axum::{body::Body, http::Method, response::Response};
use futures::StreamExt as _;
use kernel::{Actor, Event, Facts, Key, Region, Role};
use serde::Serialize;
use store::{Lane, both};
use uuid::Uuid;
use web::{
    accounts::Kind,
    testing::{Browser, TestWeb, grant},
};

const SOON: Duration = Duration::from_secs(30);

#[derive(Serialize)]
struct Placed {}

impl Facts for Placed {
    const KIND: &'static str = "order.placed";
}

#[derive(Serialize)]
struct Served {}

impl Facts for Served {
    const KIND: &'static str = "meal.served";
}

async fn happens(db: &store::Db, place: &str, facts: &impl Facts) {
    let place: Region = place.parse().unwrap();
    let tester = Actor::cli("tester");
    let write = db.write(Lane::Interactive, &tester, async |tx| {
        tx.journal(Event::new(Key::<Placed>::new(place.home().unwrap(), Uuid::from_u128(1)), place, facts)?);
        Ok(())
    });
    write.await.unwrap();
}

async fn stream(browser: &mut Browser) -> Response {
    let request = browser.request(Method::GET, "/live").body(Body::empty());
    browser.open(request).await
}

/// Reads until the stream has said this; all it said so far. None when it ended before.
async fn until(
    stream: &mut (impl futures::Stream<Item = Result<bytes::Bytes, axum::Error>> + Unpin),
    said: &str,
) -> Option<String> {
    let mut all = String::new();
    while !all.contains(said) {
        let chunk = tokio::time::timeout(SOON, stream.next()).await.expect("the stream says nothing")?;
        all.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
    }
    Some(all)
}

both! {
    async fn a_change_in_scope_is_told_as_its_topic_and_nothing_else(test: TestDb) {
        let web = TestWeb::open(test, Vec::new()).await;
        web.account("clerk", Kind::Staff, grant(Role::CountyClerk, "411002")).await;
        let response = stream(&mut web.as_("clerk").await).await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut body = response.into_body().into_data_stream();
        happens(&web.test.db, "411003001001", &Served {}).await;
        happens(&web.test.second().await, "411002001001", &Placed {}).await;
        let said = until(&mut body, "data: order\n").await.unwrap();
        assert!(!said.contains("meal") && !said.contains("4110"), "{said}");
    }

    async fn a_stream_ends_when_its_session_does(test: TestDb) {
        let web = TestWeb::open(test, Vec::new()).await;
        web.account("clerk", Kind::Staff, grant(Role::CountyClerk, "411002")).await;
        let mut browser = web.as_("clerk").await;
        let mut body = stream(&mut browser).await.into_body().into_data_stream();
        browser.post("/logout", &[]).await;
        until(&mut body, "event: end\n").await.unwrap();
        assert!(tokio::time::timeout(SOON, body.next()).await.unwrap().is_none_or(|last| last.unwrap() == "\n\n"));
    }

    async fn a_stream_ends_with_the_process_and_a_session_holds_only_so_many(test: TestDb) {
        let web = TestWeb::open(test, Vec::new()).await;
        web.account("clerk", Kind::Staff, grant(Role::CountyClerk, "411002")).await;
        let mut browser = web.as_("clerk").await;
        let mut held = Vec::new();
        for _ in 0..web.state.config.streams {
            held.push(stream(&mut browser).await);
        }
        assert_eq!(stream(&mut browser).await.status(), 429);
        drop(held.pop());
        let mut last = stream(&mut browser).await.into_body().into_data_stream();
        web.state.stop.stop();
        until(&mut last, "event: end\n").await.unwrap();
    }

    async fn nobody_listens_without_a_session(test: TestDb) {
        let web = TestWeb::open(test, Vec::new()).await;
        assert_eq!(stream(&mut web.browser()).await.status(), 303);
    }
}
