//! The first page of the portal, whom to call, and who one is.

use askama::Template;
use axum::extract::State;
use kernel::{Instant, Result, Sex, Text, business_day, text};
use registry::{
    elders::{self, Elder},
    places,
};
use store::accesses;
use web::{
    filters,
    form::FormGuard,
    head::{Head, Label},
    page::{Door, Page, PageResult, Samples, View},
    state::AppState,
};

use super::card::{self, Call, Card};
use crate::{
    orders::{Stage, pages::wording::day as in_words},
    portal::{Guest, queries, wording},
};

/// Contacts that the help page offers; with its three hotlines and the way home that makes six choices.
const CONTACTS: usize = 2;

/// `/portal`.
#[derive(Debug, Template)]
#[template(path = "portal/home.html")]
pub(in crate::portal) struct HomePage {
    greeting: Text,
    today: Text,
    /// Whose visits these are, for a family member.
    whose: Option<String>,
    next: Option<Card>,
    to_confirm: usize,
    to_rate: usize,
}

impl View for HomePage {
    const DOOR: Door = Door::Portal;

    fn head(&self) -> Head {
        Head::new(self.greeting.clone()).soft(self.today.clone())
    }
}

impl Samples for HomePage {
    fn samples() -> Vec<Self> {
        let now = Instant::from_timestamp(1_795_264_868, 0).unwrap_or_default();
        let home = |whose: Option<&str>, next, to_confirm, to_rate| Self {
            greeting: wording::greeting("陈秀云", Sex::Female),
            today: in_words(business_day(now)),
            whose: whose.map(str::to_owned),
            next,
            to_confirm,
            to_rate,
        };
        let nameless = Card { worker: None, call: None, provider: None, ..card::sample(Stage::Accepted) };
        vec![
            home(None, Some(card::sample(Stage::Taken)), 1, 2),
            home(None, Some(card::sample(Stage::Serving)), 0, 0),
            home(Some("陈秀云"), Some(nameless), 0, 1),
            home(None, None, 0, 0),
        ]
    }
}

pub(in crate::portal) async fn show(State(state): State<AppState>, guest: Guest) -> PageResult<HomePage> {
    let (db, scope, now) = (&state.db, guest.0.scope(), state.clock().now());
    let elder = queries::elders(db, &scope).await?.into_iter().next();
    let next = queries::next(db, &scope, now).await?;
    let [to_confirm, to_rate] = queries::waiting(db, &scope).await?;
    Ok(Page(HomePage {
        greeting: match &elder {
            Some(elder) if !guest.is_family() => wording::greeting(&elder.name, elder.sex()),
            _ => wording::greeting(&guest.0.actor.name, Sex::Unknown),
        },
        today: in_words(business_day(now)),
        whose: elder.filter(|_| guest.is_family()).map(|elder| elder.name),
        next: next.map(|told| Card::of(&told, now)).transpose()?,
        to_confirm,
        to_rate,
    }))
}

/// `/portal/help`.
#[derive(Debug, Template)]
#[template(path = "portal/help.html")]
pub(in crate::portal) struct HelpPage {
    contacts: Vec<(Call, String)>,
}

impl View for HelpPage {
    const DOOR: Door = Door::Portal;

    fn head(&self) -> Head {
        Head::new(text!("打电话求助"))
    }
}

impl Samples for HelpPage {
    fn samples() -> Vec<Self> {
        let son = Call::to("13800000000", text!("打给家人")).map(|call| (call, "儿子 王强".to_owned()));
        vec![Self { contacts: son.into_iter().collect() }, Self { contacts: Vec::new() }]
    }
}

pub(in crate::portal) async fn help(State(state): State<AppState>, guest: Guest) -> PageResult<HelpPage> {
    let mut contacts = Vec::new();
    // The contacts are the elder's own; a family member is one of them.
    if !guest.is_family() {
        for elder in queries::elders(&state.db, &guest.0.scope()).await? {
            contacts.extend(contacts_of(&state, &guest, &elder).await?);
        }
    }
    contacts.truncate(CONTACTS);
    Ok(Page(HelpPage { contacts }))
}

async fn contacts_of(state: &AppState, guest: &Guest, elder: &Elder) -> Result<Vec<(Call, String)>> {
    if elder.details_sealed.is_none() {
        return Ok(Vec::new());
    }
    let file = elders::queries::open(&state.keys, elder).await?;
    let key = elder.key()?;
    accesses::note(&state.db, &guest.0.actor, &[(key.home, key.id)], "contacts", "").await?;
    let called = file.details.contacts.into_iter().filter_map(|contact| {
        let call = Call::to(contact.phone.as_deref()?, text!("打给家人"))?;
        let name = [contact.relation.unwrap_or_default(), contact.name].join(" ");
        Some((call, name.trim().to_owned()))
    });
    Ok(called.collect())
}

/// `/portal/me`.
#[derive(Debug, Template)]
#[template(path = "portal/me.html")]
pub(in crate::portal) struct MePage {
    name: String,
    family: bool,
    elders: Vec<Person>,
    guard: FormGuard,
}

#[derive(Clone, Debug)]
struct Person {
    name: String,
    age: Option<i32>,
    place: String,
    number: String,
}

impl View for MePage {
    const DOOR: Door = Door::Portal;

    fn head(&self) -> Head {
        Head::new(text!("我是谁")).soft(Label::data(&self.name))
    }
}

impl Samples for MePage {
    fn samples() -> Vec<Self> {
        let elder = Person {
            name: "陈秀云".into(),
            age: Some(84),
            place: "许昌市魏都区文昌街道".into(),
            number: "411002-0006821".into(),
        };
        let me = |name: &str, family, elders| Self { name: name.into(), family, elders, guard: FormGuard::default() };
        vec![
            me("陈秀云", false, vec![elder.clone()]),
            me("王强", true, vec![Person { age: None, ..elder }]),
            me("王强", true, Vec::new()),
        ]
    }
}

pub(in crate::portal) async fn me(State(state): State<AppState>, guest: Guest) -> PageResult<MePage> {
    let (session, today) = (&guest.0, business_day(state.clock().now()));
    let elders = queries::elders(&state.db, &session.scope()).await?;
    let mut people = Vec::with_capacity(elders.len());
    for elder in elders {
        let key = elder.key()?;
        accesses::note(&state.db, &session.actor, &[(key.home, key.id)], "view", "").await?;
        people.push(Person {
            age: elder.age(today).filter(|_| !guest.is_family()),
            place: places::full_name(elder.place()?).unwrap_or_default(),
            number: elder.number,
            name: elder.name,
        });
    }
    Ok(Page(MePage {
        name: session.actor.name.clone(),
        family: guest.is_family(),
        elders: people,
        guard: session.guard(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_pages_are_sound_in_both_languages() {
        web::page::check_all::<HomePage>();
        web::page::check_all::<HelpPage>();
        web::page::check_all::<MePage>();
    }
}
