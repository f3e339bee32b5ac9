//! What a request may send: so many bytes, not slower than a pace, and not too many of one sender at once that are half
//! sent. What breaks one of these is answered so whatever the handler made of it, so that a handler that forgets to look
//! at its reading error cannot answer 200.

use std::{
    fmt,
    net::IpAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, header, request::Parts},
};
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use kernel::Refused;
use tokio::time::{Instant, Sleep, sleep_until};
use uuid::Uuid;

use super::{
    pace::{Pace, Patience},
    plain, problem,
};
use crate::{
    commands,
    shares::{Share, Shares},
};

/// What is read and thrown away of a body that is too large, so that the browser gets to read the answer.
const DRAIN: u64 = 64 * 1024 * 1024;
/// The largest body that is taken into memory before its handler runs.
const TAKEN: u64 = 2 * 1024 * 1024;
/// A body that comes within this time, or a quarter of the grace, is none of the half-sent ones.
const AT_ONCE: Duration = Duration::from_secs(1);

/// Who sends: a session, or an address without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sender {
    /// Somebody who is signed in, or a program's token.
    Session(Uuid),
    /// Anybody of an address.
    Address(IpAddr),
    /// A proxy, which speaks for many: no share applies.
    Proxy,
}

/// What requests may send.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How slow a body may come.
    pub pace: Pace,
    /// Half-sent requests of one sender.
    pub most: usize,
    /// Those that are half sent now.
    pub half_sent: Arc<Shares<Sender>>,
}

/// What a body did that it may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[repr(u8)]
pub enum Fault {
    /// It is larger than its route takes.
    #[error("the body is too large")]
    TooLarge = 1,
    /// It comes too slowly.
    #[error("the body comes too slowly")]
    TooSlow = 2,
    /// Its sender has too many half-sent ones.
    #[error("its sender has too many half-sent requests")]
    TooMany = 3,
}

impl Fault {
    /// How it is answered.
    #[must_use]
    pub fn refused(self) -> Refused {
        match self {
            Self::TooLarge => problem::too_large(),
            Self::TooSlow => problem::too_slow(),
            Self::TooMany => problem::too_many_half_sent(),
        }
    }
}

/// Why a request is not handed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreceived {
    /// Its body did what it may not.
    Faulty(Fault),
    /// Its body ended before its end; hardly anybody hears the answer.
    BrokenOff,
    /// It says what no text may say.
    Said(plain::Refusal),
}

impl Unreceived {
    fn of(meter: &Meter) -> Self {
        meter.fault().map_or(Self::BrokenOff, Self::Faulty)
    }

    /// How it is answered.
    #[must_use]
    pub fn refused(self) -> Refused {
        match self {
            Self::Faulty(fault) => fault.refused(),
            Self::BrokenOff => problem::broken_off(),
            Self::Said(refusal) => refusal.into(),
        }
    }

    /// Whether more of the body may still be on its way.
    #[must_use]
    pub const fn is_half(&self) -> bool {
        !matches!(self, Self::Said(_))
    }
}

/// Tells what a body did that it may not.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<AtomicU8>);

impl Meter {
    /// What, if anything.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        let number = self.0.load(Ordering::Relaxed);
        [Fault::TooLarge, Fault::TooSlow, Fault::TooMany].into_iter().find(|fault| *fault as u8 == number)
    }
}

/// A body that is measured while it is read.
struct Measured {
    inner: Body,
    left: u64,
    patience: Patience,
    share: Turn,
    limits: Limits,
    sender: Sender,
    meter: Meter,
}

/// Whether a body counts as half sent.
enum Turn {
    /// Nobody waited for it yet.
    Fresh,
    /// It may still come at once.
    Soon(Pin<Box<Sleep>>),
    /// It does.
    Half { _share: Option<Share<Sender>> },
}

impl Measured {
    fn fail(&mut self, fault: Fault) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        self.meter.0.store(fault as u8, Ordering::Relaxed);
        // Whoever goes on reading holds neither the connection nor a share.
        (self.inner, self.share) = (Body::empty(), Turn::Fresh);
        Poll::Ready(Some(Err(fault.into())))
    }

    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        if self.patience.poll_end(cx).is_ready() {
            return self.fail(Fault::TooSlow);
        }
        if let Turn::Fresh = self.share {
            let at_once = AT_ONCE.min(self.limits.pace.grace / 4);
            self.share = Turn::Soon(Box::pin(sleep_until(Instant::now() + at_once)));
        }
        let Turn::Soon(soon) = &mut self.share else { return Poll::Pending };
        if soon.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        let share = match self.sender {
            Sender::Proxy => None,
            sender => match self.limits.half_sent.take(sender, self.limits.most) {
                None => return self.fail(Fault::TooMany),
                share => share,
            },
        };
        self.share = Turn::Half { _share: share };
        Poll::Pending
    }
}

impl HttpBody for Measured {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match Pin::new(&mut self.inner).poll_frame(cx) {
            Poll::Pending => self.wait(cx),
            Poll::Ready(Some(Ok(frame))) => {
                let size = frame.data_ref().map_or(0, Bytes::len);
                self.patience.moved(size);
                let Some(left) = self.left.checked_sub(size as u64) else { return self.fail(Fault::TooLarge) };
                self.left = left;
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(end) => {
                self.share = Turn::Fresh;
                Poll::Ready(end.map(|frame| frame.map_err(Into::into)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Limits {
    /// The request with its body measured and held to `most` bytes, and what tells of it.
    fn measured(&self, most: u64, sender: Sender, request: Request) -> (Request, Meter) {
        let meter = Meter::default();
        let (patience, held) = (Patience::new(self.pace), meter.clone());
        let request = request.map(|inner| {
            let limits = self.clone();
            Body::new(Measured { inner, left: most, patience, share: Turn::Fresh, limits, sender, meter: held })
        });
        (request, meter)
    }

    /// How long a handler that reads its body itself may take for that.
    #[must_use]
    pub fn reading(&self, most: u64, headers: &HeaderMap) -> Duration {
        if is_streamed(headers, most) { self.pace.longest(most) } else { Duration::ZERO }
    }

    /// The request once its body is there, held to `most` bytes. A form with files, and what is larger than memory should
    /// hold, is read by its handler instead; the meter tells what it did.
    ///
    /// # Errors
    /// [`Unreceived`].
    pub async fn received(&self, most: u64, sender: Sender, request: Request) -> Result<(Request, Meter), Unreceived> {
        if announced(request.headers()).is_some_and(|length| length > most) {
            let (request, meter) = self.measured(DRAIN, sender, request);
            throw_away(request.into_body()).await;
            return Err(Unreceived::Faulty(meter.fault().unwrap_or(Fault::TooLarge)));
        }
        let streamed = is_streamed(request.headers(), most);
        let (request, meter) = self.measured(most, sender, request);
        if streamed {
            return Ok((request, meter));
        }
        let (parts, body) = request.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.map_err(|_| Unreceived::of(&meter))?;
        check_text(&parts, &bytes)?;
        Ok((Request::from_parts(parts, Body::from(bytes)), meter))
    }
}

/// Whether the handler reads the body piece by piece: a form with files, or more than memory should hold.
fn is_streamed(headers: &HeaderMap, most: u64) -> bool {
    let has_files = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/"));
    has_files || announced(headers).unwrap_or(most) > TAKEN
}

/// Looks through forms and JSON. What phones have queued cannot be asked again, so it is cleaned where it is read.
fn check_text(parts: &Parts, body: &[u8]) -> Result<(), Unreceived> {
    let kind = parts.headers.get(header::CONTENT_TYPE).map_or(&[][..], HeaderValue::as_bytes);
    let looked = if kind.starts_with(b"application/x-www-form-urlencoded") {
        std::str::from_utf8(body).map_or(Ok(()), plain::check_pairs)
    } else if kind.windows(4).any(|part| part == b"json") && parts.uri.path() != commands::ADDRESS {
        plain::check_json(body)
    } else {
        Ok(())
    };
    looked.map_err(Unreceived::Said)
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok())
}

async fn throw_away(mut body: Body) {
    while let Some(Ok(_)) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {}
}

impl fmt::Debug for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Measured").field("left", &self.left).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt as _;

    use super::*;

    const SENDER: Sender = Sender::Address(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

    fn limits() -> Limits {
        let pace = Pace { grace: Duration::from_millis(300), rate: 50_000 };
        Limits { pace, most: 2, half_sent: Arc::default() }
    }

    fn post(body: Body, header: Option<(&str, &str)>) -> Request {
        let request = Request::post("/");
        match header {
            Some((name, value)) => request.header(name, value).body(body).unwrap(),
            None => request.body(body).unwrap(),
        }
    }

    fn silent() -> Body {
        Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>())
    }

    async fn whole(request: Request) -> Result<Bytes, axum::Error> {
        to_bytes(request.into_body(), 99).await
    }

    #[tokio::test]
    async fn a_body_that_announces_too_much_is_never_handed_on() {
        let five = |most| async move {
            limits().received(most, SENDER, post(Body::from("12345"), Some(("content-length", "5")))).await
        };
        assert_eq!(five(4).await.unwrap_err(), Unreceived::Faulty(Fault::TooLarge));
        let (request, meter) = five(5).await.unwrap();
        assert_eq!(whole(request).await.unwrap(), "12345");
        assert_eq!(meter.fault(), None);
    }

    #[tokio::test]
    async fn a_body_that_announces_nothing_is_cut_and_remembered() {
        let chunks = || Body::from_stream(futures::stream::iter(["123", "456"].map(Ok::<_, std::io::Error>)));
        assert_eq!(
            limits().received(5, SENDER, post(chunks(), None)).await.unwrap_err(),
            Unreceived::Faulty(Fault::TooLarge)
        );
        let form = Some(("content-type", "multipart/form-data; boundary=cut"));
        let (request, meter) = limits().received(5, SENDER, post(chunks(), form)).await.unwrap();
        assert!(whole(request).await.is_err());
        assert_eq!(meter.fault(), Some(Fault::TooLarge));
    }

    #[tokio::test]
    async fn a_body_that_never_comes_is_given_up_whoever_reads_it() {
        let slow = limits().received(5, SENDER, post(silent(), None)).await;
        assert_eq!(slow.unwrap_err(), Unreceived::Faulty(Fault::TooSlow));
        let announced = limits().received(5, SENDER, post(silent(), Some(("content-length", "9")))).await;
        assert_eq!(announced.unwrap_err(), Unreceived::Faulty(Fault::TooSlow), "also while it is thrown away");
        let form = Some(("content-type", "multipart/form-data; boundary=cut"));
        let (request, meter) = limits().received(5, SENDER, post(silent(), form)).await.unwrap();
        assert!(whole(request).await.is_err());
        assert_eq!(meter.fault(), Some(Fault::TooSlow));
    }

    #[tokio::test]
    async fn a_body_that_trickles_is_given_up_and_one_that_keeps_the_pace_is_not() {
        let ticking = |bytes: usize| {
            let ticks = futures::stream::iter(0..20).then(move |_| async move {
                tokio::time::sleep(Duration::from_millis(50)).await;
                Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; bytes]))
            });
            Body::from_stream(ticks)
        };
        let most = 20_000_000;
        let (trickled, _) = limits().received(most, SENDER, post(ticking(1), None)).await.unwrap();
        assert!(to_bytes(trickled.into_body(), usize::MAX).await.is_err());
        let (steady, _) = limits().received(most, SENDER, post(ticking(600_000), None)).await.unwrap();
        assert_eq!(to_bytes(steady.into_body(), usize::MAX).await.unwrap().len(), 12_000_000);
    }

    #[tokio::test]
    async fn a_sender_has_only_so_many_half_sent_requests_at_once() {
        let (limits, other) = (limits(), Sender::Session(Uuid::nil()));
        let send = |sender| limits.received(5, sender, post(silent(), None));
        let (one, two, three, four) = tokio::join!(send(SENDER), send(SENDER), send(SENDER), send(other));
        let faults = [one, two, three].map(Result::unwrap_err);
        let of = |fault| faults.iter().filter(|found| **found == Unreceived::Faulty(fault)).count();
        assert_eq!((of(Fault::TooSlow), of(Fault::TooMany)), (2, 1));
        assert_eq!(four.unwrap_err(), Unreceived::Faulty(Fault::TooSlow));
        assert_eq!(send(SENDER).await.unwrap_err(), Unreceived::Faulty(Fault::TooSlow), "their places are free again");
    }
}
