//! `/elders/new` opens a file by form, `/elders/{key}/edit` changes one. Phones stand masked: an empty field keeps them.

use askama::Template;
use axum::{
    Form as Body,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use chrono::NaiveDate;
use kernel::{Failure, FieldRefusal, Level, Refused, Region, Result, Text, text};
use web::{
    filters,
    form::{Choice, Field, Form, Kind, Sent},
    head::{Head, Label},
    page::{ErrorPage, Page, PageResult, Samples, View},
    routes::Visible,
    session::Session,
    state::AppState,
};

use super::asked_place;
use crate::{
    elders::{
        Elder, Refusal,
        file::{Contact, File, mask_phone},
        filing,
        form::{self, CONTACT_FIELDS, CONTACTS, END_FIELDS, NOTHING},
        queries,
        vocabulary::{CertKind, LivingSituation, Tag},
    },
    places,
};

/// A form over a file, or for a new one.
#[derive(Debug, Template)]
#[template(path = "elders/form.html")]
pub struct FormPage {
    /// Key and name of the file; none while it is opened.
    of: Option<(String, String)>,
    /// The file that stands in the way.
    known: Option<String>,
    form: Form,
}

impl View for FormPage {
    fn head(&self) -> Head {
        let head = match &self.of {
            Some((key, name)) => Head::new(text!("修改档案"))
                .soft(Label::data(name))
                .crumb(text!("老人档案"), "/elders")
                .crumb(Label::data(name), format!("/elders/{key}"))
                .here(text!("修改档案")),
            None => Head::new(text!("新建档案")).crumb(text!("老人档案"), "/elders").here(text!("新建档案")),
        };
        head.menu("elders").with_persons().faulty(self.form.is_faulty())
    }
}

pub(super) async fn begin(session: Session) -> PageResult<FormPage> {
    Ok(Page(FormPage { of: None, known: None, form: new_form(session.actor.acting.place).guarded(session.guard()) }))
}

pub(super) async fn open(
    State(state): State<AppState>,
    session: Session,
    Body(sent): Body<Sent>,
) -> Result<Response, ErrorPage> {
    let top = session.actor.acting.place;
    let opened = async {
        let place = meant(top, sent.value("place"))?;
        let file = form::opened(&sent, place, state.clock().today())?;
        filing::open(filing::Desk { db: &state.db, keys: &state.keys, blinder: &state.blinder }, &session.actor, &file)
            .await
    };
    match opened.await {
        Ok(key) => Ok(Redirect::to(&format!("/elders/{key}")).into_response()),
        Err(Failure::Refused(refused)) if refused.is_mendable() => {
            let mut form = new_form(top).filled(&sent);
            asked_place::offer(&mut form, "place", &candidates(top, sent.value("place")));
            let form = form.refused(&refused).guarded(session.guard());
            let known = known(&state, &session, &sent, top).await?;
            Ok(Page(FormPage { of: None, known, form }).refused_as(&refused).into_response())
        }
        Err(failure) => Err(failure.into()),
    }
}

/// The file of the person who was typed, when there is one and it is visible.
async fn known(state: &AppState, session: &Session, sent: &Sent, top: Option<Region>) -> Result<Option<String>> {
    let Ok(place) = meant(top, sent.value("place")) else { return Ok(None) };
    let Ok(file) = form::opened(sent, place, state.clock().today()) else { return Ok(None) };
    let Some(key) = filing::find(&state.db, &state.blinder, &file).await? else { return Ok(None) };
    Ok(queries::find(&state.db, &session.scope(), key).await?.map(|_| format!("/elders/{key}")))
}

pub(super) async fn ask(
    State(state): State<AppState>,
    session: Session,
    Visible(elder): Visible<Elder>,
) -> PageResult<FormPage> {
    if elder.moved_to.is_some() {
        return Err(ErrorPage(kernel::Common::NotFound.into()));
    }
    let (file, ends) = filing::read(&state.db, &state.keys, &elder).await?;
    let form = edit_form(&elder, &file, &ends)?.guarded(session.guard());
    Ok(Page(FormPage { of: Some((elder.key()?.to_string(), elder.name.clone())), known: None, form }))
}

pub(super) async fn revise(
    State(state): State<AppState>,
    session: Session,
    Visible(elder): Visible<Elder>,
    Body(sent): Body<Sent>,
) -> Result<Response, ErrorPage> {
    let key = elder.key()?;
    let desk = filing::Desk { db: &state.db, keys: &state.keys, blinder: &state.blinder };
    let version = sent.value("version").parse().unwrap_or_default();
    match filing::revise(desk, &session.actor, key, version, &sent).await {
        Ok(_) => Ok(Redirect::to(&format!("/elders/{key}")).into_response()),
        Err(Failure::Refused(refused)) if refused.is_mendable() => {
            let (file, ends) = filing::read(&state.db, &state.keys, &elder).await?;
            let mut form = edit_form(&elder, &file, &ends)?;
            let fresh: Vec<_> = form.fields.iter().filter(|field| field.name == "version").cloned().collect();
            form = form.filled(&sent).refused(&refused);
            // Who saves once more has seen that somebody else was faster.
            for (field, fresh) in form.fields.iter_mut().filter(|field| field.name == "version").zip(fresh) {
                field.values = fresh.values;
            }
            let of = Some((key.to_string(), elder.name.clone()));
            Ok(Page(FormPage { of, known: None, form: form.guarded(session.guard()) })
                .refused_as(&refused)
                .into_response())
        }
        Err(failure) => Err(failure.into()),
    }
}

/// The place that was meant, near the county of whoever types.
fn meant(top: Option<Region>, text: &str) -> Result<Region> {
    asked_place::only(&candidates(top, text), "place")
}

fn candidates(top: Option<Region>, text: &str) -> Vec<places::Place> {
    let county = top.and_then(|top| top.at(Level::County).or_else(|| top.at(Level::City)));
    let mut found = county.map_or_else(|| places::find(text), |county| places::find_near(text, county));
    found.retain(|place| place.region.home().is_some() && top.is_none_or(|top| top.contains(place.region)));
    found
}

fn living() -> Kind {
    let choice = |living: &LivingSituation| Choice::new(living.code().to_string(), Text::new(living.word()));
    Kind::Select(LivingSituation::ALL.iter().map(choice).collect())
}

fn tags() -> Kind {
    let choice = |tag: &Tag| Choice::new(tag.code().to_string(), Text::new(tag.word()));
    Kind::Checks(Tag::ALL.iter().map(choice).collect())
}

fn new_form(top: Option<Region>) -> Form {
    let kinds = CertKind::ALL.iter().map(|kind| Choice::new(kind.code().to_string(), Text::new(kind.word())));
    let sexes = vec![Choice::new("1", text!("男")), Choice::new("2", text!("女"))];
    let here = top.filter(|top| top.level() >= Level::Town).map(|top| top.code().to_string());
    let mut place = Field::line("place", text!("居住地"))
        .mends(&["elder.no_such_place"])
        .hint(text!("写乡镇街道、村社区的名称，或区划代码"))
        .autocomplete("off");
    place.values = here.into_iter().collect();
    let mut fields = vec![
        Field::line("name", text!("姓名")).autocomplete("off"),
        Field::new("cert_kind", text!("证件类型"), Kind::Select(kinds.collect()))
            .value(CertKind::ResidentId.code().to_string()),
        Field::line("cert_number", text!("证件号"))
            .mends(&["elder.known", "elder.elsewhere"])
            .autocomplete("off")
            .optional()
            .hint(text!("无证件的老人不填")),
        Field::new("sex", text!("性别"), Kind::Radios(sexes)).optional().hint(text!("证件号上有的可以不填")),
        Field::new("birth_on", text!("出生日期"), Kind::Line("date"))
            .optional()
            .short()
            .hint(text!("证件号上有的可以不填")),
        Field::line("mobile", text!("手机")).optional().inputmode("tel").short().autocomplete("off"),
        Field::line("landline", text!("固定电话")).optional().inputmode("tel").short().beside().autocomplete("off"),
        place,
        Field::line("address", text!("住址")).autocomplete("off"),
        Field::line("hukou_address", text!("户籍地址")).optional().autocomplete("off"),
        Field::new("living", text!("居住状况"), living()).optional(),
        Field::new("tags", text!("人员类别"), tags()).optional(),
    ];
    fields.extend(contact_fields(&[], 2));
    fields.push(Field::new("remark", text!("备注"), Kind::Lines).optional());
    Form::new("new-elder", "/elders/new", fields, text!("建立档案")).cancel("/elders")
}

fn edit_form(elder: &Elder, file: &File, ends: &[(Tag, Option<NaiveDate>)]) -> Result<Form> {
    let key = elder.key()?;
    let keeps = |number: Option<&str>| match number {
        Some(number) => {
            text!("现在登记的是 {mask}；不改就留空，要去掉写“{nothing}”", mask = mask_phone(number), nothing = NOTHING)
        }
        None => text!("现在没有登记"),
    };
    let phone = |name, label, number: Option<&str>| {
        Field::line(name, label).optional().inputmode("tel").autocomplete("off").hint(keeps(number))
    };
    let held = file.tags();
    let mut tags = Field::new("tags", text!("人员类别"), tags()).optional();
    tags.values = held.iter().map(|tag| tag.code().to_string()).collect();
    let mut living = Field::new("living", text!("居住状况"), living()).optional();
    living.values = LivingSituation::of(file.living).map(|living| living.code().to_string()).into_iter().collect();
    let details = &file.details;
    let mut fields = vec![
        Field::hidden("version", elder.version.to_string()),
        Field::hidden("tags_sent", "yes"),
        Field::line("name", text!("姓名")).value(&file.name).autocomplete("off"),
        phone("mobile", text!("手机"), file.mobile.as_deref()),
        phone("landline", text!("固定电话"), file.landline.as_deref()),
        Field::line("address", text!("住址")).value(&details.address).autocomplete("off"),
        Field::line("hukou_address", text!("户籍地址"))
            .value(details.hukou_address.clone().unwrap_or_default())
            .optional()
            .autocomplete("off"),
        living,
        tags,
    ];
    fields.extend(end_fields(&held, ends));
    fields.extend(contact_fields(&details.contacts, (details.contacts.len() + 1).min(CONTACTS)));
    fields.push(
        Field::new("remark", text!("备注"), Kind::Lines).value(details.remark.clone().unwrap_or_default()).optional(),
    );
    Ok(Form::new("edit-elder", format!("/elders/{key}/edit"), fields, text!("保存修改"))
        .cancel(format!("/elders/{key}")))
}

/// A day for each trait that holds.
fn end_fields(held: &[Tag], ends: &[(Tag, Option<NaiveDate>)]) -> Vec<Field> {
    let field = |(tag, name): &(Tag, &'static str)| {
        let end = ends.iter().find(|(other, _)| other == tag).and_then(|(_, end)| *end);
        let mut field =
            Field::new(name, text!("{tag}到期日").with_words("tag", tag.word()), Kind::Line("date")).optional().short();
        field.values = end.map(|day| day.to_string()).into_iter().collect();
        field
    };
    END_FIELDS.iter().filter(|(tag, _)| held.contains(tag)).map(field).collect()
}

fn contact_fields(contacts: &[Contact], count: usize) -> Vec<Field> {
    let mut fields = Vec::new();
    for (at, [name, relation, phone]) in CONTACT_FIELDS.into_iter().enumerate().take(count) {
        let contact = contacts.get(at);
        let words = |value: Option<&String>| value.cloned().unwrap_or_default();
        let number = contact.and_then(|contact| contact.phone.as_deref());
        let hint = number.map(|number| {
            text!("现在登记的是 {mask}；不改就留空，要去掉写“{nothing}”", mask = mask_phone(number), nothing = NOTHING)
        });
        let mut last =
            Field::line(phone, text!("第 {n} 联系人电话", n = at + 1)).optional().inputmode("tel").autocomplete("off");
        last.hint = hint;
        fields.push(
            Field::line(name, text!("第 {n} 联系人", n = at + 1))
                .value(words(contact.map(|it| &it.name)))
                .optional()
                .autocomplete("off"),
        );
        fields.push(
            Field::line(relation, text!("与老人的关系"))
                .value(words(contact.and_then(|it| it.relation.as_ref())))
                .optional()
                .beside()
                .autocomplete("off"),
        );
        fields.push(last);
    }
    fields
}

impl Samples for FormPage {
    fn samples() -> Vec<Self> {
        let top: Option<Region> = "411002001".parse().ok();
        let wrong = |field| Refused::invalid(vec![FieldRefusal { field, text: Refused::from(Refusal::Changed).text }]);
        let held = [Tag::Alone, Tag::MinimumAllowance];
        let contact =
            Contact { name: "李建华".into(), relation: Some("儿子".into()), phone: Some("13900002206".into()) };
        let mut fields = end_fields(&held, &[(Tag::Alone, NaiveDate::from_ymd_opt(2027, 6, 30))]);
        fields.extend(contact_fields(&[contact], 2));
        let edit = Form::new("edit-elder", "/elders/x/edit", fields, text!("保存修改")).cancel("/elders/x");
        vec![
            Self { of: None, known: None, form: new_form(top) },
            Self { of: None, known: Some("/elders/x".into()), form: new_form(None).refused(&wrong("cert_number")) },
            Self { of: Some(("x".into(), "陈秀云".into())), known: None, form: edit },
        ]
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_forms_hold_in_both_languages() {
        web::check::all::<super::FormPage>();
    }
}
