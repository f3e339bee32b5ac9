//! Counting a city: asked for when something that counts changed or a new day began, done as a job.
//!
//! ```text
//! journal ─ Changes (consumer) ─ circle_cities.changed_at ─ follow ─ job circle.count ─ circle_figures, the map in memory
//! ```

use std::{collections::BTreeSet, path::Path, sync::Arc};

use async_trait::async_trait;
use chrono::TimeDelta;
use kernel::{Actor, Event, Facts, Home, Instant, Key, Level, Region, Result};
use registry::{
    elders::points,
    organisations::{self, Status},
    streets,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    Db, Lane, Tx,
    consumers::Consumer,
    homes,
    jobs::{self, Handle, Job, Worker},
    journal::Entry,
    keys::Keys,
    leases,
};
use tokio::{sync::watch, task::spawn_blocking};
use uuid::Uuid;

use super::{
    Circle, figures,
    kinds::Walk,
    model::{Facility, Model, Parts},
    refusal::Refusal,
};

/// The kind of the job.
const KIND: &str = "circle.count";
/// Whoever asks for a count by itself.
const NAME: &str = "insight.circle";
/// Files opened at a time.
const PAGE: u64 = 2_000;
/// Rows of one transaction.
const BATCH: usize = 500;
/// Between two counts of a city that keeps changing, at least.
const PAUSE: TimeDelta = TimeDelta::seconds(60);
/// So many times as long as a count took passes until the next: a large city must not be counted all day.
const PAUSES: i32 = 10;
/// How often [`follow`] looks.
const LOOK: std::time::Duration = std::time::Duration::from_secs(5);

/// Somebody asked for a count.
#[derive(Debug, Serialize, Deserialize)]
pub struct Asked {
    /// Of which city.
    pub city: Region,
}

impl Facts for Asked {
    const KIND: &'static str = "circle.asked";
}

/// Notes which cities changed.
#[derive(Debug, Default)]
pub struct Changes;

/// Kinds of entries after which somebody may live or something stand elsewhere.
const CHANGES: [&str; 13] = [
    "elder.registered",
    "elder.changed",
    "elder.moved",
    "elder.departed",
    "elder.arrived",
    "elder.withdrawn",
    "elder.tags_ended",
    "elder.ended",
    "elder.erased",
    "elder.aged",
    "organisation.founded",
    "organisation.turned",
    "organisation.located",
];

#[async_trait]
impl Consumer for Changes {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn take(&self, tx: &Tx, entries: &[Entry]) -> Result<()> {
        let mut cities = BTreeSet::new();
        for entry in entries.iter().filter(|entry| CHANGES.contains(&entry.kind.as_str())) {
            cities.extend(entry.place()?.at(Level::City));
        }
        for city in cities {
            figures::note(tx, city, &[("changed_at", tx.now().into())]).await?;
        }
        Ok(())
    }
}

/// Asks for a count of the city that holds a place, unless one is waiting; the job.
///
/// # Errors
/// Internal failures only.
pub async fn ask(tx: &Tx, place: Region) -> Result<Uuid> {
    let city = place.at(Level::City).unwrap_or(place);
    if let Some(job) = figures::standing(tx, city).await?.job
        && let Ok(job) = jobs::get(tx, job).await
        && job.state == "waiting"
    {
        return Ok(job.id);
    }
    let job = jobs::ask(tx, KIND, &json!({ "city": city.code() })).await?;
    figures::note(tx, city, &[("job", job.into())]).await?;
    if let Some(home) = place.home() {
        tx.journal(Event::new(Key::<Asked>::new(home, job), place, &Asked { city })?);
    }
    Ok(job)
}

/// Does the counts.
#[derive(Clone, Debug)]
pub struct CountWorker {
    /// The maps in memory.
    pub circle: Circle,
    /// Opens the points.
    pub keys: Keys,
}

#[async_trait]
impl Worker for CountWorker {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, db: &Db, job: &Job, handle: &Handle) -> Result<()> {
        let body: serde_json::Value = serde_json::from_str(&job.body)?;
        let city = Region::new(body["city"].as_i64().unwrap_or_default())?;
        run(&self.circle, (db, &self.keys), city, Some(handle)).await
    }
}

/// Counts a city now, keeps its map in memory and forgets what was counted longer ago than [`Circle::keeping`] says.
///
/// # Errors
/// [`Refusal::NoStreets`]; internal failures.
pub async fn run(circle: &Circle, (db, keys): (&Db, &Keys), city: Region, handle: Option<&Handle>) -> Result<()> {
    let (begun, started) = (db.clock().now(), std::time::Instant::now());
    let Some(data) = circle.data() else { return Err(Refusal::NoStreets.into()) };
    let model = Arc::new(read(data, (db, keys), city, handle).await?);
    let read_in = started.elapsed();
    let (counting, attribution) = (Arc::clone(&model), model.network().streets().attribution().to_owned());
    let counted = spawn_blocking(move || counting.counted()).await?;
    circle.put(city, model);
    let counted_in = started.elapsed() - read_in;
    let mut rows = Vec::with_capacity(counted.len());
    for ((home, place), reached) in counted {
        rows.push((home, place, serde_json::to_string(&reached)?));
    }
    let (today, actor) = (db.clock().today(), Actor::system(NAME));
    for (written, batch) in rows.chunks(BATCH).enumerate() {
        db.write(Lane::Jobs, &actor, async |tx| figures::write(&tx, batch, today).await).await?;
        tell(handle, (written * BATCH, rows.len()), "正在保存结果").await?;
    }
    if let Some(oldest) = circle.days().and_then(|days| today.checked_sub_days(days)) {
        let homes = homes_of(db, city).await?;
        db.write(Lane::Jobs, &actor, async |tx| figures::forget(&tx, &homes, oldest).await).await?;
    }
    db.write(Lane::Jobs, &actor, async |tx| {
        let counted = [("counted_at", begun.into()), ("counted_on", today.into()), ("attribution", attribution.into())];
        figures::note(&tx, city, &counted).await
    })
    .await?;
    circle.recounted(city);
    let (read_ms, counted_ms, took_ms) = (read_in.as_millis(), counted_in.as_millis(), started.elapsed().as_millis());
    tracing::info!(city = %city.short(), places = rows.len(), read_ms, counted_ms, took_ms, "a city was counted");
    Ok(())
}

/// Reads a city into memory.
///
/// # Errors
/// [`Refusal::NoStreets`]; [`streets::Refusal::Unreadable`]; internal failures.
pub async fn read(data: &Path, (db, keys): (&Db, &Keys), city: Region, handle: Option<&Handle>) -> Result<Model> {
    let (read_at, today) = (db.clock().now(), db.clock().today());
    let folder = data.to_owned();
    let streets = spawn_blocking(move || streets::load(&folder, city)).await??;
    let streets = streets.ok_or(Refusal::NoStreets)?;
    let mut residents = Vec::new();
    for home in homes_of(db, city).await? {
        let mut after = None;
        loop {
            let (page, next) = points::page(db, keys, (home, city), after, PAGE).await?;
            residents.extend(page);
            tell(handle, (residents.len(), 0), "正在读取老人的位置").await?;
            after = match next {
                Some(next) => Some(next),
                None => break,
            };
        }
    }
    let facilities = facilities(db, city).await?;
    let parts = Parts { residents, facilities, today };
    let built = spawn_blocking(move || Model::build(streets, parts, read_at)).await?;
    built.map_err(|fault| streets::Refusal::Unreadable { why: fault.chinese() }.into())
}

/// The homes of a city's elders.
async fn homes_of(db: &Db, city: Region) -> Result<BTreeSet<Home>> {
    Ok(homes::of_range(db, city.range()).await?.into_iter().chain(city.home()).collect())
}

/// The working organisations of a city that somebody may walk to, as far as anybody has said where they stand.
async fn facilities(db: &Db, city: Region) -> Result<Vec<Facility>> {
    let all = organisations::queries::list(db, city, None).await?.into_iter();
    let standing = all.filter(|organisation| organisation.status() == Status::Active);
    let facility = |organisation: organisations::Organisation| {
        let (kind, (lon, lat), place) = (organisation.kind()?, organisation.point()?, organisation.seat().ok()?);
        let at = reach::Position::new(lon, lat);
        let is_walked_to = !Walk::numbers_of(kind).is_empty();
        is_walked_to.then_some(Facility {
            id: organisation.id,
            name: organisation.name,
            kind,
            place,
            at,
            stands: false,
        })
    };
    Ok(standing.filter_map(facility).collect())
}

async fn tell(handle: Option<&Handle>, (done, total): (usize, usize), note: &str) -> Result<()> {
    let Some(handle) = handle else { return Ok(()) };
    handle.progress(i64::try_from(done)?, i64::try_from(total)?, note).await
}

/// Whether a city wants a count: never counted, changed since, or counted on another day; not more often than once a
/// minute, nor than a tenth of the time would be spent on it.
fn is_due(standing: &figures::Standing, took: TimeDelta, (now, today): (Instant, chrono::NaiveDate)) -> bool {
    let Some(counted_at) = standing.counted_at else { return true };
    let is_changed = standing.changed_at.is_some_and(|changed| changed > counted_at);
    (is_changed || standing.counted_on != Some(today)) && now - counted_at >= PAUSE.max(took * PAUSES)
}

/// Asks for a count of each city with streets that wants one; how many.
///
/// # Errors
/// Internal failures only.
pub async fn ask_where_due(db: &Db, circle: &Circle) -> Result<u64> {
    let mut asked = 0;
    for city in circle.cities() {
        let standing = figures::standing(db, city).await?;
        let job = match standing.job {
            Some(job) => jobs::get(db, job).await.ok(),
            None => None,
        };
        let is_under_way = job.as_ref().is_some_and(|job| matches!(job.state.as_str(), "waiting" | "running"));
        let ended = job.and_then(|job| job.ended_at).zip(standing.counted_at);
        let took = ended.map_or(TimeDelta::zero(), |(ended, begun)| ended - begun);
        if !is_under_way && is_due(&standing, took, (db.clock().now(), db.clock().today())) {
            db.write(Lane::Jobs, &Actor::system(NAME), async |tx| ask(&tx, city).await).await?;
            asked += 1;
        }
    }
    Ok(asked)
}

/// Keeps the counts up to date until `stop` is set (of several processes the one with the lease), and the maps in memory,
/// so that nobody waits for the first one.
pub async fn follow(db: Db, CountWorker { circle, keys }: CountWorker, mut stop: watch::Receiver<bool>) {
    let holder = db.ids().uuid(db.clock().now());
    while !*stop.borrow() {
        let round = async {
            if leases::hold(&db, "insight.circle.ask", holder, TimeDelta::seconds(30)).await? {
                ask_where_due(&db, &circle).await
            } else {
                Ok(0)
            }
        };
        if let Err(failure) = round.await {
            tracing::error!(?failure, "the circle was not asked for; trying again");
        }
        for city in circle.cities() {
            if let Err(failure) = ready((&db, &keys), &circle, city).await {
                tracing::warn!(?failure, city = %city.short(), "the map of a city cannot be read");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            changed = stop.changed() => if changed.is_err() { return },
        }
    }
}

/// Has the map of a city in memory, with everything in it made.
async fn ready(of: (&Db, &Keys), circle: &Circle, city: Region) -> Result<()> {
    let model = circle.model(of, city).await?;
    Ok(spawn_blocking(move || model.warm()).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_city_is_counted_anew_after_a_change_or_a_night_but_not_every_second() {
        let now = kernel::Clock::now(&kernel::SystemClock);
        let today = kernel::Clock::today(&kernel::SystemClock);
        let standing = |minutes_ago: i64, changed: Option<i64>, on| figures::Standing {
            counted_at: Some(now - TimeDelta::minutes(minutes_ago)),
            changed_at: changed.map(|ago| now - TimeDelta::minutes(ago)),
            counted_on: Some(on),
            ..figures::Standing::default()
        };
        let yesterday = today.pred_opt().unwrap();
        let none = TimeDelta::zero();
        let is_due = |standing: &figures::Standing, took| is_due(standing, took, (now, today));
        assert!(is_due(&figures::Standing::default(), none), "never counted");
        assert!(!is_due(&standing(9, None, today), none));
        assert!(!is_due(&standing(9, Some(10), today), none), "changed before the count");
        assert!(is_due(&standing(9, Some(8), today), none));
        assert!(!is_due(&standing(0, Some(-1), today), none), "counted a moment ago");
        assert!(is_due(&standing(9, None, yesterday), none));
        assert!(is_due(&standing(9, Some(8), today), TimeDelta::seconds(50)));
        assert!(!is_due(&standing(9, Some(8), today), TimeDelta::seconds(60)), "a count takes a minute");
    }
}
