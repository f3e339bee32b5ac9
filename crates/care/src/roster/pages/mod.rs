//! The pages of the roster: the day's board with timeline and map, what can be done to a draft, hours, and the sheet.

mod act;
mod board;
mod chosen;
mod export;
mod figures;
mod gaps;
mod hours;
mod lanes;
mod map;
mod measured;
mod wording;

use chrono::NaiveDate;
use kernel::{Action, Common, Result};
use uuid::Uuid;
use web::{
    routes::{FindVisible, Routes},
    session::Session,
};

pub(super) use self::act::{absent, asked};
use super::{Plan, queries};

impl FindVisible for Plan {
    async fn find_visible(
        db: &store::Db,
        scope: &kernel::Scope,
        key: kernel::Key<Self>,
    ) -> kernel::Result<Option<Self>> {
        queries::find(db, scope, key).await
    }
}

/// The routes of these pages.
#[must_use]
pub fn routes() -> Routes {
    let may = Action::AssignOrder;
    Routes::new("care")
        .get("/roster", may, board::show)
        .get("/roster/export", may, export::download)
        .get("/roster/hours", may, hours::list)
        .get("/roster/hours/{worker}", may, hours::show)
        .post("/roster/hours/{worker}", may, hours::set)
        .post("/roster/absences", may, act::away)
        .post("/roster/absences/end", may, act::back_again)
        .post("/roster/compute", may, act::compute)
        .post("/roster/draw-up", may, act::draw_up)
        .post("/roster/{key}/move", may, act::shift)
        .post("/roster/{key}/swap", may, act::swap)
        .post("/roster/{key}/pin", may, act::pin)
        .post("/roster/{key}/unpin", may, act::unpin)
        .post("/roster/{key}/lift", may, act::lift)
        .post("/roster/{key}/insert", may, act::insert)
        .post("/roster/{key}/undo", may, act::undo)
        .post("/roster/{key}/publish", may, act::publish)
        .post("/roster/{key}/withdraw", may, act::withdraw)
}

/// The provider whose roster the session looks after; others have none.
pub(super) fn provider(session: &Session) -> Result<Uuid> {
    session.actor.acting.organisation.ok_or_else(|| Common::NotFound.into())
}

/// The address of a day's board.
fn address(day: NaiveDate) -> String {
    format!("/roster?day={day}")
}

/// A visit in an address or a form: the order's id and the part.
fn visit_name((order, part): (Uuid, i16)) -> String {
    format!("{order}.{part}")
}

/// Reads a visit of an address or a form.
fn visit_of(text: &str) -> Option<(Uuid, i16)> {
    let (order, part) = text.split_once('.')?;
    Some((order.parse().ok()?, part.parse().ok().filter(|part| (0..2).contains(part))?))
}
