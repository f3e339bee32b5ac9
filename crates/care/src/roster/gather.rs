//! What a provider's day is made of: its orders with place and wishes, and who works. Where people live is opened for
//! this alone and never stored with a plan.

use std::collections::HashMap;

use chrono::{NaiveDate, TimeDelta};
use kernel::{Home, Instant, Key, Region, Result, Scope, business_day, start_of_day};
use registry::{
    elders::{self, Elder, file::File},
    organisations,
    workers::{self, Worker},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
    sea_query::{Condition, Expr, ExprTrait},
};
use store::{keys::Keys, rulebooks};
use uuid::Uuid;

use super::{
    RosterRules,
    hours::{self, Hours},
    ways::Ground,
};
use crate::{
    catalogue,
    orders::{self, Column, Order, Stage, candidates::CandidateRules},
    visits::Point,
};

/// Ids of one statement: engines bound the number of values.
const STEP: usize = 1_000;

/// An order of the day with what planning needs.
#[derive(Clone, Debug)]
pub struct Job {
    /// The order.
    pub order: Order,
    /// The elder, as far as the provider may see one.
    pub elder: Option<Elder>,
    /// Where the elder lives, degrees east and north.
    pub point: Point,
    /// The address has no coordinates: this is where its neighbours are.
    pub is_guessed: bool,
    /// Caregivers on duty who came before.
    pub familiar: Vec<Uuid>,
    /// The sex wished for in intimate care.
    pub sex: Option<i16>,
}

/// Somebody who works for the provider.
#[derive(Clone, Debug)]
pub struct Hand {
    /// The caregiver.
    pub worker: Worker,
    /// Hours and vehicle.
    pub hours: Hours,
    /// Why they are away on this day.
    pub away: Option<hours::Reason>,
}

/// A provider's day.
#[derive(Clone, Debug)]
pub struct Workday {
    /// Whose.
    pub provider: Uuid,
    /// The provider's seat.
    pub place: Region,
    /// The day.
    pub day: NaiveDate,
    /// Minute of this day that it is now, when it is this day.
    pub now: Option<f64>,
    /// The norms.
    pub rules: RosterRules,
    /// The rulebook's id, or `default`.
    pub rulebook: String,
    /// All orders of the day that are not called off, by window.
    pub jobs: Vec<Job>,
    /// All who work for the provider, by name.
    pub hands: Vec<Hand>,
    /// On what ways run; straight lines until [`super::Maps::under`] has put streets there.
    pub ground: Ground,
}

impl Hand {
    /// Whether somebody works on a day.
    #[must_use]
    pub fn is_on_duty(&self, day: NaiveDate) -> bool {
        self.away.is_none() && self.hours.works_on(day)
    }
}

impl Job {
    /// Whether it can still be planned: accepted, and nobody is at the door.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.order.stage(), Ok(Stage::Accepted | Stage::Offered | Stage::Taken))
    }
}

impl Workday {
    /// The midnight that minutes count from.
    #[must_use]
    pub fn midnight(&self) -> Instant {
        start_of_day(self.day)
    }

    /// Minutes after midnight.
    #[must_use]
    pub fn minute(&self, at: Instant) -> f64 {
        (at - self.midnight()).num_milliseconds() as f64 / 60_000.0
    }

    /// The moment of a minute, to the second.
    #[must_use]
    pub fn moment(&self, minute: f64) -> Instant {
        self.midnight() + TimeDelta::seconds((minute * 60.0).round() as i64)
    }

    /// The job of an order.
    #[must_use]
    pub fn job(&self, order: Uuid) -> Option<&Job> {
        self.jobs.iter().find(|job| job.order.id == order)
    }

    /// Somebody of the provider.
    #[must_use]
    pub fn hand(&self, worker: Uuid) -> Option<&Hand> {
        self.hands.iter().find(|hand| hand.worker.id == worker)
    }

    /// Who is on duty.
    pub fn on_duty(&self) -> impl Iterator<Item = &Hand> {
        self.hands.iter().filter(|hand| hand.is_on_duty(self.day))
    }

    /// The name of somebody of the provider.
    #[must_use]
    pub fn name(&self, worker: Uuid) -> String {
        self.hand(worker).map(|hand| hand.worker.name.clone()).unwrap_or_default()
    }
}

/// That an order is of a day, taken in and not called off.
pub(super) fn of_day(day: NaiveDate) -> Condition {
    let midnight = start_of_day(day);
    let out = [Stage::Placed.code(), Stage::Cancelled.code(), Stage::Aborted.code()];
    Condition::all()
        .add(Column::WindowStart.gte(midnight))
        .add(Column::WindowStart.lt(midnight + TimeDelta::days(1)))
        .add(Column::Status.is_not_in(out))
}

/// The orders of a provider's day that are not called off, by window; what is not taken in yet is left out.
#[must_use]
pub fn orders_of_day(provider: Uuid, day: NaiveDate) -> Select<orders::Entity> {
    orders::Entity::find()
        .filter(Column::Provider.eq(provider))
        .filter(of_day(day))
        .order_by_asc(Column::WindowStart)
        .order_by_asc(Column::Id)
}

/// Gathers a provider's day; `now` is the moment of asking.
///
/// # Errors
/// [`kernel::Common::NotFound`] when there is no such provider; internal failures.
pub async fn gather(
    db: &impl ConnectionTrait,
    keys: &Keys,
    provider: Uuid,
    (day, now): (NaiveDate, Instant),
) -> Result<Workday> {
    let place = organisations::queries::get(db, provider).await?.seat()?;
    let (rules, rulebook) = norms(db, place, day).await?;
    let hands = hands(db, provider, day, &rules).await?;
    let orders = orders_of_day(provider, day).all(db).await?;
    let people = people(db, provider, &orders).await?;
    let points = points(keys, &people).await?;
    let on_duty: Vec<Uuid> = hands.iter().filter(|hand| hand.is_on_duty(day)).map(|hand| hand.worker.id).collect();
    let familiar = familiar(db, provider, &orders, (now, rules.familiar_days)).await?;
    let intimate = intimate(db, place, day).await?;
    let nearby = Nearby::of(&orders, &points, &hands);
    let jobs = orders.into_iter().map(|order| {
        let elder = people.get(&order.elder).cloned();
        let known = points.get(&order.elder).copied();
        let mut came = familiar.get(&order.elder).cloned().unwrap_or_default();
        came.retain(|worker| on_duty.contains(worker));
        let sex = elder.as_ref().map(|elder| elder.sex).filter(|sex| matches!(sex, 1 | 2));
        Job {
            point: known.unwrap_or_else(|| nearby.guess(order.place)),
            is_guessed: known.is_none(),
            familiar: came,
            sex: sex.filter(|_| intimate.contains(&order.item)),
            elder,
            order,
        }
    });
    let jobs = jobs.collect();
    let start = start_of_day(day);
    let minute = (business_day(now) == day).then(|| (now - start).num_seconds() as f64 / 60.0);
    Ok(Workday { provider, place, day, now: minute, rules, rulebook, jobs, hands, ground: Ground::default() })
}

/// The norms that hold at a place on a day, and the rulebook that says so.
///
/// # Errors
/// Internal failures only.
pub async fn norms(db: &impl ConnectionTrait, place: Region, day: NaiveDate) -> Result<(RosterRules, String)> {
    Ok(match rulebooks::find(db, place, day).await? {
        Some(book) => (book.body, book.id.to_string()),
        None => (RosterRules::default(), "default".to_owned()),
    })
}

/// All who work for a provider on a day, by name, with hours and absence.
///
/// # Errors
/// Internal failures only.
pub async fn hands(
    db: &impl ConnectionTrait,
    provider: Uuid,
    day: NaiveDate,
    rules: &RosterRules,
) -> Result<Vec<Hand>> {
    let written = hours::queries::written(db, provider).await?;
    let away = hours::queries::absences(db, provider, day).await?;
    let employed = workers::queries::of_organisation(db, provider, day).await?;
    let hand = |worker: Worker| Hand {
        hours: written.get(&worker.id).copied().unwrap_or_else(|| Hours::usual(provider, worker.id, rules)),
        away: away.get(&worker.id).map(hours::absence::Model::reason),
        worker,
    };
    Ok(employed.into_iter().map(hand).collect())
}

/// The elders of some orders whom the provider may see, by id.
async fn people(db: &impl ConnectionTrait, provider: Uuid, orders: &[Order]) -> Result<HashMap<Uuid, Elder>> {
    let mut keys = orders
        .iter()
        .map(|order| Ok(Key::<Elder>::new(Home::new(order.home)?, order.elder)))
        .collect::<Result<Vec<_>>>()?;
    keys.sort_unstable();
    keys.dedup();
    let mut found = HashMap::new();
    for keys in keys.chunks(STEP) {
        let elders = elders::queries::of_keys(db, &Scope::Grantee(provider), keys).await?;
        found.extend(elders.into_iter().map(|elder| (elder.id, elder)));
    }
    Ok(found)
}

/// Where elders live, as far as their files say and can be opened.
async fn points(keys: &Keys, people: &HashMap<Uuid, Elder>) -> Result<HashMap<Uuid, Point>> {
    let ids: Vec<Uuid> = people.values().filter(|elder| elder.details_sealed.is_some()).map(|e| e.id).collect();
    let mut found = HashMap::new();
    for ids in ids.chunks(STEP) {
        for (id, key) in keys.find_keys(ids).await? {
            if let Some(elder) = people.get(&id)
                && let Some(point) = File::open(elder, &key)?.details.point
            {
                found.insert(id, point);
            }
        }
    }
    Ok(found)
}

/// Who came to each elder for this provider lately, most often first.
async fn familiar(
    db: &impl ConnectionTrait,
    provider: Uuid,
    orders: &[Order],
    (now, days): (Instant, i64),
) -> Result<HashMap<Uuid, Vec<Uuid>>> {
    let mut elders: HashMap<i32, Vec<Uuid>> = HashMap::new();
    for order in orders {
        elders.entry(order.home).or_default().push(order.elder);
    }
    let mut counted: HashMap<Uuid, Vec<(i64, Uuid)>> = HashMap::new();
    for (home, mut ids) in elders {
        ids.sort_unstable();
        ids.dedup();
        for ids in ids.chunks(STEP) {
            let select = came(home, ids, provider, now - TimeDelta::days(days));
            for row in db.query_all(&select.into_query()).await? {
                let (n, worker): (i64, Uuid) = (row.try_get("", "n")?, row.try_get("", "worker")?);
                counted.entry(row.try_get("", "elder")?).or_default().push((n, worker));
            }
        }
    }
    let ranked = counted.into_iter().map(|(elder, mut workers)| {
        workers.sort_unstable_by(|a, b| b.cmp(a));
        (elder, workers.into_iter().map(|(_, worker)| worker).collect())
    });
    Ok(ranked.collect())
}

/// How often workers of a provider came to some elders of a home since a moment.
#[must_use]
pub fn came(home: i32, elders: &[Uuid], provider: Uuid, since: Instant) -> Select<orders::Entity> {
    let done = [Stage::Served.code(), Stage::Confirmed.code(), Stage::Completed.code()];
    orders::Entity::find()
        .select_only()
        .column(Column::Elder)
        .column(Column::Worker)
        .expr_as(Expr::val(1).count(), "n")
        .filter(Column::Home.eq(home))
        .filter(Column::Elder.is_in(elders.iter().copied()))
        .filter(Column::WindowStart.gt(since))
        // Behind the index of elders: what is left is a handful for each of them.
        .filter(Expr::col(Column::Provider).eq(provider).and(Expr::col(Column::Status).is_in(done)))
        .filter(Column::Worker.is_not_null())
        .group_by(Column::Elder)
        .group_by(Column::Worker)
}

/// The codes of the menu in which a worker's sex matters.
async fn intimate(db: &impl ConnectionTrait, place: Region, day: NaiveDate) -> Result<Vec<String>> {
    let rules: CandidateRules = rulebooks::get_or_default(db, place, day).await?;
    let items = catalogue::find_menu(db, place, day).await?.map_or_else(Vec::new, |menu| menu.book.items);
    let of = items.into_iter().filter(|item| rules.intimate.contains(&item.sub_item));
    Ok(of.map(|item| item.code).collect())
}

/// Where an address without coordinates most likely is.
struct Nearby {
    /// By village, town and county: middle of the known ones.
    middles: HashMap<i64, Point>,
    all: Point,
}

impl Nearby {
    fn of(orders: &[Order], points: &HashMap<Uuid, Point>, hands: &[Hand]) -> Self {
        let mut sums: HashMap<i64, (f64, f64, f64)> = HashMap::new();
        let mut add = |key: i64, point: Point| {
            let sum = sums.entry(key).or_default();
            *sum = (sum.0 + point.0, sum.1 + point.1, sum.2 + 1.0);
        };
        for order in orders {
            if let Some(point) = points.get(&order.elder) {
                for key in [0, order.place, order.place / 1_000, order.place / 1_000_000] {
                    add(key, *point);
                }
            }
        }
        for point in hands.iter().filter_map(|hand| hand.worker.point()) {
            add(-1, point);
        }
        let middles: HashMap<i64, Point> = sums.into_iter().map(|(key, (x, y, n))| (key, (x / n, y / n))).collect();
        let all = middles.get(&0).or_else(|| middles.get(&-1)).copied().unwrap_or_default();
        Self { middles, all }
    }

    fn guess(&self, place: i64) -> Point {
        let near = [place, place / 1_000, place / 1_000_000].into_iter().find_map(|key| self.middles.get(&key));
        near.copied().unwrap_or(self.all)
    }
}
