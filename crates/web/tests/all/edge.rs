//! What surrounds every route.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{Response, StatusCode},
    routing::{get, post},
};
use kernel::{Clock, Common, FieldRefusal, Ids, ManualClock, Refused, text};
use tower::ServiceExt as _;
use web::{
    base_map::BaseMap,
    edge::{ApiResult, Edge, Hourly, content_security_policy},
    metrics::Metrics,
    server::Arrival,
};

fn edge() -> Edge {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at("2026-11-21T02:00:00Z".parse().unwrap()));
    let (ids, metrics) = (Arc::new(Ids::seeded(1)), Metrics::new().unwrap());
    Edge {
        clock,
        ids,
        metrics,
        proxies: Vec::new(),
        unlisted: Hourly::default(),
        timeout: Duration::from_millis(100),
        node: "许宁市".into(),
        policy: content_security_policy(None),
    }
}

fn app(edge: Edge) -> Router {
    let routes = Router::new()
        .route("/", get(|| async { "好" }))
        .route("/api/v1/panic", get(panics).post(panics))
        .route("/api/v1/slow", get(|| async { std::future::pending::<()>().await }))
        .route("/api/v1/fault", get(fault))
        .route("/api/v1/raced", get(|| async { ApiResult::<()>::Err(Common::Raced.into()) }))
        .route("/api/v1/wrong", get(wrong))
        .route("/api/v1/echo", post(|body: axum::Json<serde_json::Value>| async { body }));
    let inside = edge.inside(routes);
    edge.outside(inside)
}

async fn panics() {
    panic!("on purpose");
}

async fn fault() -> ApiResult<()> {
    "x".parse::<i32>()?;
    Ok(())
}

async fn wrong() -> ApiResult<()> {
    Err(Refused::invalid(vec![FieldRefusal { field: "phone", text: text!("手机号要 11 位") }]).into())
}

fn a_get(path: &str) -> Request {
    Request::get(path).body(Body::empty()).unwrap()
}

async fn problem(response: Response<Body>) -> serde_json::Value {
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    serde_json::from_slice(&to_bytes(response.into_body(), 10_000).await.unwrap()).unwrap()
}

#[tokio::test]
async fn pictures_of_a_base_map_may_be_loaded_where_one_is_set() {
    let map = BaseMap::new("https://t0.example.cn/{z}/{y}/{x}?tk=1", "审图号 GS(2026)1").unwrap();
    let edge = Edge { policy: content_security_policy(Some(&map)), ..edge() };
    let response = app(edge).oneshot(a_get("/")).await.unwrap();
    let policy = response.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("img-src 'self' data: blob: https://t0.example.cn; connect-src 'self'"), "{policy}");
    assert_eq!(policy.matches("example").count(), 1, "pictures alone");
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let mut request = a_get("/");
    request.extensions_mut().insert(Arrival { peer: "203.0.113.5".parse().unwrap(), tls: true, kept: false });
    let response = app(edge()).oneshot(request).await.unwrap();
    let mut lines: Vec<_> = response.headers().iter().map(|(n, v)| format!("{n}: {}", v.to_str().unwrap())).collect();
    lines.sort();
    insta::assert_snapshot!(lines.join("\n"), @r"
    cache-control: no-store
    content-length: 3
    content-security-policy: default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; worker-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'
    content-type: text/plain; charset=utf-8
    cross-origin-opener-policy: same-origin
    cross-origin-resource-policy: same-origin
    permissions-policy: camera=(self), geolocation=(self), microphone=(), payment=(), usb=()
    referrer-policy: same-origin
    strict-transport-security: max-age=63072000; includeSubDomains
    x-content-type-options: nosniff
    x-frame-options: DENY
    x-request-id: memdbu3edjupsstj
    ");
}

#[tokio::test]
async fn strict_transport_is_told_over_tls_only() {
    let response = app(edge()).oneshot(a_get("/")).await.unwrap();
    assert!(!response.headers().contains_key("strict-transport-security"));
}

#[tokio::test]
async fn a_refusal_is_a_problem_with_its_code_in_the_language_asked_for() {
    let response = app(edge()).oneshot(a_get("/api/v1/raced")).await.unwrap();
    assert_eq!(response.status(), StatusCode::CONFLICT);
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let body = problem(response).await;
    assert_eq!(body["code"], "raced");
    assert_eq!(body["title"], "刚刚有别人改过，请刷新后再试");
    assert_eq!(body["type"], "urn:sangyu:problem:raced");
    assert_eq!(body["request_id"], id);
}

#[tokio::test]
async fn wrong_inputs_are_named_field_by_field() {
    let response = app(edge()).oneshot(a_get("/api/v1/wrong")).await.unwrap();
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let errors = &problem(response).await["errors"];
    assert_eq!(errors, &serde_json::json!([{ "field": "phone", "detail": "手机号要 11 位" }]));
}

#[tokio::test]
async fn a_fault_or_a_panic_tells_nothing_but_the_request_id() {
    for request in
        [a_get("/api/v1/fault"), a_get("/api/v1/panic"), Request::post("/api/v1/panic").body(Body::empty()).unwrap()]
    {
        let response = app(edge()).oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = problem(response).await;
        assert_eq!(body["code"], "internal");
        assert_eq!(body["title"], "系统出错了，刚才的操作没有完成");
        assert!(!body.to_string().contains("digit") && !body.to_string().contains("purpose"), "{body}");
    }
}

#[tokio::test]
async fn what_the_router_or_an_extractor_refuses_is_a_problem_too() {
    let not_json =
        Request::post("/api/v1/echo").header("content-type", "application/json").body(Body::from("{")).unwrap();
    for (request, status, code) in [
        (a_get("/api/v1/nothing"), StatusCode::NOT_FOUND, "not_found"),
        (a_get("/api/v1/echo"), StatusCode::METHOD_NOT_ALLOWED, "wrong_method"),
        (not_json, StatusCode::BAD_REQUEST, "unreadable"),
    ] {
        let response = app(edge()).oneshot(request).await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(problem(response).await["code"], code);
    }
}

/// Whoever accepts packed answers can unpack each, also those that are made beside the handlers.
#[tokio::test]
async fn no_answer_says_that_it_is_packed_when_it_is_not() {
    let not_json = || Request::post("/api/v1/echo").header("content-type", "application/json").body(Body::from("{"));
    let wrong_kind = || Request::post("/api/v1/echo").header("content-type", "text/plain").body(Body::from("{}"));
    let post = |path: &str| Request::post(path).body(Body::empty());
    let gets = ["/", "/api/v1/nothing", "/api/v1/echo", "/api/v1/raced", "/api/v1/wrong", "/api/v1/fault"].map(a_get);
    let others = [not_json(), wrong_kind(), post("/api/v1/panic"), post("/api/v1/raced")].map(Result::unwrap);
    for mut request in gets.into_iter().chain(others).chain(["/api/v1/slow", "/x?q=%00"].map(a_get)) {
        request.headers_mut().insert("accept-encoding", "gzip, deflate, br".parse().unwrap());
        let what = format!("{} {}", request.method(), request.uri());
        let response = app(edge()).oneshot(request).await.unwrap();
        let packed = response.headers().get("content-encoding").is_some_and(|encoding| encoding == "gzip");
        let length = response.headers().get("content-length").map(|length| length.to_str().unwrap().to_owned());
        let body = to_bytes(response.into_body(), 100_000).await.unwrap();
        assert_eq!(packed, body.starts_with(&[0x1f, 0x8b]), "{what}");
        assert!(length.is_none_or(|length| length == body.len().to_string()), "{what}");
    }
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_answered_503() {
    let response = app(edge()).oneshot(a_get("/api/v1/slow")).await.unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn requests_are_counted_by_route_never_by_address() {
    let edge = edge();
    let metrics = edge.metrics.clone();
    let app = app(edge);
    for path in ["/", "/api/v1/raced", "/elders/411002-secret"] {
        app.clone().oneshot(a_get(path)).await.unwrap();
    }
    let text = metrics.text().unwrap();
    assert!(text.contains(r#"{method="GET",route="/api/v1/raced",status="409"} 1"#), "{text}");
    assert!(text.contains(r#"{method="GET",route="none",status="404"} 1"#), "{text}");
    assert!(!text.contains("secret"));
}
