//! When a stream that belongs to a session must close.

use std::time::Duration;

use sea_orm::EntityTrait;
use store::Db;

use super::{Session, row};

/// How often a stream looks whether its session still runs.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Returns when the session ended: signed out, disabled, idle, or at its end.
pub async fn until_end(db: Db, session: Session) {
    let token = session.row.token_hash.clone();
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        match row::Entity::find_by_id(token.clone()).one(&db).await {
            Ok(Some(row)) if row.over_at() > db.clock().now() && row.grant_id == session.row.grant_id => {}
            Ok(_) => return,
            // The database is away: the stream has nothing to tell either, and stays.
            Err(error) => tracing::warn!(%error, "a stream could not look for its session"),
        }
    }
}
