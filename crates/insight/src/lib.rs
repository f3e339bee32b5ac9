//! What the platform knows about itself: figures of every place and day, folded from the journal, never counted from
//! the case tables while somebody waits.
//!
//! * [`statistics`]: measures, the roll-ups they are folded into, reading them, recounting them.
//! * [`dashboards`]: the page, sheet and API of a place's figures.
//! * [`circle`]: who walks to which facility in how many minutes, and where the next one should stand.

pub mod circle;
pub mod dashboards;
pub mod statistics;

use std::sync::Arc;

use kernel::{Action, text};
use store::tables::{Class, Declared};
use web::{menu::MenuEntry, module::Module};

/// The tables of this crate.
pub const TABLES: &[Declared] = &[
    ("rollups", Class::Distributed),
    ("census", Class::Distributed),
    ("circle_cities", Class::Reference),
    ("circle_figures", Class::Distributed),
    ("circle_plans", Class::Distributed),
    ("circle_sitings", Class::Distributed),
];

/// This crate as a room. Beside it the assembly runs [`statistics::birthdays::follow`].
#[must_use]
pub fn module() -> Module {
    let overview = MenuEntry::new("home", text!("总览"), "layout-dashboard", "/dashboard", 100);
    let circle = MenuEntry::new("circle", text!("服务圈"), "map-2", "/circle", 600);
    let mut api = dashboards::api();
    api.merge(circle::api());
    Module {
        routes: dashboards::routes().merge(circle::routes()),
        api: Some(api),
        menu: vec![overview.needs(Action::ViewFigures), circle.needs(Action::ViewFigures)],
        tables: TABLES,
        consumers: vec![Arc::new(statistics::Rollups::default()), Arc::new(circle::count::Changes)],
        ..Module::new("insight")
    }
}
