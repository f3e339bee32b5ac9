//! `/elders/{key}`: one person's file. Numbers stand masked with an eye; each view is noted.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse as _, Redirect, Response},
};
use chrono::NaiveDate;
use kernel::{Action, Key, Region, Result, Scope, Text, text};
use web::{
    filters,
    head::{Head, Label},
    page::{ErrorPage, Page, Samples, View},
    routes::{FindVisible, Visible},
    session::Session,
    state::AppState,
};

use super::{
    looks::{self, Looks},
    secret::{Masked, Secret},
    signs::{self, Sign},
    timeline::{Reading, Timeline},
};
use crate::{
    elders::{
        Elder,
        file::{File, mask_phone},
        model::Status,
        queries,
        vocabulary::CertKind,
    },
    places,
    timeline::{Act, Guests, Section},
};

/// Somebody to call.
#[derive(Debug)]
struct ContactLine {
    name: String,
    relation: Option<String>,
    phone: Option<Masked>,
}

/// What only an opened file tells.
#[derive(Debug, Default)]
struct Opened {
    contacts: Vec<ContactLine>,
    address: Option<String>,
    hukou_address: Option<String>,
    remark: Option<String>,
}

/// The file page.
#[derive(Debug, Template)]
#[template(path = "elders/file.html")]
pub struct FilePage {
    key: String,
    name: String,
    number: String,
    sex: Text,
    age: Option<i32>,
    birth_on: Option<NaiveDate>,
    cert_kind: Option<Text>,
    status: Option<Text>,
    is_normal: bool,
    living: Option<Text>,
    line: Vec<(Region, String)>,
    signs: Vec<Sign>,
    secrets: Vec<Masked>,
    opened: Option<Opened>,
    moved_to: Option<String>,
    timeline: Timeline,
    looks: Looks,
    sections: Vec<Section>,
    acts: Vec<Act>,
    own: Vec<&'static OwnAct>,
}

/// What this room does to a file: a link to `/elders/{key}/<verb>`.
#[derive(Debug)]
struct OwnAct {
    text: Text,
    icon: &'static str,
    verb: &'static str,
    needs: Action,
}

static OWN: [OwnAct; 3] = [
    OwnAct { text: Text::new("修改档案"), icon: "edit", verb: "edit", needs: Action::EditElder },
    OwnAct { text: Text::new("迁居"), icon: "switch-horizontal", verb: "move", needs: Action::EditElder },
    OwnAct { text: Text::new("删除个人信息"), icon: "trash", verb: "erase", needs: Action::EraseElder },
];

impl View for FilePage {
    fn head(&self) -> Head {
        let mut head = Head::named(&self.name).menu("elders").own_heading().with_persons();
        head = head.crumb(text!("老人档案"), "/elders");
        for (place, name) in &self.line {
            head = head.crumb(Label::data(name), format!("/elders?place={}", place.code()));
        }
        head.here(Label::data(&self.name))
    }
}

impl FindVisible for Elder {
    async fn find_visible(db: &store::Db, scope: &Scope, key: Key<Self>) -> Result<Option<Self>> {
        let found = queries::find(db, scope, key).await?;
        if found.as_ref().is_some_and(|elder| elder.moved_to.is_none()) {
            return Ok(found);
        }
        // An old address leads to the file where it lives now, for those who see it there.
        Ok(queries::find_present(db, scope, key).await?.or(found))
    }
}

pub(super) async fn show(
    State(state): State<AppState>,
    session: Session,
    Path(asked): Path<String>,
    Visible(elder): Visible<Elder>,
) -> Result<Response, ErrorPage> {
    let there = elder.key()?.to_string();
    if there != asked {
        return Ok(Redirect::to(&format!("/elders/{there}")).into_response());
    }
    looks::note_view(&state, &session, &elder).await?;
    Ok(Page(page(&state, &session, &elder).await?).into_response())
}

async fn page(state: &AppState, session: &Session, elder: &Elder) -> Result<FilePage> {
    let (key, guests) = (elder.key()?, Guests::of(state));
    let data_key = state.keys.find_key(elder.id).await?;
    // What the old home keeps of somebody who moved is its history; the file lives in the new one.
    let lives_here = elder.moved_to.is_none();
    let may_unmask = lives_here && session.actor.may(Action::UnmaskElder).is_ok();
    let file = match data_key.as_ref().filter(|_| lives_here) {
        Some(data_key) => Some(File::open(elder, data_key)?),
        None => None,
    };
    let reading = Reading { state, scope: session.scope(), guests: &guests, data_key: data_key.as_ref() };
    let timeline = Timeline::read(&reading, elder, None).await?;
    let looks = Looks::read(state, elder).await?;
    let may = |action: &Action| session.actor.may(*action).is_ok();
    let mut page = FilePage::of(elder, state.clock().today(), may_unmask)?;
    page.signs = signed(state, elder).await?;
    page.opened = file.map(|file| Opened::of(&file, &key.to_string(), may_unmask));
    page.timeline = timeline;
    page.looks = looks;
    if lives_here && data_key.is_some() {
        page.sections = guests.sections.iter().filter(|section| may(&section.needs)).cloned().collect();
        page.acts = guests.acts.iter().filter(|act| may(&act.needs)).cloned().collect();
        page.own = OWN.iter().filter(|act| may(&act.needs)).collect();
    }
    Ok(page)
}

/// The signs of a person with the source of each.
async fn signed(state: &AppState, elder: &Elder) -> Result<Vec<Sign>> {
    let sources = queries::tag_sources(&state.db, elder.key()?).await?;
    let sign = |held: &queries::TagSource| {
        let source = match (held.source.as_str(), held.ends_on) {
            ("sheet", None) => text!("表格导入 {day}", day = held.since),
            ("sheet", Some(end)) => text!("表格导入 {day}，至 {end}", day = held.since, end = end),
            (_, None) => text!("人工登记 {day}", day = held.since),
            (_, Some(end)) => text!("人工登记 {day}，至 {end}", day = held.since, end = end),
        };
        Sign::of(held.tag).from(source)
    };
    Ok(sources.iter().map(sign).collect())
}

impl FilePage {
    /// What stands in clear, and masks.
    fn of(elder: &Elder, today: NaiveDate, may_unmask: bool) -> Result<Self> {
        let key = elder.key()?.to_string();
        let secret = |what, masked: &str| Masked { key: key.clone(), what, masked: masked.to_owned(), may_unmask };
        let secrets = vec![
            secret(Secret::Certificate, &elder.cert_mask),
            secret(Secret::Mobile, &elder.mobile_mask),
            secret(Secret::Landline, &elder.landline_mask),
        ];
        let mut line: Vec<(Region, String)> = elder
            .place()?
            .line()
            .filter(|place| place.level() > kernel::Level::City)
            .filter_map(|place| Some((place, places::name(place)?.to_owned())))
            .collect();
        line.reverse();
        let moved_to = elder
            .moved_to
            .map(|home| Region::new(i64::from(home) * 1_000_000).ok().and_then(places::full_name).unwrap_or_default());
        Ok(Self {
            name: elder.shown_name().to_owned(),
            number: elder.number.clone(),
            sex: signs::sex(elder.sex()),
            // Of somebody who was erased only the year is kept, for the figures.
            age: elder.age(today).filter(|_| !elder.name.is_empty()),
            birth_on: elder.birth_on.filter(|_| !elder.name.is_empty()),
            cert_kind: CertKind::of(elder.cert_kind).map(|kind| Text::new(kind.word())),
            status: elder.status().map(|status| Text::new(status.word())),
            is_normal: elder.status() == Some(Status::Normal),
            living: elder.living().map(|living| Text::new(living.word())),
            signs: elder.tags().into_iter().map(Sign::of).collect(),
            opened: None,
            timeline: Timeline::default(),
            looks: Looks::default(),
            sections: Vec::new(),
            acts: Vec::new(),
            own: Vec::new(),
            key,
            line,
            secrets,
            moved_to,
        })
    }

    fn place(&self) -> String {
        self.line.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// The masked values that there are.
    fn known(&self) -> impl Iterator<Item = &Masked> {
        self.secrets.iter().filter(|secret| !secret.masked.is_empty())
    }
}

impl Opened {
    /// Contacts with masked phones; the address stands open for those who may open the rest.
    fn of(file: &File, key: &str, may_unmask: bool) -> Self {
        let contact = |(at, contact): (usize, &crate::elders::file::Contact)| {
            let masked = |phone: &String| Masked {
                key: key.to_owned(),
                what: Secret::Contact(at),
                masked: mask_phone(phone),
                may_unmask,
            };
            let (name, relation) = (contact.name.clone(), contact.relation.clone());
            ContactLine { name, relation, phone: contact.phone.as_ref().map(masked) }
        };
        let details = &file.details;
        let open = |value: &Option<String>| value.clone().filter(|_| may_unmask);
        Self {
            contacts: details.contacts.iter().enumerate().map(contact).collect(),
            address: Some(details.address.clone()).filter(|address| may_unmask && !address.is_empty()),
            hukou_address: open(&details.hukou_address),
            remark: open(&details.remark),
        }
    }
}

impl Samples for FilePage {
    fn samples() -> Vec<Self> {
        let page = |may_unmask: bool, opened: Option<Opened>, moved_to: Option<String>| {
            let key = "411002-aaaaaaaaaaaaaaaaaaaaaaaaaa".to_owned();
            let secret = |what, masked: &str| Masked { key: key.clone(), what, masked: masked.to_owned(), may_unmask };
            Self {
                name: "陈秀云".into(),
                number: "411002-0006821".into(),
                sex: signs::sex(kernel::Sex::Female),
                age: Some(84),
                birth_on: NaiveDate::from_ymd_opt(1942, 3, 5),
                cert_kind: Some(Text::new(CertKind::ResidentId.word())),
                status: Some(Text::new(Status::Normal.word())),
                is_normal: moved_to.is_none(),
                living: Some(Text::new("独居")),
                line: vec![("411002".parse::<Region>().unwrap_or_else(|_| unreachable!()), "魏都区".into())],
                signs: vec![
                    Sign::of(crate::elders::vocabulary::Tag::Alone).from(text!("表格导入 {day}", day = "2026-03-01")),
                ],
                secrets: vec![secret(Secret::Certificate, "4110**********0021"), secret(Secret::Mobile, "")],
                opened,
                moved_to,
                timeline: Timeline::sample(),
                looks: Looks::sample(),
                sections: vec![Section {
                    title: text!("时间线"),
                    path: "/orders/of-elder",
                    needs: Action::ViewOrders,
                    live: "order",
                }],
                acts: vec![Act { text: text!("打印"), icon: "printer", path: "/x", needs: Action::PlaceOrder }],
                own: OWN.iter().collect(),
                key,
            }
        };
        let contact = ContactLine { name: "李建华".into(), relation: Some("儿子".into()), phone: None };
        let opened = Opened { contacts: vec![contact], address: Some("榆园".into()), ..Opened::default() };
        vec![
            page(true, Some(opened), None),
            page(false, Some(Opened::default()), None),
            page(false, None, Some("河南省".into())),
        ]
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_holds_in_both_languages() {
        web::check::all::<super::FilePage>();
    }
}
