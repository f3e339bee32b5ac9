//! Care: what may be ordered ([`catalogue`]), orders and their way to a rated service ([`orders`]), and what happens at
//! the door ([`visits`]); and what the elder says about it ([`portal`]).

pub mod catalogue;
pub mod orders;
pub mod portal;
pub mod roster;
mod versions;
pub mod visits;
mod week;

use kernel::{Action, text};
use store::tables::{Class, Declared};
use web::menu::MenuEntry;

/// The tables of this crate.
pub const TABLES: &[Declared] = &[
    ("orders", Class::Distributed),
    ("visits", Class::Distributed),
    ("evidence", Class::Distributed),
    ("work_hours", Class::Own),
    ("work_absences", Class::Own),
    ("plans", Class::Distributed),
    ("plan_visits", Class::Distributed),
    ("plan_moves", Class::Distributed),
    ("plan_runs", Class::Distributed),
];

/// This crate as a room.
#[must_use]
pub fn module() -> web::module::Module {
    let bench: std::sync::Arc<dyn web::commands::Bench> = std::sync::Arc::new(orders::commands::OrderCommands);
    let mut api = orders::api::api();
    api.merge(catalogue::api::api());
    api.merge(catalogue::prices::api::api());
    api.merge(orders::day::api());
    api.merge(roster::api::api());
    api.merge(roster::rules::api::api());
    web::module::Module {
        routes: orders::pages::routes()
            .merge(orders::api::routes())
            .merge(catalogue::pages::routes())
            .merge(catalogue::api::routes())
            .merge(catalogue::prices::routes())
            .merge(catalogue::prices::api::routes())
            .merge(orders::day::routes())
            .merge(roster::pages::routes())
            .merge(roster::rules::pages::routes())
            .merge(roster::rules::api::routes())
            .merge(roster::api::routes())
            .merge(portal::routes()),
        api: Some(api),
        menu: vec![
            MenuEntry::new("orders", text!("服务工单"), "heart-handshake", "/orders", 400).needs(Action::ViewOrders),
            MenuEntry::new("roster", text!("日程排班"), "route", "/roster", 410).needs(Action::AssignOrder),
            MenuEntry::new("troubles", text!("手机疑难"), "device-mobile-exclamation", "/orders/troubles", 420)
                .needs(Action::AssignOrder)
                .badge("/orders/troubles/badge", "command"),
            MenuEntry::new("prices", text!("价目"), "coin-yuan", "/prices", 740).needs(Action::EnactPrices),
            MenuEntry::new("roster-rules", text!("排班规则"), "adjustments-horizontal", "/roster/rules", 750)
                .needs(Action::EnactRoster),
            MenuEntry::new("catalogue", text!("服务目录"), "list-check", "/catalogue", 450).needs(Action::ViewOrders),
        ],
        tables: TABLES,
        benches: vec![bench],
        ..web::module::Module::new("care")
    }
}
