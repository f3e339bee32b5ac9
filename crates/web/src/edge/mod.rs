//! What surrounds every route: a request id, the client's address, the frame of the page, a time limit, the security
//! headers, the metrics, one log line, and an answer also after a panic.
//!
//! ```text
//! packing → outside (id, client, frame, headers, metrics, log) → session → page::render → inside (time, panic) → route
//! ```

pub mod address;
pub mod body;
mod headers;
pub mod pace;
pub mod plain;
pub mod problem;

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderValue, Method, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse as _, Response},
};
use data_encoding::BASE32_NOPAD;
use futures::FutureExt as _;
use kernel::{Clock, Common, Failure, Ids};
use tower_http::compression::CompressionLayer;
use tracing::Instrument as _;

pub use self::{
    address::Client,
    headers::content_security_policy,
    problem::{ApiResult, Problem, Wish},
};
use crate::{
    frame::{Frame, Reading},
    i18n::Locale,
    metrics::Metrics,
    server::Arrival,
    session::Session,
};

/// The cookie that keeps the language: `zh` or `en`.
pub const LANGUAGE_COOKIE: &str = "lang";
/// The cookie that keeps how an elder reads: a code of [`Reading`].
pub const READING_COOKIE: &str = "reading";

/// What the edge needs.
#[derive(Clone, Debug)]
pub struct Edge {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Request ids.
    pub ids: Arc<Ids>,
    /// Figures.
    pub metrics: Arc<Metrics>,
    /// Proxies that may say whom they speak for.
    pub proxies: Vec<IpAddr>,
    /// When somebody was warned of a proxy that the settings do not name.
    pub unlisted: Hourly,
    /// How long a request may take until its answer begins.
    pub timeout: Duration,
    /// The node's name in the top bar.
    pub node: String,
    /// What pages may load from where.
    pub policy: HeaderValue,
}

/// What is said at most once an hour.
#[derive(Clone, Debug, Default)]
pub struct Hourly(Arc<Mutex<Option<tokio::time::Instant>>>);

impl Hourly {
    /// Whether it is time to say it again.
    #[must_use]
    pub fn is_due(&self) -> bool {
        let (mut said, now) = (self.0.lock().unwrap_or_else(PoisonError::into_inner), tokio::time::Instant::now());
        let is_due = said.is_none_or(|at| now - at >= Duration::from_hours(1));
        if is_due {
            *said = Some(now);
        }
        is_due
    }
}

/// The id of one request: on the answer, in each log line, on the error page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub String);

impl RequestId {
    fn new(ids: &Ids) -> Self {
        Self(BASE32_NOPAD.encode(&ids.bytes::<10>()).to_ascii_lowercase())
    }
}

impl Edge {
    /// Around the routes, below the layer that renders pages.
    pub fn inside<S: Clone + Send + Sync + 'static>(&self, router: Router<S>) -> Router<S> {
        router.layer(from_fn_with_state(self.timeout, in_time))
    }

    /// Around everything.
    pub fn outside(self, router: Router) -> Router {
        // What is packed is packed last: whoever changes an answer below sees it as it is.
        router.layer(from_fn_with_state(Arc::new(self), pass)).layer(CompressionLayer::new())
    }

    fn frame(&self, request: &Request, id: &RequestId) -> Frame {
        let headers = request.headers();
        let accepted = || headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok().map(Locale::accepted);
        Frame {
            locale: cookie(headers, LANGUAGE_COOKIE).and_then(Locale::of).or_else(accepted).unwrap_or_default(),
            node: self.node.clone(),
            now: self.clock.now(),
            path: request.uri().path_and_query().map_or_else(String::new, ToString::to_string),
            request_id: id.0.clone(),
            reading: cookie(headers, READING_COOKIE).and_then(Reading::of).unwrap_or_default(),
            ..Frame::default()
        }
    }
}

/// Whether a method never writes.
#[must_use]
pub fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// The value of a cookie.
#[must_use]
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// The route's answer also when its handler panics; one that reads within the time limit. A route that writes has its own
/// ([`apart`]), which begins when its body is there.
async fn in_time(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    let (wish, reads) = (Wish::of(&request), is_safe(request.method()));
    if is_stranger_on_kept_seat(&request) {
        return closing(wish.refuse(Common::Unavailable.into()));
    }
    if let Err(refusal) = plain::check_address(request.uri()) {
        return wish.refuse(refusal.into());
    }
    let caught = std::panic::AssertUnwindSafe(next.run(request)).catch_unwind();
    let answer = async { caught.await.unwrap_or_else(|_| wish.refuse(Failure::internal("a handler panicked"))) };
    // Nothing was changed by a read that took too long.
    if reads { within(limit, (wish, Common::Unavailable), answer).await } else { answer.await }
}

/// Work that goes on by itself when its browser leaves, so that no write is cut in half; its answer within the limit, or
/// that nobody knows yet whether it was done.
pub(crate) async fn apart(
    limit: Duration,
    wish: Wish,
    work: impl Future<Output = Response> + Send + 'static,
) -> Response {
    let work = tokio::spawn(work.in_current_span());
    let answer = async { work.await.unwrap_or_else(|panicked| wish.refuse(Failure::internal(panicked.to_string()))) };
    within(limit, (wish, Common::Unknown), answer).await
}

async fn within(limit: Duration, (wish, late): (Wish, Common), answer: impl Future<Output = Response>) -> Response {
    tokio::time::timeout(limit, answer).await.unwrap_or_else(|_| {
        tracing::error!(limit_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX), "a request took too long");
        wish.refuse(late.into())
    })
}

/// Strangers hold all seats but those kept for the signed-in, and this is one more of them.
fn is_stranger_on_kept_seat(request: &Request) -> bool {
    let extensions = request.extensions();
    extensions.get::<Arrival>().is_some_and(|arrival| arrival.kept) && extensions.get::<Session>().is_none()
}

/// The last answer of its connection.
pub(crate) fn closing(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

async fn pass(State(edge): State<Arc<Edge>>, mut request: Request, next: Next) -> Response {
    let started = tokio::time::Instant::now();
    let id = RequestId::new(&edge.ids);
    let client = Client::of(request.extensions(), request.headers(), &edge.proxies);
    if address::is_unlisted(request.extensions(), request.headers(), &edge.proxies) && edge.unlisted.is_due() {
        tracing::warn!(
            here = client.address.is_loopback(),
            "a peer that is not among `proxies` says for whom it asks: if it is a proxy of yours, all people behind it \
             count as one address"
        );
    }
    let frame = edge.frame(&request, &id);
    let (wish, locale) = (Wish::of(&request), frame.locale);
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or_else(|| "none".to_owned(), |m| m.as_str().to_owned());
    let extensions = request.extensions_mut();
    extensions.insert(id.clone());
    extensions.insert(client);
    extensions.insert(frame);

    let span = tracing::info_span!("request", request.id = id.0, %method, route);
    let answer = async {
        // Handlers and pages have their own nets; this one is for what stands between them.
        let response = std::panic::AssertUnwindSafe(next.run(request)).catch_unwind().await;
        let response = response.unwrap_or_else(|_| Problem(Failure::internal("a layer panicked")).into_response());
        let response = problem::shown(response, wish, locale, &id.0);
        let (status, took) = (response.status().as_u16(), started.elapsed());
        edge.metrics.request(method.as_str(), &route, status, took);
        tracing::info!(status, duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX), "answered");
        response
    };
    let mut response = answer.instrument(span).await;
    headers::put(response.headers_mut(), &edge.policy, client.tls, &id.0);
    response
}
