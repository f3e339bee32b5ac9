//! Serves the style guide with an invented session: `cargo run -p web --example styleguide -- 127.0.0.1:8099`.

use std::sync::Arc;

use axum::{Router, extract::Request, middleware, response::Response};
use kernel::text;
use web::{
    assets,
    frame::{Frame, Reading},
    i18n::Locale,
    menu::{Menu, MenuEntry},
    page, styleguide,
};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8099".into());
    let menu = Menu::new(vec![
        MenuEntry::new("home", text!("总览"), "layout-dashboard", "/styleguide", 100),
        MenuEntry::new("elders", text!("老人档案"), "users", "/styleguide", 200),
        MenuEntry::new("orders", text!("服务工单"), "heart-handshake", "/styleguide", 300),
    ]);
    let router: Router = styleguide::router()
        .merge(assets::routes())
        .layer(middleware::from_fn_with_state(Arc::new(menu), page::render))
        .layer(middleware::from_fn(invent));
    axum::serve(tokio::net::TcpListener::bind(address).await?, router).await
}

/// A session out of thin air: `?lang=en`, `?reading=standard`, `?signed-out`.
async fn invent(request: Request, next: middleware::Next) -> Response {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let mut frame = Frame::sample(if query.contains("lang=en") { Locale::En } else { Locale::Zh });
    let reading = query.split('&').find_map(|pair| Reading::of(pair.strip_prefix("reading=")?));
    frame.reading = reading.unwrap_or_default();
    frame.sitting = frame.sitting.filter(|_| !query.contains("signed-out"));
    let mut request = request;
    request.extensions_mut().insert(frame);
    let mut response = next.run(request).await;
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'";
    response.headers_mut().insert("content-security-policy", axum::http::HeaderValue::from_static(policy));
    response
}
