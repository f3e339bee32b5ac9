//! The pages of orders: the live board with a case beside it, one order, the list and its sheet, the order form.

mod act;
mod board;
mod card;
mod case;
mod correct;
mod export;
mod form;
mod list;
mod names;
mod of_elder;
mod show;
mod troubles;
pub(crate) mod wording;

use kernel::Action;
use web::routes::{Access, FindVisible, Routes};

use super::{Order, queries};
pub(crate) use list::{after, cursor, filter};
pub(crate) use troubles::{after as after_trouble, cursor as cursor_of_trouble};
pub(crate) use wording::place as place_words;

impl FindVisible for Order {
    async fn find_visible(
        db: &store::Db,
        scope: &kernel::Scope,
        key: kernel::Key<Self>,
    ) -> kernel::Result<Option<Self>> {
        queries::find(db, scope, key).await
    }
}

/// The routes of these pages. What a role may do to an order in its present state, the actions decide.
#[must_use]
pub fn routes() -> Routes {
    let view = Action::ViewOrders;
    Routes::new("care")
        .get("/orders", view, board::show)
        .get("/orders/list", view, list::show)
        .get("/orders/export", view, export::download)
        .get("/orders/of-elder/{key}", view, of_elder::show)
        .get("/orders/new", Action::PlaceOrder, form::show)
        .post("/orders", Action::PlaceOrder, form::place)
        .get("/orders/{key}", view, show::show)
        .post("/orders/{key}/accept", Access::SignedIn, act::accept)
        .post("/orders/{key}/dispatch", Access::SignedIn, act::dispatch)
        .post("/orders/{key}/assign", Action::AssignOrder, act::assign)
        .post("/orders/{key}/withdraw", Action::AssignOrder, act::withdraw)
        .post("/orders/{key}/return", Action::AssignOrder, act::give_back)
        .post("/orders/{key}/cancel", Action::CancelOrder, act::cancel)
        .post("/orders/{key}/abort", Access::SignedIn, act::abort)
        .get("/orders/{key}/correct", Action::AssignOrder, correct::show)
        .post("/orders/{key}/correct", Action::AssignOrder, correct::correct)
        .post("/orders/{key}/confirm", Action::ConfirmOrder, act::confirm)
        .post("/orders/{key}/rate", Action::ConfirmOrder, act::rate)
        .merge(troubles::routes())
}
