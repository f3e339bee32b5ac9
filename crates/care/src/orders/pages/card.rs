//! An order as a card of a lane, and its stage as a sign.

use askama::{Template, filters::HtmlSafe};
use kernel::{Instant, Result, Text, business_day};
use web::filters;

use super::{
    names::Names,
    wording::{self, Due},
};
use crate::orders::{Channel, Order, Stage};

/// A stage: icon, word and tone.
#[derive(Clone, Copy, Debug, Template)]
#[template(
    source = r#"{% let (icon, tone) = self.0.sign() %}<span class="sign {{ tone }}">{{ icon|icon }}{{ self.0.word()|t }}</span>"#,
    ext = "html"
)]
pub(crate) struct Sign(pub Stage);

impl HtmlSafe for Sign {}

/// A card.
#[derive(Clone, Debug, Template)]
#[template(path = "orders/_card.html")]
pub(crate) struct Card {
    pub href: String,
    pub is_chosen: bool,
    pub item: String,
    pub minutes: i32,
    pub is_pair: bool,
    pub elder: Option<String>,
    pub age: Option<i32>,
    pub place: String,
    pub window: Text,
    pub channel: Channel,
    pub who: Option<String>,
    pub due: Option<Due>,
    pub tries: i16,
}

impl HtmlSafe for Card {}

/// The board that a card stands on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Board<'a> {
    /// The key of the case beside it.
    pub chosen: Option<&'a str>,
    /// It is a provider's own.
    pub is_providers: bool,
}

impl Card {
    /// The card of an order at a moment. Who comes is named by the crew; a provider needs not read its own name.
    pub(crate) fn of(order: &Order, names: &Names, now: Instant, board: Board<'_>) -> Result<Self> {
        let (key, today) = (order.key()?.to_string(), business_day(now));
        let elder = names.elder(order);
        Ok(Self {
            href: format!("/orders?case={key}"),
            is_chosen: board.chosen == Some(key.as_str()),
            item: order.item_name.clone(),
            minutes: order.minutes,
            is_pair: order.pair,
            elder: elder.map(|elder| elder.name.clone()),
            age: elder.and_then(|elder| elder.age(today)),
            place: wording::place(order.place().ok()),
            window: wording::window(order.window_start, order.window_end, today),
            channel: order.channel().unwrap_or(Channel::Phone),
            who: names.crew(order).or_else(|| names.provider(order).filter(|_| !board.is_providers)),
            due: order.due_at.map(|at| Due::of(at, now)),
            tries: order.tries,
        })
    }

    const fn channel_icon(&self) -> &'static str {
        match self.channel {
            Channel::Phone => "phone",
            Channel::App | Channel::Mini => "device-mobile",
            Channel::Counter => "building-store",
            Channel::Plan => "calendar-repeat",
            Channel::Sos => "urgent",
            Channel::Community => "building-community",
            Channel::OfflineEntry => "edit",
        }
    }

    fn edge(&self) -> &'static str {
        match self.due.as_ref().map(|due| due.tone) {
            Some("bad") => " late",
            Some("soon") => " near",
            _ => "",
        }
    }
}
