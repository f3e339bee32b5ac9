//! The search box: by name, pinyin, phone tail or certificate number, within a scope.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use kernel::{Home, Key, PlaceRange, ResidentId, Result, Scope};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Query},
};
use store::{
    Db,
    blind::{BlindIndex, Blinder, PhoneSearch, ends_with},
    homes,
    keys::Keys,
    sea_orm,
};
use uuid::Uuid;

use super::{
    Elder,
    file::{certificate_index, contact_search},
    model::{self, Status},
    queries,
    vocabulary::CertKind,
};
use crate::pinyin::{self, Pattern, Probe};

/// Rows that one probe may bring from one home before they are filtered.
const PROBED: u64 = 400;
/// Rows that a probe brings at first: of most probes nearly every row is one that was meant.
const AT_FIRST: u64 = 100;

/// What was found, at most as many as asked for, and whether there may be more.
#[derive(Debug, Default)]
pub struct Found {
    /// Rows, nearest first.
    pub elders: Vec<Elder>,
    /// Whether the search stopped at its limit.
    pub more: bool,
    /// Those of them who were found by the phone of a contact, not by their own.
    pub by_contact: BTreeSet<Uuid>,
}

/// What a search needs beside the text.
#[derive(Debug)]
pub struct Desk<'a, C = Db> {
    /// The database.
    pub db: &'a C,
    /// The key store: phone tails longer than four digits are compared after opening.
    pub keys: &'a Keys,
    /// Blind indexes.
    pub blinder: &'a Blinder,
    /// What the searcher may see.
    pub scope: Scope,
    /// The day, for the check of certificate numbers.
    pub today: NaiveDate,
}

impl<C> Clone for Desk<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Desk<'_, C> {}

/// Looks for elders by whatever was typed. A search by certificate number is the caller's to note in `accesses` before
/// it answers.
///
/// # Errors
/// Internal failures only.
pub async fn search<C: ConnectionTrait>(desk: Desk<'_, C>, typed: &str, limit: usize) -> Result<Found> {
    match pinyin::classify(typed) {
        pinyin::Query::Name(name) => by_name(desk, &name, limit).await,
        pinyin::Query::Mixed(name, rest) => by_name_and_letters(desk, (&name, &rest), limit).await,
        pinyin::Query::Pinyin(pattern) => by_pinyin(desk, &pattern, limit).await,
        pinyin::Query::PhoneTail(digits) => by_phone(desk, &digits, limit).await,
        pinyin::Query::IdNumber(number) => by_certificate(desk, &number).await,
        pinyin::Query::OrderNumber(_) | pinyin::Query::Nothing => Ok(Found::default()),
    }
}

/// The range and homes that a name search reads; relations search the whole country and are filtered by visibility.
async fn field<C: ConnectionTrait>(desk: Desk<'_, C>) -> Result<(PlaceRange, Vec<Home>)> {
    let range = match desk.scope {
        Scope::Place(range) => range,
        Scope::Grantee(_) | Scope::Own(_) => PlaceRange::WHOLE,
    };
    Ok((range, homes::of_range(desk.db, range).await?))
}

async fn by_name<C: ConnectionTrait>(desk: Desk<'_, C>, name: &str, limit: usize) -> Result<Found> {
    let (range, homes) = field(desk).await?;
    let (lo, hi) = pinyin::prefix_range(name);
    let mut keys = Vec::new();
    for home in homes {
        let select = model::Entity::find()
            .select_only()
            .column(model::Column::Id)
            .filter(model::Column::Home.eq(home.number()))
            .filter(model::Column::NameKey.gte(lo.as_str()))
            .filter(model::Column::NameKey.lt(hi.as_str()))
            // Plus nothing, so that no planner takes the index of places and sorts what it finds by name.
            .filter(Expr::col(model::Column::Place).add(0_i64).between(range.lo, range.hi))
            .filter(model::Column::MovedTo.is_null())
            .filter(model::Column::Status.ne(Status::Withdrawn.code()))
            .order_by_asc(model::Column::NameKey)
            .order_by_asc(model::Column::Id)
            .limit(limit as u64 + 1);
        let ids: Vec<Uuid> = select.into_tuple().all(desk.db).await?;
        keys.extend(ids.into_iter().map(|id| Key::new(home, id)));
    }
    visible(desk, keys, limit).await
}

/// Those whose name begins with the characters and goes on with the letters: 张xy.
async fn by_name_and_letters<C: ConnectionTrait>(
    desk: Desk<'_, C>,
    (name, rest): (&str, &Pattern),
    limit: usize,
) -> Result<Found> {
    let mut found = by_name(desk, name, PROBED as usize).await?;
    let begun = name.chars().count();
    let goes_on = |elder: &Elder| {
        pinyin::readings(&elder.name).iter().any(|reading| {
            let rest_of: Vec<_> = reading.pinyin.split(' ').skip(begun).collect();
            rest.matches(&rest_of.join(" "))
        })
    };
    found.elders.retain(goes_on);
    found.more |= found.elders.len() > limit;
    found.elders.truncate(limit);
    Ok(found)
}

async fn by_pinyin<C: ConnectionTrait>(desk: Desk<'_, C>, pattern: &Pattern, limit: usize) -> Result<Found> {
    let (range, homes) = field(desk).await?;
    let mut found: BTreeSet<(String, Home, Uuid)> = BTreeSet::new();
    let mut cut = false;
    for home in homes {
        for probe in pattern.probes() {
            let (rows, more) = probe_home(desk.db, (home, range), (pattern, &probe), limit).await?;
            cut |= more;
            found.extend(rows.into_iter().map(|(elder, reading)| (reading, home, elder)));
        }
        // Too many to show: the person is asked to write more anyway.
        if found.len() > limit {
            break;
        }
    }
    let keys: Vec<_> = found.into_iter().map(|(_, home, elder)| Key::new(home, elder)).collect();
    let mut found = visible(desk, keys, limit).await?;
    found.more |= cut;
    Ok(found)
}

/// The people of a home whom a probe finds and the pattern means, and whether there may be more of them.
async fn probe_home(
    db: &impl ConnectionTrait,
    place: (Home, PlaceRange),
    (pattern, probe): (&Pattern, &Probe),
    limit: usize,
) -> Result<(Vec<(Uuid, String)>, bool)> {
    let mut most = AT_FIRST;
    loop {
        let mut rows = probed(db, place, probe, most).await?;
        let more = rows.len() as u64 >= most;
        rows.retain(|(_, reading)| pattern.matches(reading));
        if !more || rows.len() > limit || most == PROBED {
            return Ok((rows, more));
        }
        most = PROBED;
    }
}

async fn probed(
    db: &impl ConnectionTrait,
    (home, range): (Home, PlaceRange),
    probe: &Probe,
    most: u64,
) -> Result<Vec<(Uuid, String)>> {
    let column = probe.column.name();
    let mut select = Query::select()
        .columns(["elder", "pinyin"])
        .from("elder_names")
        .and_where(Expr::col("home").eq(home.number()))
        .and_where(Expr::col(column).gte(probe.lo.as_str()))
        .and_where(Expr::col(column).lt(probe.hi.as_str()))
        .and_where(Expr::col("place").between(range.lo, range.hi))
        .limit(most)
        .to_owned();
    if let Some(beside) = &probe.also {
        let column = beside.column.name();
        select.and_where(Expr::col(column).gte(beside.lo.as_str())).and_where(Expr::col(column).lt(beside.hi.as_str()));
    }
    let rows = db.query_all(&select).await?;
    rows.into_iter().map(|row| Ok((row.try_get("", "elder")?, row.try_get("", "pinyin")?))).collect()
}

/// By the whole or the end of a phone number: the person's own first, then those of contacts.
async fn by_phone<C: ConnectionTrait>(desk: Desk<'_, C>, digits: &str, limit: usize) -> Result<Found> {
    let Some(search) = desk.blinder.phone_search(digits) else { return Ok(Found::default()) };
    let (index, tail) = match &search {
        PhoneSearch::Full(index) => (*index, None),
        PhoneSearch::Tail { index, digits } => (*index, (digits.len() > 4).then_some(digits.as_str())),
    };
    let (_, homes) = field(desk).await?;
    let mut found = by_digest(desk, (index, &homes), (tail, false), limit).await?;
    if found.elders.len() < limit
        && let Some(index) =
            contact_search(desk.blinder, digits, tail.is_some() || matches!(search, PhoneSearch::Tail { .. }))
    {
        let more = by_digest(desk, (index, &homes), (tail, true), limit).await?;
        found.more |= more.more;
        for elder in more.elders {
            if !found.elders.iter().any(|known| known.id == elder.id) {
                found.by_contact.insert(elder.id);
                found.elders.push(elder);
            }
        }
        found.more |= found.elders.len() > limit;
        found.elders.truncate(limit);
    }
    Ok(found)
}

/// Those whose own or contacts' phones have this digest, and end with the digits that it does not know.
async fn by_digest<C: ConnectionTrait>(
    desk: Desk<'_, C>,
    (index, homes): (BlindIndex, &[Home]),
    (tail, of_contact): (Option<&str>, bool),
    limit: usize,
) -> Result<Found> {
    let select = Query::select()
        .columns(["home", "person"])
        .from("person_phones")
        .and_where(Expr::col("digest").eq(index.0.to_vec()))
        .and_where(Expr::col("home").is_in(homes.iter().map(|home| home.number())))
        .limit(PROBED)
        .to_owned();
    let keys = keys_of(desk.db, &select).await?;
    let Some(tail) = tail else { return visible(desk, keys, limit).await };
    // The index knows four digits; the others are compared after opening.
    let mut found = visible(desk, keys, PROBED as usize).await?;
    found.elders = ending_with(desk.keys, found.elders, (tail, of_contact)).await?;
    found.more |= found.elders.len() > limit;
    found.elders.truncate(limit);
    Ok(found)
}

/// Keeps those whose opened numbers end with the typed digits.
async fn ending_with(keys: &Keys, elders: Vec<Elder>, (tail, of_contact): (&str, bool)) -> Result<Vec<Elder>> {
    let opened = keys.find_keys(&elders.iter().map(|elder| elder.id).collect::<Vec<_>>()).await?;
    let mut kept = Vec::new();
    for elder in elders {
        let Some(key) = opened.get(&elder.id) else { continue };
        let file = super::file::File::open(&elder, key)?;
        let ends = |number: &String| ends_with(number, tail);
        let found = if of_contact {
            file.details.contacts.iter().filter_map(|contact| contact.phone.as_ref()).any(ends)
        } else {
            file.mobile.iter().chain(&file.landline).any(ends)
        };
        if found {
            kept.push(elder);
        }
    }
    Ok(kept)
}

async fn by_certificate<C: ConnectionTrait>(desk: Desk<'_, C>, number: &str) -> Result<Found> {
    let Ok(id) = ResidentId::parse(number, desk.today) else { return Ok(Found::default()) };
    let indexes = [CertKind::ResidentId, CertKind::HkMoTwPermit, CertKind::ForeignPermanent]
        .map(|kind| certificate_index(desk.blinder, kind, id.reveal()));
    let select = Query::select()
        .columns(["home", "person"])
        .from("person_certs")
        .and_where(Expr::col("digest").is_in(indexes.iter().map(|BlindIndex(bytes)| bytes.to_vec())))
        .to_owned();
    let keys = keys_of(desk.db, &select).await?;
    visible(desk, keys, 3).await
}

async fn keys_of(db: &impl ConnectionTrait, select: &sea_orm::sea_query::SelectStatement) -> Result<Vec<Key<Elder>>> {
    let rows = db.query_all(select).await?;
    rows.into_iter()
        .map(|row| {
            let home = Home::new(row.try_get("", "home")?)?;
            let person = row.try_get("", "person")?;
            Ok(Key::new(home, person))
        })
        .collect()
}

/// The visible ones of these keys, in their order, at most `limit`.
async fn visible<C: ConnectionTrait>(desk: Desk<'_, C>, keys: Vec<Key<Elder>>, limit: usize) -> Result<Found> {
    let mut elders = Vec::new();
    let mut rest = keys.as_slice();
    // In a place nearly all that was found is visible; of relations nearly nothing may be.
    let at_once = if matches!(desk.scope, Scope::Place(_)) { limit + 1 } else { 200 };
    while elders.len() <= limit && !rest.is_empty() {
        let (some, later) = rest.split_at(rest.len().min(at_once));
        rest = later;
        let mut rows = queries::of_keys(desk.db, &desk.scope, some).await?;
        rows.retain(|elder| elder.moved_to.is_none() && elder.status() != Some(Status::Withdrawn));
        rows.sort_by_key(|elder| some.iter().position(|key| key.id == elder.id));
        elders.extend(rows);
    }
    let more = elders.len() > limit;
    elders.truncate(limit);
    Ok(Found { elders, more, by_contact: BTreeSet::new() })
}
