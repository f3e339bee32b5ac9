//! What entries about orders and visits say on an elder's timeline.

use kernel::{Action, Text, text};
use registry::timeline::{Act, Guests, Section, Told, Tone, Wording};
use store::journal::Entry;
use uuid::Uuid;

use super::{
    Order, Private,
    events::{self, OrderFacts},
};

/// The words of this room's kinds; the assembly hangs them into the elders' pages.
#[derive(Clone, Copy, Debug, Default)]
pub struct OrderWording;

impl Wording for OrderWording {
    fn tell(&self, entry: &Entry, private: Option<&[u8]>) -> Option<Told> {
        if !entry.kind.starts_with("order.") {
            return None;
        }
        let facts = entry.facts::<OrderFacts>().ok();
        let mut told = Told::new(events::said(&entry.kind, facts.as_ref())).tone(tone(&entry.kind));
        if let Some(facts) = &facts {
            told = told.detail(text!("{item}，单号 {number}", item = facts.item_name, number = facts.number));
            for word in facts.reasons.iter().filter_map(|name| events::reason(&entry.kind, name)) {
                told = told.detail(Text::new(word));
            }
        }
        if let Some(words) = private.and_then(|json| serde_json::from_slice::<Private>(json).ok()) {
            told = told.detail(text!("说明：{words}", words = words.words));
        }
        let key = entry.home().ok().map(|home| kernel::Key::<Order>::new(home, entry.subject));
        Some(match key {
            Some(key) if entry.subject != Uuid::nil() => told.href(format!("/orders/{key}")),
            _ => told,
        })
    }
}

/// How the entry of a kind looks.
pub(crate) fn tone(kind: &str) -> Tone {
    match kind {
        "order.aborted" => Tone::Bad,
        "order.corrected" | "order.declined" | "order.lapsed" | "order.returned" | "order.overdue"
        | "order.withdrawn" | "order.disputed" => Tone::Soon,
        "order.accepted" | "order.dispatched" | "order.received" | "order.cancelled" => Tone::Mute,
        _ => Tone::Plain,
    }
}

/// What this room adds to an elder's page: the words of its entries, a card of the latest orders, and ordering; and that
/// nobody leaves the county with open orders.
#[must_use]
pub fn guests(guests: Guests) -> Guests {
    let needs = Action::ViewOrders;
    guests
        .wording(OrderWording)
        .leaving(super::leaving::OpenOrders)
        .section(Section { title: text!("服务工单"), path: "/orders/of-elder", needs, live: "order" })
        .act(Act {
            text: text!("代老人下单"), icon: "heart-handshake", path: "/orders/new", needs: Action::PlaceOrder
        })
}
