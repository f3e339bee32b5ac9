//! The pages of elders' files: list, export, one file with its timeline and its eye, imports, and the search box.

mod export;

mod list;
mod narrowed;
mod people;
mod signs;

use kernel::Action;
use web::routes::Routes;

/// The routes of these pages.
#[must_use]
pub fn routes() -> Routes {
    Routes::new("registry").get("/elders", Action::ViewElders, list::show).get(
        "/elders/export",
        Action::ExportElders,
        export::download,
    )
}
