//! Writing organisations: an administrator registers them, suspends and reopens them.

use kernel::{Action, CreditCode, CreditCodeFault, Event, Facts, Key, Region, Result};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};
use serde::{Deserialize, Serialize};
use store::{Tx, guarded, sea_orm};
use uuid::Uuid;

use super::{
    Entity, Organisation, Refusal, Turn,
    model::{ActiveModel, Column, Kind, Status},
    queries,
};
use crate::places;

/// A new organisation.
#[derive(Clone, Debug)]
pub struct New {
    /// Seat.
    pub place: Region,
    /// Name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Credit code, checked.
    pub credit_code: CreditCode,
    /// Telephone.
    pub phone: String,
    /// Who runs it, when that is another organisation.
    pub parent: Option<Uuid>,
}

/// An organisation was entered.
#[derive(Debug, Serialize, Deserialize)]
pub struct Founded {
    /// [`Kind`] code.
    pub kind: String,
    /// Those whom it concerns.
    pub parties: Vec<Uuid>,
}

impl Facts for Founded {
    const KIND: &'static str = "organisation.founded";
}

/// Enters an organisation.
///
/// # Errors
/// Internal failures; a credit code twice is one, since callers look first.
pub async fn found(tx: &Tx, new: New) -> Result<Organisation> {
    let row = ActiveModel {
        id: Set(tx.uuid()),
        place: Set(new.place.code()),
        name: Set(new.name),
        kind: Set(new.kind.code().to_owned()),
        credit_code: Set(new.credit_code.to_string()),
        parent: Set(new.parent),
        phone: Set(new.phone),
        status: Set(Status::Active.code().to_owned()),
        version: Set(1),
        longitude: Set(None),
        latitude: Set(None),
    };
    let organisation = Entity::insert(row).exec_with_returning(tx).await?;
    if let Some(home) = new.place.home() {
        let facts = Founded { kind: organisation.kind.clone(), parties: vec![organisation.id] };
        let key = Key::<Organisation>::new(home, organisation.id);
        tx.journal(Event::new(key, new.place, &facts)?);
    }
    Ok(organisation)
}

/// What an administrator writes about a new organisation.
#[derive(Clone, Debug, Default)]
pub struct Registration {
    /// Name.
    pub name: String,
    /// A code of [`Kind`].
    pub kind: String,
    /// Credit code, as typed.
    pub credit_code: String,
    /// Code of the seat.
    pub place: String,
    /// Telephone.
    pub phone: String,
}

/// An organisation took a step.
#[derive(Debug, Serialize, Deserialize)]
pub struct Turned {
    /// Where it stood.
    pub from: String,
    /// Where it stands.
    pub to: String,
    /// Those whom it concerns.
    pub parties: Vec<Uuid>,
}

impl Facts for Turned {
    const KIND: &'static str = "organisation.turned";
}

/// Registers an organisation seated within the actor's places.
///
/// # Errors
/// [`Refusal`]; [`kernel::Common::NotAllowed`].
pub async fn register(tx: &Tx, new: &Registration) -> Result<Organisation> {
    tx.actor().may(Action::ManageOrganisations)?;
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > 80 {
        return Err(Refusal::NameWanted.into());
    }
    let kind = Kind::of(&new.kind).ok_or(Refusal::KindWanted)?;
    let credit_code = CreditCode::parse(&new.credit_code).map_err(|fault| match fault {
        CreditCodeFault::Length | CreditCodeFault::Character => Refusal::CodeShape,
        CreditCodeFault::Organisation | CreditCodeFault::Check { .. } => Refusal::CodeCheck,
    })?;
    let within = |place: &Region| tx.actor().range().is_some_and(|range| range.contains(*place));
    let place = new.place.parse().ok().filter(within).filter(|place| places::exists(*place));
    let place: Region = place.ok_or(Refusal::PlaceOutside)?;
    if !is_phone(&new.phone) {
        return Err(Refusal::PhoneWrong.into());
    }
    if let Some(other) = queries::coded(tx, &credit_code).await? {
        return Err(Refusal::CodeTaken { name: other.name }.into());
    }
    let phone = new.phone.trim().to_owned();
    found(tx, New { place, name: name.to_owned(), kind, credit_code, phone, parent: None }).await
}

/// Whether a text may be a telephone number: 7 to 13 digits, hyphens and blanks between them, perhaps a plus before.
pub(crate) fn is_phone(text: &str) -> bool {
    let text = text.trim();
    let plain = text.strip_prefix('+').unwrap_or(text);
    let digits = plain.bytes().filter(u8::is_ascii_digit).count();
    (7..=13).contains(&digits) && plain.chars().all(|c| c.is_ascii_digit() || c == '-' || c == ' ')
}

/// Suspends, reopens or closes an organisation. Its open orders stay as they are; it gets no new ones.
///
/// # Errors
/// [`Refusal::Moved`]; [`kernel::Common`].
pub async fn turn(tx: &Tx, id: Uuid, turn: Turn) -> Result<Organisation> {
    let row = queries::visible(tx, &tx.actor().scope(), id).await?;
    tx.actor().may(Action::ManageOrganisations)?;
    let from = row.status();
    let to = turn.from(from).ok_or_else(|| Refusal::Moved { status: from.word().to_owned() })?;
    let update = Entity::update_many()
        .col_expr(Column::Status, Expr::value(to.code()))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(id))
        .filter(Column::Version.eq(row.version));
    guarded(update.exec(tx).await?.rows_affected)?;
    let seat = row.seat()?;
    if let Some(home) = seat.home() {
        let facts = Turned { from: from.code().to_owned(), to: to.code().to_owned(), parties: vec![id] };
        tx.journal(Event::new(Key::<Organisation>::new(home, id), seat, &facts)?);
    }
    Ok(Organisation { status: to.code().to_owned(), version: row.version + 1, ..row })
}

/// Somebody said where an organisation stands.
#[derive(Debug, Serialize, Deserialize)]
pub struct Located {
    /// Degrees east and north (CGCS2000); an organisation's address is public.
    pub point: (f64, f64),
    /// Those whom it concerns.
    pub parties: Vec<Uuid>,
}

impl Facts for Located {
    const KIND: &'static str = "organisation.located";
}

/// Says where an organisation stands, in degrees east and north (CGCS2000).
///
/// # Errors
/// [`Refusal::PointOutside`]; [`kernel::Common`].
pub async fn locate(tx: &Tx, id: Uuid, point: (f64, f64)) -> Result<Organisation> {
    let row = queries::visible(tx, &tx.actor().scope(), id).await?;
    tx.actor().may(Action::ManageOrganisations)?;
    if !LONGITUDES.contains(&point.0) || !LATITUDES.contains(&point.1) {
        return Err(Refusal::PointOutside.into());
    }
    let update = Entity::update_many()
        .col_expr(Column::Longitude, Expr::value(point.0))
        .col_expr(Column::Latitude, Expr::value(point.1))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(id))
        .filter(Column::Version.eq(row.version));
    guarded(update.exec(tx).await?.rows_affected)?;
    let seat = row.seat()?;
    if let Some(home) = seat.home() {
        let facts = Located { point, parties: vec![id] };
        tx.journal(Event::new(Key::<Organisation>::new(home, id), seat, &facts)?);
    }
    Ok(Organisation { longitude: Some(point.0), latitude: Some(point.1), version: row.version + 1, ..row })
}

/// A point as typed: two numbers of degrees.
///
/// # Errors
/// [`Refusal::PointOutside`] for anything else.
pub fn point(longitude: &str, latitude: &str) -> Result<(f64, f64)> {
    let degrees = |text: &str| text.trim().parse::<f64>().map_err(|_| Refusal::PointOutside);
    Ok((degrees(longitude)?, degrees(latitude)?))
}

/// Degrees between which China lies.
const LONGITUDES: std::ops::RangeInclusive<f64> = 73.0..=136.0;
const LATITUDES: std::ops::RangeInclusive<f64> = 3.0..=54.0;
