//! Lists of visits, and one visit with what can be said about it.

use askama::Template;
use axum::extract::{Path, Query, State};
use kernel::{Text, text};
use serde::Deserialize;
use web::{
    filters,
    form::FormGuard,
    head::Head,
    page::{Door, Page, PageResult, Samples, View},
    state::AppState,
};

use super::{
    card::{self, Card},
    order_key,
};
use crate::{
    orders::Stage,
    portal::{
        Guest,
        queries::{self, Which, position},
    },
};

/// `/portal/visits`.
#[derive(Debug, Template)]
#[template(path = "portal/list.html")]
pub(in crate::portal) struct ListPage {
    which: Which,
    cards: Vec<Card>,
    more: Option<String>,
}

impl ListPage {
    fn title(&self) -> Text {
        match self.which {
            Which::ToConfirm => text!("等您确认"),
            Which::ToRate => text!("等您打分"),
            Which::Past => text!("以前的服务"),
        }
    }

    fn nothing(&self) -> Text {
        match self.which {
            Which::ToConfirm => text!("没有要确认的。"),
            Which::ToRate => text!("没有要打分的。"),
            Which::Past => text!("还没有服务过。"),
        }
    }
}

impl View for ListPage {
    const DOOR: Door = Door::Portal;

    fn head(&self) -> Head {
        Head::new(self.title())
    }
}

impl Samples for ListPage {
    fn samples() -> Vec<Self> {
        let cards = vec![card::sample(Stage::Completed), card::sample(Stage::Served), card::sample(Stage::Cancelled)];
        let more = Some("1795264868000000.00000000-0000-0000-0000-000000000001".to_owned());
        let empty = |which| Self { which, cards: Vec::new(), more: None };
        let full = Self { which: Which::Past, cards, more };
        vec![full, empty(Which::ToConfirm), empty(Which::ToRate), empty(Which::Past)]
    }
}

/// What an address of the list says.
#[derive(Debug, Deserialize)]
pub(in crate::portal) struct Asked {
    #[serde(rename = "for")]
    which: Option<String>,
    after: Option<String>,
}

pub(in crate::portal) async fn list(
    State(state): State<AppState>,
    guest: Guest,
    Query(asked): Query<Asked>,
) -> PageResult<ListPage> {
    let which = asked.which.as_deref().and_then(Which::named).unwrap_or(Which::Past);
    let after = asked.after.as_deref().and_then(position::read);
    let now = state.clock().now();
    let (told, more) = queries::list(&state.db, &guest.0.scope(), which, after).await?;
    let cards = told.iter().map(|told| Card::of(told, now)).collect::<kernel::Result<_>>()?;
    Ok(Page(ListPage { which, cards, more: more.map(position::write) }))
}

/// `/portal/visits/{key}`.
#[derive(Debug, Template)]
#[template(path = "portal/visit.html")]
pub(in crate::portal) struct VisitPage {
    card: Card,
    faces: FormGuard,
    stars: FormGuard,
}

impl View for VisitPage {
    const DOOR: Door = Door::Portal;

    fn head(&self) -> Head {
        Head::named(&self.card.item).soft(self.card.state.clone())
    }
}

impl Samples for VisitPage {
    fn samples() -> Vec<Self> {
        let page = |card| Self { card, faces: FormGuard::default(), stars: FormGuard::default() };
        let mut samples: Vec<_> = Stage::ALL.iter().map(|stage| page(card::sample(*stage))).collect();
        samples.push(page(Card { disputed: true, photos: 0, ..card::sample(Stage::Served) }));
        samples.push(page(Card { score: None, call: None, ..card::sample(Stage::Completed) }));
        samples
    }
}

pub(in crate::portal) async fn show(
    State(state): State<AppState>,
    guest: Guest,
    Path(key): Path<String>,
) -> PageResult<VisitPage> {
    let told = queries::get(&state.db, &guest.0.scope(), order_key(&key)?).await?;
    let went = queries::went(&state.db, &told.order).await?;
    let card = Card::of(&told, state.clock().now())?.with(went);
    Ok(Page(VisitPage { card, faces: guest.0.guard(), stars: guest.0.guard() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visits_are_sound_in_both_languages() {
        web::page::check_all::<ListPage>();
        web::page::check_all::<VisitPage>();
    }
}
