//! `/prices/{book}/export`: a version as an Excel sheet.

use axum::{
    Extension,
    extract::{Path, State},
    response::Response,
};
use kernel::Result;
use uuid::Uuid;
use web::{frame::Frame, page::ErrorPage, session::Session, state::AppState};

use crate::{catalogue::pages, versions};

pub(super) async fn download(
    State(state): State<AppState>,
    session: Session,
    Extension(frame): Extension<Frame>,
    Path(book): Path<Uuid>,
) -> Result<Response, ErrorPage> {
    let found = versions::get(&state, &session, book).await?.book;
    Ok(pages::sheet(&found.body, &frame, found.valid_from)?)
}
