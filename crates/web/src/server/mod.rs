//! The accept loop: `axum::serve` never times out half-sent headers, this one does, counts its connections and ends
//! them in order.
//!
//! ```text
//! accept → seat (total, per address) → TLS handshake (bounded) → HTTP/1.1 (header timeout, pace of reading) → router
//! ```
//! When strangers hold all other seats, the kept ones go on serving whoever is signed in: a connection there has less time
//! for each head, and a request without a session ends it.

mod patient;
mod seats;
mod stop;
pub mod tls;

use std::{
    io::Write as _,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use axum::{Router, body::Body, extract::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use kernel::Result;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use self::patient::Patient;
pub use self::{
    seats::{NoSeat, Seat, Seats, household},
    stop::Stop,
};
use crate::{edge::pace::Pace, metrics::Metrics};

/// What a connection without a seat is told.
const TURNED_AWAY: &str = "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 5\r\n\
    content-type: text/plain; charset=utf-8\r\ncontent-length: 33\r\n\r\n连接太多 Too many connections";

/// How one listener behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Certificate chain and key, both PEM; without them it speaks plain HTTP.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// How long a client may take for the TLS handshake, and for the head of each request (also between two of them).
    pub header_timeout: Duration,
    /// How slowly an answer may be read.
    pub reading: Pace,
    /// Connections in all.
    pub connections: usize,
    /// Those of them that are kept for requests with a session.
    pub kept: usize,
    /// Connections of one address (IPv6: of one /64).
    pub per_address: usize,
    /// Proxies that may speak for others: no share applies to them, and their `X-Forwarded-For` is believed.
    pub proxies: Vec<IpAddr>,
    /// How long requests in flight may take after the stop.
    pub grace: Duration,
}

impl Settings {
    /// The defaults at an address.
    #[must_use]
    pub fn at(listen: SocketAddr) -> Self {
        Self {
            listen,
            tls: None,
            header_timeout: Duration::from_secs(10),
            // A phone at the edge of the network gets by with 2 kB/s.
            reading: Pace { grace: Duration::from_secs(30), rate: 2_000 },
            connections: 4_096,
            kept: 512,
            per_address: 256,
            proxies: Vec::new(),
            grace: Duration::from_secs(10),
        }
    }
}

/// How a request came in; stands in its extensions.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// The other end of the connection.
    pub peer: IpAddr,
    /// Whether it came over TLS.
    pub tls: bool,
    /// Whether it sits on a seat that is kept for requests with a session.
    pub kept: bool,
}

/// A bound listener.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    door: Arc<Door>,
}

struct Door {
    tls: Option<TlsAcceptor>,
    settings: Settings,
    seats: Seats,
    metrics: Arc<Metrics>,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Server {
    /// Binds the address and reads certificate and key.
    ///
    /// # Errors
    /// When the address is taken or a file is missing or wrong.
    pub async fn bind(settings: Settings, metrics: Arc<Metrics>) -> Result<Self> {
        let tls = settings.tls.as_ref().map(|(cert, key)| tls::acceptor(cert, key)).transpose()?;
        let listener = TcpListener::bind(settings.listen).await?;
        let seats = Seats::new(&settings);
        Ok(Self { listener, door: Arc::new(Door { tls, settings, seats, metrics }) })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn address(&self) -> Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// Prints `listening on http://…` on the standard output, for people and for scripts that wait for it.
    ///
    /// # Errors
    /// When the address is unknown or nothing can be printed.
    pub fn announce(&self) -> Result<()> {
        let scheme = if self.door.tls.is_some() { "https" } else { "http" };
        let mut out = std::io::stdout().lock();
        writeln!(out, "listening on {scheme}://{}", self.address()?)?;
        Ok(out.flush()?)
    }

    /// Serves until the stop, then lets requests in flight end within the grace.
    pub async fn run(self, router: Router, stop: Stop) {
        let Self { listener, door } = self;
        let mut conversations = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => door.admit(stream, peer, (&router, &stop), &mut conversations),
                    Err(error) => {
                        // Out of file handles: each accept would fail at once.
                        tracing::warn!(%error, "a connection could not be accepted");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                },
                Some(_) = conversations.join_next() => {}
                () = stop.stopped() => break,
            }
        }
        drop(listener);
        let all_done = async { while conversations.join_next().await.is_some() {} };
        if timeout(door.settings.grace, all_done).await.is_err() {
            tracing::warn!(connections = conversations.len(), "connections were cut at the end of the grace");
        }
    }
}

impl Door {
    fn admit(
        self: &Arc<Self>,
        stream: TcpStream,
        peer: SocketAddr,
        (router, stop): (&Router, &Stop),
        conversations: &mut JoinSet<()>,
    ) {
        let seat = match self.seats.take(peer.ip()) {
            Ok(seat) => seat,
            Err(none) => return self.turn_away(&stream, none),
        };
        let (door, router, stop) = (Arc::clone(self), router.clone(), stop.clone());
        conversations.spawn(async move {
            let open = door.metrics.connection_opened();
            let arrival = Arrival { peer: peer.ip(), tls: door.tls.is_some(), kept: seat.is_kept };
            door.converse(stream, arrival, (router, stop)).await;
            drop((seat, open));
        });
    }

    /// Says why, as far as that can be said without waiting for anybody.
    fn turn_away(&self, stream: &TcpStream, none: NoSeat) {
        self.metrics.connection_refused(none.reason());
        if self.tls.is_none() {
            let _ = stream.try_write(TURNED_AWAY.as_bytes());
        }
    }

    async fn converse(&self, stream: TcpStream, arrival: Arrival, (router, stop): (Router, Stop)) {
        let _ = stream.set_nodelay(true);
        let stream = Patient::new(stream, self.settings.reading);
        let Some(acceptor) = &self.tls else {
            return self.speak(stream, arrival, (router, stop)).await;
        };
        match timeout(self.time_for_head(arrival), acceptor.accept(stream)).await {
            Ok(Ok(stream)) => self.speak(stream, arrival, (router, stop)).await,
            Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
            Err(_) => tracing::debug!("a TLS handshake took too long"),
        }
    }

    /// Who sits on a kept seat has less time to show a session.
    fn time_for_head(&self, arrival: Arrival) -> Duration {
        self.settings.header_timeout / if arrival.kept { 4 } else { 1 }
    }

    async fn speak<I>(&self, io: I, arrival: Arrival, (router, stop): (Router, Stop))
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(arrival);
            router.clone().oneshot(request.map(Body::new))
        });
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(self.time_for_head(arrival));
        let mut conversation = std::pin::pin!(http.serve_connection(TokioIo::new(io), service));
        let ended = tokio::select! {
            ended = conversation.as_mut() => ended,
            () = stop.stopped() => {
                conversation.as_mut().graceful_shutdown();
                conversation.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}
