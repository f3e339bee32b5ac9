//! The years before the ninety days that are lived: orders in numbers that nobody could live, written day by day.
//!
//! What lies within [`TOLD`] days stands in the journal step by step, so that figures and timelines know it; of older
//! orders the row alone is there, as it is once their part of the journal has been archived.

use care::orders::{
    Confirmation, Score, Step,
    past::{self, Past},
};
use chrono::{Days, NaiveDate, TimeDelta};
use kernel::{Instant, ManualClock, Result, business_day, start_of_day};
use store::Lane;
use uuid::Uuid;

use super::casting::{Casting, Deed, Draft, Person};
use crate::{
    commands::import::bar,
    platform::{Platform, operator},
};

/// Days of the past, when there is one.
pub(super) const DAYS: u64 = 730;
/// Days of which the journal tells.
const TOLD: u64 = 31;
/// After so many days an order has come to its end.
const OVER: u64 = 9;
/// Days ahead for which orders are placed.
const AHEAD: u64 = 3;
/// Days after which an order is completed though nobody rated it.
const UNRATED: TimeDelta = TimeDelta::days(7);
/// Elders whom one provider serves at a time, at most, and of how many orders that is one.
const ONE_PROVIDERS: (usize, usize) = (30_000, 10);
/// Orders of one write: with their entries, no more rows than any bulk write may have.
const WRITE_TOLD: usize = 150;
const WRITE_ROWS: usize = 1_500;

/// Orders to be written.
#[derive(Debug)]
pub(super) struct Years<'a> {
    casting: &'a Casting,
    rulebook: Uuid,
    first: NaiveDate,
    now: Instant,
    total: usize,
    written: usize,
    next: NaiveDate,
    progress: indicatif::ProgressBar,
}

impl<'a> Years<'a> {
    /// So many orders between a day and now.
    pub(super) fn new(casting: &'a Casting, rulebook: Uuid, (first, now): (NaiveDate, Instant), total: usize) -> Self {
        let progress = bar(i64::try_from(total).unwrap_or(i64::MAX), "单");
        Self { casting, rulebook, first, now, total, written: 0, next: first, progress }
    }

    /// Writes the orders that are over by a day.
    pub(super) async fn write_until(&mut self, platform: &Platform, clock: &ManualClock, day: NaiveDate) -> Result<()> {
        while self.total > 0 && self.next + Days::new(OVER) < day {
            clock.set(start_of_day(self.next + Days::new(OVER)));
            self.write_day(platform).await?;
        }
        Ok(())
    }

    /// Writes the others, as far as they have come by now, and the open orders of the first provider; how many orders
    /// were written in all.
    pub(super) async fn finish(mut self, platform: &Platform) -> Result<usize> {
        let today = business_day(self.now);
        while self.total > 0 && self.next <= today + Days::new(AHEAD) {
            self.write_day(platform).await?;
        }
        let many = self.of_one_provider(today);
        self.write(platform, &many).await?;
        self.progress.finish_and_clear();
        Ok(self.written)
    }

    /// Orders of the first provider of the first county for the coming week, taken by its workers: one for each of many
    /// elders.
    fn of_one_provider(&self, today: NaiveDate) -> Vec<Past<'a>> {
        let (most, one_in) = ONE_PROVIDERS;
        let Some(by) = self.casting.first_provider() else { return Vec::new() };
        let Ok(area) = by.0.serves() else { return Vec::new() };
        let theirs = self.casting.elders.iter().filter(|elder| area.contains(elder.place));
        let week = (today + Days::new(1), 7);
        let taken = |elder: &Person| {
            // Some draws are called off, or want two workers who cannot be found.
            (0..8).find_map(|_| {
                let draft = self.casting.draft_with(*elder, by, week)?;
                let mut deeds = draft.deeds(&self.casting.dice);
                let late = (deeds.first()?.0 - (self.now - TimeDelta::hours(3))).max(TimeDelta::zero());
                deeds.iter_mut().for_each(|(at, _)| *at -= late);
                deeds.retain(|(_, deed)| matches!(deed, Deed::Place | Deed::Assign | Deed::Take | Deed::Cancel));
                (deeds.len() == 3).then(|| self.past(&draft, deeds)).flatten()
            })
        };
        theirs.take(most.min(self.total / one_in)).filter_map(taken).collect()
    }

    async fn write_day(&mut self, platform: &Platform) -> Result<()> {
        let days = (business_day(self.now) - self.first).num_days().cast_unsigned() + AHEAD + 1;
        let passed = (self.next - self.first).num_days().cast_unsigned() + 1;
        let others = self.total - (self.total / ONE_PROVIDERS.1).min(ONE_PROVIDERS.0);
        let due = usize::try_from(others as u64 * passed / days)?;
        // What nobody could serve is made up for on the next day.
        let drafts = (self.written..due).filter_map(|_| self.casting.draft(self.next, 1));
        let past = drafts.filter_map(|draft| self.past(&draft, draft.deeds(&self.casting.dice)));
        let past: Vec<_> = past.collect();
        self.write(platform, &past).await?;
        self.next = self.next + Days::new(1);
        Ok(())
    }

    async fn write(&mut self, platform: &Platform, past: &[Past<'a>]) -> Result<()> {
        let told = self.next + Days::new(TOLD) >= business_day(self.now);
        for batch in past.chunks(if told { WRITE_TOLD } else { WRITE_ROWS }) {
            let write = async |tx| past::enter(&tx, batch, told).await;
            platform.db.write(Lane::Bulk, &operator(), write).await?;
            self.progress.inc(batch.len() as u64);
        }
        self.written += past.len();
        Ok(())
    }

    /// A draft with all that happened to it by now; none when it is not placed yet.
    fn past(&self, draft: &Draft<'a>, deeds: Vec<(Instant, Deed)>) -> Option<Past<'a>> {
        let (placed_at, _) = *deeds.first().filter(|(at, _)| *at <= self.now)?;
        let mut steps = Vec::with_capacity(8);
        for (at, deed) in deeds {
            match deed {
                Deed::Place => steps.push((Step::Accept, at)),
                Deed::Assign => steps.push((Step::Assign(draft.crew), at)),
                Deed::Take => steps.push((Step::Take, at)),
                Deed::Arrive { at } => steps.push((Step::CheckIn(at), at)),
                Deed::Leave { at } => steps.push((Step::CheckOut(at), at)),
                Deed::Confirm => {
                    steps.push((Step::Confirm(Confirmation::Call), at));
                    steps.extend(draft.score.is_none().then_some((Step::Rate(None), at + UNRATED)));
                }
                Deed::Rate => steps.push((Step::Rate(draft.score.and_then(|score| Score::new(score).ok())), at)),
                Deed::Cancel => steps.push((Step::Cancel, at)),
            }
        }
        steps.retain(|(_, at)| *at <= self.now);
        Some(Past {
            elder: draft.elder.key,
            place: draft.elder.place,
            tags: draft.elder.tags,
            item: draft.item,
            rulebook: self.rulebook,
            provider: draft.provider,
            window: draft.window,
            channel: draft.channel,
            placed_at,
            steps,
        })
    }
}
