//! Ninety days of orders, made by the same actions as living ones, in the city's own time.
//!
//! ```text
//! draft each order's fate ─► all steps of all orders by time ─► one write per moment and actor
//! ```

use std::collections::BTreeMap;

use care::{
    catalogue::{self, Item},
    orders::{
        CancelReason, Channel, Complaint, Crew, Order, Score,
        actions::{self, Assignment, Placing, Rating, Why},
    },
    visits::{Arrival, Departure, Door, Kind as ProofKind, Told},
};
use chrono::{Days, NaiveDate, TimeDelta};
use kernel::{
    Acting, Actor, Clock, Ids, Instant, Key, Level, ManualClock, Principal, Region, Result, Role, Scope, SystemClock,
    business_day, start_of_day,
};
use registry::{
    elders::{self, Elder, queries::Filter},
    organisations::{Kind, Organisation},
    workers::Worker,
};
use store::{Lane, Tx};
use uuid::Uuid;

use super::city::Made;
use crate::{
    commands::import::bar,
    platform::{Platform, operator},
};

/// Days that lie behind the city.
pub(super) const DAYS: u64 = 90;
/// Orders in that time for each hundred elders.
const ORDERS_PER_HUNDRED: u64 = 45;
/// Steps of one actor within this time are one write.
const MOMENT: TimeDelta = TimeDelta::minutes(10);

/// An order's fate, drawn before it is lived.
struct Draft {
    elder: Elder,
    item: Item,
    window: (Instant, Instant),
    channel: Channel,
    provider: Uuid,
    crew: Crew,
    score: Option<i16>,
    key: Option<Key<Order>>,
}

/// What happens to an order at a time.
#[derive(Clone, Copy)]
enum Deed {
    Place,
    Assign,
    Take,
    Visit { arrived: Instant, left: Instant },
    Confirm,
    Rate,
    Cancel,
}

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

/// Puts the price book into force and lives ninety days until `today`; how many orders there were.
pub(super) async fn live(
    platform: &Platform,
    clock: &ManualClock,
    made: &Made,
    today: NaiveDate,
    seed: u64,
) -> Result<usize> {
    let first = today - Days::new(DAYS);
    clock.set(start_of_day(first));
    let book = catalogue::national();
    platform.db.write(Lane::Bulk, &operator(), async |tx| catalogue::enact(&tx, None, first, &book).await).await?;
    let mut casting = Casting::new(platform, made, book.items, seed).await?;
    let (mut drafts, mut deeds) = (Vec::new(), BTreeMap::new());
    let count = casting.elders.len() as u64 * ORDERS_PER_HUNDRED / 100;
    for _ in 0..count {
        if let Some(draft) = casting.draft(first, today) {
            schedule(&mut casting.dice, &draft, drafts.len(), &mut deeds);
            drafts.push(draft);
        }
    }
    // A city is never ahead of the machine's time: what lies in the future could not be seen or signed in to.
    let now = SystemClock.now().min(start_of_day(today) + TimeDelta::hours(18));
    deeds.retain(|(at, _), _| *at <= now);
    let progress = bar(i64::try_from(deeds.len())?, "步");
    let mut swept = first;
    for ((at, doer), steps) in deeds {
        // What nobody confirms or rates ends by itself, as it would under `serve`.
        if business_day(at) > swept {
            swept = business_day(at);
            clock.set(start_of_day(swept));
            care::orders::sweep::round(&platform.db).await?;
        }
        clock.set(at);
        perform(platform, doer, &steps, &mut drafts).await?;
        progress.inc(1);
    }
    progress.finish_and_clear();
    clock.set(now);
    Ok(drafts.iter().filter(|draft| draft.key.is_some()).count())
}

/// Steps by moment and doer.
type Deeds = BTreeMap<(Instant, Doer), Vec<(usize, Deed)>>;

/// The start of the moment that holds `at`.
fn moment(at: Instant) -> Instant {
    let length = MOMENT.num_microseconds().unwrap_or(1);
    Instant::from_timestamp_micros(at.timestamp_micros() / length * length).unwrap_or(at)
}

/// Draws when an order's steps happen.
fn schedule(dice: &mut Ids, draft: &Draft, index: usize, deeds: &mut Deeds) {
    let mut add = |at: Instant, doer: Doer, deed: Deed| {
        deeds.entry((moment(at), doer)).or_default().push((index, deed));
    };
    let minutes = |dice: &Ids, from: u64, to: u64| TimeDelta::minutes((from + dice.below(to - from)).cast_signed());
    let (start, _) = draft.window;
    let placed = start - TimeDelta::hours((18 + dice.below(54)).cast_signed());
    add(placed, Doer::Agent, Deed::Place);
    if dice.below(100) < 4 {
        add(placed + minutes(dice, 60, 400), Doer::Agent, Deed::Cancel);
        return;
    }
    let assigned = placed + minutes(dice, 10, 40);
    add(assigned, Doer::Dispatcher(draft.provider), Deed::Assign);
    let taken = assigned + minutes(dice, 10, 60);
    add(taken, Doer::Caregiver(draft.crew.lead), Deed::Take);
    let late = if dice.below(100) < 3 { minutes(dice, 35, 70) } else { minutes(dice, 0, 20) };
    let arrived = start + late;
    let left = arrived + TimeDelta::minutes(i64::from(draft.item.minutes) + dice.below(15).cast_signed());
    add(left + MOMENT, Doer::Caregiver(draft.crew.lead), Deed::Visit { arrived, left });
    let confirmed = left + minutes(dice, 60, 1_500);
    add(confirmed, Doer::Agent, Deed::Confirm);
    if draft.score.is_some() {
        add(confirmed + minutes(dice, 20, 2_000), Doer::Agent, Deed::Rate);
    }
}

async fn perform(platform: &Platform, doer: Doer, steps: &[(usize, Deed)], drafts: &mut [Draft]) -> Result<()> {
    let mut doors = Vec::with_capacity(steps.len());
    for (index, deed) in steps {
        doors.push(match deed {
            Deed::Visit { .. } => Some(door(platform, &drafts[*index].elder).await?),
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
async fn step(tx: &Tx, draft: &Draft, deed: Deed, door: Option<&Door>) -> Result<Option<Key<Order>>> {
    let Some(key) = draft.key else {
        return if matches!(deed, Deed::Place) { place(tx, draft).await } else { Ok(None) };
    };
    match deed {
        Deed::Place => {}
        Deed::Assign => drop(actions::assign(tx, key, &Assignment { crew: draft.crew, why: None }).await?),
        Deed::Take => drop(actions::take(tx, key).await?),
        Deed::Visit { arrived, left } => {
            let Some(door) = door else { return Ok(None) };
            let proofs = |at| proofs(door, at);
            let arrival = Arrival { made_at: Some(arrived), proofs: proofs(arrived), door: door.clone() };
            actions::check_in(tx, key, &arrival).await?;
            let departure = Departure { made_at: Some(left), proofs: proofs(left), door: door.clone() };
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
async fn place(tx: &Tx, draft: &Draft) -> Result<Option<Key<Order>>> {
    let placing = Placing {
        elder: draft.elder.key()?,
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

async fn door(platform: &Platform, elder: &Elder) -> Result<Door> {
    let key = platform.keys.data_key(elder.key()?.home, elder.id).await?;
    let file = elders::file::File::open(elder, &key)?;
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

/// Who may play a part.
struct Casting {
    elders: Vec<Elder>,
    items: Vec<Item>,
    /// Providers of a county, each with its workers.
    providers: BTreeMap<Region, Vec<(Organisation, Vec<Worker>)>>,
    dice: Ids,
}

impl Casting {
    async fn new(platform: &Platform, made: &Made, items: Vec<Item>, seed: u64) -> Result<Self> {
        let (mut elders, mut after) = (Vec::new(), None);
        loop {
            let page = elders::queries::list(&platform.db, &Scope::whole(), &Filter::default(), after, 5_000).await?;
            let Some(last) = page.last() else { break };
            let key = last.key()?;
            after = Some(elders::queries::After { home: key.home, place: last.place, id: key.id });
            elders.extend(page);
        }
        let mut providers: BTreeMap<Region, Vec<(Organisation, Vec<Worker>)>> = BTreeMap::new();
        for organisation in made.organisations.iter().filter(|o| o.kind() == Some(Kind::HomeCare)) {
            let staff = made.workers.iter().filter(|(_, employer)| employer.id == organisation.id);
            let staff: Vec<Worker> = staff.map(|(worker, _)| worker.clone()).collect();
            providers.entry(organisation.serves()?).or_default().push((organisation.clone(), staff));
        }
        Ok(Self { elders, items, providers, dice: Ids::seeded(seed ^ 0x6f72_6465_7273) })
    }

    fn pick<'a, T>(dice: &Ids, from: &'a [T]) -> Option<&'a T> {
        from.get(usize::try_from(dice.below(from.len() as u64)).ok()?)
    }

    /// Draws an order; none when nobody can serve it.
    fn draft(&mut self, first: NaiveDate, today: NaiveDate) -> Option<Draft> {
        let dice = &self.dice;
        let elder = Self::pick(dice, &self.elders)?.clone();
        let item = Self::pick(dice, &self.items)?.clone();
        let place = elder.place().ok()?;
        let area = place.at(Level::County).or_else(|| place.at(Level::City))?;
        let (provider, staff) = Self::pick(dice, self.providers.get(&area)?)?;
        let able: Vec<&Worker> = staff.iter().filter(|worker| worker.can(item.class().code())).collect();
        let lead = Self::pick(dice, &able)?.id;
        let second = item.pair.then(|| able.iter().map(|w| w.id).find(|id| *id != lead)).flatten();
        if item.pair && second.is_none() {
            return None;
        }
        let ahead = (today - first).num_days().cast_unsigned() + 3;
        let start = start_of_day(first + Days::new(4 + dice.below(ahead - 4)))
            + TimeDelta::minutes((8 * 60 + dice.below(19) * 30).cast_signed());
        let channel = [Channel::Phone, Channel::Phone, Channel::Counter, Channel::Community]
            [usize::try_from(dice.below(4)).unwrap_or(0)];
        let score = match dice.below(100) {
            0..72 => Some(5),
            72..90 => Some(4),
            90..94 => Some(3),
            94..96 => Some(2),
            _ => None,
        };
        let (window, crew) = ((start, start + TimeDelta::hours(1)), Crew { lead, second });
        Some(Draft { elder, item, window, channel, provider: provider.id, crew, score, key: None })
    }
}
