//! Logs: JSON lines on standard error, so that standard output stays the commands'. `SANGYU_LOG` filters
//! (`info,sangyu=debug`); personal data never reach a log.

use tracing_subscriber::{EnvFilter, fmt, prelude::*};

/// Starts the logs; a filter that cannot be read counts as the default one.
pub(crate) fn start() {
    let filter = EnvFilter::try_from_env("SANGYU_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let lines = fmt::layer().json().flatten_event(true).with_writer(std::io::stderr);
    tracing_subscriber::registry().with(filter).with(lines).init();
}
