//! The eye: one masked value of a file is opened for half a minute, to whoever says why, and noted before it is shown.

use askama::{Template, filters::HtmlSafe};
use axum::{
    Form,
    extract::{Query, State},
    http::HeaderName,
    response::{IntoResponse as _, Response},
};
use kernel::{Common, FieldRefusal, Refused, Result, Text, text};
use serde::Deserialize;
use store::accesses;
use web::{
    filters,
    form::FormGuard,
    head::{Head, Label},
    page::{ErrorPage, Page, PageResult, Samples, View},
    routes::Visible,
    session::Session,
    state::AppState,
};

use super::looks::Looks;
use crate::elders::{
    Elder, Refusal,
    file::{File, mask_certificate, mask_phone},
    queries,
};

/// How long an opened value stays, in seconds.
const OPEN_SECS: u32 = 30;
/// The longest note to a reason, in characters.
const NOTE: usize = 100;

/// A value that stands masked in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Secret {
    Certificate,
    Mobile,
    Landline,
    Contact(usize),
}

impl Secret {
    /// Its text in addresses and element ids.
    pub(super) fn code(self) -> String {
        match self {
            Self::Certificate => "cert".into(),
            Self::Mobile => "mobile".into(),
            Self::Landline => "landline".into(),
            Self::Contact(at) => format!("contact-{at}"),
        }
    }

    fn of(code: &str) -> Option<Self> {
        match code {
            "cert" => Some(Self::Certificate),
            "mobile" => Some(Self::Mobile),
            "landline" => Some(Self::Landline),
            _ => code.strip_prefix("contact-")?.parse().ok().map(Self::Contact),
        }
    }

    /// What it is.
    pub(super) const fn label(self) -> Text {
        match self {
            Self::Certificate => Text::new("证件号"),
            Self::Mobile => Text::new("手机"),
            Self::Landline => Text::new("固定电话"),
            Self::Contact(_) => Text::new("联系人电话"),
        }
    }

    /// The word in `accesses`.
    const fn noted(self) -> &'static str {
        match self {
            Self::Certificate => "cert_no",
            Self::Mobile => "mobile",
            Self::Landline => "landline",
            Self::Contact(_) => "contact_phone",
        }
    }

    /// The value in clear; none when the file has none.
    fn open(self, file: &File) -> Option<String> {
        match self {
            Self::Certificate => Some(file.cert_number.clone()).filter(|number| !number.is_empty()),
            Self::Mobile => file.mobile.clone(),
            Self::Landline => file.landline.clone(),
            Self::Contact(at) => file.details.contacts.get(at)?.phone.clone(),
        }
    }

    fn mask(self, value: &str) -> String {
        if self == Self::Certificate { mask_certificate(value) } else { mask_phone(value) }
    }
}

/// A masked value with its eye.
#[derive(Clone, Debug, Template)]
#[template(path = "elders/_masked.html")]
pub(super) struct Masked {
    pub(super) key: String,
    pub(super) what: Secret,
    pub(super) masked: String,
    pub(super) may_unmask: bool,
}

impl HtmlSafe for Masked {}

/// Why somebody looks; the words are kept with the look.
const REASONS: [(&str, Text); 5] = [
    ("identity", Text::new("核对身份")),
    ("contact", Text::new("联系老人或家属")),
    ("benefit", Text::new("核对补贴和救助信息")),
    ("service", Text::new("安排服务")),
    ("other", Text::new("其他（请写明）")),
];

/// Asks for the reason.
#[derive(Debug, Template)]
#[template(path = "elders/ask.html")]
pub struct Ask {
    key: String,
    name: String,
    what: Secret,
    guard: FormGuard,
    chosen: String,
    note: String,
    error: Option<Text>,
}

impl View for Ask {
    fn head(&self) -> Head {
        Head::new(text!("查看遮住的内容"))
            .menu("elders")
            .crumb(text!("老人档案"), "/elders")
            .crumb(Label::data(&self.name), format!("/elders/{}", self.key))
            .here(self.what.label())
            .faulty(self.error.is_some())
    }
}

/// Shows the opened value.
#[derive(Debug, Template)]
#[template(path = "elders/opened.html")]
pub struct Opened {
    key: String,
    name: String,
    what: Secret,
    value: String,
    masked: String,
    secs: u32,
    looks: Looks,
}

impl View for Opened {
    fn head(&self) -> Head {
        Head::new(text!("查看遮住的内容"))
            .menu("elders")
            .crumb(text!("老人档案"), "/elders")
            .crumb(Label::data(&self.name), format!("/elders/{}", self.key))
            .here(self.what.label())
            .with_persons()
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    what: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Reasoned {
    what: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    note: String,
}

pub(super) async fn ask(
    session: Session,
    Visible(elder): Visible<Elder>,
    Query(wanted): Query<Wanted>,
) -> PageResult<Ask> {
    let what = wanted_of(&elder, &wanted.what)?;
    Ok(Page(Ask::of(&elder, what, session.guard())?))
}

/// The value that an address names. The old home of somebody who moved opens nothing any more.
fn wanted_of(elder: &Elder, code: &str) -> Result<Secret> {
    let there = Secret::of(code).filter(|_| elder.moved_to.is_none());
    there.ok_or_else(|| Common::NotFound.into())
}

impl Ask {
    fn of(elder: &Elder, what: Secret, guard: FormGuard) -> Result<Self> {
        let (chosen, note) = (String::new(), String::new());
        Ok(Self { key: elder.key()?.to_string(), name: elder.name.clone(), what, guard, chosen, note, error: None })
    }
}

pub(super) async fn open(
    State(state): State<AppState>,
    session: Session,
    Visible(elder): Visible<Elder>,
    Form(sent): Form<Reasoned>,
) -> Result<Response, ErrorPage> {
    let what = wanted_of(&elder, &sent.what)?;
    let why = match why(&sent) {
        Ok(why) => why,
        Err(refused) => {
            let ask = Ask::of(&elder, what, session.guard())?;
            let error = refused.fields.into_iter().next().map(|field| field.text);
            return Ok(Page(Ask { chosen: sent.reason, note: sent.note, error, ..ask }).refused().into_response());
        }
    };
    let file = queries::open(&state.keys, &elder).await?;
    let value = what.open(&file).ok_or(Refused::from(Common::NotFound))?;
    let key = elder.key()?;
    accesses::note(&state.db, &session.actor, &[(key.home, elder.id)], what.noted(), &why).await?;
    let masked = what.mask(&value);
    let looks = Looks::read(&state, &elder).await?;
    let page = Opened { key: key.to_string(), name: elder.name, what, value, masked, secs: OPEN_SECS, looks };
    // Without scripts the browser itself goes back when the time is over.
    let back = format!("{OPEN_SECS}; url=/elders/{key}");
    Ok(([(HeaderName::from_static("refresh"), back)], Page(page)).into_response())
}

/// The reason in words.
fn why(sent: &Reasoned) -> Result<String, Refused> {
    let note: String = sent.note.trim().chars().take(NOTE).collect();
    match REASONS.iter().find(|(code, _)| *code == sent.reason) {
        Some(("other", _)) if note.is_empty() => Err(no_reason()),
        Some(("other", _)) => Ok(note),
        Some((_, words)) if note.is_empty() => Ok(words.zh.to_owned()),
        Some((_, words)) => Ok(format!("{}：{note}", words.zh)),
        None => Err(no_reason()),
    }
}

fn no_reason() -> Refused {
    let text = Refused::from(Refusal::NoReason).text;
    Refused::invalid(vec![FieldRefusal { field: "reason", text }])
}

impl Samples for Ask {
    fn samples() -> Vec<Self> {
        let ask = |error: Option<Text>| Self {
            key: "411002-aaaaaaaaaaaaaaaaaaaaaaaaaa".into(),
            name: "陈秀云".into(),
            what: Secret::Certificate,
            guard: FormGuard::default(),
            chosen: "other".into(),
            note: String::new(),
            error,
        };
        vec![ask(None), ask(Some(Refused::from(Refusal::NoReason).text))]
    }
}

impl Samples for Opened {
    fn samples() -> Vec<Self> {
        let value = "411002194203050021".to_owned();
        let (key, name) = ("411002-aaaaaaaaaaaaaaaaaaaaaaaaaa".into(), "陈秀云".into());
        let (masked, looks) = (mask_certificate(&value), Looks::sample());
        vec![Self { key, name, what: Secret::Certificate, masked, value, secs: OPEN_SECS, looks }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_hold_in_both_languages() {
        web::check::all::<Ask>();
        web::check::all::<Opened>();
    }

    #[test]
    fn a_reason_is_one_of_the_usual_or_written_out() {
        let said =
            |reason: &str, note: &str| why(&Reasoned { what: "cert".into(), reason: reason.into(), note: note.into() });
        assert_eq!(said("benefit", " 11 月复核 ").unwrap(), "核对补贴和救助信息：11 月复核");
        assert_eq!(said("other", "法院来函").unwrap(), "法院来函");
        assert!(said("other", "  ").is_err() && said("", "x").is_err());
    }

    #[test]
    fn an_address_names_each_secret() {
        for what in [Secret::Certificate, Secret::Mobile, Secret::Landline, Secret::Contact(3)] {
            assert_eq!(Secret::of(&what.code()), Some(what));
        }
        assert_eq!((Secret::of("contact-x"), Secret::of("")), (None, None));
    }
}
