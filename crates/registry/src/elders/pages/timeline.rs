//! A person's timeline: journal entries of all rooms in words, by day, newest first.

use askama::{Template, filters::HtmlSafe};
use axum::extract::State;
use chrono::{DateTime, NaiveDate};
use kernel::{Instant, Region, Result, Role, Scope, Text, text};
use store::{
    journal::{self, Entry},
    seal::{Cell, DataKey},
};
use web::{
    filters,
    head::{Head, Label},
    page::{Page, PageResult, Samples, View},
    query::ListQuery,
    routes::Visible,
    session::Session,
    state::AppState,
};

use crate::{
    elders::{Elder, ElderWording},
    places,
    timeline::{Guests, Told},
};

/// Entries shown at once.
const SHOWN: u64 = 20;

/// One entry.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub(super) at: Instant,
    pub(super) told: Told,
    pub(super) who: String,
    pub(super) role: Option<Text>,
    pub(super) place: Option<String>,
}

/// One day's entries.
#[derive(Clone, Debug)]
pub(super) struct Day {
    pub(super) day: NaiveDate,
    pub(super) entries: Vec<Shown>,
}

/// The card.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "elders/_timeline.html")]
pub(super) struct Timeline {
    pub(super) key: String,
    pub(super) days: Vec<Day>,
    /// Whether it is the newest part, which follows what happens.
    pub(super) newest: bool,
    /// Where older entries go on.
    pub(super) older: Option<String>,
}

impl HtmlSafe for Timeline {}

/// What a timeline is read with.
pub(super) struct Reading<'a> {
    pub(super) state: &'a AppState,
    pub(super) scope: Scope,
    pub(super) guests: &'a Guests,
    /// The person's key, while it exists.
    pub(super) data_key: Option<&'a DataKey>,
}

impl Timeline {
    /// The entries before a moment, newest first.
    pub(super) async fn read(reading: &Reading<'_>, elder: &Elder, before: Option<(Instant, i64)>) -> Result<Self> {
        // Who holds the file reads the whole life; the county that somebody left, its own part.
        let scope = if elder.moved_to.is_none() { Scope::whole() } else { reading.scope };
        let entries = journal::timeline(&reading.state.db, &scope, elder.id, before, SHOWN + 1).await?;
        let (more, key) = (entries.len() as u64 > SHOWN, elder.key()?.to_string());
        let shown = &entries[..entries.len().min(usize::try_from(SHOWN)?)];
        let older = shown
            .last()
            .filter(|_| more)
            .map(|last| format!("/elders/{key}/timeline?before={}-{}", last.at.timestamp_micros(), last.seq));
        let mut days: Vec<Day> = Vec::new();
        for entry in shown {
            let (day, line) = (kernel::local(entry.at).date_naive(), line(reading, elder, entry));
            match days.last_mut().filter(|last| last.day == day) {
                Some(last) => last.entries.push(line),
                None => days.push(Day { day, entries: vec![line] }),
            }
        }
        Ok(Self { key, days, newest: before.is_none(), older })
    }
}

fn line(reading: &Reading<'_>, elder: &Elder, entry: &Entry) -> Shown {
    let cell = Cell::new("journal", "private", elder.id);
    // A private part that does not open belongs to an erased person: the entry stands without it.
    let private = reading.data_key.zip(entry.private.as_ref()).and_then(|(key, sealed)| key.open(cell, sealed).ok());
    let mut told = reading.guests.tell(&ElderWording, entry, private.as_deref());
    if let (Scope::Place(range), Ok(place)) = (&reading.scope, entry.place())
        && !range.contains(place)
    {
        // A case of the county before: told here, shown there.
        told.href = None;
    }
    let (role, place) = acting(&entry.acting_as);
    let erased = reading.data_key.is_none();
    let person = Role::of(entry.acting_as.split('@').next().unwrap_or_default());
    // An elder's or a relative's own name goes with the erasure; what stands in the chain is not shown.
    let hidden = erased && matches!(person, Some(Role::Elder | Role::Family));
    let who = if hidden { String::new() } else { entry.actor_name.clone() };
    Shown { at: entry.at, told, who, role, place }
}

/// Role and place of a stored `county_clerk@411002`.
pub(super) fn acting(stored: &str) -> (Option<Text>, Option<String>) {
    let (role, place) = stored.split_once('@').unwrap_or((stored, ""));
    let place = place.parse::<Region>().ok().and_then(places::name).map(str::to_owned);
    (Role::of(role).map(|role| Text::new(role.word())), place)
}

/// The whole timeline, page by page.
#[derive(Debug, Template)]
#[template(source = "{{ timeline }}", ext = "html")]
pub struct TimelinePage {
    name: String,
    timeline: Timeline,
}

impl View for TimelinePage {
    fn head(&self) -> Head {
        Head::new(text!("时间线"))
            .menu("elders")
            .crumb(text!("老人档案"), "/elders")
            .crumb(Label::data(&self.name), format!("/elders/{}", self.timeline.key))
            .here(text!("时间线"))
            .with_persons()
    }
}

pub(super) async fn show(
    State(state): State<AppState>,
    session: Session,
    Visible(elder): Visible<Elder>,
    query: ListQuery,
) -> PageResult<TimelinePage> {
    super::looks::note_view(&state, &session, &elder).await?;
    let guests = Guests::of(&state);
    let data_key = state.keys.find_key(elder.id).await?;
    let (scope, data_key) = (session.scope(), data_key.as_ref());
    let reading = Reading { state: &state, scope, guests: &guests, data_key };
    let timeline = Timeline::read(&reading, &elder, query.get("before").and_then(before)).await?;
    Ok(Page(TimelinePage { name: elder.name, timeline }))
}

fn before(text: &str) -> Option<(Instant, i64)> {
    let (micros, seq) = text.split_once('-')?;
    Some((DateTime::from_timestamp_micros(micros.parse().ok()?)?, seq.parse().ok()?))
}

impl Timeline {
    pub(super) fn sample() -> Self {
        let at = web::frame::Frame::sample(web::i18n::Locale::Zh).now;
        let entry = |told: Told| Shown {
            at,
            told,
            who: "周敏".into(),
            role: Some(Text::new(Role::CountyClerk.word())),
            place: Some("魏都区".into()),
        };
        let changed = Told::new(text!("登记手机 {to}", to = "138****6071")).detail(text!("表格导入"));
        let entries = vec![entry(changed.href("/elders")), entry(Told::new(text!("建立档案")))];
        let days = vec![Day { day: kernel::local(at).date_naive(), entries }];
        Self {
            key: "411002-aaaaaaaaaaaaaaaaaaaaaaaaaa".into(),
            days,
            newest: true,
            older: Some("/elders/x/timeline?before=1-2".into()),
        }
    }
}

impl Samples for TimelinePage {
    fn samples() -> Vec<Self> {
        let page = |timeline| Self { name: "陈秀云".into(), timeline };
        vec![page(Timeline::sample()), page(Timeline::default())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_holds_in_both_languages() {
        web::check::all::<TimelinePage>();
    }

    #[test]
    fn a_broken_moment_is_the_newest_page() {
        assert_eq!(before("1700000000000000-7").map(|(at, seq)| (at.timestamp(), seq)), Some((1_700_000_000, 7)));
        assert_eq!((before("x-1"), before("")), (None, None));
    }
}
