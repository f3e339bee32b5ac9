//! Opening and changing a file, as JSON: the same fields and checks as the forms.

use std::collections::BTreeMap;

use axum::{Json, extract::State, http::StatusCode};
use chrono::NaiveDate;
use kernel::{FieldRefusal, Refused, Result};
use serde::Deserialize;
use utoipa::ToSchema;
use web::{edge::ApiResult, routes::Visible, session::Session, state::AppState};

use super::ElderOut;
use crate::elders::{
    Elder, filing,
    form::{self, CONTACT_FIELDS, CONTACTS, END_FIELDS},
    queries,
};

/// Somebody to call.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ContactIn {
    /// Name.
    name: String,
    /// What the contact is to the elder.
    relation: Option<String>,
    /// Phone; absent keeps that of the contact of the same name.
    phone: Option<String>,
}

/// What a new file says.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct OpenIn {
    /// Name.
    name: String,
    /// Kind of certificate, 1 for the resident identity card.
    cert_kind: i16,
    /// Its number.
    cert_number: Option<String>,
    /// Sex code, where the number does not say.
    sex: Option<i16>,
    /// Birth date, where the number does not say.
    birth_on: Option<NaiveDate>,
    /// Where the person lives: 6, 9 or 12 digits.
    place: String,
    /// The rest.
    #[serde(flatten)]
    rest: RestIn,
}

/// What may change in a file; an absent value stays.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct ReviseIn {
    /// The `version` of the file that was read.
    version: i32,
    /// Name.
    name: Option<String>,
    /// The rest.
    #[serde(flatten)]
    rest: RestIn,
}

/// What both say.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(super) struct RestIn {
    /// Mobile phone; an empty text takes it off.
    mobile: Option<String>,
    /// Landline; an empty text takes it off.
    landline: Option<String>,
    /// Address.
    address: Option<String>,
    /// Address in the household register.
    hukou_address: Option<String>,
    /// Living situation code.
    living: Option<i16>,
    /// Codes of all traits that hold.
    tags: Option<Vec<i16>>,
    /// Day on which a trait ends by itself, by its code; null lets it hold on.
    tag_ends: Option<BTreeMap<String, Option<NaiveDate>>>,
    /// All contacts, in the order of calling.
    contacts: Option<Vec<ContactIn>>,
    /// Remark.
    remark: Option<String>,
}

type Sent = Vec<(String, String)>;

fn put<T: ToString>(sent: &mut Sent, name: &str, value: Option<T>) {
    sent.extend(value.map(|value| (name.to_owned(), value.to_string())));
}

impl RestIn {
    fn put(self, sent: &mut Sent) -> Result<(), Refused> {
        let wrong = |field| Refused::invalid(vec![FieldRefusal { field, text: super::unreadable() }]);
        let taken_off = |text: String| if text.is_empty() { form::NOTHING.to_owned() } else { text };
        put(sent, "mobile", self.mobile.map(taken_off));
        put(sent, "landline", self.landline.map(taken_off));
        put(sent, "address", self.address);
        put(sent, "hukou_address", self.hukou_address);
        put(sent, "living", self.living);
        put(sent, "remark", self.remark);
        if let Some(tags) = self.tags {
            put(sent, "tags_sent", Some("yes"));
            tags.into_iter().for_each(|tag| put(sent, "tags", Some(tag)));
        }
        for (code, day) in self.tag_ends.unwrap_or_default() {
            let field = END_FIELDS.iter().find(|(tag, _)| tag.code().to_string() == code);
            let (_, field) = field.ok_or_else(|| wrong("tag_ends"))?;
            put(sent, field, Some(day.map(|day| day.to_string()).unwrap_or_default()));
        }
        if let Some(contacts) = self.contacts {
            if contacts.len() > CONTACTS {
                return Err(wrong("contacts"));
            }
            put(sent, CONTACT_FIELDS[0][0], contacts.is_empty().then_some(""));
            for (contact, [name, relation, phone]) in contacts.into_iter().zip(CONTACT_FIELDS) {
                put(sent, name, Some(contact.name));
                put(sent, relation, contact.relation);
                put(sent, phone, contact.phone.map(taken_off));
            }
        }
        Ok(())
    }
}

/// Opens a file.
#[utoipa::path(post, path = "/api/v1/elders", tag = "elders", request_body = OpenIn, security(("session" = [])),
    responses((status = 201, body = ElderOut), (status = 409, description = "The person has a file already"),
        (status = 422, description = "A value cannot be so")))]
pub(super) async fn open(
    State(state): State<AppState>,
    session: Session,
    Json(sent): Json<OpenIn>,
) -> ApiResult<(StatusCode, Json<ElderOut>)> {
    let place = sent.place.parse();
    let place =
        place.map_err(|_| Refused::invalid(vec![FieldRefusal { field: "place", text: super::unreadable() }]))?;
    let mut fields = Sent::new();
    put(&mut fields, "name", Some(sent.name));
    put(&mut fields, "cert_kind", Some(sent.cert_kind));
    put(&mut fields, "cert_number", sent.cert_number);
    put(&mut fields, "sex", sent.sex);
    put(&mut fields, "birth_on", sent.birth_on);
    sent.rest.put(&mut fields)?;
    let today = state.clock().today();
    let file = form::opened(&fields, place, today)?;
    let desk = filing::Desk { db: &state.db, keys: &state.keys, blinder: &state.blinder };
    let key = filing::open(desk, &session.actor, &file).await?;
    let elder = queries::get(&state.db, &session.scope(), key).await?;
    Ok((StatusCode::CREATED, Json(ElderOut::of(&elder, today)?)))
}

/// Changes a file.
#[utoipa::path(post, path = "/api/v1/elders/{key}/revise", tag = "elders",
    params(("key" = String, Path, description = "The key")), request_body = ReviseIn, security(("session" = [])),
    responses((status = 200, body = ElderOut), (status = 404, description = "Not there, or not visible"),
        (status = 409, description = "Changed meanwhile"), (status = 422, description = "A value cannot be so")))]
pub(super) async fn revise(
    State(state): State<AppState>,
    session: Session,
    Visible(elder): Visible<Elder>,
    Json(sent): Json<ReviseIn>,
) -> ApiResult<Json<ElderOut>> {
    let key = elder.key()?;
    let mut fields = Sent::new();
    put(&mut fields, "name", sent.name);
    sent.rest.put(&mut fields)?;
    let desk = filing::Desk { db: &state.db, keys: &state.keys, blinder: &state.blinder };
    filing::revise(desk, &session.actor, key, sent.version, &fields).await?;
    let elder = queries::get(&state.db, &session.scope(), key).await?;
    Ok(Json(ElderOut::of(&elder, state.clock().today())?))
}
