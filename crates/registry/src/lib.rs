//! The registry: places, streets, organisations, elders, families, workers, accounts.

pub mod accounts;
pub mod elders;
pub mod normal;
pub mod organisations;
pub mod pinyin;
pub mod places;
pub mod streets;
pub mod timeline;
pub mod tokens;
pub mod workers;

use kernel::{Action, text};
use store::tables::{Class, Declared};
use utoipa::OpenApi as _;
use web::{menu::MenuEntry, module::Module};

/// The tables of this crate.
pub const TABLES: &[Declared] = &[
    ("places", Class::Reference),
    ("elders", Class::Distributed),
    ("elder_names", Class::Distributed),
    ("elder_tags", Class::Distributed),
    ("person_certs", Class::Own),
    ("person_phones", Class::Own),
    ("owed_phones", Class::Local),
    ("organisations", Class::Reference),
    ("workers", Class::Reference),
    ("employments", Class::Reference),
    ("import_runs", Class::Own),
    ("import_rows", Class::Distributed),
    ("import_sheets", Class::Own),
    ("import_headings", Class::Reference),
    ("import_questions", Class::Distributed),
];

/// This crate as a room.
#[must_use]
pub fn module() -> Module {
    let elders = MenuEntry::new("elders", text!("老人档案"), "users", "/elders", 200).needs(Action::ViewElders);
    let organisations =
        MenuEntry::new("organisations", text!("单位与人员"), "building-community", "/organisations", 700);
    let accounts = MenuEntry::new("accounts", text!("账号"), "key", "/accounts", 720);
    let tokens = MenuEntry::new("tokens", text!("接口令牌"), "plug", "/tokens", 760).needs(Action::ManageTokens);
    let menu = vec![elders, tokens, organisations.needs(Action::ManageWorkers), accounts.needs(Action::ManageAccounts)];
    let routes = elders::pages::routes()
        .merge(elders::api::routes())
        .merge(organisations::pages::routes())
        .merge(organisations::api::routes())
        .merge(workers::pages::routes())
        .merge(workers::api::routes())
        .merge(accounts::pages::routes())
        .merge(accounts::api::routes())
        .merge(tokens::pages::routes())
        .merge(tokens::api::routes());
    let mut api = elders::api::Description::openapi();
    api.merge(organisations::api::Description::openapi());
    api.merge(workers::api::api());
    api.merge(accounts::api::api());
    api.merge(tokens::api::api());
    Module { routes, api: Some(api), menu, tables: TABLES, ..Module::new("registry") }
}
