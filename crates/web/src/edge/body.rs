//! The most that a request may send. A body over the limit is answered 413 whatever the handler made of it, so that a
//! handler that forgets to look at its reading error cannot answer 200.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use axum::{body::Body, extract::Request, http::header};
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

/// What is read and thrown away of a body that is too large, so that the browser gets to read the answer.
const DRAIN: u64 = 64 * 1024 * 1024;

/// Tells whether a body went over its limit.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<AtomicBool>);

impl Meter {
    /// Whether it did.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The error of reading further.
#[derive(Debug, thiserror::Error)]
#[error("the request body is larger than {0} bytes")]
pub struct TooLarge(u64);

struct Limited {
    inner: Body,
    left: u64,
    limit: u64,
    meter: Meter,
}

impl HttpBody for Limited {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(cx);
        let Poll::Ready(Some(Ok(frame))) = polled else {
            return polled.map_err(Into::into);
        };
        let size = frame.data_ref().map_or(0, |data| data.len() as u64);
        if size > self.left {
            self.meter.0.store(true, Ordering::Relaxed);
            return Poll::Ready(Some(Err(TooLarge(self.limit).into())));
        }
        self.left -= size;
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// The request with its body held to `limit` bytes; none when it announces more, after its body was thrown away.
pub async fn held_to(limit: u64, request: Request) -> Option<(Request, Meter)> {
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit) {
        throw_away(request.into_body()).await;
        return None;
    }
    let meter = Meter::default();
    let held = meter.clone();
    let request = request.map(|inner| Body::new(Limited { inner, left: limit, limit, meter: held }));
    Some((request, meter))
}

async fn throw_away(mut body: Body) {
    let mut left = DRAIN;
    while let Some(Ok(frame)) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let size = frame.data_ref().map_or(0, |data| data.len() as u64);
        if size >= left {
            return;
        }
        left -= size;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(body: Body, announced: Option<&str>) -> Request {
        let request = Request::post("/");
        match announced {
            Some(length) => request.header("content-length", length).body(body).unwrap(),
            None => request.body(body).unwrap(),
        }
    }

    #[tokio::test]
    async fn a_body_that_announces_too_much_is_never_handed_on() {
        assert!(held_to(4, post(Body::from("12345"), Some("5"))).await.is_none());
        let (request, meter) = held_to(5, post(Body::from("12345"), Some("5"))).await.unwrap();
        assert_eq!(axum::body::to_bytes(request.into_body(), 99).await.unwrap(), "12345");
        assert!(!meter.is_over());
    }

    #[tokio::test]
    async fn a_body_that_announces_nothing_is_cut_and_remembered() {
        let chunks = futures::stream::iter(["123", "456"].map(Ok::<_, std::io::Error>));
        let (request, meter) = held_to(5, post(Body::from_stream(chunks), None)).await.unwrap();
        assert!(axum::body::to_bytes(request.into_body(), 99).await.is_err());
        assert!(meter.is_over());
    }
}
