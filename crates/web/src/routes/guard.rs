//! The gate before each handler.

use axum::{
    extract::{DefaultBodyLimit, Request},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Redirect, Response},
};
use kernel::{Common, Failure};
use tower::{Layer as _, ServiceExt as _, service_fn};

use super::{Access, RouteRow, forgery, replay};
use crate::{
    accounts::Refusal,
    edge::{self, Client, Wish, body::Sender, closing, is_safe},
    server::household,
    session::{Barred, Session, Unreadable},
    state::AppState,
};

/// Lets a request through to its handler, or answers it.
pub(super) async fn pass(row: RouteRow, request: Request, next: Next) -> Response {
    let wish = Wish::of(&request);
    let Some(state) = request.extensions().get::<AppState>().cloned() else {
        return wish.refuse(Failure::internal("a route is served without its state"));
    };
    if let Some(answer) = turned_away(&row, &state, &request, wish) {
        return answer;
    }
    if is_safe(request.method()) {
        return next.run(request).await;
    }
    let limits = state.body_limits();
    let limit = state.config.timeout + limits.reading(row.body, request.headers());
    let (request, meter) = match limits.received(row.body, sender(&state, &request), request).await {
        Ok(received) => received,
        Err(unreceived) => {
            let is_half = unreceived.is_half();
            let answer = wish.refuse(unreceived.refused().into());
            return if is_half { closing(answer) } else { answer };
        }
    };
    let work = async move {
        let answer = write(&row, &state, request, next).await.unwrap_or_else(|failure| wish.refuse(failure));
        // More of the body may be on its way, so the connection ends with the answer.
        meter.fault().map_or(answer, |fault| closing(wish.refuse(fault.refused().into())))
    };
    edge::apart(limit, wish, work).await
}

/// To whose share a half-sent request counts.
fn sender(state: &AppState, request: &Request) -> Sender {
    if let Some(session) = request.extensions().get::<Session>() {
        return Sender::Session(session.row.id);
    }
    let address = request.extensions().get::<Client>().map(|client| client.address);
    match address {
        Some(address) if !state.config.proxies.contains(&address) => Sender::Address(household(address)),
        _ => Sender::Proxy,
    }
}

async fn write(row: &RouteRow, state: &AppState, request: Request, next: Next) -> Result<Response, Failure> {
    let request = forgery::checked(row, state, request).await?;
    let handler = service_fn(move |request: Request| {
        let next = next.clone();
        async move { Ok::<_, std::convert::Infallible>(next.run(request).await) }
    });
    // Our own limit stands; axum's would cut uploads at 2 MB.
    let handler = DefaultBodyLimit::disable().layer(handler);
    let run = |request| async move {
        match handler.oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    };
    replay::once(row, state, request, run).await
}

/// The answer for those who may not use the route at all.
fn turned_away(row: &RouteRow, state: &AppState, request: &Request, wish: Wish) -> Option<Response> {
    if row.access == Access::Public {
        return None;
    }
    let Some(session) = request.extensions().get::<Session>() else {
        if let Some(Barred(refused)) = request.extensions().get::<Barred>() {
            return Some(wish.refuse(refused.clone().into()));
        }
        let unreadable = request.extensions().get::<Unreadable>().is_some();
        return Some(if unreadable { wish.refuse(Common::Unavailable.into()) } else { to_the_door(request, wish) });
    };
    if row.access != Access::Unfinished && session.is_unfinished(state.clock().now()) {
        let page = wish == Wish::Page && request.method() == Method::GET;
        return Some(if page {
            Redirect::to("/account").into_response()
        } else {
            wish.refuse(Refusal::Unfinished.into())
        });
    }
    match row.access {
        Access::Needs(action) => session.actor.may(action).err().map(|failure| wish.refuse(failure)),
        Access::Public | Access::Unfinished | Access::SignedIn => None,
    }
}

/// Nobody is signed in: a page that was asked for comes back after the sign-in; anything else is a 401.
fn to_the_door(request: &Request, wish: Wish) -> Response {
    if wish == Wish::Json || request.method() != Method::GET {
        return wish.refuse(Refusal::SignedOut.into());
    }
    let back = request.uri().path_and_query().map_or("/", |path| path.as_str());
    // Elders and families have no login: their way in is a one-use code.
    let in_portal = back.split(['/', '?']).nth(1) == Some("portal");
    let door = if in_portal { "/portal/enter".to_owned() } else { format!("/login?next={}", encoded(back)) };
    if request.headers().contains_key("hx-request") {
        // htmx would swap the sign-in into the piece it asked for; this makes it open the page.
        let mut response = StatusCode::UNAUTHORIZED.into_response();
        if let Ok(door) = HeaderValue::from_str(&door) {
            response.headers_mut().insert("hx-redirect", door);
        }
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        return response;
    }
    Redirect::to(&door).into_response()
}

/// A path as the value of a query.
fn encoded(path: &str) -> String {
    path.bytes().fold(String::new(), |mut text, byte| {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => text.push(char::from(byte)),
            _ => text.push_str(&format!("%{byte:02X}")),
        }
        text
    })
}
