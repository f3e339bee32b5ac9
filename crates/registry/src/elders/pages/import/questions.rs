//! `/elders/import/questions`: rows of which nobody knows yet whose they are, both people side by side.

use askama::Template;
use axum::{
    Form as Body,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use kernel::{Common, Key, Refused, Result, Text, text};
use store::accesses;
use web::{
    filters,
    form::{FormGuard, Sent},
    head::Head,
    page::{ErrorPage, Page, PageResult, Samples, View},
    session::Session,
    state::AppState,
};

use crate::{
    elders::{
        file::{File, mask_certificate, mask_phone},
        import::questions::{self, Answering, Pair, Question, State as Answer, Why},
    },
    places,
};

/// Questions of one page.
const SHOWN: u64 = 20;

/// One of the two people.
#[derive(Debug)]
struct Person {
    name: String,
    birth: String,
    certificate: String,
    phones: String,
    place: String,
    address: String,
    contacts: String,
}

impl Person {
    fn of(file: &File) -> Self {
        let phones = file.mobile.iter().chain(&file.landline).map(|number| mask_phone(number));
        let contacts = file.details.contacts.iter().map(|contact| {
            let phone = contact.phone.as_deref().map(mask_phone).unwrap_or_default();
            format!("{} {phone}", contact.name)
        });
        Self {
            name: file.name.clone(),
            birth: file.birth_on.to_string(),
            certificate: mask_certificate(&file.cert_number),
            phones: phones.collect::<Vec<_>>().join(" "),
            place: places::full_name(file.place).unwrap_or_default(),
            address: file.details.address.clone(),
            contacts: contacts.collect::<Vec<_>>().join(" "),
        }
    }
}

/// A question of the page.
#[derive(Debug)]
struct Row {
    key: String,
    elder: String,
    number: String,
    row: String,
    why: Text,
    there: Person,
    new: Person,
    /// Whether the row can be another person's.
    may_be_another: bool,
}

impl Row {
    fn of(pair: &Pair) -> Result<Self> {
        Ok(Self {
            key: pair.question.key.to_string(),
            elder: pair.elder.key()?.to_string(),
            number: pair.elder.number.clone(),
            row: pair.question.label(),
            why: Text::new(pair.question.why.word()),
            there: Person::of(&pair.there),
            new: Person::of(&pair.row),
            may_be_another: pair.question.why != Why::OtherName,
        })
    }

    /// What is compared: the heads, and what both say.
    fn lines(&self) -> Vec<(Text, &str, &str)> {
        let (there, new) = (&self.there, &self.new);
        vec![
            (text!("姓名"), &there.name, &new.name),
            (text!("出生日期"), &there.birth, &new.birth),
            (text!("证件号"), &there.certificate, &new.certificate),
            (text!("电话"), &there.phones, &new.phones),
            (text!("居住地"), &there.place, &new.place),
            (text!("居住地址"), &there.address, &new.address),
            (text!("紧急联系人"), &there.contacts, &new.contacts),
        ]
    }
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "elders/import_questions.html")]
pub struct Questions {
    rows: Vec<Row>,
    guard: FormGuard,
}

impl View for Questions {
    fn head(&self) -> Head {
        Head::new(text!("等回答的行"))
            .menu("elders")
            .crumb(text!("老人档案"), "/elders")
            .crumb(text!("导入"), "/elders/import")
            .here(text!("等回答的行"))
            .with_persons()
    }
}

pub(in super::super) async fn show(State(state): State<AppState>, session: Session) -> PageResult<Questions> {
    let pairs = questions::open(&state.db, &state.keys, &session.scope(), SHOWN).await?;
    let seen = pairs.iter().map(|pair| Ok((pair.elder.key()?.home, pair.elder.id))).collect::<Result<Vec<_>>>()?;
    if !seen.is_empty() {
        accesses::note(&state.db, &session.actor, &seen, "import_question", "").await?;
    }
    let rows = pairs.iter().map(Row::of).collect::<Result<_>>()?;
    Ok(Page(Questions { rows, guard: session.guard() }))
}

pub(in super::super) async fn answer(
    State(state): State<AppState>,
    session: Session,
    Body(sent): Body<Sent>,
) -> Result<Response, ErrorPage> {
    let key: Key<Question> = sent.value("question").parse().map_err(|_| Refused::from(Common::NotFound))?;
    let answer = match sent.value("answer") {
        "same" => Answer::Same,
        "another" => Answer::Another,
        "drop" => Answer::Dropped,
        _ => Answer::Open,
    };
    let desk = Answering { db: &state.db, keys: &state.keys, actor: &session.actor };
    questions::answer(desk, key, answer).await?;
    Ok(Redirect::to("/elders/import/questions").into_response())
}

impl Samples for Questions {
    fn samples() -> Vec<Self> {
        let person = |name: &str, address: &str| Person {
            name: name.into(),
            birth: "1940-01-01".into(),
            certificate: String::new(),
            phones: "138****2101".into(),
            place: "河南省许昌市魏都区西大街道".into(),
            address: address.into(),
            contacts: "李建华 139****2206".into(),
        };
        let row = |why: Why| Row {
            key: "411002-aaaaaaaaaaaaaaaaaaaaaaaaaa".into(),
            elder: "411002-aaaaaaaaaaaaaaaaaaaaaaaaaa".into(),
            number: "411002-0006821".into(),
            row: "15".into(),
            why: Text::new(why.word()),
            there: person("王秀兰", "东街1号"),
            new: person("王秀兰", "西街99号"),
            may_be_another: why != Why::OtherName,
        };
        let guard = FormGuard::default;
        vec![
            Self { rows: vec![row(Why::NoNumber), row(Why::OtherName)], guard: guard() },
            Self { rows: Vec::new(), guard: guard() },
        ]
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_holds_in_both_languages() {
        web::check::all::<super::Questions>();
    }
}
