//! A page is a struct with its template. The handler returns it in [`Page`] or [`Fragment`]; one middleware,
//! [`render`], renders it with language and shell, and turns every failure into a page with a way out.
//!
//! Browsers get the page in its door's shell. Requests of htmx get the page's inner part, from which they select; for
//! a failure they get a line that says what happened.

use std::sync::Arc;

use askama::{DynTemplate, Template, Values};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use kernel::{Failure, Refused};

pub use crate::check::all as check_all;
use crate::{frame::Frame, head::Head, i18n::Locale, menu::Menu, shell, way_out::Obstacle};

/// Which shell surrounds a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Door {
    /// Staff at a desk.
    #[default]
    Console,
    /// Elders and families.
    Portal,
    /// Those who go out.
    Phone,
    /// Before the session: sign-in, and failures without a session.
    Threshold,
}

/// A page: its template is what stands in `<main>` below the head.
pub trait View: Template + Send + Sync + 'static {
    /// Which shell.
    const DOOR: Door = Door::Console;

    /// Scripts that this page loads beside its door's own, by asset name.
    const SCRIPTS: &'static [&'static str] = &[];

    /// Title, way, scope and actions.
    fn head(&self) -> Head;
}

/// Invented contents of a page, as many as it has faces: full, empty, with faults. [`crate::check::all`] renders each.
pub trait Samples: Sized {
    /// At least one.
    fn samples() -> Vec<Self>;
}

/// A whole page as a handler's answer.
#[derive(Debug)]
pub struct Page<V>(pub V);

/// A piece of a page as a handler's answer: a row, a card, a panel that htmx swaps in.
#[derive(Debug)]
pub struct Fragment<T>(pub T);

/// What a page handler returns: `Ok(Page(..))`, or `?` on anything that fails with [`Failure`].
pub type PageResult<V> = Result<Page<V>, ErrorPage>;

/// What a fragment handler returns.
pub type FragmentResult<T> = Result<Fragment<T>, ErrorPage>;

/// A failure on its way to becoming a page.
#[derive(Debug)]
pub struct ErrorPage(pub Failure);

impl From<Failure> for ErrorPage {
    fn from(failure: Failure) -> Self {
        Self(failure)
    }
}

impl From<Refused> for ErrorPage {
    fn from(refused: Refused) -> Self {
        Self(refused.into())
    }
}

impl<V: View> Page<V> {
    /// The page of a form that was refused: 422, values kept.
    #[must_use]
    pub fn refused(self) -> (StatusCode, Self) {
        (StatusCode::UNPROCESSABLE_ENTITY, self)
    }

    /// The page of a form that was refused, with the status of the refusal.
    #[must_use]
    pub fn refused_as(self, refused: &Refused) -> (StatusCode, Self) {
        let status = StatusCode::from_u16(refused.verdict.status()).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
        (status, self)
    }
}

/// What [`render`] finds in a response.
#[derive(Clone)]
enum Unrendered {
    Page(Arc<dyn AnyView>),
    Fragment(Arc<dyn DynTemplate + Send + Sync>),
    Failure(Obstacle),
}

/// [`View`] without its type.
pub(crate) trait AnyView: Send + Sync {
    fn door(&self) -> Door;
    fn scripts(&self) -> &'static [&'static str];
    fn head(&self) -> Head;
    fn body(&self, values: &dyn Values) -> askama::Result<String>;
}

impl<V: View> AnyView for V {
    fn door(&self) -> Door {
        V::DOOR
    }

    fn scripts(&self) -> &'static [&'static str] {
        V::SCRIPTS
    }

    fn head(&self) -> Head {
        View::head(self)
    }

    fn body(&self, values: &dyn Values) -> askama::Result<String> {
        self.render_with_values(values)
    }
}

impl<V: View> IntoResponse for Page<V> {
    fn into_response(self) -> Response {
        unrendered(StatusCode::OK, Unrendered::Page(Arc::new(self.0)))
    }
}

impl<T: Template + Send + Sync + 'static> IntoResponse for Fragment<T> {
    fn into_response(self) -> Response {
        unrendered(StatusCode::OK, Unrendered::Fragment(Arc::new(self.0)))
    }
}

impl IntoResponse for ErrorPage {
    fn into_response(self) -> Response {
        let obstacle = match store::unavailable_if_away(self.0) {
            Failure::Refused(refused) => Obstacle::refused(&refused),
            Failure::Internal(fault) => {
                tracing::error!(fault = ?fault, "a page failed");
                Obstacle::of(StatusCode::INTERNAL_SERVER_ERROR)
            }
        };
        unrendered(obstacle.status, Unrendered::Failure(obstacle))
    }
}

fn unrendered(status: StatusCode, what: Unrendered) -> Response {
    let mut response = status.into_response();
    response.extensions_mut().insert(what);
    response
}

/// The values of one rendering: `locale`.
pub(crate) struct Now(pub(crate) Locale);

impl Values for Now {
    fn get_value<'a>(&'a self, key: &str) -> Option<&'a dyn std::any::Any> {
        (key == "locale").then_some(&self.0 as &dyn std::any::Any)
    }
}

/// How much of a page the asker wants.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wants {
    Whole,
    Inner,
}

impl Wants {
    fn of(headers: &HeaderMap) -> Self {
        let says = |name| headers.get(name).is_some_and(|value: &HeaderValue| value == "true");
        // A boosted link replaces the whole body, unless an element with an id is the target.
        let whole = says("hx-boosted") && !headers.contains_key("hx-target") || says("hx-history-restore-request");
        if says("hx-request") && !whole { Self::Inner } else { Self::Whole }
    }
}

/// The middleware that renders pages, fragments and failures. It stands inside the session layer, which puts a
/// [`Frame`] into the request, and around all routes that answer people:
/// `router.layer(axum::middleware::from_fn_with_state(Arc::new(menu), page::render))`.
pub async fn render(State(menu): State<Arc<Menu>>, request: Request, next: Next) -> Response {
    let frame = request.extensions().get::<Frame>().cloned().unwrap_or_default();
    let wants = Wants::of(request.headers());
    let for_people = accepts_html(request.headers(), request.uri().path());
    let mut response = next.run(request).await;
    let status = response.status();
    let what = match response.extensions_mut().remove::<Unrendered>() {
        Some(what) => what,
        None if for_people && is_bare_failure(&response) => Unrendered::Failure(Obstacle::of(status)),
        None => return response,
    };
    let (status, what, html) = match drawn(&what, &frame, &menu, wants) {
        Some(html) => (status, what, html),
        None => {
            let fault = StatusCode::INTERNAL_SERVER_ERROR;
            let what = Unrendered::Failure(Obstacle::of(fault));
            let html = drawn(&what, &frame, &menu, wants).unwrap_or_else(|| frame.request_id.clone());
            (fault, what, html)
        }
    };
    dress(response, status, html, &what, wants)
}

/// The markup, also when a template fails or panics; none then.
fn drawn(what: &Unrendered, frame: &Frame, menu: &Menu, wants: Wants) -> Option<String> {
    let drawing = std::panic::AssertUnwindSafe(|| draw(what, frame, menu, wants));
    match std::panic::catch_unwind(drawing) {
        Ok(Ok(html)) => return Some(html),
        Ok(Err(fault)) => tracing::error!(%fault, "a template failed"),
        Err(_) => tracing::error!("a template panicked"),
    }
    None
}

fn draw(what: &Unrendered, frame: &Frame, menu: &Menu, wants: Wants) -> askama::Result<String> {
    let values = Now(frame.locale);
    match (what, wants) {
        (Unrendered::Page(view), Wants::Whole) => shell::whole(view.as_ref(), frame, menu),
        (Unrendered::Page(view), Wants::Inner) => shell::inner(view.as_ref(), frame),
        (Unrendered::Fragment(piece), _) => piece.dyn_render_with_values(&values),
        (Unrendered::Failure(obstacle), Wants::Whole) => shell::whole(&obstacle.page(frame), frame, menu),
        (Unrendered::Failure(obstacle), Wants::Inner) => obstacle.line(frame).render_with_values(&values),
    }
}

/// Puts the markup into the handler's response, whose status and headers (cookies) stay.
fn dress(response: Response, status: StatusCode, html: String, what: &Unrendered, wants: Wants) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.status = status;
    let set = &mut parts.headers;
    set.remove(header::CONTENT_LENGTH);
    set.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    set.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    set.append(header::VARY, HeaderValue::from_static("hx-request, cookie, accept-language"));
    if let (Unrendered::Failure(_), Wants::Inner) = (what, wants) {
        set.insert("hx-retarget", HeaderValue::from_static("#toasts"));
        set.insert("hx-reswap", HeaderValue::from_static("beforeend"));
        // A page that takes its own part out of answers takes the whole of this one.
        set.insert("hx-reselect", HeaderValue::from_static("unset"));
    }
    Response::from_parts(parts, Body::from(html))
}

/// A failure that a router or extractor made by itself, with no words for people.
fn is_bare_failure(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    (response.status().is_client_error() || response.status().is_server_error())
        && kind.is_none_or(|kind| kind.starts_with("text/plain"))
}

fn accepts_html(headers: &HeaderMap, path: &str) -> bool {
    let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    let for_programs = path.starts_with("/api/") || path.starts_with("/assets/");
    !for_programs && accepts.is_some_and(|accept| accept.contains("text/html")) || headers.contains_key("hx-request")
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;
