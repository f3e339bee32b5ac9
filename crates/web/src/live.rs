//! Live events: one stream per page tells which topics changed; the browser then fetches through its own scope. A topic
//! is the subject of a journal kind: `order.placed` is told as `order`.
//!
//! A stream ends with its session, with the process, and when its session holds too many.

use std::{collections::BTreeSet, convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::State,
    response::{
        IntoResponse as _, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::{Stream, stream};
use kernel::{Instant, Refused, Scope, Verdict, text};
use store::{
    journal::Entry,
    tail::{Tail, concerns},
};
use tokio::sync::{broadcast, broadcast::error::RecvError};
use uuid::Uuid;

use crate::{
    metrics::{Metrics, Open},
    page::ErrorPage,
    routes::{Access, Routes},
    session::{self, Session},
    shares::{Share, Shares},
    state::AppState,
};

/// A comment is sent this often, so that proxies keep the stream.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// What happens within this time is told together.
const GATHERED: Duration = Duration::from_millis(100);
/// Told to a stream that fell behind: everything may have changed.
const EVERYTHING: &str = "*";

/// The process's tail and who listens to it; hung into the state by the assembly.
#[derive(Debug)]
pub struct Live {
    tail: Tail,
    streams: Arc<Shares<Uuid>>,
}

/// One stream's place among those of its session.
struct Place {
    _share: Share<Uuid>,
    _open: Open,
}

impl Live {
    /// Streams that follow this tail.
    #[must_use]
    pub fn new(tail: Tail) -> Self {
        Self { tail, streams: Arc::default() }
    }

    fn open(&self, session: Uuid, most: usize, metrics: &Metrics) -> Option<Place> {
        let share = self.streams.take(session, most)?;
        Some(Place { _share: share, _open: metrics.stream_opened() })
    }
}

/// Where streams begin.
pub(crate) const ADDRESS: &str = "/live";

pub(crate) fn routes() -> Routes {
    Routes::new("live").get(ADDRESS, Access::SignedIn, follow)
}

async fn follow(State(state): State<AppState>, session: Session) -> Result<Response, ErrorPage> {
    let live = state.room::<Live>()?;
    let listener = live.tail.listen();
    let place = live.open(session.row.id, state.config.streams, &state.metrics).ok_or_else(too_many)?;
    let told = told(listener, session.scope(), Arc::clone(&state.metrics), Arc::clone(state.clock()));
    let ended = ended(state, session, live.tail.listen());
    let stream = until(told, ended, place);
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response())
}

fn too_many() -> Refused {
    let text = text!("同时打开的页面太多，请关掉几个再刷新");
    Refused { verdict: Verdict::TooMany, code: "live.too_many", text, fields: Vec::new() }
}

/// Returns when the stream must close: the session ended, or the process does. What was journaled about the account is
/// looked at at once.
async fn ended(state: AppState, session: Session, listener: broadcast::Receiver<Arc<Entry>>) {
    let stop = state.stop.clone();
    tokio::select! {
        () = session::until_end(state.db, session, listener) => {}
        () = stop.stopped() => {}
    }
}

/// The topics that change within a scope, those of one moment together.
fn told(
    listener: broadcast::Receiver<Arc<Entry>>,
    scope: Scope,
    metrics: Arc<Metrics>,
    clock: Arc<dyn kernel::Clock>,
) -> impl Stream<Item = Vec<String>> + Send {
    stream::unfold(listener, move |mut listener| {
        let (metrics, clock) = (Arc::clone(&metrics), Arc::clone(&clock));
        async move {
            let mut topics = BTreeSet::new();
            while topics.is_empty() {
                match listener.recv().await {
                    Ok(entry) => {
                        note_lag(&metrics, clock.now(), &entry);
                        topics.extend(topic(&entry, &scope));
                    }
                    Err(RecvError::Lagged(_)) => drop(topics.insert(EVERYTHING.to_owned())),
                    Err(RecvError::Closed) => return None,
                }
            }
            tokio::time::sleep(GATHERED).await;
            while let Ok(entry) = listener.try_recv() {
                topics.extend(topic(&entry, &scope));
            }
            Some((topics.into_iter().collect(), listener))
        }
    })
}

fn topic(entry: &Entry, scope: &Scope) -> Option<String> {
    let topic = entry.kind.split('.').next().unwrap_or_default();
    concerns(entry, scope).then(|| topic.to_owned())
}

fn note_lag(metrics: &Metrics, now: Instant, entry: &Entry) {
    metrics.tail_lag((now - entry.at).to_std().unwrap_or_default());
}

/// One `topic` event for each topic, until `ended`; then one `end` event.
fn until(
    told: impl Stream<Item = Vec<String>> + Send,
    ended: impl Future<Output = ()> + Send,
    place: Place,
) -> impl Stream<Item = Result<Event, Infallible>> + Send {
    use futures::StreamExt as _;
    let topics = told.flat_map(stream::iter).map(|topic| Event::default().event("topic").data(topic));
    let end = || stream::once(async { Event::default().event("end").data("") });
    // The place is held until the stream is dropped.
    topics.take_until(ended).chain(end()).map(move |event| {
        let _ = &place;
        Ok(event)
    })
}
