//! Elders' files as JSON: masked values only, the same lists and searches as the pages.

mod filing;
mod moving;
mod tagging;

use axum::{
    Json,
    extract::{Query, State},
};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Action, Key, Refused, Result, Scope};
use serde::{Deserialize, Serialize};
use store::accesses;
use utoipa::{IntoParams, OpenApi, ToSchema};
use web::{
    edge::ApiResult,
    query::Cursor,
    routes::{Routes, Visible},
    session::Session,
    state::AppState,
};

use super::{
    Elder, lookup, queries,
    queries::{After, Filter},
    search,
    vocabulary::Tag,
};
use crate::places;

/// Rows of an answer, unless fewer are asked for.
const SIZE: u64 = 50;
/// The most rows of an answer.
const MOST: u64 = 200;

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    Routes::new("registry")
        .get("/api/v1/elders", Action::ViewElders, list)
        .post("/api/v1/elders", Action::EditElder, filing::open)
        .get("/api/v1/elders/search", Action::ViewElders, find)
        .post("/api/v1/elders/tags", Action::EditElder, tagging::tag)
        .get("/api/v1/elders/{key}", Action::ViewElders, show)
        .post("/api/v1/elders/{key}/revise", Action::EditElder, filing::revise)
        .post("/api/v1/elders/{key}/move", Action::EditElder, moving::move_to)
}

/// The description.
#[derive(Debug, OpenApi)]
#[openapi(paths(list, find, show, moving::move_to, filing::open, filing::revise, tagging::tag))]
pub struct Description;

/// An elder as lists tell one: numbers masked.
#[derive(Debug, Serialize, ToSchema)]
pub struct ElderOut {
    /// The key: county of the first registration, hyphen, 26 letters and digits.
    key: String,
    /// 档案号.
    number: String,
    /// Name.
    name: String,
    /// GB/T 2261.1: 1 male, 2 female, 0 unknown, 9 not stated.
    sex: i16,
    /// Birth date.
    birth_on: Option<NaiveDate>,
    /// Full years today.
    age: Option<i32>,
    /// Where the person lives: 12 digits.
    place: i64,
    /// The names of that place.
    place_name: String,
    /// Masked certificate number.
    cert_mask: String,
    /// Masked mobile phone.
    mobile_mask: String,
    /// Masked landline.
    landline_mask: String,
    /// Living situation code, 0 unknown.
    living: i16,
    /// Codes of the traits that hold.
    tags: Vec<i16>,
    /// Life state code.
    status: i16,
    /// Grows with each write.
    version: i32,
    /// When the file changed last.
    updated_at: DateTime<Utc>,
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct EldersOut {
    /// The rows.
    items: Vec<ElderOut>,
    /// What `after` takes for the next page; none on the last.
    next: Option<String>,
}

/// What a search found.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundOut {
    /// The rows, nearest first.
    items: Vec<ElderOut>,
    /// Whether there may be more.
    more: bool,
}

/// What a list is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ListIn {
    /// Only in this place: 2, 4, 6, 9 or 12 digits.
    place: Option<String>,
    /// Only with all of these trait codes, separated by commas.
    tags: Option<String>,
    /// Only born on this day or earlier.
    born_by: Option<NaiveDate>,
    /// Only of this sex code.
    sex: Option<i16>,
    /// `name` for the order of names; only without traits.
    sort: Option<String>,
    /// `next` of the page before, in the same order.
    after: Option<String>,
    /// Rows of a page, 1 to 200.
    size: Option<u64>,
}

/// What to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct FindIn {
    /// A name, pinyin or initials, 4 to 11 last digits of a phone, or a certificate number (budgeted and noted).
    q: String,
    /// Rows, 1 to 200.
    size: Option<u64>,
}

impl ElderOut {
    fn of(elder: &Elder, today: NaiveDate) -> Result<Self> {
        let place = elder.place()?;
        Ok(Self {
            key: elder.key()?.to_string(),
            number: elder.number.clone(),
            name: elder.name.clone(),
            sex: elder.sex,
            birth_on: elder.birth_on,
            age: elder.age(today),
            place: place.code(),
            place_name: places::full_name(place).unwrap_or_default(),
            cert_mask: elder.cert_mask.clone(),
            mobile_mask: elder.mobile_mask.clone(),
            landline_mask: elder.landline_mask.clone(),
            living: elder.living,
            tags: elder.tags().into_iter().map(Tag::code).collect(),
            status: elder.status,
            version: elder.version,
            updated_at: elder.updated_at,
        })
    }
}

impl ListIn {
    fn filter(&self) -> Result<Filter> {
        let wrong = |field| Refused::invalid(vec![kernel::FieldRefusal { field, text: unreadable() }]);
        let place = self.place.as_deref().map(str::parse).transpose().map_err(|_| wrong("place"))?;
        let codes = self.tags.iter().flat_map(|tags| tags.split(','));
        let tags = codes.map(|code| code.trim().parse().ok().and_then(Tag::of)).collect::<Option<Vec<_>>>();
        Ok(Filter { place, tags: tags.ok_or_else(|| wrong("tags"))?, born_by: self.born_by, sex: self.sex })
    }

    /// Whether the order of names is asked for.
    fn by_name(&self) -> Result<bool> {
        match self.sort.as_deref() {
            None => Ok(false),
            Some("name") if self.tags.is_none() => Ok(true),
            Some(_) => Err(Refused::invalid(vec![kernel::FieldRefusal { field: "sort", text: unreadable() }]).into()),
        }
    }

    /// The row after which a page in the order of names begins.
    fn seen(&self) -> Result<Option<Key<Elder>>> {
        let Some(text) = &self.after else { return Ok(None) };
        let wrong = || Refused::invalid(vec![kernel::FieldRefusal { field: "after", text: unreadable() }]);
        let key = Cursor::decode(text).and_then(|cursor| cursor.0.first()?.parse().ok());
        Ok(Some(key.ok_or_else(wrong)?))
    }

    fn after(&self) -> Result<Option<After>> {
        let Some(text) = &self.after else { return Ok(None) };
        let wrong = || Refused::invalid(vec![kernel::FieldRefusal { field: "after", text: unreadable() }]);
        let after = Cursor::decode(text).as_ref().and_then(After::of);
        Ok(Some(after.ok_or_else(wrong)?))
    }
}

fn unreadable() -> kernel::Text {
    kernel::text!("这个值读不懂，请检查格式")
}

/// Elders within the scope of the session, in the order of homes, places and ids.
#[utoipa::path(get, path = "/api/v1/elders", tag = "elders", params(ListIn), security(("session" = [])),
    responses((status = 200, body = EldersOut), (status = 422, description = "A value cannot be read")))]
async fn list(
    State(state): State<AppState>,
    session: Session,
    Query(wanted): Query<ListIn>,
) -> ApiResult<Json<EldersOut>> {
    let (filter, today) = (wanted.filter()?, state.clock().today());
    let size = wanted.size.unwrap_or(SIZE).clamp(1, MOST);
    let scope: Scope = session.scope();
    let by_name = wanted.by_name()?;
    let mut elders = if by_name {
        queries::list_by_name(&state.db, &scope, &filter, wanted.seen()?, size + 1).await?
    } else {
        queries::list(&state.db, &scope, &filter, wanted.after()?, size + 1).await?
    };
    let more = elders.len() as u64 > size;
    elders.truncate(usize::try_from(size)?);
    let cursor = |last: &Elder| {
        Ok::<_, kernel::Failure>(if by_name { Cursor(vec![last.key()?.to_string()]) } else { After::cursor(last) })
    };
    let next = elders.last().filter(|_| more).map(cursor).transpose()?.map(|cursor| cursor.encode());
    let items = elders.iter().map(|elder| ElderOut::of(elder, today)).collect::<Result<_>>()?;
    Ok(Json(EldersOut { items, next }))
}

/// One elder, numbers masked. The view is noted.
#[utoipa::path(get, path = "/api/v1/elders/{key}", tag = "elders", params(("key" = String, Path, description = "The key")),
    security(("session" = [])),
    responses((status = 200, body = ElderOut), (status = 404, description = "Not there, or not visible")))]
async fn show(
    State(state): State<AppState>,
    session: Session,
    Visible(elder): Visible<Elder>,
) -> ApiResult<Json<ElderOut>> {
    let key = elder.key()?;
    accesses::note(&state.db, &session.actor, &[(key.home, elder.id)], "view", "").await?;
    Ok(Json(ElderOut::of(&elder, state.clock().today())?))
}

/// Elders by whatever is typed into the search box.
#[utoipa::path(get, path = "/api/v1/elders/search", tag = "elders", params(FindIn), security(("session" = [])),
    responses((status = 200, body = FoundOut), (status = 429, description = "The day's searches by certificate number are used up")))]
async fn find(
    State(state): State<AppState>,
    session: Session,
    Query(wanted): Query<FindIn>,
) -> ApiResult<Json<FoundOut>> {
    let (scope, today) = (session.scope(), state.clock().today());
    let desk = search::Desk { db: &state.db, keys: &state.keys, blinder: &state.blinder, scope, today };
    let size = usize::try_from(wanted.size.unwrap_or(SIZE).clamp(1, MOST))?;
    let found = match lookup::certificate(&wanted.q) {
        Some(number) => lookup::by_certificate(desk, &session, &number).await?,
        None => search::search(desk, &wanted.q, size).await?,
    };
    let items = found.elders.iter().map(|elder| ElderOut::of(elder, today)).collect::<Result<_>>()?;
    Ok(Json(FoundOut { items, more: found.more }))
}
