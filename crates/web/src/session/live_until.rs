//! When a stream that belongs to a session must close.

use std::{sync::Arc, time::Duration};

use sea_orm::EntityTrait;
use store::{Db, journal::Entry};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::{Session, row};

/// How often a stream looks whether its session still runs: time alone may end it.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Returns when the session ended: signed out, suspended, idle, or at its end. An entry about its account makes it look
/// at once.
pub async fn until_end(db: Db, session: Session, mut listener: Receiver<Arc<Entry>>) {
    let token = session.row.token_hash.clone();
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = told_of(&session, &mut listener) => {}
        }
        match row::Entity::find_by_id(token.clone()).one(&db).await {
            Ok(Some(row)) if row.over_at() > db.clock().now() && row.grant_id == session.row.grant_id => {}
            Ok(_) => return,
            // The database is away: the stream has nothing to tell either, and stays.
            Err(error) => tracing::warn!(%error, "a stream could not look for its session"),
        }
    }
}

/// Returns when something was journaled about the session's account.
async fn told_of(session: &Session, listener: &mut Receiver<Arc<Entry>>) {
    loop {
        match listener.recv().await {
            Ok(entry) if entry.subject == session.account_id() => return,
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
