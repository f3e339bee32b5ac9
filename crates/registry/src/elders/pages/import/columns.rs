//! `POST /elders/import/{sheet}/columns`: what an office's own headings mean, told once; the sheet is tried again.

use axum::{
    Form as Body,
    extract::{Path, State},
    response::{IntoResponse as _, Redirect, Response},
};
use kernel::{Result, Text};
use store::Lane;
use uuid::Uuid;
use web::{form::Sent, page::ErrorPage, session::Session, state::AppState};

use crate::elders::{
    import::{headings, sheets},
    sheet::Column,
};

/// Headings of one form at most.
const MOST: usize = 60;

pub(in super::super) async fn tell(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<Uuid>,
    Body(sent): Body<Sent>,
) -> Result<Response, ErrorPage> {
    let sheet = sheets::of_account(&state.db, session.account_id(), id).await?;
    let pairs = sent.values("heading").zip(sent.values("means")).take(MOST);
    let told: Vec<_> = pairs
        .filter(|(_, means)| !means.is_empty())
        .map(|(heading, means)| (heading.to_owned(), Column::read(means)))
        .collect();
    let write = state.db.write(Lane::Interactive, &session.actor, async |tx| {
        headings::tell(&tx, &session.actor, &told).await?;
        sheets::try_again(&tx, &sheet).await
    });
    write.await?;
    Ok(Redirect::to(&format!("/elders/import/{id}")).into_response())
}

/// The columns that a heading may mean, by their words.
pub(super) fn choices() -> Vec<Text> {
    Column::EVERY.into_iter().map(|column| Text::new(column.word())).collect()
}
