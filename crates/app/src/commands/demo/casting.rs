//! Who plays a part in the orders of the demo city, and how each order goes.

use std::collections::BTreeMap;

use care::{
    catalogue::Item,
    orders::{Channel, Crew},
};
use chrono::{Days, NaiveDate, TimeDelta};
use kernel::{Ids, Instant, Key, Level, Region, Result, Scope, start_of_day};
use registry::{
    elders::{self, Elder, queries::Filter},
    organisations::{Kind, Organisation},
    workers::Worker,
};
use uuid::Uuid;

use super::{city::Made, history::MOMENT};
use crate::platform::Platform;

/// Somebody who may need help.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person {
    pub(super) key: Key<Elder>,
    pub(super) place: Region,
    /// Bit set of tags.
    pub(super) tags: i64,
}

/// An order's fate, drawn before it is lived.
#[derive(Clone, Debug)]
pub(super) struct Draft<'a> {
    pub(super) elder: Person,
    pub(super) item: &'a Item,
    pub(super) window: (Instant, Instant),
    pub(super) channel: Channel,
    pub(super) provider: Uuid,
    pub(super) crew: Crew,
    pub(super) score: Option<i16>,
}

/// What happens to an order at a time.
#[derive(Clone, Copy, Debug)]
pub(super) enum Deed {
    Place,
    Assign,
    Take,
    Arrive { at: Instant },
    Leave { at: Instant },
    Confirm,
    Rate,
    Cancel,
}

impl Draft<'_> {
    /// Draws when the order's steps happen.
    pub(super) fn deeds(&self, dice: &Ids) -> Vec<(Instant, Deed)> {
        let minutes = |from: u64, to: u64| TimeDelta::minutes((from + dice.below(to - from)).cast_signed());
        let (start, _) = self.window;
        let placed = start - TimeDelta::hours((18 + dice.below(54)).cast_signed());
        if dice.below(100) < 4 {
            return vec![(placed, Deed::Place), (placed + minutes(60, 400), Deed::Cancel)];
        }
        let assigned = placed + minutes(10, 40);
        let taken = assigned + minutes(10, 60);
        let late = if dice.below(100) < 3 { minutes(35, 70) } else { minutes(0, 20) };
        let arrived = start + late;
        let left = arrived + TimeDelta::minutes(i64::from(self.item.minutes) + dice.below(15).cast_signed());
        let confirmed = left + minutes(60, 1_500);
        let mut deeds = vec![
            (placed, Deed::Place),
            (assigned, Deed::Assign),
            (taken, Deed::Take),
            (arrived + MOMENT, Deed::Arrive { at: arrived }),
            (left + MOMENT, Deed::Leave { at: left }),
            (confirmed, Deed::Confirm),
        ];
        if self.score.is_some() {
            deeds.push((confirmed + minutes(20, 2_000), Deed::Rate));
        }
        deeds
    }
}

/// Who may play a part.
#[derive(Debug)]
pub(super) struct Casting {
    pub(super) elders: Vec<Person>,
    items: Vec<Item>,
    /// Providers of a county, each with its workers.
    providers: BTreeMap<Region, Vec<(Organisation, Vec<Worker>)>>,
    pub(super) dice: Ids,
}

impl Casting {
    pub(super) async fn new(platform: &Platform, made: &Made, items: Vec<Item>, seed: u64) -> Result<Self> {
        let (mut people, mut after) = (Vec::new(), None);
        loop {
            let page = elders::queries::list(&platform.db, &Scope::whole(), &Filter::default(), after, 5_000).await?;
            let Some(last) = page.last() else { break };
            let key = last.key()?;
            after = Some(elders::queries::After { home: key.home, place: last.place, id: key.id });
            for elder in page {
                people.push(Person { key: elder.key()?, place: elder.place()?, tags: elder.tags });
            }
        }
        let mut providers: BTreeMap<Region, Vec<(Organisation, Vec<Worker>)>> = BTreeMap::new();
        for organisation in made.organisations.iter().filter(|o| o.kind() == Some(Kind::HomeCare)) {
            let staff = made.workers.iter().filter(|(_, employer)| employer.id == organisation.id);
            let staff: Vec<Worker> = staff.map(|(worker, _)| worker.clone()).collect();
            providers.entry(organisation.serves()?).or_default().push((organisation.clone(), staff));
        }
        Ok(Self { elders: people, items, providers, dice: Ids::seeded(seed ^ 0x6f72_6465_7273) })
    }

    fn pick<'a, T>(dice: &Ids, from: &'a [T]) -> Option<&'a T> {
        from.get(usize::try_from(dice.below(from.len() as u64)).ok()?)
    }

    /// Draws somebody.
    pub(super) fn anybody(&self) -> Option<&Person> {
        Self::pick(&self.dice, &self.elders)
    }

    /// Draws an order for one of `count` days from `from` on; none when nobody can serve it.
    pub(super) fn draft(&self, from: NaiveDate, count: u64) -> Option<Draft<'_>> {
        let elder = *self.anybody()?;
        let item = Self::pick(&self.dice, &self.items)?;
        let area = elder.place.at(Level::County).or_else(|| elder.place.at(Level::City))?;
        let by = Self::pick(&self.dice, self.providers.get(&area)?)?;
        self.of(elder, item, by, (from, count))
    }

    /// Draws an order of an elder with a provider for one of `count` days from `from` on.
    pub(super) fn draft_with(
        &self,
        elder: Person,
        by: &(Organisation, Vec<Worker>),
        days: (NaiveDate, u64),
    ) -> Option<Draft<'_>> {
        self.of(elder, Self::pick(&self.dice, &self.items)?, by, days)
    }

    /// The first provider of all, with its workers: the one whose dispatcher has a login.
    pub(super) fn first_provider(&self) -> Option<&(Organisation, Vec<Worker>)> {
        self.providers.values().next()?.first()
    }

    fn of<'a>(
        &'a self,
        elder: Person,
        item: &'a Item,
        (provider, staff): &(Organisation, Vec<Worker>),
        (from, count): (NaiveDate, u64),
    ) -> Option<Draft<'a>> {
        let dice = &self.dice;
        let able: Vec<&Worker> = staff.iter().filter(|worker| worker.can(item.class().code())).collect();
        let lead = Self::pick(dice, &able)?.id;
        let second = item.pair.then(|| able.iter().map(|w| w.id).find(|id| *id != lead)).flatten();
        if item.pair && second.is_none() {
            return None;
        }
        let start = start_of_day(from + Days::new(dice.below(count)))
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
        Some(Draft { elder, item, window, channel, provider: provider.id, crew, score })
    }
}
