//! A row of a list of elders: masked values only.

use askama::{Template, filters::HtmlSafe};
use chrono::NaiveDate;
use kernel::{Instant, Result, Text};
use web::filters;

use super::signs::{self, Sign};
use crate::{
    elders::{Elder, vocabulary::Tag},
    places,
};

/// At most so many signs of one person in a list.
const SIGNS: usize = 4;

/// One person in a list.
#[derive(Clone, Debug, Template)]
#[template(path = "elders/_row.html")]
pub struct PersonRow {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) number: String,
    pub(super) sex: Text,
    pub(super) age: Option<i32>,
    pub(super) cert: String,
    pub(super) mobile: String,
    pub(super) signs: Vec<Sign>,
    pub(super) more_signs: usize,
    pub(super) place: String,
    pub(super) county: String,
    pub(super) living: Option<Text>,
    pub(super) changed: Instant,
    pub(super) may_unmask: bool,
    /// Can be chosen for what the list does with several.
    pub(super) pickable: bool,
    /// Was found by the phone of a contact.
    pub(super) by_contact: bool,
}

impl HtmlSafe for PersonRow {}

impl PersonRow {
    /// The row of a person on a day.
    ///
    /// # Errors
    /// When a stored key or place is none.
    pub fn of(elder: &Elder, today: NaiveDate, may_unmask: bool) -> Result<Self> {
        let (tags, place) = (elder.tags(), elder.place()?);
        let (county, place) = two_lines(place);
        Ok(Self {
            key: elder.key()?.to_string(),
            name: elder.shown_name().to_owned(),
            number: elder.number.clone(),
            sex: signs::sex(elder.sex()),
            age: elder.age(today).filter(|_| !elder.name.is_empty()),
            cert: elder.cert_mask.clone(),
            mobile: elder.mobile_mask.clone(),
            signs: tags.iter().take(SIGNS).map(|tag| Sign::of(*tag)).collect(),
            more_signs: tags.len().saturating_sub(SIGNS),
            place,
            county,
            living: elder.living().map(|living| Text::new(living.word())),
            changed: elder.updated_at,
            may_unmask,
            pickable: false,
            by_contact: false,
        })
    }
}

impl PersonRow {
    /// The row can be chosen.
    pub(super) const fn pickable(mut self, pickable: bool) -> Self {
        self.pickable = pickable;
        self
    }

    /// The row was found by the phone of a contact.
    pub(super) const fn by_contact(mut self, by_contact: bool) -> Self {
        self.by_contact = by_contact;
        self
    }

    /// An invented person.
    pub(super) fn sample(name: &str, tags: &[Tag]) -> Self {
        Self {
            key: "411002-aaaaaaaaaaaaaaaaaaaaaaaaaa".into(),
            name: name.into(),
            number: "411002-0006821".into(),
            sex: signs::sex(kernel::Sex::Female),
            age: Some(84),
            cert: "4110**********3327".into(),
            mobile: "138****6071".into(),
            signs: tags.iter().take(SIGNS).map(|tag| Sign::of(*tag)).collect(),
            more_signs: tags.len().saturating_sub(SIGNS),
            place: "文昌街道 槐荫社区".into(),
            county: "魏都区".into(),
            living: Some(Text::new("独居")),
            changed: web::frame::Frame::sample(web::i18n::Locale::Zh).now,
            may_unmask: true,
            pickable: false,
            by_contact: true,
        }
    }
}

/// The name of the county, and the names from the town down.
pub(super) fn two_lines(place: kernel::Region) -> (String, String) {
    let line: Vec<_> = place.line().collect();
    let names = |narrow: bool| {
        let wanted = line.iter().rev().filter(|part| (part.level() > kernel::Level::County) == narrow);
        wanted.filter_map(|part| places::name(*part)).collect::<Vec<_>>()
    };
    let county = names(false).pop().unwrap_or_default().to_owned();
    (county, names(true).join(" "))
}
