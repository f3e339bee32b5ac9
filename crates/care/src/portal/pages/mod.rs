//! The pages of the portal, and the two staff pages that belong to it.

mod card;
pub(super) mod code;
pub(super) mod home;
pub(super) mod judge;
pub(super) mod objection;
pub(super) mod visit;

use axum::response::{IntoResponse as _, Redirect, Response};
use kernel::{Common, Key, Result};

use crate::orders::Order;

/// The order that the address names.
fn order_key(text: &str) -> Result<Key<Order>> {
    text.parse().map_err(|_| Common::NotFound.into())
}

/// A 303 to a path.
fn go(path: &str) -> Response {
    Redirect::to(path).into_response()
}

/// The fields of a form, each as often as it was sent.
#[derive(Debug)]
struct Sent(Vec<(String, String)>);

impl Sent {
    fn one(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    fn all<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }
}
