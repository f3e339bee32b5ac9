//! The pages of elders' files: list, export, one file with its timeline and its eye, imports, and the search box.

mod asked_place;
mod erase;
mod export;
mod file;
mod form;
mod import;
mod list;
mod looks;
mod moving;
mod narrowed;
mod people;
mod search;
mod secret;
mod signs;
mod tagging;
mod timeline;

use kernel::Action;
use web::routes::Routes;

/// The largest sheet that a browser may send, in bytes; the command line reads larger ones.
const SHEET: u64 = 64 << 20;

/// The routes of these pages.
#[must_use]
pub fn routes() -> Routes {
    Routes::new("registry")
        .get("/elders", Action::ViewElders, list::show)
        .get("/elders/export", Action::ExportElders, export::download)
        .get("/elders/import", Action::ImportElders, import::begin)
        .upload("/elders/import", Action::ImportElders, SHEET, import::upload)
        .get("/elders/import/template", Action::ImportElders, import::template)
        .get("/elders/import/questions", Action::ImportElders, import::ask_questions)
        .post("/elders/import/questions", Action::ImportElders, import::answer)
        .get("/elders/import/{sheet}", Action::ImportElders, import::show)
        .post("/elders/import/{sheet}/start", Action::ImportElders, import::start)
        .post("/elders/import/{sheet}/columns", Action::ImportElders, import::tell_columns)
        .get("/elders/import/{sheet}/undo", Action::ImportElders, import::ask_undo)
        .post("/elders/import/{sheet}/undo", Action::ImportElders, import::undo)
        .get("/elders/import/{sheet}/kept", Action::ImportElders, import::kept_rows)
        .get("/elders/import/{sheet}/faults", Action::ImportElders, import::faults)
        .get("/elders/new", Action::EditElder, form::begin)
        .post("/elders/new", Action::EditElder, form::open)
        .get("/elders/tag", Action::EditElder, tagging::ask)
        .post("/elders/tag", Action::EditElder, tagging::act)
        .get("/elders/{key}", Action::ViewElders, file::show)
        .get("/elders/{key}/edit", Action::EditElder, form::ask)
        .post("/elders/{key}/edit", Action::EditElder, form::revise)
        .get("/elders/{key}/erase", Action::EraseElder, erase::ask)
        .post("/elders/{key}/erase", Action::EraseElder, erase::act)
        .get("/elders/{key}/move", Action::EditElder, moving::ask)
        .post("/elders/{key}/move", Action::EditElder, moving::act)
        .get("/elders/{key}/timeline", Action::ViewElders, timeline::show)
        .get("/elders/{key}/unmask", Action::UnmaskElder, secret::ask)
        .post("/elders/{key}/unmask", Action::UnmaskElder, secret::open)
        .get("/search", Action::ViewOrders, search::show)
        .get("/search/quick", Action::ViewElders, search::quick)
}
