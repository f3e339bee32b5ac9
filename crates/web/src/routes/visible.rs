//! Rows that the one who asks may see: the extractor finds them through the room's own scoped query, so a handler
//! never holds a row that is invisible to its session. What is not visible is not there: 404.

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
    response::Response,
};
use kernel::{Common, Failure, Key, Result, Scope};
use store::Db;

use crate::{edge::Wish, session::Session, state::AppState};

/// A kind of row that the addresses `…/{key}` name.
pub trait FindVisible: Sized + Send + 'static {
    /// The row of a key within a scope; none when it is not there or not visible, in one query.
    fn find_visible(db: &Db, scope: &Scope, key: Key<Self>) -> impl Future<Output = Result<Option<Self>>> + Send;
}

/// The row that `{key}` in the path names, visible to this session.
#[derive(Clone, Copy, Debug)]
pub struct Visible<T>(pub T);

impl<T: FindVisible> FromRequestParts<AppState> for Visible<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let wish = Wish::of_parts(parts);
        let session = <Session as FromRequestParts<AppState>>::from_request_parts(parts, state).await?;
        find(parts, state, &session).await.map(Self).map_err(|failure| wish.refuse(failure))
    }
}

async fn find<T: FindVisible>(parts: &mut Parts, state: &AppState, session: &Session) -> Result<T> {
    let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| Common::NotFound)?;
    let text = params.iter().find_map(|(name, value)| (name == "key").then_some(value));
    let text = text.ok_or_else(|| Failure::internal("the path of this route has no {key}"))?;
    let key: Key<T> = text.parse().map_err(|_| Common::NotFound)?;
    T::find_visible(&state.db, &session.scope(), key).await?.ok_or_else(|| Common::NotFound.into())
}
