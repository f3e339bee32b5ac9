//! `/prices/preview`: what a new book changes, and the button that enacts it.

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use chrono::NaiveDate;
use kernel::{Failure, Result, Text, text};
use store::Lane;
use web::{
    filters,
    form::{FormGuard, Sent},
    head::Head,
    page::{ErrorPage, Page, Samples, View},
    session::Session,
    state::AppState,
};

use super::{
    PriceBook,
    changes::{Change, What, changes},
    edit::Typed,
};
use crate::catalogue::{actions, find_menu};

/// The differences.
#[derive(Debug, Template)]
#[template(path = "catalogue/preview.html")]
pub(crate) struct PreviewPage {
    from: NaiveDate,
    changes: Vec<Change>,
    book: String,
    /// Why it was not enacted.
    error: Option<Text>,
    guard: FormGuard,
}

impl View for PreviewPage {
    fn head(&self) -> Head {
        Head::new(text!("核对新价目"))
            .menu("prices")
            .crumb(text!("价目"), "/prices")
            .here(text!("核对"))
            .faulty(self.error.is_some())
    }
}

async fn page(
    state: &AppState,
    session: &Session,
    (book, from): (&PriceBook, NaiveDate),
    error: Option<Text>,
) -> Result<PreviewPage> {
    let place = session.actor.acting.place.ok_or(kernel::Common::NotAllowed)?;
    let before = find_menu(&state.db, place, from).await?;
    let before = before.map_or_else(|| PriceBook { items: Vec::new() }, |menu| menu.book);
    let (changes, json) = (changes(&before, book), serde_json::to_string(book)?);
    Ok(PreviewPage { from, changes, book: json, error, guard: session.guard() })
}

pub(super) async fn show(
    State(state): State<AppState>,
    session: Session,
    Form(sent): Form<Sent>,
) -> Result<Response, ErrorPage> {
    match Typed::read(&sent).checked(state.clock().today()) {
        Ok((book, from)) => Ok(Page(page(&state, &session, (&book, from), None).await?).into_response()),
        Err(mut faulty) => {
            faulty.guard = session.guard();
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(*faulty)).into_response())
        }
    }
}

pub(super) async fn enact(
    State(state): State<AppState>,
    session: Session,
    Form(sent): Form<Sent>,
) -> Result<Response, ErrorPage> {
    let book = actions::read(sent.value("book"))?;
    let from: NaiveDate = sent.value("from").parse().map_err(|_| Failure::from(actions::Refusal::Unreadable))?;
    let write = async |tx| actions::replace(&tx, from, &book).await;
    match state.db.write(Lane::Interactive, &session.actor, write).await {
        Ok(_) => Ok(Redirect::to("/prices").into_response()),
        Err(Failure::Refused(refused)) if refused.is_mendable() => {
            let first = refused.fields.first().map_or(&refused.text, |field| &field.text).clone();
            Ok(Page(page(&state, &session, (&book, from), Some(first)).await?).refused_as(&refused).into_response())
        }
        Err(failure) => Err(failure.into()),
    }
}

impl Samples for PreviewPage {
    fn samples() -> Vec<Self> {
        let change = |what| Change { code: "bath".into(), name: "助浴".into(), what };
        let dearer = What::Changed(vec![(text!("价格（元）"), "120.00".into(), "150.00".into())]);
        let page = |changes, error| Self {
            from: NaiveDate::default(),
            changes,
            book: "{}".into(),
            error,
            guard: FormGuard::default(),
        };
        vec![
            page(vec![change(dearer), change(What::Added), change(What::Removed)], None),
            page(Vec::new(), Some(kernel::Refused::from(actions::Refusal::Unchanged).text)),
        ]
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_preview_of_prices_holds_in_both_languages() {
        web::check::all::<super::PreviewPage>();
    }
}
