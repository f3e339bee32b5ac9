//! Who plays: the seats of each county's call centre, the providers' dispatchers, the caregivers' phones, and the elders
//! who call.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::Arc,
};

use kernel::Result;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::{
    Refusal,
    book::Book,
    pace::Pace,
    phone::Phone,
    portal::{Guest, Who},
    seat::Seat,
    turn::{Played, Turn},
    wire::Wire,
};

/// Elders of a county who may call, at most.
const CALLERS: usize = 1_000;
/// Rows of a page.
const PAGE: usize = 200;

/// A line of the list of logins.
#[derive(Debug, Deserialize)]
struct Login {
    login: String,
    role: String,
    place: String,
    organisation: Option<Uuid>,
    worker: Option<Uuid>,
}

/// Everybody, for all days.
pub(super) struct Company {
    pub(super) counties: Vec<Arc<County>>,
    pub(super) wire: Arc<Wire>,
    pub(super) pace: Pace,
    /// Tells this day's keys of writes from those of all other days and runs.
    pub(super) run: Uuid,
    /// Where this day's callers begin in the lists.
    pub(super) start: u64,
    everybody: Arc<Everybody>,
}

/// Who is shared by all counties.
struct Everybody {
    dispatchers: HashMap<Uuid, Arc<Seat>>,
    phones: HashMap<Uuid, Arc<Phone>>,
    /// The city's officer, and the city.
    officer: Option<(Arc<Seat>, String)>,
    guests: Mutex<HashMap<(String, Who), Arc<Guest>>>,
    ids: kernel::Ids,
}

/// A county's call centre and what it sees.
pub(super) struct County {
    pub(super) agents: Vec<Arc<Seat>>,
    pub(super) elders: Vec<Caller>,
    /// Codes in the price book.
    pub(super) items: Vec<String>,
    pub(super) providers: Vec<Uuid>,
}

/// An elder as lists tell one.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) key: String,
    pub(super) name: String,
    /// Last four digits of the mobile phone.
    pub(super) tail: Option<String>,
}

impl Company {
    /// Reads who can sign in and lets the call centres look at their counties.
    pub(super) async fn gather(wire: &Arc<Wire>, logins: &Path, password: &str) -> Result<Self> {
        wire.knock().await?;
        let none = || Refusal::NoLogins { file: logins.display().to_string() };
        let mut file = csv::Reader::from_path(logins).map_err(|_| none())?;
        let logins: Vec<Login> = file.deserialize().collect::<Result<_, _>>().map_err(|_| none())?;
        let mut everybody = Everybody {
            dispatchers: HashMap::new(),
            phones: HashMap::new(),
            officer: None,
            guests: Mutex::default(),
            ids: kernel::Ids::from_os(),
        };
        let mut centres: BTreeMap<String, Vec<(Arc<Seat>, String)>> = BTreeMap::new();
        for row in logins {
            let seat = Seat::new(wire, &row.login, password);
            match (row.role.as_str(), row.organisation, row.worker) {
                ("call_agent", ..) => centres.entry(row.place).or_default().push((seat, row.login)),
                ("dispatcher", Some(organisation), _) => drop(everybody.dispatchers.insert(organisation, seat)),
                ("caregiver", _, Some(worker)) => {
                    everybody.phones.insert(worker, Arc::new(Phone::new(seat)));
                }
                ("city_officer", ..) => everybody.officer = Some((seat, row.place)),
                _ => {}
            }
        }
        let mut counties = Vec::new();
        for (code, seats) in centres {
            let login = seats.first().map(|(_, login)| login.clone()).unwrap_or_default();
            let agents = seats.into_iter().map(|(seat, _)| seat).collect();
            let county = County::look(&code, agents).await.map_err(|_| Refusal::NotLetIn { login })?;
            if county.is_alive(&everybody) {
                counties.push(Arc::new(county));
            } else {
                county.agents[0].sign_out().await;
            }
        }
        if counties.is_empty() {
            return Err(none().into());
        }
        let pace = Pace::begin(std::time::Duration::from_secs(1), tokio::sync::watch::channel(false).1);
        Ok(Self { counties, wire: wire.clone(), pace, run: Uuid::nil(), start: 0, everybody: Arc::new(everybody) })
    }

    /// The same people on another day.
    pub(super) async fn of_day(&self, pace: Pace, seed: u64) -> Self {
        let run = self.everybody.ids.uuid(kernel::Clock::now(&kernel::SystemClock));
        let (counties, wire, everybody) = (self.counties.clone(), self.wire.clone(), self.everybody.clone());
        for phone in self.everybody.phones.values() {
            phone.wake().await;
        }
        let start = kernel::Ids::seeded(seed).below(1 << 32);
        Self { counties, wire, pace, run, start, everybody }
    }

    pub(super) fn book(&self) -> &Book {
        self.wire.book()
    }

    pub(super) fn dispatcher(&self, provider: Uuid) -> Option<&Arc<Seat>> {
        self.everybody.dispatchers.get(&provider)
    }

    /// The dispatcher of any other provider.
    pub(super) fn rival(&self, provider: Uuid) -> Option<&Arc<Seat>> {
        self.everybody.dispatchers.iter().find(|(other, _)| **other != provider).map(|(_, seat)| seat)
    }

    pub(super) fn phone(&self, worker: Uuid) -> Option<&Arc<Phone>> {
        self.everybody.phones.get(&worker)
    }

    /// A caregiver whose name is not among these.
    pub(super) fn stranger(&self, known: &[Uuid]) -> Option<Uuid> {
        self.everybody.phones.keys().find(|worker| !known.contains(worker)).copied()
    }

    /// Whoever holds a code of an elder; made by `enter` at the first time.
    pub(super) async fn guest(
        &self,
        elder: &str,
        who: Who,
        enter: impl AsyncFnOnce() -> Played<Guest>,
    ) -> Played<Arc<Guest>> {
        // One at a time, as through any door.
        let mut guests = self.everybody.guests.lock().await;
        let key = (elder.to_owned(), who);
        if let Some(guest) = guests.get(&key) {
            return Ok(guest.clone());
        }
        let guest = Arc::new(enter().await?);
        guests.insert(key, guest.clone());
        Ok(guest)
    }

    /// The city's officer looks at the figures.
    pub(super) async fn look_at_the_figures(&self) {
        let Some((officer, city)) = &self.everybody.officer else { return };
        let (figures, page) = (format!("/api/v1/figures?place={city}"), format!("/dashboard/{city}"));
        for (label, path) in [("总览数字", figures), ("总览页面", page)] {
            let seen = officer.get(label, &path).await.and_then(|answer| answer.must(&[200]));
            if let Err(Turn::Odd(text)) = seen {
                self.book().odd(text);
            }
        }
    }

    /// Everybody signs out.
    pub(super) async fn go_home(&self) {
        let all = &self.everybody;
        let seats = self.counties.iter().flat_map(|county| &county.agents).chain(all.dispatchers.values());
        for seat in
            seats.chain(all.phones.values().map(|phone| &phone.seat)).chain(all.officer.iter().map(|(seat, _)| seat))
        {
            seat.sign_out().await;
        }
        for guest in all.guests.lock().await.values() {
            guest.seat.sign_out().await;
        }
    }
}

impl County {
    /// What the first seat sees: the elders, the menu, the providers.
    async fn look(code: &str, agents: Vec<Arc<Seat>>) -> Played<Self> {
        let agent = &agents[0];
        let (mut elders, mut after) = (Vec::new(), String::new());
        while elders.len() < CALLERS {
            let path = format!("/api/v1/elders?size={PAGE}{after}");
            let page = agent.get("老人列表", &path).await?.must(&[200])?.json();
            elders.extend(page["items"].as_array().into_iter().flatten().filter_map(Caller::of));
            let Some(next) = page["next"].as_str() else { break };
            after = format!("&after={next}");
        }
        let menu = agent.get("服务菜单", &format!("/api/v1/catalogue?place={code}")).await?.must(&[200])?.json();
        let there = agent.get("服务商", &format!("/api/v1/providers?place={code}")).await?.must(&[200])?.json();
        let texts = |list: &Value, name: &str| -> Vec<String> {
            let rows = list["items"].as_array().into_iter().flatten();
            rows.filter_map(|row| row[name].as_str().map(str::to_owned)).collect()
        };
        let providers = texts(&there, "id").iter().filter_map(|id| id.parse().ok()).collect();
        Ok(Self { elders, items: texts(&menu, "code"), providers, agents })
    }

    /// It has elders, a menu, and a provider whose dispatcher can sign in.
    fn is_alive(&self, everybody: &Everybody) -> bool {
        let served = self.providers.iter().any(|provider| everybody.dispatchers.contains_key(provider));
        served && !self.elders.is_empty() && !self.items.is_empty()
    }

    /// The n-th caller of a day that starts somewhere in the list: a prime stride longer than the list meets nobody
    /// twice before it met everybody.
    pub(super) fn caller(&self, start: u64, n: usize) -> &Caller {
        let count = self.elders.len() as u64;
        &self.elders[((start % count + n as u64 * 7_919) % count) as usize]
    }
}

impl Caller {
    fn of(row: &Value) -> Option<Self> {
        // Only who lives at home: 1 is 在册正常.
        if row["status"] != 1 {
            return None;
        }
        let tail = row["mobile_mask"].as_str().filter(|mask| mask.len() == 11).map(|mask| mask[7..].to_owned());
        Some(Self { key: row["key"].as_str()?.to_owned(), name: row["name"].as_str()?.to_owned(), tail })
    }
}
