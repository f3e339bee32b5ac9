//! Ninety days of orders, made by the same actions as living ones, in the city's own time.
//!
//! ```text
//! draft each order's fate ─► all steps of all orders by time ─► one write per moment and actor
//! ```

use std::collections::BTreeMap;

use care::{
    catalogue,
    orders::{
        CancelReason, Complaint, Order, Score,
        actions::{self, Assignment, Placing, Rating, Why},
    },
    visits::{Arrival, Departure, Door, Kind as ProofKind, Told},
};
use chrono::{Days, NaiveDate, TimeDelta};
use indicatif::ProgressBar;
use kernel::{
    Acting, Actor, Clock, Instant, Key, ManualClock, Principal, Result, Role, Scope, SystemClock, business_day,
    start_of_day,
};
use registry::elders::{self, Elder};
use store::{Lane, Tx};
use uuid::Uuid;

use super::{
    casting::{Casting, Deed, Draft},
    city::Made,
    desk,
    years::{self, Years},
};
use crate::{
    commands::import::bar,
    platform::{Platform, operator},
};

/// Days that lie behind the city.
pub(super) const DAYS: u64 = 90;
/// Orders in that time for each hundred elders.
const ORDERS_PER_HUNDRED: u64 = 45;
/// Of many orders wanted, at most so many are lived.
const LIVED_OF_MANY: u64 = 5_000;
/// Steps of one actor within this time are one write.
pub(super) const MOMENT: TimeDelta = TimeDelta::minutes(10);

/// Who does it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Doer {
    Agent,
    Dispatcher(Uuid),
    Caregiver(Uuid),
}

impl Doer {
    /// The platform itself under the doer's role: nobody real did it.
    fn actor(self) -> Actor {
        let acting = match self {
            Self::Agent => Acting::of(Role::CallAgent),
            Self::Dispatcher(organisation) => {
                Acting { organisation: Some(organisation), ..Acting::of(Role::Dispatcher) }
            }
            Self::Caregiver(worker) => Acting { worker: Some(worker), ..Acting::of(Role::Caregiver) },
        };
        Actor { principal: Principal::System("demo"), name: "演示".to_owned(), acting }
    }
}

/// Puts the price book into force and lives ninety days until `today`; how many orders there were. With a number of
/// orders wanted, those beyond what is lived are written at once, most of them before the ninety days.
pub(super) async fn live(
    platform: &Platform,
    clock: &ManualClock,
    made: &Made,
    (today, wanted): (NaiveDate, Option<usize>),
    seed: u64,
) -> Result<usize> {
    let first = today - Days::new(DAYS);
    clock.set(start_of_day(first_day(today, wanted)));
    let (book, from) = (catalogue::national(), first_day(today, wanted));
    let rulebook =
        platform.db.write(Lane::Bulk, &operator(), async |tx| catalogue::enact(&tx, None, from, &book).await).await?;
    let casting = Casting::new(platform, made, book.items, seed).await?;
    let (mut drafts, mut deeds) = (Vec::new(), Deeds::new());
    let ahead = (today - first).num_days().cast_unsigned() + 3;
    for _ in 0..lived(casting.elders.len(), wanted) {
        if let Some(draft) = casting.draft(first + Days::new(4), ahead - 4) {
            for (at, deed) in draft.deeds(&casting.dice) {
                deeds.entry((moment(at), doer(&draft, deed))).or_default().push((drafts.len(), deed));
            }
            drafts.push(Lived { draft, key: None });
        }
    }
    // A city is never ahead of the machine's time: what lies in the future could not be seen or signed in to.
    let now = SystemClock.now().min(start_of_day(today) + TimeDelta::hours(18));
    for (draft, steps) in desk::lay(&casting, now) {
        for (at, deed) in steps {
            deeds.entry((at, doer(&draft, deed))).or_default().push((drafts.len(), deed));
        }
        drafts.push(Lived { draft, key: None });
    }
    deeds.retain(|(at, _), _| *at <= now);
    let mut years = Years::new(&casting, rulebook, (from, now), wanted.map_or(0, |n| n.saturating_sub(drafts.len())));
    let progress = if wanted.is_some() { ProgressBar::hidden() } else { bar(i64::try_from(deeds.len())?, "步") };
    let mut swept = first;
    years.write_until(platform, clock, first).await?;
    for ((at, doer), steps) in deeds {
        // What nobody confirms or rates ends by itself, as it would under `serve`.
        if business_day(at) > swept {
            swept = business_day(at);
            years.write_until(platform, clock, swept).await?;
            clock.set(start_of_day(swept));
            care::orders::sweep::round(&platform.db).await?;
        }
        clock.set(at);
        perform(platform, doer, &steps, &mut drafts).await?;
        progress.inc(1);
    }
    progress.finish_and_clear();
    clock.set(now);
    let written = years.finish(platform).await?;
    Ok(drafts.iter().filter(|lived| lived.key.is_some()).count() + written)
}

/// The day on which the city's register begins.
pub(super) fn first_day(today: NaiveDate, wanted: Option<usize>) -> NaiveDate {
    today - Days::new(if wanted.is_some() { years::DAYS } else { DAYS })
}

/// How many orders are lived step by step.
fn lived(elders: usize, wanted: Option<usize>) -> u64 {
    let usual = elders as u64 * ORDERS_PER_HUNDRED / 100;
    wanted.map_or(usual, |wanted| usual.min(wanted as u64).min(LIVED_OF_MANY))
}

/// Steps by moment and doer.
type Deeds = BTreeMap<(Instant, Doer), Vec<(usize, Deed)>>;

/// The start of the moment that holds `at`.
fn moment(at: Instant) -> Instant {
    let length = MOMENT.num_microseconds().unwrap_or(1);
    Instant::from_timestamp_micros(at.timestamp_micros() / length * length).unwrap_or(at)
}

/// An order that is lived; its key once it is placed.
struct Lived<'a> {
    draft: Draft<'a>,
    key: Option<Key<Order>>,
}

/// Who takes a step.
fn doer(draft: &Draft<'_>, deed: Deed) -> Doer {
    match deed {
        Deed::Assign => Doer::Dispatcher(draft.provider),
        Deed::Take | Deed::Arrive { .. } | Deed::Leave { .. } => Doer::Caregiver(draft.crew.lead),
        Deed::Place | Deed::Confirm | Deed::Rate | Deed::Cancel => Doer::Agent,
    }
}

async fn perform(platform: &Platform, doer: Doer, steps: &[(usize, Deed)], drafts: &mut [Lived<'_>]) -> Result<()> {
    let mut doors = Vec::with_capacity(steps.len());
    for (index, deed) in steps {
        doors.push(match deed {
            Deed::Arrive { .. } | Deed::Leave { .. } => Some(door(platform, drafts[*index].draft.elder.key).await?),
            _ => None,
        });
    }
    let placed = platform
        .db
        .write(Lane::Bulk, &doer.actor(), async |tx| {
            let mut placed = Vec::new();
            for ((index, deed), door) in steps.iter().zip(&doors) {
                if let Some(key) = step(&tx, &drafts[*index], *deed, door.as_ref()).await? {
                    placed.push((*index, key));
                }
            }
            Ok(placed)
        })
        .await?;
    for (index, key) in placed {
        drafts[index].key = Some(key);
    }
    Ok(())
}

/// Takes one step; the key when it places the order.
async fn step(tx: &Tx, lived: &Lived<'_>, deed: Deed, door: Option<&Door>) -> Result<Option<Key<Order>>> {
    let (draft, Some(key)) = (&lived.draft, lived.key) else {
        return if matches!(deed, Deed::Place) { place(tx, &lived.draft).await } else { Ok(None) };
    };
    match deed {
        Deed::Place => {}
        Deed::Assign => drop(actions::assign(tx, key, &Assignment { crew: draft.crew, why: None }).await?),
        Deed::Take => drop(actions::take(tx, key).await?),
        Deed::Arrive { at } => {
            let Some(door) = door else { return Ok(None) };
            let arrival = Arrival { made_at: Some(at), proofs: proofs(door, at), door: door.clone() };
            actions::check_in(tx, key, &arrival).await?;
        }
        Deed::Leave { at } => {
            let Some(door) = door else { return Ok(None) };
            let departure =
                Departure { lasted_secs: None, made_at: Some(at), proofs: proofs(door, at), door: door.clone() };
            actions::check_out(tx, key, &departure).await?;
        }
        Deed::Confirm => drop(actions::confirm(tx, key).await?),
        Deed::Rate => {
            let Some(score) = draft.score else { return Ok(None) };
            let reasons = if score < 3 { vec![Complaint::Late] } else { Vec::new() };
            actions::rate(tx, key, &Rating { score: Score::new(score)?, reasons, words: None }).await?;
        }
        Deed::Cancel => drop(actions::cancel(tx, key, &Why::of(CancelReason::Away)).await?),
    }
    Ok(None)
}

/// Places the order; none when the same person has the same order already.
async fn place(tx: &Tx, draft: &Draft<'_>) -> Result<Option<Key<Order>>> {
    let placing = Placing {
        elder: draft.elder.key,
        item: draft.item.code.clone(),
        window: draft.window,
        channel: draft.channel,
        provider: Some(draft.provider),
        note: None,
    };
    match actions::place(tx, &placing).await {
        Ok(order) => Ok(Some(order.key()?)),
        Err(failure) if failure.code() == Some("order.duplicate") => Ok(None),
        Err(failure) => Err(failure),
    }
}

async fn door(platform: &Platform, elder: Key<Elder>) -> Result<Door> {
    let key = platform.keys.data_key(elder.home, elder.id).await?;
    let row = elders::queries::get(&platform.db, &Scope::whole(), elder).await?;
    let file = elders::file::File::open(&row, &key)?;
    Ok(Door { key, point: file.details.point })
}

/// A position near the door.
fn proofs(door: &Door, at: Instant) -> Vec<Told> {
    let near = door.point.map(|(longitude, latitude)| (longitude + 0.000_2, latitude));
    vec![Told {
        kind: ProofKind::Position,
        at: Some(at),
        point: near,
        accuracy_m: Some(15),
        mocked: false,
        digest: None,
    }]
}
