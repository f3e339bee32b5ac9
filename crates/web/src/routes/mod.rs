//! Routes and who may use them, registered together: [`Routes`] is the only way to serve anything, and each of its
//! calls adds the handler and its row, so no route is outside the table that the permission matrix walks.
//!
//! ```text
//! access → origin and CSRF token → size of the body → replay (form key, Idempotency-Key) → handler
//! ```

mod forgery;
mod guard;
mod replay;
mod visible;

use std::convert::Infallible;

use axum::{
    Router,
    extract::Request,
    handler::Handler,
    http::Method,
    middleware::{Next, from_fn},
    routing::{MethodFilter, MethodRouter, on},
};
use kernel::Action;

pub use self::{
    forgery::{CSRF_FIELD, CSRF_HEADER, FORM_KEY_FIELD},
    replay::{IDEMPOTENCY_HEADER, sweep as sweep_replays},
    visible::{FindVisible, Visible},
};
use crate::state::AppState;

/// What a form or a JSON body may hold.
const BODY: u64 = 1024 * 1024;

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Who is signed in, also with an unfinished account.
    Unfinished,
    /// Who is signed in.
    SignedIn,
    /// Who is signed in under a role that includes the action.
    Needs(Action),
}

impl From<Action> for Access {
    fn from(action: Action) -> Self {
        Self::Needs(action)
    }
}

/// One row of the table of routes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteRow {
    /// The room that serves it.
    pub room: &'static str,
    /// Method.
    pub method: Method,
    /// Path with its parameters: `/elders/{key}`.
    pub path: &'static str,
    /// Who may use it.
    pub access: Access,
    /// Bytes that its body may hold.
    pub body: u64,
    /// Its commands carry ids of their own, so it needs no `Idempotency-Key`.
    pub own_keys: bool,
}

/// The routes of one room.
#[derive(Debug)]
pub struct Routes {
    room: &'static str,
    router: Router<AppState>,
    rows: Vec<RouteRow>,
}

impl Routes {
    /// No routes yet.
    #[must_use]
    pub fn new(room: &'static str) -> Self {
        Self { room, router: Router::new(), rows: Vec::new() }
    }

    /// A route that reads.
    #[must_use]
    pub fn get<H, T>(self, path: &'static str, access: impl Into<Access>, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        let row = self.row(Method::GET, path, access.into());
        self.add(row, on(MethodFilter::GET, handler))
    }

    /// A route that writes: a form or JSON of at most 1 MiB.
    #[must_use]
    pub fn post<H, T>(self, path: &'static str, access: impl Into<Access>, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        let row = self.row(Method::POST, path, access.into());
        self.add(row, on(MethodFilter::POST, handler))
    }

    /// A route that takes files: a body of at most `body` bytes; more is answered 413.
    #[must_use]
    pub fn upload<H, T>(self, path: &'static str, access: impl Into<Access>, body: u64, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        let row = RouteRow { body, ..self.row(Method::POST, path, access.into()) };
        self.add(row, on(MethodFilter::POST, handler))
    }

    /// A route that takes commands with ids of their own (the phone's queue), of at most `body` bytes together.
    #[must_use]
    pub fn commands<H, T>(self, path: &'static str, access: impl Into<Access>, body: u64, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        let row = RouteRow { body, own_keys: true, ..self.row(Method::POST, path, access.into()) };
        self.add(row, on(MethodFilter::POST, handler))
    }

    fn row(&self, method: Method, path: &'static str, access: Access) -> RouteRow {
        RouteRow { room: self.room, method, path, access, body: BODY, own_keys: false }
    }

    fn add(mut self, row: RouteRow, handler: MethodRouter<AppState, Infallible>) -> Self {
        let guarded = row.clone();
        let guard = from_fn(move |request: Request, next: Next| guard::pass(guarded.clone(), request, next));
        self.router = self.router.route(row.path, handler.route_layer(guard));
        self.rows.push(row);
        self
    }

    /// Takes another room's routes in.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.rows.extend(other.rows);
        self
    }

    /// The table.
    #[must_use]
    pub fn rows(&self) -> &[RouteRow] {
        &self.rows
    }

    pub(crate) fn into_router(self) -> Router<AppState> {
        self.router
    }
}
