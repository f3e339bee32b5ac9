//! Tests of [`super`]: what browsers and htmx get.

use axum::{Extension, Router, body::to_bytes, routing::get};
use kernel::{Common, text};
use tower::ServiceExt;

use super::*;
use crate::filters;

#[derive(Template)]
#[template(source = r#"<p>{{ "菜单"|t }}</p>"#, ext = "html")]
struct Hello;

impl View for Hello {
    fn head(&self) -> Head {
        Head::new(text!("总览")).menu("home")
    }
}

impl Samples for Hello {
    fn samples() -> Vec<Self> {
        vec![Self]
    }
}

async fn hello() -> PageResult<Hello> {
    Ok(Page(Hello))
}

async fn hidden() -> PageResult<Hello> {
    Err(Failure::from(Common::NotFound).into())
}

async fn broken() -> PageResult<Hello> {
    Err(Failure::internal("the disk is on fire").into())
}

async fn answer(path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, String) {
    let routes = Router::new()
        .route("/", get(hello))
        .route("/hidden", get(hidden))
        .route("/broken", get(broken))
        .route("/piece", get(async || Fragment(Hello)))
        .layer(axum::middleware::from_fn_with_state(Arc::new(Menu::default()), render))
        .layer(Extension(Frame::sample(Locale::En)));
    let request = headers.iter().fold(Request::get(path).header("accept", "text/html"), |r, (k, v)| r.header(*k, *v));
    let response = routes.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, headers, String::from_utf8(body.to_vec()).unwrap())
}

#[test]
fn a_page_holds_what_every_page_must_hold() {
    check_all::<Hello>();
}

#[tokio::test]
async fn a_browser_gets_the_page_in_its_shell_and_nothing_keeps_it() {
    let (status, headers, html) = answer("/", &[]).await;
    assert_eq!(status, StatusCode::OK);
    assert!(html.starts_with("<!doctype html><html lang=\"en\">"));
    assert!(html.contains("<p>Menu</p>"));
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(headers["content-type"], "text/html; charset=utf-8");
}

#[tokio::test]
async fn htmx_gets_the_inner_part_but_a_boosted_link_the_whole_page() {
    let (_, _, inner) = answer("/", &[("hx-request", "true")]).await;
    assert!(inner.starts_with("<title>Overview · Sangyu</title><header class=\"head\">"), "{inner}");
    let (_, _, whole) = answer("/", &[("hx-request", "true"), ("hx-boosted", "true")]).await;
    assert!(whole.starts_with("<!doctype html>"));
}

#[tokio::test]
async fn a_fragment_is_only_itself() {
    assert_eq!(answer("/piece", &[]).await.2, "<p>Menu</p>");
}

#[tokio::test]
async fn a_refusal_is_a_page_for_browsers_and_a_line_for_htmx() {
    let (status, _, html) = answer("/hidden", &[]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(html.contains("data-way-out"));
    let (status, headers, line) = answer("/hidden", &[("hx-request", "true")]).await;
    assert_eq!((status, headers["hx-retarget"].to_str().unwrap()), (StatusCode::NOT_FOUND, "#toasts"));
    assert!(line.starts_with("<div class=\"toast-line bad\" role=\"alert\">"));
}

#[tokio::test]
async fn a_fault_shows_the_request_id_and_never_its_cause() {
    let (status, _, html) = answer("/broken", &[]).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(html.contains("01j9sample") && !html.contains("fire"));
}

#[tokio::test]
async fn an_address_that_no_route_knows_is_a_page_too() {
    let (status, _, html) = answer("/nowhere", &[]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(html.contains("<h1"));
}
