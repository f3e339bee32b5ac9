//! What a room brings along: its routes, API, menu, tables, effects and jobs; and how they are put together.

use std::{collections::BTreeSet, sync::Arc};

use axum::{Router, middleware::from_fn_with_state, response::Redirect};
use kernel::Result;
use store::{
    consumers::Consumer,
    jobs::Worker,
    tables::{Class, Declared},
};
use utoipa::openapi::OpenApi;

use crate::{
    api, assets, commands,
    edge::{Edge, Hourly, content_security_policy, problem},
    live,
    menu::{Menu, MenuEntry},
    page, phone,
    routes::{Access, RouteRow, Routes},
    session::{self, Session},
    state::AppState,
    styleguide,
};

/// The tables of this crate.
const TABLES: &[Declared] = &[
    ("accounts", Class::Own),
    ("account_grants", Class::Own),
    ("sessions", Class::Own),
    ("one_use_codes", Class::Own),
    ("api_tokens", Class::Own),
    ("sign_in_failures", Class::Own),
    ("replays", Class::Own),
];

/// One room, as its `module()` declares it.
pub struct Module {
    /// Its name.
    pub name: &'static str,
    /// Its routes, with who may use them.
    pub routes: Routes,
    /// The OpenAPI part of its JSON routes.
    pub api: Option<OpenApi>,
    /// Its entries in the console's menu.
    pub menu: Vec<MenuEntry>,
    /// Its tables and their classes.
    pub tables: &'static [Declared],
    /// What follows the journal on its behalf.
    pub consumers: Vec<Arc<dyn Consumer>>,
    /// What does its jobs.
    pub workers: Vec<Arc<dyn Worker>>,
    /// What takes the commands of phones.
    pub benches: Vec<Arc<dyn commands::Bench>>,
}

impl std::fmt::Debug for Module {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Module").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Module {
    /// A room that brings nothing yet.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            routes: Routes::new(name),
            api: None,
            menu: Vec::new(),
            tables: &[],
            consumers: Vec::new(),
            workers: Vec::new(),
            benches: Vec::new(),
        }
    }
}

/// This crate as a room: sessions, live events, the API's description, embedded files.
#[must_use]
pub fn module() -> Module {
    let files = Routes::new("web").get("/assets/{file}", Access::Public, assets::serve).merge(crate::healthz::routes());
    let routes = session::routes()
        .merge(live::routes())
        .merge(styleguide::routes())
        .merge(files)
        .merge(commands::routes())
        .merge(phone::routes());
    let mut api = commands::api();
    api.merge(session::description());
    Module { routes, api: Some(api), tables: TABLES, ..Module::new("web") }
}

/// All rooms put together.
pub struct House {
    /// Everything that is served.
    pub router: Router,
    /// Every route and who may use it.
    pub rows: Vec<RouteRow>,
    /// Every table and its class, the store's included.
    pub tables: Vec<Declared>,
    /// The description of the JSON API.
    pub api: OpenApi,
}

impl House {
    /// JSON routes that the description of the API lacks, and addresses that it describes but nobody serves.
    #[must_use]
    pub fn undescribed(&self) -> Vec<String> {
        let described: BTreeSet<String> = self.api.paths.paths.keys().cloned().collect();
        let served = self.rows.iter().map(|row| row.path).filter(|path| path.starts_with("/api/"));
        let served: BTreeSet<String> = served.filter(|path| *path != api::ADDRESS).map(str::to_owned).collect();
        described.symmetric_difference(&served).cloned().collect()
    }
}

impl std::fmt::Debug for House {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("House").field("rows", &self.rows).field("tables", &self.tables).finish_non_exhaustive()
    }
}

/// Puts the rooms together over a state. This crate's own module is always part of it.
///
/// # Errors
/// When the API cannot be described as JSON.
pub fn assemble(rooms: Vec<Module>, state: &AppState) -> Result<House> {
    let (mut routes, mut menu, mut apis) = (Routes::new("web"), Vec::new(), Vec::new());
    let (mut tables, mut benches) = (store::tables::TABLES.to_vec(), Vec::new());
    tables.extend(commands::TABLES);
    for room in std::iter::once(module()).chain(rooms) {
        routes = routes.merge(room.routes);
        menu.extend(room.menu);
        apis.extend(room.api);
        tables.extend(room.tables);
        benches.extend(room.benches);
    }
    let menu = Menu::new(menu);
    let routes = routes.merge(landing(menu.clone()));
    let api = api::assembled(apis);
    let routes = routes.merge(api::routes(&api)?);
    let rows = routes.rows().to_vec();
    let state = state.clone().with(commands::Benches::new(benches));
    Ok(House { router: surrounded(routes, menu, &state), rows, tables, api })
}

/// `/`: phones and the portal have their own first page, staff begin with the first entry of their menu.
fn landing(menu: Menu) -> Routes {
    let first = move |session: Session| {
        let own = session.kind().landing();
        let role = session.actor.acting.role;
        let entry = menu.of(role).first().and_then(|group| group.entries.first().map(|entry| entry.href));
        let to = if own == "/" { entry.unwrap_or("/account") } else { own };
        std::future::ready(Redirect::to(to))
    };
    Routes::new("web").get("/", Access::SignedIn, first)
}

fn surrounded(routes: Routes, menu: Menu, state: &AppState) -> Router {
    let edge = Edge {
        clock: Arc::clone(state.clock()),
        ids: Arc::clone(state.ids()),
        metrics: Arc::clone(&state.metrics),
        proxies: state.config.proxies.clone(),
        unlisted: Hourly::default(),
        timeout: state.config.timeout,
        node: state.config.node.clone(),
        policy: content_security_policy(state.config.base_map.as_ref()),
    };
    let router = routes.into_router().with_state(state.clone()).fallback(problem::nothing_here);
    let rendered = edge.inside(router).layer(from_fn_with_state(Arc::new(menu), page::render));
    let heard = rendered.layer(from_fn_with_state(state.clone(), commands::hear));
    edge.outside(heard.layer(from_fn_with_state(state.clone(), session::read)))
}
