//! Figures of the running process for Prometheus, on a listener of their own. Labels are routes and classes, never
//! people or rows.

use std::{sync::Arc, time::Duration};

use axum::{Router, extract::State, http::header, response::IntoResponse, routing::get};
use kernel::Result;
use prometheus::{
    Encoder as _, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
    core::Collector,
};
use store::health::Health;

/// Upper bounds of the request histogram in seconds; 0.05 is the aim of a list page.
const SECONDS: [f64; 10] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// The collectors of one process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: HistogramVec,
    refused: IntCounterVec,
    connections: IntGauge,
    sessions: IntGauge,
    writers: IntGaugeVec,
    streams: IntGauge,
    tail_lag: IntGauge,
    logins: IntCounterVec,
    behind: IntGaugeVec,
    unheld: IntGaugeVec,
    state: IntGaugeVec,
}

/// Counts one open connection or stream until dropped.
#[derive(Debug)]
pub struct Open(IntGauge);

impl Open {
    fn new(gauge: &IntGauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    /// A fresh set.
    ///
    /// # Errors
    /// When two collectors share a name.
    pub fn new() -> Result<Arc<Self>> {
        let registry = Registry::new();
        let histogram = HistogramOpts::new("sangyu_http_request_seconds", "Time to the first byte of the answer")
            .buckets(SECONDS.to_vec());
        let refused = Opts::new("sangyu_connections_refused_total", "Connections closed at the door");
        let writers = Opts::new("sangyu_writers_waiting", "Writes that wait for their turn, by lane");
        let behind = Opts::new("sangyu_consumer_behind", "Journal entries that a consumer has yet to read");
        let unheld = Opts::new("sangyu_lease_unheld_seconds", "For how long nobody has held a piece of recurring work");
        let state = Opts::new(
            "sangyu_state",
            "writes_halted, clock_in_doubt: 1 is an alarm; jobs_failed_day, \
             job_waiting_seconds, backup_age_seconds (-1: never), disk_free_bytes",
        );
        let logins = Opts::new("sangyu_logins_total", "Attempts to sign in, by outcome");
        let metrics = Self {
            requests: HistogramVec::new(histogram, &["method", "route", "status"])?,
            refused: IntCounterVec::new(refused, &["reason"])?,
            connections: IntGauge::new("sangyu_connections", "Open connections")?,
            sessions: IntGauge::new("sangyu_sessions", "Sessions that are stored")?,
            writers: IntGaugeVec::new(writers, &["lane"])?,
            streams: IntGauge::new("sangyu_live_streams", "Open live streams")?,
            tail_lag: IntGauge::new("sangyu_tail_lag_ms", "Age of the newest journal row when the tail told of it")?,
            logins: IntCounterVec::new(logins, &["outcome"])?,
            behind: IntGaugeVec::new(behind, &["consumer"])?,
            unheld: IntGaugeVec::new(unheld, &["work"])?,
            state: IntGaugeVec::new(state, &["what"])?,
            registry,
        };
        metrics.register(metrics.requests.clone())?;
        metrics.register(metrics.refused.clone())?;
        metrics.register(metrics.connections.clone())?;
        metrics.register(metrics.sessions.clone())?;
        metrics.register(metrics.writers.clone())?;
        metrics.register(metrics.streams.clone())?;
        metrics.register(metrics.tail_lag.clone())?;
        metrics.register(metrics.logins.clone())?;
        metrics.register(metrics.behind.clone())?;
        metrics.register(metrics.unheld.clone())?;
        metrics.register(metrics.state.clone())?;
        Ok(Arc::new(metrics))
    }

    /// Adds the collector of another room.
    ///
    /// # Errors
    /// When its name is taken.
    pub fn register(&self, collector: impl Collector + 'static) -> Result<()> {
        Ok(self.registry.register(Box::new(collector))?)
    }

    /// One answered request.
    pub fn request(&self, method: &str, route: &str, status: u16, took: Duration) {
        let labels = [method, route, &status.to_string()];
        self.requests.with_label_values(&labels).observe(took.as_secs_f64());
    }

    /// One connection closed at the door.
    pub fn connection_refused(&self, reason: &str) {
        self.refused.with_label_values(&[reason]).inc();
    }

    /// One attempt to sign in.
    pub fn login(&self, outcome: &str) {
        self.logins.with_label_values(&[outcome]).inc();
    }

    /// Counts a connection.
    #[must_use]
    pub fn connection_opened(&self) -> Open {
        Open::new(&self.connections)
    }

    /// Counts a live stream.
    #[must_use]
    pub fn stream_opened(&self) -> Open {
        Open::new(&self.streams)
    }

    /// How many sessions are stored.
    pub fn sessions(&self, count: u64) {
        self.sessions.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// How many writes wait in each lane: interactive, jobs, bulk.
    pub fn writers_waiting(&self, waiting: [usize; 3]) {
        for (lane, count) in ["interactive", "jobs", "bulk"].into_iter().zip(waiting) {
            self.writers.with_label_values(&[lane]).set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }

    /// How the platform is.
    pub fn health(&self, health: &Health) {
        for (consumer, entries) in &health.behind {
            self.behind.with_label_values(&[consumer]).set(*entries);
        }
        self.unheld.reset();
        for (work, seconds) in &health.unheld {
            self.unheld.with_label_values(&[work]).set(*seconds);
        }
        for (what, value) in [
            ("writes_halted", i64::from(health.halted)),
            ("clock_in_doubt", i64::from(health.clock_in_doubt)),
            ("jobs_failed_day", health.failed_jobs),
            ("job_waiting_seconds", health.oldest_job),
            ("backup_age_seconds", health.backup_age.unwrap_or(-1)),
        ] {
            self.state.with_label_values(&[what]).set(value);
        }
    }

    /// How much room the disk of the data folder has.
    pub fn disk_free(&self, bytes: u64) {
        self.state.with_label_values(&["disk_free_bytes"]).set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// How old the newest journal row was when the tail told of it.
    pub fn tail_lag(&self, lag: Duration) {
        self.tail_lag.set(i64::try_from(lag.as_millis()).unwrap_or(i64::MAX));
    }

    /// All figures in the Prometheus text format.
    ///
    /// # Errors
    /// When a collector is inconsistent.
    pub fn text(&self) -> Result<String> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(String::from_utf8(text)?)
    }

    /// `GET /metrics`, for a listener that only the operators reach.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new().route("/metrics", get(show)).with_state(Arc::clone(self))
    }
}

async fn show(State(metrics): State<Arc<Metrics>>) -> axum::response::Response {
    match metrics.text() {
        Ok(text) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response(),
        Err(failure) => {
            tracing::error!(?failure, "the metrics could not be written");
            axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_counted_by_its_route_and_an_open_stream_until_it_is_dropped() {
        let metrics = Metrics::new().unwrap();
        metrics.request("GET", "/elders/{key}", 200, Duration::from_millis(7));
        let stream = metrics.stream_opened();
        let text = metrics.text().unwrap();
        assert!(
            text.contains(r#"sangyu_http_request_seconds_count{method="GET",route="/elders/{key}",status="200"} 1"#),
            "{text}"
        );
        assert!(text.contains("sangyu_live_streams 1"), "{text}");
        drop(stream);
        assert!(metrics.text().unwrap().contains("sangyu_live_streams 0"));
    }
}
