//! What surrounds every route: a request id, the client's address, the frame of the page, a time limit, the security
//! headers, the metrics, one log line, and an answer also after a panic.
//!
//! ```text
//! outside (id, client, frame, headers, metrics, log) → session → page::render → inside (time limit, panic) → route
//! ```

pub mod address;
pub mod body;
mod headers;
pub mod problem;

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderValue, Method, header},
    middleware::{Next, from_fn_with_state},
    response::Response,
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
    /// How long a request may take until its answer begins.
    pub timeout: Duration,
    /// The node's name in the top bar.
    pub node: String,
    /// What pages may load from where.
    pub policy: HeaderValue,
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
        router.layer(CompressionLayer::new()).layer(from_fn_with_state(Arc::new(self), pass))
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

/// The route's answer within the time limit, and also when its handler panics.
async fn in_time(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    let (wish, writes) = (Wish::of(&request), !is_safe(request.method()));
    let work = next.run(request);
    let caught = async move {
        if writes {
            // A browser that leaves must not cut a write in half: it runs on by itself.
            tokio::spawn(work.in_current_span()).await.map_err(|error| error.to_string())
        } else {
            std::panic::AssertUnwindSafe(work).catch_unwind().await.map_err(|_| "a handler panicked".to_owned())
        }
    };
    match tokio::time::timeout(limit, caught).await {
        Ok(Ok(response)) => response,
        Ok(Err(panicked)) => wish.refuse(Failure::internal(panicked)),
        Err(_) => {
            tracing::error!(limit_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX), "a request took too long");
            wish.refuse(Common::Unavailable.into())
        }
    }
}

async fn pass(State(edge): State<Arc<Edge>>, mut request: Request, next: Next) -> Response {
    let started = tokio::time::Instant::now();
    let id = RequestId::new(&edge.ids);
    let client = Client::of(request.extensions(), request.headers(), &edge.proxies);
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
        let response = problem::shown(next.run(request).await, wish, locale, &id.0);
        let (status, took) = (response.status().as_u16(), started.elapsed());
        edge.metrics.request(method.as_str(), &route, status, took);
        tracing::info!(status, duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX), "answered");
        response
    };
    let mut response = answer.instrument(span).await;
    headers::put(response.headers_mut(), &edge.policy, client.tls, &id.0);
    response
}
