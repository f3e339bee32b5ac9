//! What nobody serves: who, when, why, and the cheapest way out.

use kernel::Text;
use uuid::Uuid;

use super::wording;
use crate::{
    orders::pages::place_words,
    roster::{desk::Desk, gap::Gap},
};

/// Rows that the page shows.
pub(super) const SHOWN: usize = 50;

/// A row.
#[derive(Clone, Debug)]
pub(crate) struct GapRow {
    pub(super) letter: String,
    pub(super) order: Uuid,
    pub(super) key: String,
    pub(super) item: String,
    pub(super) is_pair: bool,
    pub(super) elder: Option<String>,
    pub(super) place: String,
    pub(super) window: String,
    pub(super) why: Vec<Text>,
    pub(super) cures: Vec<Text>,
    pub(super) href: String,
}

impl GapRow {
    /// The rows of a desk, those due first on top.
    pub(super) fn of(desk: &Desk) -> Vec<Self> {
        let mut gaps: Vec<(&Gap, _)> =
            desk.gaps.iter().filter_map(|gap| Some((gap, desk.day.job(gap.order)?))).collect();
        gaps.sort_by_key(|(_, job)| (job.order.window_start, job.order.id));
        let row = |(n, (gap, job)): (usize, (&Gap, &crate::roster::gather::Job))| {
            let order = &job.order;
            Some(Self {
                letter: wording::letter(n),
                order: order.id,
                key: order.key().ok()?.to_string(),
                item: order.item_name.clone(),
                is_pair: order.pair,
                elder: job.elder.as_ref().map(|elder| elder.name.clone()),
                place: place_words(order.place().ok()),
                window: format!("{}–{}", wording::clock(order.window_start), wording::clock(order.window_end)),
                why: gap.bars.said(),
                cures: gap
                    .cures
                    .iter()
                    .map(|cure| cure.said(&cure.worker().map_or_else(String::new, |id| desk.day.name(id))))
                    .collect(),
                href: format!("/roster?day={}&visit={}#chosen", desk.day.day, super::visit_name((order.id, 0))),
            })
        };
        gaps.into_iter().enumerate().filter_map(row).collect()
    }

    /// Invented rows.
    pub(super) fn samples() -> Vec<Self> {
        let bars = crate::roster::Bars { skill: 2, time: 5, other: 1, could: 1, is_open: false };
        let cure = crate::roster::Cure::Overtime { worker: Uuid::nil(), minutes: 40 };
        let row = |n, elder: Option<&str>| Self {
            letter: wording::letter(n),
            order: Uuid::from_u128(n as u128),
            key: "411002-aaaaaaaaaaaaaaaaaaaaaaaaaa".into(),
            item: "助浴".into(),
            is_pair: n == 0,
            elder: elder.map(str::to_owned),
            place: "南关街道 白果社区".into(),
            window: "08:00–09:00".into(),
            why: bars.said(),
            cures: if n == 0 { vec![cure.said("付强")] } else { Vec::new() },
            href: "/roster".into(),
        };
        vec![row(0, Some("阮秀芝")), row(1, None)]
    }
}
