//! `/organisations/{organisation}`: one organisation, who works there, and who may sign in for it.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse as _, Redirect, Response},
};
use kernel::{Action, Common, Failure, Result, Text, text};
use serde::Deserialize;
use store::Lane;
use uuid::Uuid;
use web::{
    filters,
    form::FormGuard,
    head::{Head, Label},
    page::{ErrorPage, Page, PageResult, Samples, View},
    session::Session,
    state::AppState,
};

use super::Sign;
use crate::{
    accounts,
    organisations::{Kind, Organisation, Status, Turn, actions, queries},
    places,
    workers::{self, pages::WorkerRow},
};

/// People shown on the page; the sheet and the list of accounts hold all.
const SHOWN: u64 = 100;

/// The page of an organisation.
#[derive(Debug, Template)]
#[template(path = "organisations/show.html")]
pub(crate) struct OrganisationPage {
    id: Uuid,
    name: String,
    kind: &'static str,
    credit_code: String,
    place: String,
    phone: String,
    status: Status,
    turns: Vec<(&'static str, Text)>,
    point: Option<(f64, f64)>,
    may_locate: bool,
    workers: Vec<WorkerRow>,
    accounts: Vec<AccountLine>,
    roles: Vec<(&'static str, Text)>,
    guard: FormGuard,
}

/// An account of the organisation.
#[derive(Debug)]
struct AccountLine {
    id: Uuid,
    name: String,
    roles: Vec<&'static str>,
    suspended: bool,
}

impl View for OrganisationPage {
    fn head(&self) -> Head {
        let head = Head::named(self.name.clone())
            .menu("organisations")
            .crumb(text!("单位与人员"), "/organisations")
            .here(Label::data(self.name.clone()));
        if self.status == Status::Active {
            head.solid(text!("录用人员"), "plus", format!("/organisations/{}/workers/new", self.id))
        } else {
            head
        }
    }
}

impl OrganisationPage {
    fn degrees(&self, degrees: &f64) -> String {
        format!("{degrees:.6}")
    }

    fn sign(&self) -> Sign {
        Sign(self.status)
    }
}

pub(super) async fn show(
    State(state): State<AppState>,
    session: Session,
    Path(organisation): Path<Uuid>,
) -> PageResult<OrganisationPage> {
    let found = queries::visible(&state.db, &session.scope(), organisation).await?;
    let today = state.clock().today();
    let hands = workers::queries::employed(&state.db, found.id, today, None, SHOWN).await?;
    let mut rows = Vec::with_capacity(hands.len());
    for hand in &hands {
        rows.push(WorkerRow::of(&state.db, found.id, hand).await?);
    }
    let filter = accounts::queries::Filter { organisation: Some(found.id), ..accounts::queries::Filter::default() };
    let listed = accounts::queries::page(&state.db, &session.scope(), &filter, None, SHOWN).await?;
    let lines = listed.iter().map(|listed| AccountLine {
        id: listed.account.id,
        name: listed.account.name.clone(),
        roles: listed.roles_at(Some(found.id)),
        suspended: listed.account.disabled_at.is_some(),
    });
    let may_turn = session.actor.may(Action::ManageOrganisations).is_ok();
    Ok(Page(OrganisationPage {
        turns: turns(&found, may_turn),
        point: found.point(),
        may_locate: may_turn,
        kind: found.kind().map_or("", Kind::word),
        place: found.seat().ok().and_then(places::full_name).unwrap_or_default(),
        status: found.status(),
        workers: rows,
        accounts: lines.collect(),
        roles: accounts::offered(&session.actor, true).map(|role| (role.code(), Text::new(role.word()))).collect(),
        guard: session.guard(),
        id: found.id,
        name: found.name,
        credit_code: found.credit_code,
        phone: found.phone,
    }))
}

fn turns(found: &Organisation, may: bool) -> Vec<(&'static str, Text)> {
    let all = Turn::ALL.into_iter().filter(|turn| may && turn.from(found.status()).is_some());
    all.map(|turn| (turn.code(), Text::new(turn.word()))).collect()
}

#[derive(Deserialize)]
pub(super) struct Sent {
    to: String,
}

pub(super) async fn turn(
    State(state): State<AppState>,
    session: Session,
    Path(organisation): Path<Uuid>,
    Form(sent): Form<Sent>,
) -> Result<Response, ErrorPage> {
    let turn = Turn::named(&sent.to).ok_or(Common::NotFound).map_err(Failure::from)?;
    let write = async |tx| actions::turn(&tx, organisation, turn).await;
    state.db.write(Lane::Interactive, &session.actor, write).await?;
    Ok(Redirect::to(&format!("/organisations/{organisation}")).into_response())
}

#[derive(Deserialize)]
pub(super) struct Point {
    longitude: String,
    latitude: String,
}

pub(super) async fn locate(
    State(state): State<AppState>,
    session: Session,
    Path(organisation): Path<Uuid>,
    Form(sent): Form<Point>,
) -> Result<Response, ErrorPage> {
    let write = async |tx| {
        let point = actions::point(&sent.longitude, &sent.latitude)?;
        actions::locate(&tx, organisation, point).await
    };
    state.db.write(Lane::Interactive, &session.actor, write).await?;
    Ok(Redirect::to(&format!("/organisations/{organisation}")).into_response())
}

impl Samples for OrganisationPage {
    fn samples() -> Vec<Self> {
        let page = |status, full: bool| Self {
            id: Uuid::nil(),
            name: "安颐居家".into(),
            kind: Kind::HomeCare.word(),
            credit_code: "52411002MJ0000A11D".into(),
            place: "河南省许昌市魏都区".into(),
            phone: "0374-2331234".into(),
            point: full.then_some((113.8261, 34.0225)),
            may_locate: status == Status::Active,
            status,
            turns: if full { Turn::ALL.map(|turn| (turn.code(), Text::new(turn.word()))).into() } else { Vec::new() },
            workers: if full { WorkerRow::samples() } else { Vec::new() },
            accounts: if full {
                [true, false]
                    .map(|suspended| AccountLine {
                        id: Uuid::nil(),
                        name: "高晓".into(),
                        roles: vec![kernel::Role::Dispatcher.word()],
                        suspended,
                    })
                    .into()
            } else {
                Vec::new()
            },
            roles: vec![("dispatcher", Text::new(kernel::Role::Dispatcher.word()))],
            guard: FormGuard::default(),
        };
        vec![page(Status::Active, true), page(Status::Suspended, false), page(Status::Closed, false)]
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_of_an_organisation_holds_in_both_languages() {
        web::check::all::<super::OrganisationPage>();
    }
}
